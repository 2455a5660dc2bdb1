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

        parts = self.segment(request)
        filling = self.make_fill(request)
        kept, weights = sample_coalitions(len(parts), self.samples, np.random.default_rng(request.seed))
        ends = np.stack([np.zeros(len(parts), dtype=bool), np.ones(len(parts), dtype=bool)])
        coalitions = np.concatenate([ends, kept])
        scores = BatchScorer(request)
        found = scores.score_all(
            len(coalitions),
            lambda first, last: parts.mix(request.x, filling, coalitions[first:last]),
            "coalition",
        ).numpy()
        values = solve_shapley(kept, weights, found[2:], float(found[0]), float(found[1]))
        painted = parts.to_voxels(values / parts.sizes, request.x)
        residual = Residual("completeness", float(found[1] - found[0]), float(painted.double().sum()))
        exact = "all" if len(kept) == 2 ** len(parts) - 2 else "some"
        line = (
            f"{exact} coalitions of {format_count(len(parts), 'part')} ({len(kept)}); each value is "
            "shared by its voxels"
        )
        return Attribution(painted, residual, (line, *scores.notes))


def sample_coalitions(count: int, samples: int, draw: np.random.Generator) -> tuple[Bools, Floats]:
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
    left, size = samples, 1
    while size <= count // 2:
        both = 1 if 2 * size == count else 2
        if both * math.comb(count, size) > left:
            break
        chosen = np.array(list(combinations(range(count), size)))
        some = np.zeros((len(chosen), count), dtype=bool)
        some[np.arange(len(chosen))[:, None], chosen] = True
        whole = some if both == 1 else np.concatenate([some, ~some])
        rows.append(whole)
        weights.append(shapley_kernel(whole.sum(1), count))
        left -= len(whole)
        size += 1
    sizes = np.arange(size, count - size + 1)
    if len(sizes) and left >= 2:
        shares = (count - 1) / (sizes * (count - sizes))
        some = np.zeros((left // 2, count), dtype=bool)
        for row, wanted in zip(some, draw.choice(sizes, left // 2, p=shares / shares.sum()), strict=True):
            row[draw.choice(count, wanted, replace=False)] = True
        drawn = np.concatenate([some, ~some])
        rows.append(drawn)
        weights.append(np.full(len(drawn), shares.sum() / len(drawn)))
    return np.concatenate(rows), np.concatenate(weights)


def shapley_kernel(sizes: npt.NDArray[np.int64], count: int) -> Floats:
    """Return (count − 1) / (C(count, s) s (count − s)) for coalitions of ``sizes`` s."""
    return np.array([(count - 1) / (math.comb(count, int(s)) * s * (count - s)) for s in sizes])


def solve_shapley(kept: Bools, weights: Floats, scores: Floats, nothing: float, everything: float) -> Floats:
    """Solve for the values φ that sum to ``everything`` − ``nothing`` and best fit the coalitions' scores."""
    from scipy.linalg import lstsq

    total = everything - nothing
    # The last value is the remainder of the sum.
    others = kept[:, :-1].astype(np.float64) - kept[:, -1:]
    wanted = scores - nothing - kept[:, -1] * total
    root = np.sqrt(weights)
    found = np.asarray(lstsq(others * root[:, None], wanted * root)[0])
    return np.append(found, total - found.sum())
