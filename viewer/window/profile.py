"""Profile view below a slice view: relevance per slice of its orientation; a click moves the crosshair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from viewer.scans.axcodes import OPPOSITE_AXCODE
from viewer.scene.slice_plane import Orientation, SlicePlane, slice_plane
from viewer.session.session import Session
from viewer.session.view import Convention, Sign
from viewer.window.translation import plane_name
from viewer.window.view_input import GestureTimer, draw_focus_frame

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from viewer.scene.prepared_map import PreparedMap

HEIGHT = 40
EDGE = 16.0
BACKGROUND = QColor("#000000")
EDGE_LINE = QColor("#23282f")
QUIET = QColor("#8b95a3")
MARK = QColor("#7ee0a2")


class ProfileView(QWidget):
    """Relevance per slice: positive values above the line, negative ones below; a click goes to the slice."""

    guide_page = "panels/slices"
    """Page of the guide that F1 opens here."""

    def __init__(self, session: Session, orientation: Orientation, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.orientation = orientation
        self._session = session
        self._gesture = GestureTimer(session, self)
        self._slice_sums: tuple[npt.NDArray[np.float64], ...] | None = None
        self._bounds: tuple[tuple[int, ...], tuple[int, ...]] | None = None
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(self.tr("Relevance per {} slice").format(plane_name(orientation.value)))
        self.setToolTip(self.tr("Relevance in every slice. Click or drag: go to that slice."))
        session.subscribe(self.update, "crosshair", "convention", "sign", "hues")
        session.subscribe(self._on_scan_changed, "scan")

    def sizeHint(self) -> QSize:
        """Return the width of the slice view above it, and a fixed height."""
        return QSize(240, HEIGHT)

    def set_prepared(self, prepared: PreparedMap | None) -> None:
        """Set the map to draw; None draws none."""
        self._slice_sums = None if prepared is None else prepared.sums_per_slice
        self.update()

    def set_bounds(self, low: tuple[int, ...], high: tuple[int, ...]) -> None:
        """Set the voxel bounds of the head or brain: first voxel, and one past the last."""
        self._bounds = (low, high)
        self.update()

    def _on_scan_changed(self) -> None:
        self._slice_sums = self._bounds = None
        self.update()

    # Position of a slice

    def _slice_range(self) -> tuple[SlicePlane, int, int, bool] | None:
        """Return the plane, the first slice, one past the last, and whether indices increase rightwards."""
        scan = self._session.scan
        if scan is None:
            return None
        convention = self._session.view.convention
        plane = slice_plane(scan.grid, self.orientation, convention)
        count = scan.grid.shape[plane.slice_axis]
        low, high = (0, count)
        if self._bounds is not None:
            low, high = (
                max(self._bounds[0][plane.slice_axis], 0),
                min(self._bounds[1][plane.slice_axis], count),
            )
        # Sagittal slices follow the left-right convention of the slice views; the others run from posterior
        # to anterior or from inferior to superior.
        rightwards = plane.axis_letter in "RAS"
        if plane.axis_letter in "RL" and convention is Convention.RADIOLOGICAL:
            rightwards = not rightwards
        return plane, low, high, rightwards

    def x_of_slice(self, index: int) -> float:
        """Return the position of the centre of a slice, in pixels from the left."""
        slices = self._slice_range()
        if slices is None:
            raise LookupError("there is no scan")
        _, low, high, rightwards = slices
        share = (index - low + 0.5) / max(high - low, 1)
        return EDGE + (share if rightwards else 1 - share) * (self.width() - 2 * EDGE)

    def go_to_x(self, x: float) -> None:
        """Move the crosshair to the slice at ``x``, in pixels from the left."""
        slices = self._slice_range()
        scan = self._session.scan
        if slices is None or scan is None:
            return
        plane, low, high, rightwards = slices
        share = (x - EDGE) / max(self.width() - 2 * EDGE, 1)
        index = low + int((share if rightwards else 1 - share) * (high - low))
        voxel = scan.grid.to_voxel(self._session.crosshair)
        voxel[plane.slice_axis] = min(max(index, 0), scan.grid.shape[plane.slice_axis] - 1)
        a, b, c = (float(value) for value in scan.grid.to_world(voxel))
        self._session.change(merge=True, crosshair=(a, b, c))

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the curves, the direction letters and the crosshair's position."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), BACKGROUND)
        painter.fillRect(0, 0, self.width(), 1, EDGE_LINE)
        slices = self._slice_range()
        if slices is not None:
            plane, low, high, rightwards = slices
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_curves(painter, plane, low, high)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            last = plane.axis_letter if rightwards else OPPOSITE_AXCODE[plane.axis_letter]
            painter.setPen(QUIET)
            flags = Qt.AlignmentFlag.AlignCenter
            painter.drawText(QRectF(0, 0, EDGE, HEIGHT), flags, OPPOSITE_AXCODE[last])
            painter.drawText(QRectF(self.width() - EDGE, 0, EDGE, HEIGHT), flags, last)
            x = round(self.x_of_slice(plane.slice_index(self._session.crosshair)))
            painter.setPen(QPen(MARK, 1))
            painter.drawLine(x, 2, x, HEIGHT - 3)
        if self.hasFocus():
            draw_focus_frame(painter, self)
        painter.end()

    def _paint_curves(self, painter: QPainter, plane: SlicePlane, low: int, high: int) -> None:
        from viewer.scene.colormaps import sign_colormaps, to_hex

        sign = self._session.view.sign
        signs = [
            side for side, hidden_sign in ((1, Sign.NEGATIVE), (-1, Sign.POSITIVE)) if sign is not hidden_sign
        ]
        sums = None if self._slice_sums is None else self._slice_sums[plane.slice_axis][low:high]
        if sums is None or not len(sums):
            return
        columns = [0 if side > 0 else 1 for side in signs]
        largest = float(sums[:, columns].max())
        signs = [side for side, column in zip(signs, columns, strict=True) if sums[:, column].any()]
        if not largest > 0:
            return
        top, bottom = 4.0, HEIGHT - 4.0
        line = (top + bottom) / 2 if len(signs) > 1 else bottom if signs[0] > 0 else top
        band_height = (bottom - top) / len(signs)
        painter.setPen(Qt.PenStyle.NoPen)
        first, last = self.x_of_slice(low), self.x_of_slice(high - 1)
        positions = [first + (last - first) * index / max(len(sums) - 1, 1) for index in range(len(sums))]
        for side in signs:
            heights = sums[:, 0 if side > 0 else 1] * (band_height / largest)
            points = [QPointF(first, line)]
            points += [QPointF(x, line - side * height) for x, height in zip(positions, heights, strict=True)]
            points.append(QPointF(last, line))
            colour = QColor(to_hex(sign_colormaps(self._session.view.hues).body(side)))
            painter.setBrush(colour)
            painter.drawPolygon(QPolygonF(points))
        painter.setPen(QPen(QUIET, 1))
        painter.drawLine(QPointF(EDGE, line), QPointF(self.width() - EDGE, line))

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the slice under the mouse."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._session.end_gesture()
            self.go_to_x(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the mouse through the slices."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.go_to_x(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the gesture, which is undone as one step."""
        self._session.end_gesture()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step through the slices on Left and Right; go to the one with the most relevance on Home."""
        slices = self._slice_range()
        key = Qt.Key(event.key())
        if slices is None or key not in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home):
            super().keyPressEvent(event)
            return
        self._gesture.start()
        plane, low, high, _ = slices
        if key == Qt.Key.Key_Home:
            if self._slice_sums is not None:
                self.go_to_x(
                    self.x_of_slice(
                        low + int(self._slice_sums[plane.slice_axis][low:high].sum(axis=1).argmax())
                    )
                )
            return
        step = (self.width() - 2 * EDGE) / max(high - low, 1)
        position = self.x_of_slice(plane.slice_index(self._session.crosshair))
        self.go_to_x(position + (step if key == Qt.Key.Key_Right else -step))
