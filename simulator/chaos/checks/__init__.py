"""The invariants, each judged by what clusters, chain and the daemon's public endpoints showed."""
