"""Early stopping: the weights with the smallest loss yet, on scans that are not trained on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


@dataclass(eq=False)
class EarlyStopping:
    """The smallest loss so far, the weights that had it, and how many looks ago that was."""

    loss: float = float("inf")
    weights: dict[str, torch.Tensor] = field(default_factory=dict)
    checks_since: int = 0

    def update(self, network: torch.nn.Module, loss: float) -> None:
        """Keep the weights where ``loss`` is the smallest yet."""
        self.checks_since += 1
        if loss < self.loss:
            self.loss = loss
            self.checks_since = 0
            self.weights = {name: tensor.clone() for name, tensor in network.state_dict().items()}

    def restore(self, network: torch.nn.Module) -> None:
        """Give the network its best weights again; it keeps its own where there was no look."""
        if self.weights:
            network.load_state_dict(self.weights)
