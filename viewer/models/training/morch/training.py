"""Training of the network of Mørch et al. 1995 on the principal components of the scans."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from viewer.errors import ModelError
from viewer.models.training.morch.cost import Array
from viewer.models.training.morch.fit import Fit
from viewer.models.training.morch.levenberg_marquardt import Minimum, minimise
from viewer.models.training.morch.network import (
    LayerSizes,
    initial_weights,
    trainable_parameters,
)
from viewer.models.training.morch.objective import TrainingObjective
from viewer.models.training.morch.pca import PrincipalComponents, principal_components
from viewer.models.training.morch.targets import Targets
from viewer.models.training.morch.training_options import HiddenActivation, TrainingOptions
from viewer.progress import Progress

MAX_PARAMETERS = 4000
"""Largest number of parameters; their Hessian takes 128 MB and one to two seconds to factorise."""


def train_network(
    gram: Array, targets: Targets, options: TrainingOptions, progress: Progress | None = None
) -> Fit:
    """Return the best minimum from all random starts.

    Parameters
    ----------
    gram
        X Xᵀ of the scans, shape (J, J).
    targets
        Targets, one per scan.
    options
        Options of the training.
    progress
        Updated after every start.

    Raises
    ------
    ModelError
        The scans have fewer components than requested, or no start reached a minimum.
    Cancelled
        Cancelled through ``progress``.
    """
    components = principal_components(gram, options.components)
    return fit_components(components, targets, options, progress)


def fit_components(
    components: PrincipalComponents,
    targets: Targets,
    options: TrainingOptions,
    progress: Progress | None = None,
) -> Fit:
    """Train as `train_network`, with the same errors, on given components."""
    progress = progress or Progress()
    outputs = len(targets.Y)
    linear = options.activation is HiddenActivation.LINEAR
    sizes = LayerSizes(components.count, outputs if linear else options.hidden, outputs)
    if sizes.parameter_count > MAX_PARAMETERS:
        raise ModelError(
            "components",
            f"{sizes.components} of them and {sizes.hidden} hidden units make "
            f"{sizes.parameter_count:,} weights",
            f"use fewer; training with their Hessian supports at most {MAX_PARAMETERS:,}",
        )
    objective = TrainingObjective(
        components.V,
        targets.Y,
        sizes,
        options.activation,
        targets.cost,
        options.decay,
        trainable_parameters(sizes, options.activation, options.biases),
    )
    generator = np.random.default_rng(options.seed)
    best: Minimum | None = None
    starts = 1 if linear else options.starts
    for index in range(starts):
        progress.step(index, starts, "training")
        start = initial_weights(sizes, options.activation, generator, components.V)
        minimum = minimise(objective, start.to_vector(), progress=progress)
        if best is None or (minimum.converged, -minimum.value) > (best.converged, -best.value):
            best = minimum
    progress.step(starts, starts, "training")
    if best is None or not np.isfinite(best.value):
        raise ModelError("training", "reached no finite cost", "choose a larger decay")
    return Fit(components, targets, objective, best)


def refit(fit: Fit, progress: Progress | None = None) -> Fit:
    """Continue training a fit from its current parameters, such as after pruning."""
    return replace(fit, minimum=minimise(fit.objective, fit.minimum.parameters, progress=progress))
