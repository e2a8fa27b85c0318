"""Speaks to the API server: knows objects, not leases."""
