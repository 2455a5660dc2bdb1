"""Maps and table that result from a group analysis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
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
from viewer.errors import ScanError
from viewer.number_format import format_count, format_number
from viewer.scans.map import Map
from viewer.scans.provenance import Provenance
from viewer.scans.scan import StoredOrientation
from viewer.scans.sidecar import read_sidecar
from viewer.scans.threshold import Threshold

Doubles = npt.NDArray[np.float64]

SIGNIFICANT = 0.05

Z_95 = 1.959964
"""|z| that 5 % of a standard normal distribution reach."""

SMALLEST = 5e-324
"""Smallest positive float64, in place of a probability that is 0 in it."""

RESULT_NAMES = ("mean", "sd", "share", "effect", "t", "z", "p-fdr", "p-fwe", "tfce", "p-tfce")
"""Names of the maps of which an analysis has some; they end the names of its files."""

PARTICIPANT_COLUMNS = ("participant", "use")

CONTROLS = {"FDR": ("p-fdr", "t"), "max-T": ("p-fwe", "t"), "TFCE": ("p-tfce", "tfce")}
"""Map of −log10 of p, and of the statistic, for each control of error."""


@dataclass(frozen=True)
class Significance:
    """How many voxels are significant by one control of error.

    Parameters
    ----------
    control
        "FDR", "max-T" or "TFCE".
    statistic
        Name of the map that is tested: ``t`` or ``tfce``.
    voxels
        Number of voxels with a corrected p of at most 0.05.
    smallest_p
        Smallest corrected p.
    least
        Smallest |statistic| among these voxels, which as a threshold shows them and no others; None without.
    """

    control: str
    statistic: str
    voxels: int
    smallest_p: float
    least: float | None

    def __str__(self) -> str:
        smallest = format_number(self.smallest_p, 2)
        if self.least is None:
            return f"no voxel has p ≤ {SIGNIFICANT} ({self.control}); the smallest is {smallest}"
        least = format_number(self.least, 4)
        name = "TFCE" if self.statistic == "tfce" else self.statistic
        voxels = "1 voxel has" if self.voxels == 1 else f"{self.voxels:,} voxels have"
        return f"{voxels} p ≤ {SIGNIFICANT} ({self.control}): |{name}| ≥ {least}"


@dataclass(frozen=True, eq=False)
class GroupResult:
    """Maps and table of a group analysis.

    Parameters
    ----------
    maps
        By name: ``mean``, ``sd``, ``share`` (of participants in whose map the voxel is among the strongest),
        ``effect``, ``t``, and −log10 of p: ``p-fwe`` (of the largest |t|), ``p-fdr``, and with TFCE ``tfce``
        and ``p-tfce``; of one person against others also ``z``.
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
    confounds
        What was regressed out, and how: "age (number)", "site (3 groups)".
    notes
        What limits the result, a sentence each.
    """

    maps: dict[str, Map]
    regions: tuple[GroupRegionEffect, ...]
    participants: tuple[str, ...]
    left_out: tuple[str, ...]
    effect: str
    significant: int
    smallest_p: float
    confounds: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def significance(self) -> tuple[Significance, ...]:
        """Return how many voxels are significant by each control of error: FDR, max-T, and with TFCE, it."""
        found = []
        for control, (p_name, statistic) in CONTROLS.items():
            if p_name not in self.maps:
                continue
            values, p = self.maps[statistic].data, self.maps[p_name].data
            # Outside the mask both are 0, which is p = 1.
            inside = p >= np.float32(-np.log10(SIGNIFICANT))
            least = float(np.abs(values[inside]).min()) if inside.any() else None
            smallest = float(10.0 ** -float(p.max()))
            found.append(Significance(control, statistic, int(np.count_nonzero(inside)), smallest, least))
        return tuple(found)

    def beyond_95(self) -> tuple[int, int]:
        """Return at how many voxels |z| is 1.96 or more, and the number of voxels where z is defined.

        Both are 0 where there is no ``z``, as it is of one person only.
        """
        if "z" not in self.maps:
            return 0, 0
        z = np.abs(self.maps["z"].data)
        return int(np.count_nonzero(z >= np.float32(Z_95))), int(np.count_nonzero(z))

    def sentences(self) -> tuple[str, ...]:
        """Return what was found, a sentence each: of whom, the share beyond 95 %, and what is significant."""
        told = [f"{format_count(len(self.participants), 'participant')}: {self.effect}"]
        if self.confounds:
            told.append(f"regressed out: {', '.join(self.confounds)}")
        beyond, voxels = self.beyond_95()
        if voxels:
            share = format_number(100 * beyond / voxels, 2)
            where = f"at {beyond:,} of {voxels:,} voxels, {share} %"
            told.append(f"|z| is {Z_95:.2f} or more {where}; 5 % would be by chance")
            least = 1 / len(self.participants)
            if least > SIGNIFICANT:
                others = len(self.participants) - 1
                told.append(
                    f"with {format_count(others, 'other')}, p by max-T is {format_number(least, 2)} at least"
                )
        return (*told, *(str(one) for one in self.significance()), *self.notes)

    def save(self, stem: str | Path) -> tuple[Path, ...]:
        """Write the maps as STEM_mean.nii.gz, …, and tables of regions and participants; return the paths.

        Raises
        ------
        ScanError
            A file cannot be written, would replace one that was not written by this, or would lie beside
            files of another analysis.
        """
        stem = Path(stem)
        check_stem(stem, self.maps, bool(self.regions))
        table, people = _table_path(stem, "regions"), _table_path(stem, "participants")
        paths = [one.save(_map_path(stem, name)) for name, one in self.maps.items()]
        if self.regions:
            rows = [region.as_row() for region in self.regions]
            paths.append(write_table(table, REGION_COLUMNS, rows))
        used = [(label, "used") for label in self.participants]
        left_out = [(label, "left out") for label in self.left_out]
        paths.append(write_table(people, PARTICIPANT_COLUMNS, [*used, *left_out]))
        return tuple(paths)


def check_stem(stem: Path, names: Iterable[str], regions: bool) -> None:
    """Raise ScanError where an analysis cannot be saved under a stem.

    Its tables would replace others' files; or files of another analysis, which this one does not have, would
    stay beside its own.

    Parameters
    ----------
    stem
        Beginning of the files' names.
    names
        Names of the maps that are to be written, of `RESULT_NAMES`.
    regions
        Whether a table of regions is to be written.
    """
    check_table(_table_path(stem, "participants"), PARTICIPANT_COLUMNS)
    table = _table_path(stem, "regions")
    if regions:
        check_table(table, REGION_COLUMNS)
    stale = [path for name in RESULT_NAMES if name not in names and (path := _map_path(stem, name)).exists()]
    stale += [table] if not regions and table.exists() else []
    if stale:
        problem = f"there is {', '.join(path.name for path in stale)} of another analysis"
        raise ScanError(stem, problem, "choose another name, or delete that first")


def _map_path(stem: Path, name: str) -> Path:
    return stem.with_name(f"{stem.name}_{name}.nii.gz")


def _table_path(stem: Path, name: str) -> Path:
    return stem.with_name(f"{stem.name}_{name}.tsv")


def repeated_scans_note(rows: Sequence[Participant]) -> str:
    """Return a sentence on persons with several scans, which are not independent observations; else ""."""
    counts = Counter(row.participant_id for row in rows)
    several = sum(count > 1 for count in counts.values())
    if not several:
        return ""
    who = "1 person has" if several == 1 else f"{several:,} persons have"
    return f"{who} several sessions, which are tested as independent scans: p does not hold"


def describe_sampling(threshold: Threshold, same_space: bool) -> dict[str, object]:
    """Return what `share` counts, and whether the maps were taken as registered against their headers."""
    told: dict[str, object] = {"strongest": f"{threshold.kind} {threshold.amount:g}"}
    return told | ({"same_space": True} if same_space else {})


def make_group_maps(
    matrix: MapMatrix,
    effect: Doubles,
    test: PermutationResult,
    degrees_of_freedom: int,
    meaning: str,
    provenance: Provenance,
    with_z: bool = False,
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
    with_z
        Whether to add the standard normal deviate of the same probability as t.
    """
    from scipy.stats import false_discovery_control, norm
    from scipy.stats import t as student

    p = 2 * student.sf(np.abs(test.t), degrees_of_freedom)
    values: dict[str, tuple[Doubles | None, str]] = {
        "mean": (matrix.mean, "mean"),
        "sd": (matrix.sd, "standard deviation"),
        "share": (matrix.exceeded, "share of participants above their threshold"),
        "effect": (effect, meaning),
        "t": (test.t, f"t of {meaning}"),
        "z": (np.sign(test.t) * norm.isf(np.maximum(p, SMALLEST) / 2) if with_z else None, f"z of {meaning}"),
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
        name: Map(
            matrix.volume(data), matrix.grid, f"{title}, {format_count(count, 'scan')}", provenance, stored
        )
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
    told = [
        f"of {format_count(len(rows), 'map')} of the cohort {cohort.derivatives.folder.name}, {description}",
        *notes,
    ]
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
