"""Group statistics of a cohort's maps: the public function `group`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from viewer.cohorts.cohort_folder import CohortFolder, read_cohort_folder
from viewer.cohorts.derivatives import check_table, write_table
from viewer.cohorts.group_design import GroupDesign, make_design
from viewer.cohorts.group_regions import REGION_COLUMNS, GroupRegionEffect, coefficients, region_effects
from viewer.cohorts.map_matrix import MapMatrix, open_map_matrix
from viewer.cohorts.participants import Participant
from viewer.cohorts.permutation_test import PermutationResult, permutation_test
from viewer.cohorts.tfce import enhance_clusters
from viewer.errors import ScanError
from viewer.progress import Progress
from viewer.scans.map import Map
from viewer.scans.provenance import Provenance
from viewer.scans.scan import StoredOrientation
from viewer.scans.threshold import Threshold

Doubles = npt.NDArray[np.float64]

SIGNIFICANT = 0.05
DEFAULT_PERMUTATIONS = 1000


@dataclass(frozen=True, eq=False)
class GroupResult:
    """Maps and table of a group analysis.

    Parameters
    ----------
    maps
        By name: ``mean``, ``sd``, ``share`` (of participants in whose map the voxel is among the strongest),
        ``effect``, ``t``, and −log10 of p: ``p-fwe`` (of the largest |t|), ``p-fdr``, and with TFCE ``tfce``
        and ``p-tfce``.
    regions
        Effects in the regions of an atlas, the smallest p first.
    participants, left_out
        Labels of those in the analysis, and of those without a map or a value.
    effect
        Meaning of ``effect``.
    significant
        Number of voxels with a corrected p of at most 0.05.
    smallest_p
        Smallest corrected p.
    """

    maps: dict[str, Map]
    regions: tuple[GroupRegionEffect, ...]
    participants: tuple[str, ...]
    left_out: tuple[str, ...]
    effect: str
    significant: int
    smallest_p: float

    def save(self, stem: str | Path) -> tuple[Path, ...]:
        """Write the maps as STEM_mean.nii.gz, …, and the regions as STEM_regions.tsv; return the paths.

        Raises
        ------
        ScanError
            A file cannot be written, or would replace one that was not written by this.
        """
        stem = Path(stem)
        table = stem.with_name(f"{stem.name}_regions.tsv")
        if self.regions:
            check_table(table, REGION_COLUMNS)
        paths = [one.save(stem.with_name(f"{stem.name}_{name}.nii.gz")) for name, one in self.maps.items()]
        if self.regions:
            rows = [region.as_row() for region in self.regions]
            paths.append(write_table(table, REGION_COLUMNS, rows))
        return tuple(paths)


def group(
    folder: str | Path,
    *,
    contrast: str | None = None,
    covariate: str | None = None,
    confounds: Sequence[str] = (),
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
        Column of numbers; the effect is the slope. Without either, the effect is the mean.
    confounds : sequence of str
        Columns that are regressed out.
    model : str, optional
        Label of the network, where the folder has several.
    method : str, optional
        Name of the method, where the folder has several.
    permutations : int
        Number of permutations; the smallest p is 1 / (permutations + 1). 0 leaves p-fwe out.
    tfce : bool
        Whether to compute threshold-free cluster enhancement, too.
    atlas : str or Path, optional
        An atlas in the maps' space.
    labels : str or Path, optional
        Names of its regions, where they do not lie beside it.
    threshold : Threshold, optional
        Which voxels of a participant's map count as its strongest; the default is the top percentile.
    same_space : bool
        Take the maps as lying in one space even where their headers do not say so.
    seed : int
        Seed of the permutations.
    progress : Progress, optional
        Receives the progress and can cancel.

    Returns
    -------
    GroupResult
        Maps that can be shown and compared as any other, and the table of regions.

    Raises
    ------
    ScanError
        The folder is none of a cohort, a column or a choice is missing, or the maps do not lie in one space.

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
    paths = cohort.maps(description)
    if not paths:
        raise ScanError(
            folder, f"has no maps of {description}", "run the cohort; failures.tsv says what failed"
        )
    chosen = make_design(tuple(paths), contrast=contrast, covariate=covariate, confounds=confounds)
    files = [paths[row] for row in chosen.rows]
    with open_map_matrix(
        files, threshold or Threshold(), same_space=same_space, progress=progress.subtask(0, 0.4)
    ) as matrix:

        def enhance(values: Doubles) -> Doubles:
            return np.asarray(
                enhance_clusters(matrix.volume(values), progress)[matrix.mask], dtype=np.float64
            )

        test = permutation_test(
            matrix.columns,
            int(matrix.mask.sum()),
            chosen.design,
            permutations,
            seed,
            enhance if tfce else None,
            progress.subtask(0.4, 0.9),
        )
        regions: tuple[GroupRegionEffect, ...] = ()
        if atlas is not None:
            regions = region_effects(
                matrix,
                chosen.design,
                str(atlas),
                str(labels or ""),
                permutations,
                seed,
                progress.subtask(0.9, 1),
            )
        effect = np.concatenate(
            [coefficients(matrix.columns(block), chosen.design) for block in _blocks(len(matrix.mean))]
        )
        made = _provenance(cohort, description, chosen, matrix, permutations, seed, len(paths))
        maps = _maps(matrix, effect, test, chosen, made)
    corrected = test.p if test.p_tfce is None else test.p_tfce
    left_out = (*(row.label for row in cohort.rows if row not in paths), *chosen.left_out)
    return GroupResult(
        maps,
        regions,
        tuple(row.label for row in chosen.rows),
        left_out,
        chosen.effect,
        0 if corrected is None else int(np.count_nonzero(corrected <= SIGNIFICANT)),
        float("nan") if corrected is None else float(corrected.min()),
    )


def _blocks(voxels: int) -> list[slice]:
    return [slice(begin, begin + (1 << 16)) for begin in range(0, voxels, 1 << 16)]


def _maps(
    matrix: MapMatrix, effect: Doubles, test: PermutationResult, chosen: GroupDesign, made: Provenance
) -> dict[str, Map]:
    from scipy.stats import false_discovery_control
    from scipy.stats import t as student

    p = 2 * student.sf(np.abs(test.t), chosen.design.degrees_of_freedom)
    values: dict[str, tuple[Doubles | None, str]] = {
        "mean": (matrix.mean, "mean"),
        "sd": (matrix.sd, "standard deviation"),
        "share": (matrix.exceeded, "share of participants above their threshold"),
        "effect": (effect, chosen.effect),
        "t": (test.t, f"t of {chosen.effect}"),
        "p-fdr": (-np.log10(false_discovery_control(p)), f"−log10 of q (FDR) of {chosen.effect}"),
        "p-fwe": (None if test.p is None else -np.log10(test.p), f"−log10 of p (FWE) of {chosen.effect}"),
        "tfce": (test.tfce, f"TFCE of {chosen.effect}"),
        "p-tfce": (
            None if test.p_tfce is None else -np.log10(test.p_tfce),
            f"−log10 of p (FWE, TFCE) of {chosen.effect}",
        ),
    }
    codes = matrix.first.stored.codes if matrix.first.stored is not None else None
    stored = StoredOrientation(matrix.grid, codes=codes)
    return {
        name: Map(matrix.volume(data), matrix.grid, f"{title}, {len(chosen.rows)} scans", made, stored)
        for name, (data, title) in values.items()
        if data is not None
    }


def _provenance(
    cohort: CohortFolder,
    description: str,
    chosen: GroupDesign,
    matrix: MapMatrix,
    permutations: int,
    seed: int,
    there: int,
) -> Provenance:
    first = matrix.first.provenance
    lacking = len(cohort.rows) - there
    notes = [f"of {len(chosen.rows)} maps of the cohort {cohort.derivatives.folder.name}, {description}"]
    if lacking:
        notes.append(f"{lacking} participants have no map")
    if chosen.left_out:
        notes.append(
            f"{len(chosen.left_out)} participants are left out, as values are missing or of other groups"
        )
    unfit = _unfit(cohort, description, chosen.rows)
    if unfit:
        notes.append(f"{unfit} of the scans do not fit the network, or only with caution")
    return replace(
        Provenance(),
        method=f"group, {first.method}",
        parameters={"effect": chosen.effect, "permutations": permutations, **first.parameters},
        target=first.target,
        seed=seed,
        model=first.model,
        software=first.software,
        notes=tuple(notes),
    )


def _unfit(cohort: CohortFolder, description: str, rows: Sequence[Participant]) -> int:
    """Return how many of the scans did not get the verdict ok."""
    from viewer.scans.sidecar import read_sidecar

    fits = (read_sidecar(cohort.derivatives.map_path(row, description))[0].fit for row in rows)
    return sum(fit.get("verdict", "ok") != "ok" for fit in fits)
