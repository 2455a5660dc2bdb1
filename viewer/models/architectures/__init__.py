"""Registered network architectures, for which a file of weights alone is sufficient."""
