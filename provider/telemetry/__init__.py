"""Metrics and logs; no server."""
