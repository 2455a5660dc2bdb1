"""A session archive: a zip file with the session's JSON and every file that the session names.

Archives are unpacked under stricter rules than zipfile's: only safe relative names, no links, no more bytes
than declared and a limited compression ratio. They are unpacked into the user's cache, in a folder named
after the hash of the archive.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import struct
import tempfile
import time
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Any

from viewer.errors import ViewerError
from viewer.files import check_regular, open_regular
from viewer.progress import Progress
from viewer.scans.atomic_write import atomic_write

ARCHIVE_SUFFIX = ".session.zip"
SESSION_NAME = "session.json"
MAX_JSON_BYTES = 16 << 20
MAX_FILES = 2000
MAX_NAME_LENGTH = 512
MAX_COMPRESSION_RATIO = 50
"""Images and weights are hardly ever compressed to less than a tenth, zip bombs to a thousandth."""

MAX_CACHED_SESSIONS = 5
SIZE_ALLOWANCE = 16 << 20
CHUNK_BYTES = 1 << 20
MIN_CACHE_SECONDS = 86_400
"""Sessions opened within a day may still be in use."""


def is_archive(path: Path) -> bool:
    """Return whether a file is a session archive, by its suffix."""
    return path.name.lower().endswith(ARCHIVE_SUFFIX)


# Writing


def pack(path: Path, text: str, files: dict[str, Path], progress: Progress | None = None) -> Path:
    """Write an archive of a session's JSON and of files, each under its name in the archive.

    Raises
    ------
    ViewerError
        A file cannot be read, or the archive cannot be written.
    """
    progress = progress or Progress()
    try:
        total = sum(source.stat().st_size for source in files.values())
        packed = 0
        with atomic_write(path) as file, zipfile.ZipFile(file, "w", allowZip64=True) as archive:
            # No dates: the same session gives the same archive.
            archive.writestr(zipfile.ZipInfo(SESSION_NAME), text.encode())
            for name, source in files.items():
                with (
                    source.open("rb") as source_file,
                    archive.open(_zip_info(name, source), "w") as target_file,
                ):
                    while block := source_file.read(CHUNK_BYTES):
                        target_file.write(block)
                        packed += len(block)
                        progress.step(packed, total, f"Packing {source.name}")
    except OSError as error:
        name = f"{Path(error.filename).name}: " if error.filename else ""
        raise ViewerError(path, f"cannot be written ({name}{error.strerror or error})") from error
    return path


def _zip_info(name: str, source: Path) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.file_size = source.stat().st_size
    return entry


# Reading


def read_archive_json(path: Path) -> dict[str, Any]:
    """Return the JSON of a session archive without unpacking its files.

    Raises
    ------
    ViewerError
        The file is not a session archive, or is damaged.
    """
    with _open_archive(path) as archive:
        return _read_json(path, archive)


def unpack(path: Path, progress: Progress | None = None) -> Path:
    """Unpack an archive into the user's cache and return that folder; it includes the JSON.

    Raises
    ------
    ViewerError
        The file is not a session archive, is damaged, or violates a rule: it has an unsafe name, a link, more
        bytes than declared, or too high a compression ratio.
    """
    progress = progress or Progress()
    with _open_archive(path) as archive:
        _read_json(path, archive)
        members = _check_members(path, archive)
        cache = cache_folder()
        target = cache / file_hash(path)[:24]
        if target.is_dir():
            if _matches_checksums(target, members):
                os.utime(target)
                return target
            shutil.rmtree(target, ignore_errors=True)
        try:
            cache.mkdir(parents=True, exist_ok=True)
            total = sum(member.file_size for member in members)
            if shutil.disk_usage(cache).free < total:
                raise ViewerError(path, f"needs {total:,} bytes to be unpacked, but less disk space is free")
            partial_folder = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=cache))
            try:
                unpacked = 0
                for member in members:
                    progress.step(unpacked, max(total, 1), f"Unpacking {path.name}")
                    _extract_member(path, archive, member, partial_folder / member.filename)
                    unpacked += member.file_size
                partial_folder.replace(target)
                _remove_old_sessions(cache)
            finally:
                shutil.rmtree(partial_folder, ignore_errors=True)
        except OSError as error:
            if target.is_dir():  # another window was faster
                return target
            raise ViewerError(path, f"cannot be unpacked ({error.strerror})") from error
    return target


def _matches_checksums(folder: Path, members: list[zipfile.ZipInfo]) -> bool:
    """Return whether the files unpacked earlier still match the archive's checksums."""
    try:
        return all(_crc32(folder / member.filename) == member.CRC for member in members)
    except OSError:
        return False


def _crc32(path: Path) -> int:
    checksum = 0
    with path.open("rb") as file:
        while block := file.read(CHUNK_BYTES):
            checksum = zlib.crc32(block, checksum)
    return checksum


def _remove_old_sessions(cache: Path) -> None:
    """Remove unpacked sessions except those opened last, as scans are personal data."""
    now = time.time()
    sessions = sorted(
        (folder for folder in cache.iterdir() if folder.is_dir()), key=lambda folder: folder.stat().st_mtime
    )
    for old in sessions[:-MAX_CACHED_SESSIONS]:
        if now - old.stat().st_mtime > MIN_CACHE_SECONDS:
            shutil.rmtree(old, ignore_errors=True)


def cache_folder() -> Path:
    """Return the folder in the user's cache where the latest sessions are unpacked."""
    xdg_home = os.environ.get("XDG_CACHE_HOME", "")
    cache = Path(xdg_home) if Path(xdg_home).is_absolute() else Path.home() / ".cache"
    return cache / "saliency-viewer" / "sessions"


class _open_archive:  # noqa: N801  used like a function
    """Context manager of an open archive; errors in the archive are raised as `ViewerError`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._archive: zipfile.ZipFile | None = None

    def __enter__(self) -> zipfile.ZipFile:
        check_regular(self._path)
        try:
            self._archive = zipfile.ZipFile(self._path)
        except OSError as error:
            raise ViewerError(self._path, f"cannot be read ({error.strerror})") from error
        except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error) as error:
            raise ViewerError(
                self._path, "is not a session", "it is damaged, or not a zip archive"
            ) from error
        return self._archive

    def __exit__(self, *_: object) -> None:
        if self._archive is not None:
            self._archive.close()


def _read_json(path: Path, archive: zipfile.ZipFile) -> dict[str, Any]:
    try:
        info = archive.getinfo(SESSION_NAME)
        if info.file_size > MAX_JSON_BYTES:
            raise ViewerError(path, "is not a session", f"its {SESSION_NAME} is too large")
        with archive.open(info) as file:
            entries = json.loads(file.read(MAX_JSON_BYTES))
    except KeyError as error:
        raise ViewerError(path, "is not a session", f"it has no {SESSION_NAME}") from error
    except (
        ValueError, RecursionError, RuntimeError, OSError, EOFError, zlib.error, zipfile.BadZipFile,
    ) as error:  # fmt: skip
        raise ViewerError(path, "is not a session", f"its {SESSION_NAME} is damaged") from error
    if not isinstance(entries, dict):
        raise ViewerError(path, "is not a session", f"its {SESSION_NAME} contains no object")
    return entries


def is_safe_name(name: str) -> bool:
    """Return whether an archive member may have this name: relative, printable, not too long."""
    parts = PurePosixPath(name).parts
    parts_valid = all(part not in ("..", ".", "", "/") and part.isprintable() for part in parts)
    return parts_valid and "\\" not in name and ":" not in name and len(name) <= MAX_NAME_LENGTH


def _check_members(path: Path, archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return the archive's members after checking their names and their sizes."""
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) > MAX_FILES:
        raise ViewerError(path, f"contains {len(members):,} files", f"a session has at most {MAX_FILES:,}")
    for member in members:
        mode = member.external_attr >> 16
        if not is_safe_name(member.filename) or stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            raise ViewerError(path, f"contains {member.filename[:80]!r}, which is not a regular file in it")
        if member.flag_bits & 1:
            raise ViewerError(path, "is encrypted", "unpack it first")
    names = [member.filename.casefold() for member in members]
    if len(set(names)) < len(names):
        raise ViewerError(path, "contains two files with the same name")
    size = path.stat().st_size
    claimed = sum(member.file_size for member in members)
    if claimed > MAX_COMPRESSION_RATIO * size + SIZE_ALLOWANCE:
        raise ViewerError(
            path, f"claims to contain {claimed:,} bytes in {size:,}", "it is damaged or malicious"
        )
    return members


def _extract_member(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    remaining = member.file_size
    try:
        with archive.open(member) as source, target.open("xb") as target_file:
            while block := source.read(CHUNK_BYTES):
                remaining -= len(block)
                if remaining < 0:
                    raise ViewerError(path, f"contains more in {member.filename!r} than it claims")
                target_file.write(block)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, NotImplementedError) as error:
        raise ViewerError(path, f"is damaged in {member.filename!r}", "copy it again") from error


def file_hash(path: Path) -> str:
    """Return the SHA-256 hash of a file's bytes."""
    digest = hashlib.sha256()
    with open_regular(path) as file:
        while block := file.read(CHUNK_BYTES):
            digest.update(block)
    return digest.hexdigest()
