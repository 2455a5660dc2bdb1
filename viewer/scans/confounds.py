"""What is taken out of every voxel before anything is learned: subjects' means, and covariates.

Both are the same thing: of a voxel's J values, what a few columns of J numbers explain is subtracted.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from viewer.errors import ScanError
from viewer.scans.scan_table import ScanTable, row_location

Array = npt.NDArray[np.float64]


def confound_basis(table: ScanTable, subject_means: bool, covariates: tuple[str, ...]) -> Array:
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
                    row_location(table.path, rows[0]),
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


def confound_design(table: ScanTable, subject_means: bool, covariates: tuple[str, ...]) -> Array | None:
    """The columns whose share in the scans depends on which scans it is estimated from, shape (J, columns).

    Covariates beside a constant, or within their subjects where subjects' means are taken out. None where
    no covariate is: a subject's own mean is the same in every fold.
    """
    if not covariates:
        return None
    values = np.array([[row.covariates[name] for name in covariates] for row in table.rows], dtype=np.float64)
    if not subject_means:
        values = values - values.mean(axis=0)
        return np.column_stack([np.ones(len(values)), values])
    labels = np.asarray(table.subjects)
    for name in set(table.subjects):
        values[labels == name] -= values[labels == name].mean(axis=0)
    return values


def residual_gram(gram: Array, design: Array, some: npt.NDArray[np.bool_]) -> Array:
    """The Gram matrix (J, J) of scans less what a design explains, its coefficients taken from some scans.

    Let X′ be what all scans' coefficients left of X. Those of some scans, taken from X′, differ from those
    taken from X by the coefficients that are gone, and so does what they explain: what is left is the same.
    The Gram matrix of X′ is enough, and no voxel is looked at again.
    """
    left = np.eye(len(gram))
    left[:, some] -= design @ np.linalg.pinv(design[some])
    return left @ gram @ left.T


def residual_share(basis: Array, y: Array) -> float:
    """The share of the variance of ``y`` (J,) that is left when the nuisance is taken out of it."""
    spread = y - y.mean()
    total = float(spread @ spread)
    left = spread - basis @ (basis.T @ spread)
    return float(left @ left) / total if total else 0.0
