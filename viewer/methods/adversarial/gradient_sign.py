"""FGSM (one step) and PGD (many steps): small changes of the scan that lower the network's output."""

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
from viewer.methods.input_gradient import compute_gradient
from viewer.models.output_kind import OutputKind

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class AdversarialMethod(PerSampleMethod):
    """Base class: R = x′ − x for an x′ near x with a different output."""

    family: ClassVar[Family] = Family.ADVERSARIAL
    requirements: ClassVar[frozenset[Requirement]] = frozenset({Requirement.GRADIENT})


@dataclass(frozen=True)
class FGSM(AdversarialMethod):
    """R = −ε sign ∂S/∂x, one step against the output (Goodfellow et al. 2015, section 4)."""

    name: ClassVar[str] = "fgsm"
    title: ClassVar[str] = "Fast gradient sign"
    source: ClassVar[str] = "Goodfellow et al. 2015, section 4"
    description: ClassVar[str] = (
        "the direction in which every voxel must change for the output to fall fastest"
    )
    limitations: ClassVar[str] = "distinguish important voxels from others: all change by the same amount"
    not_for: ClassVar[str] = (
        "As an explanation: every voxel changes by the same amount. It is meant for robustness tests."
    )

    epsilon: float = parameter(
        0.01, "change of every voxel, as a share of the scan's range", limits=(1e-6, 1.0)
    )

    def explain_sample(self, request: ExplanationRequest) -> Attribution:
        """Compute the difference, of the shape of ``request.x``, in the network's intensities."""
        x = request.x
        gradient = compute_gradient(request.model, x, request.target, request.progress)
        change = -self.epsilon * value_range(x) * gradient.sign()
        return Attribution(change, None, (describe_effect(request, change),))


@dataclass(frozen=True)
class PGD(AdversarialMethod):
    """R = x′ − x after many steps against the output, projected onto a ball around x (Madry et al. 2018).

    With the maximum norm, every voxel changes by the sign of its gradient. With the Euclidean norm, all
    voxels change along the gradient, and the ball's radius is ε times the square root of the number of
    non-zero voxels.
    """

    name: ClassVar[str] = "pgd"
    title: ClassVar[str] = "Projected gradient descent"
    source: ClassVar[str] = "Madry et al. 2018, section 2"
    description: ClassVar[str] = (
        "what to add to the scan, within a limit, to lower the output as far as possible"
    )
    limitations: ClassVar[str] = (
        "resemble anything a scanner produces: networks respond to changes that people cannot see"
    )
    not_for: ClassVar[str] = (
        "As an explanation of what the network looks at. It is meant for robustness tests."
    )

    epsilon: float = parameter(
        0.01,
        "largest distance from the scan, as a share of its range (per voxel, on average)",
        limits=(1e-6, 1.0),
    )
    steps: int = parameter(10, "number of steps", limits=(1, 1000))
    rate: float = parameter(0.25, "size of one step, as a share of the limit", limits=(0.001, 1.0))
    norm: str = parameter(
        "maximum",
        "what is limited: the largest change, or the Euclidean norm of the changes",
        choices=("maximum", "euclidean"),
    )
    start: bool = parameter(False, "start from a random point within the limit, set by the seed")

    def explain_sample(self, request: ExplanationRequest) -> Attribution:
        """Compute the difference, of the shape of ``request.x``, in the network's intensities."""
        import torch

        x = request.x
        limit = self.epsilon * value_range(x)
        if self.norm == "euclidean":
            limit *= max(int((x != 0).sum()), 1) ** 0.5
        change = torch.zeros_like(x)
        if self.start:
            generator = torch.Generator(device="cpu").manual_seed(request.seed)
            change = self.project((2 * torch.rand(x.shape, generator=generator).to(x) - 1) * limit, limit)
        for step in range(self.steps):
            subtask = request.progress.subtask(step / self.steps, (step + 1) / self.steps)
            subtask = subtask.with_message(f"step {step + 1} of {self.steps}")
            gradient = compute_gradient(request.model, x + change, request.target, subtask)
            norm = gradient.norm() if self.norm == "euclidean" else gradient.new_ones(())
            direction = gradient / norm.clamp(min=1e-30) if self.norm == "euclidean" else gradient.sign()
            change = self.project(change - self.rate * limit * direction, limit)
            request.progress.report_partial(Attribution(change))
        return Attribution(change, None, (describe_effect(request, change),))

    def project(self, change: torch.Tensor, limit: float) -> torch.Tensor:
        """Project the change onto the limit."""
        if self.norm == "maximum":
            return change.clamp(-limit, limit)
        projected: torch.Tensor = change * (limit / change.norm().clamp(min=limit))
        return projected


def value_range(x: torch.Tensor) -> float:
    """Return the range of the input's values; 1 if it is constant."""
    return float(x.max() - x.min()) or 1.0


def describe_effect(request: ExplanationRequest, change: torch.Tensor) -> str:
    """Describe in a sentence how the change affects the output."""
    import torch

    x, target = request.x, request.target
    with torch.no_grad():
        before, after = (request.model.logits(image.clone()) for image in (x, x + change))
        scores = [float(target.score(output).sum()) for output in (before, after)]
    peak = float(change.abs().max())
    text = (
        f"the output goes from {scores[0]:.4g} to {scores[1]:.4g}, with voxels changed by {peak:.3g} at most"
    )
    meaning = request.model.output_meaning(before, x)
    if before.dim() == 2 and meaning.kind is not OutputKind.VALUE:
        changed = not torch.equal(meaning.decision_codes(before), meaning.decision_codes(after))
        text += "; the prediction changes" if changed else "; the prediction does not change"
    return text
