"""Early stopping: the weights with the smallest validation loss."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


@dataclass(eq=False)
class EarlyStopping:
    """Smallest validation loss, its weights, and the number of validations since."""

    best_loss: float = float("inf")
    best_weights: dict[str, torch.Tensor] = field(default_factory=dict)
    validations_since_best: int = 0

    def update(self, network: torch.nn.Module, loss: float) -> None:
        """Save the weights if ``best_loss`` is the smallest so far."""
        self.validations_since_best += 1
        if loss < self.best_loss:
            self.best_loss = loss
            self.validations_since_best = 0
            self.best_weights = {name: tensor.clone() for name, tensor in network.state_dict().items()}

    def restore(self, network: torch.nn.Module) -> None:
        """Load the best weights into the network; it keeps its own if there was no validation."""
        if self.best_weights:
            network.load_state_dict(self.best_weights)
