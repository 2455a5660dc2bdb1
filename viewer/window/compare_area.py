"""Comparison area: the box alone, or A, B and their difference side by side, or A faded into B."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from viewer.session.session import Session
from viewer.session.view import ComparisonMode, View
from viewer.window.box_view import BoxView
from viewer.window.translation import fill

if TYPE_CHECKING:
    from viewer.scene.box import BoxScene
    from viewer.scene.comparison import MapComparison
    from viewer.scene.prepared_map import PreparedMap
    from viewer.scene.render_data import ScanRenderData

FLICKER_MS = 700
GAP = 2


class CompareArea(QWidget):
    """Container of the box, and of two more boxes during a comparison; they share one camera.

    Parameters
    ----------
    session
        Session whose view is drawn.
    first
        The box that always exists.
    make_scene
        Creates a scene for the other boxes when they are first needed.
    """

    blend_changed = Signal(object)
    """Opacity of B over the slices, 0 to 1; None if both are shown, B as an outline."""

    def __init__(
        self,
        session: Session,
        first: BoxView,
        make_scene: Callable[[], BoxScene],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._make_scene = make_scene
        self._comparison: MapComparison | None = None
        self._comparison_scan_data: ScanRenderData | None = None
        self._wall_scan_data: ScanRenderData | None = None
        self.first = first
        self.second, self.difference = BoxView(session), BoxView(session)
        for box in (first, self.second, self.difference):
            box.setParent(self)
        self.second.hide()
        self.difference.hide()
        self.second.setAccessibleName(self.tr("3D box of the second map"))
        self.difference.setAccessibleName(self.tr("3D box of the difference"))
        self._flicker_timer = QTimer(self, interval=FLICKER_MS)
        self._flicker_timer.timeout.connect(self._swap_maps)
        self._is_swapped = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 180)
        first.rendered.connect(self._on_rendered)
        session.subscribe(self._update_layout, "contrast", "fade")

    def sizeHint(self) -> QSize:
        """Return the size of the box."""
        return self.first.sizeHint()

    @property
    def boxes(self) -> tuple[BoxView, BoxView, BoxView]:
        """Boxes of A, B and the difference."""
        return self.first, self.second, self.difference

    def set_scan(self, scan_data: ScanRenderData | None) -> None:
        """Set the scan that the first box shows, or another image of the person on its walls."""
        self._wall_scan_data = scan_data
        if self._comparison is not None:
            self.set_comparison(self._comparison)

    def _scan_data_for(self, prepared: PreparedMap) -> ScanRenderData:
        """Return what a map is drawn over: the content of the first box, if both have the same frame."""
        same_frame = (
            self._wall_scan_data is not None and self._wall_scan_data.frame is prepared.scan_data.frame
        )
        return self._wall_scan_data if same_frame and self._wall_scan_data is not None else prepared.scan_data

    def set_comparison(self, comparison: MapComparison | None) -> None:
        """Show two maps, or only one again."""
        self._comparison = comparison
        other_boxes = (self.second, self.difference)
        if comparison is None:
            for box in other_boxes:
                box.set_map(None)
        else:
            overrides: tuple[Callable[[View], View], ...] = (
                partial(comparison.matched_view, comparison.second),
                comparison.difference_view,
            )
            for box, prepared, override in zip(
                other_boxes, (comparison.second, comparison.difference), overrides, strict=True
            ):
                if box.scene is None and self.first.scene is not None:
                    box.start(self._make_scene)
                if self._comparison_scan_data is not self._scan_data_for(prepared):
                    box.set_scan(self._scan_data_for(prepared))
                box.set_view_override(override)
                box.set_map(prepared.render_data)
            self._comparison_scan_data = self._scan_data_for(comparison.second)
        self._update_layout()

    def _on_rendered(self) -> None:
        """Create the boxes of a comparison that was requested before OpenGL was known to work."""
        if self._comparison is not None and self.second.scene is None:
            self.set_comparison(self._comparison)

    def _update_titles(self, opacity: float | None) -> None:
        """Update the title of each box; ``opacity`` is that of B over A."""
        comparison = self._comparison
        names = ("", "", "")
        if comparison is not None:
            first, second = comparison.names
            names = (f"A  {first}", f"B  {second}", self.tr("A − B, normalised"))
        if opacity is not None:
            title = fill(self.tr("{}  {:.0%}  ·  {}  {:.0%}"), names[0], 1 - opacity, names[1], opacity)
            names = (title, title, "")
        for box, name in zip(self.boxes, names, strict=True):
            box.set_title(name)

    def close_scenes(self) -> None:
        """Close all scenes."""
        self._flicker_timer.stop()
        for box in self.boxes:
            box.close_scene()

    # Layout

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Divide the space among the boxes."""
        self._update_layout()

    def _update_layout(self) -> None:
        contrast, full = self._session.view.contrast, self.rect()
        is_beside = self._comparison is not None and contrast is ComparisonMode.BESIDE
        is_overlaid = self._comparison is not None and not is_beside
        if is_beside:
            for index, box in enumerate(self.boxes):
                left, right = (full.width() * edge // 3 for edge in (index, index + 1))
                box.setGeometry(QRect(left, 0, right - left - (GAP if index < 2 else 0), full.height()))
        else:
            self.first.setGeometry(full)
            self.second.setGeometry(full)
        self.second.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, is_overlaid)
        self.second.setVisible(is_beside or is_overlaid)
        self.difference.setVisible(is_beside)
        if is_overlaid:
            self.second.raise_()
        flickering = is_overlaid and contrast is ComparisonMode.FLICKER
        if flickering and not self._flicker_timer.isActive():
            self._flicker_timer.start()
        elif not flickering:
            self._flicker_timer.stop()
            self._is_swapped = False
        opacity = 1.0 if is_beside else float(self._is_swapped) if flickering else self._session.view.fade
        self.second.set_opacity(opacity if self._comparison is not None else 1.0)
        self.blend_changed.emit(None if is_beside else opacity if is_overlaid else 0.0)
        self.first.set_title_visible(not is_overlaid or opacity < 0.5)
        self.second.set_title_visible(is_beside or opacity >= 0.5)
        # During a fade each visible map has its own colour bar.
        fading = is_overlaid and not flickering
        self.first.set_colour_bar(opacity < 1 if fading else not is_overlaid or opacity < 0.5)
        caption = (
            self._comparison.first.render_data.caption
            if self._comparison is not None and fading and opacity < 1
            else None
        )
        self.second.set_colour_bar(opacity > 0 if fading else is_beside or opacity >= 0.5, caption)
        self._update_titles(opacity if is_overlaid and not flickering else None)

    def _swap_maps(self) -> None:
        self._is_swapped = not self._is_swapped
        self._update_layout()
