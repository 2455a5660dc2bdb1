"""Simulated PET studies with a known truth, after those of Mørch et al. 1995, whose scans are not public."""
