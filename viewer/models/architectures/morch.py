"""Network of Mørch et al. 1995: projection of scans onto principal components, and a small tanh network.

F(x) = W tanh(w Bᵀ (x − c) + b) + β over the voxels of a mask. Its weights come from `train morch`; as a plain
module, it can be explained by every method.
"""

from __future__ import annotations

import torch
from torch import nn


class PrincipalComponentNetwork(nn.Module):
    """Projection onto principal components and one hidden layer, (N, 1, X, Y, Z) to (N, outputs).

    ``mask`` contains the indices of the masked voxels in the flattened grid, ``mean`` c at these voxels,
    ``projection`` the axes B, ``hidden`` w and b, and ``output`` W and β.
    """

    mask: torch.Tensor
    mean: torch.Tensor

    def __init__(self, voxels: int, components: int, hidden: int, classes: int, activation: str) -> None:
        super().__init__()
        self.register_buffer("mask", torch.zeros(voxels, dtype=torch.int64))
        self.register_buffer("mean", torch.zeros(voxels))
        self.projection = nn.Linear(voxels, components, bias=False)
        self.hidden = nn.Linear(components, hidden)
        self.activation = nn.Tanh() if activation == "tanh" else nn.Identity()
        self.output = nn.Linear(hidden, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the outputs: logits of classes, or the value of a regression."""
        voxels = torch.index_select(torch.flatten(x, 1), 1, self.mask)
        projected = self.projection(voxels - self.mean)
        output: torch.Tensor = self.output(self.activation(self.hidden(projected)))
        return output


def build(
    voxels: int, components: int, hidden: int, classes: int, activation: str
) -> PrincipalComponentNetwork:
    """Build the network with initial weights; ``activation`` is "tanh" or "linear"."""
    return PrincipalComponentNetwork(voxels, components, hidden, classes, activation)
