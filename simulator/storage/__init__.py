"""The revisioned store, its history and selectors; pure."""
