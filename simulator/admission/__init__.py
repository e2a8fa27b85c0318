"""Validation, immutability and allocation; pure."""
