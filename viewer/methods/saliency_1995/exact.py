"""The exact saliency without retraining, δE_c of equation (11) of Mørch et al. 1995."""

from __future__ import annotations

import torch

from viewer.methods.saliency_1995.response import Response


def exact(response: Response, deltas: list[torch.Tensor]) -> torch.Tensor:
    """δE of a block of voxels, shape (n,), from the changes of the outputs without each of them."""
    return response.cost.change(deltas).sum(0) / response.scans
