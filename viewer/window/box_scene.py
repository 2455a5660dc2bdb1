"""The scene of a box, in step with a session, and what it shows, which may be known before the scene is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from viewer.session.session import Session
from viewer.session.view import View

if TYPE_CHECKING:
    from viewer.scene.box import BoxScene
    from viewer.scene.render_data import MapRenderData, ScanRenderData

SIDE = 16
DRAWN_WITH = (
    "theme", "threshold", "sign", "smallest_cluster", "largest_clusters", "walls", "walls_at", "camera",
    "glass", "nested", "shadows", "smoothing", "hues", "scale_bar", "colour_bar", "display_range",
)  # fmt: skip


class LiveScene(QObject):
    """Has a scene, as soon as one is made, show a scan, a map and the view of a session.

    Parameters
    ----------
    session
        Whose view the scene has.
    """

    changed = Signal()
    """The scene looks different now."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._scene: BoxScene | None = None
        self._scan: ScanRenderData | None = None
        self._map: MapRenderData | None = None
        self._adjusted: Callable[[View], View] = lambda view: view
        self._colour_bar = True
        self._above: str | None = None
        session.subscribe(self.look, *DRAWN_WITH)

    @property
    def scene(self) -> BoxScene | None:
        """The scene; None before it is there, and once it is gone."""
        return self._scene

    @property
    def shown(self) -> BoxScene | None:
        """The scene, if there is a scan in it to be seen."""
        return None if self._scan is None else self._scene

    def start(self, scene: BoxScene) -> None:
        """Show in this scene whatever is known by now, and all that comes."""
        self._scene = scene
        scene.set_above(self._above)
        scene.set_view(self._seen())
        if self._scan is None:
            # The first picture makes OpenGL ready, which takes a tenth of a second: while the scan is read.
            scene.render(SIDE, SIDE)
        else:
            scene.set_scan(self._scan)
            scene.set_map(self._map)
        self.changed.emit()

    def set_scan(self, content: ScanRenderData | None) -> None:
        """Show another scan, now or as soon as there is a scene, or none; its maps come after it."""
        self._scan, self._map = content, None
        if self._scene is not None:
            self._scene.set_scan(content)
            self.changed.emit()

    def set_map(self, content: MapRenderData | None) -> None:
        """Show another map, or none."""
        self._map = content
        if self._scene is not None:
            self._scene.set_map(content)
            self.changed.emit()

    def set_coarse(self, coarse: bool) -> None:
        """Cut bodies coarsely, or as they are."""
        if self._scene is not None:
            self._scene.set_coarse(coarse)
            self.changed.emit()

    def set_adjusted(self, adjusted: Callable[[View], View]) -> None:
        """What is shown in place of the session's view."""
        self._adjusted = adjusted
        self.look()

    def set_colour_bar(self, allowed: bool, above: str | None = None) -> None:
        """Leave the colours out, or have them where the view has them: above those with this caption."""
        self._colour_bar, self._above = allowed, above
        if self._scene is not None:
            self._scene.set_above(above)
        self.look()

    def look(self) -> None:
        """Have the scene seen as the session's view says now."""
        if self._scene is not None:
            self._scene.set_view(self._seen())
            self.changed.emit()

    def leave(self) -> BoxScene | None:
        """Have no scene any more; answers the one there was, which is not closed."""
        scene, self._scene = self._scene, None
        return scene

    def _seen(self) -> View:
        view = self._adjusted(self._session.view)
        return view if self._colour_bar else replace(view, colour_bar=False)
