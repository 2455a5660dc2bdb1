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
"""|z| that 5 % of a standard normal distribution reach or exceed."""

MIN_P = 5e-324
"""Smallest positive float64, which replaces probabilities that underflow to 0."""

RESULT_NAMES = ("mean", "sd", "share", "effect", "t", "z", "p-fdr", "p-fwe", "tfce", "p-tfce")
"""Names of the maps that an analysis can have, also used as suffixes of its files."""

PARTICIPANT_COLUMNS = ("participant", "use")

CONTROLS = {"FDR": ("p-fdr", "t"), "max-T": ("p-fwe", "t"), "TFCE": ("p-tfce", "tfce")}
"""Names of the maps of −log10 p and of the statistic, for each method of error control."""


@dataclass(frozen=True)
class Significance:
    """Number of significant voxels by one method of error control.

    Parameters
    ----------
    correction
        "FDR", "max-T" or "TFCE".
    statistic
        Name of the map that is tested: ``t`` or ``tfce``.
    voxels
        Number of voxels with a corrected p of at most 0.05.
    smallest_p
        Smallest corrected p.
    threshold
        Smallest |statistic| among these voxels, which as a threshold shows exactly these; None if there are
        none.
    """

    correction: str
    statistic: str
    voxels: int
    smallest_p: float
    threshold: float | None

    def __str__(self) -> str:
        smallest = format_number(self.smallest_p, 2)
        if self.threshold is None:
            return f"no voxel has p ≤ {SIGNIFICANT} ({self.correction}); the smallest is {smallest}"
        cutoff = format_number(self.threshold, 4)
        name = "TFCE" if self.statistic == "tfce" else self.statistic
        voxels = "1 voxel has" if self.voxels == 1 else f"{self.voxels:,} voxels have"
        return f"{voxels} p ≤ {SIGNIFICANT} ({self.correction}): |{name}| ≥ {cutoff}"


@dataclass(frozen=True, eq=False)
class GroupResult:
    """Maps and table of a group analysis.

    Parameters
    ----------
    maps
        By name: ``mean``, ``sd``, ``share`` (of participants in whose map the voxel is among the strongest),
        ``effect``, ``t``, and −log10 of p: ``p-fwe`` (of the largest |t|), ``p-fdr``, and with TFCE ``tfce``
        and ``p-tfce``; for one person against others also ``z``.
    regions
        Effects in the regions of an atlas, the smallest p first.
    participants, left_out
        Labels of the participants in the analysis, and of those without a map or a value.
    effect
        Meaning of ``effect``.
    significant
        Number of voxels with a corrected p of at most 0.05.
    smallest_p
        Smallest corrected p.
    confounds
        Each confound and how it was regressed out: "age (number)", "site (3 groups)".
    notes
        Limitations of the result, one sentence each.
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
        """Return the number of significant voxels by each error control: FDR, max-T and, if computed,
        TFCE.
        """
        significances = []
        for control, (p_name, statistic) in CONTROLS.items():
            if p_name not in self.maps:
                continue
            values, p = self.maps[statistic].data, self.maps[p_name].data
            # Outside the mask both are 0, which is p = 1.
            significant = p >= np.float32(-np.log10(SIGNIFICANT))
            cutoff = float(np.abs(values[significant]).min()) if significant.any() else None
            smallest = float(10.0 ** -float(p.max()))
            significances.append(
                Significance(control, statistic, int(np.count_nonzero(significant)), smallest, cutoff)
            )
        return tuple(significances)

    def count_beyond_95(self) -> tuple[int, int]:
        """Return the number of voxels where |z| is 1.96 or more, and the number where z is defined.

        Both are 0 without ``z``, which exists only for one person against others.
        """
        if "z" not in self.maps:
            return 0, 0
        z = np.abs(self.maps["z"].data)
        return int(np.count_nonzero(z >= np.float32(Z_95))), int(np.count_nonzero(z))

    def sentences(self) -> tuple[str, ...]:
        """Return the result in sentences: the participants, the share beyond 95 %, and what is
        significant.
        """
        lines = [f"{format_count(len(self.participants), 'participant')}: {self.effect}"]
        if self.confounds:
            lines.append(f"regressed out: {', '.join(self.confounds)}")
        extreme, voxels = self.count_beyond_95()
        if voxels:
            share = format_number(100 * extreme / voxels, 2)
            extent = f"at {extreme:,} of {voxels:,} voxels, {share} %"
            lines.append(f"|z| is {Z_95:.2f} or more {extent}; 5 % are expected by chance")
            smallest_p = 1 / len(self.participants)
            if smallest_p > SIGNIFICANT:
                others = len(self.participants) - 1
                lines.append(
                    f"with {format_count(others, 'other')}, p by max-T is at least "
                    f"{format_number(smallest_p, 2)}"
                )
        return (*lines, *(str(significance) for significance in self.significance()), *self.notes)

    def save(self, stem: str | Path) -> tuple[Path, ...]:
        """Write the maps as STEM_mean.nii.gz, …, and tables of regions and participants; return the paths.

        Raises
        ------
        ScanError
            A file cannot be written, would replace a file of another kind, or would be beside files of
            another analysis.
        """
        stem = Path(stem)
        check_stem(stem, self.maps, bool(self.regions))
        table, participants_table = _table_path(stem, "regions"), _table_path(stem, "participants")
        paths = [map_.save(_map_path(stem, name)) for name, map_ in self.maps.items()]
        if self.regions:
            rows = [region.as_row() for region in self.regions]
            paths.append(write_table(table, REGION_COLUMNS, rows))
        used_rows = [(label, "used") for label in self.participants]
        left_out_rows = [(label, "left out") for label in self.left_out]
        paths.append(write_table(participants_table, PARTICIPANT_COLUMNS, [*used_rows, *left_out_rows]))
        return tuple(paths)


def check_stem(stem: Path, names: Iterable[str], has_regions: bool) -> None:
    """Raise ScanError if an analysis cannot be saved under a stem.

    This is the case if its tables would replace other files, or if files of another analysis would remain
    beside its own.

    Parameters
    ----------
    stem
        Beginning of the file names.
    names
        Names of the maps to be written, from `RESULT_NAMES`.
    has_regions
        Whether a table of regions will be written.
    """
    check_table(_table_path(stem, "participants"), PARTICIPANT_COLUMNS)
    table = _table_path(stem, "regions")
    if has_regions:
        check_table(table, REGION_COLUMNS)
    stale = [path for name in RESULT_NAMES if name not in names and (path := _map_path(stem, name)).exists()]
    stale += [table] if not has_regions and table.exists() else []
    if stale:
        problem = f"files of another analysis exist: {', '.join(path.name for path in stale)}"
        raise ScanError(stem, problem, "choose another name, or delete them first")


def _map_path(stem: Path, name: str) -> Path:
    return stem.with_name(f"{stem.name}_{name}.nii.gz")


def _table_path(stem: Path, name: str) -> Path:
    return stem.with_name(f"{stem.name}_{name}.tsv")


def repeated_scans_note(rows: Sequence[Participant]) -> str:
    """Return a sentence on people with several scans, which are not independent observations; else ""."""
    counts = Counter(row.participant_id for row in rows)
    repeated = sum(count > 1 for count in counts.values())
    if not repeated:
        return ""
    subject = "1 person has" if repeated == 1 else f"{repeated:,} people have"
    return f"{subject} several sessions, which are tested as independent scans: p is not valid"


def describe_sampling(threshold: Threshold, same_space: bool) -> dict[str, object]:
    """Return what `share` counts, and whether the maps were assumed registered despite their headers."""
    sampling: dict[str, object] = {"strongest": f"{threshold.kind} {threshold.amount:g}"}
    return sampling | ({"same_space": True} if same_space else {})


def make_group_maps(
    matrix: MapMatrix,
    effect: Doubles,
    test: PermutationResult,
    degrees_of_freedom: int,
    effect_meaning: str,
    provenance: Provenance,
    with_z: bool = False,
) -> dict[str, Map]:
    """Return the maps of an analysis by name, as in `GroupResult.maps`.

    Parameters
    ----------
    matrix
        The maps of all participants.
    effect
        Tested coefficient at every voxel.
    test
        Statistics at every voxel.
    degrees_of_freedom
        Degrees of freedom of t, for the uncorrected p used to control the false discovery rate.
    effect_meaning
        Meaning of the effect.
    provenance
        Provenance of all maps.
    with_z
        Whether to add z, the standard normal deviate with the same p as t.
    """
    from scipy.stats import false_discovery_control, norm
    from scipy.stats import t as student

    p = 2 * student.sf(np.abs(test.t), degrees_of_freedom)
    values: dict[str, tuple[Doubles | None, str]] = {
        "mean": (matrix.mean, "mean"),
        "sd": (matrix.sd, "standard deviation"),
        "share": (matrix.exceedance_share, "share of participants above their threshold"),
        "effect": (effect, effect_meaning),
        "t": (test.t, f"t of {effect_meaning}"),
        "z": (
            np.sign(test.t) * norm.isf(np.maximum(p, MIN_P) / 2) if with_z else None,
            f"z of {effect_meaning}",
        ),
        "p-fdr": (-np.log10(false_discovery_control(p)), f"−log10 of q (FDR) of {effect_meaning}"),
        "p-fwe": (None if test.p is None else -np.log10(test.p), f"−log10 of p (FWE) of {effect_meaning}"),
        "tfce": (test.tfce, f"TFCE of {effect_meaning}"),
        "p-tfce": (
            None if test.p_tfce is None else -np.log10(test.p_tfce),
            f"−log10 of p (FWE, TFCE) of {effect_meaning}",
        ),
    }
    codes = matrix.first_map.stored.xform_codes if matrix.first_map.stored is not None else None
    stored = StoredOrientation(matrix.grid, xform_codes=codes)
    count = len(matrix.values)
    return {
        name: Map(
            matrix.to_volume(data), matrix.grid, f"{title}, {format_count(count, 'scan')}", provenance, stored
        )
        for name, (data, title) in values.items()
        if data is not None
    }


def count_significant(test: PermutationResult) -> tuple[int, float]:
    """Return the number of voxels with a corrected p (of TFCE, if computed) of at most 0.05, and the smallest
    p.
    """
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
    """Return the provenance of group maps: that of the first map, and a description of the group.

    Parameters
    ----------
    cohort, description
        The folder, and the description of its maps.
    rows
        Participants of the analysis.
    matrix
        Their maps.
    parameters
        Parameters of the analysis, followed by those of the method.
    notes
        Further sentences for the reader.
    """
    first = matrix.first_map.provenance
    group_notes = [
        f"of {format_count(len(rows), 'map')} of the cohort {cohort.derivatives.folder.name}, {description}",
        *notes,
    ]
    fits = (read_sidecar(cohort.derivatives.map_path(row, description))[0].fit for row in rows)
    misfits = sum(fit.get("verdict", "ok") != "ok" for fit in fits)
    if misfits:
        group_notes.append(f"{misfits} of the scans do not fit the network, or only with caution")
    return replace(
        Provenance(),
        method=f"group, {first.method}",
        parameters={**parameters, **first.parameters},
        target=first.target,
        model=first.model,
        software=first.software,
        notes=tuple(group_notes),
    )
