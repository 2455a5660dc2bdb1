"""From sums to patterns: S_a and S_a+− of Kindermans et al. 2017, and what cannot be estimated.

With E the mean over all patches and E₊ that over those where the neuron fires, a₊ is proportional to
E₊[xy] − E₊[x] E[y] and scaled so that wᵀa₊ = 1 (equation 7; a₋ likewise where it does not fire, and a,
equation 3, over all). The bias has no part in it: it cancels.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from viewer.methods.patterns.layer import Layer, Tensor
from viewer.methods.patterns.sums import Sums

TINY = 0.01
"""A denominator is tiny where its two parts cancel and leave less than this share of them."""

CONSTANT = 1e-12
"""A neuron does not vary where its variance is below this share of its squared mean: float32's rounding."""


@dataclass(frozen=True, eq=False)
class LayerPatterns:
    """The patterns of one layer's neurons.

    Parameters
    ----------
    key, place
        Which layer: its key in the file, and its name for a person.
    linear, positive, negative
        a, a₊ and a₋: (groups, neurons of a group, patch...), float64; wᵀa = 1 for each, but of filters that
        are zero.
    active
        Share of patches at which the neuron fires; (groups, neurons of a group).
    dead, tiny
        Neurons that never fire, and those whose denominator is tiny; their a₊ is the filter's own
        direction, w / wᵀw.
    patches
        How many patches every neuron saw.
    """

    key: str
    place: str
    linear: Tensor
    positive: Tensor
    negative: Tensor
    active: Tensor
    dead: Tensor
    tiny: Tensor
    patches: int

    @property
    def neurons(self) -> int:
        """How many there are."""
        return self.dead.numel()

    def told(self) -> str:
        """A sentence on what could not be estimated; empty where all could."""
        parts = [
            f"{int(which.sum())} of {self.neurons} {why}"
            for which, why in ((self.dead, "never fire"), (self.tiny, "have a tiny denominator"))
            if bool(which.any())
        ]
        return f"{self.place}: {' and '.join(parts)}; their filters stand in for patterns" if parts else ""


def filter_direction(weight: Tensor) -> Tensor:
    """S_w's w / wᵀw of every neuron; 0 where the filter is."""
    dims = tuple(range(2, weight.dim()))
    size = weight.square().sum(dims, keepdim=True)
    return torch.where(size > 0, weight / size.clamp(min=torch.finfo(weight.dtype).tiny), 0.0)


def estimated(layer: Layer, sums: Sums) -> LayerPatterns:
    """Patterns of all neurons of a layer from their sums."""
    n_off, seen = sums.n - sums.n_on, float(sums.n)
    x_all = sums.x[:, None].expand_as(sums.x_on)
    every = sums.n.expand_as(sums.n_on)
    linear, _ = _pattern(layer, sums, every, x_all, sums.xy, sums.y, sums.yy)
    positive, tiny = _pattern(layer, sums, sums.n_on, sums.x_on, sums.xy_on, sums.y_on, sums.yy_on)
    off = (x_all - sums.x_on, sums.xy - sums.xy_on, sums.y - sums.y_on, sums.yy - sums.yy_on)
    negative, _ = _pattern(layer, sums, n_off, *off)
    dead = sums.n_on == 0
    return LayerPatterns(
        layer.key,
        layer.node.place,
        linear,
        positive,
        negative,
        sums.n_on / max(seen, 1.0),
        dead,
        tiny & ~dead,
        int(seen),
    )


def _pattern(
    layer: Layer, sums: Sums, n: Tensor, x: Tensor, xy: Tensor, y: Tensor, yy: Tensor
) -> tuple[Tensor, Tensor]:
    """The pattern in one regime, and for which neurons the filter stands in for it.

    ``n``, ``x``, ``xy``, ``y`` and ``yy`` are that regime's sums of centred numbers.
    """
    tail = (..., *(None,) * len(layer.patch))
    count = n.clamp(min=1)
    mean = sums.y / sums.n.clamp(min=1)
    apart = (y - n * mean) / count
    numerator = (xy - mean[tail] * x) / count[tail] + sums.x_mean[:, None] * apart[tail]
    dims = tuple(range(2, layer.weight.dim()))
    denominator = (layer.weight * numerator).sum(dims)
    # In exact numbers the denominator is var₊(y) + (E₊[y] − b)(E₊[y] − E[y]), whose parts may cancel.
    own = y / count
    variance = (yy / count - own.square()).clamp(min=0)
    bare = own + sums.y_mean - layer.bias
    parts = variance + (bare * (own - mean)).abs()
    unknown = ~(denominator.abs() > TINY * parts) | (parts <= CONSTANT * bare.square())
    scaled = numerator / torch.where(unknown, 1.0, denominator)[tail]
    return torch.where(unknown[tail], filter_direction(layer.weight), scaled), unknown
