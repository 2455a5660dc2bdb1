"""Display of scans, maps and pages in Jupyter notebooks, as pictures and HTML."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from viewer.number_format import format_number
from viewer.scans.scan import Scan
from viewer.session.view import View

if TYPE_CHECKING:
    from viewer.scans.map import Map

WIDTH = 900
"""Width of the slices, in pixels."""

PAGE_HEIGHT = 720


@dataclass(frozen=True)
class NotebookPage:
    """A page that a notebook shows in a separate frame, without access to the notebook.

    Parameters
    ----------
    html
        The page.
    height
        Height of the frame, in pixels.
    """

    html: str
    height: int = PAGE_HEIGHT

    def __repr__(self) -> str:
        return f"<NotebookPage, {len(self.html) / 1e6:.1f} MB>"

    def _repr_html_(self) -> str:
        return (
            f'<iframe srcdoc="{escape(self.html, quote=True)}" sandbox="allow-scripts" '
            f'style="width: 100%; height: {self.height}px; border: 0"></iframe>'
        )


def scan_png(scan: Scan) -> bytes:
    """Return the three slices through the middle of a scan as PNG.

    Raises
    ------
    ViewerError
        The scan cannot be drawn.
    """
    return _slices_png(scan, None, View())


def map_png(saliency_map: Map) -> bytes | None:
    """Return the three slices through the peak of a map as PNG, on an empty background.

    A map does not contain its scan; `viewer.slices_figure` draws both.
    """
    if (
        saliency_map.grid is None
        or saliency_map.data.ndim != 3
        or not np.abs(saliency_map.data).max(initial=0.0) > 0
    ):
        return None
    empty_scan = Scan(
        np.zeros(saliency_map.grid.shape, dtype=np.float32), saliency_map.grid, saliency_map.name
    )
    # Drawn without a scan, so its name need not state the scan it belongs to.
    without_scan = replace(saliency_map, provenance=replace(saliency_map.provenance, scan={}))
    return _slices_png(empty_scan, without_scan, View())


def scan_html(scan: Scan) -> str:
    """Return HTML with a scan's name and grid above its slices."""
    return _html(scan.name, [_grid_text(scan), *scan.notes], scan_png(scan))


def map_html(saliency_map: Map) -> str:
    """Return HTML with a map's name, method and grid above its slices, and the threshold of the slices."""
    from viewer.scene.thresholding import threshold_map

    provenance, picture = saliency_map.provenance, map_png(saliency_map)
    description = ", ".join(part for part in (provenance.method, provenance.target) if part)
    lines = [description, _grid_text(saliency_map), saliency_map.warning, *saliency_map.notes]
    if picture is not None:
        cutoff = threshold_map(saliency_map, View()).cutoff
        lines.append(f"Slices through the peak, |value| ≥ {format_number(cutoff)}; the scan is not included.")
    return _html(saliency_map.name, [line for line in lines if line], picture)


def _slices_png(scan: Scan, saliency_map: Map | None, view: View) -> bytes:
    from viewer.scene.slices_figure import slices_figure

    with TemporaryDirectory() as folder:
        path = Path(folder, "slices.png")
        slices_figure(
            scan, saliency_map, path, view, at=None if saliency_map is None else "peak", free_width=WIDTH
        )
        return path.read_bytes()


def _grid_text(image: Scan | Map) -> str:
    if image.grid is None:
        return f"shape {' × '.join(map(str, image.data.shape))}, no spatial coordinates"
    return image.grid.size_text


def _html(name: str, lines: list[str], picture: bytes | None) -> str:
    image = ""
    if picture is not None:
        code = base64.b64encode(picture).decode()
        image = f'<br><img src="data:image/png;base64,{code}" alt="Slices of {escape(name, quote=True)}">'
    return f"<div><b>{escape(name)}</b><br>{'<br>'.join(map(escape, lines))}{image}</div>"
