"""Networks as small graphs of operators: capture, simplification, forward and backward pass.

A graph comes from `capture` (of a module) or `viewer.models.pt2` (a ``.pt2`` file). `passes` prepares it for
backward rules, `interpreter` runs it, and `backward` propagates relevance or a gradient back.
"""
