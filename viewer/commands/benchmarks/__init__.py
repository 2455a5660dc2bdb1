"""Benchmarks, one module each; ``bench --list`` lists them.

The docstring of a benchmark is its summary, and ``run(progress)`` returns rows.
"""
