"""The figures and tables of the papers, made again; ``reproduce`` has the list of them."""
