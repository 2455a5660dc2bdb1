"""Mean of several networks, such as those that were trained on the folds of one data set."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn


class MeanOfNetworks(nn.Module):
    """Network whose output is the mean of its members' outputs, before any softmax or sigmoid.

    Parameters
    ----------
    members
        Networks with the same input and output shapes, (N, C, spatial...) to (N, outputs, ...).
    """

    def __init__(self, members: Sequence[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the mean of the members' outputs."""
        first, *others = self.members
        total: torch.Tensor = first(x)
        for member in others:
            total = total + member(x)
        return total / len(self.members)
