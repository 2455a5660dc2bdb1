"""One-page report of a result: person, prediction, pictures, bodies, checks, and what is unknown."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from viewer.checks.base import CheckResult
from viewer.errors import ScanError, ViewerError
from viewer.models.predict import Prediction
from viewer.progress import Progress
from viewer.scans.atomic_write import atomic_write
from viewer.scans.map import Map
from viewer.scans.scan import Scan
from viewer.scene.result_report.picture_sizes import BOX_DPI, BOX_SIZE, SLICES_DPI, SLICES_SIZE
from viewer.scene.web_page.facts import prediction_of
from viewer.session.map_clusters import clusters
from viewer.session.view import Theme, View

if TYPE_CHECKING:
    from viewer.models.model import Model
    from viewer.scans.atlas import Atlas
    from viewer.scene.result_report.content import ResultReport

ENDINGS = (".html", ".htm", ".pdf")


def report(
    scan: Scan,
    shown: Map,
    path: str | Path,
    view: View | None = None,
    *,
    prediction: Prediction | None = None,
    model: Model | None = None,
    atlas: Atlas | None = None,
    checks: Sequence[CheckResult] = (),
    pseudonym: str = "",
    interactive: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Write a one-page report of a map, as self-contained HTML or as PDF on A4, by the path's suffix.

    It contains the person's identity, the prediction with the fit of the scan and the uncertainty, box and
    slices, the strongest bodies, the results of checks, what is not known, and the entries of CLIX-M and
    FUTURE-AI that a program can fill in. It is marked "research only".

    Parameters
    ----------
    scan : Scan
        The scan.
    shown : Map
        A map of it, on a grid.
    path : str or Path
        Output file, ``.html`` or ``.pdf``.
    view : View, optional
        Threshold, sign, smoothing and sizes of the bodies, and the appearance of the pictures, which have a
        light background. The default is `View()`.
    prediction : Prediction, optional
        Prediction for the scan by `viewer.predict`. The default is the one in the map's provenance.
    model : Model, optional
        The network, for its card.
    atlas : Atlas, optional
        Atlas for the regions of the bodies.
    checks : sequence of CheckResult
        Results of `viewer.check` for this map.
    pseudonym : str
        Replaces the identity in the DICOM header and the file's name. By default, both are included.
    interactive : bool
        Append the interactive page (`viewer.page`) to an HTML report.
    progress : Progress, optional
        Called before every part; may cancel.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ViewerError
        The path has another suffix, or the map has no grid or belongs to another scan.
    OSError
        The file cannot be written.
    Cancelled
        Cancelled by ``progress``; no file is left.

    Examples
    --------
    >>> import numpy as np
    >>> import viewer
    >>> grid = viewer.Grid((12, 12, 12), np.diag([4, 4, 4, 1]))
    >>> values = np.add.outer(np.add.outer(np.arange(12), np.arange(12)), np.arange(12))
    >>> warm = viewer.Map(np.where(values > 20, values, 0), grid, "a corner")
    >>> viewer.report(viewer.Scan(values, grid, "a ramp"), warm, "result.pdf").name
    'result.pdf'
    """
    path, progress = Path(path), progress or Progress()
    suffix = path.suffix.lower()
    if suffix not in ENDINGS:
        raise ViewerError(path, f"a report cannot be written as {path.suffix or 'a file without suffix'}",
                          "end the name in .html or .pdf")  # fmt: skip
    if interactive and suffix == ".pdf":
        raise ViewerError(path, "a PDF cannot hold the interactive page", "end the name in .html")
    view = replace(view or View(), theme=Theme.LIGHT)
    content = collect_content(
        scan, shown, view, prediction, model, atlas, checks, pseudonym, progress.subtask(0.0, 0.6)
    )
    if suffix == ".pdf":
        from viewer.scene.result_report.pdf import write_pdf

        progress.step(6, 10, "writing the PDF")
        with atomic_write(path) as file:
            write_pdf(content, file)
    else:
        from viewer.scene.result_report.html import report_html
        from viewer.scene.web_page.page import make_page

        page = ""
        if interactive:
            named_scan = replace(scan, name=pseudonym) if pseudonym else scan
            page = make_page(named_scan, (shown,), view, prediction, model, atlas, progress.subtask(0.6, 1.0))
        text = report_html(content, page)
        with atomic_write(path) as file:
            file.write(text.encode())
    progress.step(1, 1)
    return path


def collect_content(
    scan: Scan,
    saliency_map: Map,
    view: View,
    prediction: Prediction | None,
    model: Model | None,
    atlas: Atlas | None,
    checks: Sequence[CheckResult],
    pseudonym: str,
    progress: Progress,
) -> ResultReport:
    """Return the content of the report, with its pictures; the parameters are those of `report`."""
    from viewer.scans.origin import map_origin
    from viewer.scene.result_report.content import result_report
    from viewer.scene.result_report.identity import identity

    origin = map_origin(saliency_map, scan)
    if origin.is_from_other_scan:
        raise ScanError(
            saliency_map.name,
            f"is {origin.other_scan_text}, not of {scan.name}",
            "compute a map of this scan",
        )
    identity_facts = identity(scan, pseudonym)
    progress.step(0, 3, "measuring the bodies")
    table = clusters(
        saliency_map,
        view.threshold,
        sign=str(view.sign),
        min_cluster=view.smallest_cluster,
        largest_clusters=view.largest_clusters,
        smooth=view.smoothing,
        atlas=atlas,
    )
    box, slices, missing = _draw_pictures(scan, saliency_map, view, progress)
    return result_report(
        scan,
        saliency_map,
        identity_facts,
        prediction or prediction_of(saliency_map),
        None if model is None else model.card,
        table.rows,
        table.threshold,
        checks,
        "" if atlas is None else atlas.name,
        missing,
        box,
        slices,
        view,
    )


def _draw_pictures(
    scan: Scan, saliency_map: Map, view: View, progress: Progress
) -> tuple[bytes | None, bytes | None, tuple[str, ...]]:
    """Return box and slices as PNG, and notes on missing ones."""
    from viewer.scene.figure import figure
    from viewer.scene.slices_figure import slices_figure

    pictures: dict[str, bytes | None] = {}
    missing = []
    with tempfile.TemporaryDirectory() as folder:

        def draw_box(path: Path) -> Path:
            return figure(scan, saliency_map, path, view, BOX_SIZE, dpi=BOX_DPI)

        def draw_slices(path: Path) -> Path:
            crosshair: Literal["peak"] | None = "peak" if view.crosshair is None else None
            return slices_figure(scan, saliency_map, path, view, crosshair, size=SLICES_SIZE, dpi=SLICES_DPI)

        for number, (kind, draw_picture) in enumerate((("box", draw_box), ("slices", draw_slices)), start=1):
            progress.step(number, 3, f"drawing the {kind}")
            try:
                pictures[kind] = draw_picture(Path(folder, f"{kind}.png")).read_bytes()
            except ViewerError as error:
                pictures[kind] = None
                missing.append(f"What the {kind} would show: {error.problem}.")
    progress.step(1, 1)
    return pictures["box"], pictures["slices"], tuple(missing)
