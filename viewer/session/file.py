"""A session as a file: which scan, model and maps were shown, and how, so that it can be shown again.

The file is JSON. It names other files, relative to itself where they lie beside or below it, with the hash
of what they held; or it is a zip archive of the same JSON and of those files (`viewer.session.bundle`).
Nothing in it is ever executed.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from viewer.errors import ViewerError
from viewer.progress import Progress
from viewer.scans.replacing import replacing
from viewer.session.bundle import SESSION, file_hash, is_bundle, pack, unpack, with_companions
from viewer.session.entries import Reader
from viewer.session.entries import Reference as Reference
from viewer.session.entries import Saved as Saved

if TYPE_CHECKING:
    from viewer.scans.atlas import Atlas
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan
    from viewer.session.session import Session

VERSION = 1
ENDING = ".session.json"
LARGEST = 1 << 20


def save_session(session: Session, path: Path, progress: Progress | None = None) -> Path:
    """Write what is shown: JSON that names files, or, by the ending .session.zip, with the files in it.

    Maps that are in no file yet are written beside the session's file, or into it.

    Raises
    ------
    ViewerError
        The scan is in no file, or something cannot be written.
    """
    scan, model = session.scan, session.model
    if scan is not None and scan.path is None:
        raise ViewerError(scan.name, "is in no file that a session could name")
    if is_bundle(path):
        return _save_bundle(session, path, progress)
    stem = path.name.removesuffix(".json").removesuffix(".session")
    maps: list[dict[str, Any]] = []
    for number, layer in enumerate(session.maps, start=1):
        where = layer.map.path or layer.map.save(path.with_name(f"{stem}-map{number}.nii.gz"))
        maps.append({"path": _told(where, path.parent), "hash": file_hash(where), **_volume(layer.map)})
    entries = _entries(session, maps)
    if scan is not None and scan.path is not None:
        entries["scan"] = {"path": _told(scan.path, path.parent), "hash": scan.hash, **_volume(scan)}
    if model is not None and model.path is not None:
        entries["model"] = {"path": _told(model.path, path.parent), "hash": model.hash}
    for name, source in _atlas_files(session).items():
        entries[name] = {"path": _told(source, path.parent), "hash": file_hash(source)}
    try:
        with replacing(path) as file:
            file.write((json.dumps(entries, indent=2, ensure_ascii=False) + "\n").encode())
    except OSError as error:
        raise ViewerError(path, f"cannot be written ({error.strerror})") from error
    return path


def _entries(session: Session, maps: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "session": VERSION,
        "maps": maps,
        "hidden": [number for number, layer in enumerate(session.maps) if not layer.visible],
        "current": session.current,
        "view": asdict(session.view),
    }


def _volume(image: Scan | Map) -> dict[str, int]:
    return {} if image.volume is None else {"volume": image.volume}


def _atlas_files(session: Session) -> dict[str, Path]:
    """The image of the atlas and the file of its names, where they are files."""
    atlas = session.atlas
    files = {} if atlas is None else {"atlas": atlas.path, "atlas_names": atlas.names_path}
    return {name: path for name, path in files.items() if path is not None and path.is_file()}


def _save_bundle(session: Session, path: Path, progress: Progress | None) -> Path:
    files: dict[str, Path] = {}

    def carried(source: Path, folder: str) -> str:
        """The name under which a file is found in the archive; that of a built-in one is its own."""
        if not source.exists():
            return str(source)
        base = source if source.is_dir() else source.parent
        for one in with_companions(source):
            files[f"{folder}/{one.relative_to(base).as_posix()}"] = one
        return folder if source.is_dir() else f"{folder}/{source.name}"

    with tempfile.TemporaryDirectory(prefix="saliency-viewer-session-") as scratch:
        maps: list[dict[str, Any]] = []
        for number, layer in enumerate(session.maps, start=1):
            where = layer.map.path or layer.map.save(Path(scratch) / f"map{number}.nii.gz")
            told = carried(where, f"maps/{number}")
            maps.append({"path": told, "hash": file_hash(where), **_volume(layer.map)})
        entries = _entries(session, maps)
        scan, model = session.scan, session.model
        if scan is not None and scan.path is not None:
            entries["scan"] = {"path": carried(scan.path, "scan"), "hash": scan.hash, **_volume(scan)}
        if model is not None and model.path is not None:
            entries["model"] = {"path": carried(model.path, "model"), "hash": model.hash}
        for name, source in _atlas_files(session).items():
            entries[name] = {"path": carried(source, "atlas"), "hash": file_hash(source)}
        return pack(path, entries, files, progress)


def open_files(saved: Saved, progress: Progress | None = None) -> tuple[Scan | None, list[Map]]:
    """The scan and the maps that a session names, each as it was when the session was saved.

    Raises
    ------
    ViewerError
        A file cannot be read, or has changed since.
    """
    from viewer.scans.reading import load_map, load_scan

    progress = progress or Progress()
    scan = None if saved.scan is None else load_scan(saved.scan.path, saved.scan.volume)
    if scan is not None and saved.scan is not None and saved.scan.hash not in ("", scan.hash):
        raise _changed(saved.scan)
    maps = []
    for number, reference in enumerate(saved.maps, start=1):
        progress.step(number, 1 + len(saved.maps))
        found = load_map(reference.path, reference.volume)
        if reference.hash not in ("", file_hash(Path(reference.path))):
            raise _changed(reference)
        maps.append(found)
    return scan, maps


def open_atlas(saved: Saved, progress: Progress | None = None) -> Atlas | None:
    """The atlas that a session names, if it names one. Raises ViewerError as `open_files` does."""
    if saved.atlas is None:
        return None
    from viewer.scans.atlas import load_atlas

    for reference in (saved.atlas, saved.atlas_names):
        if reference is None or not Path(reference.path).is_file() or not reference.hash:
            continue
        if reference.hash != file_hash(Path(reference.path)):
            raise _changed(reference)
    names = None if saved.atlas_names is None else saved.atlas_names.path
    return load_atlas(saved.atlas.path, names, progress)


def _changed(reference: Reference) -> ViewerError:
    return ViewerError(reference.path, "has changed since the session was saved", "open it by itself")


def read_session(path: Path) -> Saved:
    """What a session's file says; the files it names are not opened, those it carries are unpacked.

    Raises
    ------
    ViewerError
        It cannot be read, is no session, or an entry makes no sense; the line names it.
    """
    inside = unpack(path) if is_bundle(path) else None
    if inside is not None:
        path = inside / SESSION
    try:
        if path.stat().st_size > LARGEST:
            raise ViewerError(path, "is too large for a session", f"expected less than {LARGEST:,} bytes")
        entries = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ViewerError(path, f"cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise ViewerError(path, "is no valid JSON") from error
    if not isinstance(entries, dict) or not isinstance(entries.get("view"), dict):
        raise ViewerError(path, "is no session", "expected a file that this program saved")
    if entries.get("session") != VERSION:
        raise ViewerError(
            path,
            f"is a session of version {entries.get('session')!r}",
            f"this program reads version {VERSION}",
        )
    return Reader(path, inside).saved(entries)


def _told(file: Path, folder: Path) -> str:
    """A path relative to the session's folder where it lies in it, as it is where it does not."""
    if len(file.parts) == 1 and not file.exists():
        return str(file)
    file, folder = file.resolve(), folder.resolve()
    return file.relative_to(folder).as_posix() if file.is_relative_to(folder) else str(file)
