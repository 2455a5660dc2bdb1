"""VGG-like network of five convolutions, in 3D and 2D (Eitel et al. 2021).

8, 16, 32, 64 and 64 filters of three voxels per side, each followed by a ReLU; max pooling after the first
(kernel 3, stride 1), the second (kernel 3, stride 2) and the fifth (kernel 4, stride 2). The paper does not
specify padding and head: here there is no padding by default, and one dense layer on the spatial mean or on
all values.
"""

from __future__ import annotations

from collections import OrderedDict
from math import prod

from torch import nn

from viewer.models.architectures.blocks import LAYER_TYPES

FILTERS = (8, 16, 32, 64, 64)
POOLS = {1: (3, 1), 2: (3, 2), 5: (4, 2)}


def build_3d(classes: int, head: str, shape: tuple[int, ...], padding: int, dropout: float) -> nn.Module:
    """Build a network from (N, 1, X, Y, Z) to (N, classes), logits."""
    return _build(3, classes, head, shape, padding, dropout)


def build_2d(classes: int, head: str, shape: tuple[int, ...], padding: int, dropout: float) -> nn.Module:
    """Build a network from (N, 1, X, Y) to (N, classes), logits."""
    return _build(2, classes, head, shape, padding, dropout)


def _build(
    dimensions: int, classes: int, head: str, shape: tuple[int, ...], padding: int, dropout: float
) -> nn.Module:
    layer_types = LAYER_TYPES[dimensions]
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    in_channels = 1
    for number, out_channels in enumerate(FILTERS, start=1):
        layers[f"conv{number}"] = layer_types.convolution(in_channels, out_channels, 3, padding=padding)
        layers[f"relu{number}"] = nn.ReLU()
        if number in POOLS:
            layers[f"pool{number}"] = layer_types.max_pool(*POOLS[number])
        in_channels = out_channels
    features = in_channels
    if head == "average":
        layers["average"] = layer_types.global_average_pool(1)
    else:
        features *= _count_remaining_voxels(shape, dimensions, padding)
    layers["flatten"] = nn.Flatten()
    if dropout:
        layers["dropout"] = nn.Dropout(dropout)
    layers["head"] = nn.Linear(features, classes)
    return nn.Sequential(layers)


def _count_remaining_voxels(shape: tuple[int, ...], dimensions: int, padding: int) -> int:
    if len(shape) != dimensions:
        raise ValueError(f"a shape of {len(shape)} numbers for {dimensions} dimensions")
    sizes = list(shape)
    for number in range(1, len(FILTERS) + 1):
        sizes = [size - 2 + 2 * padding for size in sizes]
        if number in POOLS:
            kernel, stride = POOLS[number]
            sizes = [(size - kernel) // stride + 1 for size in sizes]
    if min(sizes) < 1:
        raise ValueError(f"an input of {'x'.join(map(str, shape))} voxels is too small")
    return prod(sizes)
