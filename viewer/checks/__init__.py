"""Sanity checks of attribution maps, and comparison of maps."""
