"""Training of the network of Mørch et al. 1995: components, optimisation, pruning, cross-validation."""
