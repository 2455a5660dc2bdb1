"""The networks that are trained from a person's own scans, one file each."""
