"""Crash recovery: the window's state is saved automatically, so that a crash loses no map.

Every window has its own folder in a common one. Maps that are in no file are written there once, as soon as
they are finished; the session's JSON names them and is rewritten after changes. The folder is removed when
the window is closed; a remaining folder is of a window that did not end normally.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from viewer.errors import ViewerError
from viewer.progress import Progress
from viewer.scans.atomic_write import atomic_write
from viewer.scans.load import load_map
from viewer.scans.multichannel_scan import MultichannelScan
from viewer.scans.save import save_volume
from viewer.session.archive import file_hash
from viewer.session.map_layer import MapLayer
from viewer.session.preparation_entry import preparation_entries, write_mask
from viewer.session.scan_entry import without_files_in
from viewer.session.schema import SavedSession, built_in_name
from viewer.session.session_io import file_entry, open_snapshot, read_session, session_entries, session_text
from viewer.session.snapshot import Snapshot

if TYPE_CHECKING:
    from viewer.preparation.brain_mask import BrainMask
    from viewer.preparation.prepared import Prepared
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan

SESSION_NAME = "recovered.session.json"
MAP_PATTERN = "map-*.nii"
DISCARDED_NAME = "discarded"
DISCARDED_DAYS = 7
"""Number of days for which a discarded session is kept."""


class RecoveryFolder:
    """The folder of one window. Thread-safe.

    Parameters
    ----------
    path
        Created when something is written; readable only by its owner.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._maps: WeakKeyDictionary[Map, Path] = WeakKeyDictionary()
        self._scans: WeakKeyDictionary[Scan, Path] = WeakKeyDictionary()
        self._masks: WeakKeyDictionary[BrainMask, Path] = WeakKeyDictionary()
        self._hashes: dict[Path, tuple[int, int, str]] = {}
        self._listed_names: set[str] = set()
        self._written_text = ""
        self._map_number = 0
        self._mask_number = 0

    def save_map(self, finished_map: Map) -> None:
        """Write a finished map, if it is not there yet.

        Raises
        ------
        ViewerError, OSError
            It cannot be written.
        """
        with self._lock:
            self._map_file(finished_map)

    def write(self, snapshot: Snapshot) -> bool:
        """Write the state, and the maps that are in no file; return whether anything had changed.

        Raises
        ------
        ViewerError, OSError
            Something cannot be written.
        """
        with self._lock:
            snapshot = _without_unfinished_maps(snapshot)
            layers = tuple(map(self._with_map_file, snapshot.maps))
            snapshot = replace(snapshot, maps=layers, scan=self._with_scan_file(snapshot.scan))
            name_file = partial(file_entry, self.path)
            entries = session_entries(snapshot, name_file, self._hash)
            for entry, layer in zip(entries["maps"], layers, strict=True):
                if names := [
                    result.check for result in layer.check_results if result in layer.saved_check_results
                ]:
                    entry["saved_checks"] = names
            entries |= preparation_entries(snapshot.preparation, self._mask_file, name_file, self._hash)
            # Maps that are no longer listed were removed by the user, or are in a file now.
            listed_names = {
                layer.file.name for layer in layers if layer.file and layer.file.parent == self.path
            }
            self._listed_names |= listed_names
            path = self.path / SESSION_NAME
            text = session_text(entries | {"removed": sorted(self._listed_names - listed_names)}, path)
            if text == self._written_text:
                return False
            self._create()
            with atomic_write(path) as file:
                file.write(text.encode())
            self._written_text = text
            return True

    def remove(self) -> None:
        """Remove the folder and its contents."""
        with self._lock:
            shutil.rmtree(self.path, ignore_errors=True)
            self._maps.clear()
            self._scans.clear()
            self._masks.clear()
            self._listed_names.clear()
            self._written_text = ""

    def _create(self) -> None:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _with_map_file(self, layer: MapLayer) -> MapLayer:
        has_file = layer.file is not None and layer.file.is_file()
        return layer if has_file else replace(layer, file=self._map_file(layer.map))

    def _map_file(self, finished_map: Map) -> Path:
        """Write a map to the folder and return its file; uncompressed, for speed."""
        if finished_map not in self._maps:
            self._create()
            self._map_number += 1
            self._maps[finished_map] = finished_map.save(
                self.path / MAP_PATTERN.replace("*", str(self._map_number))
            )
        return self._maps[finished_map]

    def _with_scan_file(self, scan: Scan | None) -> Scan | None:
        """Return the scan, written to a file first if it has none."""
        if scan is None:
            return None
        if isinstance(scan, MultichannelScan):
            others = tuple(
                file_image
                for image in scan.other_images
                if (file_image := self._with_scan_file(image)) is not None
            )
            if any(saved is not original for saved, original in zip(others, scan.other_images, strict=True)):
                scan = replace(scan, other_images=others)
        if scan.path is not None:
            return scan
        if scan not in self._scans:
            self._create()
            path = self.path / f"scan-{len(self._scans) + 1}.nii"
            self._scans[scan] = save_volume(scan.data, scan.stored, path, "scan")
        return replace(scan, path=self._scans[scan])

    def _mask_file(self, prepared: Prepared) -> Path:
        """Write a brain mask to the folder, once, and return its file."""
        assert prepared.mask is not None
        if prepared.mask not in self._masks:
            self._create()
            self._mask_number += 1
            path = self.path / f"brain-mask-{self._mask_number}.nii"
            self._masks[prepared.mask] = write_mask(prepared, path)
        return self._masks[prepared.mask]

    def _hash(self, path: Path) -> str:
        """Return the hash of a file, recomputed only if the file has changed."""
        status = path.stat()
        cached = self._hashes.get(path)
        if cached is None or cached[:2] != (status.st_size, status.st_mtime_ns):
            cached = self._hashes[path] = (status.st_size, status.st_mtime_ns, file_hash(path))
        return cached[2]


def _without_unfinished_maps(snapshot: Snapshot) -> Snapshot:
    """Return the snapshot without the maps that are still being computed."""
    indices = [i for i, layer in enumerate(snapshot.maps) if layer.map.finished]
    new_index = {i: position for position, i in enumerate(indices)}
    current = None if snapshot.current is None else new_index.get(snapshot.current, len(indices) - 1)
    compared = None if snapshot.view.compared is None else new_index.get(snapshot.view.compared)
    maps = tuple(snapshot.maps[i] for i in indices)
    view = replace(snapshot.view, compared=compared)
    return replace(snapshot, maps=maps, current=current if indices else None, view=view)


def has_unsaved_work(snapshot: Snapshot) -> bool:
    """Return whether closing would lose anything: unsaved work, or a scan opened by the user."""
    scan = snapshot.scan
    own_scan = scan is not None and (scan.path is None or not built_in_name(scan.path))
    return own_scan or any(layer.is_unsaved for layer in snapshot.maps)


# After a crash


@dataclass(frozen=True)
class RecoverySummary:
    """Contents of a remaining folder: the scan's name, and the total number of maps.

    ``view_timestamp`` is when the list and the view were written, ``map_timestamp`` when the last map was,
    both in seconds since 1970; None if there is none in the folder.
    """

    folder: Path
    scan_name: str
    map_count: int
    view_timestamp: float | None
    map_timestamp: float | None


def find_recovery_folders(parent_folder: Path) -> list[Path]:
    """Return the recovery folders of current and earlier windows, the latest first."""
    try:
        folders = [
            folder for folder in parent_folder.iterdir() if folder.is_dir() and _last_written(folder) > 0
        ]
    except OSError:
        return []
    return sorted(folders, key=_last_written, reverse=True)


def discard_folder(folder: Path) -> Path:
    """Move a remaining folder aside, so that no window offers it again, and return its new path.

    `remove_old_discarded` removes it after `DISCARDED_DAYS` days. Raises OSError.
    """
    target = folder.parent / DISCARDED_NAME / folder.name
    target.parent.mkdir(mode=0o700, exist_ok=True)
    folder.rename(target)
    os.utime(target)  # its age is counted from now
    return target


def remove_old_discarded(parent_folder: Path) -> None:
    """Remove the discarded folders that are older than `DISCARDED_DAYS` days. Raises OSError."""
    discarded = parent_folder / DISCARDED_NAME
    oldest = time.time() - DISCARDED_DAYS * 24 * 60 * 60
    for folder in discarded.iterdir() if discarded.is_dir() else ():
        if folder.is_dir() and folder.stat().st_mtime < oldest:
            shutil.rmtree(folder)


def _last_written(folder: Path) -> float:
    """Return when the folder was last written to, in seconds since 1970; 0 if it is empty."""
    return _latest_mtime([*folder.glob(MAP_PATTERN), folder / SESSION_NAME]) or 0.0


def _latest_mtime(files: Iterable[Path]) -> float | None:
    return max((file.stat().st_mtime for file in files if file.is_file()), default=None)


def summarize_folder(folder: Path) -> RecoverySummary:
    """Summarize the contents of a recovery folder; a damaged one only by its maps."""
    entries = _read_entries(folder)
    scan, maps = entries.get("scan"), entries.get("maps")
    name = Path(str(scan.get("path", ""))).name if isinstance(scan, dict) else ""
    count = len(maps) if isinstance(maps, list) else 0
    map_count = count + len(_maps_after_session(folder, entries))
    return RecoverySummary(
        folder,
        name,
        map_count,
        _latest_mtime([folder / SESSION_NAME]),
        _latest_mtime(folder.glob(MAP_PATTERN)),
    )


def recover(
    folder: Path, progress: Progress | None = None
) -> tuple[SavedSession | None, Snapshot, list[str]]:
    """Return the saved session, the state when the window ended, and a line for everything that is lost.

    Maps in the folder are unsaved, as they were. Those that were finished after the session was last written
    are at the end of the list.
    """
    lost: list[str] = []
    saved: SavedSession | None = None
    snapshot = Snapshot.empty()
    try:
        saved = read_session(folder / SESSION_NAME)
        snapshot = open_snapshot(saved, progress, lost)
    except ViewerError as error:
        lost.append(str(error))
    references = () if saved is None else saved.maps
    saved_checks = {(reference.path, reference.volume): reference.saved_checks for reference in references}
    layers = [
        _as_unsaved(layer, folder, saved_checks.get((str(layer.file), layer.volume), ()))
        for layer in snapshot.maps
    ]
    for path in _maps_after_session(folder, _read_entries(folder)):
        try:
            layers.append(_as_unsaved(MapLayer(load_map(path), file=path), folder))
        except ViewerError as error:
            lost.append(str(error))
    if snapshot.scan is not None:
        snapshot = replace(snapshot, scan=without_files_in(snapshot.scan, folder))
    current = snapshot.current if snapshot.current is not None or not layers else len(layers) - 1
    return saved, replace(snapshot, maps=tuple(layers), current=current), lost


def _as_unsaved(layer: MapLayer, folder: Path, saved_checks: Sequence[str] = ()) -> MapLayer:
    saved_results = tuple(result for result in layer.check_results if result.check in saved_checks)
    layer = replace(layer, saved_check_results=saved_results)
    if layer.file is None or not layer.file.is_relative_to(folder):
        return layer
    return replace(layer, map=replace(layer.map, path=None, volume=None), file=None)


def _maps_after_session(folder: Path, entries: dict[str, Any]) -> list[Path]:
    """Return the maps that were finished after the session was last written."""
    removed = entries.get("removed")
    names = {str(name) for name in removed} if isinstance(removed, list) else set()
    maps = entries.get("maps")
    names |= (
        {str(item.get("path")) for item in maps if isinstance(item, dict)}
        if isinstance(maps, list)
        else set()
    )
    unlisted = [item for item in folder.glob(MAP_PATTERN) if item.name not in names]
    return sorted(unlisted, key=lambda item: (len(item.name), item.name))


def _read_entries(folder: Path) -> dict[str, Any]:
    try:
        entries = json.loads((folder / SESSION_NAME).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}  # reported when it is opened
    return entries if isinstance(entries, dict) else {}
