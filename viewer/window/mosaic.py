"""Mosaic view: many slices of one orientation with the map overlaid; a click moves the crosshair."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import (
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from viewer.scene.slice_plane import Orientation, SlicePlane, evenly_spaced, slice_plane
from viewer.session.session import Session
from viewer.window.slice_outlines import OutlinePainter
from viewer.window.slice_rendering import (
    BACKGROUND,
    CROSSHAIR_COLOUR,
    LETTER_COLOUR,
    Overlay,
    is_on_grid,
    render_overlay_slice,
    render_scan_slice,
    slice_caption,
)
from viewer.window.view_input import KEYBOARD_FOCUS_REASONS, draw_focus_frame

if TYPE_CHECKING:
    from viewer.scans.scan import Scan
    from viewer.scene.brain_outlines import BrainOutlines

MIN_TILE_PIXELS = 96
MAX_TILES = 48
GAP = 3
ORDER = (Orientation.AXIAL, Orientation.CORONAL, Orientation.SAGITTAL)


@dataclass(frozen=True)
class MosaicTile:
    """One slice: its index along the slice axis, and its rectangle in the widget."""

    index: int
    rect: QRectF


class MosaicView(QWidget):
    """Grid of as many slices as fit, starting at left, posterior or inferior; O changes the orientation."""

    guide_page = "panels/slices"
    """Page of the guide that F1 opens here."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._display_window = (0.0, 1.0)
        self._bounds: tuple[Sequence[int], Sequence[int]] | None = None
        self._image: Scan | None = None
        self._overlay: Overlay | None = None
        self._kept_overlays: tuple[Overlay, ...] = ()
        self._outlines: BrainOutlines | None = None
        self._outline_painters: dict[int, OutlinePainter] = {}
        self._image_cache: dict[int, tuple[QImage, ...]] = {}
        self._cache_key: tuple[object, ...] = ()
        self._focused_by_keys = False
        self.orientation = Orientation.AXIAL
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 110)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(self.tr("Mosaic of slices"))
        self.setToolTip(self.tr("Click: move the crosshair. Wheel, O: axial, coronal or sagittal."))
        session.subscribe(self.update, "crosshair", "convention", "scan", "template_outline", "mask_outline")

    def sizeHint(self) -> QSize:
        """Return the size of the three slice views that the mosaic replaces."""
        return QSize(720, 300)

    def set_display_window(self, low: float, high: float) -> None:
        """Set the display window: the scan's values that are drawn black and white."""
        self._display_window = (low, high)
        self.update()

    def set_bounds(self, low: Sequence[int], high: Sequence[int]) -> None:
        """Set the voxel bounds of the head or brain: first voxel, and one past the last."""
        self._bounds = (low, high)
        self.update()

    def set_image(self, image: Scan | None) -> None:
        """Set the image drawn instead of the scan, on its grid; None draws the scan."""
        self._image = image
        self.update()

    def set_overlay(self, overlay: Overlay | None) -> None:
        """Set the overlay of the current map; None draws no map."""
        self._overlay = overlay
        self.update()

    def set_kept_overlays(self, overlays: tuple[Overlay, ...]) -> None:
        """Set the overlays of the maps that are drawn below the current one."""
        self._kept_overlays = overlays
        self.update()

    def set_outlines(self, outlines: BrainOutlines | None) -> None:
        """Set the outlines of the template and of the brain mask on the session's scan; None draws none."""
        self._outlines = outlines
        self._outline_painters.clear()
        self.update()

    def _paint_outlines(
        self, painter: QPainter, scan: Scan, plane: SlicePlane, tile: MosaicTile, crop: QRectF
    ) -> None:
        """Paint the outlines in a tile that shows the part ``crop`` of the slice's picture."""
        view = self._session.view
        if self._outlines is None or not (view.template_outline or view.mask_outline):
            return
        outline_painter = self._outline_painters.get(tile.index)
        if outline_painter is None:
            outline_painter = self._outline_painters[tile.index] = OutlinePainter()
            outline_painter.set_outlines(self._outlines)
        painter.save()
        painter.setClipRect(tile.rect)
        scale, rect = tile.rect.width() / crop.width(), tile.rect
        to_tile = QTransform(scale, 0, 0, scale, rect.x() - crop.x() * scale, rect.y() - crop.y() * scale)
        outline_painter.paint(painter, plane, self._slice_centre(scan, plane, tile.index), view, to_tile)
        painter.restore()

    def next_orientation(self, step: int = 1) -> None:
        """Switch to the next orientation."""
        self.orientation = ORDER[(ORDER.index(self.orientation) + step) % len(ORDER)]
        self.update()

    # Geometry of the tiles

    def plane(self, scan: Scan) -> SlicePlane:
        """Return the slice plane of the tiles."""
        return slice_plane(scan.grid, self.orientation, self._session.view.convention)

    def _clipped_bounds(self, plane: SlicePlane) -> tuple[Sequence[int], Sequence[int]]:
        shape = plane.grid.shape
        if self._bounds is None:
            return (0, 0, 0), shape
        low, high = self._bounds
        return [max(value, 0) for value in low], [min(a, b) for a, b in zip(high, shape, strict=True)]

    def tiles(self) -> list[MosaicTile]:
        """Return the tiles in reading order."""
        scan = self._session.scan
        if scan is None:
            return []
        plane = self.plane(scan)
        low, high = self._clipped_bounds(plane)
        _, _, crop_width, crop_height = plane.crop_rectangle(low, high)
        count = high[plane.slice_axis] - low[plane.slice_axis]
        line_height = self.fontMetrics().height()

        def fit_scale(columns: int, rows: int) -> float:
            """Return the largest scale, in pixels per mm, at which the tiles and their captions fit."""
            across = (self.width() - GAP * (columns + 1)) / columns / crop_width
            return float(min(across, ((self.height() - GAP * (rows + 1)) / rows - line_height) / crop_height))

        best = (0.0, 1, 1)
        for tile_count in range(2, min(MAX_TILES, count) + 1):
            for columns in range(1, tile_count + 1):
                rows = math.ceil(tile_count / columns)
                size = fit_scale(columns, rows) * min(crop_width, crop_height)
                if (rows - 1) * columns < tile_count == rows * columns and size >= MIN_TILE_PIXELS:
                    best = max(best, (float(tile_count), columns, rows))
        _, columns, rows = best
        scale = fit_scale(columns, rows)
        indices = evenly_spaced(low[plane.slice_axis], high[plane.slice_axis], columns * rows)
        if plane.axis_letter not in "RAS":
            indices.reverse()
        across, down = crop_width * scale + GAP, crop_height * scale + GAP + line_height
        left = (self.width() - columns * across + GAP) / 2
        top = (self.height() - rows * down + GAP) / 2 + line_height
        return [
            MosaicTile(
                index,
                QRectF(
                    left + position % columns * across,
                    top + position // columns * down,
                    crop_width * scale,
                    crop_height * scale,
                ),
            )
            for position, index in enumerate(indices)
        ]

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint every slice with its caption, in the crosshair's colour for the one nearest to it."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), BACKGROUND)
        scan = self._session.scan
        if scan is not None:
            self._paint_tiles(painter, scan)
        if self._focused_by_keys:
            draw_focus_frame(painter, self)
        painter.end()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus frame if the focus came from the keyboard."""
        self._focused_by_keys = event.reason() in KEYBOARD_FOCUS_REASONS
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide the focus frame."""
        self._focused_by_keys = False
        self.update()

    def _paint_tiles(self, painter: QPainter, scan: Scan) -> None:
        plane, tiles = self.plane(scan), self.tiles()
        key = (
            self._image or scan,
            self._display_window,
            self._overlay,
            self._kept_overlays,
            self.orientation,
            self._session.view.convention,
        )
        if key != self._cache_key:
            self._image_cache.clear()
            self._cache_key = key
        low, high = self._clipped_bounds(plane)
        x, y, crop_width, crop_height = plane.crop_rectangle(low, high)
        current = plane.slice_index(self._session.crosshair)
        nearest_tile = min(tiles, key=lambda tile: abs(tile.index - current))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for tile in tiles:
            image, *maps = self._slice_images(scan, plane, tile.index)
            source = QRectF(
                x / plane.size[0] * image.width(), y / plane.size[1] * image.height(),
                crop_width / plane.size[0] * image.width(), crop_height / plane.size[1] * image.height(),
            )  # fmt: skip
            painter.drawImage(tile.rect, image, source)
            for overlay in maps:
                painter.drawImage(tile.rect, overlay, source)
            self._paint_outlines(painter, scan, plane, tile, QRectF(x, y, crop_width, crop_height))
            painter.setPen(CROSSHAIR_COLOUR if tile is nearest_tile else LETTER_COLOUR)
            text = slice_caption(plane, self._slice_centre(scan, plane, tile.index))
            text_rect = tile.rect.adjusted(3, -self.fontMetrics().height(), -3, 0)
            painter.drawText(text_rect, Qt.AlignmentFlag.AlignLeft, text)
        self._paint_letters(painter, plane, tiles[0].rect)

    def _paint_letters(self, painter: QPainter, plane: SlicePlane, box: QRectF) -> None:
        left, right, _, _ = plane.side_letters
        painter.setPen(LETTER_COLOUR)
        vcenter = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(box.adjusted(2, 0, -2, 0), vcenter | Qt.AlignmentFlag.AlignLeft, left)
        painter.drawText(box.adjusted(2, 0, -2, 0), vcenter | Qt.AlignmentFlag.AlignRight, right)

    def _slice_images(self, scan: Scan, plane: SlicePlane, index: int) -> tuple[QImage, ...]:
        """Return the slice of the scan, followed by those of the maps, the current one last."""
        if index not in self._image_cache:
            point = self._slice_centre(scan, plane, index)
            overlays = self._kept_overlays if self._overlay is None else (*self._kept_overlays, self._overlay)
            maps = (
                render_overlay_slice(overlay, plane, point)
                for overlay in overlays
                if is_on_grid(overlay, scan)
            )
            self._image_cache[index] = (
                render_scan_slice(self._image or scan, plane, point, *self._display_window),
                *maps,
            )
        return self._image_cache[index]

    def _slice_centre(self, scan: Scan, plane: SlicePlane, index: int) -> tuple[float, float, float]:
        voxel = scan.grid.to_voxel(scan.grid.centre)
        voxel[plane.slice_axis] = index
        a, b, c = (float(value) for value in scan.grid.to_world(voxel))
        return a, b, c

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Move the crosshair to the clicked point."""
        scan = self._session.scan
        if scan is None or event.button() != Qt.MouseButton.LeftButton:
            return
        plane, position = self.plane(scan), event.position()
        x, y, crop_width, crop_height = plane.crop_rectangle(*self._clipped_bounds(plane))
        for tile in self.tiles():
            if tile.rect.contains(position):
                picture_x = x + (position.x() - tile.rect.x()) / tile.rect.width() * crop_width
                picture_y = y + (position.y() - tile.rect.y()) / tile.rect.height() * crop_height
                point = plane.to_mm(picture_x, picture_y, self._slice_centre(scan, plane, tile.index))
                self._session.change(crosshair=plane.step(point, 0, 0, 0))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Change the orientation."""
        self.next_orientation(1 if event.angleDelta().y() < 0 else -1)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Change the orientation on O."""
        if Qt.Key(event.key()) == Qt.Key.Key_O:
            self.next_orientation()
        else:
            super().keyPressEvent(event)
