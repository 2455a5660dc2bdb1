"""The derivative of the explained number with respect to the input, and to nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from viewer.errors import MethodError
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

    from viewer.methods.base import Target
    from viewer.models.graph.graph import OperatorGraph
    from viewer.models.model import Model


def compute_gradient(
    model: Model, x: torch.Tensor, target: Target, progress: Progress | None = None
) -> torch.Tensor:
    """∂f/∂x of every sample on its own, of the shape of ``x``: (N, C, spatial...).

    By the network's operator graph, which keeps less in memory and can be stopped at every operator; where no
    graph can be made of the network, by automatic differentiation of the network itself. Neither ``x`` nor
    the
    model is changed, whatever the network does in place.

    Raises
    ------
    MethodError
        The output does not depend on the input in a way that can be differentiated.
    Cancelled
        When ``progress`` says so.
    """
    graph = find_graph(model, x)
    if graph is None:
        return _gradient_by_autograd(model, x, target)
    from viewer.models.graph.backward import backward
    from viewer.models.graph.backward_rules import gradient_rules

    if graph.output not in graph.input_dependent:
        raise _no_gradient_error(model)
    return backward(graph, x, target.output_gradient, gradient_rules, progress).relevance


def compute_outputs(model: Model, x: torch.Tensor, progress: Progress | None = None) -> torch.Tensor:
    """The network's outputs before any softmax, (N, classes, ...), without their derivative.

    By the operator graph, too, for the same reasons.

    Raises
    ------
    Cancelled
        When ``progress`` says so.
    """
    import torch

    graph = find_graph(model, x)
    with torch.no_grad():
        if graph is None:
            return model.logits(x.clone())
        from viewer.models.graph.interpreter import run

        return run(graph, x, progress)


def find_graph(model: Model, x: torch.Tensor) -> OperatorGraph | None:
    """The network's operator graph for inputs like ``x``; None where there can be none (`without_graph`)."""
    return None if model.why_no_graph(x) else model.graph(x)


def _gradient_by_autograd(model: Model, x: torch.Tensor, target: Target) -> torch.Tensor:
    import torch

    with torch.enable_grad():
        leaf = x.detach().clone().requires_grad_(True)
        # A network may begin with an operation in place, which a leaf does not allow.
        output = target.score(model.logits(leaf.clone())).sum()
        if not output.requires_grad:
            raise _no_gradient_error(model)
        (gradient,) = torch.autograd.grad(output, leaf, allow_unused=True)
    return torch.zeros_like(leaf) if gradient is None else gradient.detach()


def _no_gradient_error(model: Model) -> MethodError:
    return MethodError(
        model.card.name,
        "its output has no derivative with respect to its input",
        "take a method that needs forward passes only",
    )
