"""Running sums over scans, and the signal estimators S_a and S_a+− of Kindermans et al. 2017.

Sums of products use centred values: the means of the first scan are subtracted before any multiplication, so
that raw intensities far from zero lose no precision, and every block's sums are accumulated in float64.

With E the mean over all patches and E₊ that over those where the neuron fires, a₊ is proportional to E₊[xy] −
E₊[x] E[y] and scaled so that wᵀa₊ = 1 (equation 7; a₋ likewise where it does not fire, and a, equation 3,
over all). The bias cancels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch

from viewer.methods.patterns.layers import (
    NeuronLayer,
    PaddingMode,
    Tensor,
    sum_in_float64,
    sum_squares_in_float64,
)


@dataclass(eq=False)
class RunningSums:
    """Sums over patches x and outputs y of one layer's neurons, all float64 on the CPU.

    x and y are centred by ``x_mean`` and ``y_mean``, the means of the first scan. ``on`` sums are over
    patches where y, bias included and not centred, is above 0. Neurons have the shape (groups, neurons of a
    group), patches (groups, patch...).
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
    def empty(cls, layer: NeuronLayer, inputs: Sequence[Tensor], output: Tensor) -> RunningSums:
        """Return empty sums, centred by the layer's values in one run of the network."""

        def zeros(*shape: int) -> Tensor:
            return torch.zeros(shape, dtype=torch.float64)

        count = tuple(layer.weight.shape[:2])
        # The centre need not be exact, but moving axes or converting to float64 would copy the output.
        channels = output.dim() - 1 if layer.node.operator == "linear" else 1
        axes = tuple(axis for axis in range(output.dim()) if axis != channels)
        mean = output.mean(axes).cpu().double().reshape(count)
        patches = tuple(layer.weight.shape)
        return cls(
            layer.channel_means(inputs),
            mean,
            n=zeros(),
            n_on=zeros(*count),
            y=zeros(*count),
            y_on=zeros(*count),
            yy=zeros(*count),
            yy_on=zeros(*count),
            x=zeros(layer.groups, *layer.patch_shape),
            x_on=zeros(*patches),
            xy=zeros(*patches),
            xy_on=zeros(*patches),
        )

    def add(self, layer: NeuronLayer, inputs: Sequence[Tensor], output: Tensor, padding: PaddingMode) -> None:
        """Add the layer's values in one run of the network."""
        count = self.n_on.shape[1]
        for block in layer.iterate_blocks(inputs, output, padding):
            y = block.y
            tail = (1,) * (y.dim() - 3)
            # One tensor for all three, filled in place: every pass over the outputs takes time.
            g = y.new_empty((*y.shape[:2], 3 * count, *y.shape[3:]))
            on, fired, centred = torch.split(g, count, 2)
            torch.sub(y, self.y_mean.to(y).reshape(1, *self.y_mean.shape, *tail), out=centred)
            on.copy_(y > 0)
            torch.mul(on, centred, out=fired)
            x = layer.subtract_means(block.x, self.x_mean)
            products = torch.split(layer.correlate(x, g).cpu().double(), count, 1)
            axes = (0, *range(3, y.dim()))
            totals = torch.split(sum_in_float64(g, axes), count, 1)
            squares = torch.split(sum_squares_in_float64(g[:, :, count:], axes), count, 1)
            for total, addition in zip((self.x_on, self.xy_on, self.xy), products, strict=True):
                total += addition
            for total, addition in zip((self.n_on, self.y_on, self.y), totals, strict=True):
                total += addition
            for total, addition in zip((self.yy_on, self.yy), squares, strict=True):
                total += addition
            self.x += layer.sum_patches(block, x)
            self.n += y.numel() // self.n_on.numel()

    def as_tensors(self) -> dict[str, Tensor]:
        """Return the sums by name, for a file."""
        return {entry.name: getattr(self, entry.name) for entry in fields(self)}


TINY_SHARE = 0.01
"""A denominator is tiny if its two terms cancel to less than this fraction of their sum."""

CONSTANT_NEURON_SHARE = 1e-12
"""A neuron is constant if its variance is below this fraction of its squared mean: float32 rounding."""


@dataclass(frozen=True, eq=False)
class LayerPatterns:
    """Patterns of one layer's neurons.

    Parameters
    ----------
    key, label
        The layer's key in the file, and its label.
    linear, positive, negative
        a, a₊ and a₋: (groups, neurons of a group, patch...), float64; wᵀa = 1 for each, except for filters
        that are zero.
    active
        Share of patches at which the neuron fires; (groups, neurons of a group).
    dead, tiny
        Neurons that never fire, and those with a tiny denominator; their a₊ is the filter's own direction,
        w / wᵀw.
    patches
        Number of patches per neuron.
    """

    key: str
    label: str
    linear: Tensor
    positive: Tensor
    negative: Tensor
    active: Tensor
    dead: Tensor
    tiny: Tensor
    patches: int

    @property
    def neuron_count(self) -> int:
        """Number of neurons."""
        return self.dead.numel()

    def note(self) -> str:
        """Return a note on neurons whose pattern could not be estimated; empty if there are none."""
        parts = [
            f"{int(flags.sum())} of {self.neuron_count} {reason}"
            for flags, reason in ((self.dead, "never fire"), (self.tiny, "have a tiny denominator"))
            if bool(flags.any())
        ]
        return (
            f"{self.label}: {' and '.join(parts)}; their filters are used in place of patterns"
            if parts
            else ""
        )


def filter_direction(weight: Tensor) -> Tensor:
    """Return w / wᵀw of every neuron (estimator S_w); 0 where the filter is 0."""
    dims = tuple(range(2, weight.dim()))
    size = weight.square().sum(dims, keepdim=True)
    return torch.where(size > 0, weight / size.clamp(min=torch.finfo(weight.dtype).tiny), 0.0)


def estimate_patterns(layer: NeuronLayer, sums: RunningSums) -> LayerPatterns:
    """Estimate the patterns of all neurons of a layer from their sums."""
    n_off, total = sums.n - sums.n_on, float(sums.n)
    x_all = sums.x[:, None].expand_as(sums.x_on)
    counts = sums.n.expand_as(sums.n_on)
    linear, _ = _estimate_regime(layer, sums, counts, x_all, sums.xy, sums.y, sums.yy)
    positive, tiny = _estimate_regime(layer, sums, sums.n_on, sums.x_on, sums.xy_on, sums.y_on, sums.yy_on)
    off = (x_all - sums.x_on, sums.xy - sums.xy_on, sums.y - sums.y_on, sums.yy - sums.yy_on)
    negative, _ = _estimate_regime(layer, sums, n_off, *off)
    dead = sums.n_on == 0
    return LayerPatterns(
        layer.key,
        layer.node.label,
        linear,
        positive,
        negative,
        sums.n_on / max(total, 1.0),
        dead,
        tiny & ~dead,
        int(total),
    )


def _estimate_regime(
    layer: NeuronLayer, sums: RunningSums, n: Tensor, x: Tensor, xy: Tensor, y: Tensor, yy: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the pattern in one regime, and the neurons whose filter is used in its place.

    ``n``, ``x``, ``xy``, ``y`` and ``yy`` are that regime's sums of centred numbers.
    """
    tail = (..., *(None,) * len(layer.patch_shape))
    count = n.clamp(min=1)
    mean = sums.y / sums.n.clamp(min=1)
    centred = (y - n * mean) / count
    numerator = (xy - mean[tail] * x) / count[tail] + sums.x_mean[:, None] * centred[tail]
    dims = tuple(range(2, layer.weight.dim()))
    denominator = (layer.weight * numerator).sum(dims)
    # In exact arithmetic the denominator is var₊(y) + (E₊[y] − b)(E₊[y] − E[y]), whose parts may cancel.
    regime_mean = y / count
    variance = (yy / count - regime_mean.square()).clamp(min=0)
    without_bias = regime_mean + sums.y_mean - layer.bias
    parts = variance + (without_bias * (regime_mean - mean)).abs()
    unknown = ~(denominator.abs() > TINY_SHARE * parts) | (
        parts <= CONSTANT_NEURON_SHARE * without_bias.square()
    )
    scaled = numerator / torch.where(unknown, 1.0, denominator)[tail]
    return torch.where(unknown[tail], filter_direction(layer.weight), scaled), unknown
