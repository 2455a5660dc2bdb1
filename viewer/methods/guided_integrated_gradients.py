"""Guided integrated gradients: a path that first moves the voxels that the output depends on least."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from viewer.methods.base import (
    Attribution,
    ExplanationRequest,
    Family,
    PerSampleMethod,
    Requirement,
    parameter,
)
from viewer.methods.baseline import BASELINE_HELP, BASELINES, constant_baseline_notes, make_baseline
from viewer.methods.input_gradient import compute_gradient, compute_outputs, find_graph
from viewer.methods.path_residual import exceeds_tolerance
from viewer.number_format import format_count

if TYPE_CHECKING:
    import torch

CLOSE = 1e-9
"""Share of the whole distance up to which two distances are considered equal."""


@dataclass(frozen=True)
class GuidedIntegratedGradients(PerSampleMethod):
    """R = ∫ ∂S/∂x(γ(α)) dγ(α) on a path γ from the baseline to the scan that is guided by the gradient.

    In each of T steps, the voxels with the smallest |∂S/∂x| move until Σ|x − γ| has fallen by 1/T of its
    initial value. The straight path collects noise where the gradient is large but the output saturates; the
    guided path reaches such points late.
    """

    name: ClassVar[str] = "guided-integrated-gradients"
    title: ClassVar[str] = "Guided integrated gradients"
    family: ClassVar[Family] = Family.ATTRIBUTION
    requirements: ClassVar[frozenset[Requirement]] = frozenset({Requirement.GRADIENT})
    source: ClassVar[str] = "Kapishnikov et al. 2021, algorithm 1"
    description: ClassVar[str] = (
        "how much each voxel contributes to the change of the output from a baseline, along a path that "
        "avoids large gradients"
    )
    limitations: ClassVar[str] = (
        "be compared between scans as integrated gradients can: the path differs from scan to scan"
    )
    not_for: ClassVar[str] = (
        "If the axioms of the straight path matter, such as symmetry; use integrated gradients instead."
    )

    baseline: str = parameter("black", BASELINE_HELP.partition(", or reference")[0], choices=BASELINES)
    blur: float = parameter(
        4.0,
        "standard deviation of the blurred baseline",
        unit="voxels (network grid)",
        limits=(0.0, 50.0),
    )
    steps: int = parameter(100, "number of steps T, each with one gradient", limits=(1, 4096))
    fraction: float = parameter(
        0.1, "share of the voxels that move together", limits=(0.001, 1.0), source="Kapishnikov et al. 2021"
    )
    distance: float = parameter(
        1.0,
        "how far a voxel may be ahead of or behind the straight path, as a share of it; 0: the straight path",
        limits=(0.0, 1.0),
        source="the authors' implementation, which uses 0.02",
    )

    def explain_sample(self, request: ExplanationRequest) -> Attribution:
        """Compute contributions of the shape of ``request.x``, in units of the output, and their residual."""
        import torch

        from viewer.scans.provenance import Residual

        x = request.x.double()
        start = make_baseline(request.model, request.x, self.baseline, self.blur).double()
        total = torch.zeros_like(x)
        point = start.clone()
        for step in range(self.steps):
            subtask = request.progress.subtask(step / self.steps, (step + 1) / self.steps)
            subtask = subtask.with_message(f"step {step + 1} of {self.steps}")
            subtask.step(0)
            slope = compute_gradient(request.model, point.to(request.x), request.target, subtask).double()
            next_point = self.advance_path(point, slope, start, x, step + 1)
            total += (next_point - point) * slope
            point = next_point
        scores = (
            request.target.score(compute_outputs(request.model, value.to(request.x))) for value in (x, start)
        )
        totals = [float(value.double().sum()) for value in scores]
        residual = Residual("completeness", totals[0] - totals[1], float(total.sum()))
        notes = constant_baseline_notes(find_graph(request.model, request.x), self.baseline != "blurred")
        if exceeds_tolerance(residual, totals):
            note = (
                f"the sum misses f(x) − f(baseline) by {residual.relative:.1%} after "
                f"{format_count(self.steps, 'step')}; a smaller distance reduces it"
            )
            notes = (note, *notes)
        return Attribution(total.to(request.x), residual, notes)

    def advance_path(
        self, point: torch.Tensor, slope: torch.Tensor, start: torch.Tensor, end: torch.Tensor, step: int
    ) -> torch.Tensor:
        """Return the point on the path after a step (counted from 1).

        Parameters
        ----------
        point
            The current point, between ``start`` and ``end`` in every voxel.
        slope
            ∂S/∂x there.
        start, end
            The baseline and the scan.
        step
            The step; after it, Σ|end − point| is (1 − step / T) of Σ|end − start|.
        """
        share = step / self.steps
        furthest = start + min(share + self.distance, 1.0) * (end - start)
        nearest = start + max(share - self.distance, 0.0) * (end - start)
        length = (end - start).abs().sum()
        remaining = length * (1 - share)
        # Voxels that lag behind their nearest allowed point move there immediately.
        behind = (end - point).abs() > (end - nearest).abs()
        point = nearest.where(behind, point)
        magnitude = slope.abs()
        while True:
            excess = (end - point).abs().sum() - remaining
            free = point != furthest
            if excess <= CLOSE * length or not bool(free.any()):
                return point
            ranked = magnitude.where(free, magnitude.new_tensor(float("inf"))).flatten()
            rank = int(self.fraction * (ranked.numel() - 1)) + 1
            chosen = free & (magnitude <= ranked.kthvalue(rank).values)
            reach = ((furthest - point).abs() * chosen).sum()
            step_share = float(excess / reach) if reach > 0 else float("inf")
            if step_share > 1:
                point = furthest.where(chosen, point)
            else:
                return (point + step_share * (furthest - point)).where(chosen, point)
