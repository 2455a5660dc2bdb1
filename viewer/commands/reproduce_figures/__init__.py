"""Reproductions of the papers' figures and tables; ``reproduce`` lists them."""
