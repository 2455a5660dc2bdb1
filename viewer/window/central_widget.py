"""Central widget: the box, and below it three slices with their profiles, or the mosaic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from viewer.session.session import Session
from viewer.session.view import Layout
from viewer.window.slice_view import MARGIN

if TYPE_CHECKING:
    from viewer.window.mosaic import MosaicView
    from viewer.window.profile import ProfileView
    from viewer.window.slice_view import SliceView

HEIGHTS = (440, 300)
STRETCH = (5, 3)
HANDLE = 4


class CentralWidget(QSplitter):
    """Box above, slices or mosaic below, according to the session's layout.

    Parameters
    ----------
    session
        Session whose layout is followed.
    box_area
        Upper widget: the box.
    slices, profiles
        Placed side by side, each slice with its profile below it.
    mosaic
        Shown in place of the slices.
    """

    def __init__(
        self,
        session: Session,
        box_area: QWidget,
        slices: Sequence[SliceView],
        profiles: Sequence[ProfileView],
        mosaic: MosaicView,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._session = session
        self._slices, self._profiles, self._mosaic = slices, profiles, mosaic
        self._slice_row = QSplitter(Qt.Orientation.Horizontal)
        for view, profile in zip(slices, profiles, strict=True):
            self._slice_row.addWidget(stack_vertically(view, profile))
            view.set_linked_views([other for other in slices if other is not view])
        self._slice_row.setChildrenCollapsible(False)
        self._slice_row.setHandleWidth(HANDLE)
        self.lower_stack = QStackedWidget()
        self.lower_stack.addWidget(self._slice_row)
        self.lower_stack.addWidget(mosaic)
        self.addWidget(box_area)
        self.addWidget(self.lower_stack)
        self.reset_sizes()
        for index, stretch in enumerate(STRETCH):
            self.setStretchFactor(index, stretch)
        self.setHandleWidth(HANDLE)
        self.setChildrenCollapsible(False)
        session.subscribe(self._show_layout, "layout")
        self._show_layout()

    def reset_sizes(self) -> None:
        """Reset the heights of the box and the slices to their defaults."""
        self.setSizes(HEIGHTS)

    def set_bounds(self, lower: tuple[int, ...], upper: tuple[int, ...]) -> None:
        """Set the bounding voxels of the head or brain, which fills the slices.

        Each slice gets the width it needs, so that all are filled at their common scale.
        """
        self._mosaic.set_bounds(lower, upper)
        for profile in self._profiles:
            profile.set_bounds(lower, upper)
        widths = []
        for view in self._slices:
            view.set_bounds(lower, upper)
            plane = view.plane
            if plane is not None:
                widths.append(round(plane.crop_rectangle(lower, upper)[2]) + 2 * round(MARGIN))
        self._slice_row.setSizes(widths)

    def _show_layout(self) -> None:
        mosaic = self._session.view.layout is Layout.MOSAIC
        self.lower_stack.setCurrentWidget(self._mosaic if mosaic else self._slice_row)


def stack_vertically(*widgets: QWidget) -> QWidget:
    """Stack widgets vertically with little spacing."""
    stack = QWidget()
    column = QVBoxLayout(stack)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for widget in widgets:
        column.addWidget(widget)
    return stack
