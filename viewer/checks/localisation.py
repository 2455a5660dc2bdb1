"""Localisation check: how well a map marks a known region, given by a mask, an atlas or simulated lesions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from viewer.checks.base import Check, CheckCost, Finding, Verdict
from viewer.checks.context import CheckContext, Doubles, Explanation, Mask
from viewer.checks.map_comparison import UNIFORM_SHARE
from viewer.checks.svg_charts import BarChart
from viewer.errors import ScanError
from viewer.methods.base import parameter
from viewer.progress import Progress
from viewer.scans.grid import Grid
from viewer.scans.threshold import top_membership


@dataclass(frozen=True, eq=False)
class GroundTruth:
    """A known region, as a mask on the network's grid, with its name.

    ``caveat`` says why its position may be wrong, for example because its atlas may be in another space.
    """

    name: str
    mask: Mask
    caveat: str = ""


def make_ground_truth(context: CheckContext, data: np.ndarray, grid: Grid, name: str) -> GroundTruth:
    """Resample a mask on any grid to the network's grid: voxels that are at least half inside.

    For a mask too small to fill half of any voxel, the voxels that contain its voxel centres.

    Raises
    ------
    ScanError
        The mask is empty, or lies outside the network's field of view.
    """
    from viewer.scans.resample import resample

    mask = np.asarray(data) > 0
    target_grid = context.prepared.grid
    inside = resample(mask.astype(np.float32), grid, target_grid) >= 0.5
    if not inside.any() and mask.any():
        voxels = np.round(target_grid.to_voxel(grid.to_world(np.argwhere(mask)))).astype(int)
        in_grid = ((voxels >= 0) & (voxels < target_grid.shape)).all(axis=1)
        inside[tuple(voxels[in_grid].T)] = True
    if not inside.any():
        raise ScanError(name, "has no voxel in the network's field of view", "is it in the scan's space?")
    return GroundTruth(name, inside.reshape(context.shape))


@dataclass(frozen=True)
class Localisation(Check):
    """Pointing game, relevance mass, relevance rank, IoU, AUC and KL divergence against a mask."""

    name: ClassVar[str] = "localisation"
    title: ClassVar[str] = "Localisation"
    question: ClassVar[str] = "Does the map mark the region that is known to matter?"
    limits: ClassVar[str] = (
        "A network may base its decision on something other than the marked region; a map that shows this is "
        "right but fails here. Large masks are hit by chance: the chance level is shown with each number."
    )
    source: ClassVar[str] = "Zhang et al. 2018 (pointing game); Arras et al. 2022 (relevance mass and rank)"
    reading: ClassVar[str] = (
        "AUC is the probability that a voxel of the known region has a larger value than one outside: 0.5 "
        "is chance, 1 is perfect. The pointing game considers only the largest voxel; relevance mass is the "
        "share of the values inside the region, to be compared with the region's share of the head."
    )

    truth: GroundTruth | None = None
    good: float = parameter(0.8, "AUC from which the region is found", limits=(0.0, 1.0))
    bad: float = parameter(0.65, "AUC below which it is not found", limits=(0.0, 1.0))

    def estimate_cost(self, explanation: Explanation) -> CheckCost:
        """Return no cost: sorting is negligible."""
        return CheckCost()

    def unavailable_reason(self, explanation: Explanation) -> str:
        """Return why there is no region to compare the map with; empty if there is one."""
        if self.truth is None:
            return "no mask or region is given to compare the map with"
        head = explanation.context.foreground | self.truth.mask
        if not self.truth.mask.any() or self.truth.mask[head].all():
            return "the mask is empty or covers the whole head"
        return ""

    def evaluate(self, explanation: Explanation, progress: Progress) -> Finding:
        """Compute all scores, over the head."""
        assert self.truth is not None
        head = explanation.context.foreground | self.truth.mask
        scores = localisation_scores(np.maximum(explanation.importance, 0)[head], self.truth.mask[head])
        auc, chance = scores["AUC"], scores["chance"]
        enrichment = scores["relevance mass"] / chance
        verdict = Verdict.DOUBTFUL
        if auc >= self.good and enrichment >= 2:
            verdict = Verdict.HOLDS
        elif auc < self.bad or enrichment < 1:
            verdict = Verdict.FAILS
        phrases = {
            Verdict.HOLDS: "the map finds it",
            Verdict.DOUBTFUL: "the map finds some of it",
            Verdict.FAILS: "the map does not find it",
        }
        peak_text = {0.0: "lies outside", 1.0: "lies inside"}.get(
            scores["pointing game"], f"is tied, with {scores['pointing game']:.0%} of it inside"
        )
        return Finding(
            verdict,
            f"AUC {auc:.2f}",
            f"{self.truth.name} contains {chance:.1%} of the head and {scores['relevance mass']:.1%} of the "
            f"map; the peak {peak_text}, and a voxel inside outranks one outside with a probability of "
            f"{auc:.2f}: {phrases[verdict]}.{self.truth.caveat and f' Doubtful: {self.truth.caveat}.'}",
            {"region": self.truth.name, **scores}
            | ({"doubt": self.truth.caveat} if self.truth.caveat else {}),
            BarChart(
                ("AUC", "mass", "rank", "IoU"),
                (auc, scores["relevance mass"], scores["relevance rank"], scores["IoU"]),
                (0.0, 1.0),
                chance,
            ),
        )


def localisation_scores(values: Doubles, mask: Mask) -> dict[str, float]:
    """Compute how well non-negative values mark some of the voxels; arrays of one shape.

    ``pointing game`` is 1 if the largest value lies inside (for tied voxels: the fraction of them inside);
    ``relevance mass`` is the fraction of the sum inside; ``relevance rank`` is the fraction inside among the
    k largest values, where k is the number of voxels inside, averaged over random choices among tied voxels;
    ``IoU`` is the same overlap as intersection over union; ``AUC`` is the fraction of pairs in the right
    order, ties counting a half; ``KL`` is the divergence in nats of the values' distribution from one that is
    uniform inside; ``chance`` is the fraction of voxels inside, which is the chance level of mass and rank.
    """
    from viewer.scans.metrics import area_under_roc_curve

    size = int(mask.sum())
    total = float(values.sum())
    rank = float(top_membership(values, size)[mask].sum()) / size
    mass = float(values[mask].sum()) / total if total > 0 else 0.0
    uniform = np.where(mask, (1 - UNIFORM_SHARE) / size, 0.0) + UNIFORM_SHARE / values.size
    distribution = (1 - UNIFORM_SHARE) * (
        values / total if total > 0 else 1 / values.size
    ) + UNIFORM_SHARE / values.size
    return {
        "pointing game": float(mask[values == values.max()].mean()) if total > 0 else 0.0,
        "relevance mass": mass,
        "relevance rank": rank,
        "IoU": rank / (2 - rank),
        "AUC": area_under_roc_curve(values, mask),
        "KL": float((uniform * np.log(uniform / distribution)).sum()),
        "chance": size / mask.size,
    }


SHOWN_REGIONS = 6
"""Maximum number of regions that an error message names."""


def find_ground_truth(
    context: CheckContext, mask: Path | None = None, region: str | None = None
) -> GroundTruth | None:
    """Return the ground truth of a scan from a mask, an atlas or the simulated lesions, or None.

    Parameters
    ----------
    context
        Its network's grid is the target; the built-in scan with lesions has its own ground truth.
    mask
        A mask file (inside where the value is above zero) or an atlas file.
    region
        Region of an atlas, by number, or by name if a file beside the atlas gives names.

    Raises
    ------
    ScanError
        The file cannot be read, is not a label atlas, has no such region, or does not overlap the scan.
    """
    from viewer.scans.load import load_map, require_single_volume
    from viewer.scans.simulated_lesions import DEMONSTRATION, SIMULATED, insert_lesions

    if mask is not None and region is not None:
        return _read_region(context, mask, region)
    if mask is not None:
        with require_single_volume():
            map_ = load_map(mask)
        assert map_.grid is not None
        return make_ground_truth(context, map_.data, map_.grid, map_.name)
    scan = context.scan
    if str(scan.path) != SIMULATED:
        return None
    _, fraction = insert_lesions(scan.data, scan.grid, DEMONSTRATION)
    return make_ground_truth(context, fraction >= 0.5, scan.grid, "The mask of the simulated lesions")


def _read_region(context: CheckContext, path: Path, region_name: str) -> GroundTruth:
    from viewer.scans.atlas import LabelAtlas, load_atlas
    from viewer.scans.atlas_space import MARK, space_mismatch, transform_matches_atlas

    atlas = load_atlas(path)
    if not isinstance(atlas, LabelAtlas):
        raise ScanError(path, "holds probabilities", "give an atlas of labels")
    for label, name in atlas.names.items():
        if region_name == str(label) or region_name.casefold() == name.casefold():
            transform, grid = context.prepared.to_template, atlas.grid
            doubt = space_mismatch(atlas, context.scan, transform)
            if transform is not None and transform_matches_atlas(transform, atlas):
                grid = transform.grid_to_image(grid)
            title = f"{name}{f' {MARK}' if doubt else ''} ({atlas.name})"
            return replace(make_ground_truth(context, atlas.labels == label, grid, title), caveat=doubt)
    names = [atlas.names[label] for label in sorted(atlas.names)]
    suffix = ", …" if len(names) > SHOWN_REGIONS else ""
    raise ScanError(
        path, f"has no region {region_name!r}", f"there are {', '.join(names[:SHOWN_REGIONS])}{suffix}"
    )
