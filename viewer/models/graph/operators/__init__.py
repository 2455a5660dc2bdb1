"""Closed set of operators, each with its forward function and its exact derivative."""
