"""Checks of the network's activations: against batch-norm statistics and those of the training scans."""

from __future__ import annotations

import math

from viewer.fit.subject import FitSubject
from viewer.fit.training_distance import UNFIT_FACTOR, judge_distance
from viewer.models.fit_report import FitCheck, FitVerdict

BATCH_NORM_NAME = "batch norms"
ACTIVATIONS_NAME = "activations"

USUAL_DISTANCE = 0.65
"""Batch-norm distance up to which a scan counts as similar to the training scans, if the card has no training
statistics to derive a limit from. A guess from one network, ADnet: 0.27 and 0.58 on two whole heads
registered to the template, 0.67 and 0.98 on the same brains without skull, 1.71 on the template itself.
"""

UNFIT_DISTANCE = 1.2
"""Distance beyond which a scan is unfit, in the same case; 1 is one stored standard deviation. A guess."""


def check_batch_norms(subject: FitSubject) -> FitCheck:
    """Check the distance of the batch norms' inputs from their stored statistics.

    The distance is the mean over all batch norms of d, where d² = mean over channels of
    ((μ − m)/σ)² + ((s − σ)/σ)² (Schneider et al. 2020).
    """
    activations = subject.activations
    if activations is None:
        return FitCheck(BATCH_NORM_NAME, FitVerdict.NOT_MEASURABLE, subject.problem)
    distance = activations.batch_norm_distance
    if distance is None:
        return FitCheck(
            BATCH_NORM_NAME, FitVerdict.NOT_MEASURABLE, "the network stores no batch-norm statistics"
        )
    reference = subject.reference.batch_norms
    usual, unfit, source = (
        USUAL_DISTANCE,
        UNFIT_DISTANCE,
        "a guess: the card has no training statistics",
    )
    is_guess = True
    if reference is not None and reference.mean.size == 1:
        usual = math.exp(float(reference.mean[0]) + reference.limit * float(reference.sd[0]))
        unfit, source, is_guess = UNFIT_FACTOR * usual, "as in the training scans", False
    expected = f"at most {usual:.2g} ({source})"
    value = float(f"{distance:.3g}")
    if distance <= usual:
        sentence = "the inputs of the network's batch norms are similar to those in training"
        if is_guess:
            sentence += f": the distance of {distance:.2f} is within the guessed limit of {usual:.2g}"
        return FitCheck(BATCH_NORM_NAME, FitVerdict.OK, sentence, value, expected)
    limit = f"guessed limit {usual:.2g}" if is_guess else f"limit {usual:.2g}"
    sentence = (
        "the inputs of the network's batch norms differ from those in training "
        f"(distance {distance:.2f}; {limit})"
    )
    verdict = FitVerdict.UNFIT if distance > unfit else FitVerdict.CAUTION
    return FitCheck(BATCH_NORM_NAME, verdict, sentence, value, expected)


def check_activations(subject: FitSubject) -> FitCheck:
    """Check mean and standard deviation of each layer's channels against those of the training scans."""
    reference = subject.reference.activations
    if reference is None:
        sentence = "the card does not say how the network's layers responded to the training scans"
        return FitCheck(ACTIVATIONS_NAME, FitVerdict.NOT_MEASURABLE, sentence)
    if subject.activations is None:
        return FitCheck(ACTIVATIONS_NAME, FitVerdict.NOT_MEASURABLE, subject.problem)
    return judge_distance(
        ACTIVATIONS_NAME,
        reference,
        subject.activations.layer_statistics,
        "the network's layers respond as they did to the training scans",
        "the network's layers respond differently than to the training scans",
    )
