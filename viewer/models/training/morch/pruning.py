"""Optimal brain damage: pruning of the parameters of lowest saliency, with retraining.

A parameter's saliency is ½ H_pp u_p² (Le Cun, Denker, Solla 1990), with H the Hessian of the trained
network's cost. Mørch et al. 1995 prune before the map is computed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from viewer.errors import ModelError
from viewer.models.training.morch.fit import Fit
from viewer.models.training.morch.network import NetworkWeights
from viewer.models.training.morch.training import refit
from viewer.progress import Progress


@dataclass(frozen=True)
class Pruning:
    """Pruned network, and (parameters, E, C) before the first round and after every one."""

    fit: Fit
    history: tuple[tuple[int, float, float], ...]


def prune(fit: Fit, share: float, rounds: int = 10, progress: Progress | None = None) -> Pruning:
    """Remove ``share`` (0 to 1, exclusive) of the weights in equal rounds, retraining after each.

    Biases stay. A hidden unit without remaining weights contributes nothing.

    Raises
    ------
    ModelError
        The share is out of range.
    """
    if not 0 <= share < 1:
        raise ModelError("pruning", f"a share of {share:g} was requested", "choose 0 to below 1")
    progress = progress or Progress()
    sizes = fit.objective.sizes
    weights = NetworkWeights.from_vector(np.zeros(sizes.parameter_count), sizes)
    is_weight = NetworkWeights(weights.w + 1, weights.b, weights.W + 1, weights.beta).to_vector() > 0
    prunable = int((fit.objective.trainable & is_weight).sum())
    entries = [_history_entry(fit)]
    for round_number in range(1, rounds + 1):
        progress.step(round_number - 1, rounds, "pruning")
        removed = prunable - int((fit.objective.trainable & is_weight).sum())
        count = round(prunable * share * round_number / rounds) - removed
        if count <= 0:
            continue
        _, hessian = fit.objective.derivatives(fit.minimum.parameters)
        saliency = np.full(sizes.parameter_count, np.inf)
        saliency[fit.objective.trainable] = (
            0.5 * np.diag(hessian) * fit.minimum.parameters[fit.objective.trainable] ** 2
        )
        saliency[~is_weight] = np.inf
        smallest = np.argsort(saliency, kind="stable")[:count]
        u, trainable = fit.minimum.parameters.copy(), fit.objective.trainable.copy()
        u[smallest], trainable[smallest] = 0.0, False
        pruned = replace(
            fit,
            objective=replace(fit.objective, trainable=trainable),
            minimum=replace(fit.minimum, parameters=u),
        )
        fit = refit(pruned, progress)
        entries.append(_history_entry(fit))
    progress.step(rounds, rounds, "pruning")
    return Pruning(fit, tuple(entries))


def _history_entry(fit: Fit) -> tuple[int, float, float]:
    return int(fit.objective.trainable.sum()), fit.error, fit.minimum.value
