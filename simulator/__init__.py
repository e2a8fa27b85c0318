"""The simulated world: a Kubernetes API server with its controllers and nodes, and a market."""
