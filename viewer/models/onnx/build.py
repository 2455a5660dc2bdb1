"""Module of a network that is described in ONNX operators."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from viewer.errors import ModelError
from viewer.models.fake_run import run_on_shapes
from viewer.models.graph.graph import Shape
from viewer.models.input_layout import InputLayout, layout_from_examples
from viewer.models.model_card import Card
from viewer.models.network_file import NetworkFile
from viewer.models.onnx.network import OnnxNetwork
from viewer.models.onnx.onnx_file import OnnxFile
from viewer.models.onnx.onnx_node import OnnxValue


def build_network(file: OnnxFile, card: Card, path: Path) -> NetworkFile:
    """Return the network in a file as a module.

    Its operators are run once without values, which reveals the output shapes and any invalid operator.
    Networks exported from TensorFlow may expect the channels as the last axis; if the card's number of
    channels indicates that, the module moves them there, and a note says so.

    Parameters
    ----------
    file
        Contents of the file.
    card
        The card, for sizes that the file leaves open.
    path
        The file, for error messages.

    Raises
    ------
    ModelError
        It uses operators or inputs that are not supported; the message names them.
    """
    for value in file.inputs:
        if value.dtype is None or value.shape is None:
            raise ModelError(
                f"{path}, input {value.name!r}",
                "is not a floating-point tensor of known rank",
                "export it as one",
            )
    network: nn.Module = OnnxNetwork(file, str(path))
    notes: tuple[str, ...] = ()
    if len(file.inputs) > 1:
        layout, shape = _pack_inputs(file, card, path)
        examples = {value.name: _example_sizes(value, card) for value in file.inputs}
    else:
        layout, shape = None, file.inputs[0].shape or ()
        if len(shape) < 3:
            sizes = "×".join("N" if size is None else str(size) for size in shape)
            raise ModelError(
                path, f"takes {sizes}, which is not an image", "an input (N, C, spatial...) is needed"
            )
        if _has_channels_last(shape, card):
            network = ChannelsLast(network)
            shape = (shape[0], shape[-1], *shape[1:-1])
            notes = (f"the network expects its channels as the last axis ({file.inputs[0].name})",)
        examples = {file.inputs[0].name: _fill_open_sizes(shape, card)}
    network.input_shape = shape  # type: ignore[assignment]
    outputs: dict[str, Shape | None] = {value.name: value.shape for value in file.outputs}
    if all(sizes is not None for sizes in examples.values()):
        dtype = file.inputs[0].dtype or torch.float32
        shapes = [sizes for sizes in examples.values() if sizes is not None]
        output_shapes = run_on_shapes(network, shapes, dtype, str(path))
        outputs = {name: (None, *sizes[1:]) for name, sizes in output_shapes.items()}
    return NetworkFile(network, outputs, layout, file.external_files, notes)


def _has_channels_last(shape: Shape, card: Card) -> bool:
    """Return whether the last axis, not the second, holds the channels, by the card or else by the sizes."""
    if card.input is not None:
        return shape[1] is not None and shape[1] != card.input.channels == shape[-1]
    return len(shape) == 5 and shape[1] is not None and shape[-1] == 1 < shape[1]


def _pack_inputs(file: OnnxFile, card: Card, path: Path) -> tuple[InputLayout, Shape]:
    """Return the layout of several inputs, and their shape as one tensor."""
    names = [value.name for value in file.inputs]
    shapes = [value.shape or () for value in file.inputs]
    # Open sizes do not matter for the layout, except that they must be equal for all images.
    examples = [torch.empty([1, *(size or 1 for size in shape[1:])], device="meta") for shape in shapes]
    layout = layout_from_examples(names, examples, str(path))
    image = next(shape for shape in shapes if len(shape) > 2)
    return layout, (image[0], layout.image_channels + layout.covariate_count, *image[2:])


def _example_sizes(value: OnnxValue, card: Card) -> tuple[int, ...] | None:
    shape = value.shape or ()
    return _fill_open_sizes(shape, card) if len(shape) > 2 else tuple(size or 1 for size in shape)


def _fill_open_sizes(shape: Shape, card: Card) -> tuple[int, ...] | None:
    """Return a shape for one scan, with open sizes taken from the card; None if some remain open."""
    card_shape = None if card.input is None else card.input.shape or card.input.window
    channels = None if card.input is None else card.input.channels
    sizes = (1 if shape[0] is None else shape[0], shape[1] or channels, *shape[2:])
    if card_shape is not None and len(card_shape) == len(shape) - 2:
        sizes = (
            *sizes[:2],
            *(size or card_size for size, card_size in zip(shape[2:], card_shape, strict=True)),
        )
    filled = tuple(size for size in sizes if size is not None)
    return filled if len(filled) == len(sizes) else None


class ChannelsLast(nn.Module):
    """Wrapper of a network for (N, spatial..., C) that takes (N, C, spatial...)."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: torch.Tensor) -> object:
        """Return the network's outputs."""
        return self.network(x.movedim(1, -1))
