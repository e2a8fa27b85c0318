"""Compares desired with observed objects and carries the difference out."""
