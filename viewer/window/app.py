"""The window from start to end: on the screen first, everything heavy after it.

Qt alone is imported before the first paint of the window's frame. Then the panels are built, a few between
two events, while the libraries of the box are opened beside; then the scan is read and the box imported;
torch is imported by the worker that loads a network, when one is loaded.
"""

from __future__ import annotations

import gc
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, Qt, QTimer
from PySide6.QtWidgets import QApplication

from viewer.session.session import Session
from viewer.session.view import DEFAULT_LARGEST_CLUSTERS, Convention, Theme, View
from viewer.window import theme as themes
from viewer.window.desk import Desk
from viewer.window.files import NOTHING, Files
from viewer.window.libraries import BOX, NUMPY, PREPARING, TORCH, open_early
from viewer.window.main import TITLE, MainWindow
from viewer.window.recovery import Recovery, recovery_home

if TYPE_CHECKING:
    from viewer.progress import Progress
    from viewer.scene.preload_process import Preloader
    from viewer.window.probe import Probe

ORGANISATION = "saliency-viewer"
SWITCH_SECONDS = 0.002
SETTLED_MS = 8000
REFINED_MS = 500
"""By then the first picture is drawn finely; what is imported meanwhile would only be in its way."""
PATIENCE_SECONDS = 5.0


def run(
    files: Files = NOTHING,
    device: str = "auto",
    probe: Probe | None = None,
    ready: Callable[[MainWindow], object] | None = None,
    ahead: Preloader | None = None,
) -> int:
    """Open the window and stay until it is closed; answers the exit status.

    Parameters
    ----------
    files
        What it opens on.
    device
        "auto", "cpu", "cuda", "cuda:N" or "mps".
    probe
        Receives the moments of the first paint, of the box and of the complete demonstration.
    ready
        Called with the window before it is shown; what it answers is kept until the window is closed.
    ahead
        Reads some of these files already.
    """
    gc.disable()
    app = application()
    settings = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, ORGANISATION, "window")
    store = Session(kept_view(settings))
    themes.apply(app, store.view.theme)
    window = MainWindow(store, Desk(store, device, ahead=ahead), settings)
    opening = Opening(window, probe)
    if files.none:
        opening.demonstration()
    else:
        opening.files(files)
    recovery = Recovery(window, window.desk, recovery_home())
    recovery.restored.connect(opening.forget)
    window.furnished.connect(recovery.offer)
    sys.excepthook = partial(tell_unexpected, window)
    app.aboutToQuit.connect(window.shut)
    kept = ready(window) if ready is not None else None
    window.show()
    status = app.exec()
    if ahead is not None:
        ahead.close()
    window.shut()
    recovery.close()
    opening.close()
    del kept
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
    view = View(largest_clusters=DEFAULT_LARGEST_CLUSTERS)
    theme, convention = str(settings.value("theme", "")), str(settings.value("convention", ""))
    if theme in list(Theme):
        view = replace(view, theme=Theme(theme))
    if convention in list(Convention):
        view = replace(view, convention=Convention(convention))
    return view


def tell_unexpected(
    window: MainWindow, kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """A mistake of the program itself: a line for the person, the traceback for those who mend it."""
    traceback.print_exception(kind, error, trace)
    if not window.is_furnished:
        return  # there are no dialogs yet
    line = f"Something went wrong ({kind.__name__}: {error}). Your maps are safe."
    details = "".join(traceback.format_exception(kind, error, trace))
    window.asking.show_error("Unexpected error", line, details)


def warm_up(progress: Progress) -> None:
    """Import what taking a network apart needs, before the first map is asked for."""
    from viewer.models.graph.capture import warm_up as import_export

    import_export()


def settle(desk: Desk) -> None:
    """Let go of what was read ahead, and collect garbage again, for which the start is no time.

    What is there now is never looked through, not even once: among a million objects of the libraries a
    collection keeps the window waiting for a third of a second, to find some thousand small ones.
    """
    if desk.ahead is not None:
        desk.ahead.close()
    gc.freeze()
    gc.enable()


class Opening(QObject):
    """What happens after the first paint: the box's imports, and the files that were asked for."""

    def __init__(self, window: MainWindow, probe: Probe | None = None) -> None:
        super().__init__(window)
        self._window = window
        self._probe = probe
        self._deliver = window.desk.deliver
        self._import = threading.Thread(target=self._import_box, name="box", daemon=True)
        self._seen, self._built, self._shown = threading.Event(), threading.Event(), threading.Event()
        self._import.start()
        self._files = NOTHING
        self._warm = False
        self._left = threading.Event()
        window.painted.connect(self._begin, Qt.ConnectionType.QueuedConnection)

    def files(self, files: Files) -> None:
        """Open these after the first paint."""
        self._files = files

    def demonstration(self) -> None:
        """Open the demonstration after the first paint: its map is shipped, its network loaded later."""
        from viewer.session.demo import demo_files, demo_view, restrict_demo_view

        scan, model, shipped_map = demo_files()
        self._files = Files(scan, model, () if shipped_map is None else (shipped_map,))
        session = self._window.session
        wanted = demo_view(session.view)
        session.reset_view(wanted)

        def scan_shown() -> None:
            # A new scan takes the crosshair to its middle.
            stop()
            session.reset_view(wanted)

        stop = session.subscribe(scan_shown, "scan")
        words = self.tr("The demonstration's threshold, sign and smoothing apply to its own map alone.")
        restrict_demo_view(session, wanted, shipped_map, lambda: self._window.desk.said.emit(words))

    def forget(self) -> None:
        """Another session is shown: what is not open yet of these files is not opened any more."""
        self._files = NOTHING

    def _mark(self, name: str) -> None:
        if self._probe is not None:
            self._probe.mark(name)

    def _begin(self) -> None:
        """The frame can be seen. Marks: ``first paint``, ``panels``, ``box``, ``map``, ``prediction``."""
        self._mark("first paint")
        self._seen.set()
        self._furnish(self._window.furnishing())

    def _furnish(self, parts: Iterator[None]) -> None:
        """A part now, the next once what happened meanwhile has been looked at."""
        if not self._window.isVisible():
            return  # closed before it was ready
        if next(parts, parts) is parts:
            # Twice round, so that the panels are painted before anything is imported beside that.
            QTimer.singleShot(0, lambda: QTimer.singleShot(0, self._open))
        else:
            QTimer.singleShot(0, partial(self._furnish, parts))

    def _open(self) -> None:
        """The panels are there: now to the files, and the box."""
        self._mark("panels")
        self._built.set()
        desk, files = self._window.desk, self._files
        QTimer.singleShot(SETTLED_MS, partial(settle, desk))
        if files.session is not None:
            desk.open_session(files.session)
        if files.scan is not None:
            desk.open_scan(files.scan)
        for path in files.maps:
            desk.open_map(path)
        self._window.box.drawn.connect(self._drawn)
        self._window.session.subscribe(self._predicted, "prediction")
        if not files.maps:
            self._shown.set()
        if files.model is not None:
            desk.loading_changed.emit(Path(files.model).name)

    def _import_box(self) -> None:
        """What the window shows next, imported off its thread; what it does not show last.

        Libraries are opened as soon as the frame can be seen; what holds Python's lock waits until the panels
        are there, and what only the next map needs until the first one is shown.
        """
        self._seen.wait()
        open_early(NUMPY, *PREPARING, *BOX)
        from viewer.scene.opengl import choose_ready_driver

        choose_ready_driver()
        self._built.wait()
        if self._left.is_set():
            return
        try:
            # The scene would import this one when it is made, and the window would wait for it.
            import vtkmodules.vtkRenderingOpenGL2  # noqa: F401

            from viewer.scene.box import BoxScene
        except ImportError as error:
            reason = f"The box cannot be drawn: VTK cannot be imported ({error})."
            self._deliver(lambda: self._window.box.fail(reason))
        else:
            self._deliver(lambda: self._window.box.start(BoxScene))
        # The scan and the map are prepared with it.
        import scipy.ndimage  # noqa: F401

        self._shown.wait(PATIENCE_SECONDS)
        if self._left.is_set():
            return
        from viewer.checks import run as checks
        from viewer.methods import registry

        # Here, as what installed packages add is imported with it.
        registry.methods()
        checks.checks()
        self._deliver(self._window.method_dock.fill)
        self._deliver(self._window.trust_dock.fill)
        for problem in (*registry.plugin_problems(), *checks.plugin_problems()):
            self._deliver(partial(self._window.desk.said.emit, problem))
        if self._files.model is not None:
            # Last where there is a map to look at meanwhile: its import is the longest.
            open_early(TORCH)
            self._deliver(partial(self._window.desk.open_model, self._files.model))

    def close(self) -> None:
        """Wait for the imports: Python must not end in the middle of one."""
        for event in (self._left, self._seen, self._built, self._shown):
            event.set()
        if self._import.is_alive():
            self._import.join(PATIENCE_SECONDS)

    def _drawn(self) -> None:
        self._mark("box")
        if self._window.showing.prepared is not None:
            self._window.box.drawn.disconnect(self._drawn)
            self._mark("map")
            QTimer.singleShot(REFINED_MS, self._shown.set)

    def _predicted(self) -> None:
        if self._window.session.prediction is not None and not self._warm:
            self._mark("prediction")
            self._warm = True
            self._window.desk.run_long(warm_up, self.tr("Loading methods …"), lambda _: None)
