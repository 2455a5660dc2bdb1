"""Put the program into the desktop's menu, with its icon and file types (Linux)."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from viewer.commands.console import print_notes
from viewer.errors import ViewerError

EXAMPLE = """example:
  saliency-viewer install-desktop
  saliency-viewer install-desktop --remove

A desktop entry, an icon and MIME types (sessions, NIfTI, FreeSurfer's and MINC images) are written into
~/.local/share, or XDG_DATA_HOME. Files that you changed are left as they are, and which program opens a type
by default is not changed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--remove", action="store_true", help="remove what this command has written")


def run(arguments: argparse.Namespace) -> int:
    """Write or remove the files, and print their paths."""
    from viewer.commands.desktop_files import data_home, install_desktop_files, remove_desktop_files

    if sys.platform in ("win32", "darwin"):
        raise ViewerError("install-desktop", "is for desktops that follow freedesktop.org, such as Linux'")
    home = data_home()
    remove = arguments.remove
    result = remove_desktop_files(home) if remove else install_desktop_files(home, start_command())
    print_notes(
        [
            f"{path}: left as it is, because it was not written by this command or was changed"
            for path in result.kept
        ],
        arguments.quiet,
    )
    for path in result.done:
        print(path)
    return 0


def start_command() -> tuple[str, ...]:
    """Return the words that start the program as it was started now, by absolute paths."""
    script = Path(sys.argv[0])
    if script.name == "saliency-viewer" and script.is_file() and os.access(script, os.X_OK):
        return (str(script.absolute()),)
    return (sys.executable, "-m", "viewer")
