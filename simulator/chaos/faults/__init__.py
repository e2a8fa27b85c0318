"""What can go wrong in a simulated world: the catalogue, and the board that begins and ends it."""
