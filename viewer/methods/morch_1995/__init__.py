"""Saliency map of Mørch et al. 1995: increase of the training cost when a voxel is removed."""
