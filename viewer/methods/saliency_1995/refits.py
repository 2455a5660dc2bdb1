"""How true the Newton step of the retrained map is: full re-fits on a random sample of voxels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from viewer.methods.saliency_1995.accuracy import Accuracy
from viewer.methods.saliency_1995.regions import set_saliency
from viewer.models.training.morch.cost import Array
from viewer.models.training.morch.fit import Fit
from viewer.progress import Progress
from viewer.scans.matrix import Matrix


@dataclass(frozen=True, eq=False)
class RefitCheck:
    """The retrained map against networks that were trained again.

    ``correlation`` and ``relative_error`` (‖map − refits‖ over ‖refits‖) are over the sampled voxels.
    """

    voxels: npt.NDArray[np.int64]
    mapped: Array
    refitted: Array

    @property
    def correlation(self) -> float:
        """Pearson's; nan where either is constant."""
        if np.ptp(self.mapped) == 0 or np.ptp(self.refitted) == 0:
            return float("nan")
        return float(np.corrcoef(self.mapped, self.refitted)[0, 1])

    @property
    def relative_error(self) -> float:
        """Of the map, in the two-norm."""
        size = float(np.linalg.norm(self.refitted))
        return float(np.linalg.norm(self.mapped - self.refitted)) / size if size else float("inf")


def check_by_refits(
    fit: Fit,
    matrix: Matrix,
    retrained: Array,
    sample: int = 32,
    seed: int = 0,
    progress: Progress | None = None,
) -> RefitCheck:
    """Train the network again without each of ``sample`` voxels drawn at random, and compare.

    ``retrained`` is the map, shape (I,), with its negative values.

    Raises
    ------
    Cancelled
        ``progress`` asked to stop.
    """
    progress = progress or Progress()
    draw = np.random.default_rng(seed)
    voxels = np.sort(draw.choice(matrix.voxels, min(sample, matrix.voxels), replace=False))
    refitted = np.empty(len(voxels))
    wanted = frozenset({Accuracy.RETRAINED})
    for number, voxel in enumerate(voxels):
        progress.step(number, len(voxels), "re-fits")
        x = np.asarray(matrix.values[:, voxel], dtype=np.float64)
        fall = np.outer(x, x @ fit.components.P)
        refitted[number] = set_saliency(fit, fall, wanted)[Accuracy.RETRAINED]
    progress.step(1, 1, "re-fits")
    return RefitCheck(voxels, np.asarray(retrained[voxels]), refitted)
