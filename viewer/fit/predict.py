"""Prediction of a network for a scan, with the check whether the scan fits the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from viewer.fit.check_fit import check_fit
from viewer.models.predict import Prediction, predict_empty, predict_prepared
from viewer.scans.multichannel_scan import make_multichannel_scan

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model
    from viewer.progress import Progress
    from viewer.scans.scan import Scan


def predict(
    model: Model,
    scan: Scan,
    device: str | torch.device = "auto",
    progress: Progress | None = None,
    *,
    covariates: Mapping[str, float] | None = None,
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

    Returns
    -------
    Prediction
        ``classes``, ``logits`` and ``probabilities`` of a classification, ``value`` and ``unit`` of a
        regression, ``volumes`` in mm³ of a segmentation, ``remarks``, and ``fit``: whether the scan is of the
        kind that the network was trained on (`viewer.check_fit`).

    Raises
    ------
    ModelError
        The scan cannot be prepared, or the network does not return one number per class.
    ViewerError
        There is no such device.
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
    prepared = model.prepare(scan)
    found = predict_prepared(model, prepared, chosen, progress)
    found = replace(found, empty=predict_empty(model, prepared, chosen))
    return replace(found, fit=check_fit(model, scan, prepared=prepared, prediction=found, device=chosen))
