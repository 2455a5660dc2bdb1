"""Atomic writing of files: a file is written completely or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def atomic_write(path: Path) -> Iterator[BinaryIO]:
    """Open a temporary file for writing, and move it to ``path`` at the end of the block.

    If the block fails (an error, a cancelled computation, Ctrl+C), an existing file stays unchanged. If the
    system supports it (Linux, on most file systems), the temporary file has no name until the end, so even
    a killed process leaves nothing behind; otherwise it is created next to the file and removed on failure.

    Raises
    ------
    OSError
        The folder is missing, full, or not writable; its ``filename`` is the path.
    """
    # File names are limited to 255 bytes; the name is shortened to leave room for the additions.
    temporary = path.with_name(f".{path.name[:40]}.{secrets.token_hex(4)}.part")
    unnamed = _open_unnamed_file(path.parent)
    try:
        with temporary.open("xb") if unnamed is None else unnamed as file:
            yield file
            if unnamed is not None:
                file.flush()
                _link_file(file, temporary)
        temporary.replace(path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if (
            isinstance(error, OSError)
            and error.filename is not None
            and error.filename in (temporary, str(temporary))
        ):
            # Report the file that the user named, not the temporary one.
            error.filename, error.filename2 = str(path), None
        raise


def _link_file(file: BinaryIO, path: Path) -> None:
    """Link an unnamed file to a path; copy it if the system has no /proc."""
    try:
        # With src_dir_fd (ignored for an absolute path), Python calls linkat(2), which follows the link.
        os.link(f"/proc/self/fd/{file.fileno()}", path, src_dir_fd=file.fileno(), follow_symlinks=True)
    except OSError:
        file.seek(0)
        with path.open("xb") as copy:
            shutil.copyfileobj(file, copy)


def _open_unnamed_file(folder: Path) -> BinaryIO | None:
    """Open an unnamed file in a folder (O_TMPFILE); None if the system does not support it."""
    flag = getattr(os, "O_TMPFILE", None)
    if flag is None:
        return None
    try:
        # The process's umask sets the permissions, as for any other file.
        return os.fdopen(os.open(folder, flag | os.O_RDWR | os.O_CLOEXEC, 0o666), "w+b")
    except OSError:
        return None
