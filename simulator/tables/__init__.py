"""The columns that kubectl shows of each kind, made on the server as the API has it."""
