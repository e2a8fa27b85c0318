"""Many leases: one manager each, recovery at start, the audit."""
