"""The saliency map of Mørch et al. 1995: by how much the training cost grows without a voxel."""
