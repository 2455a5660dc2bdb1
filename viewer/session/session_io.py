"""Save and open a session file: the shown scan, model and maps, and the view.

The file is JSON. It names other files, relative to itself if they are beside or below it, with the hash of
their content; or it is a zip archive of the same JSON and those files (`viewer.session.archive`). Nothing in
it is ever executed.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from viewer.errors import ScanError, ViewerError
from viewer.files import is_file, read_regular
from viewer.json_text import json_text, to_json_value
from viewer.models.unsaved_card import unsaved_card
from viewer.progress import Progress
from viewer.scans.atomic_write import atomic_write
from viewer.session.archive import SESSION_NAME, file_hash, is_archive, pack, unpack
from viewer.session.file_reference import FileReference as FileReference
from viewer.session.map_layer import MapLayer
from viewer.session.preparation_entry import (
    open_preparation,
    preparation_entries,
    save_mask_file,
    write_mask,
)
from viewer.session.scan_entry import changed_file_error, open_scan_entry, scan_entry
from viewer.session.schema import MAX_SESSION_BYTES, SessionReader, built_in_name
from viewer.session.schema import SavedSession as SavedSession
from viewer.session.session import Session
from viewer.session.session_files import ArchiveFiles, copy_from_cache, save_map_file
from viewer.session.snapshot import Snapshot

if TYPE_CHECKING:
    from viewer.models.model import Model
    from viewer.scans.atlas import Atlas
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan
    from viewer.session.method_settings import MethodSettings

VERSION = 1
SESSION_SUFFIX = ".session.json"

# Writing


def save_session(session: Session, path: str | Path, progress: Progress | None = None) -> Path:
    """Write a session: JSON that names files or, with the suffix .session.zip, an archive that contains them.

    Maps that are in no file yet are written beside the session's file, or into it. No existing file is
    overwritten except the session's own.

    Parameters
    ----------
    session : Session
        The session; the saved maps are marked in it.
    path : str or Path
        Output file: ``NAME.session.json`` or ``NAME.session.zip``.
    progress : Progress, optional
        Called after every file; may cancel.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ViewerError
        The scan is in no file, a file for an archive is missing, or something cannot be written.
    Cancelled
        Cancelled by ``progress``.

    Examples
    --------
    >>> import viewer
    >>> session = viewer.Session(viewer.View(glass=True))
    >>> session.set_scan(viewer.load_scan("mni152"))
    >>> viewer.save_session(session, "brain.session.json").name
    'brain.session.json'
    """
    path = Path(path)
    session.mark_saved(write_session(session.snapshot(), path, progress))
    return path


def write_session(snapshot: Snapshot, path: Path, progress: Progress | None = None) -> tuple[MapLayer, ...]:
    """Write a session as `save_session` does, and return the saved maps with their files."""
    if snapshot.scan is not None and snapshot.scan.path is None:
        raise ViewerError(snapshot.scan.name, "has no file that a session could refer to")
    if is_archive(path):
        return _write_archive(snapshot, path, progress)
    folder, stem = path.parent, path.name.removesuffix(".json").removesuffix(".session")

    def relative_entry(file: Path) -> dict[str, Any]:
        return file_entry(folder, copy_from_cache(file, folder, f"{stem}-files"))

    try:
        layers = tuple(
            replace(layer, file=save_map_file(layer, folder, f"{stem}-map", number))
            for number, layer in enumerate(snapshot.maps, start=1)
        )
        entries = session_entries(replace(snapshot, maps=layers), relative_entry)
        save_mask = partial(save_mask_file, folder=folder, stem=stem)
        entries |= preparation_entries(snapshot.preparation, save_mask, relative_entry)
        text = session_text(entries, path)
        with atomic_write(path) as session_file:
            session_file.write(text.encode())
    except OSError as error:
        raise _write_error(path, error) from error
    return layers


def session_entries(
    snapshot: Snapshot,
    file_entry: Callable[[Path], dict[str, Any]],
    hash_file: Callable[[Path], str] = file_hash,
) -> dict[str, Any]:
    """Return the JSON entries of a session whose maps are all in files.

    ``file_entry`` returns the entry that names a file, ``hash_file`` the SHA-256 of its content. The
    preparation is not included (`preparation_entries`). Raises OSError.
    """
    maps = []
    for layer in snapshot.maps:
        assert layer.file is not None
        maps.append(
            {**file_entry(layer.file), "hash": hash_file(layer.file), **_map_entry(layer, layer.file)}
        )
    entries = _base_entries(snapshot, maps)
    if snapshot.scan is not None and snapshot.scan.path is not None:
        entries["scan"] = scan_entry(snapshot.scan, file_entry)
    if snapshot.model is not None and snapshot.model.path is not None:
        entries["model"] = {**file_entry(snapshot.model.path), **_model_entry(snapshot.model)}
    for name, source in _atlas_files(snapshot.atlas).items():
        entries[name] = {**file_entry(source), "hash": hash_file(source)}
    entries |= _cohort_entries(snapshot, file_entry)
    return entries


def _cohort_entries(snapshot: Snapshot, file_entry: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
    """Return the entry of the open cohort, if there is one; no session contains its maps."""
    if snapshot.cohort is None:
        return {}
    fields = asdict(snapshot.cohort)
    return {"cohort": {**file_entry(fields.pop("folder")), **fields}}


def _write_archive(snapshot: Snapshot, path: Path, progress: Progress | None) -> tuple[MapLayer, ...]:
    archive_files = ArchiveFiles(path)
    try:
        with tempfile.TemporaryDirectory(prefix="saliency-viewer-session-") as temp_folder:
            maps = []
            for number, layer in enumerate(snapshot.maps, start=1):
                file = save_map_file(layer, Path(temp_folder), "map", number)
                name = archive_files.add(file, f"maps/{number}")
                maps.append({"path": name, "hash": file_hash(file), **_map_entry(layer, file)})
            entries = _base_entries(snapshot, maps)
            if snapshot.scan is not None and snapshot.scan.path is not None:
                entries["scan"] = scan_entry(
                    snapshot.scan, lambda file: {"path": archive_files.add(file, "scan")}
                )
            if snapshot.model is not None and snapshot.model.path is not None:
                entries["model"] = {
                    "path": archive_files.add_model(snapshot.model),
                    **_model_entry(snapshot.model),
                }
            for name, source in _atlas_files(snapshot.atlas).items():
                entries[name] = {"path": archive_files.add(source, "atlas"), "hash": file_hash(source)}
            entries |= preparation_entries(
                snapshot.preparation,
                lambda prepared: write_mask(prepared, Path(temp_folder) / "brain-mask.nii.gz"),
                lambda file: {"path": archive_files.add(file, "preparation")},
            )
            entries |= _cohort_entries(snapshot, lambda folder: {"path": str(folder.absolute())})
            pack(path, session_text(entries, path), archive_files.files, progress)
    except OSError as error:
        raise _write_error(path, error) from error
    return tuple(replace(layer, archived=True) for layer in snapshot.maps)


def session_text(entries: dict[str, Any], path: Path) -> str:
    """Return the JSON text of a session. Raises ViewerError if it exceeds the size limit for reading."""
    text = json_text(to_json_value(entries))
    if len(text.encode()) > MAX_SESSION_BYTES:
        raise ViewerError(
            path, f"would have more than {MAX_SESSION_BYTES:,} bytes", "remove some of the maps"
        )
    return text


def _write_error(path: Path, error: OSError) -> ViewerError:
    name = f"{Path(error.filename).name}: " if error.filename else ""
    return ViewerError(path, f"cannot be written ({name}{error.strerror or error})")


def _base_entries(snapshot: Snapshot, maps: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "session": VERSION,
        "maps": maps,
        "hidden": [index for index, layer in enumerate(snapshot.maps) if not layer.visible],
        "current": snapshot.current,
        "view": asdict(snapshot.view),
        "method": _method_entry(snapshot.method_settings),
    }


def _model_entry(model: Model) -> dict[str, Any]:
    """Return a network's hash, the selected output tensor of several, and a card that is in no file."""
    output_entry = {"answer": model.card.answer} if model.card.answer else {}
    card = unsaved_card(model)
    return {"hash": model.hash, **output_entry, **({} if card is None else {"card": card.as_json()})}


def _method_entry(settings: MethodSettings) -> dict[str, Any]:
    """Return the entries of the method's settings; defaults are omitted."""
    entries = {
        "name": settings.method,
        "parameters": dict(settings.parameters),
        "target": settings.target,
        "layer": settings.layer,
        "region": settings.region,
        "against": settings.subtracted_index,
        "uncertainty": settings.uncertainty,
        "samples": settings.samples if settings.uncertainty else None,
    }
    return {key: value for key, value in entries.items() if value not in ("", {}, None)}


def _map_entry(layer: MapLayer, file: Path) -> dict[str, Any]:
    """Return the entry of a map: its file, title, look and check results."""
    volume = _volume_entry(replace(layer, file=file))
    results = [{"title": result.title, **result.as_json()} for result in layer.check_results]
    look = {} if layer.look is None else {"look": asdict(layer.look)}
    return {"name": layer.map.name, **volume, **look, **({"checks": results} if results else {})}


def _volume_entry(image: MapLayer) -> dict[str, int]:
    return {} if image.volume is None else {"volume": image.volume}


def _atlas_files(atlas: Atlas | None) -> dict[str, Path]:
    """Return the atlas's image file and label file, as far as they exist."""
    files = {} if atlas is None else {"atlas": atlas.path, "atlas_names": atlas.names_path}
    return {name: path for name, path in files.items() if path is not None and is_file(path)}


def file_entry(folder: Path, file: Path) -> dict[str, Any]:
    """Return how a session in a folder refers to a file: relative if inside it, else also absolute."""
    name = built_in_name(file)
    if name:
        return {"path": name}
    file, folder = file.resolve(), folder.resolve()
    if file.is_relative_to(folder):
        return {"path": file.relative_to(folder).as_posix()}
    try:
        relative = {"relative": Path(os.path.relpath(file, folder)).as_posix()}
    except ValueError:
        relative = {}  # on another drive
    return {"path": str(file), **relative}


# Reading


def open_snapshot(
    saved: SavedSession,
    progress: Progress | None = None,
    error_messages: list[str] | None = None,
    *,
    images_required: bool = False,
) -> Snapshot:
    """Open everything that a session names, as it was shown; the model is not loaded.

    Parameters
    ----------
    saved
        Content of the session's file.
    progress
        Called for every map.
    error_messages
        Receives a line for each file that cannot be opened, which is then omitted; None raises an error.
    images_required
        Whether a scan or map that cannot be opened is an error in any case, unless it is a map in the folder
        of the session's cohort, which may have been moved or recomputed.

    Raises
    ------
    ViewerError
        A file cannot be read, or has changed.
    """
    progress = progress or Progress()
    scan = atlas = preparation = None
    lost_images = None if images_required else error_messages
    try:
        scan = open_scan_entry(saved)
    except ViewerError as error:
        _report_unopened(error, lost_images)
    try:
        preparation = open_preparation(saved.preparation, scan)
    except ViewerError as error:
        _report_unopened(error, error_messages, ", so the preparation of the scan must be repeated")
    indices: dict[int, int] = {}
    layers = []
    for index, reference in enumerate(saved.maps):
        progress.step(index + 1, 2 + len(saved.maps))
        try:
            layers.append(_open_layer(reference, index not in saved.hidden_indices))
            indices[index] = len(layers) - 1
        except ViewerError as error:
            _report_unopened(error, error_messages if _is_of_cohort(saved, reference) else lost_images)
    try:
        atlas = open_atlas(saved, progress.subtask((1 + len(saved.maps)) / (2 + len(saved.maps)), 1))
    except ViewerError as error:
        _report_unopened(error, error_messages)
    current = (
        None
        if saved.current_index is None
        else indices.get(saved.current_index, len(layers) - 1 if layers else None)
    )
    compared = None if saved.view.compared is None else indices.get(saved.view.compared)
    view = replace(saved.view, compared=compared)
    return Snapshot(
        scan, None, tuple(layers), current, atlas, view, saved.method_settings, preparation, saved.cohort
    )


def _is_of_cohort(saved: SavedSession, reference: FileReference) -> bool:
    return saved.cohort is not None and Path(reference.path).is_relative_to(saved.cohort.folder)


def _report_unopened(error: ViewerError, error_messages: list[str] | None, consequence: str = "") -> None:
    if error_messages is None:
        raise error
    error_messages.append(str(ViewerError(error.subject, error.problem + consequence, error.remedy)))


def open_images(saved: SavedSession, progress: Progress | None = None) -> tuple[Scan | None, list[Map]]:
    """Open the scan and the maps of a session, each as it was when saved.

    Raises
    ------
    ViewerError
        A file cannot be read, or has changed.
    """
    snapshot = open_snapshot(replace(saved, atlas=None), progress)
    return snapshot.scan, [layer.map for layer in snapshot.maps]


def _open_layer(reference: FileReference, visible: bool) -> MapLayer:
    from viewer.scans.load import load_map

    path = Path(reference.path)
    saliency_map = load_map(path, reference.volume)
    try:
        if reference.hash not in ("", file_hash(path)):
            raise changed_file_error(reference)
    except OSError as error:
        raise ScanError(path, f"cannot be read ({error.strerror})") from error
    if reference.name:
        saliency_map = replace(saliency_map, name=reference.name)
    return MapLayer(
        saliency_map,
        visible,
        file=path,
        look=reference.look,
        check_results=reference.check_results,
        saved_check_results=reference.check_results,
    )


def open_atlas(saved: SavedSession, progress: Progress | None = None) -> Atlas | None:
    """Open the session's atlas; None if it names none. Raises ViewerError as `open_images` does."""
    if saved.atlas is None:
        return None
    from viewer.scans.atlas import load_atlas

    for reference in (saved.atlas, saved.atlas_names):
        if reference is None or not is_file(Path(reference.path)) or not reference.hash:
            continue
        if reference.hash != file_hash(Path(reference.path)):
            raise changed_file_error(reference)
    names = None if saved.atlas_names is None else saved.atlas_names.path
    return load_atlas(saved.atlas.path, names, progress)


def read_session(path: Path) -> SavedSession:
    """Read a session file or archive; an archive is unpacked, other files are not opened.

    Raises
    ------
    ViewerError
        It cannot be read, is not a session, or an entry, named in the error, is invalid.
    """
    archive_folder = unpack(path) if is_archive(path) else None
    if archive_folder is not None:
        path = archive_folder / SESSION_NAME
    try:
        # Some editors write a byte order mark.
        entries = json.loads(
            read_regular(path, MAX_SESSION_BYTES, ViewerError, "a session").decode("utf-8-sig")
        )
    except (ValueError, RecursionError) as error:
        raise ViewerError(path, "is not valid JSON") from error
    if not isinstance(entries, dict) or not isinstance(entries.get("view"), dict):
        raise ViewerError(path, "is not a session", "expected a file that this program saved")
    if entries.get("session") != VERSION:
        raise ViewerError(
            path,
            f"is a session of version {entries.get('session')!r}",
            f"this program reads version {VERSION}",
        )
    return SessionReader(path, archive_folder).read(entries)
