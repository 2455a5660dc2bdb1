"""Kernel SHAP: Shapley values of a scan's parts, by weighted linear regression over coalitions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
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
from viewer.methods.perturbation.scorer import BatchScorer
from viewer.methods.perturbation.segments import SegmentMethod
from viewer.number_format import format_count

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class KernelShap(PerSampleMethod, SegmentMethod):
    """R = φ of a voxel's part, shared by its voxels; Σ R = S(x) − S(all occluded) (Lundberg and Lee 2017).

    The smallest and largest coalitions, which have the largest weights, are enumerated as far as the samples
    allow; the others are drawn at random, each with its complement.
    """

    name: ClassVar[str] = "kernel-shap"
    title: ClassVar[str] = "Kernel SHAP"
    family: ClassVar[Family] = Family.PERTURBATION
    requirements: ClassVar[frozenset[Requirement]] = frozenset({Requirement.FORWARD})
    source: ClassVar[str] = "Lundberg and Lee 2017, theorem 2"
    description: ClassVar[str] = (
        "each part's share of the output, over all orders in which parts can be added"
    )
    limitations: ClassVar[str] = (
        "be finer than its parts; few samples make it noisy, and occluded scans look unnatural"
    )
    not_for: ClassVar[str] = "With fewer samples than parts, or to get a voxel-wise map."

    segments: int = parameter(50, "approximate number of supervoxels", limits=(2, 5000))
    samples: int = parameter(
        600, "number of coalitions; if it covers all of them, the values are exact", limits=(10, 1000000)
    )

    def explain_sample(self, request: ExplanationRequest) -> Attribution:
        """Compute Shapley values, divided among each part's voxels, (1, 1, spatial...), in output units."""
        from viewer.scans.provenance import Residual

        segments = self.segment(request)
        fill = self.make_fill(request)
        kept, weights = sample_coalitions(len(segments), self.samples, np.random.default_rng(request.seed))
        extremes = np.stack([np.zeros(len(segments), dtype=bool), np.ones(len(segments), dtype=bool)])
        coalitions = np.concatenate([extremes, kept])
        scorer = BatchScorer(request)
        scores = scorer.score_all(
            len(coalitions),
            lambda start, stop: segments.mix(request.x, fill, coalitions[start:stop]),
            "coalition",
        ).numpy()
        values = solve_shapley(kept, weights, scores[2:], float(scores[0]), float(scores[1]))
        voxel_values = segments.to_voxels(values / segments.sizes, request.x)
        residual = Residual("completeness", float(scores[1] - scores[0]), float(voxel_values.double().sum()))
        extent = "all" if len(kept) == 2 ** len(segments) - 2 else "some"
        note = (
            f"{extent} coalitions of {format_count(len(segments), 'part')} ({len(kept)}); each value is "
            "shared by its voxels"
        )
        return Attribution(voxel_values, residual, (note, *scorer.notes))


def sample_coalitions(count: int, samples: int, generator: np.random.Generator) -> tuple[Bools, Floats]:
    """Return the parts of each coalition, (n, count), none empty and none complete, and its weight.

    A coalition of s parts has the weight (count − 1) / (C(count, s) s (count − s)), theorem 2's kernel. Sizes
    s and count − s are processed together, the smallest first: all coalitions of a size as far as the samples
    allow; the remaining samples are drawn from the remaining sizes, in proportion to their kernel weights.
    """
    if count < 60 and 2**count - 2 <= samples:
        numbers = np.arange(1, 2**count - 1)
        kept = (numbers[:, None] >> np.arange(count)) & 1 == 1
        return kept, shapley_kernel(kept.sum(1), count)
    rows: list[Bools] = []
    weights: list[Floats] = []
    remaining, size = samples, 1
    while size <= count // 2:
        sides = 1 if 2 * size == count else 2
        if sides * math.comb(count, size) > remaining:
            break
        chosen = np.array(list(combinations(range(count), size)))
        masks = np.zeros((len(chosen), count), dtype=bool)
        masks[np.arange(len(chosen))[:, None], chosen] = True
        coalitions = masks if sides == 1 else np.concatenate([masks, ~masks])
        rows.append(coalitions)
        weights.append(shapley_kernel(coalitions.sum(1), count))
        remaining -= len(coalitions)
        size += 1
    sizes = np.arange(size, count - size + 1)
    if len(sizes) and remaining >= 2:
        shares = (count - 1) / (sizes * (count - sizes))
        masks = np.zeros((remaining // 2, count), dtype=bool)
        for row, chosen_size in zip(
            masks, generator.choice(sizes, remaining // 2, p=shares / shares.sum()), strict=True
        ):
            row[generator.choice(count, chosen_size, replace=False)] = True
        drawn = np.concatenate([masks, ~masks])
        rows.append(drawn)
        weights.append(np.full(len(drawn), shares.sum() / len(drawn)))
    return np.concatenate(rows), np.concatenate(weights)


def shapley_kernel(sizes: npt.NDArray[np.int64], count: int) -> Floats:
    """Return (count − 1) / (C(count, s) s (count − s)) for coalitions of ``sizes`` s."""
    return np.array([(count - 1) / (math.comb(count, int(s)) * s * (count - s)) for s in sizes])


def solve_shapley(
    coalitions: Bools, weights: Floats, scores: Floats, empty_score: float, full_score: float
) -> Floats:
    """Solve for values φ that sum to ``full_score`` − ``empty_score`` and best fit the coalitions' scores."""
    from scipy.linalg import lstsq

    total = full_score - empty_score
    # The last value is the remainder of the sum.
    design = coalitions[:, :-1].astype(np.float64) - coalitions[:, -1:]
    response = scores - empty_score - coalitions[:, -1] * total
    root = np.sqrt(weights)
    values = np.asarray(lstsq(design * root[:, None], response * root)[0])
    return np.append(values, total - values.sum())
