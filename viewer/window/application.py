"""Application lifecycle: paint the window first, then load everything heavy.

Only Qt is imported before the first paint of the window frame. Then the panels are built, a few per round of
the event loop, while the libraries of the box are loaded in the background; after that, the scan is read and
the box imported. The worker that loads a network imports torch.
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
from viewer.window.controller import Controller
from viewer.window.main import TITLE, MainWindow, make_box_scene
from viewer.window.preload_libraries import NUMPY, SCIPY, TORCH, VTK, preload
from viewer.window.recovery import Recovery, recovery_home
from viewer.window.startup import NO_FILES, StartupFiles
from viewer.window.translation import find_chosen_language, install_translators, set_number_locale, translate

if TYPE_CHECKING:
    from viewer.progress import Progress
    from viewer.scene.preload_process import Preloader
    from viewer.window.startup import StartupTimer

ORGANISATION = "saliency-viewer"
THREAD_SWITCH_SECONDS = 0.002
FINISH_STARTUP_MS = 8000
FIRST_REFINEMENT_MS = 500
"""Delay of further imports in ms: they would slow down the first high-quality picture."""
TIMEOUT_SECONDS = 5.0


def run(
    files: StartupFiles = NO_FILES,
    device: str = "auto",
    timer: StartupTimer | None = None,
    on_window: Callable[[MainWindow], object] | None = None,
    preloader: Preloader | None = None,
    language: str | None = None,
) -> int:
    """Open the window and run until it is closed; return the exit status.

    Parameters
    ----------
    files
        Files to open.
    device
        "auto", "cpu", "cuda", "cuda:N" or "mps".
    timer
        Records the times of the startup steps.
    on_window
        Called with the window before it is shown; its result is kept alive until the window is closed.
    preloader
        Process that is already reading some of these files.
    language
        "system", "en" or "de"; None for the language chosen in the window.
    """
    gc.disable()
    app = get_application()
    settings = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, ORGANISATION, "window")
    ui_language = find_chosen_language(settings, language)
    install_translators(app, ui_language)
    set_number_locale(ui_language)
    session = Session(restore_view(settings))
    themes.apply_theme(app, session.view.theme)
    window = MainWindow(session, Controller(session, device, preloader=preloader), settings)
    startup = Startup(window, timer)
    if files.is_empty:
        startup.open_demonstration()
        window.built.connect(lambda: window.examples.set_view_restricted())
        window.built.connect(partial(show_first_steps, window, settings))
    else:
        startup.set_files(files)
    recovery = Recovery(window, window.controller, recovery_home())
    recovery.restored.connect(startup.discard_files)
    window.built.connect(recovery.offer_sessions)
    sys.excepthook = partial(exception_hook, window)
    app.aboutToQuit.connect(window.shut_down)
    kept_alive = on_window(window) if on_window is not None else None
    window.show()
    status = app.exec()
    if preloader is not None:
        preloader.close()
    window.shut_down()
    recovery.close()
    startup.close()
    del kept_alive
    return status


def show_first_steps(window: MainWindow, settings: QSettings) -> None:
    """Show the card of the first start over the box, unless it was closed before."""
    from viewer.window.welcome_card import show_on_first_start

    show_on_first_start(window, settings)


def get_application() -> QApplication:
    """Return the application with style and font set; an existing application is returned as it is."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    # By default, a worker that runs Python code would block the window for 5 ms at a time.
    sys.setswitchinterval(THREAD_SWITCH_SECONDS)
    QApplication.setStyle("Fusion")
    app = QApplication([ORGANISATION])
    app.setApplicationName(ORGANISATION)
    app.setApplicationDisplayName(TITLE)
    app.setDesktopFileName(ORGANISATION)
    app.setFont(themes.application_font())
    return app


def restore_view(settings: QSettings) -> View:
    """Return a view with the last used theme and side convention."""
    view = View(largest_clusters=DEFAULT_LARGEST_CLUSTERS)
    theme, convention = str(settings.value("theme", "")), str(settings.value("convention", ""))
    if theme in list(Theme):
        view = replace(view, theme=Theme(theme))
    if convention in list(Convention):
        view = replace(view, convention=Convention(convention))
    return view


def exception_hook(
    window: MainWindow, error_type: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Report an unexpected exception: one line for the user, the traceback for developers."""
    traceback.print_exception(error_type, error, trace)
    if not window.is_built:
        return  # there are no dialogs yet
    text = translate("Application", "Something went wrong ({}: {}). Your maps are safe.")
    message = text.format(error_type.__name__, error)
    details = "".join(traceback.format_exception(error_type, error, trace))
    window.file_actions.show_error(translate("Application", "Unexpected error"), message, details)


def warm_up(progress: Progress) -> None:
    """Import the modules that capture a network's graph, before the first map is requested."""
    from viewer.models.graph.capture import preload_torch_export as import_export

    import_export()


def finish_startup(controller: Controller) -> None:
    """Release preloaded data, and re-enable garbage collection, which is off during startup.

    Existing objects are excluded from collection: scanning a million objects of the libraries would block
    the window for a third of a second, to free a few thousand small ones.
    """
    if controller.preloader is not None:
        controller.preloader.close()
    gc.freeze()
    gc.enable()


class Startup(QObject):
    """Steps after the first paint: imports of the box, and the requested files."""

    def __init__(self, window: MainWindow, timer: StartupTimer | None = None) -> None:
        super().__init__(window)
        self._window = window
        self._timer = timer
        self._run_on_main_thread = window.controller.run_on_main_thread
        self._import_thread = threading.Thread(target=self._import_box, name="box", daemon=True)
        self._frame_painted, self._panels_built, self._map_shown = (
            threading.Event(),
            threading.Event(),
            threading.Event(),
        )
        self._import_thread.start()
        self._files = NO_FILES
        self._warmed_up = False
        self._closing = threading.Event()
        window.painted.connect(self._on_first_paint, Qt.ConnectionType.QueuedConnection)

    def set_files(self, files: StartupFiles) -> None:
        """Set the files to open after the first paint."""
        self._files = files

    def open_demonstration(self) -> None:
        """Open the demonstration after the first paint; its map is shipped, its network is loaded later."""
        from viewer.session.demo import demo_files, demo_view, restrict_demo_view

        scan, model, shipped_map = demo_files()
        self._files = StartupFiles(scan, model, () if shipped_map is None else (shipped_map,))
        session = self._window.session
        initial_view = demo_view(session.view)
        session.reset_view(initial_view)

        def on_scan_changed() -> None:
            # A new scan moves the crosshair to its centre.
            stop()
            session.reset_view(initial_view)

        stop = session.subscribe(on_scan_changed, "scan")
        note = self.tr("The demonstration's threshold, sign and smoothing apply only to its own map.")
        restrict_demo_view(
            session, initial_view, shipped_map, lambda: self._window.controller.message.emit(note)
        )

    def discard_files(self) -> None:
        """Discard the files that are not open yet: a recovered session is shown instead."""
        self._files = NO_FILES

    def _record(self, name: str) -> None:
        if self._timer is not None:
            self._timer.record(name)

    def _on_first_paint(self) -> None:
        """Continue startup. Times recorded: ``first paint``, ``panels``, ``box``, ``map``, ``prediction``."""
        self._record("first paint")
        self._frame_painted.set()
        self._build(self._window.build_steps())

    def _build(self, steps: Iterator[None]) -> None:
        """Run one step, and schedule the next after pending events."""
        if not self._window.isVisible():
            return  # closed before it was ready
        if next(steps, steps) is steps:
            # Two rounds of the event loop, so that the panels are painted before the other imports start.
            QTimer.singleShot(0, lambda: QTimer.singleShot(0, self._open_files))
        else:
            QTimer.singleShot(0, partial(self._build, steps))

    def _open_files(self) -> None:
        """Open the files and create the box, once the panels are built."""
        self._record("panels")
        self._panels_built.set()
        controller, files = self._window.controller, self._files
        QTimer.singleShot(FINISH_STARTUP_MS, partial(finish_startup, controller))
        if files.session is not None:
            controller.open_session(files.session)
        covariates = dict(files.covariates)
        if files.channels:
            ((_, series),) = files.images or (("", str(files.scan)),)
            controller.open_channels(Path(series), files.channels, covariates, align=files.align)
        elif files.images:
            images = {name: Path(image) for name, image in files.images}
            controller.open_images(images, covariates, align=files.align)
        elif files.scan is not None:
            controller.open_scan(files.scan)
        for path in files.maps:
            controller.open_map(path)
        if files.cohort is not None:
            controller.cohort_opened.emit(Path(files.cohort))
        self._window.box.rendered.connect(self._on_map_drawn)
        self._window.session.subscribe(self._on_predicted, "prediction")
        if not files.maps:
            self._map_shown.set()
        if files.model is not None:
            controller.loading_changed.emit(Path(files.model).name)

    def _import_box(self) -> None:
        """Import libraries on a background thread, in the order in which the window needs them.

        Libraries are loaded as soon as the frame is visible; imports that hold the GIL wait until the panels
        are built, and imports needed only for the next map wait until the first map is shown.
        """
        self._frame_painted.wait()
        preload(NUMPY, *SCIPY, *VTK)
        from viewer.scene.opengl import choose_fastest_driver

        choose_fastest_driver()
        self._panels_built.wait()
        if self._closing.is_set():
            return
        try:
            # Otherwise the scene would import this module on the main thread.
            import vtkmodules.vtkRenderingOpenGL2  # noqa: F401

            import viewer.scene.box  # noqa: F401
        except ImportError as error:
            text = self.tr("The box cannot be drawn: VTK cannot be imported ({}).")
            reason = text.format(error)
            self._run_on_main_thread(lambda: self._window.box.show_message(reason))
        else:
            self._run_on_main_thread(lambda: self._window.box.start(make_box_scene))
        # Needed to prepare the scan and the map.
        import scipy.ndimage  # noqa: F401

        self._map_shown.wait(TIMEOUT_SECONDS)
        if self._closing.is_set():
            return
        from viewer.checks import runner as checks
        from viewer.methods import registry

        # Called here, as it imports the plugins of installed packages.
        registry.list_methods()
        checks.list_checks()
        self._run_on_main_thread(self._window.method_dock.fill_methods)
        self._run_on_main_thread(self._window.checks_dock.fill_checks)
        for problem in (*registry.plugin_problems(), *checks.plugin_problems()):
            self._run_on_main_thread(partial(self._window.controller.message.emit, problem))
        if self._files.model is not None:
            # Last, because this import takes longest; the shipped map, if any, is already visible.
            preload(TORCH)
            self._run_on_main_thread(partial(self._window.controller.open_model, self._files.model))

    def close(self) -> None:
        """Wait for the imports: Python must not exit during an import."""
        for event in (self._closing, self._frame_painted, self._panels_built, self._map_shown):
            event.set()
        if self._import_thread.is_alive():
            self._import_thread.join(TIMEOUT_SECONDS)

    def _on_map_drawn(self) -> None:
        self._record("box")
        if self._window.display.prepared_map is not None:
            self._window.box.rendered.disconnect(self._on_map_drawn)
            self._record("map")
            QTimer.singleShot(FIRST_REFINEMENT_MS, self._map_shown.set)

    def _on_predicted(self) -> None:
        if self._window.session.prediction is not None and not self._warmed_up:
            self._record("prediction")
            self._warmed_up = True
            self._window.controller.run_long(warm_up, self.tr("Loading methods …"), lambda _: None)
