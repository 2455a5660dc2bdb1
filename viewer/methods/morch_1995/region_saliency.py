"""Saliency of sets of voxels removed together: cubes, or the regions of an atlas.

Without a set R the scans' projections fall by n_jk(R) = Σ_{i∈R} x_ji b_ki, a matrix (J, K) that is small
compared with the scans; everything else follows from it. The change is not assumed to be small: regions are
large.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from viewer.errors import MethodError
from viewer.methods.morch_1995.approximation import Approximation
from viewer.models.training.morch.cost import Array, make_cost
from viewer.models.training.morch.fit import Fit
from viewer.models.training.morch.levenberg_marquardt import minimise
from viewer.models.training.morch.network import forward
from viewer.progress import Progress
from viewer.scans.masked_matrix import MaskedMatrix


def check_same_scans(fit: Fit, matrix: MaskedMatrix) -> None:
    """Check that these are the scans that the network was trained on.

    Raises
    ------
    MethodError
        The number of scans differs.
    """
    if len(fit.components.V) != matrix.scan_count:
        raise MethodError(
            "saliency",
            f"the network was trained on {len(fit.components.V)} scans, these are {matrix.scan_count}",
            "give the scans it was trained on",
        )


def check_converged(fit: Fit) -> None:
    """Check that the network is at a minimum, as retraining requires.

    Raises
    ------
    MethodError
        Its gradient is not zero, or its cost falls in some direction.
    """
    if not fit.minimum.converged:
        raise MethodError(
            "retrained",
            f"the network is not at a true minimum (gradient {fit.minimum.max_gradient:.1e}, smallest "
            f"curvature {fit.minimum.eigenvalue_range[0]:.1e})",
            "train it with more decay",
        )


Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class VoxelSets:
    """Sets of voxels that do not overlap.

    ``labels`` has the shape (I,) of a matrix's voxels: the index of each voxel's set, or −1 for none.
    ``names`` has one name per set.
    """

    labels: Labels
    names: tuple[str, ...]

    def to_voxels(self, values: npt.ArrayLike) -> Array:
        """Return each set's value at all of its voxels, and zero elsewhere, shape (I,)."""
        padded = np.append(np.asarray(values, dtype=np.float64), 0.0)
        return np.asarray(padded[self.labels])

    @property
    def sizes(self) -> npt.NDArray[np.int64]:
        """Number of voxels of each set."""
        return np.bincount(self.labels[self.labels >= 0], minlength=len(self.names))


def make_cubes(matrix: MaskedMatrix, edge: float) -> VoxelSets:
    """Return cubes of ``edge`` mm that tile the grid, restricted to the mask.

    Raises
    ------
    MethodError
        The edge is shorter than a voxel.
    """
    spacing = matrix.grid.spacing
    if not edge >= spacing.max():
        raise MethodError("cubes", f"an edge of {edge:g} mm is shorter than a voxel ({spacing.max():g} mm)")
    steps = np.maximum(np.rint(edge / spacing), 1).astype(np.int64)
    indices = np.argwhere(matrix.mask) // steps
    _, labels = np.unique(indices, axis=0, return_inverse=True)
    labels = labels.reshape(-1).astype(np.int64)
    return VoxelSets(labels, tuple(f"cube {index + 1}" for index in range(int(labels.max()) + 1)))


def make_atlas_regions(
    matrix: MaskedMatrix, atlas: npt.NDArray[np.generic], names: Sequence[str]
) -> VoxelSets:
    """Return the regions of an atlas on the matrix's grid.

    ``atlas`` holds integers, shape ``matrix.grid.shape``, 0 for no region. ``names[n]`` is the name of region
    n; regions with larger numbers are named by their number.

    Raises
    ------
    MethodError
        None of its regions lies in the mask.
    """
    if atlas.shape != matrix.grid.shape:
        raise ValueError(f"an atlas of shape {atlas.shape} on a grid of shape {matrix.grid.shape}")
    numbers = np.rint(np.asarray(atlas[matrix.mask], dtype=np.float64)).astype(np.int64)
    present = np.unique(numbers[numbers > 0])
    if not len(present):
        raise MethodError("atlas", "none of its regions lies in the mask", "is it in the scans' space?")
    labels = np.where(numbers > 0, np.searchsorted(present, numbers), -1)
    region_names = tuple(
        str(names[number]) if number < len(names) else f"region {number}" for number in present
    )
    return VoxelSets(labels.astype(np.int64), region_names)


def compute_region_saliency(
    fit: Fit,
    matrix: MaskedMatrix,
    regions: VoxelSets,
    approximations: Iterable[Approximation],
    progress: Progress | None = None,
) -> dict[Approximation, Array]:
    """Compute δE of every set in each approximation, shape (sets,), in float64.

    As for single voxels, the second order as printed has only the terms of equal components. With retraining,
    the network is fully retrained from its weights for every set, since a region is not a small change, and
    there are few of them.

    Raises
    ------
    MethodError
        The network was trained on other scans, or, with retraining, is not at a true minimum.
    Cancelled
        Cancelled through ``progress``.
    """
    check_same_scans(fit, matrix)
    requested = frozenset(approximations)
    if Approximation.RETRAINED in requested:
        check_converged(fit)
    progress = progress or Progress()
    saliency = {
        approximation: np.empty(len(regions.names))
        for approximation in Approximation
        if approximation in requested
    }
    order = np.argsort(regions.labels, kind="stable")
    ends = np.searchsorted(regions.labels[order], np.arange(len(regions.names) + 1))
    for index, (start, end) in enumerate(pairwise(ends)):
        X = np.asarray(matrix.values[:, np.sort(order[start:end])], dtype=np.float64)
        fall = X @ (X.T @ fit.components.P)
        for approximation, value in compute_set_saliency(fit, fall, requested).items():
            saliency[approximation][index] = value
        progress.step(index + 1, len(regions.names), regions.names[index])
    return saliency


def compute_set_saliency(
    fit: Fit, decrease: Array, approximations: frozenset[Approximation]
) -> dict[Approximation, float]:
    """Compute δE for projections that fall by ``decrease`` (J, K), as they do without a set of voxels."""
    weights, state, targets = fit.weights, fit.state, fit.targets
    cost = make_cost(fit.objective.cost_name, len(state.F))
    s = np.einsum("oa,aj,ak->ojk", weights.W, state.first_derivatives, weights.w)
    curvatures = cost.hessians(state.F)
    linear = -np.einsum("ojk,jk->oj", s, decrease)
    first = float((cost.gradients(state.F, targets.Y) * linear).sum(axis=0).mean())
    saliency = {Approximation.FIRST: first}
    if Approximation.SECOND in approximations:
        curvature_term = np.einsum("ojk,opj,pjk,jk->j", s, curvatures, s, decrease**2, optimize=True)
        saliency[Approximation.SECOND] = first + 0.5 * float(curvature_term.mean())
    if Approximation.SECOND_CROSS in approximations:
        curvature_term = np.einsum("oj,opj,pj->j", linear, curvatures, linear)
        saliency[Approximation.SECOND_CROSS] = first + 0.5 * float(curvature_term.mean())
    V = fit.components.V - decrease
    if Approximation.EXACT in approximations:
        changed = cost.losses(forward(weights, fit.objective.activation, V).F, targets.Y)
        saliency[Approximation.EXACT] = float((changed - cost.losses(state.F, targets.Y)).mean())
    if Approximation.RETRAINED in approximations:
        retrained = minimise(replace(fit.objective, V=V), fit.minimum.parameters)
        saliency[Approximation.RETRAINED] = retrained.value - fit.minimum.value
    return {
        approximation: saliency[approximation]
        for approximation in saliency
        if approximation in approximations
    }
