"""Maps and table that result from a group analysis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from viewer.cohorts.cohort_folder import CohortFolder
from viewer.cohorts.derivatives import check_table, write_table
from viewer.cohorts.group_regions import REGION_COLUMNS, GroupRegionEffect
from viewer.cohorts.map_matrix import MapMatrix
from viewer.cohorts.participants import Participant
from viewer.cohorts.permutation_test import PermutationResult
from viewer.scans.map import Map
from viewer.scans.provenance import Provenance
from viewer.scans.scan import StoredOrientation
from viewer.scans.sidecar import read_sidecar

Doubles = npt.NDArray[np.float64]

SIGNIFICANT = 0.05


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


def make_group_maps(
    matrix: MapMatrix,
    effect: Doubles,
    test: PermutationResult,
    degrees_of_freedom: int,
    meaning: str,
    provenance: Provenance,
) -> dict[str, Map]:
    """Return the maps of an analysis by name, as `GroupResult.maps` has them.

    Parameters
    ----------
    matrix
        The maps of all participants.
    effect
        Tested coefficient at every voxel.
    test
        Statistics at every voxel.
    degrees_of_freedom
        Of t, for the p without correction by which the false discovery rate is controlled.
    meaning
        Meaning of the effect.
    provenance
        Provenance of all maps.
    """
    from scipy.stats import false_discovery_control
    from scipy.stats import t as student

    p = 2 * student.sf(np.abs(test.t), degrees_of_freedom)
    values: dict[str, tuple[Doubles | None, str]] = {
        "mean": (matrix.mean, "mean"),
        "sd": (matrix.sd, "standard deviation"),
        "share": (matrix.exceeded, "share of participants above their threshold"),
        "effect": (effect, meaning),
        "t": (test.t, f"t of {meaning}"),
        "p-fdr": (-np.log10(false_discovery_control(p)), f"−log10 of q (FDR) of {meaning}"),
        "p-fwe": (None if test.p is None else -np.log10(test.p), f"−log10 of p (FWE) of {meaning}"),
        "tfce": (test.tfce, f"TFCE of {meaning}"),
        "p-tfce": (
            None if test.p_tfce is None else -np.log10(test.p_tfce),
            f"−log10 of p (FWE, TFCE) of {meaning}",
        ),
    }
    codes = matrix.first.stored.codes if matrix.first.stored is not None else None
    stored = StoredOrientation(matrix.grid, codes=codes)
    count = len(matrix.values)
    return {
        name: Map(matrix.volume(data), matrix.grid, f"{title}, {count} scans", provenance, stored)
        for name, (data, title) in values.items()
        if data is not None
    }


def count_significant(test: PermutationResult) -> tuple[int, float]:
    """Return the number of voxels with a corrected p (with TFCE, its) of at most 0.05, and the smallest p."""
    corrected = test.p if test.p_tfce is None else test.p_tfce
    if corrected is None:
        return 0, float("nan")
    return int(np.count_nonzero(corrected <= SIGNIFICANT)), float(corrected.min())


def group_provenance(
    cohort: CohortFolder,
    description: str,
    rows: Sequence[Participant],
    matrix: MapMatrix,
    parameters: dict[str, object],
    notes: Sequence[str] = (),
) -> Provenance:
    """Return the provenance of group maps: that of the first map, and of what it is a group.

    Parameters
    ----------
    cohort, description
        The folder, and which of its maps.
    rows
        Participants of the analysis.
    matrix
        Their maps.
    parameters
        Those of the analysis; the method's follow.
    notes
        Further sentences for the reader.
    """
    first = matrix.first.provenance
    told = [f"of {len(rows)} maps of the cohort {cohort.derivatives.folder.name}, {description}", *notes]
    fits = (read_sidecar(cohort.derivatives.map_path(row, description))[0].fit for row in rows)
    doubtful = sum(fit.get("verdict", "ok") != "ok" for fit in fits)
    if doubtful:
        told.append(f"{doubtful} of the scans do not fit the network, or only with caution")
    return replace(
        Provenance(),
        method=f"group, {first.method}",
        parameters={**parameters, **first.parameters},
        target=first.target,
        model=first.model,
        software=first.software,
        notes=tuple(told),
    )
