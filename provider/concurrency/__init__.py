"""Trio pieces that know nothing of leases."""
