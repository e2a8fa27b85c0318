"""Plans played in a simulated world, at every step, at random, checked, shrunk and shown."""
