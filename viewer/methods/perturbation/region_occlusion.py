"""Region occlusion: occlude each region of an atlas (or each supervoxel) and measure the change of the
output.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from viewer.methods.base import Attribution, ExplanationRequest, Family, PerSampleMethod, Requirement
from viewer.methods.perturbation.incremental_scorer import IncrementalScorer, find_incremental
from viewer.methods.perturbation.scorer import BatchScorer
from viewer.methods.perturbation.segments import SegmentMethod, Segments

if TYPE_CHECKING:
    import torch

    from viewer.scans.map import Map

NAMED_REGIONS = 5
"""Number of regions that a note names."""


@dataclass(frozen=True)
class RegionEffect:
    """Effect of one region on the output.

    Parameters
    ----------
    region
        Name of the region.
    voxels
        Number of its voxels on the network's grid.
    millilitres
        Their volume; None for an input that has no position in space.
    effect
        S(x) − S(x without it), in units of the output.
    """

    region: str
    voxels: int
    millilitres: float | None
    effect: float


@dataclass(frozen=True)
class RegionOcclusion(PerSampleMethod, SegmentMethod):
    """R = S(x) − S(x without the region), in the region's voxels."""

    name: ClassVar[str] = "region-occlusion"
    title: ClassVar[str] = "Region occlusion"
    family: ClassVar[Family] = Family.PERTURBATION
    requirements: ClassVar[frozenset[Requirement]] = frozenset({Requirement.FORWARD})
    source: ClassVar[str] = "Zeiler and Fergus 2014, with regions in place of windows"
    description: ClassVar[str] = "how much the output falls when one region is occluded"
    limitations: ClassVar[str] = "compare regions of different sizes fairly: a large one removes more"
    not_for: ClassVar[str] = (
        "To compare regions of very different sizes, or without an atlas that fits the question."
    )

    def explain_sample(self, request: ExplanationRequest) -> Attribution:
        """Compute each region's effect in its voxels, (1, 1, spatial...), in units of the output."""
        segments = self.segment(request)
        effects, notes = self._measure_effects(request, segments)
        order = np.argsort(-np.abs(effects), kind="stable")[:NAMED_REGIONS]
        largest = ", ".join(f"{segments.names[index]} {effects[index]:+.4g}" for index in order)
        kind = "regions" if self.atlas else "supervoxels"
        note = f"{len(segments)} {kind} occluded one by one; the largest effects: {largest}"
        return Attribution(segments.to_voxels(effects, request.x), None, (note, *notes))

    def _measure_effects(
        self, request: ExplanationRequest, segments: Segments
    ) -> tuple[npt.NDArray[np.float64], tuple[str, ...]]:
        """Compute the effect of every part."""
        fill = self.make_fill(request)
        incremental = find_incremental(request)
        if incremental is not None:
            return _effects_in_boxes(request, segments, fill, incremental), ()
        kept = ~np.eye(len(segments), dtype=bool)
        scorer = BatchScorer(request)
        scores = scorer.score_all(
            len(kept), lambda start, stop: segments.mix(request.x, fill, kept[start:stop]), "region"
        )
        return scorer.original_score - scores.numpy(), scorer.notes


def _effects_in_boxes(
    request: ExplanationRequest, segments: Segments, fill: torch.Tensor, scorer: IncrementalScorer
) -> npt.NDArray[np.float64]:
    """Compute the effect of every part by recomputing what its bounding box can affect."""
    import torch
    from scipy.ndimage import find_objects

    from viewer.methods.perturbation.incremental_operators import Patch

    x = request.x
    effects = np.zeros(len(segments))
    for index, box in enumerate(find_objects(segments.labels, len(segments))):
        inside = torch.from_numpy(segments.labels[box] == index + 1).to(x.device)
        original = x[(..., *box)]
        values = fill[(..., *box)].where(inside, original)
        if not torch.equal(values, original):
            start = np.array([[edge.start for edge in box]])
            effects[index] = scorer.original_score - scorer.score(Patch(values, start))[0]
        request.progress.step(index + 1, len(segments), f"region {index + 1} of {len(segments)}")
    return effects


def list_effects(map_: Map, segments: Segments) -> tuple[RegionEffect, ...]:
    """Return the table of a map by `RegionOcclusion` on the network's own grid, largest effect first.

    ``segments`` are the regions on that grid. For a network that processes slices, a region's effect is the
    mean over its voxels.
    """
    volume = None if map_.grid is None else map_.grid.voxel_volume / 1000
    sums = np.bincount(segments.labels.reshape(-1), map_.data.reshape(-1), len(segments) + 1)[1:]
    rows = [
        RegionEffect(name, int(size), None if volume is None else float(size * volume), float(total / size))
        for name, size, total in zip(segments.names, segments.sizes, sums, strict=True)
    ]
    return tuple(sorted(rows, key=lambda row: (-abs(row.effect), row.region)))
