"""Compiles a stack definition into a manifest and group specs; pure, and every refusal names line and path."""
