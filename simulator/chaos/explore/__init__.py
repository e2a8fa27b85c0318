"""A run that is disturbed at each of its points, one point at a time."""
