"""A file that is there whole or not at all."""

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
    """Write a file that nobody sees yet, and move it into place at the end.

    Whatever happens inside the block (an error, a cancelled computation, Ctrl+C), a file that was there
    before stays as it was. Where the system can (Linux, on most file systems), what is written has no name
    until the end, so that even a process that is killed leaves nothing behind; elsewhere it has a temporary
    one beside the file, which is removed.

    Raises
    ------
    OSError
        The folder is missing, full, or may not be written to.
    """
    # A file's name has 255 bytes at most, and this one is longer than that of the file.
    part = path.with_name(f".{path.name[:40]}.{secrets.token_hex(4)}.part")
    nameless = _nameless(path.parent)
    try:
        with part.open("xb") if nameless is None else nameless as file:
            yield file
            if nameless is not None:
                file.flush()
                _name(file, part)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _name(file: BinaryIO, path: Path) -> None:
    """Give a file that has no name one; a copy where the system has no /proc to do it by."""
    try:
        # A number of a folder that is not looked at makes Python take linkat(2), which follows the link.
        os.link(f"/proc/self/fd/{file.fileno()}", path, src_dir_fd=file.fileno(), follow_symlinks=True)
    except OSError:
        file.seek(0)
        with path.open("xb") as copy:
            shutil.copyfileobj(file, copy)


def _nameless(folder: Path) -> BinaryIO | None:
    """Open a file in a folder that has no name; None where the system cannot."""
    kind = getattr(os, "O_TMPFILE", None)
    if kind is None:
        return None
    try:
        # Who may read it is decided by the mask of the process, as for any other file.
        return os.fdopen(os.open(folder, kind | os.O_RDWR | os.O_CLOEXEC, 0o666), "w+b")
    except OSError:
        return None
