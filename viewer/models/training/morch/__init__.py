"""Training the network of Mørch et al. 1995: components, the descent, pruning, and leaving subjects out."""
