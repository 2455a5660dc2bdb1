"""Integrated gradients: every voxel's share of the difference between the scan and a baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from viewer.methods.baseline import BASELINE_HELP, BASELINES, baseline, constant_notes
from viewer.methods.derivative import derivative, graph_of, outputs
from viewer.methods.method import Attribution, Family, Method, Needs, Question, parameter
from viewer.methods.quadrature import RULES, finer, sampling
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

    from viewer.methods.quadrature import Sampling

LARGEST_BATCH = 64
ALONE = 2**19
"""Inputs of so many values are taken one by one on a CPU: more at once gain nothing there."""
FILLED = 0.6
"""What a round of steps fills of the progress that is left: nobody knows yet whether another will follow."""


@dataclass(frozen=True)
class IntegratedGradients(Method):
    """R = (x − x′) ∫₀¹ ∂f(x′ + α(x − x′))/∂x dα (Sundararajan, Taly and Yan 2017, equation 1).

    The sum of R is f(x) − f(x′), apart from the error of the integral. That error is measured, and steps are
    added until it is small enough.
    """

    name: ClassVar[str] = "integrated-gradients"
    title: ClassVar[str] = "Integrated gradients"
    family: ClassVar[Family] = Family.ATTRIBUTION
    needs: ClassVar[frozenset[Needs]] = frozenset({Needs.GRADIENT})
    source: ClassVar[str] = "Sundararajan et al. 2017, arXiv:1703.01365"
    shows: ClassVar[str] = "how much each voxel adds to the output when it replaces the baseline"
    cannot: ClassVar[str] = "be interpreted without its baseline: another baseline gives another map"

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
        choices=RULES,
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
        "f(x) − f(baseline) within this share of it; 0 keeps the steps as given",
        limits=(0.0, 1.0),
    )
    max_steps: int = parameter(1000, "largest number of steps", limits=(1, 65536))

    def explain(self, question: Question) -> Attribution:
        """Contributions of the shape of ``question.x``, in units of the output, with their residual."""
        from viewer.scans.provenance import Residual

        taken = sampling(self.rule, self.steps)
        filled = _ends_share(taken.steps)
        start = baseline(question.model, question.x, self.baseline, self.blur)
        path = _Path(question, start, question.progress.subtask(0.0, filled))
        while True:
            end = filled + (1 - filled) * (1.0 if self.tolerance == 0 else FILLED)
            path.take(taken, question.progress.subtask(filled, end))
            filled = end
            values = path.contributions()
            residual = Residual("completeness", path.expected, float(values.sum()))
            rounding = 1e-6 * float(values.abs().sum())
            enough = residual.absolute <= max(self.tolerance * abs(path.expected), rounding)
            more = finer(self.rule, taken.steps)
            if self.tolerance == 0 or enough or more.steps > self.max_steps:
                break
            taken = more
        notes = (*path.notes, *constant_notes(graph_of(question.model, question.x), self.baseline))
        if taken.steps > max(self.steps, 2):
            notes = (f"{taken.steps} steps were taken, for the tolerance of {self.tolerance:.2%}", *notes)
        if self.tolerance > 0 and not enough:
            line = f"the sum misses f(x) − f(baseline) by {residual.relative:.2%} after {taken.steps} steps"
            notes = (line, *notes)
        return Attribution(values.to(question.x.dtype), residual, notes)


def _ends_share(steps: int) -> float:
    """The share of the work that the two ends of the path are: a forward run each, a third of a step."""
    return 2 / (3 * steps + 2)


class _Path:
    """The straight line from the baseline to the input, and the gradient's integral along it.

    ``expected`` is f(x) − f(x′). The integral is summed in float64, on the input's device where that knows
    float64, else on the CPU.
    """

    def __init__(self, question: Question, start: torch.Tensor, progress: Progress) -> None:
        import torch

        x = question.x
        self._question = question
        self._start = start
        self._difference = x - start
        self._place = torch.device("cpu") if x.device.type == "mps" else x.device
        self._integral = torch.zeros(x.shape, dtype=torch.float64, device=self._place)
        below = question.target.score(outputs(question.model, start, progress.subtask(0.0, 0.5)))
        score, self._batch = self._measured(progress.subtask(0.5, 1.0))
        self.expected = float((score.double().cpu() - below.double().cpu()).sum())
        self.notes: tuple[str, ...] = ()

    def _measured(self, progress: Progress) -> tuple[torch.Tensor, int]:
        """f(x), and how many samples of the path are taken at once."""
        import torch

        from viewer.jobs.memory import batch_size, measure_saved_tensors

        question, x = self._question, self._question.x
        if x.device.type == "cpu" and x.numel() >= ALONE:
            return question.target.score(outputs(question.model, x, progress)), 1
        with torch.enable_grad():
            leaf = x.detach().clone().requires_grad_(True)
            score, kept = measure_saved_tensors(
                lambda: question.target.score(question.model.logits(leaf.clone())).detach()
            )
        # Backwards, gradients of about the same size stand beside what was kept.
        return score, batch_size(2 * kept + 8 * leaf.nbytes, x.device, LARGEST_BATCH)

    def take(self, taken: Sampling, progress: Progress) -> None:
        """Add samples of the gradient to the integral, a batch at a time."""
        import torch

        from viewer.jobs.memory import AdaptiveBatches

        question, count = self._question, len(taken.points)
        self._integral *= taken.keep
        pieces = AdaptiveBatches(count, self._batch)

        def work(first: int, last: int) -> tuple[int, list[torch.Tensor]]:
            done = taken.steps - count
            part = progress.subtask(first / count, last / count)
            part = part.with_message(f"step {done + first + 1} of {taken.steps}")
            part.step(0)
            steps = [self._start + float(point) * self._difference for point in taken.points[first:last]]
            gradients = derivative(question.model, torch.cat(steps), question.target, part)
            return first, list(torch.split(gradients, len(question.x)))

        for first, gradients in pieces.run(work):
            for weight, gradient in zip(taken.weights[first:], gradients, strict=False):
                self._integral.add_(gradient.to(self._place), alpha=float(weight))
        self._batch = pieces.size
        self.notes = self.notes or pieces.notes

    def contributions(self) -> torch.Tensor:
        """(x − x′) times the integral, float64."""
        return self._integral * self._difference.to(self._place)
