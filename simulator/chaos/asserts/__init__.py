"""What a plan expects besides the invariants, each expectation judged by what the run left behind."""
