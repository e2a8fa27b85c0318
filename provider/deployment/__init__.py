"""One lease: its manager, deploys, monitoring and teardown."""
