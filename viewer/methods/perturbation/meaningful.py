"""Meaningful perturbation: the smallest mask that takes the output away, or that is enough for it."""

from __future__ import annotations

import time
from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from viewer.errors import MethodError
from viewer.methods.derivative import derivative
from viewer.methods.method import Attribution, Family, Needs, Question, parameter
from viewer.methods.perturbation.each import OneByOne
from viewer.methods.perturbation.filling import foreground
from viewer.methods.perturbation.masks import faded, moved, pyramid, small_shape, variation, zoomed

if TYPE_CHECKING:
    import torch

SHOWN_APART = 1.0
"""Seconds between two maps that are shown on the way."""

DELETION, PRESERVATION = "deletion", "preservation"


@dataclass(frozen=True)
class MaskSearch(OneByOne):
    """Base: a mask m that fades the scan into its blur is improved by Adam, step by step.

    The score is s(m) = (S(faded) − S(blur)) / (S(x) − S(blur)): 1 for the scan, 0 where all of it is blurred.
    """

    family: ClassVar[Family] = Family.PERTURBATION
    needs: ClassVar[frozenset[Needs]] = frozenset({Needs.GRADIENT})

    form: str = parameter(
        DELETION,
        "the smallest region whose blurring removes the output, or that alone is sufficient for it",
        choices=(DELETION, PRESERVATION),
    )
    steps: int = parameter(80, "steps of Adam", limits=(1, 10000))
    rate: float = parameter(0.1, "learning rate", limits=(1e-4, 1.0))
    coarse: float = parameter(
        6.0,
        "distance from one value of the mask to the next",
        unit="voxels (network grid)",
        limits=(1.0, 64.0),
    )
    blur: float = parameter(
        8.0,
        "standard deviation of the blurred scan",
        unit="voxels (network grid)",
        limits=(0.5, 50.0),
        source="Fong and Vedaldi 2017, section 4.2",
    )
    jitter: int = parameter(
        2,
        "random shift of the scan at each step, in voxels, so that the mask does not fit noise",
        limits=(0, 32),
        source="Fong and Vedaldi 2017, section 4.3",
    )

    def one(self, question: Question) -> Attribution:
        """Where to look, 0 to 1, shape (1, 1, spatial...): 1 − m of a deletion, m of a preservation."""
        import torch

        x = question.x
        if x.dim() < 3:
            raise MethodError(self.name, "the input has no place in space", "take lime or kernel-shap")
        search = Search(self, question)
        values = self.begin(search)
        values.requires_grad_(True)
        optimiser = torch.optim.Adam([values], self.rate)
        shown = time.monotonic()
        for step in range(self.steps):
            part = question.progress.subtask(step / self.steps, (step + 1) / self.steps)
            part = part.with_message(f"step {step + 1} of {self.steps}")
            with torch.enable_grad():
                mask = self.mask(values, search)
                image = faded(search.levels, mask)
                cost = self.cost(values, mask, search, step)
            offsets = search.offsets(self.jitter)
            pull = moved_back(
                derivative(question.model, moved(image.detach(), offsets), question.target, part), offsets
            )
            # The score is to fall where something is deleted, and to rise where something is kept.
            sign = 1.0 if self.form == DELETION else -1.0
            optimiser.zero_grad()
            torch.autograd.backward(
                [image, cost], [sign * self.weight * pull / search.range, torch.ones_like(cost)]
            )
            optimiser.step()
            self.hold(values)
            if time.monotonic() - shown > SHOWN_APART:
                shown = time.monotonic()
                question.progress.report_partial(Attribution(self.seen(values, search)))
        found = self.seen(values, search)
        return Attribution(found, None, search.told(self.form, found))

    def seen(self, values: torch.Tensor, search: Search) -> torch.Tensor:
        """The map of a mask."""
        mask = self.mask(values.detach(), search)
        return 1 - mask if self.form == DELETION else mask

    weight: ClassVar[float] = 1.0
    """How much the score counts beside the cost."""

    @abstractmethod
    def begin(self, search: Search) -> torch.Tensor:
        """The values that are improved, at the start."""

    @abstractmethod
    def mask(self, values: torch.Tensor, search: Search) -> torch.Tensor:
        """The mask they stand for, (1, 1, spatial...): 1 where the scan stays sharp."""

    @abstractmethod
    def cost(self, values: torch.Tensor, mask: torch.Tensor, search: Search, step: int) -> torch.Tensor:
        """What is to be small besides the score (or its negative)."""

    def hold(self, values: torch.Tensor) -> None:
        """Bring the values back to 0 to 1."""
        import torch

        with torch.no_grad():
            values.clamp_(0, 1)


class Search:
    """What a search knows of one sample: its blurs, where its foreground is, and the scores at both ends."""

    def __init__(self, method: MaskSearch, question: Question) -> None:
        self.question = question
        x = question.x
        self.shape = tuple(x.shape[2:])
        self.small = small_shape(self.shape, method.coarse)
        self.levels = pyramid(x, method.blur)
        self.inside = foreground(question).any(1, keepdim=True)
        if not bool(self.inside.any()):
            self.inside = self.inside | True
        self.share = float(self.inside.double().mean())
        self.sharp, self.blurred = self.score(x), self.score(self.levels[-1:])
        apart = self.sharp - self.blurred
        # Where blurring takes nothing away, the score is left in its own units.
        self.range = apart if abs(apart) > 1e-9 * max(abs(self.sharp), 1e-30) else 1.0
        self._draw = np.random.default_rng(question.seed)

    def score(self, x: torch.Tensor) -> float:
        """S."""
        import torch

        with torch.no_grad():
            return float(self.question.target.score(self.question.model.logits(x.clone())).double().sum())

    def offsets(self, jitter: int) -> tuple[int, ...]:
        """A random shift."""
        return tuple(int(entry) for entry in self._draw.integers(-jitter, jitter + 1, len(self.shape)))

    def told(self, form: str, found: torch.Tensor) -> tuple[str, ...]:
        """The result in a sentence."""
        mask = 1 - found if form == DELETION else found
        left = (self.score(faded(self.levels, mask)) - self.blurred) / self.range
        area = float((found * self.inside).sum() / self.inside.sum())
        word = "blurred" if form == DELETION else "left sharp"
        lines = [
            f"with {area:.1%} of the foreground {word}, {left:.0%} of what blurring all takes away is left"
        ]
        if self.sharp <= self.blurred:
            lines.append(
                f"blurring all of the scan does not lower the output ({self.sharp:.4g}, {self.blurred:.4g}): "
                "the mask says little"
            )
        return tuple(lines)


def moved_back(gradient: torch.Tensor, offsets: tuple[int, ...]) -> torch.Tensor:
    """The transpose of `moved`, but for the border, whose repetitions are left out."""
    import torch

    back = torch.zeros_like(gradient)
    here, there = [slice(None)] * 2, [slice(None)] * 2
    for size, offset in zip(gradient.shape[2:], offsets, strict=True):
        here.append(slice(max(0, -offset), size - max(0, offset)))
        there.append(slice(max(0, offset), size - max(0, -offset)))
    back[tuple(here)] = gradient[tuple(there)]
    return back


@dataclass(frozen=True)
class MeaningfulPerturbation(MaskSearch):
    """R = 1 − m for m = argmin λ₁ ‖1 − m‖₁ + λ₂ Σ|∇m|^β + E s(m) (Fong and Vedaldi 2017, equation 4).

    For a preservation R = m = argmin λ₁ ‖m‖₁ + λ₂ Σ|∇m|^β − E s(m). E is over small random shifts; norms are
    means over the mask.
    """

    name: ClassVar[str] = "meaningful-perturbation"
    title: ClassVar[str] = "Meaningful perturbation"
    source: ClassVar[str] = "Fong and Vedaldi 2017, arXiv:1704.03296, equation 4; Ayyar et al. 2021"
    shows: ClassVar[str] = (
        "the smallest smooth region whose blurring removes the output (or that is sufficient for it)"
    )
    cannot: ClassVar[str] = "be unique: other masks do as well, and the weights determine its size"

    area: float = parameter(1.0, "weight λ₁ of the mask's size", limits=(0.0, 1000.0))
    smoothness: float = parameter(0.5, "weight λ₂ of its variation", limits=(0.0, 1000.0))
    power: float = parameter(
        3.0, "exponent β of the variation", limits=(1.0, 6.0), source="Fong and Vedaldi 2017, section 4.3"
    )

    def begin(self, search: Search) -> torch.Tensor:
        """Half of everything; for a preservation all, since from a blurred scan there may be no way up."""
        return search.levels.new_full((1, 1, *search.small), 0.5 if self.form == DELETION else 1.0)

    def mask(self, values: torch.Tensor, search: Search) -> torch.Tensor:
        """The values, linear in between; only the foreground is ever blurred."""
        zoom = zoomed(values, search.shape)
        return zoom.where(search.inside, 1.0 if self.form == DELETION else 0.0)

    def cost(self, values: torch.Tensor, mask: torch.Tensor, search: Search, step: int) -> torch.Tensor:
        """Size and variation."""
        del step
        used = 1 - mask if self.form == DELETION else mask
        size = used.mean() / search.share
        return self.area * size + self.smoothness * variation(values, self.power)


@dataclass(frozen=True)
class ExtremalPerturbation(MaskSearch):
    """R = the mask of a given area with the largest effect (Fong, Patrick and Vedaldi 2019, eq. 2 and 4).

    Of the mask's sorted values, the top share is pulled to 1 and the rest to 0, ever more strongly.
    """

    name: ClassVar[str] = "extremal-perturbation"
    title: ClassVar[str] = "Extremal perturbation"
    source: ClassVar[str] = "Fong, Patrick and Vedaldi 2019, arXiv:1910.08485, section 3"
    shows: ClassVar[str] = (
        "the region of a given size whose blurring removes most of the output (or keeps most of it)"
    )
    cannot: ClassVar[str] = "say how large the region should be: its size is a parameter"

    form: str = parameter(
        PRESERVATION,
        "the region that alone is sufficient for the output, or whose blurring removes it",
        choices=(PRESERVATION, DELETION),
    )
    area: float = parameter(0.05, "size of the region, as a share of the foreground", limits=(0.001, 0.9))
    pull: float = parameter(
        30.0,
        "area weight: how strictly the area is enforced at the end",
        limits=(0.1, 10000.0),
        source="Fong et al. 2019, section 3.2: grows while it is searched",
    )

    def begin(self, search: Search) -> torch.Tensor:
        """Half everywhere."""
        return search.levels.new_full((1, 1, *search.small), 0.5)

    def mask(self, values: torch.Tensor, search: Search) -> torch.Tensor:
        """``values`` say what is looked at; a deletion blurs it, a preservation blurs the rest."""
        zoom = zoomed(values, search.shape) * search.inside
        return 1 - zoom if self.form == DELETION else zoom

    def cost(self, values: torch.Tensor, mask: torch.Tensor, search: Search, step: int) -> torch.Tensor:
        """How far the sorted mask is from ones and zeros of the given area."""
        import torch

        used = 1 - mask if self.form == DELETION else mask
        of = used[search.inside]
        wanted = torch.zeros_like(of)
        wanted[: max(1, round(self.area * of.numel()))] = 1
        apart = (of.sort(descending=True).values - wanted).square().mean()
        return self.pull * (0.1 + 0.9 * step / self.steps) * apart
