"""Reader of ``.pt2`` files, which torch.export writes, without running anything in them.

``torch.export.load`` unpickles data and evaluates expressions as code. Here, a parser with closed lists of
operators and argument kinds reads the graph's JSON, weights are read as raw numbers, and anything else in a
file is either never opened or refused by name.
"""
