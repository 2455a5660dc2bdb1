"""The saliency of every voxel, all accuracies that are wanted in one pass over the scans."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from viewer.methods.saliency_1995.accuracy import Accuracy
from viewer.methods.saliency_1995.checks import check_fit, check_minimum
from viewer.models.training.morch.fit import Fit
from viewer.progress import Progress
from viewer.scans.blockwise import map_blocks
from viewer.scans.masked_matrix import MaskedMatrix, block_width

CARD_WIDTH = 65536
"""Columns of a block on a graphics card, which wants more work at once than a core's cache holds."""


def voxel_saliency(
    fit: Fit,
    matrix: MaskedMatrix,
    accuracies: Iterable[Accuracy],
    *,
    double: bool = False,
    device: str = "cpu",
    progress: Progress | None = None,
) -> dict[Accuracy, npt.NDArray[np.float64]]:
    """δE of every voxel in each of the accuracies, shape (I,), as it comes: negative where it is.

    Parameters
    ----------
    fit, matrix
        The network and the scans it was trained on.
    accuracies
        Which; what several of them need is computed once.
    double
        Whether everything is computed in float64. In float32 nothing is lost by subtraction either; the
        test holds it to 1e-4 of the largest value.
    device
        "cpu", where blocks go to as many threads as torch is set to use, or a CUDA device.
    progress
        Told after every block.

    Raises
    ------
    MethodError
        The network was trained on other scans, or, with retraining, stands at no true minimum.
    Cancelled
        ``progress`` asked to stop.
    """
    import torch

    from viewer.methods.saliency_1995.exact import exact
    from viewer.methods.saliency_1995.expansion import expansions
    from viewer.methods.saliency_1995.response import Response
    from viewer.methods.saliency_1995.retrained import Retraining

    check_fit(fit, matrix)
    wanted = frozenset(accuracies)
    if Accuracy.RETRAINED in wanted:
        check_minimum(fit)
    place = torch.device(device)
    dtype = torch.float64 if double else torch.float32
    response = Response(fit, dtype, place)
    retraining = Retraining(fit, response) if Accuracy.RETRAINED in wanted else None
    expanded = wanted & {Accuracy.FIRST, Accuracy.SECOND, Accuracy.SECOND_CROSS}
    found = {accuracy: np.empty(matrix.voxels) for accuracy in Accuracy if accuracy in wanted}

    def work(block: slice) -> None:
        x = torch.from_numpy(matrix.values[:, block]).to(device=place, dtype=dtype)
        answers = expansions(response, x, expanded) if expanded else {}
        if retraining is not None:
            falls = response.hidden_falls(x)
            deltas = response.output_changes_from(falls)
            answers[Accuracy.EXACT] = exact(response, deltas)
            answers[Accuracy.RETRAINED] = answers[Accuracy.EXACT] - retraining.gain(x, falls, deltas)
        elif Accuracy.EXACT in wanted:
            answers[Accuracy.EXACT] = exact(response, response.output_changes(x))
        for accuracy, target in found.items():
            target[block] = answers[accuracy].cpu().numpy()

    on_cpu = place.type == "cpu"
    columns, threads = (block_width(matrix.scans), None) if on_cpu else (CARD_WIDTH, 1)
    for _ in map_blocks(matrix.voxels, columns, work, threads, progress):
        pass
    return found
