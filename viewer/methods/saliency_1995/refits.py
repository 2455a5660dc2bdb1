"""Check the Newton step of the retrained map by full re-fits of its largest and of random voxels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from viewer.methods.saliency_1995.accuracy import Accuracy
from viewer.methods.saliency_1995.regions import set_saliency
from viewer.models.training.morch.cost import Array
from viewer.models.training.morch.fit import Fit
from viewer.progress import Progress
from viewer.scans.masked_matrix import MaskedMatrix


@dataclass(frozen=True, eq=False)
class RefitCheck:
    """The retrained map against networks that were trained again.

    Parameters
    ----------
    voxels
        Indices of the checked voxels: the ``largest`` ones of the map first, then those drawn at random.
    mapped, refitted
        Both values of each, shape (voxels,).
    largest
        How many of ``voxels`` are the largest of the map by absolute value. The step is worst there, and a
        random sample of a million voxels hardly ever holds one of them.
    """

    voxels: npt.NDArray[np.int64]
    mapped: Array
    refitted: Array
    largest: int = 0

    @property
    def correlation(self) -> float:
        """Pearson's over all checked voxels; nan where either is constant."""
        if np.ptp(self.mapped) == 0 or np.ptp(self.refitted) == 0:
            return float("nan")
        return float(np.corrcoef(self.mapped, self.refitted)[0, 1])

    @property
    def relative_error(self) -> float:
        """‖map − refits‖ over ‖refits‖ of the voxels drawn at random; nan where there are none."""
        return _relative(self.mapped[self.largest :], self.refitted[self.largest :])

    @property
    def relative_error_of_largest(self) -> float:
        """‖map − refits‖ over ‖refits‖ of the largest voxels; nan where there are none."""
        return _relative(self.mapped[: self.largest], self.refitted[: self.largest])

    def sentence(self) -> str:
        """Tell the errors in a sentence."""
        drawn = len(self.voxels) - self.largest
        return (
            f"Against full re-fits: relative error {self.relative_error_of_largest:.2e} over the "
            f"{self.largest} largest voxels, {self.relative_error:.2e} over {drawn} drawn at random; "
            f"correlation {self.correlation:.6f}."
        )


def check_by_refits(
    fit: Fit,
    matrix: MaskedMatrix,
    retrained: Array,
    sample: int = 32,
    seed: int = 0,
    progress: Progress | None = None,
) -> RefitCheck:
    """Train the network again without each of ``sample`` voxels, and compare.

    Half of the sample, rounded up, are the largest voxels of the map; the rest is drawn at random from the
    others. ``retrained`` is the map, shape (I,), with its negative values.

    Raises
    ------
    Cancelled
        ``progress`` asked to stop.
    """
    progress = progress or Progress()
    sample = min(sample, matrix.voxels)
    largest = (sample + 1) // 2
    order = np.argsort(-np.abs(retrained), kind="stable")
    draw = np.random.default_rng(seed)
    others = np.sort(draw.choice(order[largest:], sample - largest, replace=False))
    voxels = np.concatenate((order[:largest], others))
    refitted = np.empty(len(voxels))
    wanted = frozenset({Accuracy.RETRAINED})
    for number, voxel in enumerate(voxels):
        progress.step(number, len(voxels), "re-fits")
        x = np.asarray(matrix.values[:, voxel], dtype=np.float64)
        fall = np.outer(x, x @ fit.components.P)
        refitted[number] = set_saliency(fit, fall, wanted)[Accuracy.RETRAINED]
    progress.step(1, 1, "re-fits")
    return RefitCheck(voxels, np.asarray(retrained[voxels]), refitted, largest)


def _relative(mapped: Array, refitted: Array) -> float:
    if not len(refitted):
        return float("nan")
    size = float(np.linalg.norm(refitted))
    return float(np.linalg.norm(mapped - refitted)) / size if size else float("inf")
