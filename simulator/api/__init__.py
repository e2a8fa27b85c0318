"""Routing and content negotiation: request to verb."""
