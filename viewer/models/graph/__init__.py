"""A network as a small graph of operators: captured, simplified, run forward and in reverse.

The way in is `capture` (from a module) or `viewer.models.pt2` (from a ``.pt2`` file); `passes`
make the graph ready for rules; `interpreter` runs it, `backward` carries a relevance or a gradient back.
"""
