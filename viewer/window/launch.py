"""The window's start: the files are read beside, and only then Qt is imported."""

from __future__ import annotations

import builtins
import os
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

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
) -> int:
    """`viewer.window.application.run`, with the same parameters, on files that are being read meanwhile."""
    smoothing = 0.0
    first, shown = files.scan, files.maps[0] if len(files.maps) == 1 else None
    if files.is_empty:
        first, _, shown = demo_files()
        smoothing = SMOOTHING_MM
    preloader = None
    # Elsewhere a process cannot be handed an open file.
    if first is not None and os.name == "posix":
        # It saves a second and is no more than that: without it the window reads everything itself.
        with suppress(OSError):
            preloader = Preloader(first, shown, smoothing)
    plain = builtins.__import__
    import PySide6.QtWidgets  # noqa: F401

    # PySide6 wraps it to read the source of every module that is imported from then on, in search of
    # "from __feature__ import", which nothing here has: a sixth of the time that all further imports take.
    builtins.__import__ = plain
    from viewer.window.application import run

    return run(files=files, device=device, timer=timer, on_window=on_window, preloader=preloader)
