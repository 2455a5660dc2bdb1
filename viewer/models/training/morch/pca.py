"""Principal components of the scans from their J by J Gram matrix, without the I by I covariance.

With X Xᵀ = U S² Uᵀ the axes are B = Xᵀ U S⁻¹ and the projections V = X B = U S. Both are linear in the
scans, so that the axes at a voxel follow from the voxel's J values: b_i = Pᵀ x_i.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from viewer.errors import ModelError
from viewer.models.training.morch.cost import Array

_NOISE = 1e-10
"""Eigenvalues below this share of the largest are zero up to float32 rounding."""


@dataclass(frozen=True, eq=False)
class PrincipalComponents:
    """K axes, scaled so that the projections' mean variance over the axes is one.

    Parameters
    ----------
    P
        Shape (J, K): the scaled axes at a voxel are ``P.T @ x``, x its J centred values.
    V
        Shape (J, K): the scans' projections on them.
    variances
        Shape (K,): the variance along each axis over the J scans, in the scans' own units.
    scale
        Divisor of the unit-length axes that gives the scaled axes.
    """

    P: Array
    V: Array
    variances: Array
    scale: float

    @property
    def count(self) -> int:
        """Number of components K."""
        return int(self.V.shape[1])


def gram_rank(gram: Array) -> int:
    """Return the number of independent directions of the centred scans, at most J − 1."""
    values = np.linalg.eigvalsh(center_gram(gram))
    return int((values > _NOISE * max(values[-1], 0.0)).sum()) if values[-1] > 0 else 0


def center_gram(gram: Array) -> Array:
    """Return the Gram matrix of the centred scans from that of the scans."""
    rows = gram.mean(axis=1)
    return np.asarray(gram - rows[:, None] - rows[None, :] + rows.mean())


def principal_components(gram: Array, count: int | None = None) -> PrincipalComponents:
    """Return the first ``count`` components of the centred scans, all of them if None.

    Raises
    ------
    ModelError
        There is only one scan, the scans do not differ, or they have fewer components than requested.
    """
    scans = len(gram)
    if scans < 2:
        raise ModelError("scans", "there is only one", "principal components need at least two")
    values, vectors = np.linalg.eigh(center_gram(gram))
    values, vectors = values[::-1], vectors[:, ::-1]
    rank = gram_rank(gram)
    if rank == 0:
        raise ModelError("scans", "all of them are the same", "there is nothing to learn from")
    if count is not None and not 1 <= count <= rank:
        raise ModelError(
            "components",
            f"{count} were requested, but {scans} scans prepared this way have {rank}",
            f"choose 1 to {rank}",
        )
    kept = slice(0, rank if count is None else count)
    lengths, U = np.sqrt(values[kept]), vectors[:, kept]
    # The sign of an eigenvector is arbitrary; it is fixed so that the same scans give the same network.
    U = U * np.sign(U[np.abs(U).argmax(axis=0), np.arange(U.shape[1])])
    scale = float(np.sqrt(np.mean(lengths**2) / scans))
    return PrincipalComponents(U / (lengths * scale), U * lengths / scale, lengths**2 / scans, scale)


def project_held_out(
    gram: Array, training_mask: npt.NDArray[np.bool_], count: int | None
) -> tuple[PrincipalComponents, Array]:
    """Return the components of some scans, and the projections of the others on them, shape (others, K).

    Everything is computed from the Gram matrix of all scans: no scan is read again. If the training scans
    have fewer than ``count`` components, all are used.
    """
    train_gram = gram[np.ix_(training_mask, training_mask)]
    rank = gram_rank(train_gram)
    components = principal_components(train_gram, None if count is None or count > rank else count)
    cross_gram = gram[np.ix_(~training_mask, training_mask)]
    # (x − c)(X − c)ᵀ with c the mean of the training scans.
    cross_gram = (
        cross_gram - cross_gram.mean(axis=1, keepdims=True) - train_gram.mean(axis=0) + train_gram.mean()
    )
    return components, np.asarray(cross_gram @ components.P)
