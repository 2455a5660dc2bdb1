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
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan

REGION_CHECK = "body"
"""The name of the check that takes one body out."""


@dataclass(frozen=True, eq=False)
class CheckRequest:
    """Map to check, the other maps of the list, and the explained outputs."""

    model: Model
    scan: Scan
    map: Map
    others: tuple[Map, ...] = ()
    mask: Path | None = None


@dataclass(frozen=True, eq=False)
class CheckSelection:
    """Selection shown before the checks begin: the map on the network's voxels, and the estimated time."""

    case: Explanation
    estimate: DurationEstimate


def run_map_checks(asked: CheckRequest, kinds: Sequence[str], device: str, progress: Progress) -> None:
    """Run checks; emit a `CheckSelection` first, then every `Result` as it is ready.

    Raises
    ------
    ViewerError
        The map cannot be checked.
    Cancelled
        Cancelled by ``progress``.
    """
    from viewer.checks.explanations import explanation_as_given, explanation_from_map
    from viewer.checks.localisation import find_ground_truth
    from viewer.checks.method_agreement import NAME as AGREEMENT
    from viewer.checks.method_agreement import check_agreement
    from viewer.checks.runner import estimate_duration, make_checks, run_checks
    from viewer.errors import ScanError

    subject = _subject(asked, device, progress.subtask(0, 0.02))
    checks = make_checks(kinds, find_ground_truth(subject, asked.mask))
    if any(one.needs_method for one in checks):
        case = explanation_from_map(subject, asked.map, progress.subtask(0.02, 0.1))
    else:
        case = explanation_as_given(subject, asked.map)
    progress.report_partial(CheckSelection(case, estimate_duration((case,), checks)))
    run_checks((case,), checks, together=False, progress=progress.subtask(0.1, 0.99))
    if AGREEMENT in kinds:
        cases = [case]
        for other in asked.others:
            try:
                cases.append(explanation_as_given(subject, other))
            except ScanError:
                continue  # A map of another space has nothing to agree with.
        progress.report_partial(check_agreement(cases, progress.subtask(0.99, 1)))


def check_region_removal(
    asked: CheckRequest,
    seen: Map,
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

    began = time.monotonic()
    subject = _subject(asked, device, progress.subtask(0, 0.2))
    grid = seen.grid
    assert grid is not None
    body = find_cluster(np.nan_to_num(seen.data), grid, threshold, point)
    settings = RegionRemoval()
    removed = remove_region(
        subject, mask_to_network(subject, body, grid), Fill.INPAINT, settings.draws, progress.subtask(0.2, 1)
    )
    where = format_position(grid.to_world(np.argwhere(body).mean(axis=0)))
    found = describe_removal(removed, subject, f"the region around {where}, cut at |value| ≥ {threshold:.3g}")
    return CheckResult(
        REGION_CHECK,
        "Occluded region",
        asked.map.name,
        found.verdict,
        found.headline,
        found.sentence,
        RegionRemoval.limits,
        {**found.numbers, "threshold": threshold},
        found.plot,
        seconds=time.monotonic() - began,
    )


def write_report(path: Path, case: Explanation, results: Sequence[CheckResult], progress: Progress) -> Path:
    """Write the check results as one HTML file. Raises ViewerError and OSError."""
    from viewer.checks.check_maps import CheckResults
    from viewer.scene.check_report import save_report

    return save_report(CheckResults(case.context, (case,), tuple(results)), path, progress)


def _subject(asked: CheckRequest, device: str, progress: Progress) -> CheckContext:
    from viewer.checks.context import make_context

    made = asked.map.provenance
    return make_context(
        asked.model, asked.scan, made.target or None, made.region or None, device, made.seed or 0, progress
    )
