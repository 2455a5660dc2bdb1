"""The fit check: all checks of whether a scan fits a network."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from viewer.errors import ModelError
from viewer.fit import population, preparation
from viewer.fit.subject import FitSubject, Mask
from viewer.models.apply_preparation import PreparationChoice, apply_preparation
from viewer.models.fit_report import FitCheck, FitReport, FitVerdict
from viewer.progress import Progress
from viewer.scans.multichannel_scan import MultichannelScan
from viewer.scans.scan import Scan

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model
    from viewer.models.predict import Prediction
    from viewer.models.preprocessing import PreparedInput
    from viewer.preparation.prepared import Prepared
    from viewer.scans.map import Map

Check = Callable[[FitSubject], FitCheck]
SlowCheck = Callable[[FitSubject, Progress], FitCheck]


def check_fit(
    model: Model,
    scan: Scan,
    *,
    slow: bool = False,
    mask: Mask | None = None,
    relevance: Map | None = None,
    prepared: PreparedInput | None = None,
    prediction: Prediction | None = None,
    device: str | torch.device = "auto",
    progress: Progress | None = None,
    prepare: str | Prepared = "none",
) -> FitReport:
    """Check whether a scan is of the kind that a network was trained on.

    No scan is rejected: the verdict helps to interpret a prediction or a map.

    Parameters
    ----------
    model : Model
        The network; it is not changed.
    scan : Scan
        The scan, as read.
    slow : bool
        Also run the slow checks: the brain is extracted and registered to the template, and the prediction is
        repeated under small shifts and perturbations of the scan.
    mask : numpy.ndarray, optional
        Brain mask, bool, of the scan's shape, for example from `viewer.prepare`.
    relevance : Map, optional
        A map of this scan, whose relevance in brain, skull and air is reported if there is a mask.
    prepared : PreparedInput, optional
        The scan as the network's input, if it has already been prepared.
    prediction : Prediction, optional
        The network's prediction for the scan, if it is already known.
    device : str or torch.device
        ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:N"`` or ``"mps"``.
    progress : Progress, optional
        Updated before every check, and checked for cancellation.
    prepare : str or Prepared
        As for `viewer.predict`; the prepared scan is checked.

    Returns
    -------
    FitReport
        ``verdict`` ("ok", "caution" or "unfit"), ``checks``, and ``as_json()``.

    Raises
    ------
    ScanError
        No brain is found for the preparation, or the given preparation is of another scan.
    ValueError
        ``prepare`` is not a valid choice.
    ViewerError
        There is no such device, or a package for the preparation is missing.
    Cancelled
        Cancelled through ``progress``.

    Examples
    --------
    >>> import viewer
    >>> report = viewer.check_fit(viewer.load_model("demo"), viewer.load_scan("simulated-lesions"))
    >>> str(report.verdict)
    'ok'
    """
    from viewer.jobs.device import select_device

    started = time.monotonic()
    progress = progress or Progress()
    applies_card = prepare == PreparationChoice.CARD
    network_scan = apply_preparation(
        model, scan, prepare, progress.subtask(0, 0.8) if applies_card else progress
    )
    progress = progress.subtask(0.8, 1) if applies_card else progress
    given_subject = FitSubject(
        model,
        scan,
        prepared,
        prediction=prediction,
        mask=mask,
        relevance=relevance,
        device=str(select_device(device)),
    )
    subject = _with_input(_with_preparation(given_subject, network_scan))
    fast_progress = progress.subtask(0, 0.2) if slow else progress
    checks = []
    has_several_images = isinstance(scan, MultichannelScan) and len(scan.channels) > 1
    names = list_checks(
        relevance is not None,
        has_several_images=has_several_images,
        has_covariates=bool(model.card.covariates),
    )
    if population.trained_on_simulations(model.card):
        names.insert(0, (population.NAME, population.check_population))
    if subject.preparation is not None:
        names.insert(0, (preparation.NAME, preparation.check_preparation))
    for index, (name, check) in enumerate(names):
        fast_progress.step(index, len(names), f"checking the scan: {name}")
        checks.append(_run_check(name, partial(check, subject)))
    report = FitReport(tuple(checks), round(time.monotonic() - started, 3))
    if slow:
        report = _add_slow_checks(report, subject, list_slow_checks(True), progress.subtask(0.2, 1))
    progress.step(1, 1)
    return report


def add_slow_checks(
    report: FitReport,
    model: Model,
    scan: Scan,
    *,
    mask: Mask | None = None,
    prediction: Prediction | None = None,
    device: str | torch.device = "auto",
    progress: Progress | None = None,
    prepare: str | Prepared = "none",
) -> FitReport:
    """Run the slow checks except the registration, and return a report that includes them.

    Parameters
    ----------
    report : FitReport
        The other checks of this scan, as `check_fit` returns them without ``slow``.
    model, scan, mask, prediction, device, prepare
        As for `check_fit`.
    progress : Progress, optional
        Updated for every prediction, and checked for cancellation.

    Raises
    ------
    ViewerError
        There is no such device.
    Cancelled
        Cancelled through ``progress``.
    """
    from viewer.jobs.device import select_device

    progress = progress or Progress()
    applies_card = prepare == PreparationChoice.CARD
    network_scan = apply_preparation(
        model, scan, prepare, progress.subtask(0, 0.8) if applies_card else progress
    )
    given_subject = FitSubject(
        model, scan, prediction=prediction, mask=mask, device=str(select_device(device))
    )
    subject = _with_input(_with_preparation(given_subject, network_scan))
    names = list_slow_checks(include_registration=False)
    return _add_slow_checks(report, subject, names, progress.subtask(0.8, 1) if applies_card else progress)


def _with_input(subject: FitSubject) -> FitSubject:
    """Return a subject with the network's input, or why there is none, and with fixed covariates."""
    if subject.prepared is None:
        try:
            network_scan = subject.preparation or subject.scan
            subject = replace(subject, prepared=subject.model.prepare(network_scan).in_template())
        except ModelError as error:
            subject = replace(subject, problem=error.problem)
    if subject.prepared is not None and subject.prepared.covariates:
        # Only the image is checked and changed; covariates such as age keep the person's values.
        model = subject.model.with_fixed_covariates(subject.prepared.covariates)
        subject = replace(subject, model=model, prepared=subject.prepared.without_covariates())
    return subject


def _add_slow_checks(
    report: FitReport, subject: FitSubject, checks: list[tuple[str, SlowCheck]], progress: Progress
) -> FitReport:
    """Return a report with the slow checks after the others, in place of earlier ones of the same name."""
    started = time.monotonic()
    added = []
    for index, (name, check) in enumerate(checks):
        subtask = progress.subtask(index / len(checks), (index + 1) / len(checks))
        subtask = subtask.with_message(f"checking the scan: {name}")
        subtask.raise_if_cancelled()
        added.append(_run_check(name, partial(check, subject, subtask)))
    kept = [check_result for check_result in report.checks if check_result.name not in dict(checks)]
    return FitReport((*kept, *added), round(report.seconds + time.monotonic() - started, 3))


def _with_preparation(subject: FitSubject, network_scan: Scan | Prepared) -> FitSubject:
    """Return the subject with the prepared scan, and with mask and map transformed to its space."""
    if isinstance(network_scan, Scan):
        return subject
    from viewer.scans.resample import resample

    mask = subject.mask if network_scan.mask is None else network_scan.mask.data
    if mask is not None:
        grid = network_scan.grid_to_prepared(network_scan.original.grid)
        mask = resample(mask.astype(np.float32), grid, network_scan.scan.grid) > 0.5
    relevance = subject.relevance
    if relevance is not None and relevance.grid is not None:
        relevance = replace(relevance, grid=network_scan.grid_to_prepared(relevance.grid), stored=None)
    prepared = None if subject.prepared is None else subject.prepared.in_template()
    return replace(
        subject,
        scan=network_scan.scan,
        prepared=prepared,
        mask=mask,
        relevance=relevance,
        preparation=network_scan,
    )


def list_slow_checks(include_registration: bool) -> list[tuple[str, SlowCheck]]:
    """Return the slow checks by name, in the order in which they are shown.

    ``include_registration`` includes the slowest one.
    """
    from viewer.fit import steadiness

    checks: list[tuple[str, SlowCheck]] = [(steadiness.NAME, steadiness.check_steadiness)]
    if include_registration:
        from viewer.fit.registration import NAME, check_registration

        checks.insert(0, (NAME, check_registration))
    return checks


def list_checks(
    has_relevance: bool, *, has_several_images: bool = False, has_covariates: bool = False
) -> list[tuple[str, Check]]:
    """Return the fast checks to run, by name, in the order in which they are shown.

    ``has_relevance``, ``has_several_images`` and ``has_covariates`` tell whether there are a map, several
    images and covariates.
    """
    from viewer.fit import (
        activations,
        empty_scan,
        field_of_view,
        image_kind,
        intensities,
        missing_voxels,
        person,
        pose,
        skull,
    )

    checks: list[tuple[str, Check]] = [
        (image_kind.NAME, image_kind.check_image_kind),
        (missing_voxels.NAME, missing_voxels.check_missing_voxels),
        (field_of_view.NAME, field_of_view.check_field_of_view),
        (pose.NAME, pose.check_pose),
        (pose.OUTLINE_NAME, pose.check_outline),
        (skull.NAME, skull.check_skull),
        (intensities.NAME, intensities.check_intensities),
        (intensities.CONTRAST_NAME, intensities.check_contrast),
        (activations.BATCH_NORM_NAME, activations.check_batch_norms),
        (activations.ACTIVATIONS_NAME, activations.check_activations),
        (empty_scan.NAME, empty_scan.check_empty_scan),
    ]
    # Errors in the inputs are reported before their consequences.
    if has_covariates:
        checks.insert(0, (person.COVARIATES_NAME, person.check_covariates))
    if has_several_images:
        checks.insert(0, (person.IMAGES_NAME, person.check_images))
    if has_relevance:
        from viewer.fit import relevance_share

        checks.append((relevance_share.NAME, relevance_share.check_relevance_share))
    return checks


def _run_check(name: str, check: Callable[[], FitCheck]) -> FitCheck:
    """Run one check; an error of the network or its card makes only this check not measurable."""
    try:
        return check()
    except ModelError as error:
        return FitCheck(name, FitVerdict.NOT_MEASURABLE, f"not measurable: {error}")
