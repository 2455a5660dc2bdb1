"""Reading ``.pt2`` files, which torch.export writes, without running anything that is in them.

``torch.export.load`` unpickles, and evaluates expressions as code. Here the graph's JSON is read by a
parser that knows a closed list of operators and of kinds of arguments, weights are read as raw numbers,
and whatever else a file may hold is never opened, or refused by name.
"""
