"""Simulated PET studies with a known truth, after the two of Mørch et al. 1995, whose scans are not public."""
