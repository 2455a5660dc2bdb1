"""Check whether a window can be shown, without opening one.

Qt aborts the program if it finds no screen.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from viewer.errors import ViewerError

HEADLESS_PLATFORMS = ("offscreen", "minimal", "minimalegl")
"""Qt platforms without a screen."""

X_SOCKETS = Path("/tmp/.X11-unix")  # noqa: S108  the folder that every X server uses
CONNECT_SECONDS = 1.0
X_PORT = 6000


def has_display(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> bool:
    """Return whether there is a screen to open a window on.

    Raises
    ------
    ViewerError
        QT_QPA_PLATFORM names a platform that Qt does not have: Qt would abort with a core dump.
    """
    platform_name = environment.get("QT_QPA_PLATFORM", "").partition(":")[0].partition(";")[0]
    if platform_name in HEADLESS_PLATFORMS:
        return False
    if platform_name and not _is_installed(platform_name, environment):
        raise ViewerError("QT_QPA_PLATFORM", f"Qt has no platform {platform_name!r} here", "unset it")
    if platform in ("win32", "darwin") or platform_name not in ("", "xcb", "wayland", "wayland-egl"):
        return True
    return _has_wayland(environment) or _has_x_server(environment.get("DISPLAY", ""))


def _is_installed(platform: str, environment: Mapping[str, str]) -> bool:
    """Return whether Qt has a platform of this name; True if its plugins are outside PySide6."""
    if {"QT_PLUGIN_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH"} & environment.keys():
        return True
    from importlib.util import find_spec

    spec = find_spec("PySide6")
    folders = [] if spec is None else list(spec.submodule_search_locations or ())
    names = [
        re.sub(r"^(lib)?q", "", file.name.partition(".")[0])
        for folder in folders
        for parent in ("Qt/plugins/platforms", "plugins/platforms")
        for file in (Path(folder) / parent).glob("*q*")
    ]
    # A plugin may provide further platforms whose names extend its own, such as wayland-egl.
    return not names or any(platform == name or platform.startswith(f"{name}-") for name in names)


def _has_wayland(environment: Mapping[str, str]) -> bool:
    name = environment.get("WAYLAND_DISPLAY", "")
    return bool(name) and Path(environment.get("XDG_RUNTIME_DIR", "/"), name).exists()


def _has_x_server(display: str) -> bool:
    """Return whether an X server responds."""
    parts = re.fullmatch(r"(?P<host>.*):(?P<number>\d+)(\.\d+)?", display)
    if parts is None:
        return False
    import socket

    host, number = parts["host"], int(parts["number"])
    local = host in ("", "unix")
    try:
        if not local:
            socket.create_connection((host, X_PORT + number), CONNECT_SECONDS).close()
            return True
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(CONNECT_SECONDS)
            connection.connect(str(X_SOCKETS / f"X{number}"))
    except OSError:
        return False
    return True
