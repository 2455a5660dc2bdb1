"""Quality ρ of signal estimators, by layer and neuron, on held-out scans.

ρ(S) = 1 − max_v corr(wᵀx, vᵀ(x − S(x))) (Kindermans et al. 2017, equation 1): 1 if the residual of the
estimator contains no information about the neuron's output.

With S(x) = a₊ wᵀx where the neuron fires and a₋ wᵀx elsewhere, the residual is d = x − a₊ y₊ − a₋ y₋, where
y₊ and y₋ are wᵀx in one regime and 0 in the other. Only the covariances of d are needed, and these follow
from those of x, y₊ and y₋: one pass over the scans is enough for all estimators and neurons, and the
covariance of d differs from that of x, which neurons share, by a matrix of rank four.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from viewer.errors import MethodError
from viewer.methods.patterns.estimators import LayerPatterns, filter_direction
from viewer.methods.patterns.layers import NeuronLayer, Tensor
from viewer.progress import Progress

if TYPE_CHECKING:
    from viewer.methods.patterns.pattern_io import Patterns
    from viewer.methods.scan_sources import ScanSource
    from viewer.models.model import Model


CONSTANT_SHARE = 1e-9
"""Below this fraction of the largest variance, d counts as constant along a direction: float64 rounding."""


@dataclass(eq=False)
class RegimeMoments:
    """Sums over patches x and both regimes' outputs z = (y₊, y₋), centred by the means of the first patches.

    float64; (groups, ...) with flattened patches.
    """

    x_mean: Tensor
    z_mean: Tensor
    n: int
    x: Tensor
    xx: Tensor
    z: Tensor
    zx: Tensor
    zz: Tensor

    @property
    def sampling_noise(self) -> float:
        """Inputs over patches: relative uncertainty of a sample covariance, in units of the mean variance."""
        return self.x.shape[1] / max(self.n, 1)

    @classmethod
    def empty(cls, x: Tensor, z: Tensor) -> RegimeMoments:
        """Return empty sums; x is (positions, groups, inputs), z (positions, groups, neurons, 2)."""
        groups, inputs, count = x.shape[1], x.shape[2], z.shape[2]
        zeros = x.new_zeros
        return cls(
            x_mean=x.mean(0),
            z_mean=z.mean(0),
            n=0,
            x=zeros(groups, inputs),
            xx=zeros(groups, inputs, inputs),
            z=zeros(groups, count, 2),
            zx=zeros(groups, count, 2, inputs),
            zz=zeros(groups, count, 2, 2),
        )

    def add(self, x: Tensor, z: Tensor) -> None:
        """Add some positions to the sums."""
        x, z = (x - self.x_mean).movedim(1, 0), (z - self.z_mean).movedim(1, 0)
        self.n += x.shape[1]
        self.x += x.sum(1)
        self.xx += x.mT @ x
        self.z += z.sum(1)
        self.zx += (z.flatten(2).mT @ x).reshape(self.zx.shape)
        self.zz += torch.einsum("gmki,gmkj->gkij", z, z)

    def covariances(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return the covariances of x with x (groups, inputs, inputs), z with x, and z with z."""
        x, z = self.x / self.n, self.z / self.n
        return (
            self.xx / self.n - x[:, :, None] * x[:, None],
            self.zx / self.n - z[..., None] * x[:, None, None],
            self.zz / self.n - z[..., None] * z[..., None, :],
        )


def split_by_regime(layer: NeuronLayer, patches: Tensor) -> Tensor:
    """Return both parts y₊ and y₋ of wᵀx, by the sign of wᵀx + b: (positions, groups, neurons, 2)."""
    y = torch.einsum("mgd,gkd->mgk", patches, layer.weight.flatten(2))
    on = y + layer.bias > 0
    return torch.stack((torch.where(on, y, 0.0), torch.where(on, 0.0, y)), -1)


def measure_correlations(
    fit_moments: RegimeMoments, test_moments: RegimeMoments, positive: Tensor, negative: Tensor, ridge: float
) -> Tensor:
    """Compute max_v corr(y, vᵀd) of every neuron: v by least squares on one half, corr on the other.

    Parameters
    ----------
    fit_moments, test_moments
        Moments of two sets of scans, neither of which the patterns were fitted to.
    positive, negative
        a₊ and a₋, (groups, neurons of a group, inputs), float64.
    ridge
        Added to the variance of every input when fitting v, as a fraction of their mean. Without it v would
        use directions in which the inputs hardly vary.

    Returns
    -------
    (groups, neurons of a group); NaN for a neuron that does not vary.
    """
    v = _fit_reader(fit_moments, positive, negative, ridge)
    xx, zx, zz = test_moments.covariances()
    patterns = torch.stack((positive, negative), 2)
    with_y = _covariance_with_output(zx, zz, patterns)
    projections = (patterns * v[:, :, None]).sum(-1)
    reader_covariance = (zx * v[:, :, None]).sum(-1)
    spread = ((v @ xx) * v).sum(-1) - 2 * (projections * reader_covariance).sum(-1)
    spread = spread + torch.einsum("gki,gkij,gkj->gk", projections, zz, projections)
    y = zz.sum((-1, -2))
    correlations = (v * with_y).sum(-1) / (spread.clamp(min=0) * y).sqrt()
    # −v is as good as v: a correlation with the opposite sign on held-out scans counts the same.
    correlations = torch.where(spread > 0, correlations.abs(), 0.0)
    return torch.where(y > 0, correlations, torch.nan)


def _covariance_with_output(zx: Tensor, zz: Tensor, patterns: Tensor) -> Tensor:
    """Compute cov(d, y), y = y₊ + y₋."""
    return zx.sum(2) - (zz.sum(-1)[..., None] * patterns).sum(2)


def _fit_reader(moments: RegimeMoments, positive: Tensor, negative: Tensor, ridge: float) -> Tensor:
    """Compute v = cov(d)⁻¹ cov(d, y), using only the factor of cov(x).

    After whitening x, the covariance of d differs from the identity in four directions per neuron, and is
    inverted there; directions along which d is constant, such as w, are excluded from v.
    """
    xx, zx, zz = moments.covariances()
    patterns = torch.stack((positive, negative), 2)
    groups, count, _, inputs = patterns.shape
    variance = xx.diagonal(dim1=1, dim2=2).mean(1).clamp(min=torch.finfo(xx.dtype).tiny)
    regularizer = torch.eye(inputs, dtype=xx.dtype) * (ridge * variance)[:, None, None]
    factor = torch.linalg.cholesky(xx + regularizer)
    # cov(d) = cov(x) + Uᵀ S U with the rows of U being a₊, a₋, cov(y₊, x), cov(y₋, x).
    U = torch.cat((patterns, zx), 2)
    eye = torch.eye(2, dtype=xx.dtype).expand(groups, count, 2, 2)
    S = torch.cat((torch.cat((zz, -eye), -1), torch.cat((-eye, torch.zeros_like(eye)), -1)), -2)
    right_sides = torch.cat((_covariance_with_output(zx, zz, patterns)[:, :, None], U), 2).reshape(
        groups, -1, inputs
    )
    white = torch.linalg.solve_triangular(factor, right_sides.mT, upper=False).mT
    white = white.reshape(groups, count, 5, inputs)
    whitened, correction = white[:, :, 0], white[:, :, 1:]
    Q, R = torch.linalg.qr(correction.mT)
    core = R @ S @ R.mT
    sizes, axes = torch.linalg.eigh((core + core.mT) / 2)
    varies = 1 + sizes > CONSTANT_SHARE * sizes.abs().amax(-1, keepdim=True).clamp(min=1)
    inverse = torch.where(varies, 1 / torch.where(varies, 1 + sizes, 1.0), 0.0)
    # Outside the four directions v is unchanged; inside them, apply the inverse.
    directions = Q @ axes
    parts = (directions.mT @ whitened[..., None])[..., 0]
    solved = whitened + (directions @ (parts * (inverse - 1))[..., None])[..., 0]
    v: Tensor = torch.linalg.solve_triangular(factor.mT, solved.mT, upper=True).mT
    return v


SUBJECT = "patterns quality"
MAX_INPUTS = 4608
"""Maximum number of inputs of a neuron; wider layers are skipped, as their covariance takes a gigabyte."""

PATCHES_PER_SCAN = 2048
"""Number of patches drawn from a scan for each layer."""

RIDGES = (0.01, 1.0)
"""Factors of the ridge, to report how strongly ρ depends on it."""

UNCERTAIN_DIFFERENCE = 0.1
"""A mean ρ that differs by more than this between the two ridges is called uncertain."""

PATCHES_PER_INPUT = 5
"""Minimum number of patches per input of a neuron in each half, needed to fit v."""


class SignalEstimator(StrEnum):
    """Signal estimators, as in figure 3 of the paper."""

    RANDOM = "random"
    FILTER = "S_w"
    LINEAR = "S_a"
    TWO = "S_a+-"


@dataclass(frozen=True, eq=False)
class LayerQuality:
    """ρ of every neuron of one layer.

    Parameters
    ----------
    key, label
        Key and label of the layer.
    rho
        By estimator, (neurons,); NaN for a constant neuron.
    patches
        Number of patches in each half.
    ridge
        Ridge that v was fitted with, as a fraction of the inputs' mean variance.
    rho_of_smaller_ridge
        ρ with a hundredth of that ridge.
    """

    key: str
    label: str
    rho: Mapping[SignalEstimator, Tensor]
    patches: tuple[int, int]
    ridge: float
    rho_of_smaller_ridge: Mapping[SignalEstimator, Tensor]

    def mean(self, estimator: SignalEstimator) -> float:
        """Return the mean over the neurons that vary."""
        return float(self.rho[estimator].nanmean())

    @property
    def uncertain_estimators(self) -> tuple[SignalEstimator, ...]:
        """Estimators whose mean ρ depends on the ridge."""
        return tuple(
            name
            for name in self.rho
            if abs(self.mean(name) - float(self.rho_of_smaller_ridge[name].nanmean())) > UNCERTAIN_DIFFERENCE
        )

    def sentence(self) -> str:
        """Return a sentence if ρ depends on the ridge; otherwise an empty text."""
        if not self.uncertain_estimators:
            return ""
        values = ", ".join(
            f"{name} {self.mean(name):.2f} or {float(self.rho_of_smaller_ridge[name].nanmean()):.2f}"
            for name in self.uncertain_estimators
        )
        return (
            f"{self.label}: ρ depends on the ridge with which v is fitted: {values} with {self.ridge:.1e} or "
            f"{self.ridge * RIDGES[0]:.1e} of the mean variance, as some inputs hardly vary."
        )

    def as_json(self) -> dict[str, Any]:
        """Return plain values: means, and the standard deviations over neurons."""
        varying = int((~self.rho[SignalEstimator.FILTER].isnan()).sum())
        deviations = {
            str(name): float(values[~values.isnan()].std(unbiased=False)) for name, values in self.rho.items()
        }
        return {
            "layer": self.label,
            "neurons": len(self.rho[SignalEstimator.FILTER]),
            "varying": varying,
            "patches": list(self.patches),
            "ridge": self.ridge,
            "rho": {str(name): self.mean(name) for name in self.rho},
            "rho with a hundredth of the ridge": {
                str(name): float(values.nanmean()) for name, values in self.rho_of_smaller_ridge.items()
            },
            "standard deviation": deviations,
        }


@dataclass(frozen=True, eq=False)
class SignalQuality:
    """ρ by layer, and the skipped layers with the reason."""

    layers: tuple[LayerQuality, ...]
    left_out: tuple[str, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """One sentence for every layer whose ρ depends on the ridge."""
        return tuple(sentence for layer in self.layers if (sentence := layer.sentence()))


def pattern_quality(
    model: Model,
    patterns: Patterns | str | Path,
    scans: Iterable[ScanSource | torch.Tensor],
    *,
    places: int = PATCHES_PER_SCAN,
    ridge: float | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> SignalQuality:
    """Measure how well a network's patterns recover the signal: ρ by layer and neuron, on held-out scans.

    Estimators are random directions, S_w, S_a and S_a+−, every direction a scaled so that wᵀa = 1
    (Kindermans et al. 2017, figure 3).

    Parameters
    ----------
    model : Model
        The network; it is not modified.
    patterns : Patterns or str or Path
        Its patterns, or their file.
    scans : iterable of Scan, str, Path or torch.Tensor
        At least two, none of which the patterns were fitted to. v is fitted on the first, third, ... scan;
        the correlation is measured on the others.
    places : int
        Number of patches drawn from each scan for each layer; all of them if there are fewer.
    ridge : float, optional
        Added to the variance of every input when fitting v, as a fraction of their mean variance. The
        default is inputs over patches: the uncertainty of a covariance from that many patches, below which a
        variance is indistinguishable from zero. It vanishes with the number of patches.
    seed : int
        Seed of the random directions and the draws.
    progress : Progress, optional
        Receives the progress after every operator, and can cancel the computation.

    Returns
    -------
    SignalQuality
        ``layers``, each with ``rho`` by estimator and its ``mean``, and ``left_out``, the skipped layers.

    Raises
    ------
    MethodError
        A scan was used for the patterns, or there are fewer than two.
    ModelError
        The file holds no patterns, or they belong to another network.
    Cancelled
        ``progress`` was cancelled.

    Examples
    --------
    >>> import torch
    >>> import viewer
    >>> network = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU(), torch.nn.Linear(3, 2))
    >>> x = torch.randn(128, 4, generator=torch.Generator().manual_seed(0))
    >>> model = viewer.Model.from_module(network, x[:1])
    >>> patterns = viewer.fit_patterns(model, [x[:64]])
    >>> quality = viewer.pattern_quality(model, patterns, [x[64:]])
    >>> [str(estimator) for estimator in quality.layers[0].rho]
    ['random', 'S_w', 'S_a', 'S_a+-']
    """
    from viewer.methods.patterns.graph_layers import Visitor, find_layers, run_with_visitors
    from viewer.methods.patterns.pattern_io import load_patterns
    from viewer.methods.patterns.samples import iterate_samples
    from viewer.models.graph.batch_norm_folding import fold_batch_norms

    if isinstance(patterns, str | Path):
        path, patterns = Path(patterns), load_patterns(patterns)
        patterns.origin.check_model(model, path)
    progress = progress or Progress()
    sources = tuple(scans)
    fitted = {digest for _, digest in patterns.origin.scans}
    halves: tuple[dict[str, RegimeMoments], dict[str, RegimeMoments]] = ({}, {})
    layers: Sequence[NeuronLayer] = ()
    run_progress = progress.subtask(0.0, 0.9)
    count = 0
    for index, sample in enumerate(iterate_samples(model, sources)):
        if sample.hash in fitted:
            raise MethodError(
                SUBJECT, f"{sample.name} was used to fit the patterns", "give scans that were not used"
            )
        graph = fold_batch_norms(model.graph(sample.x))
        layers = find_layers(graph, SUBJECT)
        generator = torch.Generator().manual_seed(1_000_003 * seed + index)
        half, count = halves[index % 2], index + 1

        def make_visitor(
            layer: NeuronLayer, half: dict[str, RegimeMoments] = half, generator: torch.Generator = generator
        ) -> Visitor:
            def add_to_moments(inputs: Sequence[Tensor], output: Tensor) -> None:
                x = _draw_patches(layer, inputs, output, patterns, places, generator)
                z = split_by_regime(layer, x)
                if layer.key not in half:
                    half[layer.key] = RegimeMoments.empty(x, z)
                half[layer.key].add(x, z)

            return add_to_moments

        narrow = [layer for layer in layers if layer.weight[0, 0].numel() <= MAX_INPUTS]
        subtask = run_progress.subtask(min(index / len(sources), 1.0), min((index + 1) / len(sources), 1.0))
        run_with_visitors(
            graph,
            sample.x,
            {layer.node.name: (layer.input_count, make_visitor(layer)) for layer in narrow},
            subtask,
        )
    if count < 2:
        raise MethodError(
            SUBJECT, "v is fitted on one half of the scans, ρ measured on the other", "give two or more"
        )
    results, excluded = [], []
    random = torch.Generator().manual_seed(seed)
    for index, layer in enumerate(layers):
        progress.step(0.9 + 0.1 * index / len(layers), 1.0, layer.node.label)
        reason = _exclusion_reason(layer, halves)
        if reason:
            excluded.append(f"{layer.node.label}: {reason}")
            continue
        learned, held_out = (half[layer.key] for half in halves)
        directions = _estimator_directions(layer, patterns.for_layer(layer), random)
        chosen_ridge = learned.sampling_noise if ridge is None else ridge
        smaller, rho = (
            {
                estimator: 1 - measure_correlations(learned, held_out, *pair, share * chosen_ridge).flatten()
                for estimator, pair in directions.items()
            }
            for share in RIDGES
        )
        patches = (learned.n, held_out.n)
        results.append(LayerQuality(layer.key, layer.node.label, rho, patches, chosen_ridge, smaller))
    progress.step(1.0, 1.0, "Done")
    return SignalQuality(tuple(results), tuple(excluded))


def _draw_patches(
    layer: NeuronLayer,
    inputs: Sequence[Tensor],
    output: Tensor,
    patterns: Patterns,
    limit: int,
    generator: torch.Generator,
) -> Tensor:
    """Return patches from random positions, (positions, groups, inputs), float64."""
    padding = patterns.origin.padding
    available = layer.count_patches(output, inputs, padding)
    picked = (
        torch.arange(available)
        if available <= limit
        else torch.randint(available, (limit,), generator=generator)
    )
    return layer.extract_patches(inputs, picked, padding).cpu().double()


def _exclusion_reason(
    layer: NeuronLayer, halves: tuple[dict[str, RegimeMoments], dict[str, RegimeMoments]]
) -> str:
    inputs = layer.weight[0, 0].numel()
    if inputs > MAX_INPUTS:
        return f"{inputs} inputs, more than {MAX_INPUTS}"
    patches = min(half[layer.key].n for half in halves)
    if patches < PATCHES_PER_INPUT * inputs:
        return f"{patches} patches for {inputs} inputs are too few"
    return ""


def _estimator_directions(
    layer: NeuronLayer, layer_patterns: LayerPatterns, generator: torch.Generator
) -> dict[SignalEstimator, tuple[Tensor, Tensor]]:
    """Return a₊ and a₋ of every estimator."""
    weight = layer.weight.flatten(2)
    random = torch.randn(weight.shape, generator=generator, dtype=torch.float64)
    products = (weight * random).sum(-1, keepdim=True)
    random = random / torch.where(products == 0, 1.0, products)
    filters = filter_direction(weight)
    linear, positive, negative = (
        tensor.double().flatten(2)
        for tensor in (layer_patterns.linear, layer_patterns.positive, layer_patterns.negative)
    )
    return {
        SignalEstimator.RANDOM: (random, random),
        SignalEstimator.FILTER: (filters, filters),
        SignalEstimator.LINEAR: (linear, linear),
        SignalEstimator.TWO: (positive, negative),
    }
