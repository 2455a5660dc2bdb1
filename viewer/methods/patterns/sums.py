"""What is summed over scans to learn patterns from: first and second moments, in all and where neurons fire.

Sums of products run over centred numbers: the means of the first scan are taken off before anything is
multiplied, so that raw intensities far from zero cost no digits, and every block's sums are added up in
float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch

from viewer.methods.patterns.layer import Layer, Padding, Tensor, summed, summed_squares


@dataclass(eq=False)
class Sums:
    """Sums over patches x and answers y of one layer's neurons, all float64 on the CPU.

    x and y are minus ``x_mean`` and ``y_mean``, those of the first scan. ``on`` counts where y, bias included
    and not centred, is above 0. Neurons have the shape (groups, neurons of a group), patches (groups,
    patch...).
    """

    x_mean: Tensor
    y_mean: Tensor
    n: Tensor
    n_on: Tensor
    y: Tensor
    y_on: Tensor
    yy: Tensor
    yy_on: Tensor
    x: Tensor
    x_on: Tensor
    xy: Tensor
    xy_on: Tensor

    @classmethod
    def empty(cls, layer: Layer, inputs: Sequence[Tensor], output: Tensor) -> Sums:
        """Nothing summed yet; centred by what one run of the network shows the layer."""

        def zeros(*shape: int) -> Tensor:
            return torch.zeros(shape, dtype=torch.float64)

        count = tuple(layer.weight.shape[:2])
        # A reference to centre by need not be exact, but moving axes or widening would copy the output.
        channels = output.dim() - 1 if layer.node.operator == "linear" else 1
        others = tuple(axis for axis in range(output.dim()) if axis != channels)
        mean = output.mean(others).cpu().double().reshape(count)
        patches = tuple(layer.weight.shape)
        return cls(
            layer.means(inputs),
            mean,
            n=zeros(),
            n_on=zeros(*count),
            y=zeros(*count),
            y_on=zeros(*count),
            yy=zeros(*count),
            yy_on=zeros(*count),
            x=zeros(layer.groups, *layer.patch),
            x_on=zeros(*patches),
            xy=zeros(*patches),
            xy_on=zeros(*patches),
        )

    def add(self, layer: Layer, inputs: Sequence[Tensor], output: Tensor, padding: Padding) -> None:
        """Take in what one run of the network shows the layer."""
        each = self.n_on.shape[1]
        for block in layer.blocks(inputs, output, padding):
            y = block.y
            tail = (1,) * (y.dim() - 3)
            # One tensor for all three, filled in place: every pass over the answers takes time.
            g = y.new_empty((*y.shape[:2], 3 * each, *y.shape[3:]))
            on, fired, centred = torch.split(g, each, 2)
            torch.sub(y, self.y_mean.to(y).reshape(1, *self.y_mean.shape, *tail), out=centred)
            on.copy_(y > 0)
            torch.mul(on, centred, out=fired)
            x = layer.centred(block.x, self.x_mean)
            products = torch.split(layer.correlated(x, g).cpu().double(), each, 1)
            places = (0, *range(3, y.dim()))
            totals = torch.split(summed(g, places), each, 1)
            squares = torch.split(summed_squares(g[:, :, each:], places), each, 1)
            for held, found in zip((self.x_on, self.xy_on, self.xy), products, strict=True):
                held += found
            for held, found in zip((self.n_on, self.y_on, self.y), totals, strict=True):
                held += found
            for held, found in zip((self.yy_on, self.yy), squares, strict=True):
                held += found
            self.x += layer.totals(block, x)
            self.n += y.numel() // self.n_on.numel()

    def tensors(self) -> dict[str, Tensor]:
        """By name, for a file."""
        return {entry.name: getattr(self, entry.name) for entry in fields(self)}
