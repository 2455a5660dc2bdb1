"""Prediction of a network for a scan, with a check of whether the scan fits the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from viewer.fit.check_fit import check_fit
from viewer.models.apply_preparation import (
    PreparationChoice,
    apply_preparation,
    describe_preparation,
    get_preparation,
)
from viewer.models.predict import Prediction, predict_empty, predict_prepared
from viewer.models.uncertainty.member_predictions import compute_spread
from viewer.models.uncertainty.members import Uncertainty, as_uncertainty
from viewer.models.uncertainty.prediction_spread import PredictionSpread
from viewer.progress import Progress
from viewer.scans.multichannel_scan import make_multichannel_scan

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model
    from viewer.preparation.prepared import Prepared
    from viewer.scans.scan import Scan


def predict(
    model: Model,
    scan: Scan,
    device: str | torch.device = "auto",
    progress: Progress | None = None,
    *,
    covariates: Mapping[str, float] | None = None,
    prepare: str | Prepared = "none",
    uncertainty: str | Uncertainty | None = None,
) -> Prediction:
    """Run a network on a scan: class names with logits and probabilities, or a regression's value.

    Parameters
    ----------
    model : Model
        The network; it is not changed.
    scan : Scan
        The scan; it is prepared as the model's card specifies.
    device : str or torch.device
        ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:N"`` or ``"mps"``.
    progress : Progress, optional
        Updated for every window or slice, if the card specifies several, and checked for cancellation.
    covariates : mapping of str to float, optional
        Numbers that the network takes in addition to the images, by name and in their units: ``{"age": 71}``.
    prepare : str or Prepared
        ``"none"`` uses the scan as it is; ``"card"`` first applies the preparation that the model's card
        requires (registration, skull stripping, bias correction); or a preparation of this scan by
        `viewer.prepare`.
    uncertainty : str or Uncertainty, optional
        Variation under which the prediction is repeated: ``"dropout"``, ``"moves"`` or ``"ensemble"``, or a
        `viewer.Uncertainty` with the number of samples, the seed, or the other networks.

    Returns
    -------
    Prediction
        ``classes``, ``logits`` and ``probabilities`` of a classification, ``value`` and ``unit`` of a
        regression, ``volumes`` in mm³ of a segmentation, ``remarks``, and ``fit``: whether the scan is of the
        kind that the network was trained on (`viewer.check_fit`); ``preparation``, if there was one; and
        ``uncertainty``, if requested: ``mean``, ``sd`` and ``intervals`` over the members.

    Raises
    ------
    ModelError
        The scan cannot be prepared, the network does not return one number per class, or it has no dropout or
        is not an ensemble, if that is requested.
    ScanError
        No brain is found for the preparation, or the given preparation is of another scan.
    ValueError
        ``prepare`` or ``uncertainty`` is not a valid choice.
    ViewerError
        There is no such device, or a package for the preparation is missing.
    Cancelled
        Cancelled through ``progress``.

    Examples
    --------
    >>> import viewer
    >>> said = viewer.predict(viewer.load_model("demo"), viewer.load_scan("simulated-lesions"))
    >>> said.classes[said.best]
    'lesion'
    """
    from viewer.jobs.device import select_device

    chosen_device = str(select_device(device))
    resolved = None if uncertainty is None else as_uncertainty(uncertainty)
    scan = make_multichannel_scan(scan, covariates)
    progress = progress or Progress()
    applies_card = prepare == PreparationChoice.CARD
    network_scan = apply_preparation(
        model, scan, prepare, progress.subtask(0, 0.9) if applies_card else progress
    )
    network_progress = progress.subtask(0.9, 1) if applies_card else progress
    members = 0 if resolved is None else resolved.count_members(model)
    prepared = model.prepare(network_scan)
    prediction = predict_prepared(
        model, prepared, chosen_device, network_progress.subtask(0, 1 / (1 + members))
    )
    prediction = replace(prediction, empty_scan_prediction=predict_empty(model, prepared, chosen_device))
    if resolved is not None:
        spread = predict_members(
            model, network_scan, resolved, chosen_device, network_progress.subtask(1 / (1 + members), 1)
        )
        notes = list(resolved.kind.limitations)
        if resolved.models:
            notes.append(f"all but the uncertainty is from {model.card.name} only, not the ensemble's mean")
        prediction = replace(prediction, uncertainty=spread, notes=(*prediction.notes, *notes))
    preparation = get_preparation(network_scan) or "none"
    report = check_fit(
        model, scan, prepared=prepared, prediction=prediction, device=chosen_device, prepare=preparation
    )
    return replace(prediction, fit=report, preparation=describe_preparation(network_scan))


def predict_members(
    model: Model,
    network_scan: Scan | Prepared,
    uncertainty: Uncertainty,
    device: str = "cpu",
    progress: Progress | None = None,
) -> PredictionSpread:
    """Predict with every member, and return the spread.

    Parameters
    ----------
    model
        The network.
    network_scan
        The scan, or the scan as prepared for the network.
    uncertainty
        The members.
    device
        Name of the device.
    progress
        Updated for every member, and checked for cancellation.

    Raises
    ------
    ModelError
        There are no such members, or one of them cannot predict.
    """
    progress = progress or Progress()
    total = uncertainty.count_members(model)
    predictions = []
    for index, member in enumerate(uncertainty.members(model, network_scan)):
        text = f"member {index + 1} of {total}"
        progress.step(index, total, text)
        subtask = progress.subtask(index / total, (index + 1) / total).with_message(text)
        predictions.append(
            predict_prepared(member.model, member.model.prepare(network_scan), device, subtask)
        )
    progress.step(1, 1)
    return compute_spread(predictions, uncertainty.kind, uncertainty.drawn_seed)
