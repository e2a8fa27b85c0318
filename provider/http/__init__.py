"""The one room that imports httpx and httpcore."""
