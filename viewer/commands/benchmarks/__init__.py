"""The benchmarks, one file each; ``bench`` has the table of them.

A benchmark is a module whose docstring is its summary and whose ``run(progress)`` answers rows.
"""
