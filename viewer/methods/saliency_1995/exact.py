"""The exact saliency without retraining, δE_c of equation (11) of Mørch et al. 1995."""

from __future__ import annotations

import torch

from viewer.methods.saliency_1995.response import Response


def exact(response: Response, deltas: list[torch.Tensor]) -> torch.Tensor:
    """E with row i of B at zero, less E, for a block of voxels, shape (n,), from the outputs' changes without each of them."""
    return response.cost.change(deltas).sum(0) / response.scans
