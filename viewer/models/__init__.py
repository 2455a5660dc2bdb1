"""A network ready to be explained: loading it safely, its card, and what it wants to be given."""
