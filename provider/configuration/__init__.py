"""What the operator says, in a file, the environment and flags, as settings that know where they came from."""
