"""Saliency of every voxel, all requested approximations in one pass over the scans."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from viewer.methods.morch_1995.approximation import Approximation
from viewer.methods.morch_1995.region_saliency import check_converged, check_same_scans
from viewer.models.training.morch.fit import Fit
from viewer.progress import Progress
from viewer.scans.blockwise import map_blocks
from viewer.scans.masked_matrix import MaskedMatrix, block_width

GPU_BLOCK_WIDTH = 65536
"""Number of columns per block on a GPU."""


def compute_voxel_saliency(
    fit: Fit,
    matrix: MaskedMatrix,
    approximations: Iterable[Approximation],
    *,
    double: bool = False,
    device: str = "cpu",
    progress: Progress | None = None,
) -> dict[Approximation, npt.NDArray[np.float64]]:
    """Compute δE of every voxel in each approximation, shape (I,), including negative values.

    Parameters
    ----------
    fit, matrix
        The network and the scans it was trained on.
    approximations
        Approximations to compute; common terms are computed once.
    double
        Whether to compute in float64. Float32 has no cancellation either: its error is below 1e-4 of the
        largest value.
    device
        "cpu", with as many threads as torch uses, or a CUDA device.
    progress
        Updated after every block.

    Raises
    ------
    MethodError
        The network was trained on other scans, or, with retraining, is not at a true minimum.
    Cancelled
        Cancelled through ``progress``.
    """
    import torch

    from viewer.methods.morch_1995.newton_retraining import NewtonRetraining
    from viewer.methods.morch_1995.perturbed_network import PerturbedNetwork, compute_expansions, exact_change

    check_same_scans(fit, matrix)
    requested = frozenset(approximations)
    if Approximation.RETRAINED in requested:
        check_converged(fit)
    target_device = torch.device(device)
    dtype = torch.float64 if double else torch.float32
    response = PerturbedNetwork(fit, dtype, target_device)
    retraining = NewtonRetraining(fit, response) if Approximation.RETRAINED in requested else None
    expanded = requested & {Approximation.FIRST, Approximation.SECOND, Approximation.SECOND_CROSS}
    saliency = {
        approximation: np.empty(matrix.voxel_count)
        for approximation in Approximation
        if approximation in requested
    }

    def compute_block(block: slice) -> None:
        x = torch.from_numpy(matrix.values[:, block]).to(device=target_device, dtype=dtype)
        results = compute_expansions(response, x, expanded) if expanded else {}
        if retraining is not None:
            falls = response.hidden_decreases(x)
            deltas = response.output_changes_from(falls)
            results[Approximation.EXACT] = exact_change(response, deltas)
            results[Approximation.RETRAINED] = results[Approximation.EXACT] - retraining.cost_reduction(
                x, falls, deltas
            )
        elif Approximation.EXACT in requested:
            results[Approximation.EXACT] = exact_change(response, response.output_changes(x))
        for approximation, values in saliency.items():
            values[block] = results[approximation].cpu().numpy()

    on_cpu = target_device.type == "cpu"
    columns, threads = (block_width(matrix.scan_count), None) if on_cpu else (GPU_BLOCK_WIDTH, 1)
    for _ in map_blocks(matrix.voxel_count, columns, compute_block, threads, progress):
        pass
    return saliency
