"""The layers of a model that is loaded, without any scan: what the layer tree and `info --layers` show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from viewer.errors import ModelError

if TYPE_CHECKING:
    import torch

    from viewer.models.graph.layers import GraphLayer
    from viewer.models.model import Model

MIN_SIZE = 32
"""Voxels along each axis that are tried for a network that takes any size."""


def list_model_layers(model: Model) -> tuple[GraphLayer, ...]:
    """A row for every operator, for an input as the model wants it.

    Raises
    ------
    ModelError
        No operator graph can be made of the network, or nothing says what it takes.
    """
    from viewer.models.graph.layers import list_layers

    return list_layers(model.graph(example_input(model)))


def example_input(model: Model) -> torch.Tensor:
    """Zeros of the shape that the model takes: the file's own example, or the grid that its card asks for.

    Of a card that leaves the size open: its window, or else the smallest size allowed that has 32 voxels
    along each axis.

    Raises
    ------
    ModelError
        Neither says it.
    """
    import torch

    from viewer.models.graph_module import GraphModule
    from viewer.models.preprocessing import check_memory

    module = model.module()
    if isinstance(module, GraphModule):
        return torch.zeros(module.graph.example_shape, dtype=module.graph.input.dtype)
    spec = model.card.input
    if spec is None:
        raise ModelError(
            model.card.name,
            "its card lacks 'input', so the sizes of its layers are unknown",
            "describe the input in the card",
        )
    open_size = -(-MIN_SIZE // spec.multiple) * spec.multiple
    shape = spec.shape or spec.window or (open_size,) * 3
    check_memory(shape, spec.channels, model.card.name)
    return torch.zeros(1, spec.channels, *shape)
