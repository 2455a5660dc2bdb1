"""The design of a study as a small picture: what every scan shows, subject by subject."""

from __future__ import annotations

from itertools import groupby

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from viewer.session.study_config import StudyTable

HEIGHT = 132
TOP, BOTTOM = 20.0, 18.0
LARGEST_DOT, SMALLEST_DOT = 3.5, 1.0
MOST_LEVELS = 8


class DesignPicture(QWidget):
    """A dot a scan, in the order of the table: the higher, the larger its y. Subjects are bands."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._listing: StudyTable | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT)
        self.setAccessibleName(self.tr("Design"))

    def sizeHint(self) -> QSize:
        """Wide and low."""
        return QSize(420, HEIGHT)

    def show_listing(self, listing: StudyTable | None) -> None:
        """Draw the design of these scans; of none, nothing."""
        self._listing = listing if listing is not None and not listing.problem else None
        self.setAccessibleDescription(self._said())
        self.setToolTip(self._said())
        self.update()

    def _said(self) -> str:
        listing = self._listing
        if listing is None:
            return ""
        scans = self.tr("{} scans of {} subjects").format(len(listing.scans), len(listing.subjects))
        if listing.classes:
            counts = (
                f"{sum(entry.y_value == number for entry in listing.scans)} {name}"
                for number, name in enumerate(listing.classes)
            )
            return f"{scans}: {', '.join(counts)}"
        low, high = self._range(listing)
        return self.tr("{}: y from {:g} to {:g}").format(scans, low, high)

    @staticmethod
    def _range(listing: StudyTable) -> tuple[float, float]:
        heights = [entry.y_value for entry in listing.scans]
        return min(heights), max(heights)

    def _levels(self, listing: StudyTable) -> list[tuple[float, str]]:
        """Heights that are named at the left."""
        if listing.classes:
            return [(float(number), name) for number, name in enumerate(listing.classes)][:MOST_LEVELS]
        return [(height, f"{height:g}") for height in self._range(listing)]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Bands, lines at the levels, dots."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, listing = self.palette(), self._listing
        painter.fillRect(self.rect(), palette.base())
        if listing is None:
            painter.end()
            return
        metrics = painter.fontMetrics()
        levels = self._levels(listing)
        left = min(max(metrics.horizontalAdvance(name) for _, name in levels), self.width() // 3) + 14.0
        area = QRectF(left, TOP, self.width() - left - 10, self.height() - TOP - BOTTOM)
        low, high = self._range(listing)
        step = area.width() / len(listing.scans)

        def y(height: float) -> float:
            return area.bottom() - 6 - (area.height() - 12) * (height - low) / ((high - low) or 1.0)

        quiet = palette.color(QPalette.ColorRole.PlaceholderText)
        number = 0
        for band, (subject, entries) in enumerate(groupby(listing.scans, lambda entry: entry.subject)):
            count = len(list(entries))
            place = QRectF(area.left() + number * step, area.top(), count * step, area.height())
            if band % 2 == 0:
                painter.fillRect(place, palette.alternateBase())
            if metrics.horizontalAdvance(subject) <= place.width():
                painter.setPen(quiet)
                painter.drawText(
                    place.adjusted(0, -TOP, 0, -place.height()), Qt.AlignmentFlag.AlignCenter, subject
                )
            number += count
        for height, name in levels:
            painter.setPen(palette.color(QPalette.ColorRole.Mid))
            painter.drawLine(QPointF(area.left(), y(height)), QPointF(area.right(), y(height)))
            painter.setPen(quiet)
            row = QRectF(0, y(height) - 9, left - 8, 18)
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(row.width()))
            painter.drawText(row, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, shown)
        painter.drawText(
            QRectF(area.left(), area.bottom(), area.width(), BOTTOM),
            Qt.AlignmentFlag.AlignCenter,
            self.tr("scans, in the order of the table"),
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.color(QPalette.ColorRole.Link))
        size = min(max(0.4 * step, SMALLEST_DOT), LARGEST_DOT)
        for place_, entry in enumerate(listing.scans):
            painter.drawEllipse(QPointF(area.left() + (place_ + 0.5) * step, y(entry.y_value)), size, size)
        painter.end()
