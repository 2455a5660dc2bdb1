"""The exact saliency without retraining: E with row i of B at zero, less E (Mørch et al. 1995, equation 11)."""

from __future__ import annotations

import torch

from viewer.methods.saliency_1995.response import Response


def exact(response: Response, deltas: list[torch.Tensor]) -> torch.Tensor:
    """δE of a block of voxels, shape (n,), from the outputs' changes without each of them."""
    return response.cost.change(deltas).sum(0) / response.scans
