"""Values of the domain: leases, manifests, quantities; no I/O and no Trio."""
