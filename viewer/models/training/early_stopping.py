"""Early stopping: the weights with the smallest validation loss."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


@dataclass(eq=False)
class EarlyStopping:
    """Smallest validation loss, its weights, and the number of validations since."""

    loss: float = float("inf")
    weights: dict[str, torch.Tensor] = field(default_factory=dict)
    checks_since: int = 0

    def update(self, network: torch.nn.Module, loss: float) -> None:
        """Save the weights if ``loss`` is the smallest so far."""
        self.checks_since += 1
        if loss < self.loss:
            self.loss = loss
            self.checks_since = 0
            self.weights = {name: tensor.clone() for name, tensor in network.state_dict().items()}

    def restore(self, network: torch.nn.Module) -> None:
        """Load the best weights into the network; it keeps its own if there was no validation."""
        if self.weights:
            network.load_state_dict(self.weights)
