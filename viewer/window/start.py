"""The window's start: the files are read beside, and only then Qt is imported."""

from __future__ import annotations

import builtins
import os
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from viewer.scene.preload_process import Preloader
from viewer.session.demo import SMOOTHING_MM, demo_files
from viewer.window.files import NOTHING, Files

if TYPE_CHECKING:
    from viewer.window.main import MainWindow
    from viewer.window.probe import Probe


def open_window(
    files: Files = NOTHING,
    device: str = "auto",
    probe: Probe | None = None,
    ready: Callable[[MainWindow], object] | None = None,
) -> int:
    """`viewer.window.app.run`, with the same parameters, on files that are being read meanwhile."""
    smoothing = 0.0
    first, shown = files.scan, files.maps[0] if len(files.maps) == 1 else None
    if files.none:
        first, _, shown = demo_files()
        smoothing = SMOOTHING_MM
    ahead = None
    # Elsewhere a process cannot be handed an open file.
    if first is not None and os.name == "posix":
        # It saves a second and is no more than that: without it the window reads everything itself.
        with suppress(OSError):
            ahead = Preloader(first, shown, smoothing)
    plain = builtins.__import__
    import PySide6.QtWidgets  # noqa: F401

    # PySide6 wraps it to read the source of every module that is imported from then on, in search of
    # "from __feature__ import", which nothing here has: a sixth of the time that all further imports take.
    builtins.__import__ = plain
    from viewer.window.app import run

    return run(files=files, device=device, probe=probe, ready=ready, ahead=ahead)
