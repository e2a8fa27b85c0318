"""JSON, merge, strategic and structured merge; pure."""
