"""Add the program to the desktop menu, with its icon and file types (Linux)."""

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

A desktop entry, an icon and MIME types (sessions, NIfTI, FreeSurfer and MINC images) are written to
~/.local/share, or to XDG_DATA_HOME. Files that you changed are left as they are, and default programs are not
changed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--remove", action="store_true", help="remove the files written by this command")


def run(arguments: argparse.Namespace) -> int:
    """Write or remove the files, and print their paths."""
    from viewer.commands.desktop_files import install_desktop_files, remove_desktop_files, user_data_folder

    if sys.platform in ("win32", "darwin"):
        raise ViewerError("install-desktop", "needs a desktop that follows freedesktop.org, as on Linux")
    folder = user_data_folder()
    remove = arguments.remove
    result = remove_desktop_files(folder) if remove else install_desktop_files(folder, start_command())
    print_notes(
        [
            f"{path}: left as it is, because it was not written by this command or was changed"
            for path in result.skipped
        ],
        arguments.quiet,
    )
    for path in result.changed:
        print(path)
    return 0


def start_command() -> tuple[str, ...]:
    """Return the command that started this program, with absolute paths."""
    script = Path(sys.argv[0])
    if script.name == "saliency-viewer" and script.is_file() and os.access(script, os.X_OK):
        return (str(script.absolute()),)
    return (sys.executable, "-m", "viewer")
