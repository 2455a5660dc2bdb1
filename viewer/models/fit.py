"""Warnings where a scan is known not to be what a network asks for, before anything is registered.

Each is a fact about the scan beside what the card says, in a sentence. That there are none says nothing:
that a scan fits a network is never claimed here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from viewer.models.card import Card
from viewer.models.input import Input, Placement, Scaling
from viewer.models.output import OutputKind
from viewer.scans.scan import Scan
from viewer.scans.space import CODES, Space, coordinate_space

if TYPE_CHECKING:
    from viewer.models.predict import Prediction

LABELS = 0.6
"""The share of equal neighbours from which whole numbers are taken for labels. In scans of 8 bits it is a
tenth, in the AAL atlas 0.95."""

NEGATIVE = 0.01
"""The share of negative values, among those that are not zero, that is told."""

LARGEST_BRAIN = 2.4
"""Litres; the template's brain has 1.9, a head on a whole scan 3 and more."""

SMALLEST_HEAD = 2.2
OUTSIDE = 0.05
VIEW = (130.0, 240.0)
"""mm; the sides of fields of view of scans in MNI space in common use."""


def scan_warnings(scan: Scan, card: Card) -> tuple[str, ...]:
    """Return a sentence for everything that is known to differ from what the network asks for.

    Parameters
    ----------
    scan
        As it was read.
    card
        Of the network. What it does not ask for is not looked at.
    """
    wanted = card.input
    if wanted is None or (wanted.dimensions == 2 and wanted.placement is not Placement.AFFINE):
        return ()
    return tuple(
        line
        for line in (
            _kind(scan.data),
            _space(scan, wanted),
            _skull(scan, wanted),
            _view(scan, wanted),
            _intensities(scan.data, wanted),
        )
        if line
    )


def empty_sentence(empty: Prediction) -> str:
    """Tell what the network answers to an empty scan, beside which its answer to this one stands."""
    if empty.probabilities and empty.output is OutputKind.MULTI_LABEL:
        labels = zip(empty.classes, empty.probabilities, strict=True)
        return "an empty scan gets " + ", ".join(f"{name} {share:.1%}" for name, share in labels)
    if empty.probabilities:
        most = max(range(len(empty.probabilities)), key=empty.probabilities.__getitem__)
        return f"an empty scan gets {empty.classes[most]}, {empty.probabilities[most]:.1%}"
    if empty.kind == "classification":
        values = zip(empty.classes, empty.logits, strict=True)
        return "an empty scan gets " + ", ".join(f"{name} {value:.4g}" for name, value in values)
    return "" if empty.value is None else f"an empty scan gets {empty.value:.4g} {empty.unit}".rstrip()


def _kind(data: npt.NDArray[np.float32]) -> str:
    """Labels and statistical maps are no scans."""
    present = data != 0
    count = int(np.count_nonzero(present))
    if not count:
        return "it is zero everywhere"
    negative = int(np.count_nonzero(data < 0)) / count
    if negative > NEGATIVE:
        return (
            f"{negative:.0%} of its values are negative, as those of a statistical map or of a scan that was "
            "standardised before"
        )
    some = data[:, :: max(1, data.shape[1] // 64)]
    pairs = (some[1:] != 0) & (some[:-1] != 0)
    if not pairs.any() or (some != np.rint(some)).any():
        return ""
    equal = float((some[1:] == some[:-1])[pairs].mean())
    if equal < LABELS:
        return ""
    return "it holds whole numbers in patches, as an atlas of labels or a mask does"


def _space(scan: Scan, wanted: Input) -> str:
    if wanted.space != "affine" and wanted.placement is not Placement.AFFINE:
        return ""
    own = coordinate_space(scan.grid, scan.stored, scan.path)
    if own is Space.MNI:
        return ""
    qform, sform = scan.stored.codes or (0, 0)
    code = sform or qform
    says = f"its header says {CODES[code]}" if code in CODES else "its header does not say"
    return f"the network wants a scan in MNI space, and this one is not known to be ({says})"


def _skull(scan: Scan, wanted: Input) -> str:
    if wanted.skull not in ("removed", "kept"):
        return ""
    litres = scan.foreground_volume / 1e6
    if wanted.skull == "removed" and litres > LARGEST_BRAIN:
        return (
            f"the network wants a brain without its skull, and what is not air in this scan has {litres:.1f} "
            "litres, more than any brain"
        )
    if wanted.skull == "kept" and litres < SMALLEST_HEAD:
        return (
            f"the network wants a whole head, and what is not air in this scan has {litres:.1f} litres, less "
            "than a head"
        )
    return ""


def _view(scan: Scan, wanted: Input) -> str:
    """A field of view that is resized whole: where it is another, the head has another size."""
    if wanted.placement is not Placement.FIELD_OF_VIEW or wanted.space != "affine":
        return ""
    sides = np.array(scan.grid.shape) * scan.grid.spacing
    if bool(((sides >= VIEW[0]) & (sides <= VIEW[1])).all()):
        return ""
    told = " × ".join(f"{side:.0f}" for side in sides)
    return (
        f"the network is shown the whole field of view, of {told} mm here: scans in MNI space have "
        f"{VIEW[0]:.0f} to {VIEW[1]:.0f} mm a side, so that the brain is of another size"
    )


def _intensities(data: npt.NDArray[np.float32], wanted: Input) -> str:
    bounds = wanted.intensity.bounds
    present = data[data != 0]
    if wanted.intensity.scaling is not Scaling.BOUNDS or bounds is None or not present.size:
        return ""
    beyond = float(((present < bounds[0]) | (present > bounds[1])).mean())
    if beyond <= OUTSIDE:
        return ""
    return f"{beyond:.0%} of its values lie beyond {bounds[0]:g} to {bounds[1]:g}, which the network asks for"
