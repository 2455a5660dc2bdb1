"""Registered network architectures, for which a file with only the weights is sufficient."""
