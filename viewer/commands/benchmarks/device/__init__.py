"""Checks and timings of a GPU or another device: agreement with the CPU, and speed.

They need only PyTorch, NumPy and SciPy: no window, no rendering, no scans.
"""
