"""How well the maps of a simulated study find what was planted in it, beside the map of statistics."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from viewer.methods.saliency_1995.analysis import Analysis
from viewer.scans.load import load_scan
from viewer.scans.simulated_studies.metrics import area_under_curve, dice, t_map

T = "t"
TRUTH = "truth.nii.gz"


@dataclass(frozen=True)
class Score:
    """``area`` is the area under the ROC curve, ``overlap`` Dice's with as many of the largest values."""

    area: float
    overlap: float


def scores(analysis: Analysis, folder: Path) -> dict[str, Score]:
    """The score of every map under its accuracy, and that of the size of Student's t of each voxel under "t".

    ``folder`` is where the study was simulated, with `truth.nii.gz`.

    Raises
    ------
    ScanError
        The truth cannot be read.
    """
    matrix = analysis.cohort.matrix
    truth = load_scan(folder / TRUTH).data[matrix.mask] > 0
    maps = analysis.saliency.maps if analysis.saliency is not None else {}
    values = {str(accuracy): map_.data[matrix.mask] for accuracy, map_ in maps.items()}
    values[T] = np.abs(t_map(matrix, analysis.targets.Y[0], analysis.cohort.basis)).astype(np.float32)
    return {name: Score(area_under_curve(found, truth), dice(found, truth)) for name, found in values.items()}
