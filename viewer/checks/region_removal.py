"""Occlusion of a region: the change of the output without one cluster of a map."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from viewer.checks.base import Check, CheckCost, Finding, Verdict
from viewer.checks.context import CheckContext, Explanation, Floats, Mask
from viewer.checks.infill import Fill, make_filler
from viewer.checks.svg_charts import BarChart
from viewer.errors import MethodError
from viewer.methods.base import parameter
from viewer.number_format import format_number, format_signed
from viewer.progress import Progress
from viewer.scans.axcodes import AXCODE_PAIRS
from viewer.scans.grid import Grid
from viewer.scans.threshold import SortedValues, Threshold, ThresholdKind

NEGLIGIBLE_CHANGE = 0.02
"""Relative change of the output below which it counts as no change."""

LARGE_CHANGE = 0.1
"""Relative change of the output that is required for the check to hold."""

MAX_DRAWS = 400
"""Number of positions drawn for each control region before one that extends outside the head is accepted."""


def find_cluster(values: Floats, grid: Grid, threshold: float, point: tuple[float, float, float]) -> Mask:
    """Return the cluster of a map that contains, or is nearest to, a point; bool, shape ``grid.shape``.

    Parameters
    ----------
    values, grid
        The map and its grid.
    threshold
        Voxels whose |value| reaches it form clusters, positive and negative ones separately (26 neighbours).
    point
        Position in mm.

    Raises
    ------
    MethodError
        No voxel reaches the threshold.
    """
    from scipy.ndimage import label

    strong = (np.abs(values) >= threshold) & (values != 0)
    positions = np.argwhere(strong)
    if not len(positions):
        raise MethodError("region", "no voxel of the map reaches the threshold", "lower the threshold")
    distances = np.linalg.norm(grid.to_world(positions) - np.asarray(point), axis=1)
    nearest = tuple(positions[int(np.argmin(distances))])
    same_sign = strong & (np.sign(values) == np.sign(values[nearest]))
    labels, _ = label(same_sign, np.ones((3,) * values.ndim))
    return np.asarray(labels == labels[nearest])


def mask_to_network(context: CheckContext, mask: Mask, grid: Grid) -> Mask:
    """Resample a mask on any grid to the network's grid, shape ``context.shape``.

    Raises
    ------
    ScanError
        The mask lies outside the network's field of view.
    """
    from viewer.checks.localisation import make_ground_truth

    return make_ground_truth(context, mask, grid, "the cluster").mask


@dataclass(frozen=True, eq=False)
class RemovalResult:
    """Outputs without a region, and without control regions of the same shape.

    ``before`` and ``after`` are S and the class's probability; ``control_scores`` are S without a region of
    the same shape elsewhere in the head.
    """

    voxels: int
    volume: float
    before: tuple[float, float | None]
    after: tuple[float, float | None]
    control_scores: tuple[float, ...]

    @property
    def change(self) -> float:
        """Change of S."""
        return self.after[0] - self.before[0]

    @property
    def control_changes(self) -> tuple[float, ...]:
        """Changes of S without the control regions."""
        return tuple(score - self.before[0] for score in self.control_scores)


def remove_region(
    context: CheckContext, mask: Mask, fill: str, draws: int, progress: Progress
) -> RemovalResult:
    """Compute the output without a region, and without control regions of its shape elsewhere.

    Parameters
    ----------
    context
        The network and the scan.
    mask
        bool, shape ``context.shape``.
    fill
        Kind of `Fill` that replaces it.
    draws
        Number of control regions.
    progress
        Receives the progress after every forward pass.
    """
    fill_region = make_filler(context, fill)
    regions = [mask, *draw_control_regions(context, mask, draws)]
    outputs = context.score_inputs(lambda number: fill_region(regions[number]), len(regions), progress)
    probability = None if outputs.probabilities is None else float(outputs.probabilities[0])
    voxel_volume = context.prepared.grid.voxel_volume
    return RemovalResult(
        int(mask.sum()),
        float(mask.sum()) * voxel_volume,
        context.original_scores,
        (float(outputs.scores[0]), probability),
        tuple(float(score) for score in outputs.scores[1:]),
    )


def draw_control_regions(context: CheckContext, mask: Mask, draws: int) -> Iterator[Mask]:
    """Yield the same shape at other positions: mostly inside the head, without overlap with the region."""
    positions = np.argwhere(mask)
    corner = positions.min(axis=0)
    offsets = positions - corner
    bounds = np.array(mask.shape) - offsets.max(axis=0)
    for number in range(draws):
        rng = context.make_generator(91, number)
        best_index, largest_share = None, -1.0
        for _ in range(MAX_DRAWS):
            index = tuple((offsets + rng.integers(0, bounds)).T)
            if mask[index].any():
                continue
            share = float(context.foreground[index].mean())
            if share > largest_share:
                best_index, largest_share = index, share
            if largest_share > 0.95:
                break
        if best_index is None:
            return
        region = np.zeros_like(mask)
        region[best_index] = True
        yield region


@dataclass(frozen=True)
class RegionRemoval(Check):
    """Occlusion of the map's strongest region."""

    name: ClassVar[str] = "removal"
    title: ClassVar[str] = "Largest effect region"
    question: ClassVar[str] = "Does the output change when the map's strongest region is occluded?"
    limits: ClassVar[str] = (
        "The network may find the same evidence elsewhere, so that no single region is needed, and it may "
        "respond to the patch that covers the region. A tick needs a change of the output by 10 % or more "
        "that is larger than for any region of the same shape elsewhere. The region is one of those "
        "formed by the strongest 2 % of the head's voxels, whatever the threshold of the view."
    )
    source: ClassVar[str] = "occlusion: Zeiler and Fergus 2014"
    reading: ClassVar[str] = (
        "One region, the strongest of the map, is covered. The headline is the change of the output. Compare "
        "it with the changes for regions of the same shape elsewhere: only a larger change shows that this "
        "region matters more than others."
    )

    share: float = parameter(0.02, "share of the head's voxels that form regions", limits=(1e-6, 1.0))
    fill: str = parameter("mean", "what the region is filled with", choices=tuple(Fill))
    draws: int = parameter(6, "number of control regions of the same shape elsewhere", limits=(2, 1000))

    def estimate_cost(self, explanation: Explanation) -> CheckCost:
        """Return the cost: a forward pass for the region and for each control region."""
        return CheckCost(forward_passes=1 + self.draws)

    def find_region(self, explanation: Explanation) -> Mask:
        """Return the cluster with the largest sum of importance."""
        from scipy.ndimage import label

        values = np.where(explanation.context.foreground, np.maximum(explanation.importance, 0), 0)
        count = max(1, round(self.share * int(explanation.context.foreground.sum())))
        cutoff = SortedValues(values.astype(np.float32), 1).cutoff(Threshold(ThresholdKind.VOXELS, count))
        labels, cluster_count = label(values.astype(np.float32) >= cutoff, np.ones((3,) * values.ndim))
        if not cluster_count:
            raise MethodError(
                explanation.name, "no voxel in the head supports the output", "there is no region to occlude"
            )
        sums = np.bincount(labels.ravel(), values.ravel())
        sums[0] = 0
        return np.asarray(labels == int(np.argmax(sums)))

    def unavailable_reason(self, explanation: Explanation) -> str:
        """Return why there is no region; empty if there is one."""
        importance = explanation.importance[explanation.context.foreground]
        if not np.isfinite(importance).all():
            return explanation.head_problem()
        return "" if (importance > 0).any() else "no voxel in the head supports the output"

    def evaluate(self, explanation: Explanation, progress: Progress) -> Finding:
        """Compute the change of the output, compared with control regions of the same shape."""
        body = self.find_region(explanation)
        removal = remove_region(explanation.context, body, self.fill, self.draws, progress)
        grid = explanation.context.prepared.grid
        voxels = np.argwhere(body.reshape(grid.shape))
        centre = format_position(grid.to_world(voxels.mean(axis=0)))
        region_text = (
            f"the strongest region around {centre}, of the strongest {self.share:.2%} of the head's voxels "
            "(the check's own threshold, not the view's)"
        )
        finding = describe_removal(removal, explanation.context, region_text)
        if not explanation.is_signed or removal.change <= 0 or finding.verdict is Verdict.FAILS:
            return finding
        sentence = f"{finding.sentence} The output rises, although the map says that the region supports it."
        return replace(finding, verdict=Verdict.FAILS, sentence=sentence)


def format_position(point: npt.NDArray[np.float64]) -> str:
    """Format a point by its distances right, anterior and superior, such as ``R 17 P 5 S 12 mm``."""
    letters = zip(AXCODE_PAIRS, np.asarray(point, dtype=np.float64).tolist(), strict=True)
    return " ".join(f"{pair[value >= 0]} {abs(value):.0f}" for pair, value in letters) + " mm"


def describe_removal(removal: RemovalResult, context: CheckContext, region_text: str) -> Finding:
    """Grade the change of the output and describe it in a sentence."""
    control_changes = np.array(removal.control_changes)
    largest = float(np.abs(control_changes).max()) if control_changes.size else 0.0
    typical = float(np.median(np.abs(control_changes))) if control_changes.size else 0.0
    verdict = Verdict.FAILS
    if abs(removal.change) < NEGLIGIBLE_CHANGE * max(abs(removal.before[0]), typical):
        verdict = Verdict.FAILS
    elif abs(removal.change) > largest:
        is_large = abs(removal.change) >= LARGE_CHANGE * abs(removal.before[0])
        verdict = Verdict.HOLDS if is_large else Verdict.DOUBTFUL
    elif abs(removal.change) > 2 * typical:
        verdict = Verdict.DOUBTFUL
    comparison = "no more than some"
    if verdict is not Verdict.FAILS:
        comparison = "more than any" if abs(removal.change) > largest else "more than most"
    probability_text = ""
    if removal.before[1] is not None and removal.after[1] is not None:
        probability_text = f" and its probability from {removal.before[1]:.2%} to {removal.after[1]:.2%}"
    small_note = ""
    if verdict is Verdict.DOUBTFUL and abs(removal.change) > largest:
        small_note = f" The change is below {LARGE_CHANGE:.0%} of the output, which is small."
    name = context.target.name
    return Finding(
        verdict,
        f"Δ {format_signed(removal.change)}",
        f"Without {region_text} ({format_number(removal.volume / 1000)} ml) the output for {name} goes from "
        f"{format_number(removal.before[0])} to {format_number(removal.after[0])}{probability_text}. "
        f"That is {comparison} of the {len(control_changes)} regions of the same shape elsewhere, which "
        f"change it by a median of {format_number(typical, 2)} and at most "
        f"{format_number(largest, 2)}.{small_note}",
        {
            "voxels": removal.voxels,
            "volume in mm³": removal.volume,
            "output before": removal.before[0],
            "output after": removal.after[0],
            "probability before": removal.before[1],
            "probability after": removal.after[1],
            "change": removal.change,
            "changes elsewhere": list(removal.control_changes),
        },
        BarChart(
            ("this region", *(f"elsewhere {number + 1}" for number in range(len(control_changes)))),
            (removal.change, *control_changes.tolist()),
        ),
    )
