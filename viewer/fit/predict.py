"""Prediction of a network for a scan, with the check whether the scan fits the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from viewer.fit.check_fit import check_fit
from viewer.models.apply_preparation import (
    PreparationChoice,
    apply_preparation,
    describe_preparation,
    preparation_of,
)
from viewer.models.predict import Prediction, predict_empty, predict_prepared
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
        Updated for every window or slice, where the card specifies several, and checked for cancellation.
    covariates : mapping of str to float, optional
        Numbers that the network takes beside the images, by name and in their units: ``{"age": 71}``.
    prepare : str or Prepared
        ``"none"`` takes the scan as it is; ``"card"`` first does what the model's card asks for
        (registration, skull, bias field); or a preparation of this scan by `viewer.prepare`.

    Returns
    -------
    Prediction
        ``classes``, ``logits`` and ``probabilities`` of a classification, ``value`` and ``unit`` of a
        regression, ``volumes`` in mm³ of a segmentation, ``remarks``, and ``fit``: whether the scan is of the
        kind that the network was trained on (`viewer.check_fit`); ``preparation``, if there was one.

    Raises
    ------
    ModelError
        The scan cannot be prepared, or the network does not return one number per class.
    ScanError
        No brain is found for the preparation, or it is of another scan.
    ValueError
        ``prepare`` is no such word.
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

    chosen = str(select_device(device))
    scan = make_multichannel_scan(scan, covariates)
    progress = progress or Progress()
    applies = prepare == PreparationChoice.CARD
    shown = apply_preparation(model, scan, prepare, progress.subtask(0, 0.9) if applies else progress)
    work = progress.subtask(0.9, 1) if applies else progress
    prepared = model.prepare(shown)
    found = predict_prepared(model, prepared, chosen, work)
    found = replace(found, empty=predict_empty(model, prepared, chosen))
    used = preparation_of(shown) or "none"
    report = check_fit(model, scan, prepared=prepared, prediction=found, device=chosen, prepare=used)
    return replace(found, fit=report, preparation=describe_preparation(shown))
