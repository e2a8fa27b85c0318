"""HTTP/1.1 over any Trio stream; the handler is passed in."""
