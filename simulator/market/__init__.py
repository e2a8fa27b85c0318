"""The simulated chain and its REST face."""
