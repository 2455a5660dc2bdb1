"""A network as a small graph of operators: captured, simplified, run forward and in reverse.

The way in is `capture` (from a module) or `viewer.models.exported` (from a ``.pt2`` file); `simplify`
makes the graph ready for rules; `run` computes it, `reverse` carries a relevance or a gradient back.
"""
