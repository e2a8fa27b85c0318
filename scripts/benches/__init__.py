"""The rows of scripts/bench, one file a row."""
