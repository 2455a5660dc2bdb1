"""Sensitivity-n check: sums of the map over random sets of patches against the output's drop without them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from viewer.checks.base import Check, CheckCost, Finding, Verdict, grade
from viewer.checks.context import CheckContext, Doubles, Explanation
from viewer.checks.infill import Fill, make_filler
from viewer.checks.perturbation_curves import PatchGrid, make_patches
from viewer.checks.svg_charts import ChartSeries, LineChart, LineStyle
from viewer.methods.base import parameter
from viewer.progress import Progress
from viewer.scans.metrics import pearson_correlation

if TYPE_CHECKING:
    import torch

Places = npt.NDArray[np.int64]

NEGLIGIBLE_CHANGE = 1e-5
"""Standard deviation of the changes, as a share of the output, up to which they are float32 rounding."""


@dataclass(frozen=True)
class RandomSetPlan:
    """Random sets of patches.

    Parameters
    ----------
    edge
        Edge length of a patch, in voxels.
    fill
        Kind of `Fill` for removed patches.
    size_count
        Largest number of different set sizes n.
    max_share
        Share of the patches in the largest sets.
    draws
        Number of sets of each size.
    """

    edge: int
    fill: str
    size_count: int
    max_share: float
    draws: int

    def set_sizes(self, count: int) -> tuple[int, ...]:
        """Return the sizes n for ``count`` patches, from 1 on and evenly spaced in their logarithm."""
        largest = max(1, min(round(self.max_share * count), count - 1))
        return tuple(np.unique(np.round(np.geomspace(1, largest, self.size_count)).astype(int)).tolist())


@dataclass(frozen=True, eq=False)
class RandomSets:
    """Random sets of patches, and the drop of the output without each.

    Parameters
    ----------
    sizes
        The sizes n.
    patch_masks
        bool, shape (sizes, draws, patches): the patches of each set.
    output_drops
        Shape (sizes, draws): S of the scan minus S without the set.
    """

    sizes: tuple[int, ...]
    patch_masks: npt.NDArray[np.bool_]
    output_drops: Doubles

    def sums(self, patch_values: Doubles) -> Doubles:
        """Sum values of the patches over each set, shape (sizes, draws)."""
        return np.asarray(self.patch_masks.astype(np.float64) @ patch_values)

    def correlations(self, patch_values: Doubles) -> tuple[float, ...]:
        """Correlate the sums with the losses for each n; NaN if either does not vary."""
        return tuple(
            pearson_correlation(sums, losses)
            for sums, losses in zip(self.sums(patch_values), self.output_drops, strict=True)
        )


def draw_sets(context: CheckContext, patch_count: int, plan: RandomSetPlan) -> npt.NDArray[np.bool_]:
    """Draw sets of ``patch_count`` patches without replacement, bool (sizes, draws, count)."""
    sizes = plan.set_sizes(patch_count)
    members = np.zeros((len(sizes), plan.draws, patch_count), dtype=np.bool_)
    for row, size in enumerate(sizes):
        for draw in range(plan.draws):
            rng = context.make_generator(73, row, draw)
            members[row, draw, rng.choice(patch_count, size, replace=False)] = True
    return members


def random_sets(
    context: CheckContext, patches: PatchGrid, plan: RandomSetPlan, progress: Progress
) -> RandomSets:
    """Compute the drop of the output without random sets of patches, once for all maps of a scan."""

    def compute_sets() -> RandomSets:
        members = draw_sets(context, patches.count, plan)
        flat_members = members.reshape(-1, patches.count)
        fill = make_filler(context, plan.fill)

        def remove_set(set_index: int) -> torch.Tensor:
            # The last entry is for voxels outside all patches, whose label is -1.
            return fill(np.append(flat_members[set_index], False)[patches.labels])

        outputs = context.score_inputs(remove_set, len(flat_members), progress)
        losses = context.original_scores[0] - outputs.scores
        return RandomSets(plan.set_sizes(patches.count), members, losses.reshape(members.shape[:2]))

    return context.cached(("random sets", plan), compute_sets)


@dataclass(frozen=True)
class SensitivityN(Check):
    """Correlation between sums of the map and drops of the output, for random sets of n patches."""

    name: ClassVar[str] = "sensitivity-n"
    title: ClassVar[str] = "Sensitivity-n"
    question: ClassVar[str] = (
        "Do sums of the map's values predict how much the output drops without these voxels?"
    )
    limits: ClassVar[str] = (
        "Deletion considers only the order of the patches and removes the strongest first; here the values "
        "themselves count, over random sets, and a map with the right order may fail. Removed patches "
        "become zero in the network's input, which may be unlike any scan; a map relative to another "
        "baseline need not agree. A correlation does not detect a wrong scale. Gradients and signals "
        "guarantee no sums and are not checked. A tick needs a mean correlation of 0.7 or more, 0.1 above "
        "that of a map with one value in every voxel of the head."
    )
    source: ClassVar[str] = "Ancona et al. 2018 (sensitivity-n)"
    reading: ClassVar[str] = (
        "n patches are drawn at random and removed together; the map's sum over them is compared with the "
        "drop of the output, over many such sets. The headline is the correlation, averaged over several n: "
        "1 means that the sums are proportional to the drops, 0 that they are unrelated. Input × gradient of "
        "a linear network reaches 1 for every n. The plot shows the correlation by n; the dashed line is a "
        "constant map, which reflects only how much of the head a patch contains."
    )

    patch: float = parameter(
        12.0, "edge of a patch; below the voxel size, single voxels are used", unit="mm", limits=(0.0, 1000.0)
    )
    fill: str = parameter("zero", "what removed patches are filled with", choices=tuple(Fill))
    sizes: int = parameter(5, "number of set sizes n, evenly spaced in their logarithm", limits=(1, 100))
    reach: float = parameter(0.8, "share of the patches in the largest sets", limits=(0.001, 1.0))
    draws: int = parameter(25, "random sets of each size", limits=(3, 10_000))
    good: float = parameter(0.7, "mean correlation from which the check holds", limits=(-1.0, 1.0))
    bad: float = parameter(0.3, "mean correlation below which it fails", limits=(-1.0, 1.0))
    effect: float = parameter(
        0.1, "by how much it must exceed that of a map with one value everywhere", limits=(0.0, 2.0)
    )

    def make_plan(self, context: CheckContext) -> RandomSetPlan:
        """Return which sets of patches are removed from this scan."""
        edge = max(1, round(self.patch / float(np.exp(np.log(context.spacing).mean()))))
        return RandomSetPlan(edge, self.fill, self.sizes, self.reach, self.draws)

    def unavailable_reason(self, explanation: Explanation) -> str:
        """Return why the sums of the map cannot be compared; empty if they can."""
        context = explanation.context
        if not explanation.is_signed:
            return "the map's sums represent no part of the output"
        if problem := explanation.head_problem():
            return problem
        return "" if self._patch_grid(context).count > 1 else "the head has a single patch"

    def estimate_cost(self, explanation: Explanation) -> CheckCost:
        """Return the cost: a forward pass for each set, once for all maps."""
        return CheckCost(forward_passes=self.shared_cost(explanation))

    def shared_cost(self, explanation: Explanation) -> float:
        """Return the number of sets, or 0 if they are already computed."""
        context = explanation.context
        plan = self.make_plan(context)
        if context.is_cached(("random sets", plan)):
            return 0.0
        return float(len(plan.set_sizes(self._patch_grid(context).count)) * self.draws)

    def evaluate(self, explanation: Explanation, progress: Progress) -> Finding:
        """Correlate the map's sums with the losses, and compare with a constant map."""
        context = explanation.context
        tiles, plan = self._patch_grid(context), self.make_plan(context)
        sets = random_sets(context, tiles, plan, progress)
        correlations = sets.correlations(tiles.sums(explanation.values))
        baseline = sets.correlations(tiles.sums(context.foreground))
        magnitude = abs(context.original_scores[0])
        varies = sets.output_drops.std(axis=1) > NEGLIGIBLE_CHANGE * magnitude
        usable = varies & np.isfinite(correlations)
        numbers = {
            "patches": tiles.count,
            "patch in mm": self.patch,
            "fill": self.fill,
            "sets of each size": self.draws,
            "n": list(sets.sizes),
            "correlations": _replace_unusable(correlations, usable),
            "correlations of one value": _replace_unusable(baseline, varies & np.isfinite(baseline)),
            "mean loss": sets.output_drops.mean(axis=1).tolist(),
        }
        if not usable.any():
            return Finding(
                Verdict.OPEN,
                "no change",
                f"The output of {context.target.name} does not vary beyond rounding, whichever patches are "
                "removed: there is nothing to compare the map with.",
                numbers,
            )
        mean = float(np.mean(np.array(correlations)[usable]))
        # If all patches have the same number of voxels, the correlation of a constant map is NaN and counts
        # as 0.
        baseline_mean = float(np.mean(np.nan_to_num(np.array(baseline)[usable])))
        verdict = grade(mean, self.good, self.bad)
        if verdict is Verdict.HOLDS and mean < baseline_mean + self.effect:
            verdict = Verdict.DOUBTFUL
        return Finding(
            verdict,
            f"r {mean:.2f}",
            self._sentence(explanation, sets, correlations, usable, baseline_mean, verdict),
            numbers | {"mean correlation": mean, "mean correlation of one value": baseline_mean},
            _chart(sets.sizes, _replace_unusable(correlations, usable), _replace_unusable(baseline, usable)),
        )

    def _patch_grid(self, context: CheckContext) -> PatchGrid:
        edge = self.make_plan(context).edge
        return context.cached(("patches", edge), lambda: make_patches(context.foreground, edge))

    def _sentence(
        self,
        explanation: Explanation,
        sets: RandomSets,
        correlations: tuple[float, ...],
        usable: npt.NDArray[np.bool_],
        baseline_mean: float,
        verdict: Verdict,
    ) -> str:
        """Return the numbers as sentences, the conclusion first."""
        mean = float(np.mean(np.array(correlations)[usable]))
        if verdict is Verdict.HOLDS:
            conclusion = "The map's values predict how much the output drops."
        elif verdict is Verdict.FAILS and mean < -self.bad:
            conclusion = "The map has the wrong sign: the output rises where its values predict a drop."
        elif verdict is Verdict.FAILS:
            conclusion = "The map's values hardly predict how much the output drops."
        elif mean >= self.good:
            conclusion = "The map's values hardly predict the drops better than one value everywhere."
        else:
            conclusion = "The map's values partly predict how much the output drops."
        usable_values = [
            (size, value)
            for size, value, is_usable in zip(sets.sizes, correlations, usable, strict=True)
            if is_usable
        ]
        values = ", ".join(f"{value:.2f}" for _, value in usable_values)
        sizes = ", ".join(str(size) for size, _ in usable_values)
        excluded = int((~usable).sum())
        rounding_note = (
            f" For {excluded} of {len(sets.sizes)} n, the output varies only by rounding, "
            "and they do not count."
            if excluded
            else ""
        )
        return (
            f"{conclusion} Over {self.draws} random sets of n of {sets.patch_masks.shape[2]} patches, the "
            f"map's sums correlate with the drop of {explanation.context.target.name} by {mean:.2f} on "
            f"average ({values} for n = {sizes}); one value in every voxel of the head reaches "
            f"{baseline_mean:.2f}.{rounding_note}"
        )


def _replace_unusable(values: tuple[float, ...], usable: npt.NDArray[np.bool_]) -> list[float | None]:
    """Return values for JSON; None for values that are not usable."""
    return [value if is_usable else None for value, is_usable in zip(values, usable, strict=True)]


def _chart(
    sizes: tuple[int, ...], correlations: list[float | None], baseline: list[float | None]
) -> LineChart:
    """Return the chart of the correlations by n."""

    def make_series(name: str, values: list[float | None], style: LineStyle) -> ChartSeries:
        # NaN leaves a gap and keeps the other points above their ticks.
        heights = tuple(float("nan") if value is None else value for value in values)
        return ChartSeries(name, tuple(map(float, range(len(values)))), heights, style)

    lowest = min([0.0, *(value for value in (*correlations, *baseline) if value is not None)])
    return LineChart(
        "number of patches (n)",
        "correlation",
        (
            make_series("the map", correlations, LineStyle.MAIN),
            make_series("one value", baseline, LineStyle.QUIET),
        ),
        tuple(map(str, sizes)),
        (-1.0 if lowest < 0 else 0.0, 1.0),
    )
