"""The second layer of the store: what follows from the facts."""
