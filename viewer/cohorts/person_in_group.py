"""Comparison of one person's map with those of a cohort: the public function `compare_with_group`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from viewer.cohorts.cohort_folder import read_cohort_folder
from viewer.cohorts.group_result import (
    GroupResult,
    count_significant,
    describe_sampling,
    group_provenance,
    make_group_maps,
)
from viewer.cohorts.map_matrix import open_map_matrix
from viewer.cohorts.participant_filter import select_participants
from viewer.cohorts.plan import same_values
from viewer.cohorts.single_case import single_case_test
from viewer.errors import ScanError
from viewer.number_format import format_count
from viewer.progress import Progress
from viewer.scans.load import load_map
from viewer.scans.map import Map
from viewer.scans.provenance import Provenance
from viewer.scans.sidecar import read_sidecar
from viewer.scans.threshold import Threshold

MIN_OTHERS = 4


def compare_with_group(
    folder: str | Path,
    person: str | Path | Map,
    *,
    among: str | None = None,
    model: str | None = None,
    method: str | None = None,
    threshold: Threshold | None = None,
    same_space: bool = False,
    progress: Progress | None = None,
) -> GroupResult:
    r"""Compare one person's map with those of a cohort, voxel by voxel (Crawford and Howell 1998).

    Parameters
    ----------
    folder : str or Path
        Folder that `viewer.cohort` wrote.
    person : str or Path or Map
        Label of a participant (``"sub-07"``), or a saved map of the same network, method and parameters. All
        sessions of the person are excluded from the others.
    among : str, optional
        Participants to compare with: ``COLUMN=VALUE``, or ``COLUMN=LOW..HIGH`` for numbers; the default is
        all.
    model : str, optional
        Label of the network, if the folder has several.
    method : str, optional
        Name of the method, if the folder has several.
    threshold : Threshold, optional
        Which voxels of a map count as its strongest; the default is the top percentile.
    same_space : bool
        Assume that the maps are in the same space even if their headers do not say so.
    progress : Progress, optional
        Receives the progress and can cancel.

    Returns
    -------
    GroupResult
        ``effect`` is the person's value minus the mean of the others, ``t`` the statistic, ``z`` the standard
        normal deviate with the same p, beyond ±1.96 for 5 % of people from the same population; ``p-fwe`` is
        −log10 of p corrected for all voxels, where p is at least 1 / (others + 1); ``mean``, ``sd`` and
        ``share`` are those of the others and the person together.

    Raises
    ------
    ScanError
        There is no such participant, the map is of another network, method or target, or there are fewer than
        4 others.

    Examples
    --------
    >>> from pathlib import Path
    >>> import viewer
    >>> template = viewer.load_scan("mni152")
    >>> rows = ["participant_id\tscan"]
    >>> for gain in range(5):
    ...     one = viewer.Map(template.data + gain, template.grid, "scan", stored=template.stored)
    ...     rows.append(f"sub-{gain}\t{one.save(f'{gain}.nii.gz')}")
    >>> size = Path("participants.tsv").write_text("\n".join(rows))
    >>> result = viewer.cohort("participants.tsv", "demo", "gradient", "maps", target="lesion", workers=1)
    >>> found = viewer.compare_with_group("maps", "sub-4", same_space=True)
    >>> found.effect, len(found.participants)
    ('sub-4 minus the mean of 4 others', 5)
    """
    cohort = read_cohort_folder(folder)
    description = cohort.description(model, method)
    paths = cohort.find_map_paths(description)
    others = {row: paths[row] for row in select_participants(tuple(paths), among)}
    participants = {row.label: row for row in paths}
    label = str(person) if not isinstance(person, Map) else person.name
    if isinstance(person, str) and person in participants:
        row, person_path = participants[person], paths[participants[person]]
        # The person's other sessions are not compared with.
        others = {
            participant: path
            for participant, path in others.items()
            if participant.participant_id != row.participant_id
        }
    else:
        image = person if isinstance(person, Map) else load_map(person)
        _check_comparable(image.provenance, read_sidecar(next(iter(paths.values())))[0], label)
        if image.path is None:
            raise ScanError(label, "is a map that was not saved", "save it first")
        person_path, label = image.path, Path(image.path).name.partition(".")[0]
        same_person = {
            participant.participant_id for participant, path in paths.items() if _is_of_same_scan(path, image)
        }
        others = {
            participant: path
            for participant, path in others.items()
            if participant.participant_id not in same_person
        }
    if len(others) < MIN_OTHERS:
        raise ScanError(
            among or folder,
            f"has {format_count(len(others), 'other')} to compare with",
            f"choose {MIN_OTHERS} or more",
        )
    files = [*others.values(), person_path]
    progress = progress or Progress()
    threshold = threshold or Threshold()
    meaning = f"{label} minus the mean of {len(others)} others"
    with open_map_matrix(
        files, threshold, same_space=same_space, progress=progress.subtask(0, 0.6)
    ) as matrix:
        voxels = len(matrix.mean)
        test = single_case_test(matrix.columns, len(files), voxels, len(others), progress.subtask(0.6, 1))
        # The mean of the others follows from that of all.
        effect = (np.asarray(matrix.values[-1], dtype=np.float64) - matrix.mean) * len(files) / len(others)
        constant_voxels = int(np.count_nonzero((test.t == 0) & (effect != 0)))
        notes = (
            [f"at {format_count(constant_voxels, 'voxel')} the others do not vary, and t is not defined"]
            if constant_voxels
            else []
        )
        parameters: dict[str, object] = {"effect": meaning, "among": among or "all"}
        parameters |= describe_sampling(threshold, same_space)
        provenance = group_provenance(cohort, description, tuple(others), matrix, parameters, notes)
        maps = make_group_maps(matrix, effect, test, len(others) - 1, meaning, provenance, with_z=True)
    labels = (*(participant.label for participant in others), label)
    return GroupResult(maps, (), labels, (), meaning, *count_significant(test))


def _is_of_same_scan(path: Path, map_: Map) -> bool:
    """Return whether a map of the cohort is the given one, or another map of the same scan."""
    if map_.path is not None and path.resolve() == Path(map_.path).resolve():
        return True
    scan_hash = map_.provenance.scan.get("hash")
    return scan_hash is not None and read_sidecar(path)[0].scan.get("hash") == scan_hash


def _check_comparable(provenance: Provenance, other: Provenance, name: str) -> None:
    """Raise ScanError if a map does not explain the cohort's output of the same network by the same
    method.
    """
    entries = {
        "network": (provenance.model.get("hash"), other.model.get("hash")),
        "method": (provenance.method, other.method),
        "parameters": (provenance.parameters, other.parameters),
        "target": (provenance.target, other.target),
    }
    differing = [key for key, (value, other_value) in entries.items() if not same_values(value, other_value)]
    if differing:
        problem = f"differs from the cohort's maps in {' and '.join(differing)}"
        raise ScanError(name, problem, "explain the scan with the cohort's settings")
