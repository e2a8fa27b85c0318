"""HTTP for operators: leases, manifests in, probes, metrics. Calls down, is called by nobody."""
