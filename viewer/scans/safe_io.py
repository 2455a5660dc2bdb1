"""Safe reading of plain, gzip and bzip2 files: sizes are checked before memory is allocated."""

from __future__ import annotations

import bz2
import io
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from viewer.errors import ScanError
from viewer.files import check_regular, open_regular

GZIP = b"\x1f\x8b"
BZIP2 = b"BZh"

MAX_RATIO = 1032
"""Largest compression ratio of deflate: 258 bytes from two bits (RFC 1951)."""

CHUNK = 1 << 20
READ_SIZE = 1 << 17
MEMBER = GZIP + b"\x08"
"""First bytes of a gzip member: the signature, and the code of deflate."""


class GzipStream(io.RawIOBase):
    """Stream of the decompressed content of a gzip file with one or several members.

    Other bytes after the last member are ignored, as in gunzip: padding or appended data are not an error.
    Every member's checksum is checked (RFC 1952).
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decompressor = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._compressed = b""
        self._is_finished = False

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read into the buffer and return the number of bytes; 0 at the end.

        Raises
        ------
        EOFError, zlib.error
            The file ends within a member, or is damaged.
        """
        size = len(buffer)
        while not self._is_finished:
            if self._decompressor.eof and not self._start_next_member():
                self._is_finished = True
                break
            self._compressed = self._compressed or self._file.read(READ_SIZE)
            if not self._compressed:
                raise EOFError("the file ends within its compressed data")
            unpacked = self._decompressor.decompress(self._compressed, size)
            self._compressed = (
                self._decompressor.unused_data
                if self._decompressor.eof
                else self._decompressor.unconsumed_tail
            )
            if unpacked:
                buffer[: len(unpacked)] = unpacked
                return len(unpacked)
        return 0

    def _start_next_member(self) -> bool:
        """Prepare to read the next member; return whether there is one."""
        while len(self._compressed) < len(MEMBER) and (chunk := self._file.read(READ_SIZE)):
            self._compressed += chunk
        if not self._compressed.startswith(MEMBER):
            return False
        self._decompressor = zlib.decompressobj(zlib.MAX_WBITS | 16)
        return True


@contextmanager
def open_decompressed(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading, decompressed if its first bytes are those of gzip or bzip2.

    Errors in reading the file inside the block are raised as a `ScanError` that names the file.
    """
    try:
        with open_regular(path, ScanError) as file:
            magic = file.read(3)
            file.seek(0)
            if magic.startswith(GZIP):
                with io.BufferedReader(GzipStream(file), CHUNK) as unpacked:
                    yield cast(BinaryIO, unpacked)
            elif magic.startswith(BZIP2):
                with bz2.BZ2File(file) as unpacked_bz2:
                    yield cast(BinaryIO, unpacked_bz2)
            else:
                yield file
    except (EOFError, zlib.error) as error:
        raise ScanError(path, "is damaged, its data cannot be decompressed", "copy it again") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise ScanError(path, f"cannot be read ({reason})") from error


def read_first_bytes(path: Path, count: int) -> bytes:
    """Read the first ``count`` decompressed bytes of a file, or all if it has fewer.

    Raises
    ------
    ScanError
        There is no such file, it cannot be read, or it is empty.
    """
    with open_decompressed(path) as stream:
        content = stream.read(count)
    if not content:
        raise ScanError(path, "is empty")
    return content


def max_decompressed_size(path: Path) -> int | None:
    """Return the largest possible decompressed size of a file; None for bzip2, where it is unknown."""
    size = check_regular(path, ScanError)
    with open_regular(path, ScanError) as file:
        magic = file.read(3)
    if magic.startswith(GZIP):
        return size * MAX_RATIO
    return None if magic.startswith(BZIP2) else size


def check_claimed_size(path: Path, claimed_size: int, claim: str) -> None:
    """Raise ScanError if a header claims more than its file can hold, before memory is allocated.

    Parameters
    ----------
    path
        The file with the voxels.
    claimed_size
        Number of decompressed bytes that it has to hold.
    claim
        Description of the claim, such as "256 × 256 × 256 voxels of 2 bytes".

    Raises
    ------
    ScanError
        The file is too small.
    """
    max_size = max_decompressed_size(path)
    if max_size is not None and claimed_size > max_size:
        size = path.stat().st_size
        raise ScanError(
            path,
            f"claims {claim}, for which its {size:,} bytes are too few",
            "it is truncated or its header is wrong; copy it again",
        )


def check_memory(path: Path, required_bytes: int) -> None:
    """Raise ScanError if more memory is needed than this machine has.

    Raises
    ------
    ScanError
        More bytes are needed than the machine has.
    """
    names = getattr(os, "sysconf_names", {})
    if "SC_PHYS_PAGES" not in names or "SC_PAGE_SIZE" not in names:
        return
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if 0 < memory < required_bytes:
        raise ScanError(
            path,
            f"needs {required_bytes / 1e9:.0f} GB of memory, and this machine has {memory / 1e9:.0f} GB",
            "crop it or halve its resolution first",
        )


def read_at(path: Path, offset: int, count: int) -> bytearray:
    """Read ``count`` decompressed bytes from ``offset``; memory grows with the actual content of the file.

    If they are the last bytes of a compressed file, its checksum is checked, too.

    Raises
    ------
    ScanError
        The file is too short, or damaged.
    """
    content = bytearray()
    with open_decompressed(path) as stream:
        if stream.seekable() and not isinstance(stream, bz2.BZ2File):
            stream.seek(offset)
        else:
            remaining = offset
            while remaining > 0 and (skipped := stream.read(min(CHUNK, remaining))):
                remaining -= len(skipped)
        while len(content) < count and (chunk := stream.read(min(CHUNK, count - len(content)))):
            content += chunk
        if len(content) == count:
            stream.read(1)
    if len(content) < count:
        raise ScanError(
            path,
            f"ends {count - len(content):,} bytes before its last voxel",
            "it is truncated; copy it again",
        )
    return content
