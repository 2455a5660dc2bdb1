"""Integrated gradients: every voxel's share of the difference between the scan and a baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from viewer.methods.baseline import BASELINES, baseline
from viewer.methods.derivative import derivative
from viewer.methods.method import Attribution, Family, Method, Needs, Question, parameter

if TYPE_CHECKING:
    import torch

Points = npt.NDArray[np.float64]

RULES = ("riemann_left", "riemann_middle", "riemann_right", "riemann_trapezoid", "gausslegendre")


def quadrature(rule: str, steps: int) -> tuple[Points, Points]:
    """Where on the path from 0 to 1 the gradient is taken, and the weights that sum to 1.

    ``steps`` is the number of points; the trapezoid has its first and last at the path's ends, and needs
    two at least.
    """
    places = np.arange(steps, dtype=np.float64)
    even = np.full(steps, 1.0 / steps)
    if rule == "riemann_left":
        return places / steps, even
    if rule == "riemann_middle":
        return (places + 0.5) / steps, even
    if rule == "riemann_right":
        return (places + 1.0) / steps, even
    if rule == "riemann_trapezoid":
        points = np.linspace(0.0, 1.0, max(steps, 2))
        weights = np.full(points.size, 1.0 / (points.size - 1))
        weights[[0, -1]] /= 2
        return points, weights
    points, weights = np.polynomial.legendre.leggauss(steps)
    return (points + 1) / 2, weights / 2


@dataclass(frozen=True)
class IntegratedGradients(Method):
    """R = (x − x′) ∫₀¹ ∂f(x′ + α(x − x′))/∂x dα (Sundararajan, Taly and Yan 2017, equation 1).

    The sum of R is f(x) − f(x′), apart from the error of the integral. That error is measured, and the number
    of steps is doubled until it is small enough.
    """

    name: ClassVar[str] = "integrated-gradients"
    title: ClassVar[str] = "Integrated gradients"
    family: ClassVar[Family] = Family.ATTRIBUTION
    needs: ClassVar[frozenset[Needs]] = frozenset({Needs.GRADIENT})
    source: ClassVar[str] = "Sundararajan et al. 2017, arXiv:1703.01365"
    shows: ClassVar[str] = "how much each voxel adds to the output when it replaces the baseline"
    cannot: ClassVar[str] = "be read without its baseline: another baseline gives another map"

    baseline: str = parameter(
        "zero",
        "what stands for nothing there: zero, the scan's minimum or mean, or the scan blurred",
        choices=BASELINES,
        source="Sundararajan et al. 2017, section 3",
    )
    blur: float = parameter(
        4.0,
        "standard deviation of the blurred baseline",
        unit="voxels of the network's grid",
        limits=(0.0, 50.0),
    )
    rule: str = parameter(
        "riemann_middle",
        "how the integral is taken; the middle rule suits networks of straight pieces (ReLU) best",
        choices=RULES,
    )
    steps: int = parameter(
        32,
        "points on the path from the baseline to the scan",
        limits=(1, 4096),
        source="Sundararajan et al. 2017, section 5: 20 to 300",
    )
    tolerance: float = parameter(
        0.005,
        "the steps are doubled until the map's sum misses f(x) − f(baseline) by at most this share of it; "
        "0 takes the steps as they are",
        limits=(0.0, 1.0),
    )
    max_steps: int = parameter(512, "where the doubling of the steps ends", limits=(1, 65536))

    def explain(self, question: Question) -> Attribution:
        """Contributions of the shape of ``question.x``, in units of the output, with their residual."""
        import torch

        from viewer.scans.map import Residual

        x = question.x
        start = baseline(x, self.baseline, self.blur)
        with torch.no_grad():
            ends = [question.target.score(question.model.logits(end.clone())) for end in (x, start)]
        expected = float((ends[0].double().cpu() - ends[1].double().cpu()).sum())
        path = _Path(question, start)
        steps = self.steps
        while True:
            values = path.integral(*quadrature(self.rule, steps))
            residual = Residual("completeness", expected, float(values.sum()))
            noise = 1e-6 * float(values.abs().sum())
            enough = residual.absolute <= max(self.tolerance * abs(expected), noise)
            if self.tolerance == 0 or enough or 2 * steps > self.max_steps:
                break
            steps *= 2
        notes = path.notes
        if self.tolerance > 0:
            if steps != self.steps:
                notes = (f"{steps} steps were taken, for the tolerance of {self.tolerance:.2%}", *notes)
            if not enough:
                line = f"the sum misses f(x) − f(baseline) by {residual.relative:.2%} after {steps} steps"
                notes = (line, *notes)
        return Attribution(values.to(x.dtype), residual, notes)


class _Path:
    """The straight line from the baseline to the input, and the gradient's integral along it."""

    def __init__(self, question: Question, start: torch.Tensor) -> None:
        self._question = question
        self._start = start
        self._batch = 0
        self.notes: tuple[str, ...] = ()

    def integral(self, points: Points, weights: Points) -> torch.Tensor:
        """(x − x′) Σ w ∂f(x′ + α(x − x′))/∂x, summed in float64 on the CPU's or the GPU's memory."""
        import torch

        from viewer.jobs.memory import Pieces

        question = self._question
        # Apple's GPUs know no float64.
        place = torch.device("cpu") if question.x.device.type == "mps" else question.x.device
        total = torch.zeros(question.x.shape, dtype=torch.float64, device=place)
        difference = question.x - self._start
        pieces = Pieces(len(points), min(self._batch or self._fitting(points), len(points)))

        def work(first: int, last: int) -> tuple[int, list[torch.Tensor]]:
            part = question.progress.part(first / len(points), last / len(points))
            part = part.named(f"step {first + 1} of {len(points)}")
            part.step(0)
            steps = [self._start + float(point) * difference for point in points[first:last]]
            gradients = derivative(question.model, torch.cat(steps), question.target, part)
            return first, list(torch.split(gradients, len(question.x)))

        for first, gradients in pieces.run(work):
            for weight, gradient in zip(weights[first:], gradients, strict=False):
                total.add_(gradient.to(place), alpha=float(weight))
        question.progress.step(1, 1, f"step {len(points)} of {len(points)}")
        self._batch = pieces.size
        self.notes = self.notes or pieces.notes
        return total * difference.to(place)

    def _fitting(self, points: Points) -> int:
        """How many points of the path fit into memory at once, from what the network keeps for one."""
        import torch

        from viewer.jobs.memory import batch_size, kept_by_autograd

        question = self._question
        with torch.enable_grad():
            leaf = question.x.detach().clone().requires_grad_(True)
            _, kept = kept_by_autograd(lambda: question.model.logits(leaf.clone()))
        # Backwards, gradients of about the same size stand beside what was kept.
        return batch_size(2 * kept + 8 * leaf.nbytes, question.x.device, len(points))
