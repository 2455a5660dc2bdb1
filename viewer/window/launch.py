"""Start of the window: a second process reads the files while Qt is imported."""

from __future__ import annotations

import builtins
import os
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from viewer.jobs.heap import use_one_arena
from viewer.scene.preload_process import Preloader
from viewer.session.demo import SMOOTHING_MM, demo_files
from viewer.window.startup import NO_FILES, StartupFiles

if TYPE_CHECKING:
    from viewer.window.main import MainWindow
    from viewer.window.startup import StartupTimer


def open_window(
    files: StartupFiles = NO_FILES,
    device: str = "auto",
    timer: StartupTimer | None = None,
    on_window: Callable[[MainWindow], object] | None = None,
    language: str | None = None,
) -> int:
    """Run `viewer.window.application.run` with the same parameters while a second process reads the files."""
    smoothing = 0.0
    scan, saliency_map = files.scan, files.maps[0] if len(files.maps) == 1 else None
    if files.is_empty:
        scan, _, saliency_map = demo_files()
        smoothing = SMOOTHING_MM
    preloader = None
    # Only POSIX systems can pass an open file to another process.
    if scan is not None and os.name == "posix":
        # The process only saves time: without it the window reads the files itself.
        with suppress(OSError):
            preloader = Preloader(scan, saliency_map, smoothing)
    # Before Qt starts threads: the worker's tensors need the main arena.
    use_one_arena()
    original_import = builtins.__import__
    import PySide6.QtWidgets  # noqa: F401

    # PySide6 wraps __import__ to search the source of every later module for "from __feature__ import", which
    # is not used here and takes a sixth of the time of all further imports.
    builtins.__import__ = original_import
    from viewer.window.application import run

    return run(
        files=files, device=device, timer=timer, on_window=on_window, preloader=preloader, language=language
    )
