"""Patterns of neurons, learned from scans: the input direction that a neuron's output covaries with
(PatternNet).
"""
