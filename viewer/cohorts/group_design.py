"""Design of a group analysis from the columns of a participants table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from viewer.cohorts.participants import Participant
from viewer.cohorts.permutation_test import Design
from viewer.errors import ScanError
from viewer.scans.scan_table import MISSING


@dataclass(frozen=True, eq=False)
class GroupDesign:
    """Rows of a group analysis, the design, and what its effect is.

    Parameters
    ----------
    rows
        Participants without missing values.
    design
        Variable and confounds.
    effect
        Meaning of the tested coefficient, such as "mean of patient minus mean of control".
    left_out
        Labels of participants with missing values.
    """

    rows: tuple[Participant, ...]
    design: Design
    effect: str
    left_out: tuple[str, ...]


def make_design(
    rows: Sequence[Participant],
    *,
    contrast: str | None = None,
    covariate: str | None = None,
    confounds: Sequence[str] = (),
) -> GroupDesign:
    """Return the design: two groups of a column, a regression on a column, or the mean.

    Parameters
    ----------
    rows
        Participants.
    contrast
        Column with two values; the effect is the mean of the second, in alphabetical order, minus that of the
        first. ``COLUMN:B-A`` names them.
    covariate
        Column of numbers; the effect is the slope, per unit of the column.
    confounds
        Columns that are regressed out: numbers, or groups.

    Raises
    ------
    ScanError
        There is no such column, it has not two values, a number is none, or the variable cannot be told from
        the confounds.
    """
    if contrast is not None and covariate is not None:
        raise ScanError(covariate, "cannot be tested together with a contrast", "make it a confound")
    column, groups = _split_contrast(rows, contrast) if contrast is not None else (covariate, None)
    used = [name for name in (column, *confounds) if name is not None]
    for name in used:
        if name not in rows[0].values:
            raise ScanError(
                name, "is no column of the participants", f"it has {', '.join(rows[0].values) or 'none'}"
            )
    kept = [row for row in rows if all(row.values[name].lower() not in MISSING for name in used)]
    if groups is not None and column is not None:
        kept = [row for row in kept if row.values[column] in groups]
    left_out = tuple(row.label for row in rows if row not in kept)
    if not kept:
        raise ScanError(", ".join(used), "has no participant with a value")
    nuisance = [_coded(kept, name) for name in confounds]
    if groups is not None and column is not None:
        tested = np.array([float(row.values[column] == groups[1]) for row in kept])
        effect = f"mean of {groups[1]} minus mean of {groups[0]} ({column})"
        tested = tested - tested.mean()
    elif column is not None:
        tested = _numbers(kept, column)
        effect = f"slope per unit of {column}"
    else:
        tested, effect = np.ones(len(kept)), "mean"
    # Confounds of a mean are centred, or it would be the mean at their 0.
    columns = [part - part.mean(axis=0) if column is None else part for part in nuisance]
    design = Design(tested, np.hstack(columns) if columns else np.empty((len(kept), 0)))
    if not design.estimable:
        problem = f"cannot be tested with {len(kept)} participants and {len(confounds)} confounds"
        raise ScanError(column or "mean", problem, "take more participants or fewer confounds")
    return GroupDesign(tuple(kept), design, effect, left_out)


def _split_contrast(rows: Sequence[Participant], contrast: str) -> tuple[str, tuple[str, str]]:
    """Return the column of a contrast and its two groups, the reference first."""
    column, colon, named = contrast.partition(":")
    present = sorted({row.values.get(column, "") for row in rows} - set(MISSING))
    if colon:
        for index in range(1, len(named)):
            pair = named[index + 1 :], named[:index]
            if named[index] == "-" and all(name in present for name in pair):
                return column, pair
        raise ScanError(
            contrast, "names no two groups", f"{column} has {', '.join(present)}; give {column}:B-A"
        )
    if column in rows[0].values and len(present) != 2:
        shown = ", ".join(present[:8])
        raise ScanError(column, f"has {len(present)} values ({shown})", f"name two of them: {column}:B-A")
    first, second = (*present, "", "")[:2]
    return column, (first, second)


def _numbers(rows: Sequence[Participant], column: str) -> npt.NDArray[np.float64]:
    found = []
    for row in rows:
        try:
            found.append(float(row.values[column]))
        except ValueError:
            raise ScanError(row.label, f"{column} is {row.values[column]!r}, which is no number") from None
    if not np.isfinite(found).all():
        raise ScanError(column, "has values that are not finite")
    return np.array(found)


def _coded(rows: Sequence[Participant], column: str) -> npt.NDArray[np.float64]:
    """Return a confound's columns: its numbers, or an indicator of every group but the most frequent."""
    try:
        return _numbers(rows, column)[:, None]
    except ScanError:
        counts = Counter(row.values[column] for row in rows)
        levels = [level for level, _ in counts.most_common()][1:]
        if len(levels) + 1 > len(rows) // 2:
            raise
        return np.array([[float(row.values[column] == level) for level in levels] for row in rows])
