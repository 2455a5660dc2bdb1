"""The quality ρ of signal estimators, by layer and neuron, on scans that had no part in them.

ρ(S) = 1 − max_v corr(wᵀx, vᵀ(x − S(x))) (Kindermans et al. 2017, equation 1): 1 where what an estimator
leaves of the input says nothing of the neuron's output any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import torch

from viewer.errors import MethodError
from viewer.methods.patterns.distractor import Moments, correlations, regimes
from viewer.methods.patterns.estimate import LayerPatterns, filter_direction
from viewer.methods.patterns.layer import Layer, Tensor
from viewer.progress import Progress

if TYPE_CHECKING:
    from viewer.methods.patterns.file import Patterns
    from viewer.methods.patterns.samples import Source
    from viewer.models.model import Model

SUBJECT = "patterns quality"
WIDEST = 4608
"""The most inputs of a neuron; wider layers are left out, for their covariance alone takes a gigabyte."""

PLACES = 2048
"""Patches of a scan that are drawn for each layer."""

RIDGES = (0.01, 1.0)
"""The stated ridge and a hundredth of it: how far ρ hangs on it is told."""

UNCERTAIN = 0.1
"""A mean ρ that moves by more than this between the two ridges is called uncertain."""

ENOUGH = 5
"""Patches in each half for every input of a neuron, below which v cannot be told."""


class Estimator(StrEnum):
    """The paper's figure 3: how a neuron's signal is estimated."""

    RANDOM = "random"
    FILTER = "S_w"
    LINEAR = "S_a"
    TWO = "S_a+-"


@dataclass(frozen=True, eq=False)
class LayerQuality:
    """ρ of every neuron of one layer.

    Parameters
    ----------
    key, place
        Which layer.
    rho
        By estimator, (neurons,); NaN for a neuron that does not vary.
    patches
        How many each half had.
    ridge
        With which v was fitted, as a share of the inputs' mean variance.
    rho_of_smaller_ridge
        ρ with a hundredth of that ridge.
    """

    key: str
    place: str
    rho: Mapping[Estimator, Tensor]
    patches: tuple[int, int]
    ridge: float
    rho_of_smaller_ridge: Mapping[Estimator, Tensor]

    def mean(self, estimator: Estimator) -> float:
        """Over the neurons that vary."""
        return float(self.rho[estimator].nanmean())

    @property
    def uncertain(self) -> tuple[Estimator, ...]:
        """The estimators whose mean ρ hangs on the ridge."""
        return tuple(
            name
            for name in self.rho
            if abs(self.mean(name) - float(self.rho_of_smaller_ridge[name].nanmean())) > UNCERTAIN
        )

    def sentence(self) -> str:
        """Say that ρ hangs on the ridge; empty where it does not."""
        if not self.uncertain:
            return ""
        values = ", ".join(
            f"{name} {self.mean(name):.2f} or {float(self.rho_of_smaller_ridge[name].nanmean()):.2f}"
            for name in self.uncertain
        )
        return (
            f"{self.place}: ρ depends on the ridge with which v is fitted: {values} with {self.ridge:.1e} or "
            f"{self.ridge * RIDGES[0]:.1e} of the mean variance, as some inputs hardly vary."
        )

    def as_json(self) -> dict[str, Any]:
        """Plain values; means, and the standard deviations over neurons."""
        varying = int((~self.rho[Estimator.FILTER].isnan()).sum())
        spreads = {
            str(name): float(values[~values.isnan()].std(unbiased=False)) for name, values in self.rho.items()
        }
        return {
            "layer": self.place,
            "neurons": len(self.rho[Estimator.FILTER]),
            "varying": varying,
            "patches": list(self.patches),
            "ridge": self.ridge,
            "rho": {str(name): self.mean(name) for name in self.rho},
            "rho with a hundredth of the ridge": {
                str(name): float(values.nanmean()) for name, values in self.rho_of_smaller_ridge.items()
            },
            "standard deviation": spreads,
        }


@dataclass(frozen=True, eq=False)
class Quality:
    """ρ by layer, and which layers were left out and why."""

    layers: tuple[LayerQuality, ...]
    left_out: tuple[str, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """One sentence for every layer whose ρ hangs on the ridge."""
        return tuple(sentence for layer in self.layers if (sentence := layer.sentence()))


def quality(
    model: Model,
    patterns: Patterns,
    scans: Iterable[Source | torch.Tensor],
    *,
    places: int = PLACES,
    ridge: float | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Quality:
    """ρ of random directions, S_w, S_a and S_a+− (every direction a scaled so that wᵀa = 1).

    Parameters
    ----------
    model, patterns
        The network and its patterns.
    scans
        At least two, none of which the patterns were learned from. Every other one, from the first on, is
        what v is fitted on, the rest what the correlation is measured on.
    places
        Patches drawn from each scan for each layer; all of them where there are fewer.
    ridge
        Added to the variance of every input while v is fitted, as a share of their mean variance. None is
        inputs over patches: the uncertainty of the covariance of so many patches, below which a variance
        cannot be told from none. It vanishes as patches grow in number.
    seed
        Of the random directions and the draws.
    progress
        Told after every operator, and asked whether to stop.

    Raises
    ------
    MethodError
        A scan was used for the patterns, or there are fewer than two.
    ModelError
        The patterns belong to another network.
    Cancelled
        ``progress`` said so.
    """
    from viewer.methods.patterns.neurons import neurons
    from viewer.methods.patterns.samples import samples
    from viewer.methods.patterns.visit import Shown, visit
    from viewer.models.graph.fold import folded

    progress = progress or Progress()
    sources = tuple(scans)
    used = {digest for _, digest in patterns.origin.scans}
    halves: tuple[dict[str, Moments], dict[str, Moments]] = ({}, {})
    layers: Sequence[Layer] = ()
    looking = progress.subtask(0.0, 0.9)
    count = 0
    for number, sample in enumerate(samples(model, sources)):
        if sample.hash in used:
            raise MethodError(
                SUBJECT, f"{sample.name} is one of the scans of the patterns", "give scans they have not seen"
            )
        graph = folded(model.graph(sample.x))
        layers = neurons(graph, SUBJECT)
        draw = torch.Generator().manual_seed(1_000_003 * seed + number)
        half, count = halves[number % 2], number + 1

        def shown(layer: Layer, half: dict[str, Moments] = half, draw: torch.Generator = draw) -> Shown:
            def look(inputs: Sequence[Tensor], output: Tensor) -> None:
                x = _drawn(layer, inputs, output, patterns, places, draw)
                z = regimes(layer, x)
                if layer.key not in half:
                    half[layer.key] = Moments.empty(x, z)
                half[layer.key].add(x, z)

            return look

        narrow = [layer for layer in layers if layer.weight[0, 0].numel() <= WIDEST]
        part = looking.subtask(min(number / len(sources), 1.0), min((number + 1) / len(sources), 1.0))
        visit(graph, sample.x, {layer.node.name: (layer.inputs, shown(layer)) for layer in narrow}, part)
    if count < 2:
        raise MethodError(SUBJECT, "one half of the scans fits v, the other measures", "give two or more")
    found, left_out = [], []
    random = torch.Generator().manual_seed(seed)
    for number, layer in enumerate(layers):
        progress.step(0.9 + 0.1 * number / len(layers), 1.0, layer.node.place)
        why = _why_not(layer, halves)
        if why:
            left_out.append(f"{layer.node.place}: {why}")
            continue
        learned, held_out = (half[layer.key] for half in halves)
        directions = _directions(layer, patterns.of(layer), random)
        stated = learned.sampling_noise if ridge is None else ridge
        smaller, rho = (
            {
                estimator: 1 - correlations(learned, held_out, *pair, share * stated).flatten()
                for estimator, pair in directions.items()
            }
            for share in RIDGES
        )
        patches = (learned.n, held_out.n)
        found.append(LayerQuality(layer.key, layer.node.place, rho, patches, stated, smaller))
    progress.step(1.0, 1.0, "Done")
    return Quality(tuple(found), tuple(left_out))


def _drawn(
    layer: Layer,
    inputs: Sequence[Tensor],
    output: Tensor,
    patterns: Patterns,
    places: int,
    draw: torch.Generator,
) -> Tensor:
    """Patches from random places, (places, groups, inputs), float64."""
    padding = patterns.origin.padding
    there = layer.places(output, inputs, padding)
    picked = torch.arange(there) if there <= places else torch.randint(there, (places,), generator=draw)
    return layer.patches(inputs, picked, padding).cpu().double()


def _why_not(layer: Layer, halves: tuple[dict[str, Moments], dict[str, Moments]]) -> str:
    inputs = layer.weight[0, 0].numel()
    if inputs > WIDEST:
        return f"{inputs} inputs, more than {WIDEST}"
    fewest = min(half[layer.key].n for half in halves)
    if fewest < ENOUGH * inputs:
        return f"{fewest} patches for {inputs} inputs are too few"
    return ""


def _directions(
    layer: Layer, learned: LayerPatterns, draw: torch.Generator
) -> dict[Estimator, tuple[Tensor, Tensor]]:
    """a₊ and a₋ of every estimator."""
    weight = layer.weight.flatten(2)
    random = torch.randn(weight.shape, generator=draw, dtype=torch.float64)
    along = (weight * random).sum(-1, keepdim=True)
    random = random / torch.where(along == 0, 1.0, along)
    own = filter_direction(weight)
    linear, positive, negative = (
        tensor.double().flatten(2) for tensor in (learned.linear, learned.positive, learned.negative)
    )
    return {
        Estimator.RANDOM: (random, random),
        Estimator.FILTER: (own, own),
        Estimator.LINEAR: (linear, linear),
        Estimator.TWO: (positive, negative),
    }
