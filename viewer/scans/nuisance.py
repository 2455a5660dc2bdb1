"""What is taken out of every voxel before anything is learned: subjects' means, and covariates.

Both are the same thing: of a voxel's J values, what a few columns of J numbers explain is subtracted.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from viewer.errors import ScanError
from viewer.scans.table import Table, where

Array = npt.NDArray[np.float64]


def nuisance(table: Table, subject_means: bool, covariates: tuple[str, ...]) -> Array:
    """An orthonormal basis of what is taken out, shape (J, columns); the mean over all scans always is.

    Raises
    ------
    ScanError
        A covariate is not in the table, or a subject whose mean is to be taken out has one scan alone.
    """
    for name in covariates:
        if name not in table.covariates:
            has = ", ".join(table.covariates) or "none"
            raise ScanError(table.path, f"has no covariate {name!r}", f"it has {has}")
    columns = [np.ones(len(table.rows))]
    if subject_means:
        names = list(dict.fromkeys(table.subjects))
        for name in names:
            rows = [row for row in table.rows if row.subject == name]
            if len(rows) == 1:
                raise ScanError(
                    where(table.path, rows[0]),
                    f"is the only scan of {name!r}, and without the subject's mean nothing is left of it",
                    "keep the subjects' means",
                )
            columns.append(np.array([float(subject == name) for subject in table.subjects]))
    for name in covariates:
        values = np.array([row.covariates[name] for row in table.rows])
        values = values - values.mean()
        size = float(np.linalg.norm(values))
        if size:
            columns.append(values / size)
    left, sizes, _ = np.linalg.svd(np.stack(columns, axis=1), full_matrices=False)
    return np.asarray(left[:, sizes > 1e-10 * sizes[0]])


def share_left(basis: Array, y: Array) -> float:
    """The share of the variance of ``y`` (J,) that is left when the nuisance is taken out of it."""
    spread = y - y.mean()
    total = float(spread @ spread)
    left = spread - basis @ (basis.T @ spread)
    return float(left @ left) / total if total else 0.0
