"""A session as a file: which scan, model and maps were shown, and how, so that it can be shown again.

The file is JSON. It names other files, relative to itself where they lie beside or below it, with the hash
of what they held; nothing in it is ever executed.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from viewer.errors import ViewerError
from viewer.scans.replacing import replacing
from viewer.scans.threshold import Kind, Threshold
from viewer.session.view import Camera, Convention, Sign, Theme, View, Walls

if TYPE_CHECKING:
    from viewer.session.session import Session

VERSION = 1
ENDING = ".session.json"
LARGEST = 1 << 20

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True)
class Reference:
    """A file that a session names, and the SHA-256 of what it held; a built-in is named without a folder."""

    path: str
    hash: str = ""


@dataclass(frozen=True)
class Saved:
    """What a session's file says."""

    scan: Reference | None
    model: Reference | None
    maps: tuple[Reference, ...]
    hidden: tuple[int, ...]
    current: int | None
    view: View


def save_session(session: Session, path: Path) -> Path:
    """Write what is shown. Maps that are in no file yet are written beside the session's file.

    Raises
    ------
    ViewerError
        The scan is in no file, or something cannot be written.
    """
    scan, model = session.scan, session.model
    if scan is not None and scan.path is None:
        raise ViewerError(scan.name, "is in no file that a session could name")
    stem = path.name.removesuffix(".json").removesuffix(".session")
    maps = []
    for number, layer in enumerate(session.maps, start=1):
        where = layer.map.path or layer.map.save(path.with_name(f"{stem}-map{number}.nii.gz"))
        maps.append({"path": _told(where, path.parent)})
    entries: dict[str, Any] = {
        "session": VERSION,
        "maps": maps,
        "hidden": [number for number, layer in enumerate(session.maps) if not layer.visible],
        "current": session.current,
        "view": asdict(session.view),
    }
    if scan is not None and scan.path is not None:
        entries["scan"] = {"path": _told(scan.path, path.parent), "hash": scan.hash}
    if model is not None and model.path is not None:
        entries["model"] = {"path": _told(model.path, path.parent), "hash": model.hash}
    try:
        with replacing(path) as file:
            file.write((json.dumps(entries, indent=2, ensure_ascii=False) + "\n").encode())
    except OSError as error:
        raise ViewerError(path, f"cannot be written ({error.strerror})") from error
    return path


def read_session(path: Path) -> Saved:
    """What a session's file says; the files it names are not opened.

    Raises
    ------
    ViewerError
        It cannot be read, is no session, or an entry makes no sense; the line names it.
    """
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
    return _Reader(path).saved(entries)


def _told(file: Path, folder: Path) -> str:
    """A path relative to the session's folder where it lies in it, as it is where it does not."""
    if len(file.parts) == 1 and not file.exists():
        return str(file)
    file, folder = file.resolve(), folder.resolve()
    return file.relative_to(folder).as_posix() if file.is_relative_to(folder) else str(file)


class _Reader:
    """Turns plain values into a `Saved`, or names the entry that cannot be."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def saved(self, entries: Mapping[str, Any]) -> Saved:
        maps = entries.get("maps", [])
        hidden = entries.get("hidden", [])
        current = entries.get("current")
        if not isinstance(maps, list):
            raise self._wrong("maps")
        if not isinstance(hidden, list) or not all(self._place(n, len(maps)) for n in hidden):
            raise self._wrong("hidden")
        if current is not None and not self._place(current, len(maps)):
            raise self._wrong("current")
        return Saved(
            self._reference(entries, "scan"),
            self._reference(entries, "model"),
            tuple(self._file(entry, "maps") for entry in maps),
            tuple(hidden),
            current,
            self._view(entries["view"]),
        )

    def _wrong(self, name: str) -> ViewerError:
        return ViewerError(self._path, f"its entry {name!r} makes no sense", "save the session again")

    def _place(self, value: object, count: int) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < count

    def _reference(self, entries: Mapping[str, Any], name: str) -> Reference | None:
        return None if entries.get(name) is None else self._file(entries[name], name)

    def _file(self, entry: object, name: str) -> Reference:
        if not isinstance(entry, dict) or not isinstance(entry.get("path"), str) or not entry["path"]:
            raise self._wrong(name)
        told, digest = entry["path"], entry.get("hash", "")
        if "\0" in told or not isinstance(digest, str):
            raise self._wrong(name)
        beside = self._path.parent / told
        # A bare name that is no file beside the session is a built-in one.
        built_in = os.sep not in told and "/" not in told and not beside.exists()
        return Reference(told if built_in else str(beside), digest)

    def _view(self, entries: Mapping[str, Any]) -> View:
        view = View()
        readers: dict[str, Callable[[str, Any], Any]] = {
            "theme": lambda name, value: self._word(Theme, name, value),
            "convention": lambda name, value: self._word(Convention, name, value),
            "sign": lambda name, value: self._word(Sign, name, value),
            "walls": lambda name, value: self._word(Walls, name, value),
            "threshold": self._threshold,
            "camera": self._camera,
            "crosshair": self._point,
            "walls_at": self._point,
        }
        for name, value in entries.items():
            usual = getattr(view, name, None)
            if name not in view.__dataclass_fields__:
                raise self._wrong(f"view.{name}")
            if name in readers:
                read = readers[name](f"view.{name}", value)
            elif isinstance(usual, bool):
                read = self._truth(f"view.{name}", value)
            else:
                read = self._number(f"view.{name}", value)
            view = replace(view, **{name: read})
        return view

    def _word(self, kind: type[Word], name: str, value: object) -> Word:
        if not isinstance(value, str) or value not in list(kind):
            raise self._wrong(name)
        return kind(value)

    def _number(self, name: str, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self._wrong(name)
        return float(value)

    def _truth(self, name: str, value: object) -> bool:
        if not isinstance(value, bool):
            raise self._wrong(name)
        return value

    def _point(self, name: str, value: object) -> tuple[float, float, float] | None:
        if value is None:
            return None
        if not isinstance(value, list) or len(value) != 3:
            raise self._wrong(name)
        x, y, z = (self._number(name, part) for part in value)
        return x, y, z

    def _threshold(self, name: str, value: object) -> Threshold:
        if not isinstance(value, dict) or set(value) != {"kind", "amount"}:
            raise self._wrong(name)
        return Threshold(self._word(Kind, name, value["kind"]), self._number(name, value["amount"]))

    def _camera(self, name: str, value: object) -> Camera:
        if not isinstance(value, dict) or set(value) != {"azimuth", "elevation", "zoom"}:
            raise self._wrong(name)
        numbers = {key: self._number(name, number) for key, number in value.items()}
        if numbers["zoom"] <= 0:
            raise self._wrong(name)
        return Camera(**numbers)
