"""Check of field of view and voxel size."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from viewer.fit.subject import FitSubject
from viewer.models.fit_report import FitCheck, FitVerdict
from viewer.models.input_spec import Placement
from viewer.scans.aligned_image import head_overlap
from viewer.scans.foreground import nonempty_box
from viewer.scans.length_unit import describe_sides, describe_unit
from viewer.scans.multichannel_scan import MultichannelScan, covered_share
from viewer.scans.scan import Scan

Doubles = npt.NDArray[np.float64]

NAME = "field of view"

VIEW_MM = (130.0, 240.0)
"""Range of the side lengths of common fields of view in MNI space, in mm."""

SIDE_TOLERANCE_MM = 0.5
"""Tolerance beyond that range: sides are reported in whole mm, and headers round voxel sizes."""

MAX_COARSER = 2.0
"""Largest ratio of the scan's voxel size to that of the network's grid."""

MAX_MM = 2.5
"""Voxel size in mm that is fine enough for any network for head scans."""

MAX_ANISOTROPY = 3.0

MIN_OVERLAP = 0.5
"""Share of the first image's field of view that each other image must cover."""
MIN_HEADS_OVERLAP = 0.9
"""Minimum overlap of the heads in two images. A rotation by 11° and a shift by 9 mm leave 0.91 for a
simulated and for a real head.
"""

OUTSIDE_SHARE = 0.05
"""Share of the scan's foreground outside the network's grid from which part of the head is missing."""

MIN_COVERED = 0.9
"""Share of the network's field of view that the scan must cover."""

MIN_SIDE_MM = 100.0
"""Side length in mm below which a field of view cuts any adult brain, which is at least 120 mm high."""

MIN_LITRES = 0.8
"""Volume in litres below which a field of view is smaller than any adult brain."""


def check_field_of_view(subject: FitSubject) -> FitCheck:
    """Check the size of the field of view and of the voxels against the network's grid."""
    spec, scan = subject.spec, subject.scan
    sides = np.array(scan.grid.shape) * scan.grid.spacing
    size_text = describe_sides(scan.grid)
    if spec is None or not subject.takes_heads:
        return FitCheck(
            NAME, FitVerdict.NOT_MEASURABLE, "the card does not say what grid the network needs", size_text
        )
    problems: list[str] = []
    verdict = FitVerdict.CAUTION
    if spec.placement is Placement.FIELD_OF_VIEW and spec.space == "affine":
        expected = f"{VIEW_MM[0]:.0f} to {VIEW_MM[1]:.0f} mm a side"
        if sides.min() < VIEW_MM[0] - SIDE_TOLERANCE_MM or sides.max() > VIEW_MM[1] + SIDE_TOLERANCE_MM:
            # No scan in MNI space is like this: the brain certainly has another size than in training.
            verdict = FitVerdict.UNFIT
            problems.append(
                f"the network receives the whole field of view, here {size_text}, and scans in MNI space "
                f"have {expected}: the brain has another size"
            )
    else:
        expected = "the network's grid inside the scan"
    problems += _voxel_problems(subject)
    problems += _misaligned_images(scan)
    empty = _describe_empty_planes(subject)
    if _is_too_small(subject):
        verdict = FitVerdict.UNFIT
        shown_size = describe_sides(subject.nonempty_grid)
        problems.append(
            f"its field of view of {shown_size} is smaller than a brain: "
            f"{describe_unit(subject.nonempty_grid)}"
        )
    elif (shortest_side := _shortest_side(subject)) < MIN_SIDE_MM:
        problems.append(
            f"its field of view is only {shortest_side:.0f} mm along one side: the brain is cut off{empty}"
        )
    elif empty and _is_head_cut(subject):
        problems.append(f"the head is cut off{empty}")
    view_share = _covered_share(subject)
    if view_share == 0:
        verdict = FitVerdict.UNFIT
        problems.append("the scan does not overlap the network's field of view")
    elif view_share < MIN_COVERED:
        problems.append(f"the scan covers only {view_share:.0%} of the network's field of view{empty}")
    outside_share = _outside_share(subject)
    if outside_share > OUTSIDE_SHARE:
        problems.append(f"{outside_share:.0%} of the head lies outside of the network's grid")
    if not problems:
        return FitCheck(
            NAME, FitVerdict.OK, "field of view and voxel size suit the network", size_text, expected
        )
    return FitCheck(NAME, verdict, "; ".join(problems), size_text, expected, reasons=tuple(problems))


def _voxel_problems(subject: FitSubject) -> list[str]:
    """Return what is unusual about the size and the number of the voxels."""
    recorded_grid = subject.recorded_grid
    spacing = np.sort(recorded_grid.spacing)
    size_text = " × ".join(f"{step:.3g}" for step in recorded_grid.spacing)
    problems = []
    limit = MAX_MM
    if subject.prepared is not None:
        limit = max(limit, MAX_COARSER * float(subject.prepared.grid.spacing.min()))
    if spacing[-1] > limit:
        problems.append(f"its voxels of {size_text} mm are coarser than the network needs ({limit:.3g} mm)")
    elif spacing[-1] > MAX_ANISOTROPY * spacing[0]:
        problems.append(
            f"its voxels of {size_text} mm are {spacing[-1] / spacing[0]:.1f} times longer than wide"
        )
    if min(recorded_grid.shape) < 16:
        sizes = " × ".join(map(str, recorded_grid.shape))
        problems.append(f"it has only {sizes} voxels")
    return problems


def _misaligned_images(scan: Scan) -> list[str]:
    """Return which of several images hardly overlap the first one, or are misaligned with it."""
    if not isinstance(scan, MultichannelScan):
        return []
    first, problems = scan.channels[0], []
    remedy = "--align, or Align images in the window, registers them"
    for name, image in list(scan.images.items())[1:]:
        share = covered_share(scan.grid, image.grid)
        if share < MIN_OVERLAP:
            question = "are they of the same person, in the same space?"
            problems.append(f"{name} covers {share:.0%} of the field of view of {first}: {question} {remedy}")
        elif (overlap := head_overlap(scan.first, image)) < MIN_HEADS_OVERLAP:
            overlap_text = f"the heads of {name} and {first} overlap by only {overlap:.0%}"
            problems.append(f"{overlap_text}: they may be misaligned; {remedy}")
    return problems


def _network_sides(subject: FitSubject) -> Doubles:
    """Return the sides in mm of a grid that the card fixes; infinite if it follows the scan."""
    spec, prepared = subject.spec, subject.prepared
    if spec is None or prepared is None or spec.placement not in (Placement.AFFINE, Placement.SPACING):
        return np.full(3, np.inf)
    return np.sort(np.array(prepared.grid.shape) * prepared.grid.spacing)


def _is_too_small(subject: FitSubject) -> bool:
    """Return whether the scan as recorded is smaller than a brain and than the network's grid."""
    sides = _nonempty_sides(subject)
    return bool(sides.prod() < MIN_LITRES * 1e6 and (sides < _network_sides(subject)).any())


def _is_head_cut(subject: FitSubject) -> bool:
    """Return whether planes of zeros cut the head anywhere but at the neck.

    Air that is not zero is also cut if a scan was padded, so it is excluded here.
    """
    data, grid = subject.coarse_scan
    head = np.where(data > 0.25 * float(np.percentile(data, 98)), data, np.float32(0))
    box = nonempty_box(head)
    vertical_axis = int(np.abs(grid.affine[2, :3]).argmax())
    neck_end = 0 if grid.affine[2, vertical_axis] > 0 else -1
    for axis, (side, size) in enumerate(zip(box, grid.shape, strict=True)):
        ends = ((side.start > 0, 0), (side.stop < size, -1))
        if any(cut and (axis, end) != (vertical_axis, neck_end) for cut, end in ends):
            return True
    return False


def _describe_empty_planes(subject: FitSubject) -> str:
    """Return how much of the recorded field of view is empty planes at its ends; "" if nothing."""
    share = 1 - np.prod(subject.nonempty_grid.shape) / np.prod(subject.recorded_grid.shape)
    return f" ({share:.0%} of its voxels are empty planes at an end)" if share else ""


def _shortest_side(subject: FitSubject) -> float:
    """Return the shortest side in mm of the scan as recorded, among those shorter than the network's grid."""
    sides = _nonempty_sides(subject)
    return float(np.where(sides < _network_sides(subject), sides, np.inf).min())


def _nonempty_sides(subject: FitSubject) -> Doubles:
    """Return the sides in mm of the scan as recorded, without empty ends, the shortest first."""
    grid = subject.nonempty_grid
    return np.sort(np.array(grid.shape) * grid.spacing)


def _covered_share(subject: FitSubject) -> float:
    """Return the share of the network's field of view that the scan covers, as it was given.

    For a network in template space, this is the template's brain (within the network's grid, if the card
    fixes it); otherwise it is the fixed grid. A grid that follows the scan is always covered.
    """
    from viewer.fit.pose import TEMPLATE_MM, load_coarse_template

    spec, prepared = subject.spec, subject.prepared
    network_grid = prepared.grid if spec and prepared and spec.placement is Placement.AFFINE else None
    recorded_grid = subject.nonempty_grid
    if subject.preparation is not None:
        # The prepared scan always has the template's field of view, whatever the original scan covers.
        recorded_grid = subject.preparation.grid_to_prepared(recorded_grid)
    if subject.expects_template_space:
        points = load_coarse_template(TEMPLATE_MM).brain_points
        visible_points = points if network_grid is None else points[network_grid.contains(points)]
        if len(visible_points):
            return float(recorded_grid.contains(visible_points).mean())
    return 1.0 if network_grid is None else covered_share(network_grid, recorded_grid)


def _outside_share(subject: FitSubject) -> float:
    """Return the share of the scan's foreground outside the network's grid."""
    spec, prepared = subject.spec, subject.prepared
    if spec is None or prepared is None or spec.dimensions == 2:
        return 0.0
    if spec.placement is Placement.FIELD_OF_VIEW:
        return 0.0
    data, grid = subject.coarse_scan
    threshold = 0.25 * float(np.percentile(data, 98))
    voxels = np.argwhere(data > threshold)
    if not len(voxels):
        return 0.0
    return 1.0 - float(prepared.grid.contains(grid.to_world(voxels)).mean())
