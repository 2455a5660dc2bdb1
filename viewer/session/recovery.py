"""What a window shows, written by itself while it works, so that a crash loses no map.

Every window has a folder of its own under a common one. Maps that are in no file are written there once,
as soon as they are finished; the session's JSON names them, and is written anew when something changed. The
folder is removed when the window is closed; one that is left was of a window that ended otherwise.
"""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from viewer.errors import ViewerError
from viewer.progress import Progress
from viewer.scans.reading import load_map
from viewer.scans.replacing import replacing
from viewer.scans.writing import save_volume
from viewer.session.bundle import file_hash
from viewer.session.entries import Saved, built_in_name
from viewer.session.file import entries_of, named_from, open_session, read_session, session_text
from viewer.session.session import Layer, Snapshot

if TYPE_CHECKING:
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan

SESSION = "recovered.session.json"
MAPS = "map-*.nii"


class RecoveryFolder:
    """The folder of one window. May be used from several threads.

    Parameters
    ----------
    path
        Made when something is written; nobody else may read it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._maps: WeakKeyDictionary[Map, Path] = WeakKeyDictionary()
        self._scans: WeakKeyDictionary[Scan, Path] = WeakKeyDictionary()
        self._hashes: dict[Path, tuple[int, int, str]] = {}
        self._seen: set[str] = set()
        self._written = ""
        self._number = 0

    def keep(self, found: Map) -> None:
        """Write a map that was just finished, if it is not there yet.

        Raises
        ------
        ViewerError, OSError
            It cannot be written.
        """
        with self._lock:
            self._file(found)

    def write(self, shown: Snapshot) -> bool:
        """Write what is shown, and the maps that are in no file; answers whether anything had changed.

        Raises
        ------
        ViewerError, OSError
            Something cannot be written.
        """
        with self._lock:
            shown = _finished(shown)
            layers = tuple(map(self._filed, shown.maps))
            shown = replace(shown, maps=layers, scan=self._scan(shown.scan))
            entries = entries_of(shown, partial(named_from, self.path), self._hash)
            # What was listed once and is not any more was removed by a person, or is in a file now.
            listed = {layer.file.name for layer in layers if layer.file and layer.file.parent == self.path}
            self._seen |= listed
            path = self.path / SESSION
            text = session_text(entries | {"removed": sorted(self._seen - listed)}, path)
            if text == self._written:
                return False
            self._make()
            with replacing(path) as file:
                file.write(text.encode())
            self._written = text
            return True

    def remove(self) -> None:
        """Remove the folder and what is in it."""
        with self._lock:
            shutil.rmtree(self.path, ignore_errors=True)
            self._maps.clear()
            self._scans.clear()
            self._seen.clear()
            self._written = ""

    def _make(self) -> None:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _filed(self, layer: Layer) -> Layer:
        lasting = layer.file is not None and layer.file.is_file()
        return layer if lasting else replace(layer, file=self._file(layer.map))

    def _file(self, found: Map) -> Path:
        """The file of a map in the folder. Not packed: it is to be there as soon as it can be."""
        if found not in self._maps:
            self._make()
            self._number += 1
            self._maps[found] = found.save(self.path / MAPS.replace("*", str(self._number)))
        return self._maps[found]

    def _scan(self, scan: Scan | None) -> Scan | None:
        """The scan, with a file of it where it is in none."""
        if scan is None or scan.path is not None:
            return scan
        if scan not in self._scans:
            self._make()
            path = self.path / f"scan-{len(self._scans) + 1}.nii"
            self._scans[scan] = save_volume(scan.data, scan.stored, path, "scan")
        return replace(scan, path=self._scans[scan])

    def _hash(self, path: Path) -> str:
        """The hash of a file, worked out again only where it has changed."""
        status = path.stat()
        known = self._hashes.get(path)
        if known is None or known[:2] != (status.st_size, status.st_mtime_ns):
            known = self._hashes[path] = (status.st_size, status.st_mtime_ns, file_hash(path))
        return known[2]


def _finished(shown: Snapshot) -> Snapshot:
    """Without the maps that are still being computed."""
    places = [place for place, layer in enumerate(shown.maps) if layer.map.finished]
    new = {place: number for number, place in enumerate(places)}
    current = None if shown.current is None else new.get(shown.current, len(places) - 1)
    beside = None if shown.view.compared is None else new.get(shown.view.compared)
    maps = tuple(shown.maps[place] for place in places)
    view = replace(shown.view, compared=beside)
    return replace(shown, maps=maps, current=current if places else None, view=view)


def is_worth_keeping(shown: Snapshot) -> bool:
    """Whether something would be missed: work that is in no file, or a scan that a person opened."""
    scan = shown.scan
    own = scan is not None and (scan.path is None or not built_in_name(scan.path))
    return own or any(layer.unsaved for layer in shown.maps)


# After a crash


@dataclass(frozen=True)
class Recovered:
    """What a folder that was left holds: the scan's name, and how many maps in all.

    ``view_seconds`` is when the list and the view were written, ``map_seconds`` when the last map was, both
    since 1970; None where there is none in the folder.
    """

    folder: Path
    scan: str
    maps: int
    view_seconds: float | None
    map_seconds: float | None


def left_in(home: Path) -> list[Path]:
    """The folders that windows have left or still write to, the latest first."""
    try:
        found = [one for one in home.iterdir() if one.is_dir() and _newest(one) > 0]
    except OSError:
        return []
    return sorted(found, key=_newest, reverse=True)


def _newest(folder: Path) -> float:
    """When something was last written there, in seconds since 1970; 0 where there is nothing."""
    return _latest([*folder.glob(MAPS), folder / SESSION]) or 0.0


def _latest(files: Iterable[Path]) -> float | None:
    return max((one.stat().st_mtime for one in files if one.is_file()), default=None)


def look_into(folder: Path) -> Recovered:
    """What is in a folder, in a few words; a damaged one is told by its maps alone."""
    entries = _entries(folder)
    scan, maps = entries.get("scan"), entries.get("maps")
    name = Path(str(scan.get("path", ""))).name if isinstance(scan, dict) else ""
    count = len(maps) if isinstance(maps, list) else 0
    maps_in_all = count + len(_late(folder, entries))
    return Recovered(folder, name, maps_in_all, _latest([folder / SESSION]), _latest(folder.glob(MAPS)))


def recover(folder: Path, progress: Progress | None = None) -> tuple[Saved | None, Snapshot, list[str]]:
    """What a window showed when it ended, and a line for everything that is lost.

    Maps in the folder are in no file of a person: they are unsaved, as they were. Those that were finished
    after the session was last written are at its end.
    """
    lost: list[str] = []
    saved: Saved | None = None
    shown = Snapshot.empty()
    try:
        saved = read_session(folder / SESSION)
        shown = open_session(saved, progress, lost)
    except ViewerError as error:
        lost.append(str(error))
    layers = [_unsaved(layer, folder) for layer in shown.maps]
    for path in _late(folder, _entries(folder)):
        try:
            layers.append(_unsaved(Layer(load_map(path), file=path), folder))
        except ViewerError as error:
            lost.append(str(error))
    if shown.scan is not None and shown.scan.path is not None and shown.scan.path.is_relative_to(folder):
        shown = replace(shown, scan=replace(shown.scan, path=None))
    current = shown.current if shown.current is not None or not layers else len(layers) - 1
    return saved, replace(shown, maps=tuple(layers), current=current), lost


def _unsaved(layer: Layer, folder: Path) -> Layer:
    layer = replace(layer, checked=())
    if layer.file is None or not layer.file.is_relative_to(folder):
        return layer
    return replace(layer, map=replace(layer.map, path=None, volume=None), file=None)


def _late(folder: Path, entries: dict[str, Any]) -> list[Path]:
    """Maps that were finished after the session was last written."""
    known = entries.get("removed")
    names = {str(name) for name in known} if isinstance(known, list) else set()
    maps = entries.get("maps")
    names |= (
        {str(one.get("path")) for one in maps if isinstance(one, dict)} if isinstance(maps, list) else set()
    )
    found = [one for one in folder.glob(MAPS) if one.name not in names]
    return sorted(found, key=lambda one: (len(one.name), one.name))


def _entries(folder: Path) -> dict[str, Any]:
    try:
        entries = json.loads((folder / SESSION).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}  # told when it is opened
    return entries if isinstance(entries, dict) else {}
