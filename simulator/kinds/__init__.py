"""Kinds, schemas, list keys and defaults: data and look-ups."""
