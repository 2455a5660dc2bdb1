"""Patterns of neurons, learned from scans: what a neuron's output varies with, not what it is computed by."""
