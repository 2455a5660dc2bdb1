"""Layers of a loaded model, without a scan, as the layer tree and `info --layers` show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from viewer.errors import ModelError

if TYPE_CHECKING:
    import torch

    from viewer.models.graph.layers import GraphLayer
    from viewer.models.model import Model

MIN_SIZE = 32
"""Voxels along each axis of the example input of a network that takes any size."""


def list_model_layers(model: Model) -> tuple[GraphLayer, ...]:
    """Return a row for every operator, for an example input of the model.

    Raises
    ------
    ModelError
        The network has no operator graph, or the shape of its input is not known.
    """
    from viewer.models.graph.layers import list_layers

    return list_layers(model.graph(example_input(model)))


def example_input(model: Model) -> torch.Tensor:
    """Return zeros of the model's input shape: the file's own example, or the grid of its card.

    If the card leaves the size open, it is the window, or else the smallest allowed size of at least 32
    voxels along each axis.

    Raises
    ------
    ModelError
        Neither defines the shape.
    """
    import torch

    from viewer.models.graph_module import example_shape
    from viewer.models.preprocessing import check_memory

    declared_shape = example_shape(model.module())
    if declared_shape:
        return torch.zeros(declared_shape, dtype=model.dtype)
    spec = model.card.input
    if spec is None:
        raise ModelError(
            model.card.name,
            "its card lacks 'input', so the sizes of its layers are unknown",
            "describe the input in the card",
        )
    default_size = -(-MIN_SIZE // spec.multiple) * spec.multiple
    shape = spec.shape or spec.window or (default_size,) * 3
    check_memory(shape, spec.channels, model.card.name)
    return torch.zeros(1, spec.channels, *shape)
