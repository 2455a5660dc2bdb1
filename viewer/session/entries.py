"""What a session's file says, made of plain values: every entry is checked, and the wrong one is named."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin, get_type_hints

from viewer.errors import ViewerError
from viewer.files import exists
from viewer.json_text import readable
from viewer.scans.threshold import Kind, Threshold
from viewer.session.view import Camera, View
from viewer.shipped import SCANS

if TYPE_CHECKING:
    from viewer.checks.check import Result

Word = TypeVar("Word", bound=StrEnum)
MOST_VOLUMES = 1 << 31
WORDS = ("check", "title", "map", "headline", "sentence", "limits")
LARGEST = 16 << 20
"""Bytes of a session's JSON."""

LARGEST_WHOLE = 2**53
"""Whole numbers from here on have no place of their own in floating point."""


@dataclass(frozen=True)
class Reference:
    """A file that a session names, and the SHA-256 of what it held; a built-in is named without a folder.

    ``volume`` is the one that is shown of a series, ``name`` what a map is called, ``checks`` what checks
    found of it.
    """

    path: str
    hash: str = ""
    volume: int | None = None
    name: str = ""
    checks: tuple[Result, ...] = ()


@dataclass(frozen=True)
class Saved:
    """What a session's file says; ``atlas_names`` is the file with the names of the atlas's regions."""

    scan: Reference | None
    model: Reference | None
    maps: tuple[Reference, ...]
    hidden: tuple[int, ...]
    current: int | None
    view: View
    atlas: Reference | None = None
    atlas_names: Reference | None = None


def built_in_name(path: Path) -> str:
    """The name by which a scan or a model that comes with the program is opened; empty for other files."""
    if str(path) in SCANS and not exists(path):
        return str(path)
    from viewer.models.loading import built_in_name as model_name

    return model_name(path)


def _is_built_in(told: str) -> bool:
    from viewer.models.loading import built_in

    return told in SCANS or told in built_in()


class Reader:
    """Turns plain values into a `Saved`, or names the entry that cannot be.

    Parameters
    ----------
    path
        The session's file; what it names is looked for beside it.
    inside
        The folder that everything it names has to lie in; None lets it name any file.
    """

    def __init__(self, path: Path, inside: Path | None) -> None:
        self._path = path
        self._inside = inside

    def saved(self, entries: Mapping[str, Any]) -> Saved:
        """What the entries say. Raises ViewerError where one of them makes no sense."""
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
            self._reference(entries, "atlas"),
            self._reference(entries, "atlas_names"),
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
        volume = entry.get("volume")
        if "\0" in told or not isinstance(digest, str):
            raise self._wrong(name)
        if volume is not None and not self._place(volume, MOST_VOLUMES):
            raise self._wrong(name)
        beside = self._beside(told, entry.get("relative"), name)
        if self._inside is not None and not beside.resolve().is_relative_to(self._inside.resolve()):
            raise ViewerError(self._path, f"its entry {name!r} names a file that it does not carry")
        built_in = _is_built_in(told) and not exists(beside)
        called = entry.get("name", "")
        if not isinstance(called, str):
            raise self._wrong(name)
        checks = self._checks(entry["checks"], name) if "checks" in entry else ()
        return Reference(told if built_in else str(beside), digest, volume, readable(called), checks)

    def _beside(self, told: str, relative: object, name: str) -> Path:
        """The file that is meant: by its path, or by where it lies from the session, whichever is there."""
        ways = [told, told.replace("\\", "/")]
        if relative is not None and self._inside is None:
            if not isinstance(relative, str) or "\0" in relative:
                raise self._wrong(name)
            ways.append(relative)
        files = [self._path.parent / way for way in ways]
        return next((file for file in files if exists(file)), files[0])

    def _checks(self, entries: object, name: str) -> tuple[Result, ...]:
        """What checks found of a map, without their plots."""
        from viewer.checks.check import Result, Verdict

        if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
            raise self._wrong(name)
        found = []
        for one in entries:
            words = {word: one.get(word) for word in WORDS}
            numbers = one.get("numbers", {})
            if not all(isinstance(value, str) for value in words.values()) or not isinstance(numbers, dict):
                raise self._wrong(name)
            verdict = self._word(Verdict, name, one.get("verdict"))
            seconds = self._number(name, one.get("seconds", 0))
            found.append(Result(**words, verdict=verdict, numbers=numbers, seconds=seconds))
        return tuple(found)

    def _view(self, entries: Mapping[str, Any]) -> View:
        view, kinds = View(), get_type_hints(View)
        for name, value in entries.items():
            if name not in kinds:
                raise self._wrong(f"view.{name}")
            view = replace(view, **{name: self._as(kinds[name], f"view.{name}", value)})
        return view

    def _as(self, kind: Any, name: str, value: object) -> Any:
        """A plain value as the type that a field of the view has."""
        options = get_args(kind) if get_origin(kind) is UnionType else ()
        if options:
            # The other one is None.
            return None if value is None else self._as(options[0], name, value)
        if kind is Threshold:
            return self._threshold(name, value)
        if kind is Camera:
            return self._camera(name, value)
        if get_origin(kind) is tuple:
            return self._numbers(name, value, len(get_args(kind)))
        if issubclass(kind, StrEnum):
            return self._word(kind, name, value)
        if kind is bool:
            return self._truth(name, value)
        return self._whole(name, value) if kind is int else self._number(name, value)

    def _word(self, kind: type[Word], name: str, value: object) -> Word:
        if not isinstance(value, str) or value not in list(kind):
            raise self._wrong(name)
        return kind(value)

    def _number(self, name: str, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(name)
        if not abs(value) <= sys.float_info.max:  # so that NaN is wrong, too
            raise self._wrong(name)
        return float(value)

    def _truth(self, name: str, value: object) -> bool:
        if not isinstance(value, bool):
            raise self._wrong(name)
        return value

    def _whole(self, name: str, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not abs(value) < LARGEST_WHOLE:
            raise self._wrong(name)
        return value

    def _numbers(self, name: str, value: object, count: int) -> tuple[float, ...]:
        if not isinstance(value, list) or len(value) != count:
            raise self._wrong(name)
        return tuple(self._number(name, part) for part in value)

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
