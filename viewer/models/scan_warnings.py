"""Warnings where a scan is known to differ from a network's input specification.

Each compares a fact about the scan with the card, in a sentence. No warning does not mean that the scan is
suitable for the network.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from viewer.models.input_spec import InputSpec, IntensityScaling, Placement
from viewer.models.model_card import Card
from viewer.scans.scan import Scan
from viewer.scans.space import CODES, Space, coordinate_space

LABEL_SHARE = 0.6
"""Share of equal neighbours from which integers are assumed to be labels: 0.1 in 8-bit scans, 0.95 in the
AAL atlas."""

NEGATIVE_SHARE = 0.01
"""Share of negative values, among those that are not zero, from which there is a warning."""

MAX_BRAIN_LITRES = 2.4
"""Litres; the template's brain has 1.9, a head in a whole scan at least 3."""

MIN_HEAD_LITRES = 2.2
OUTSIDE_SHARE = 0.05
VIEW_MM = (130.0, 240.0)
"""Range in mm of the sides of common fields of view in MNI space."""


def scan_warnings(scan: Scan, card: Card) -> tuple[str, ...]:
    """Return a sentence for every known difference from what the network needs.

    Parameters
    ----------
    scan
        The scan as read.
    card
        Card of the network. Entries that it lacks are not checked.
    """
    spec = card.input
    if spec is None or (spec.dimensions == 2 and spec.placement is not Placement.AFFINE):
        return ()
    return tuple(
        line
        for line in (
            _values_warning(scan.data),
            _space_warning(scan, spec),
            _skull_warning(scan, spec),
            _field_of_view_warning(scan, spec),
            _intensity_warning(scan.data, spec),
        )
        if line
    )


def _values_warning(data: npt.NDArray[np.float32]) -> str:
    """Return a warning where the values look like labels or a statistical map."""
    present = data != 0
    count = int(np.count_nonzero(present))
    if not count:
        return "it is zero everywhere"
    negative = int(np.count_nonzero(data < 0)) / count
    if negative > NEGATIVE_SHARE:
        return (
            f"{negative:.0%} of its values are negative, as those of a statistical map or of a scan that was "
            "standardised before"
        )
    some = data[:, :: max(1, data.shape[1] // 64)]
    pairs = (some[1:] != 0) & (some[:-1] != 0)
    if not pairs.any() or (some != np.rint(some)).any():
        return ""
    equal = float((some[1:] == some[:-1])[pairs].mean())
    if equal < LABEL_SHARE:
        return ""
    return "it holds whole numbers in patches, as an atlas of labels or a mask does"


def _space_warning(scan: Scan, spec: InputSpec) -> str:
    if spec.space != "affine" and spec.placement is not Placement.AFFINE:
        return ""
    own = coordinate_space(scan.grid, scan.stored, scan.path)
    if own is Space.MNI:
        return ""
    qform, sform = scan.stored.codes or (0, 0)
    code = sform or qform
    says = f"its header says {CODES[code]}" if code in CODES else "its header does not say"
    return f"the network wants a scan in MNI space, and this one is not known to be ({says})"


def _skull_warning(scan: Scan, spec: InputSpec) -> str:
    if spec.skull not in ("removed", "kept"):
        return ""
    litres = scan.foreground_volume / 1e6
    if spec.skull == "removed" and litres > MAX_BRAIN_LITRES:
        return (
            f"the network wants a brain without its skull, and what is not air in this scan has {litres:.1f} "
            "litres, more than any brain"
        )
    if spec.skull == "kept" and litres < MIN_HEAD_LITRES:
        return (
            f"the network wants a whole head, and what is not air in this scan has {litres:.1f} litres, less "
            "than a head"
        )
    return ""


def _field_of_view_warning(scan: Scan, spec: InputSpec) -> str:
    """Return a warning where the whole field of view is resized and has an unusual size."""
    if spec.placement is not Placement.FIELD_OF_VIEW or spec.space != "affine":
        return ""
    sides = np.array(scan.grid.shape) * scan.grid.spacing
    if bool(((sides >= VIEW_MM[0]) & (sides <= VIEW_MM[1])).all()):
        return ""
    size_text = " × ".join(f"{side:.0f}" for side in sides)
    return (
        f"the network is shown the whole field of view, of {size_text} mm here: scans in MNI space have "
        f"{VIEW_MM[0]:.0f} to {VIEW_MM[1]:.0f} mm a side, so that the brain is of another size"
    )


def _intensity_warning(data: npt.NDArray[np.float32], spec: InputSpec) -> str:
    bounds = spec.intensity.bounds
    present = data[data != 0]
    if spec.intensity.scaling is not IntensityScaling.BOUNDS or bounds is None or not present.size:
        return ""
    beyond = float(((present < bounds[0]) | (present > bounds[1])).mean())
    if beyond <= OUTSIDE_SHARE:
        return ""
    return f"{beyond:.0%} of its values lie beyond {bounds[0]:g} to {bounds[1]:g}, which the network asks for"
