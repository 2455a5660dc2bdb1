"""Check of whether the skull was removed, as the card requires."""

from __future__ import annotations

import numpy as np

from viewer.fit.missing_voxels import describe_missing, fill_empty_planes
from viewer.fit.subject import FitSubject
from viewer.models.fit_report import FitCheck, FitVerdict
from viewer.scans.length_unit import describe_unit

NAME = "skull"

MAX_BRAIN_LITRES = 2.4
"""Largest volume of a brain, in litres; the template's brain has 1.9, the head in a full scan at least 3."""

MIN_HEAD_LITRES = 2.2

POSSIBLE_LITRES = (0.3, 12.0)
"""Range outside which the foreground is neither a brain nor a head with neck and shoulders: the voxel sizes
are wrong, or the scan shows only a small part.
"""

HEAD_RATIO = 1.4
"""Ratio of the foreground to the brain mask above which there is a skull; 1.0 to 1.2 without skull."""


def check_skull(subject: FitSubject) -> FitCheck:
    """Check the volume of the foreground against the brain mask or, without one, against usual volumes."""
    spec = subject.spec
    required = "" if spec is None else spec.skull
    if not subject.takes_heads or not required:
        return FitCheck(NAME, FitVerdict.NOT_MEASURABLE, "the card does not say whether scans have a skull")
    if not np.ptp(subject.scan.data):
        return FitCheck(NAME, FitVerdict.NOT_MEASURABLE, "the image is blank")
    # An empty plane opens the head: its inside would count as air, or only one part would be found.
    litres = fill_empty_planes(subject.scan).foreground_volume / 1e6
    if not POSSIBLE_LITRES[0] <= litres <= POSSIBLE_LITRES[1]:
        comparison = "less than any brain" if litres < POSSIBLE_LITRES[0] else "more than any head"
        volume_text = (
            f"the foreground has {litres:.2g} litres, {comparison}: {describe_unit(subject.scan.grid)}"
        )
        return FitCheck(NAME, FitVerdict.NOT_MEASURABLE, volume_text, f"{litres:.2g} l")
    expected = {"removed": "brain only", "kept": "whole head", "either": "with or without skull"}[required]
    if subject.mask is not None and subject.mask.any():
        brain = np.count_nonzero(subject.mask) * subject.scan.grid.voxel_volume / 1e6
        has_skull, is_certain = bool(litres > HEAD_RATIO * brain), True
        volume_text = f"the foreground has {litres:.1f} litres, {litres / brain:.1f} times the brain"
    else:
        has_skull = bool(litres > MAX_BRAIN_LITRES)
        is_certain = has_skull or litres < MIN_HEAD_LITRES
        volume_text = f"the foreground of this scan has {litres:.1f} litres"
    if not has_skull and describe_missing(subject):
        sentence = f"{volume_text}, but a part of the scan is missing: head and brain cannot be distinguished"
        return FitCheck(NAME, FitVerdict.NOT_MEASURABLE, sentence, f"{litres:.1f} l", expected)
    if required == "removed" and has_skull:
        sentence = f"the network needs a brain without its skull, and {volume_text}, more than any brain"
        return FitCheck(NAME, FitVerdict.CAUTION, sentence, f"{litres:.1f} l", expected)
    if required == "kept" and is_certain and not has_skull:
        sentence = f"the network needs a whole head, and {volume_text}, less than a head"
        return FitCheck(NAME, FitVerdict.CAUTION, sentence, f"{litres:.1f} l", expected)
    return FitCheck(NAME, FitVerdict.OK, f"{volume_text}, as the network needs", f"{litres:.1f} l", expected)
