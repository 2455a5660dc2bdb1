"""Status bar: crosshair position with the values there, notes, progress of the task, and device."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QLabel,
    QProgressBar,
    QSizePolicy,
    QStatusBar,
    QStyle,
    QStyleOption,
    QToolButton,
    QWidget,
)

from viewer.number_format import format_number
from viewer.session.session import Session
from viewer.session.view import Theme
from viewer.window.background_tasks import TaskStatus
from viewer.window.dock_panel import ElidedLabel, as_sentence
from viewer.window.theme import make_icon, theme_colours
from viewer.window.translation import fill, format_numbers, translate_sentence

TASK_DELAY_MS = 300
MAX_NAME_LENGTH = 22
MIN_TASK_SHARE = 0.25
"""Minimum share of the task's title in the width that the crosshair's text and the title share."""
MESSAGE_MARGIN = 6
"""Space on both sides of a message, in pixels."""
GAP = 8
"""Upper bound of the gap between two widgets, in pixels."""


class StatusBar(QStatusBar):
    """Status bar that follows the session's crosshair and the controller's tasks."""

    cancel_requested = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setSizeGripEnabled(False)
        self._crosshair_label = ElidedLabel("")
        self._crosshair_label.setAccessibleName(self.tr("Crosshair"))
        self._crosshair_label.setContentsMargins(8, 3, 0, 3)
        self._notes_button = QToolButton()
        self._notes_button.setAutoRaise(True)
        self._notes_button.setToolTip(self.tr("Repairs and notes from reading the scan and the atlas"))
        self._notes_button.clicked.connect(self.show_notes)
        self._task: TaskStatus | None = None
        self._task_timer = QTimer(self, singleShot=True, interval=TASK_DELAY_MS)
        self._task_timer.timeout.connect(self._show_current_task)
        self._task_label = ElidedLabel("")
        self._task_label.setAccessibleName(self.tr("Task"))
        self._task_label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._task_label.setProperty("role", "quiet")
        self._progress_bar = QProgressBar()
        self._progress_bar.setFixedSize(150, 16)
        self._progress_bar.setAccessibleName(self.tr("Progress"))
        self._cancel_button = QToolButton()
        self._cancel_button.setAccessibleName(self.tr("Cancel"))
        self._cancel_button.setToolTip(self.tr("Cancel (Esc)"))
        self._cancel_button.clicked.connect(lambda: self.cancel_requested.emit())
        self._device_label = QLabel()
        self._device_label.setProperty("role", "quiet")
        self._device_label.setContentsMargins(4, 0, 8, 0)
        self.addWidget(self._crosshair_label, 1)
        for widget in (
            self._notes_button,
            self._task_label,
            self._progress_bar,
            self._cancel_button,
            self._device_label,
        ):
            self.addPermanentWidget(widget)
        session.subscribe(self._show_crosshair, "crosshair", "scan", "maps", "current", "atlas", "compared")
        session.subscribe(self._apply_theme, "theme")
        session.subscribe(self._update_notes_button, "scan", "atlas")
        self._update_notes_button()
        self._apply_theme()
        self._show_crosshair()
        self.show_task(None)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the message, elided in the middle if it does not fit; Qt would cut off its end."""
        message = self.currentMessage()
        if not message:
            super().paintEvent(event)
            return
        painter, option = QPainter(self), QStyleOption()
        option.initFrom(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_PanelStatusBar, option, painter, self)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        widgets = (
            self._notes_button,
            self._task_label,
            self._progress_bar,
            self._cancel_button,
            self._device_label,
        )
        right_edge = min((widget.x() for widget in widgets if widget.isVisible()), default=self.width())
        text_rect = self.rect().adjusted(MESSAGE_MARGIN, 0, 0, 0)
        text_rect.setRight(right_edge - MESSAGE_MARGIN)
        text = self.fontMetrics().elidedText(message, Qt.TextElideMode.ElideMiddle, text_rect.width())
        painter.drawText(text_rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()

    def set_device(self, text: str) -> None:
        """Show the name of the computing device."""
        self._device_label.setText(translate_sentence(text))

    def _update_notes_button(self) -> None:
        notes = self._current_notes()
        self._notes_button.setVisible(bool(notes))
        self._notes_button.setText(
            self.tr("1 note") if len(notes) == 1 else self.tr("{} notes").format(len(notes))
        )

    def _current_notes(self) -> tuple[str, ...]:
        """Return the notes on the scan and on the atlas."""
        images = (self._session.scan, self._session.atlas)
        return tuple(note for image in images if image is not None for note in image.notes)

    def show_notes(self) -> None:
        """Show the notes on the scan and the atlas in a message box that does not block the window."""
        from PySide6.QtWidgets import QMessageBox

        scan = self._session.scan
        if scan is None:
            return
        box = QMessageBox(self)
        box.setWindowTitle(scan.name)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText("\n\n".join(map(translate_sentence, self._current_notes())))
        box.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def show_task(self, task: TaskStatus | None) -> None:
        """Show the running task, its progress and the remaining time; None hides them.

        A task that is expected to be short is shown only after `TASK_DELAY_MS`.
        """
        self._task = task
        if task is None:
            self._task_timer.stop()
        elif not task.is_long and not self._progress_bar.isVisible():
            if not self._task_timer.isActive():
                self._task_timer.start()
            return
        self._show_current_task()

    def _show_current_task(self) -> None:
        task = self._task
        for widget in (self._task_label, self._progress_bar, self._cancel_button):
            widget.setVisible(task is not None)
        if task is None:
            self._fit_widths()
            return
        step = task.step
        message = translate_sentence(step.message) if step is not None else ""
        self._task_label.set_full_text(f"{task.title}: {message}" if message else task.title)
        self._fit_widths()
        if step is None:
            self._progress_bar.setRange(0, 0)
            self._progress_bar.setFormat("")
            return
        self._progress_bar.setRange(0, 1000)
        self._progress_bar.setValue(round(step.fraction * 1000))
        remaining = (
            ""
            if step.seconds_left is None
            else self.tr(" · {} left").format(format_duration(step.seconds_left))
        )
        self._progress_bar.setFormat(fill("{:.0%}{}", step.fraction, remaining))

    def crosshair_text(self) -> str:
        """Return the crosshair's position, in mm and in the file's voxels, and the image values there."""
        scan = self._session.scan
        if scan is None:
            return ""
        from viewer.scene.slice_plane import format_point

        point = self._session.crosshair
        parts = [format_numbers(format_point(point))]
        voxel = [round(float(value)) for value in scan.grid.to_voxel(point)]
        if all(0 <= index < size for index, size in zip(voxel, scan.grid.shape, strict=True)):
            i, j, k = (round(float(value)) for value in scan.stored.grid.to_voxel(point))
            value = float(scan.data[voxel[0], voxel[1], voxel[2]])
            parts += [
                self.tr("voxel {} {} {}").format(i, j, k),
                self.tr("scan {}").format(_format_value(value)),
            ]
        if self._session.atlas is not None:
            from viewer.scans.atlas import region_at

            region = region_at(self._session.atlas, point)
            parts += [region] if region else []
        parts += self._map_values(point)
        return "   ·   ".join(parts)

    def _map_values(self, point: tuple[float, float, float]) -> list[str]:
        """Return the values of the current map and of the compared map at a point, if they are visible."""
        session = self._session
        indices = dict.fromkeys(
            index for index in (session.current, session.view.compared) if index is not None
        )
        visible = [session.maps[index].map for index in indices if session.maps[index].visible]
        values = []
        for map_ in visible:
            if map_.grid is None:
                continue
            voxel = [round(float(value)) for value in map_.grid.to_voxel(point)]
            if all(0 <= index < size for index, size in zip(voxel, map_.grid.shape, strict=True)):
                name = (
                    map_.name if len(map_.name) <= MAX_NAME_LENGTH else map_.name[: MAX_NAME_LENGTH - 1] + "…"
                )
                name = self.tr("map") if len(visible) == 1 else name
                origin = translate_sentence(session.origin(map_).other_scan_text)
                name = " ".join(part for part in (name, origin) if part)
                values.append(f"{name} {_format_value(float(map_.data[voxel[0], voxel[1], voxel[2]]))}")
        return values

    def _show_crosshair(self) -> None:
        from viewer.scans.atlas_space import atlas_warning

        text, warning = self.crosshair_text(), as_sentence(atlas_warning(self._session.atlas))
        self._crosshair_label.set_full_text(text)
        self._crosshair_label.setToolTip("\n".join(line for line in (text, warning) if line))
        self._fit_widths()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Distribute the new width."""
        super().resizeEvent(event)
        self._fit_widths()

    def _fit_widths(self) -> None:
        """Give the crosshair text its full width first; elide the task title down to its minimum share."""
        other_widths = [
            max(widget.sizeHint().width(), widget.minimumWidth()) + GAP
            for widget in (self._notes_button, self._progress_bar, self._cancel_button, self._device_label)
            if widget.isVisibleTo(self)
        ]
        available = self.width() - sum(other_widths) - 2 * GAP
        title_width = max(available - self._crosshair_label.full_width(), round(MIN_TASK_SHARE * available))
        self._task_label.setFixedWidth(max(min(self._task_label.full_width(), title_width), 0))

    def _apply_theme(self) -> None:
        theme: Theme = self._session.view.theme
        self._cancel_button.setIcon(make_icon("cancel", theme_colours(theme).text))


def format_duration(seconds: float) -> str:
    """Format a duration, such as ``4 s``, ``2 min`` or ``1 h 20 min``."""
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def _format_value(value: float) -> str:
    return format_numbers(format_number(value, 4))
