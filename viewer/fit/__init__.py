"""Checks whether a scan is of the kind that a network was trained on."""
