"""The first layer of the store: what OpenCode and the journals hold, one row for each thing."""
