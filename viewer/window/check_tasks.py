"""What the Trust panel has done in the background: checks of a map, and a region occluded in the scan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from viewer.progress import Progress

if TYPE_CHECKING:
    from viewer.checks.check import Result
    from viewer.checks.run import Estimate
    from viewer.checks.subject import Case, Subject
    from viewer.models.model import Model
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan

REGION_CHECK = "body"
"""The name of the check that takes one body out."""


@dataclass(frozen=True, eq=False)
class CheckRequest:
    """A map, the others of the list, and what they explain."""

    model: Model
    scan: Scan
    map: Map
    others: tuple[Map, ...] = ()
    mask: Path | None = None


@dataclass(frozen=True, eq=False)
class CheckPlan:
    """Shown before the checks begin: the map on the network's voxels, and how long they will take."""

    case: Case
    estimate: Estimate


def run_map_checks(asked: CheckRequest, kinds: Sequence[str], device: str, progress: Progress) -> None:
    """Run checks; a `CheckPlan` is shown first, then every `Result` as it comes.

    Raises
    ------
    ViewerError
        The map cannot be checked.
    Cancelled
        When ``progress`` says so.
    """
    from viewer.checks.agreement import NAME as AGREEMENT
    from viewer.checks.agreement import agreement
    from viewer.checks.cases import case_as_it_is, case_of_map
    from viewer.checks.known import known_place
    from viewer.checks.run import checks_named, estimate, run_checks
    from viewer.errors import ScanError

    subject = _subject(asked, device, progress.subtask(0, 0.02))
    checks = checks_named(kinds, known_place(subject, asked.mask))
    if any(one.needs_method for one in checks):
        case = case_of_map(subject, asked.map, progress.subtask(0.02, 0.1))
    else:
        case = case_as_it_is(subject, asked.map)
    progress.report_partial(CheckPlan(case, estimate((case,), checks)))
    run_checks((case,), checks, together=False, progress=progress.subtask(0.1, 0.99))
    if AGREEMENT in kinds:
        cases = [case]
        for other in asked.others:
            try:
                cases.append(case_as_it_is(subject, other))
            except ScanError:
                continue  # A map of another space has nothing to agree with.
        progress.report_partial(agreement(cases, progress.subtask(0.99, 1)))


def check_region_removal(
    asked: CheckRequest,
    seen: Map,
    threshold: float,
    point: tuple[float, float, float],
    device: str,
    progress: Progress,
) -> Result:
    """What the network says without the body at a point of the map as it is seen: smoothed, and cut now.

    Raises
    ------
    ViewerError
        There is no body, or the network does not see it.
    Cancelled
        When ``progress`` says so.
    """
    import time

    import numpy as np

    from viewer.checks.check import Result
    from viewer.checks.fill import Fill
    from viewer.checks.removal import Removal, body_at, millimetres, on_network, remove, told

    began = time.monotonic()
    subject = _subject(asked, device, progress.subtask(0, 0.2))
    grid = seen.grid
    assert grid is not None
    body = body_at(np.nan_to_num(seen.data), grid, threshold, point)
    settings = Removal()
    removed = remove(
        subject, on_network(subject, body, grid), Fill.INPAINT, settings.draws, progress.subtask(0.2, 1)
    )
    where = millimetres(grid.to_world(np.argwhere(body).mean(axis=0)))
    found = told(removed, subject, f"the region around {where}, cut at |value| ≥ {threshold:.3g}")
    return Result(
        REGION_CHECK,
        "Occluded region",
        asked.map.name,
        found.verdict,
        found.headline,
        found.sentence,
        Removal.limits,
        {**found.numbers, "threshold": threshold},
        found.plot,
        seconds=time.monotonic() - began,
    )


def write_report(path: Path, case: Case, results: Sequence[Result], progress: Progress) -> Path:
    """The report of what was checked, as one HTML file. Raises ViewerError and OSError."""
    from viewer.checks.report import report
    from viewer.scans.atomic_write import atomic_write
    from viewer.scene.figure import render_boxes

    boxes = render_boxes(case.subject.scan, [case.map(case.values, case.name)], progress=progress)
    page = report(case.subject, (case,), results, boxes=boxes)
    with atomic_write(path) as file:
        file.write(page.encode())
    return path


def _subject(asked: CheckRequest, device: str, progress: Progress) -> Subject:
    from viewer.checks.subject import subject_of

    made = asked.map.provenance
    return subject_of(
        asked.model, asked.scan, made.target or None, made.region or None, device, made.seed or 0, progress
    )
