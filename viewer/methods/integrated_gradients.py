"""Integrated gradients, and the quadrature rules of its path integral."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from viewer.methods.base import Attribution, ExplanationRequest, Family, Method, Requirement, parameter
from viewer.methods.baseline import BASELINE_HELP, BASELINES, constant_baseline_notes, make_baseline
from viewer.methods.input_gradient import compute_gradient, compute_outputs, find_graph
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch


Points = npt.NDArray[np.float64]

QUADRATURE_RULES = ("riemann_left", "riemann_middle", "riemann_right", "riemann_trapezoid", "gausslegendre")


@dataclass(frozen=True)
class Sampling:
    """Samples to add to an integral: ``keep`` times its current value, plus their weighted sum.

    Parameters
    ----------
    points, weights
        Positions from 0 to 1, and the weight of each sample.
    keep
        Factor of the integral over the previous samples.
    steps
        Total number of samples of the integral after adding these.
    """

    points: Points
    weights: Points
    keep: float
    steps: int


def make_sampling(rule: str, steps: int) -> Sampling:
    """Return a first sampling with ``steps`` points, whose weights sum to 1.

    The trapezoidal rule includes both ends, and so has at least two points.
    """
    places = np.arange(steps, dtype=np.float64)
    weights = np.full(steps, 1.0 / steps)
    if rule == "riemann_left":
        points = places / steps
    elif rule == "riemann_middle":
        points = (places + 0.5) / steps
    elif rule == "riemann_right":
        points = (places + 1.0) / steps
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


LARGEST_BATCH = 64
SINGLE_SAMPLE_SIZE = 2**19
"""Inputs with this many values or more are processed one by one on a CPU, where batches gain nothing."""
ROUND_SHARE = 0.6
"""Share of the remaining progress that a round of steps fills, as more rounds may follow."""


@dataclass(frozen=True)
class IntegratedGradients(Method):
    """R = (x − x′) ∫₀¹ ∂f(x′ + α(x − x′))/∂x dα (Sundararajan, Taly and Yan 2017, equation 1).

    The sum of R is f(x) − f(x′), up to the error of the numerical integral. The error is measured, and steps
    are added until it is within the tolerance.
    """

    name: ClassVar[str] = "integrated-gradients"
    title: ClassVar[str] = "Integrated gradients"
    family: ClassVar[Family] = Family.ATTRIBUTION
    requirements: ClassVar[frozenset[Requirement]] = frozenset({Requirement.GRADIENT})
    source: ClassVar[str] = "Sundararajan et al. 2017"
    explains_covariates: ClassVar[bool] = True
    description: ClassVar[str] = "how much each voxel adds to the output when it replaces the baseline"
    limitations: ClassVar[str] = "be interpreted without its baseline: another baseline gives another map"

    baseline: str = parameter(
        "black",
        BASELINE_HELP,
        choices=BASELINES,
        source="Sundararajan et al. 2017, section 3",
    )
    blur: float = parameter(
        4.0,
        "standard deviation of the blurred baseline",
        unit="voxels (network grid)",
        limits=(0.0, 50.0),
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
        "f(x) − f(baseline) within this share of it; 0 uses the number of steps as given",
        limits=(0.0, 1.0),
    )
    max_steps: int = parameter(1000, "largest number of steps", limits=(1, 65536))

    def explain(self, request: ExplanationRequest) -> Attribution:
        """Compute contributions of the shape of ``request.x``, in units of the output, and their residual."""
        from viewer.scans.provenance import Residual

        taken = make_sampling(self.rule, self.steps)
        filled = _endpoint_share(taken.steps)
        start = make_baseline(request.model, request.x, self.baseline, self.blur)
        path = _PathIntegral(request, start, request.progress.subtask(0.0, filled))
        while True:
            end = filled + (1 - filled) * (1.0 if self.tolerance == 0 else ROUND_SHARE)
            path.add_samples(taken, request.progress.subtask(filled, end))
            filled = end
            values = path.contributions()
            residual = Residual("completeness", path.expected, float(values.sum()))
            rounding = 1e-6 * float(values.abs().sum())
            enough = residual.absolute <= max(self.tolerance * abs(path.expected), rounding)
            more = refine_sampling(self.rule, taken.steps)
            if self.tolerance == 0 or enough or more.steps > self.max_steps:
                break
            taken = more
        notes = (*path.notes, *constant_baseline_notes(find_graph(request.model, request.x), self.baseline))
        if taken.steps > max(self.steps, 2):
            notes = (f"{taken.steps} steps were used to reach the tolerance of {self.tolerance:.2%}", *notes)
        if self.tolerance > 0 and not enough:
            line = f"the sum misses f(x) − f(baseline) by {residual.relative:.2%} after {taken.steps} steps"
            notes = (line, *notes)
        return Attribution(values.to(request.x.dtype), residual, notes)


def _endpoint_share(steps: int) -> float:
    """Return the share of work of the two ends of the path: a forward run each, a third of a step."""
    return 2 / (3 * steps + 2)


class _PathIntegral:
    """Integral of the gradient along the straight line from the baseline to the input.

    ``expected`` is f(x) − f(x′). The integral is summed in float64, on the input's device where it supports
    float64, otherwise on the CPU.
    """

    def __init__(self, request: ExplanationRequest, start: torch.Tensor, progress: Progress) -> None:
        import torch

        x = request.x
        self._question = request
        self._start = start
        self._difference = x - start
        self._place = torch.device("cpu") if x.device.type == "mps" else x.device
        self._integral = torch.zeros(x.shape, dtype=torch.float64, device=self._place)
        below = request.target.score(compute_outputs(request.model, start, progress.subtask(0.0, 0.5)))
        score, self._batch = self._measure_batch_size(progress.subtask(0.5, 1.0))
        self.expected = float((score.double().cpu() - below.double().cpu()).sum())
        self.notes: tuple[str, ...] = ()

    def _measure_batch_size(self, progress: Progress) -> tuple[torch.Tensor, int]:
        """Return f(x), and the number of samples of the path per batch."""
        import torch

        from viewer.jobs.memory import batch_size, measure_saved_tensors

        request, x = self._question, self._question.x
        if x.device.type == "cpu" and x.numel() >= SINGLE_SAMPLE_SIZE:
            return request.target.score(compute_outputs(request.model, x, progress)), 1
        with torch.enable_grad():
            leaf = x.detach().clone().requires_grad_(True)
            score, kept = measure_saved_tensors(
                lambda: request.target.score(request.model.logits(leaf.clone())).detach()
            )
        # The backward pass adds gradients of about the size of the saved tensors.
        return score, batch_size(2 * kept + 8 * leaf.nbytes, x.device, LARGEST_BATCH)

    def add_samples(self, taken: Sampling, progress: Progress) -> None:
        """Add samples of the gradient to the integral, batch by batch."""
        import torch

        from viewer.jobs.memory import AdaptiveBatches

        request, count = self._question, len(taken.points)
        self._integral *= taken.keep
        pieces = AdaptiveBatches(count, self._batch)

        def work(first: int, last: int) -> tuple[int, list[torch.Tensor]]:
            done = taken.steps - count
            part = progress.subtask(first / count, last / count)
            part = part.with_message(f"step {done + first + 1} of {taken.steps}")
            part.step(0)
            steps = [self._start + float(point) * self._difference for point in taken.points[first:last]]
            gradients = compute_gradient(request.model, torch.cat(steps), request.target, part)
            return first, list(torch.split(gradients, len(request.x)))

        for first, gradients in pieces.run(work):
            for weight, gradient in zip(taken.weights[first:], gradients, strict=False):
                self._integral.add_(gradient.to(self._place), alpha=float(weight))
        self._batch = pieces.size
        self.notes = self.notes or pieces.notes

    def contributions(self) -> torch.Tensor:
        """Return (x − x′) times the integral, float64."""
        return self._integral * self._difference.to(self._place)
