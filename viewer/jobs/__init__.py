"""Execution of computations: background thread, device and memory."""
