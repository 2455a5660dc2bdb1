"""DeepFool: the smallest change of the scan that reaches another class, according to the gradient."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from viewer.errors import MethodError
from viewer.methods.adversarial.gradient_sign import AdversarialMethod, describe_effect
from viewer.methods.base import Attribution, ExplanationRequest, Target, parameter
from viewer.methods.input_gradient import compute_gradient
from viewer.models.output_kind import OutputKind
from viewer.models.output_meaning import OutputMeaning

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class DeepFool(AdversarialMethod):
    """R = (1 + η) Σ r, with r = −m w / ‖w‖², w = ∂m/∂x, to the nearest boundary m = f_c − f_k = 0.

    For a network that is affine in x, the first step is exact. Each step moves to the nearest boundary
    according to the gradient, until the prediction changes (Moosavi-Dezfooli et al. 2016, algorithm 2). If
    the scan is not predicted as the class, the change makes it so. A binary output has one boundary, where
    both classes are equally likely: m = z, algorithm 1.
    """

    name: ClassVar[str] = "deepfool"
    title: ClassVar[str] = "DeepFool"
    source: ClassVar[str] = "Moosavi-Dezfooli et al. 2016, algorithm 2"
    description: ClassVar[str] = "the smallest change that makes the network predict another class"
    limitations: ClassVar[str] = (
        "usually be seen by eye: the decision boundary is closer than any lesion-like change"
    )
    not_for: ClassVar[str] = (
        "As an explanation of what the network looks at. It measures how close the decision boundary is."
    )

    steps: int = parameter(50, "maximum number of steps; 1 computes only the first step", limits=(1, 1000))
    overshoot: float = parameter(
        0.02,
        "how far beyond the decision boundary, η",
        limits=(0.0, 1.0),
        source="Moosavi-Dezfooli et al. 2016: 0.02",
    )
    rivals: int = parameter(10, "number of other classes considered, the most likely first", limits=(1, 1000))

    def explain_sample(self, request: ExplanationRequest) -> Attribution:
        """Compute the difference, of the shape of ``request.x``, in the network's intensities."""
        import torch

        if request.target.subtracted_index is not None:
            raise MethodError(
                self.name,
                "it moves the scan across the decision boundary of one class",
                "name one class as the target",
            )
        x, class_index = request.x, request.target.index
        logits, meaning = self._logits(request, x)
        is_softmax = meaning.kind is OutputKind.SOFTMAX
        threshold = 0.0 if is_softmax else meaning.decision_threshold

        def predicts_class(logits: torch.Tensor) -> bool:
            return (
                int(logits.argmax()) == class_index if is_softmax else float(logits[class_index]) > threshold
            )

        initially_won = predicts_class(logits)
        change = torch.zeros_like(x)
        count = 0
        while count < self.steps and predicts_class(logits) == initially_won:
            others = [index for index in logits.argsort(descending=True).tolist() if index != class_index]
            rivals = (others[: self.rivals] if initially_won else others[:1]) if is_softmax else []
            subtask = request.progress.subtask(count / self.steps, (count + 1) / self.steps)
            subtask = subtask.with_message(f"step {count + 1} of {self.steps} at most")
            step = self._step_to_boundary(
                replace(request, x=x + change, progress=subtask), class_index, rivals, threshold
            )
            if step is None:
                break
            change = change + (1 + self.overshoot) * step
            logits, _ = self._logits(request, x + change)
            count += 1
        crossed = predicts_class(logits) != initially_won
        relative_length = float(change.norm() / x.norm().clamp(min=1e-30))
        text = f"{count} step{'s' * (count != 1)}, {relative_length:.2%} of the scan's Euclidean length"
        notes = (
            describe_effect(request, change),
            text if crossed else f"{text}; the decision boundary is not reached",
        )
        return Attribution(change, None, notes)

    def _step_to_boundary(
        self, request: ExplanationRequest, class_index: int, other_classes: list[int], threshold: float
    ) -> torch.Tensor | None:
        """Return the step to the nearest boundary, by the gradient at x; None if the gradient is zero.

        Without rivals, the boundary is where the output itself equals ``threshold``.
        """
        x, model = request.x, request.model
        logits, _ = self._logits(request, x)
        count = len(other_classes) + 1

        def class_gradient(index: int, position: int) -> torch.Tensor:
            subtask = request.progress.subtask(position / count, (position + 1) / count)
            return compute_gradient(model, x, Target(index, str(index)), subtask)

        own_gradient = class_gradient(class_index, 0)
        boundaries = [(float(logits[class_index]) - threshold, own_gradient)] if not other_classes else []
        for position, rival in enumerate(other_classes, start=1):
            boundaries.append(
                (float(logits[class_index] - logits[rival]), own_gradient - class_gradient(rival, position))
            )
        nearest: tuple[float, torch.Tensor] | None = None
        for margin, normal in boundaries:
            squared = float(normal.double().square().sum())
            if squared == 0:
                continue
            distance = abs(margin) / squared**0.5
            if nearest is None or distance < nearest[0]:
                nearest = distance, -margin / squared * normal
        return None if nearest is None else nearest[1]

    def _logits(self, request: ExplanationRequest, x: torch.Tensor) -> tuple[torch.Tensor, OutputMeaning]:
        """Return (outputs,) for one sample, and their meaning.

        Raises
        ------
        MethodError
            The network is not a classifier.
        """
        import torch

        with torch.no_grad():
            logits = request.model.logits(x.clone())
        meaning = request.model.output_meaning(logits, x)
        has_one_output = meaning.kind is OutputKind.SOFTMAX and logits.shape[1] < 2
        if meaning.kind is OutputKind.VALUE or logits.dim() != 2 or has_one_output:
            raise MethodError(
                self.name,
                f"{request.model.card.name} does not choose among classes, so there is no decision boundary",
                "use pgd",
            )
        return logits[0].double(), meaning
