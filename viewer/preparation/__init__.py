"""Preparation of a scan for a network: bias field, brain mask, registration to the MNI152 template, grid."""
