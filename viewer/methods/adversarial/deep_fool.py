"""DeepFool: the smallest change of the scan that, by the network's own derivative, reaches another class."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from viewer.errors import MethodError
from viewer.methods.adversarial.gradient_sign import AdversarialMethod, describe_effect
from viewer.methods.base import Attribution, ExplanationRequest, Target, parameter
from viewer.methods.input_gradient import compute_gradient
from viewer.models.output_meaning import OutputKind, OutputMeaning

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class DeepFool(AdversarialMethod):
    """R = (1 + η) Σ r, with r = −m w / ‖w‖², w = ∂m/∂x, to the nearest border m = f_c − f_k = 0.

    For a network that is affine in x the first step is exact. Each step goes to the border that is nearest
    by the derivative, until the prediction turns (Moosavi-Dezfooli et al. 2016, algorithm 2). Of a scan that
    is not given to the class, the change is the one that makes it so. An output that says yes or no has one
    border, where it is even: m = z, algorithm 1.
    """

    name: ClassVar[str] = "deepfool"
    title: ClassVar[str] = "DeepFool"
    source: ClassVar[str] = "Moosavi-Dezfooli et al. 2016, algorithm 2"
    description: ClassVar[str] = "the smallest change that makes the network predict another class"
    limitations: ClassVar[str] = (
        "usually be seen by a person: the decision boundary is nearer than any lesion"
    )

    steps: int = parameter(50, "largest number of steps; 1 is the first step alone", limits=(1, 1000))
    overshoot: float = parameter(
        0.02,
        "how far beyond the decision boundary, η",
        limits=(0.0, 1.0),
        source="Moosavi-Dezfooli et al. 2016: 0.02",
    )
    rivals: int = parameter(10, "number of other classes considered, the most likely first", limits=(1, 1000))

    def explain_sample(self, request: ExplanationRequest) -> Attribution:
        """The difference, of the shape of ``request.x``, in the network's intensities."""
        import torch

        x, own = request.x, request.target.index
        logits, meaning = self._logits(request, x)
        chooses = meaning.kind is OutputKind.SOFTMAX
        even = 0.0 if chooses else meaning.border

        def wins(logits: torch.Tensor) -> bool:
            return int(logits.argmax()) == own if chooses else float(logits[own]) > even

        here = wins(logits)
        change = torch.zeros_like(x)
        taken = 0
        while taken < self.steps and wins(logits) == here:
            likely = [k for k in logits.argsort(descending=True).tolist() if k != own]
            rivals = (likely[: self.rivals] if here else likely[:1]) if chooses else []
            part = request.progress.subtask(taken / self.steps, (taken + 1) / self.steps)
            part = part.with_message(f"step {taken + 1} of {self.steps} at most")
            step = self._step_to_boundary(replace(request, x=x + change, progress=part), own, rivals, even)
            if step is None:
                break
            change = change + (1 + self.overshoot) * step
            logits, _ = self._logits(request, x + change)
            taken += 1
        crossed = wins(logits) != here
        length = float(change.norm() / x.norm().clamp(min=1e-30))
        said = f"{taken} step{'s' * (taken != 1)}, {length:.2%} of the scan's Euclidean length"
        notes = (describe_effect(request, change), said if crossed else f"{said}; the border is not reached")
        return Attribution(change, None, notes)

    def _step_to_boundary(
        self, request: ExplanationRequest, own: int, rivals: list[int], even: float
    ) -> torch.Tensor | None:
        """To the nearest border, by the derivative here; None where that is zero.

        Without rivals the border is where the output itself is ``even``.
        """
        x, model = request.x, request.model
        logits, _ = self._logits(request, x)
        count = len(rivals) + 1

        def gradient(index: int, place: int) -> torch.Tensor:
            part = request.progress.subtask(place / count, (place + 1) / count)
            return compute_gradient(model, x, Target(index, str(index)), part)

        mine = gradient(own, 0)
        borders = [(float(logits[own]) - even, mine)] if not rivals else []
        for place, rival in enumerate(rivals, start=1):
            borders.append((float(logits[own] - logits[rival]), mine - gradient(rival, place)))
        nearest: tuple[float, torch.Tensor] | None = None
        for margin, slope in borders:
            squared = float(slope.double().square().sum())
            if squared == 0:
                continue
            distance = abs(margin) / squared**0.5
            if nearest is None or distance < nearest[0]:
                nearest = distance, -margin / squared * slope
        return None if nearest is None else nearest[1]

    def _logits(self, request: ExplanationRequest, x: torch.Tensor) -> tuple[torch.Tensor, OutputMeaning]:
        """(outputs,) for one sample, and what they mean.

        Raises
        ------
        MethodError
            The network does not answer with classes.
        """
        import torch

        with torch.no_grad():
            logits = request.model.logits(x.clone())
        meaning = request.model.output_meaning(logits, x)
        single = meaning.kind is OutputKind.SOFTMAX and logits.shape[1] < 2
        if meaning.kind is OutputKind.VALUE or logits.dim() != 2 or single:
            raise MethodError(
                self.name,
                f"{request.model.card.name} does not choose among classes, so there is no border to reach",
                "take pgd",
            )
        return logits[0].double(), meaning
