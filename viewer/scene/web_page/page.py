"""A scan and its maps as one HTML file: the box, linked slices, clusters, prediction and provenance.

The page is self-contained: it includes scripts, style, values and surfaces, and its content security policy
allows no requests. Its parts are in ``resources/page``.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from viewer.errors import ViewerError
from viewer.json_text import to_json_value
from viewer.methods.feature_visualization import is_feature_image
from viewer.models.fit_report import fit_report_from_json
from viewer.progress import Progress
from viewer.resource_files import resource_path, version
from viewer.scans.atomic_write import atomic_write
from viewer.scans.map import Map
from viewer.scans.multichannel_scan import image_on_scan
from viewer.scans.scan import Scan
from viewer.scene.notebook import NotebookPage
from viewer.session.view import View

if TYPE_CHECKING:
    from viewer.models.model import Model
    from viewer.models.predict import Prediction
    from viewer.scans.atlas import Atlas

SCRIPTS = ("arrays", "space", "camera", "slices", "walls", "box", "page")
"""Files in ``resources/page``, in order of dependency."""

ENDINGS = (".html", ".htm")

LARGE_FILE = 12_000_000
"""Size in bytes above which a note is given: many mail servers and some browsers reject such pages."""


@overload
def page(
    scan: Scan,
    maps: Map | Sequence[Map],
    path: str | Path,
    view: View | None = None,
    *,
    prediction: Prediction | None = None,
    model: Model | None = None,
    atlas: Atlas | None = None,
    progress: Progress | None = None,
) -> Path: ...


@overload
def page(
    scan: Scan,
    maps: Map | Sequence[Map],
    path: None = None,
    view: View | None = None,
    *,
    prediction: Prediction | None = None,
    model: Model | None = None,
    atlas: Atlas | None = None,
    progress: Progress | None = None,
) -> NotebookPage: ...


def page(
    scan: Scan,
    maps: Map | Sequence[Map],
    path: str | Path | None = None,
    view: View | None = None,
    *,
    prediction: Prediction | None = None,
    model: Model | None = None,
    atlas: Atlas | None = None,
    progress: Progress | None = None,
) -> Path | NotebookPage:
    """Write a scan and its maps as one HTML page that a browser opens without any other file.

    The page has the box as in the window, three linked slices with the values under the mouse, the clusters
    at several thresholds around the view's, the prediction with its fit, and the provenance. It contains the
    scan itself: share it as you would share the scan.

    Parameters
    ----------
    scan : Scan
        The scan.
    maps : Map or sequence of Map
        One map, or several to choose from. If empty, only the scan is shown.
    path : str or Path, optional
        Output file, ``.html``. If None, the page is returned, to be shown in a notebook.
    view : View, optional
        Initial view of the page, and thresholds of the maps; outlines are not drawn. The default is
        `View()`.
    prediction : Prediction, optional
        Prediction for the scan by `viewer.predict`. The default is the one in each map's provenance.
    model : Model, optional
        The network of the prediction, for its card.
    atlas : Atlas, optional
        Atlas for the regions of the clusters.
    progress : Progress, optional
        Called before every map; may cancel.

    Returns
    -------
    Path or NotebookPage
        The file; without a path, the page for a notebook, whose ``html`` is its text.

    Raises
    ------
    ViewerError
        The path does not end in ``.html``, or a map has no grid or is a feature visualization.
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
    >>> viewer.page(viewer.Scan(values, grid, "a ramp"), warm, "result.html").name
    'result.html'
    """
    path = None if path is None else Path(path)
    if path is not None and path.suffix.lower() not in ENDINGS:
        raise ViewerError(path, f"a page cannot be written as {path.suffix or 'a file without suffix'}",
                          "end the name in .html")  # fmt: skip
    map_list = (maps,) if isinstance(maps, Map) else tuple(maps)
    text = make_page(scan, map_list, View() if view is None else view, prediction, model, atlas, progress)
    if path is None:
        return NotebookPage(text)
    with atomic_write(path) as file:
        file.write(text.encode())
    return path


def size_note(path: Path) -> str:
    """Return a warning if a page is larger than `LARGE_FILE`; empty for others."""
    size = path.stat().st_size
    if size <= LARGE_FILE:
        return ""
    return f"{path.name} has {size / 1e6:.1f} MB; use fewer maps to make it smaller"


def make_page(
    scan: Scan,
    maps: Sequence[Map],
    view: View,
    prediction: Prediction | None = None,
    model: Model | None = None,
    atlas: Atlas | None = None,
    progress: Progress | None = None,
) -> str:
    """Return the HTML of a page; the parameters are those of `page`."""
    from viewer.scene.render_data import ScanRenderData
    from viewer.scene.web_page import content
    from viewer.scene.web_page.packing import PackedArrays

    for saliency_map in maps:
        if is_feature_image(saliency_map):
            raise ViewerError(saliency_map.name, "is a feature visualization, not a map", "give a map")
    progress = progress or Progress()
    steps = len(maps) + 1
    progress.step(0, steps, f"preparing {scan.name}")
    arrays = PackedArrays()
    image = image_on_scan(scan, view.image)
    prepared = ScanRenderData.from_scan(scan, view.image)
    scan_entry = content.scan_content(image, prepared, view, arrays)
    map_entries = []
    for position, saliency_map in enumerate(maps, start=1):
        progress.step(position, steps, f"preparing {saliency_map.name}")
        map_entries.append(content.map_content(saliency_map, scan, prepared, view, arrays, atlas, maps))
    entries = {
        "scan": scan_entry,
        "maps": map_entries,
        "view": content.view_content(view, scan),
        "arrays": arrays.entries,
    }
    progress.step(steps, steps)
    facts = _facts_html(scan, image, maps, entries, prediction, model)
    return _fill_template(
        _template_fields(scan, maps, view, facts) | _data_fields(entries, arrays.base64_texts)
    )


def _facts_html(
    scan: Scan,
    image: Scan,
    maps: Sequence[Map],
    entries: Mapping[str, Any],
    prediction: Prediction | None,
    model: Model | None,
) -> str:
    """Return the sections on prediction, maps and scan."""
    from viewer.scene.web_page import facts

    parts = []
    if prediction is not None:
        parts.append(
            facts.prediction_section(prediction, prediction.fit, model.card.name if model else "", None)
        )
    for index, saliency_map in enumerate(maps):
        provenance = saliency_map.provenance
        if prediction is None:
            parts.append(
                facts.prediction_section(
                    facts.prediction_of(saliency_map),
                    fit_report_from_json(provenance.fit),
                    str(provenance.model.get("name") or ""),
                    index,
                )
            )
        parts.append(facts.map_section(saliency_map, scan, entries["maps"][index]["values"], index))
    parts += [facts.model_section(model.card)] if model is not None else []
    parts.append(facts.scan_section(image, entries["scan"]["values"], maps))
    return "".join((*parts, facts.about_section(version())))


def _template_fields(scan: Scan, maps: Sequence[Map], view: View, facts: str) -> dict[str, str]:
    """Return the HTML that replaces the markers of the template."""
    from viewer.scene.web_page.facts import escape_text, is_simulated

    names = ", ".join(dict.fromkeys(saliency_map.name for saliency_map in maps))
    simulated = '<p class="badge simulated">Simulated data</p>' if is_simulated(scan) else ""
    return {
        "theme": str(view.theme),
        "version": escape_text(version()),
        "title": escape_text(scan.name),
        "subtitle": escape_text(names or "without a map"),
        "badges": simulated,
        "facts": facts,
    }


def _data_fields(entries: Mapping[str, Any], arrays: Sequence[str]) -> dict[str, str]:
    """Return scripts, style and data, and the policy that allows only these scripts and this style."""
    folder = resource_path("page")
    style = (folder / "page.css").read_text(encoding="utf-8")
    scripts = [(folder / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS]
    script = "\n".join(('(() => {\n"use strict";', *scripts, "})();"))
    array_scripts = "\n".join(
        f'<script type="text/plain" id="array-{index}">{text}</script>' for index, text in enumerate(arrays)
    )
    policy = (
        f"default-src 'none'; script-src {_csp_hash(script)}; style-src {_csp_hash(style)}; img-src data:; "
    )
    return {
        "policy": policy + "base-uri 'none'; form-action 'none'",
        "style": style,
        "script": script,
        "arrays": array_scripts,
        "content": json_in_html(entries),
    }


def json_in_html(entries: Mapping[str, Any]) -> str:
    """Return JSON that is safe in a ``script`` element: no text in it can end the element.

    Non-finite numbers become null, and invalid Unicode U+FFFD.
    """
    text = json.dumps(to_json_value(entries), ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _csp_hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


_MARKER = re.compile(r"<!--(\w+)-->")


def _fill_template(fields: Mapping[str, str]) -> str:
    """Return the template with its markers replaced, in one pass: inserted text is not searched."""
    template = (resource_path("page") / "page.html").read_text(encoding="utf-8")
    return _MARKER.sub(lambda match: fields[match[1]], template)
