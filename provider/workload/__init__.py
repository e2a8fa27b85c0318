"""Renders every Kubernetes object of a lease, and reads records back; pure."""
