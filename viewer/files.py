"""Open and read files named by the user: regular files only, one-line errors otherwise.

A named pipe, a device or a socket could block forever or have no end; invalid file names (a NUL byte, 300
characters, an unknown user) are errors of the user, not of the program.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from io import BufferedReader
from pathlib import Path

from viewer.errors import ViewerError

SPECIAL_FILES: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def check_regular(path: Path, error_class: type[ViewerError] = ViewerError) -> int:
    """Return the size in bytes of a regular file, or of the regular file that a link points to.

    Parameters
    ----------
    path
        Any path, whether or not it exists.
    error_class
        Class of the error that is raised.

    Raises
    ------
    ViewerError
        There is no such file, or it is a folder, a pipe, a device or a socket; of the class ``error_class``.
    """
    try:
        status = path.stat()
    except (OSError, ValueError) as reason:
        raise read_error(path, reason, error_class) from reason
    if stat.S_ISDIR(status.st_mode):
        raise error_class(path, "is a folder", "name a file")
    if not stat.S_ISREG(status.st_mode):
        kind = next((description for test, description in SPECIAL_FILES if test(status.st_mode)), "no file")
        raise error_class(path, f"is {kind}, not a regular file", "copy its contents to a file first")
    return status.st_size


def open_regular(path: Path, error_class: type[ViewerError] = ViewerError) -> BufferedReader:
    """Open a regular file for reading bytes; raise as `check_regular`, or if reading is not permitted."""
    check_regular(path, error_class)
    try:
        return path.open("rb")
    except (OSError, ValueError) as reason:
        raise read_error(path, reason, error_class) from reason


def read_regular(
    path: Path, max_bytes: int, error_class: type[ViewerError], content_description: str
) -> bytes:
    """Return the bytes of a regular file of at most ``max_bytes`` bytes.

    ``content_description`` names the expected content, in an error.

    Raises
    ------
    ViewerError
        The file cannot be read, or is larger; of the class ``error_class``.
    """
    with open_regular(path, error_class) as file:
        try:
            content = file.read(max_bytes + 1)
        except OSError as reason:
            raise read_error(path, reason, error_class) from reason
    if len(content) > max_bytes:
        raise error_class(
            path, f"is too large for {content_description}", f"expected at most {max_bytes:,} bytes"
        )
    return content


def read_error(path: Path, reason: OSError | ValueError, error_class: type[ViewerError]) -> ViewerError:
    """Return the error that states why the system does not open a file."""
    if isinstance(reason, FileNotFoundError):
        return error_class(path, "there is no such file")
    if isinstance(reason, IsADirectoryError):
        return error_class(path, "is a folder", "name a file")
    if isinstance(reason, PermissionError):
        return error_class(path, "cannot be read: no permission")
    if isinstance(reason, OSError):
        return error_class(path, f"cannot be read ({reason.strerror or reason})")
    return error_class(path, "is not a valid file name")


def expand_user(path: str | Path, error_class: type[ViewerError] = ViewerError) -> Path:
    """Return the path with ``~`` and ``~user`` replaced by the user's home folder.

    Raises
    ------
    ViewerError
        There is no such user; of the class ``error_class``.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as reason:
        problem = "names the folder of a user who does not exist"
        raise error_class(path, problem, "give the path without ~") from reason


def is_file(path: Path) -> bool:
    """Return whether there is a regular file; also False for an invalid file name."""
    return os.path.isfile(path)  # noqa: PTH113  pathlib raises an error for a long name


def is_folder(path: Path) -> bool:
    """Return whether there is a folder; also False for an invalid file name."""
    return os.path.isdir(path)  # noqa: PTH112


def exists(path: Path) -> bool:
    """Return whether the path exists; also False for an invalid file name."""
    return os.path.exists(path)  # noqa: PTH110
