"""Blur integrated gradients: the path from the blurred scan to the scan itself."""

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
from viewer.methods.baseline import gaussian_blur
from viewer.methods.input_gradient import compute_gradient, compute_outputs
from viewer.methods.path_residual import exceeds_tolerance
from viewer.number_format import format_count

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class BlurIntegratedGradients(PerSampleMethod):
    """R = −∫ ∂S/∂x(x_σ) ∂x_σ/∂σ dσ from 0 to σ_max, where x_σ is the scan blurred by a Gaussian of σ.

    The values add up to S(x) − S(x blurred by σ_max). No baseline has to be chosen, and no point on the path
    has details that are absent from the scan.
    """

    name: ClassVar[str] = "blur-integrated-gradients"
    title: ClassVar[str] = "Blur integrated gradients"
    family: ClassVar[Family] = Family.ATTRIBUTION
    requirements: ClassVar[frozenset[Requirement]] = frozenset({Requirement.GRADIENT})
    source: ClassVar[str] = "Xu et al. 2020"
    description: ClassVar[str] = (
        "how much the details of each voxel contribute, compared with the blurred scan"
    )
    limitations: ClassVar[str] = (
        "explain the output that the blurred scan already gives, such as the effect of a large region's mean"
    )
    not_for: ClassVar[str] = "For predictions based on coarse differences, such as atrophy of a whole lobe."

    blur: float = parameter(
        16.0,
        "standard deviation σ_max of the most blurred scan",
        unit="voxels (network grid)",
        limits=(0.5, 50.0),
    )
    steps: int = parameter(
        32, "number of steps, equally spaced in σ", limits=(2, 4096), source="Xu et al. 2020: 100"
    )

    def explain_sample(self, request: ExplanationRequest) -> Attribution:
        """Compute contributions of the shape of ``request.x``, in units of the output, and their residual."""
        import torch

        from viewer.scans.provenance import Residual

        x = request.x
        images = x.shape[1] if request.model.layout is None else request.model.layout.image_channels
        total = torch.zeros_like(x, dtype=torch.float64)
        previous = previous_slope = None
        scores: list[float] = []
        for step in range(self.steps + 1):
            subtask = request.progress.subtask(step / (self.steps + 1), (step + 1) / (self.steps + 1))
            subtask = subtask.with_message(f"step {step + 1} of {self.steps + 1}")
            subtask.step(0)
            sigma = self.blur * (1 - step / self.steps)
            # The covariates, which follow the images, are not blurred.
            point = torch.cat([gaussian_blur(x[:, :images], sigma), x[:, images:]], 1)
            slope = compute_gradient(request.model, point, request.target, subtask).double()
            if previous is None or previous_slope is None:
                scores.append(self._score(request, point))
            else:
                total += 0.5 * (slope + previous_slope) * (point - previous).double()
            previous, previous_slope = point, slope
        scores.append(self._score(request, x))
        residual = Residual("completeness", scores[1] - scores[0], float(total.sum()))
        notes: tuple[str, ...] = ()
        if exceeds_tolerance(residual, scores):
            note = (
                f"the sum misses f(x) − f(blurred x) by {residual.relative:.1%} after "
                f"{format_count(self.steps, 'step')}"
            )
            notes = (note,)
        return Attribution(total.to(x), residual, notes)

    def _score(self, request: ExplanationRequest, x: torch.Tensor) -> float:
        return float(request.target.score(compute_outputs(request.model, x)).double().sum())
