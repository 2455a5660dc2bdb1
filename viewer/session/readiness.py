"""Whether a method can be asked now, said before it is started."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from viewer.models.model import Model
    from viewer.scans.scan import Scan


def why_not(method: str | None, model: Model | None, scan: Scan | None) -> str:
    """What is missing for this method to run, in a sentence; empty where nothing is."""
    if scan is None:
        return "Open a scan first."
    if model is None:
        return "Open a model first."
    if model.card.input is None:
        return "The model's card does not say what scans it takes, so no scan can be given to it."
    if method is None:
        return "Choose a method."
    from viewer.methods.method import Needs
    from viewer.methods.registry import find

    needs = find(method).needs
    if Needs.COHORT in needs:
        return "This method learns from many scans; run it from the command line."
    if Needs.LAYER in needs:
        return "This method explains a layer; name it on the command line with --layer."
    return ""
