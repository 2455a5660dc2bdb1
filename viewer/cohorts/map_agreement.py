"""Pairwise agreement of a cohort's mean maps: of networks, methods and groups of participants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import combinations
from pathlib import Path

import numpy as np

from viewer.checks.map_comparison import compare
from viewer.cohorts.cohort_folder import CohortFolder, read_cohort_folder
from viewer.cohorts.map_matrix import load_on_grid
from viewer.cohorts.participants import Participant
from viewer.errors import ScanError
from viewer.progress import Progress
from viewer.scans.load import load_map
from viewer.scans.map import Map
from viewer.scans.scan_table import is_missing


@dataclass(frozen=True)
class MapAgreement:
    """Agreement of two mean maps.

    Parameters
    ----------
    first, second
        Network and method of each map, and the group if participants are divided.
    first_count, second_count
        Numbers of participants.
    pearson
        Correlation of the mean maps.
    dice, dice_chance
        Overlap of their strongest voxels at equal volume, and its chance level.
    """

    first: str
    second: str
    first_count: int
    second_count: int
    pearson: float
    dice: float
    dice_chance: float

    def as_row(self) -> tuple[str, ...]:
        """Return the entries of a table row."""
        values = (getattr(self, entry.name) for entry in fields(self))
        return tuple(f"{value:.6g}" if isinstance(value, float) else str(value) for value in values)


AGREEMENT_COLUMNS = tuple(entry.name for entry in fields(MapAgreement))


def map_agreement(
    folder: str | Path,
    *,
    groups: str | None = None,
    share: float = 0.01,
    same_space: bool = False,
    progress: Progress | None = None,
) -> tuple[MapAgreement, ...]:
    r"""Compare the mean maps of a cohort's networks, methods and groups of participants in pairs.

    Parameters
    ----------
    folder : str or Path
        Folder that `viewer.cohort` wrote.
    groups : str, optional
        Column by whose values the participants are divided.
    share : float
        Fraction of the compared voxels that count as the strongest, 0 to 1.
    same_space : bool
        Assume that the maps are in the same space even if their headers do not say so.
    progress : Progress, optional
        Receives the progress and can cancel.

    Returns
    -------
    tuple of MapAgreement
        One for every pair.

    Raises
    ------
    ScanError
        The folder is not a cohort's, there is no such column, or there is nothing to compare.

    Examples
    --------
    >>> from pathlib import Path
    >>> import viewer
    >>> template = viewer.load_scan("mni152")
    >>> path = viewer.Map(template.data, template.grid, "scan", stored=template.stored).save("scan.nii.gz")
    >>> size = Path("participants.csv").write_text("participant_id,scan\nsub-1,scan.nii.gz")
    >>> methods = ("gradient", "input-times-gradient")
    >>> result = viewer.cohort("participants.csv", "demo", methods, "maps", target="lesion", workers=1)
    >>> [(pair.first, pair.second) for pair in viewer.map_agreement("maps")]
    [('demo, gradient', 'demo, input-times-gradient')]
    """
    progress = progress or Progress()
    cohort = read_cohort_folder(folder)
    paths_by_name = _paths_by_name(cohort, groups)
    if len(paths_by_name) < 2:
        problem = "has maps of only one network and method"
        raise ScanError(folder, problem, "name a column to divide the participants by, or run another method")
    means = {}
    for index, (name, paths) in enumerate(paths_by_name.items()):
        subtask = progress.subtask(
            0.9 * index / len(paths_by_name), 0.9 * (index + 1) / len(paths_by_name), name
        )
        means[name] = _mean_map(name, paths, same_space, subtask)
    agreements = []
    for first, second in combinations(paths_by_name, 2):
        progress.step(0.95, 1, f"Comparing {first} and {second}")
        result = compare(means[first], means[second], share)
        counts = len(paths_by_name[first]), len(paths_by_name[second])
        agreements.append(
            MapAgreement(first, second, *counts, result.pearson, result.dice, result.dice_chance)
        )
    return tuple(agreements)


def _paths_by_name(cohort: CohortFolder, column: str | None) -> dict[str, list[Path]]:
    """Return the files of each mean map by its name."""
    paths_by_name: dict[str, list[Path]] = {}
    for model in cohort.models:
        for method in cohort.methods:
            paths = cohort.find_map_paths(cohort.description(model, method))
            for value, files in _group_paths(paths, column).items():
                paths_by_name[", ".join(filter(None, (model, method, value)))] = files
    return paths_by_name


def _group_paths(paths: Mapping[Participant, Path], column: str | None) -> dict[str, list[Path]]:
    """Return the files by the participants' group; without a column, all under an empty name."""
    if column is None:
        return {"": list(paths.values())}
    files_by_group: dict[str, list[Path]] = {}
    for row, path in paths.items():
        if column not in row.values:
            columns = ", ".join(row.values) or "none"
            raise ScanError(column, "is not a column of the participants", f"the columns are {columns}")
        if not is_missing(row.values[column]):
            files_by_group.setdefault(row.values[column], []).append(path)
    return dict(sorted(files_by_group.items()))


def _mean_map(name: str, paths: Sequence[Path], same_space: bool, progress: Progress) -> Map:
    """Return the mean of maps on the grid of the first, read one by one."""
    first = load_map(paths[0])
    assert first.grid is not None  # maps from files have a grid
    total = np.zeros(first.grid.shape)
    for index, path in enumerate(paths):
        progress.step(index, len(paths))
        total += load_on_grid(path, first, same_space)
    return Map((total / len(paths)).astype(np.float32), first.grid, name, stored=first.stored)
