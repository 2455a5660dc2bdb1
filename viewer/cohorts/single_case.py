"""One person's map against those of a group, voxel by voxel.

The statistic is the t of Crawford and Howell 1998, (x − m) / (s √(1 + 1/n)), with mean m and standard
deviation s of the n others. p is corrected for all voxels by exchangeability: if the person comes from the
same population, each of the n + 1 is equally likely to be the most unusual one. It is the share of them whose
largest |t|, against all others, is at least as large as the person's |t| at the voxel, and thus at least 1 /
(n + 1).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from viewer.cohorts.permutation_test import BLOCK_VALUES, Columns, Doubles, PermutationResult
from viewer.progress import Progress


def single_case_test(
    columns: Columns, map_count: int, voxel_count: int, person_index: int, progress: Progress | None = None
) -> PermutationResult:
    """Test one map against the others at every voxel.

    Parameters
    ----------
    columns
        Function that returns the values of all maps at a range of voxels, shape (maps, voxels of the range).
    map_count, voxel_count
        Numbers of maps, including the person's, and of voxels.
    person_index
        Row of the person's map.
    progress
        Receives the progress and can cancel.
    """
    progress = progress or Progress()
    width = max(BLOCK_VALUES // map_count, 1)
    largest = np.zeros(map_count)
    statistics = np.zeros(voxel_count)
    for start in range(0, voxel_count, width):
        progress.step(start, voxel_count, "Comparing with the group")
        block = slice(start, min(start + width, voxel_count))
        t = single_case_t(columns(block))
        largest = np.maximum(largest, np.abs(t).max(axis=1))
        statistics[block] = t[person_index]
    others = np.sort(np.delete(largest, person_index))
    exceeding = len(others) - np.searchsorted(others, np.abs(statistics), side="left")
    return PermutationResult(statistics, (exceeding + 1) / map_count, None, None, others)


def single_case_t(values: npt.NDArray[np.floating]) -> Doubles:
    """Return the t of each map (maps, voxels) against all others; 0 where the others do not vary."""
    data = np.asarray(values, dtype=np.float64)
    count = len(data)
    deviation = data - data.mean(axis=0)
    difference = deviation * count / (count - 1)  # from the mean of the others
    squares = (deviation**2).sum(axis=0) - deviation**2 * count / (count - 1)
    standard_error = np.sqrt(np.maximum(squares, 0.0) / (count - 2) * (1 + 1 / (count - 1)))
    scale = np.abs(data).max(axis=0)
    return np.asarray(
        np.divide(difference, standard_error, out=np.zeros_like(data), where=standard_error > 1e-7 * scale),
        dtype=np.float64,
    )
