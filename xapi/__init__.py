"""remembers: a learning record store, and nothing of any programme or host."""
