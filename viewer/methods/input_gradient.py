"""Gradient of the explained scalar with respect to the input only."""

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
    """Compute ∂f/∂x of every sample independently, of the shape of ``x``: (N, C, spatial...).

    Computed on the network's operator graph, which needs less memory and can be cancelled at every operator;
    if the network has no graph, by automatic differentiation of the network itself. Neither ``x`` nor the
    model is modified, even by in-place operations of the network.

    Raises
    ------
    MethodError
        The output does not depend on the input in a differentiable way.
    Cancelled
        When ``progress`` is cancelled.
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
    """Compute the network's outputs before any softmax, (N, classes, ...), without their derivative.

    Computed on the operator graph if there is one, as in `compute_gradient`.

    Raises
    ------
    Cancelled
        When ``progress`` is cancelled.
    """
    import torch

    graph = find_graph(model, x)
    with torch.no_grad():
        if graph is None:
            return model.logits(x.clone())
        from viewer.models.graph.interpreter import run

        if graph.input.shape[0] in (None, len(x)):
            return run(graph, x, progress)
        return torch.cat([run(graph, x[index : index + 1], progress) for index in range(len(x))])


def find_graph(model: Model, x: torch.Tensor) -> OperatorGraph | None:
    """Return the network's graph for inputs like ``x``; None if there is none (``find_no_graph_reason``)."""
    return None if model.find_no_graph_reason(x) else model.graph(x)


def _gradient_by_autograd(model: Model, x: torch.Tensor, target: Target) -> torch.Tensor:
    import torch

    from viewer.models.network_errors import network_errors

    with torch.enable_grad():
        leaf = x.detach().clone().requires_grad_(True)
        # The network may start with an in-place operation, which a leaf tensor does not allow.
        output = target.score(model.logits(leaf.clone())).sum()
        if not output.requires_grad:
            raise _no_gradient_error(model)
        with network_errors(model.card.name, x):
            (gradient,) = torch.autograd.grad(output, leaf, allow_unused=True)
    return torch.zeros_like(leaf) if gradient is None else gradient.detach()


def _no_gradient_error(model: Model) -> MethodError:
    return MethodError(
        model.card.name,
        "its output has no derivative with respect to its input",
        "choose a method that needs only forward passes",
    )
