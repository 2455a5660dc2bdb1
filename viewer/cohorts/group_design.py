"""Design of a group analysis from the columns of a participants table."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from viewer.cohorts.participant_filter import numeric_value
from viewer.cohorts.participants import Participant
from viewer.cohorts.permutation_test import Design
from viewer.errors import ScanError
from viewer.number_format import format_count
from viewer.scans.scan_table import is_missing


@dataclass(frozen=True, eq=False)
class GroupDesign:
    """Participants of a group analysis, the design and the meaning of its effect.

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
    confounds
        Each confound and how it is used: "age (number)", "site (3 groups)".
    """

    rows: tuple[Participant, ...]
    design: Design
    effect: str
    left_out: tuple[str, ...]
    confounds: tuple[str, ...] = ()


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
        Numeric column; the effect is the slope, per unit of the column.
    confounds
        Columns that are regressed out: as numbers if all entries are numbers, as groups if none is.

    Raises
    ------
    ScanError
        There is no such column, it does not have two values, an entry is not a number, all participants have
        the same value, or the effect cannot be estimated with these participants and confounds.
    """
    if contrast is not None and covariate is not None:
        raise ScanError(covariate, "cannot be tested together with a contrast", "make it a confound")
    column, groups = _split_contrast(rows, contrast) if contrast is not None else (covariate, None)
    used_columns = [name for name in (column, *confounds) if name is not None]
    for name in used_columns:
        if name not in rows[0].values:
            raise ScanError(
                name, "is not a column of the participants", f"it has {', '.join(rows[0].values) or 'none'}"
            )
    included = [row for row in rows if all(not is_missing(row.values[name]) for name in used_columns)]
    if groups is not None and column is not None:
        included = [row for row in included if row.values[column] in groups]
    left_out = tuple(row.label for row in rows if row not in included)
    if not included:
        raise ScanError(", ".join(used_columns), "has no participant with a value")
    coded_confounds = [_code_confound(included, name) for name in confounds]
    nuisance = [confound_columns for confound_columns, _ in coded_confounds]
    if groups is not None and column is not None:
        present_groups = {row.values[column] for row in included}
        if len(present_groups) < 2:
            problem = (
                f"has no participant of {', '.join(sorted(set(groups) - present_groups))} with all values"
            )
            raise ScanError(column, problem, "name other groups or fewer confounds")
        tested = np.array([float(row.values[column] == groups[1]) for row in included])
        effect = f"mean of {groups[1]} minus mean of {groups[0]} ({column})"
        tested = tested - tested.mean()
    elif column is not None:
        tested = _read_numbers(included, column)
        if np.ptp(tested) == 0:
            problem = f"is {included[0].values[column]} for every participant, so it has no slope"
            raise ScanError(column, problem, "use another column or other participants")
        effect = f"slope per unit of {column}"
    else:
        tested, effect = np.ones(len(included)), "mean"
    # For a mean, confounds are centred; otherwise it would be the mean at confounds of 0.
    confound_columns = [
        confound - confound.mean(axis=0) if column is None else confound for confound in nuisance
    ]
    design = Design(tested, np.hstack(confound_columns) if confound_columns else np.empty((len(included), 0)))
    if not design.is_estimable:
        problem = (
            f"cannot be tested with {format_count(len(included), 'participant')} and "
            f"{format_count(len(confounds), 'confound')}"
        )
        raise ScanError(column or "mean", problem, "use more participants or fewer confounds")
    used_as = tuple(
        f"{name} ({coding})" for name, (_, coding) in zip(confounds, coded_confounds, strict=True)
    )
    return GroupDesign(tuple(included), design, effect, left_out, used_as)


def _split_contrast(rows: Sequence[Participant], contrast: str) -> tuple[str, tuple[str, str]]:
    """Return the column of a contrast and its two groups, the reference first."""
    column, colon, group_names = contrast.partition(":")
    values = sorted({value for row in rows if not is_missing(value := row.values.get(column, ""))})
    if colon:
        for index in range(1, len(group_names)):
            pair = group_names[index + 1 :], group_names[:index]
            if group_names[index] == "-" and all(name in values for name in pair):
                return column, pair
        raise ScanError(
            contrast, "does not name two groups", f"{column} has {', '.join(values)}; give {column}:B-A"
        )
    if column in rows[0].values and len(values) != 2:
        listed = ", ".join(values[:8])
        raise ScanError(
            column, f"has {format_count(len(values), 'value')} ({listed})", f"name two of them: {column}:B-A"
        )
    first, second = (*values, "", "")[:2]
    return column, (first, second)


def _read_numbers(rows: Sequence[Participant], column: str) -> npt.NDArray[np.float64]:
    """Return a column's numbers. Raises ScanError, naming the participant, if one is not finite."""
    values = np.array([numeric_value(row, column) for row in rows])
    if not np.isfinite(values).all():
        row = rows[int(np.flatnonzero(~np.isfinite(values))[0])]
        fault = "not a number" if math.isnan(numeric_value(row, column)) else "not finite"
        problem = f"{column} is {row.values[column]!r}, which is {fault}"
        raise ScanError(row.label, problem, "correct the table of the cohort, and run it again")
    return values


def _code_confound(rows: Sequence[Participant], column: str) -> tuple[npt.NDArray[np.float64], str]:
    """Return a confound's columns, and how it is used.

    The columns are its numbers, or an indicator of every group but the most frequent. A mixture of numbers
    and other entries raises ScanError.
    """
    numeric = [math.isfinite(numeric_value(row, column)) for row in rows]
    counts = Counter(row.values[column] for row in rows)
    if all(numeric):
        return _read_numbers(rows, column)[:, None], "number"
    if any(numeric) or len(counts) > len(rows) // 2:
        _read_numbers(rows, column)
    levels = [level for level, _ in counts.most_common()][1:]
    indicators = [[float(row.values[column] == level) for level in levels] for row in rows]
    return np.array(indicators).reshape(len(rows), len(levels)), f"{format_count(len(counts), 'group')}"
