"""Benchmarks, one file each; ``bench`` lists them.

A benchmark is a module whose docstring is its summary and whose ``run(progress)`` answers rows.
"""
