"""Checks and times of a GPU, or of another device: that it computes what the CPU does, and how fast.

Needs PyTorch, NumPy and SciPy alone: no window, no rendering, no scans.
"""
