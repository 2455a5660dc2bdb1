"""Group statistics of a cohort's maps: the public function `group`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from viewer.cohorts.cohort_folder import read_cohort_folder
from viewer.cohorts.group_design import make_design
from viewer.cohorts.group_regions import GroupRegionEffect, coefficients, region_effects
from viewer.cohorts.group_result import (
    GroupResult,
    count_significant,
    describe_sampling,
    group_provenance,
    make_group_maps,
    repeated_scans_note,
)
from viewer.cohorts.map_matrix import open_map_matrix
from viewer.cohorts.participant_filter import select_participants
from viewer.cohorts.permutation_test import permutation_test
from viewer.cohorts.tfce import enhance_clusters
from viewer.number_format import format_count
from viewer.progress import Progress
from viewer.scans.threshold import Threshold

Doubles = npt.NDArray[np.float64]

DEFAULT_PERMUTATIONS = 1000
BLOCK = 1 << 16
"""Number of voxels whose coefficients are computed at once."""


def group(
    folder: str | Path,
    *,
    contrast: str | None = None,
    covariate: str | None = None,
    confounds: Sequence[str] = (),
    among: str | None = None,
    model: str | None = None,
    method: str | None = None,
    permutations: int = DEFAULT_PERMUTATIONS,
    tfce: bool = False,
    atlas: str | Path | None = None,
    labels: str | Path | None = None,
    threshold: Threshold | None = None,
    same_space: bool = False,
    seed: int = 0,
    progress: Progress | None = None,
) -> GroupResult:
    r"""Compute group maps of a cohort, and test a contrast, a covariate or the mean by permutation.

    Parameters
    ----------
    folder : str or Path
        Folder that `viewer.cohort` wrote.
    contrast : str, optional
        Column of the participants with two groups, or ``COLUMN:B-A``; the effect is the mean of B minus that
        of A. Without names, B is the second in alphabetical order.
    covariate : str, optional
        Numeric column; the effect is the slope. Without a contrast or a covariate, the effect is the mean.
    confounds : sequence of str
        Columns that are regressed out.
    among : str, optional
        Participants to include: ``COLUMN=VALUE``, or ``COLUMN=LOW..HIGH`` for numbers; the default is all.
    model : str, optional
        Label of the network, if the folder has several.
    method : str, optional
        Name of the method, if the folder has several.
    permutations : int
        Number of permutations; the smallest p is 1 / (permutations + 1). 0 omits p-fwe.
    tfce : bool
        Whether to also compute threshold-free cluster enhancement.
    atlas : str or Path, optional
        An atlas in the maps' space.
    labels : str or Path, optional
        File with the names of its regions, if it is not beside the atlas.
    threshold : Threshold, optional
        Which voxels of a participant's map count as its strongest; the default is the top percentile.
    same_space : bool
        Assume that the maps are in the same space even if their headers do not say so.
    seed : int
        Seed of the permutations.
    progress : Progress, optional
        Receives the progress and can cancel.

    Returns
    -------
    GroupResult
        Maps that can be shown and compared like any others, and the table of regions.

    Raises
    ------
    ScanError
        The folder is not a cohort's, a column or a choice is missing, or the maps are not in the same space.

    Examples
    --------
    >>> from pathlib import Path
    >>> import viewer
    >>> template = viewer.load_scan("mni152")
    >>> rows = ["participant_id\tscan\tgain"]
    >>> for gain in (1, 2, 3):
    ...     one = viewer.Map(template.data + gain, template.grid, "scan", stored=template.stored)
    ...     rows.append(f"sub-{gain}\t{one.save(f'{gain}.nii.gz')}\t{gain}")
    >>> size = Path("participants.tsv").write_text("\n".join(rows))
    >>> result = viewer.cohort("participants.tsv", "demo", "gradient", "maps", target="lesion", workers=1)
    >>> found = viewer.group("maps", permutations=9, same_space=True)
    >>> found.effect, len(found.participants), sorted(found.maps)
    ('mean', 3, ['effect', 'mean', 'p-fdr', 'p-fwe', 'sd', 'share', 't'])
    """
    progress = progress or Progress()
    cohort = read_cohort_folder(folder)
    description = cohort.description(model, method)
    selected = select_participants(cohort.rows, among)
    paths = cohort.find_map_paths(description, selected)
    group_design = make_design(tuple(paths), contrast=contrast, covariate=covariate, confounds=confounds)
    files = [paths[row] for row in group_design.rows]
    threshold = threshold or Threshold()
    with open_map_matrix(
        files, threshold, same_space=same_space, progress=progress.subtask(0, 0.4)
    ) as matrix:

        def enhance(values: Doubles) -> Doubles:
            return np.asarray(
                enhance_clusters(matrix.to_volume(values), progress)[matrix.mask], dtype=np.float64
            )

        test = permutation_test(
            matrix.columns,
            int(matrix.mask.sum()),
            group_design.design,
            permutations,
            seed,
            enhance if tfce else None,
            progress.subtask(0.4, 0.9),
        )
        regions: tuple[GroupRegionEffect, ...] = ()
        if atlas is not None:
            regions = region_effects(
                matrix,
                group_design.design,
                str(atlas),
                str(labels or ""),
                permutations,
                seed,
                progress.subtask(0.9, 1),
            )
        effect = np.concatenate(
            [
                coefficients(matrix.columns(slice(start, start + BLOCK)), group_design.design)
                for start in range(0, len(matrix.mean), BLOCK)
            ]
        )
        notes = []
        if len(paths) < len(selected):
            missing = len(selected) - len(paths)
            notes.append(f"{format_count(missing, 'participant')} without a map")
        if group_design.left_out:
            excluded = format_count(len(group_design.left_out), "participant")
            notes.append(f"without values, or of other groups: {excluded}")
        constant_voxels = int(np.count_nonzero((test.t == 0) & (effect != 0)))
        if constant_voxels:
            notes.append(
                f"at {format_count(constant_voxels, 'voxel')} the maps do not vary, and t is not defined"
            )
        repeated_note = repeated_scans_note(group_design.rows)
        notes += [repeated_note] if repeated_note else []
        parameters: dict[str, object] = {"effect": group_design.effect}
        if group_design.confounds:
            parameters["confounds"] = ", ".join(group_design.confounds)
        if among is not None:
            parameters["among"] = among
        parameters |= {"permutations": permutations, "seed": seed}
        parameters |= describe_sampling(threshold, same_space)
        provenance = group_provenance(cohort, description, group_design.rows, matrix, parameters, notes)
        degrees = group_design.design.degrees_of_freedom
        maps = make_group_maps(matrix, effect, test, degrees, group_design.effect, provenance)
    left_out = (*(row.label for row in selected if row not in paths), *group_design.left_out)
    labels_used = tuple(row.label for row in group_design.rows)
    significant = count_significant(test)
    return GroupResult(
        maps,
        regions,
        labels_used,
        left_out,
        group_design.effect,
        *significant,
        group_design.confounds,
        tuple(notes),
    )
