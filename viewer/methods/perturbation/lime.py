"""LIME: a sparse linear model of the output as a function of occluded parts of the scan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from viewer.errors import MethodError
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
class Lime(PerSampleMethod, SegmentMethod):
    """R = weight of each part in a linear model of S, fitted near the scan (Ribeiro et al. 2016, eq. 2).

    Each part is kept or occluded with probability ½; samples closer to the whole scan have a larger weight,
    π = exp(−D²/σ²), where D is the cosine distance between the kept parts and all parts.
    """

    name: ClassVar[str] = "lime"
    title: ClassVar[str] = "LIME"
    family: ClassVar[Family] = Family.PERTURBATION
    requirements: ClassVar[frozenset[Requirement]] = frozenset({Requirement.FORWARD})
    source: ClassVar[str] = "Ribeiro et al. 2016; Ayyar et al. 2021, section 2.1"
    description: ClassVar[str] = "the parts that the output depends on according to a local linear model"
    limitations: ClassVar[str] = "be trusted beyond its R², nor be finer than its parts"
    not_for: ClassVar[str] = "If its R² is low (see the notes), or to get a voxel-wise map."

    samples: int = parameter(500, "number of scans with parts occluded", limits=(10, 100000))
    kernel: float = parameter(
        0.25, "width σ of the kernel, in cosine distance", limits=(0.01, 10.0), source="Ribeiro et al. 2016"
    )
    surrogate: str = parameter(
        "ridge",
        "how the linear model is regularised: ridge (all parts) or lasso (few)",
        choices=("ridge", "lasso"),
    )
    penalty: float = parameter(
        0.01,
        "weight of the regularisation; the output is first scaled to a standard deviation of 1",
        limits=(0.0, 100.0),
    )

    def explain_sample(self, request: ExplanationRequest) -> Attribution:
        """Return each part's weight in its voxels, (1, 1, spatial...), in output units; R² in the notes."""
        segments = self.segment(request)
        fill = self.make_fill(request)
        generator = np.random.default_rng(request.seed)
        kept = generator.random((self.samples, len(segments))) < 0.5
        kept[0] = True
        scorer = BatchScorer(request)
        scores = scorer.score_all(
            len(kept), lambda start, stop: segments.mix(request.x, fill, kept[start:stop]), "sample"
        ).numpy()
        weights, r2 = self.fit_surrogate(kept, scores)
        note = (
            f"{self.surrogate} on {format_count(self.samples, 'sample')} of "
            f"{format_count(len(segments), 'part')}: R² = {r2:.3f}"
        )
        return Attribution(segments.to_voxels(weights, request.x), None, (note, *scorer.notes))

    def fit_surrogate(self, keep_masks: Bools, scores: Floats) -> tuple[Floats, float]:
        """Fit the linear model; return its weights, (parts,), and its weighted R² on the samples."""
        from sklearn.linear_model import Lasso, Ridge

        proximity = np.exp(-np.square(cosine_distance(keep_masks)) / self.kernel**2)
        proximity *= len(proximity) / proximity.sum()
        deviation = float(
            np.sqrt(np.average(np.square(scores - np.average(scores, weights=proximity)), weights=proximity))
        )
        if deviation == 0:
            return np.zeros(keep_masks.shape[1]), 0.0
        scaled = scores / deviation
        model = (
            Ridge(alpha=self.penalty * len(keep_masks))
            if self.surrogate == "ridge"
            else Lasso(alpha=self.penalty)
        )
        try:
            model.fit(keep_masks.astype(np.float64), scaled, sample_weight=proximity)
        except ValueError as error:
            raise MethodError(self.name, f"the linear model cannot be fitted ({error})") from error
        r2 = float(model.score(keep_masks.astype(np.float64), scaled, sample_weight=proximity))
        return np.asarray(model.coef_, dtype=np.float64) * deviation, r2


def cosine_distance(keep_masks: Bools) -> Floats:
    """Return 1 − cos between each sample's parts and all parts: 1 − √(share kept)."""
    return np.asarray(1 - np.sqrt(keep_masks.mean(1)))
