"""Leave-one-subject-out cross-validation: performance on unseen subjects.

For every subject, the components are recomputed from the others' scans; components that include the held-out
scans would be biased. Everything is computed from the Gram matrix of all scans.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from viewer.errors import ModelError
from viewer.models.training.morch.cost import Array, make_cost
from viewer.models.training.morch.fit import decode_outputs
from viewer.models.training.morch.network import forward
from viewer.models.training.morch.pca import project_held_out
from viewer.models.training.morch.targets import Targets
from viewer.models.training.morch.training import fit_components
from viewer.models.training.morch.training_options import Paradigm, TrainingOptions
from viewer.progress import Progress
from viewer.scans.confounds import residual_gram


@dataclass(frozen=True, eq=False)
class CrossValidation:
    """Predictions for scans of subjects that the networks were not trained on.

    Parameters
    ----------
    predictions
        Shape (J,): graded values in their own unit, or class indices.
    cost
        Mean cost over all scans, each from the network trained without its subject. For graded values in
        units of their variance: 1 is no better than the mean.
    score
        Accuracy for classes; for graded values, the correlation of the predictions with them.
    """

    predictions: Array
    cost: float
    score: float


def leave_one_subject_out(
    gram: Array,
    targets: Targets,
    subjects: Sequence[str],
    options: TrainingOptions,
    progress: Progress | None = None,
    confound_design: Array | None = None,
) -> CrossValidation:
    """Train without each subject in turn, and predict that subject's scans.

    ``confound_design`` are the columns that were regressed out of all scans
    (`viewer.scans.confounds.confound_design`); here their coefficients are estimated from the training scans
    only.

    Raises
    ------
    ModelError
        There is only one subject, or without one of them a class is missing or y is constant.
    """
    progress = progress or Progress()
    names = list(dict.fromkeys(subjects))
    if len(names) < 2:
        raise ModelError(
            "leave-one-subject-out", f"there is only the subject {names[0]!r}", "at least two are needed"
        )
    outputs = np.zeros_like(targets.Y)
    labels = np.asarray(subjects)
    for index, name in enumerate(names):
        progress.step(index, len(names), f"without {name}")
        train = labels != name
        training_targets = Targets(
            targets.Y[:, train], targets.paradigm, targets.classes, targets.mean, targets.deviation
        )
        if np.ptp(training_targets.Y, axis=1).max() == 0:
            raise ModelError(
                "leave-one-subject-out",
                f"without {name!r} y is the same for every scan",
                "every value of y is needed in at least two subjects",
            )
        subject_gram = gram if confound_design is None else residual_gram(gram, confound_design, train)
        components, V = project_held_out(subject_gram, train, options.components)
        fit = fit_components(
            components,
            training_targets,
            options,
            progress.subtask(index / len(names), (index + 1) / len(names)),
        )
        outputs[:, ~train] = forward(fit.weights, fit.objective.activation, V).F
    predictions = decode_outputs(outputs, targets)
    cost = float(make_cost(targets.cost, len(targets.Y)).losses(outputs, targets.Y).mean())
    if targets.paradigm is Paradigm.CLASSES:
        score = float((predictions == targets.labels).mean())
    else:
        sd = float(predictions.std())
        score = float(np.corrcoef(predictions, targets.Y[0])[0, 1]) if sd > 0 else 0.0
    return CrossValidation(predictions, cost, score)
