"""The simulated control plane, written against a client port."""
