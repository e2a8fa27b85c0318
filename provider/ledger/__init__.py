"""Who holds what; pure and synchronous."""
