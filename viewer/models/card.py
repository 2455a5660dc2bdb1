"""A model's card: what the network is, what its outputs mean, and what it wants to be given."""
