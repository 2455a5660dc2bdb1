"""The window from start to end: on the screen first, everything heavy after it.

Qt alone is imported before the first paint. Then a thread imports what the box needs while the desk reads
the scan; torch is imported by the worker that loads a network, when one is loaded.
"""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, Qt, QTimer
from PySide6.QtWidgets import QApplication

from viewer.session.session import Session
from viewer.session.view import Convention, Theme, View
from viewer.window import theme as themes
from viewer.window.deliver import Deliver
from viewer.window.desk import Desk
from viewer.window.main import TITLE, MainWindow

if TYPE_CHECKING:
    from viewer.window.probe import Probe

ORGANISATION = "saliency-viewer"
SWITCH_SECONDS = 0.002
AFTER_MAP_MS = 200


def run(
    scan: str | Path | None = None,
    model: str | Path | None = None,
    maps: Sequence[str | Path] = (),
    session: str | Path | None = None,
    demo: bool = False,
    device: str = "auto",
    probe: Probe | None = None,
) -> int:
    """Open the window and stay until it is closed; answers the exit status.

    Without a scan, a model, maps or a session it opens on the demonstration.

    Parameters
    ----------
    scan, model, maps, session
        Files (or names of built-in ones) to open.
    demo
        Open the demonstration.
    device
        "auto", "cpu", "cuda", "cuda:N" or "mps".
    probe
        Receives the moments of the first paint, of the box and of the complete demonstration.
    """
    app = application()
    settings = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, ORGANISATION, "window")
    store = Session(kept_view(settings))
    themes.apply(app, store.view.theme)
    window = MainWindow(store, Desk(store, device), settings)
    if not demo and scan is None and model is None and not maps and session is None:
        demo = True
    opening = Opening(window, probe)
    if demo:
        opening.demonstration()
    else:
        opening.files(scan, model, maps)
    sys.excepthook = partial(tell_unexpected, window)
    app.aboutToQuit.connect(window.shut)
    window.show()
    status = app.exec()
    window.shut()
    return status


def application() -> QApplication:
    """The application, dressed; the one that is there already, where there is one."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    # A worker that runs Python code would else keep the window waiting for 5 ms at a time.
    sys.setswitchinterval(SWITCH_SECONDS)
    QApplication.setStyle("Fusion")
    app = QApplication([ORGANISATION])
    app.setApplicationName(ORGANISATION)
    app.setApplicationDisplayName(TITLE)
    app.setFont(themes.font())
    return app


def kept_view(settings: QSettings) -> View:
    """A view with the theme and the sides that were last chosen."""
    view = View()
    theme, convention = str(settings.value("theme", "")), str(settings.value("convention", ""))
    if theme in list(Theme):
        view = replace(view, theme=Theme(theme))
    if convention in list(Convention):
        view = replace(view, convention=Convention(convention))
    return view


def tell_unexpected(
    window: MainWindow, kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """A mistake of the program itself: the traceback for those who mend it, a line for the person."""
    traceback.print_exception(kind, error, trace)
    line = f"{kind.__name__}: {error}. What was computed is still there; the details are on standard error."
    window.show_error("Unexpected error", line)


class Opening(QObject):
    """What happens after the first paint: the box's imports, and the files that were asked for."""

    def __init__(self, window: MainWindow, probe: Probe | None = None) -> None:
        super().__init__(window)
        self._window = window
        self._probe = probe
        self._deliver = Deliver(self)
        self._scan: str | Path | None = None
        self._model: str | Path | None = None
        self._maps: tuple[str | Path, ...] = ()
        window.painted.connect(self._begin, Qt.ConnectionType.QueuedConnection)

    def files(self, scan: str | Path | None, model: str | Path | None, maps: Sequence[str | Path]) -> None:
        """Open these after the first paint."""
        self._scan, self._model, self._maps = scan, model, tuple(maps)

    def demonstration(self) -> None:
        """Open the demonstration after the first paint: its map is shipped, its network loaded later."""
        from viewer.session.demo import demo_files

        self._scan, self._model, shipped_map = demo_files()
        self._maps = () if shipped_map is None else (shipped_map,)

    def _mark(self, name: str) -> None:
        if self._probe is not None:
            self._probe.mark(name)

    def _begin(self) -> None:
        self._mark("first paint")
        threading.Thread(target=self._import_box, name="box", daemon=True).start()
        desk = self._window.desk
        if self._scan is not None:
            desk.open_scan(self._scan)
        for path in self._maps:
            desk.open_map(path)
        self._window.box.drawn.connect(self._drawn)
        self._window.showing.map_changed.connect(self._map_ready)
        if self._model is not None and not self._maps:
            self._load_model()

    def _import_box(self) -> None:
        """What the window shows next, imported off its thread; the declarations of the methods last."""
        from viewer.scene.box import BoxScene

        self._deliver(lambda: self._window.box.start(BoxScene))
        import viewer.methods.registry  # noqa: F401

        self._deliver(self._window.method_dock.fill)

    def _drawn(self) -> None:
        self._mark("box")

    def _map_ready(self) -> None:
        if self._window.showing.prepared is not None:
            self._window.showing.map_changed.disconnect(self._map_ready)
            self._mark("map")
            QTimer.singleShot(AFTER_MAP_MS, self._load_model)

    def _load_model(self) -> None:
        """The network comes last where there is a map to look at meanwhile: its import is the longest."""
        if self._model is not None:
            self._window.desk.open_model(self._model)
