"""RISE in three dimensions: the mean of random soft masks, weighted by the output for the masked scan."""

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
from viewer.methods.perturbation.fill import FillMethod
from viewer.methods.perturbation.scorer import BatchScorer

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch


@dataclass(frozen=True)
class Rise(PerSampleMethod, FillMethod):
    """R = 1/(N p) Σ (S(x masked by m) − S̄) m over N random masks m whose mean is p.

    S̄, the mean of S over the masks, is subtracted because S is an output before any softmax, with an
    arbitrary offset, whereas the paper uses a probability; this changes the expected map by a constant.
    """

    name: ClassVar[str] = "rise"
    title: ClassVar[str] = "RISE"
    family: ClassVar[Family] = Family.PERTURBATION
    requirements: ClassVar[frozenset[Requirement]] = frozenset({Requirement.FORWARD})
    source: ClassVar[str] = "Petsiuk et al. 2018, equation 6, with trilinear masks"
    description: ClassVar[str] = "where the output stays large when a random half of the scan is kept"
    limitations: ClassVar[str] = "be sharper than the cells of its masks; it is noisy with few masks"
    not_for: ClassVar[str] = (
        "For small findings, or for a quick result: it runs the network hundreds of times."
    )

    samples: int = parameter(
        500, "number of masks N", limits=(10, 100000), source="Petsiuk et al. 2018: 4000"
    )
    cells: int = parameter(
        7, "cells of a mask along each axis", limits=(2, 64), source="Petsiuk et al. 2018, section 4"
    )
    kept: float = parameter(
        0.5, "share p of the cells that are kept", limits=(0.01, 0.99), source="Petsiuk et al. 2018"
    )

    def explain_sample(self, request: ExplanationRequest) -> Attribution:
        """Compute the map, (1, 1, spatial...) or (1, features), in units of the output."""
        import torch

        x = request.x
        shape = tuple(x.shape[2:]) or tuple(x.shape[1:])
        generator = torch.Generator().manual_seed(request.seed)
        seeds = torch.randint(2**62, (self.samples,), generator=generator).tolist()
        fill = self.make_fill(request)

        def draw_masks(start: int, stop: int) -> torch.Tensor:
            drawn = [draw_mask(shape, self.cells, self.kept, seed) for seed in seeds[start:stop]]
            stacked = torch.stack(drawn).to(x)
            return stacked[:, None] if x.dim() > 2 else stacked

        scorer = BatchScorer(request)
        scores = scorer.score_all(
            self.samples, lambda start, stop: torch.lerp(fill, x, draw_masks(start, stop)), "mask"
        )
        weights = scores - scores.mean()
        total = torch.zeros(draw_masks(0, 1).shape, dtype=torch.float64, device="cpu")
        for index, weight in enumerate(weights.tolist()):
            total += weight * draw_masks(index, index + 1).cpu().double()
        return Attribution((total / (self.samples * self.kept)).to(x), None, scorer.notes)


def draw_mask(shape: Sequence[int], cells: int, keep_probability: float, seed: int) -> torch.Tensor:
    """Return a mask between 0 and 1 of this shape: random cells, interpolated, and randomly shifted.

    A grid of ``cells`` + 1 along each axis is drawn, 1 with a probability of ``keep_probability``, and
    enlarged so that a cell is ⌈size / cells⌉ voxels; the mask begins within the first cell.
    """
    import torch

    generator = torch.Generator().manual_seed(seed)
    mask = (torch.rand((cells + 1,) * len(shape), generator=generator) < keep_probability).float()
    for size in shape:
        edge = -(-size // cells)
        offset = int(torch.randint(edge, (), generator=generator))
        positions = ((torch.arange(size) + offset + 0.5) / edge - 0.5).clamp(0, cells)
        weights = (1 - (positions - torch.arange(cells + 1)[:, None]).abs()).clamp(min=0)
        # Interpolate the first axis and make it the last: after all axes they are in order again.
        mask = torch.tensordot(mask, weights, dims=([0], [0]))
    return mask
