"""XRAI on supervoxels: regions in the order of their mean contribution."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from viewer.methods.base import (
    Attribution,
    ExplanationRequest,
    Family,
    PerSampleMethod,
    Requirement,
    parameter,
)
from viewer.methods.integrated_gradients import IntegratedGradients
from viewer.methods.perturbation.segments import Labels, make_supervoxels

LOUD_REMAINDER = 0.1
"""Share of voxels that belong to no region, above which a note reports it."""

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class XRAI(PerSampleMethod):
    """R = mean of the integrated gradients over the voxels that a region adds, region after region.

    The scan is divided into supervoxels at several scales, so that regions overlap. In each step, the region
    whose remaining voxels have the largest mean is taken, until none is left.
    """

    name: ClassVar[str] = "xrai"
    title: ClassVar[str] = "XRAI"
    family: ClassVar[Family] = Family.ATTRIBUTION
    requirements: ClassVar[frozenset[Requirement]] = frozenset({Requirement.GRADIENT})
    source: ClassVar[str] = (
        "Kapishnikov et al. 2019, algorithm 1, with supervoxels (Achanta et al. 2012) in place of "
        "Felzenszwalb's segments and black as the only baseline"
    )
    description: ClassVar[str] = "which regions of the scan contribute most per voxel"
    limitations: ClassVar[str] = (
        "be finer than its supervoxels; the values are means over them and do not add up to the output"
    )
    not_for: ClassVar[str] = "For findings smaller than a supervoxel, or without an edge in the scan."

    segments: int = parameter(400, "approximate number of supervoxels at the finest scale", limits=(2, 5000))
    scales: int = parameter(4, "number of scales, each with half as many supervoxels", limits=(1, 8))
    compactness: float = parameter(
        0.1,
        "weight of distance against similarity in a supervoxel",
        limits=(1e-4, 100.0),
        source="Achanta et al. 2012",
    )
    smallest: int = parameter(8, "number of voxels that a region must add to be used", limits=(1, 10000))
    steps: int = parameter(32, "initial number of steps of the integrated gradients", limits=(1, 4096))

    def explain_sample(self, request: ExplanationRequest) -> Attribution:
        """Compute the means of regions at their voxels, (1, C, spatial...), in output units per voxel."""
        import torch

        progress = request.progress
        inner = replace(request, progress=progress.subtask(0.0, 0.6))
        attribution = IntegratedGradients(steps=self.steps).explain(inner)
        values = attribution.values[0].double().sum(0).cpu().numpy()
        counts = {max(self.segments >> scale, 2) for scale in range(self.scales)}
        labels = []
        for index, count in enumerate(sorted(counts, reverse=True)):
            progress.step(
                0.6 + 0.4 * index / len(counts), 1, f"supervoxels, scale {index + 1} of {len(counts)}"
            )
            labels.append(make_supervoxels(request, count, self.compactness).labels)
        progress.step(0.98, 1, self.title)
        ranked, leftover = rank_regions(values, labels, self.smallest, progress.raise_if_cancelled)
        notes = attribution.notes
        if leftover > LOUD_REMAINDER:
            note = (
                f"{leftover:.0%} of the voxels are in no supervoxel that adds {self.smallest}, and share one "
                "mean; use fewer supervoxels, or a smaller limit"
            )
            notes = (note, *notes)
        # Every channel has an equal share, so that their sum is the map.
        shared = torch.from_numpy(ranked / request.x.shape[1]).to(request.x)
        return Attribution(shared.expand(request.x.shape).clone(), None, notes)


def rank_regions(
    values: Doubles, labels: Sequence[Labels], min_region_size: int, check: Callable[[], None] = lambda: None
) -> tuple[Doubles, float]:
    """Return for each voxel the mean of its region when it was taken, and the share of voxels not taken.

    Parameters
    ----------
    values
        Contributions.
    labels
        One array per scale in the shape of ``values``: number of the region, or 0 for voxels of no region,
        whose result is 0.
    min_region_size
        Regions that would add fewer voxels are not taken; the voxels that remain form one region.
    check
        Called before each region is taken; raises an error to cancel.
    """
    flat = values.reshape(-1)
    scales = [regions.reshape(-1) for regions in labels]
    offsets = np.cumsum([0, *(int(regions.max()) + 1 for regions in scales)])
    sums = np.concatenate([np.bincount(regions, flat, int(regions.max()) + 1) for regions in scales])
    sizes = np.concatenate([np.bincount(regions, minlength=int(regions.max()) + 1) for regions in scales])
    sizes[offsets[:-1]] = 0  # the voxels of no region
    members = [_group_voxels_by_region(regions) for regions in scales]
    unassigned = np.any([regions > 0 for regions in scales], axis=0)
    inside = int(unassigned.sum())
    result = np.zeros_like(flat)
    while True:
        check()
        means = np.where(sizes >= max(min_region_size, 1), sums / np.maximum(sizes, 1), -np.inf)
        best = int(means.argmax())
        if means[best] == -np.inf:
            break
        scale = int(np.searchsorted(offsets, best, side="right")) - 1
        voxels = members[scale][best - offsets[scale]]
        added = voxels[unassigned[voxels]]
        result[added] = means[best]
        unassigned[added] = False
        for regions, offset in zip(scales, offsets[:-1], strict=True):
            np.subtract.at(sums, regions[added] + offset, flat[added])
            np.subtract.at(sizes, regions[added] + offset, 1)
        sizes[offsets[:-1]] = 0
    remainder = float(unassigned.sum() / max(inside, 1))
    if unassigned.any():
        result[unassigned] = flat[unassigned].mean()
    return result.reshape(values.shape), remainder


def _group_voxels_by_region(labels: Labels) -> list[npt.NDArray[np.intp]]:
    """Return the voxels of every region, by its number."""
    order = np.argsort(labels, kind="stable")
    ends = np.cumsum(np.bincount(labels))
    return np.split(order, ends[:-1])
