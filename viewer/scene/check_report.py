"""HTML report of checks: the page of `viewer.checks.report`, with pictures of the box."""

from __future__ import annotations

from pathlib import Path

from viewer.checks.check_maps import CheckResults
from viewer.checks.report import make_report
from viewer.errors import ViewerError
from viewer.progress import Progress
from viewer.scans.atomic_write import atomic_write


def save_report(checked: CheckResults, path: str | Path, progress: Progress | None = None) -> Path:
    """Write check results as one self-contained HTML page, atomically.

    The page shows every map in slices and in the box, and every check with its value, plot, interpretation
    and limitations. Without OpenGL the page shows slices only, and says so.

    Parameters
    ----------
    checked : CheckResults
        Result of `viewer.check`.
    path : str or Path
        Output file, usually ``.html``.
    progress : Progress, optional
        Called before every picture of the box; may cancel.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OSError
        The file cannot be written.
    Cancelled
        Cancelled by ``progress``; no file is left.

    Examples
    --------
    >>> import viewer
    >>> scan, model = viewer.load_scan("simulated-lesions"), viewer.load_model("demo")
    >>> checked = viewer.check(model, scan, methods="input-times-gradient", kinds="conservation")
    >>> viewer.save_report(checked, "report.html").name
    'report.html'
    """
    path = Path(path)
    boxes, notes = draw_boxes(checked, progress)
    map_notes = {
        f"{explanation.name}: {line}" for explanation in checked.explanations for line in explanation.notes
    }
    notes = (*(line for line in checked.notes if line not in map_notes), *notes)
    page = make_report(checked.context, checked.explanations, checked.results, notes, boxes)
    with atomic_write(path) as file:
        file.write(page.encode())
    return path


def draw_boxes(
    check_results: CheckResults, progress: Progress | None = None
) -> tuple[list[bytes], tuple[str, ...]]:
    """Render the box of every map as PNG; if that fails, return no pictures and a note with the reason.

    Raises
    ------
    Cancelled
        Cancelled by ``progress``.
    """
    from viewer.scene.figure import render_boxes

    maps = [
        explanation.to_map(explanation.values, explanation.name) for explanation in check_results.explanations
    ]
    try:
        return render_boxes(check_results.context.scan, maps, progress=progress), ()
    except ViewerError as error:
        return [], (f"the report shows slices only: {error}",)
