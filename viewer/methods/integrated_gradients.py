"""Integrated gradients, and the quadrature rules of its path integral."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from viewer.methods.base import (
    Attribution,
    ExplanationRequest,
    Family,
    Method,
    Requirement,
    parameter,
)
from viewer.methods.baseline import (
    BASELINE_HELP,
    BASELINES,
    EACH,
    REFERENCES,
    REFERENCES_HELP,
    Baselines,
    constant_baseline_notes,
    make_baselines,
)
from viewer.number_format import format_count
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

    from viewer.methods.differentiable_network import DifferentiableNetwork

Points = npt.NDArray[np.float64]

QUADRATURE_RULES = ("riemann_left", "riemann_middle", "riemann_right", "riemann_trapezoid", "gausslegendre")


@dataclass(frozen=True)
class Sampling:
    """Samples for an integral, which becomes ``previous_factor`` times its value plus their weighted sum.

    Parameters
    ----------
    points, weights
        Positions from 0 to 1, and the weight of each sample.
    previous_factor
        Factor of the integral over the previous samples.
    steps
        Total number of samples of the integral after adding these.
    """

    points: Points
    weights: Points
    previous_factor: float
    steps: int


def make_sampling(rule: str, steps: int) -> Sampling:
    """Return a first sampling with ``steps`` points, whose weights sum to 1.

    The trapezoidal rule includes both ends, and so has at least two points.
    """
    indices = np.arange(steps, dtype=np.float64)
    weights = np.full(steps, 1.0 / steps)
    if rule == "riemann_left":
        points = indices / steps
    elif rule == "riemann_middle":
        points = (indices + 0.5) / steps
    elif rule == "riemann_right":
        points = (indices + 1.0) / steps
    elif rule == "riemann_trapezoid":
        points = np.linspace(0.0, 1.0, max(steps, 2))
        weights = np.full(points.size, 1.0 / (points.size - 1))
        weights[[0, -1]] /= 2
    else:
        points, weights = np.polynomial.legendre.leggauss(steps)
        points, weights = (points + 1) / 2, weights / 2
    return Sampling(points, weights, 0.0, points.size)


def refine_sampling(rule: str, steps: int) -> Sampling:
    """Return the samples that refine ``steps`` points to twice as many (three times for the middle rule).

    Gauss-Legendre points cannot be reused; those of the other rules can.
    """
    if rule == "gausslegendre":
        return make_sampling(rule, 2 * steps)
    if rule == "riemann_middle":
        sixths = np.arange(6 * steps, dtype=np.float64) / (6 * steps)
        points = sixths[(np.arange(6 * steps) % 6 == 1) | (np.arange(6 * steps) % 6 == 5)]
        return Sampling(points, np.full(points.size, 1 / (3 * steps)), 1 / 3, 3 * steps)
    gaps = steps - 1 if rule == "riemann_trapezoid" else steps
    points = (np.arange(gaps, dtype=np.float64) + 0.5) / gaps
    return Sampling(points, np.full(gaps, 0.5 / gaps), 0.5, steps + gaps)


ROUND_SHARE = 0.6
"""Share of the remaining progress that a round of steps fills, as more rounds may follow."""


@dataclass(frozen=True)
class IntegratedGradients(Method):
    """R = (x − x′) ∫₀¹ ∂f(x′ + α(x − x′))/∂x dα (Sundararajan, Taly and Yan 2017, equation 1).

    The sum of R is f(x) − f(x′), up to the error of the numerical integral. The error is measured, and steps
    are added until it is within the tolerance.

    With several reference scans, the map is the mean over them, R = E[(x − x′) ∂f(x′ + α(x − x′))/∂x] over
    references x′ and α from 0 to 1: expected gradients (Erion et al. 2021). It sums to f(x) − mean f(x′). The
    number of steps is then that of all references together, and the middle rule is stratified: the points of
    each reference are shifted along its path so that, taken together, they are evenly spaced from 0 to 1.
    """

    name: ClassVar[str] = "integrated-gradients"
    title: ClassVar[str] = "Integrated gradients"
    family: ClassVar[Family] = Family.ATTRIBUTION
    requirements: ClassVar[frozenset[Requirement]] = frozenset({Requirement.GRADIENT})
    source: ClassVar[str] = "Sundararajan et al. 2017; several references: Erion et al. 2021"
    explains_covariates: ClassVar[bool] = True
    description: ClassVar[str] = "how much each voxel adds to the output when it replaces the baseline"
    limitations: ClassVar[str] = "be interpreted without its baseline: another baseline gives another map"
    not_for: ClassVar[str] = (
        "If there is no sensible baseline: a voxel equal to the baseline gets 0, however much it matters."
    )

    baseline: str | tuple[object, ...] = parameter(
        "black",
        BASELINE_HELP,
        choices=BASELINES,
        source="Sundararajan et al. 2017, section 3",
        scans=True,
    )
    blur: float = parameter(
        4.0,
        "standard deviation of the blurred baseline",
        unit="voxels (network grid)",
        limits=(0.0, 50.0),
    )
    references: str = parameter(
        EACH, REFERENCES_HELP, choices=REFERENCES, source="Erion et al. 2021: expected gradients"
    )
    rule: str = parameter(
        "riemann_middle",
        "how the integral is computed; the middle rule suits piecewise linear networks (ReLU) best",
        choices=QUADRATURE_RULES,
    )
    steps: int = parameter(
        32,
        "initial number of points on the path from the baseline to the scan",
        limits=(1, 4096),
        source="Sundararajan et al. 2017, section 5: 20 to 300",
    )
    tolerance: float = parameter(
        0.01,
        "steps are increased (twofold; threefold for the middle rule) until the map adds up to "
        "f(x) − f(baseline) within this share of it; 0 uses the given number of steps",
        limits=(0.0, 1.0),
    )
    max_steps: int = parameter(1000, "maximum number of steps", limits=(1, 65536))

    def explain(self, request: ExplanationRequest) -> Attribution:
        """Compute contributions of the shape of ``request.x``, in units of the output, and their residual."""
        from viewer.methods.differentiable_network import WholeNetwork

        baselines = make_baselines(request, self.baseline, self.blur, self.references)
        return self.integrate(request, baselines, WholeNetwork(request.model, request.x))

    def integrate(
        self, request: ExplanationRequest, baselines: Baselines, network: DifferentiableNetwork
    ) -> Attribution:
        """Compute the contributions of ``request.x`` in a network or part of one, and their residual."""
        from viewer.scans.provenance import Residual

        count = len(baselines)
        stratified = count > 1 and self.rule == "riemann_middle"
        sampling = make_sampling(self.rule, -(-self.steps // count))
        fewest = sampling.steps
        start = _endpoint_progress_share(sampling.steps)
        path = _PathIntegral(request, baselines, network, request.progress.subtask(0.0, start), stratified)
        while True:
            end = start + (1 - start) * (1.0 if self.tolerance == 0 else ROUND_SHARE)
            path.add_samples(sampling, request.progress.subtask(start, end))
            start = end
            values = path.contributions()
            residual = Residual("completeness", path.expected, float(values.sum()))
            rounding = 1e-6 * float(values.abs().sum())
            enough = residual.absolute <= max(self.tolerance * abs(path.expected), rounding)
            # Shifted points are not a subset of those of a finer sampling.
            finer = (
                make_sampling(self.rule, 3 * sampling.steps)
                if stratified
                else refine_sampling(self.rule, sampling.steps)
            )
            if self.tolerance == 0 or enough or count * finer.steps > self.max_steps:
                break
            sampling = finer
        notes = (*path.notes, *constant_baseline_notes(network.graph, baselines.constant))
        steps = count * sampling.steps
        if sampling.steps > fewest:
            notes = (
                f"{steps} steps were used to reach the tolerance of {self.tolerance:.2%}",
                *notes,
            )
        if self.tolerance > 0 and not enough:
            note = (
                f"the sum misses f(x) − f(baseline) by {residual.relative:.2%} after "
                f"{format_count(steps, 'step')}"
            )
            notes = (note, *notes)
        if count > 1:
            notes = (f"expected gradients: the mean of the maps against {count} reference scans", *notes)
        return Attribution(values.to(request.x.dtype), residual, notes)


def _endpoint_progress_share(steps: int) -> float:
    """Return the share of the work for the two ends of the path: a forward run each, a third of a step."""
    return 2 / (3 * steps + 2)


class _PathIntegral:
    """Mean over baselines x′ of (x − x′) times the integral of the gradient on the line from x′ to the input.

    ``expected`` is f(x) − mean f(x′). The integral is summed in float64, on the input's device where it
    supports float64, otherwise on the CPU. Only the baseline of the current points is kept.

    Parameters
    ----------
    request
        The request.
    baselines
        The baselines x′.
    network
        The network that is differentiated.
    progress
        Progress of computing the outputs at the ends of the paths.
    stratified
        Whether points are shifted from the middle of their steps, differently for each baseline.
    """

    def __init__(
        self,
        request: ExplanationRequest,
        baselines: Baselines,
        network: DifferentiableNetwork,
        progress: Progress,
        stratified: bool,
    ) -> None:
        import torch

        x, target = request.x, request.target
        self._request = request
        self._network = network
        self._baselines = baselines
        self._device = torch.device("cpu") if x.device.type == "mps" else x.device
        self._integral = torch.zeros(x.shape, dtype=torch.float64, device=self._device)
        self._total = torch.zeros_like(self._integral)
        self._point_shifts = np.zeros(len(baselines))
        if stratified:
            order = np.random.default_rng(request.seed).permutation(len(baselines))
            self._point_shifts = (order + 0.5) / len(baselines) - 0.5
        count = len(baselines)
        baseline_score = 0.0
        for index in range(count):
            subtask = progress.subtask(0.5 * index / count, 0.5 * (index + 1) / count)
            baseline_score += (
                float(network.score(baselines.load(index), target, subtask).double().cpu().sum()) / count
            )
        score, self._batch_size = network.score_and_batch_size(x, target, progress.subtask(0.5, 1.0))
        self.expected = float(score.double().cpu().sum()) - baseline_score
        self.notes: tuple[str, ...] = ()

    def add_samples(self, sampling: Sampling, progress: Progress) -> None:
        """Add samples of the gradient to the integral, batch by batch."""
        import torch

        from viewer.jobs.memory import AdaptiveBatches

        request, per_baseline = self._request, len(sampling.points)
        count = per_baseline * len(self._baselines)
        self._total *= sampling.previous_factor
        batches = AdaptiveBatches(count, self._batch_size)

        def compute_gradients(start: int, stop: int) -> tuple[int, list[torch.Tensor]]:
            steps = sampling.steps * len(self._baselines)
            subtask = progress.subtask(start / count, stop / count)
            subtask = subtask.with_message(f"step {steps - count + start + 1} of {steps}")
            subtask.step(0)
            points = [
                self._path_point(sampling, *divmod(index, per_baseline)) for index in range(start, stop)
            ]
            gradients = self._network.gradient(torch.cat(points), request.target, subtask)
            return start, list(torch.split(gradients, len(request.x)))

        for start, gradients in batches.run(compute_gradients):
            for index, gradient in enumerate(gradients, start):
                baseline, point_index = divmod(index, per_baseline)
                self._integral.add_(gradient.to(self._device), alpha=float(sampling.weights[point_index]))
                if point_index == per_baseline - 1:
                    self._finish_path(baseline)
        self._batch_size = batches.size
        self.notes = self.notes or batches.notes

    def _path_point(self, sampling: Sampling, baseline: int, point_index: int) -> torch.Tensor:
        """Return one point of the path from a baseline to the input."""
        start = self._baselines.load(baseline)
        point = sampling.points[point_index] + self._point_shifts[baseline] / sampling.steps
        return start + float(point) * (self._request.x - start)

    def _finish_path(self, baseline: int) -> None:
        """Add (x − x′) times the integral along a baseline's path, once all its points are included."""
        difference = (self._request.x - self._baselines.load(baseline)).to(self._device)
        self._total.addcmul_(self._integral, difference.double(), value=1 / len(self._baselines))
        self._integral.zero_()

    def contributions(self) -> torch.Tensor:
        """Return the mean over baselines of (x − x′) times the integral, float64."""
        return self._total
