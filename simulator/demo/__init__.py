"""The guided tour: the real daemon against the simulated world."""
