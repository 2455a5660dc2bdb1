"""Widget with the picture of a preparation's quality, and the window that shows it large."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QDialog, QSizePolicy, QVBoxLayout, QWidget

from viewer.window.slice_rendering import BACKGROUND, LETTER_COLOUR, SHADOW_COLOUR
from viewer.window.view_input import KEYBOARD_FOCUS_REASONS, draw_focus_frame

if TYPE_CHECKING:
    from viewer.progress import Progress
    from viewer.scene.preparation_picture import PreparationPicture
    from viewer.window.background_tasks import TaskRunner

Render = Callable[[int], "PreparationPicture"]
"""Renders the picture at a width in pixels, on a background thread."""

RESIZE_MS = 120
RATIO = 1.02
"""Height over width before the first picture."""

LARGE = QSize(900, 920)
MIN_ROOM = 160
"""Height in pixels below which the picture is not shrunk to fit: it would show no detail."""


class PreparationPictureView(QWidget):
    """Picture rendered in the background at the widget's width, or smaller to fit the available height.

    Parameters
    ----------
    tasks
        Runs the rendering.
    """

    activated = Signal()
    """Emitted on a click, and on Return and Space."""

    picture_shown = Signal()
    """Emitted when a new picture is shown."""

    def __init__(self, tasks: TaskRunner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._render_function: Render | None = None
        self._picture: PreparationPicture | None = None
        self._image = QImage()
        self._request = object()
        self._max_height: int | None = None
        self._focused_by_keys = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._resize_timer = QTimer(self, singleShot=True, interval=RESIZE_MS)
        self._resize_timer.timeout.connect(self._start_rendering)

    @property
    def picture(self) -> PreparationPicture | None:
        """Displayed picture."""
        return self._picture

    @property
    def image(self) -> QImage:
        """Pixels of the displayed picture."""
        return self._image

    def set_render_function(self, render_function: Render | None) -> None:
        """Set the function that renders the picture, and show it when it is rendered; None shows nothing."""
        self._render_function = render_function
        self._request = object()
        if render_function is None:
            self._picture, self._image = None, QImage()
            self.update()
        else:
            self._start_rendering()

    def set_max_height(self, height: int) -> None:
        """Limit the height of the picture to the available one, so that it is fully visible."""
        available = max(height, MIN_ROOM)
        if available != self._max_height:
            self._max_height = available
            self._fit_height()
            self._resize_timer.start()

    def sizeHint(self) -> QSize:
        """Return the size at which the picture fills the width."""
        width = max(self.width(), 1)
        return QSize(width, self.heightForWidth(width))

    def hasHeightForWidth(self) -> bool:
        """Return True: the height depends on the width."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of the picture at a width."""
        return round(self._picture_width(width) * self._aspect_ratio())

    def _aspect_ratio(self) -> float:
        """Return height over width of the picture."""
        picture = self._picture
        return RATIO if picture is None else picture.pixels.shape[0] / picture.pixels.shape[1]

    def _picture_width(self, width: int) -> float:
        """Return the width of the picture in a widget of this width."""
        return width if self._max_height is None else min(width, self._max_height / self._aspect_ratio())

    def _start_rendering(self) -> None:
        render, request = self._render_function, object()
        if render is None or self.width() < 2:
            return
        self._request = request
        width = round(self._picture_width(self.width()) * self.devicePixelRatioF())

        def render_picture(progress: Progress) -> PreparationPicture:
            return render(width)

        def show_picture(picture: PreparationPicture) -> None:
            if self._request is request:
                self._show_picture(picture)

        self._tasks.run(render_picture, self.tr("Drawing the preparation"), show_picture)

    def _show_picture(self, picture: PreparationPicture) -> None:
        rows, columns = picture.pixels.shape[:2]
        # A copy, because a QImage does not keep a reference to the array whose memory it uses.
        self._image = QImage(
            picture.pixels.data, columns, rows, 3 * columns, QImage.Format.Format_RGB888
        ).copy()
        self._picture = picture
        self._fit_height()
        self.update()
        self.picture_shown.emit()

    def _fit_height(self) -> None:
        self.setFixedHeight(self.heightForWidth(max(self.width(), 1)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Render the picture at the new width after a short delay."""
        if event.size().width() != event.oldSize().width():
            self._fit_height()
            self._resize_timer.start()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the picture and its direction letters."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), BACKGROUND)
        if self._picture is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            width = self._picture_width(self.width())
            painter.translate((self.width() - width) / 2, 0)
            painter.drawImage(QRectF(0, 0, width, self.height()), self._image)
            self._paint_letters(painter, width / self._image.width())
            painter.resetTransform()
        if self._focused_by_keys:
            draw_focus_frame(painter, self)
        painter.end()

    def _paint_letters(self, painter: QPainter, scale: float) -> None:
        assert self._picture is not None
        flags = Qt.AlignmentFlag.AlignCenter
        for tile in self._picture.tiles:
            left, right, _, _ = tile.tile.plane.side_letters
            top, height = tile.top * scale, tile.height * scale
            start, width = tile.left * scale, tile.width * scale
            for letter, left_edge in ((left, start + 1), (right, start + width - 13)):
                box = QRectF(left_edge, top + height / 2 - 8, 12, 16)
                painter.fillRect(box, SHADOW_COLOUR)
                painter.setPen(LETTER_COLOUR)
                painter.drawText(box, flags, letter)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Emit `activated` on a click."""
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.activated.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Emit `activated` on Return and Space."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.activated.emit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus frame if the focus came from the keyboard."""
        self._focused_by_keys = event.reason() in KEYBOARD_FOCUS_REASONS
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide the focus frame."""
        self._focused_by_keys = False
        self.update()


class PreparationPictureDialog(QDialog):
    """Window that shows the picture large; it does not block the main window."""

    def __init__(
        self, tasks: TaskRunner, title: str, render_function: Render, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.view = PreparationPictureView(tasks)
        self.view.setAccessibleName(title)
        self.view.activated.connect(self.close)
        self.view.setToolTip(self.tr("Click to close"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        available = self.screen().availableGeometry().size() * 0.9
        side = min(LARGE.width(), available.width(), round(available.height() / RATIO))
        self.resize(side, round(side * RATIO))
        self.view.set_render_function(render_function)
