"""Speaks to the chain: lease states, and what counts as proof."""
