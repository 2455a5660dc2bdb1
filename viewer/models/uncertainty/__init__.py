"""Uncertainty of a prediction or a map: members, such as those of an ensemble, and the spread over them."""
