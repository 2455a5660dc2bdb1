"""The derivative of one output with respect to the input, and to nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from viewer.errors import MethodError

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model


def derivative(model: Model, x: torch.Tensor, index: int) -> torch.Tensor:
    """∂f_index/∂x of every sample on its own, of the shape of ``x``: (N, C, spatial...).

    Only the derivative with respect to ``x`` is computed, never the weights'; neither ``x`` nor the model is
    changed, whatever the network does in place.

    Raises
    ------
    MethodError
        The output does not depend on the input in a way that can be differentiated.
    """
    import torch

    with torch.enable_grad():
        leaf = x.detach().clone().requires_grad_(True)
        # A network may begin with an operation in place, which a leaf does not allow.
        output = model.logits(leaf.clone())[:, index].sum()
        if not output.requires_grad:
            raise MethodError(
                model.card.name,
                "its output has no derivative with respect to its input",
                "take a method that needs forward passes only",
            )
        (gradient,) = torch.autograd.grad(output, leaf, allow_unused=True)
    return torch.zeros_like(leaf) if gradient is None else gradient.detach()
