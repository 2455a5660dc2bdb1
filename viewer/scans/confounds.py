"""Confounds removed from every voxel before a model is fitted: subject means and covariates.

Both are regressed out: the part of a voxel's J values explained by the confound columns is subtracted.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from viewer.errors import ScanError
from viewer.scans.scan_table import ScanTable, row_location

Array = npt.NDArray[np.float64]


def confound_basis(table: ScanTable, subject_means: bool, covariates: tuple[str, ...]) -> Array:
    """Return an orthonormal basis of the confounds, shape (J, columns); it always contains the constant.

    Raises
    ------
    ScanError
        A covariate is not in the table, or a subject whose mean is to be subtracted has only one scan.
    """
    for name in covariates:
        if name not in table.covariates:
            available = ", ".join(table.covariates) or "none"
            raise ScanError(table.path, f"has no covariate {name!r}", f"it has {available}")
    columns = [np.ones(len(table.rows))]
    if subject_means:
        names = list(dict.fromkeys(table.subjects))
        for name in names:
            rows = [row for row in table.rows if row.subject == name]
            if len(rows) == 1:
                raise ScanError(
                    row_location(table.path, rows[0]),
                    f"is the only scan of {name!r}, so subtracting the subject's mean leaves only zeros",
                    "keep the subjects' means",
                )
            columns.append(np.array([float(subject == name) for subject in table.subjects]))
    for name in covariates:
        values = np.array([row.covariates[name] for row in table.rows])
        values = values - values.mean()
        norm = float(np.linalg.norm(values))
        if norm:
            columns.append(values / norm)
    left, singular_values, _ = np.linalg.svd(np.stack(columns, axis=1), full_matrices=False)
    return np.asarray(left[:, singular_values > 1e-10 * singular_values[0]])


def confound_design(table: ScanTable, subject_means: bool, covariates: tuple[str, ...]) -> Array | None:
    """Return the confounds whose coefficients must be re-estimated in every fold, shape (J, columns).

    These are a constant and the covariates, or the covariates centred within subjects if subject means are
    subtracted. None without covariates: the mean of a subject is the same in every fold.
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


def residual_gram(gram: Array, design: Array, training_mask: npt.NDArray[np.bool_]) -> Array:
    """Return the Gram matrix (J, J) of residuals, with coefficients from the scans in ``training_mask``.

    Let X′ be the residuals of X with coefficients from all scans. Coefficients estimated from some scans of
    X′ differ from those estimated from X by exactly the coefficients already removed, so the residuals are
    the same. The Gram matrix of X′ is therefore sufficient, and no voxel is read again.
    """
    projection = np.eye(len(gram))
    projection[:, training_mask] -= design @ np.linalg.pinv(design[training_mask])
    return projection @ gram @ projection.T


def residual_share(basis: Array, y: Array) -> float:
    """Return the share of the variance of ``y`` (J,) that remains after the confounds are regressed out."""
    centred = y - y.mean()
    total = float(centred @ centred)
    residual = centred - basis @ (basis.T @ centred)
    return float(residual @ residual) / total if total else 0.0
