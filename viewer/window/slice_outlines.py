"""Outlines of the template's brain, the brain mask and predicted bodies, painted over a slice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QTransform

if TYPE_CHECKING:
    from viewer.scene.brain_outlines import BrainOutlines, OutlineKind
    from viewer.scene.slice_plane import SlicePlane
    from viewer.session.view import View

WIDTH = 1.5
BODY_WIDTH = 3.0
"""Width of the outline of the chosen body."""


class OutlinePainter:
    """Painter of the outlines of one view; the lines of the last slice are cached."""

    def __init__(self) -> None:
        self._outlines: BrainOutlines | None = None
        self._path_cache: dict[str, tuple[tuple[object, ...], QPainterPath]] = {}

    def set_outlines(self, outlines: BrainOutlines | None) -> None:
        """Set the outlines of the current scan, or none."""
        self._outlines = outlines
        self._path_cache.clear()

    def paint(
        self, painter: QPainter, plane: SlicePlane, point: Sequence[float], view: View, to_widget: QTransform
    ) -> None:
        """Paint the outlines that the view shows in the slice through a point in mm.

        ``to_widget`` converts picture to widget coordinates.
        """
        if self._outlines is None or not self._outlines.grid.same_as(plane.grid):
            return
        from viewer.scene.brain_outlines import DASHES, OUTLINE_COLOURS, OutlineKind, visible_kinds

        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for kind in visible_kinds(view):
            pen = QPen(QColor(OUTLINE_COLOURS[kind]), BODY_WIDTH if kind is OutlineKind.BODY else WIDTH)
            if kind is OutlineKind.MASK:
                pen.setDashPattern(DASHES)
            painter.setPen(pen)
            painter.drawPath(to_widget.map(self._path(kind, plane, point)))
        painter.restore()

    def _path(self, kind: OutlineKind, plane: SlicePlane, point: Sequence[float]) -> QPainterPath:
        assert self._outlines is not None
        index = plane.slice_index(point)
        key = (plane.slice_axis, index, plane.index_grows_right)
        cached = self._path_cache.get(kind)
        if cached is not None and cached[0] == key:
            return cached[1]
        path = QPainterPath()
        for line in self._outlines.slice_contours(kind, plane.slice_axis, index):
            first, *vertices = (QPointF(x, y) for x, y in plane.voxels_to_picture(line).tolist())
            path.moveTo(first)
            for vertex in vertices:
                path.lineTo(vertex)
        self._path_cache[kind] = (key, path)
        return path
