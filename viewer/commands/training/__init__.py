"""Trainings that have their own options, one file each."""
