"""Background tasks of the checks panel: checks of a map, and occlusion of a region in the scan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from viewer.progress import Progress

if TYPE_CHECKING:
    from viewer.checks.base import CheckResult
    from viewer.checks.context import CheckContext, Explanation
    from viewer.checks.runner import DurationEstimate
    from viewer.models.model import Model
    from viewer.preparation.prepared import Prepared
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan

REGION_CHECK = "body"
"""Name of the check that occludes one cluster of the map."""


@dataclass(frozen=True, eq=False)
class CheckRequest:
    """Map to check, the other maps of the list, and how the scan was prepared for the network."""

    model: Model
    scan: Scan
    map: Map
    other_maps: tuple[Map, ...] = ()
    mask: Path | None = None
    preparation: Prepared | None = None


@dataclass(frozen=True, eq=False)
class CheckSelection:
    """Selection shown before the checks begin: the map on the network's voxels, and the estimated time."""

    case: Explanation
    estimate: DurationEstimate


def run_map_checks(
    request: CheckRequest, check_names: Sequence[str], device: str, progress: Progress
) -> None:
    """Run checks; report a `CheckSelection` first, then every `CheckResult` as it is ready.

    Raises
    ------
    ViewerError
        The map cannot be checked.
    Cancelled
        Cancelled by ``progress``.
    """
    from viewer.checks.explanations import explanation_from_map, resampled_explanation
    from viewer.checks.localisation import find_ground_truth
    from viewer.checks.method_agreement import NAME as AGREEMENT
    from viewer.checks.method_agreement import check_agreement
    from viewer.checks.runner import estimate_duration, make_checks, run_checks
    from viewer.errors import ScanError

    context = _make_check_context(request, device, progress.subtask(0, 0.02))
    checks = make_checks(check_names, find_ground_truth(context, request.mask))
    if any(check.needs_method for check in checks):
        case = explanation_from_map(context, request.map, progress.subtask(0.02, 0.1))
    else:
        case = resampled_explanation(context, request.map)
    progress.report_partial(CheckSelection(case, estimate_duration((case,), checks)))
    run_checks((case,), checks, with_agreement=False, progress=progress.subtask(0.1, 0.99))
    if AGREEMENT in check_names:
        cases = [case]
        for other in request.other_maps:
            try:
                cases.append(resampled_explanation(context, other))
            except ScanError:
                continue  # A map in another space cannot be compared.
        progress.report_partial(check_agreement(cases, progress.subtask(0.99, 1)))


def check_region_removal(
    request: CheckRequest,
    displayed: Map,
    threshold: float,
    point: tuple[float, float, float],
    device: str,
    progress: Progress,
) -> CheckResult:
    """Compute the output without the cluster at a point of the map, as smoothed and thresholded in the view.

    Raises
    ------
    ViewerError
        There is no cluster, or it is outside the network's input.
    Cancelled
        Cancelled by ``progress``.
    """
    import time

    import numpy as np

    from viewer.checks.base import CheckResult
    from viewer.checks.infill import Fill
    from viewer.checks.region_removal import (
        RegionRemoval,
        describe_removal,
        find_cluster,
        format_position,
        mask_to_network,
        remove_region,
    )

    start = time.monotonic()
    context = _make_check_context(request, device, progress.subtask(0, 0.2))
    grid = displayed.grid
    assert grid is not None
    cluster = find_cluster(np.nan_to_num(displayed.data), grid, threshold, point)
    settings = RegionRemoval()
    removal = remove_region(
        context,
        mask_to_network(context, cluster, grid),
        Fill.INPAINT,
        settings.draws,
        progress.subtask(0.2, 1),
    )
    position = format_position(grid.to_world(np.argwhere(cluster).mean(axis=0)))
    region = f"the region around {position}, thresholded at |value| ≥ {threshold:.3g}"
    outcome = describe_removal(removal, context, region)
    return CheckResult(
        REGION_CHECK,
        "Occluded region",
        request.map.name,
        outcome.verdict,
        outcome.headline,
        outcome.sentence,
        RegionRemoval.limits,
        {**outcome.numbers, "threshold": threshold},
        outcome.plot,
        seconds=time.monotonic() - start,
    )


def write_report(path: Path, case: Explanation, results: Sequence[CheckResult], progress: Progress) -> Path:
    """Write the check results as one HTML file. Raises ViewerError and OSError."""
    from viewer.checks.check_maps import CheckResults
    from viewer.scene.check_report import save_report

    return save_report(CheckResults(case.context, (case,), tuple(results)), path, progress)


def _make_check_context(request: CheckRequest, device: str, progress: Progress) -> CheckContext:
    from viewer.checks.context import make_context

    provenance = request.map.provenance
    return make_context(
        request.model,
        request.scan,
        provenance.target or None,
        provenance.region or None,
        device,
        provenance.seed or 0,
        progress,
        request.preparation or "none",
    )
