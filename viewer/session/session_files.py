"""Files of a session: their names inside an archive, and copies out of the cache."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from viewer.errors import ViewerError
from viewer.models.nnunet_folder import find_results_folder, list_files
from viewer.scans.atomic_write import atomic_write
from viewer.scans.file_types import is_dicom, replace_ending
from viewer.scans.sidecar import sidecar_path
from viewer.session.archive import MAX_FILES, MAX_NAME_LENGTH, cache_folder, file_hash, is_safe_name
from viewer.session.schema import built_in_name

if TYPE_CHECKING:
    from viewer.models.model import Model
    from viewer.session.map_layer import MapLayer


PAIRED_SUFFIXES = (".img", ".hdr", ".mat", ".HEAD", ".BRIK", ".PAR", ".REC")
MAX_PART_LENGTH = 120
"""Maximum length of a file's name in an archive, in characters."""


class ArchiveFiles:
    """The files of an archive, each with its name in it.

    Parameters
    ----------
    path
        The archive, for error messages.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._names: dict[Path, str] = {}
        self._used_names: set[str] = set()

    @property
    def files(self) -> dict[str, Path]:
        """Files by their names in the archive."""
        return {name: source for source, name in self._names.items()}

    def add(self, source: Path, folder: str) -> str:
        """Add a file and its companions, and return its name; a built-in file is only named.

        Raises
        ------
        ViewerError
            The file is missing, or the archive would contain more files than can be read.
        """
        built_in = built_in_name(source)
        if built_in:
            return built_in
        if not source.exists():
            raise ViewerError(
                source, "no longer exists, so the archive cannot contain it", "save a .session.json"
            )
        base = common_folder(source)
        for file in companion_files(source):
            self._add_file(file, folder, file.relative_to(base))
        if len(self._names) >= MAX_FILES:
            raise ViewerError(
                self._path,
                f"would contain {len(self._names):,} files, but an archive can contain at most {MAX_FILES:,}",
                "save a .session.json",
            )
        return "/".join((folder, *source.relative_to(base).parts)) if source.is_dir() else self._names[source]

    def add_model(self, model: Model) -> str:
        """Add a network's files, with the Python file that its card names."""
        assert model.path is not None
        name = self.add(model.path, "model")
        code = model.path.parent / model.card.architecture.rpartition(":")[0]
        if name != built_in_name(model.path) and code.suffix == ".py" and code.is_file():
            self._add_file(code, "model", Path(code.name))
        return name

    def _add_file(self, source: Path, folder: str, relative: Path) -> None:
        if source in self._names:
            return
        parts = [_safe_part(part) for part in relative.parts]
        for number in count(1):
            file_name = parts[-1] if number == 1 else f"{number}-{parts[-1]}"
            name = "/".join((folder, *parts[:-1], file_name))
            if name.casefold() not in self._used_names:
                break
        if not is_safe_name(name):
            raise ViewerError(
                source,
                "is nested too deeply for an archive",
                f"a name can have at most {MAX_NAME_LENGTH} letters",
            )
        self._used_names.add(name.casefold())
        self._names[source] = name


def _safe_part(part: str) -> str:
    """Return a valid archive name for part of a path; files with one stem keep a common stem."""
    safe_name = "".join(
        character if character.isprintable() and character not in '\\:*?"<>|' else "_" for character in part
    )
    if len(safe_name) > MAX_PART_LENGTH:
        # Names in a folder may begin alike, and the end is the format.
        safe_name = f"{safe_name[:40]}~{safe_name[41 - MAX_PART_LENGTH :]}"
    return safe_name


def common_folder(source: Path) -> Path:
    """Return the folder of a file and its companions; for a folder, itself or that of its network."""
    return find_results_folder(source) or (source if source.is_dir() else source.parent)


def companion_files(source: Path) -> Iterator[Path]:
    """Yield a file and its companions: the other half of a pair, its sidecar JSON or model card.

    For DICOM, the files of the series; for nnU-Net, plans and checkpoints; for a folder with ``configs``, all
    files in it except links.
    """
    if find_results_folder(source) is not None:
        yield from list_files(source)
        return
    if source.is_dir() and (source / "configs").is_dir():
        yield from sorted(file for file in source.rglob("*") if file.is_file() and not file.is_symlink())
        return
    if source.is_dir() or is_dicom(source):
        from viewer.scans.dicom import series_files

        yield from series_files(source)
        return
    yield source
    candidates = [replace_ending(source, ".json"), source.with_suffix(".card.json")]
    candidates.append(source.with_name(f"{source.name}.card.json"))
    uncompressed = source.name.lower().removesuffix(".gz")
    if uncompressed.endswith(tuple(ending.lower() for ending in PAIRED_SUFFIXES)):
        names = [ending + compression for ending in PAIRED_SUFFIXES for compression in ("", ".gz")]
        candidates += [replace_ending(source, name) for name in (*names, *(name.lower() for name in names))]
    # Not Path.is_file, which raises an error for names that are too long.
    companions = {candidate for candidate in candidates if candidate != source and os.path.isfile(candidate)}  # noqa: PTH113
    yield from sorted(companions)


def copy_from_cache(source: Path, folder: Path, name: str) -> Path:
    """Return a permanent file: a copy in FOLDER/NAME of one in the cache, else the file itself.

    Unpacked archives are eventually removed, so a saved session must not refer to them. Identical copies are
    reused; other files are never overwritten.

    Raises
    ------
    OSError
        A copy cannot be written.
    """
    cache = cache_folder()
    if not source.is_relative_to(cache) or not source.exists():
        return source
    relative = Path(*source.relative_to(cache).parts[1:])
    base = common_folder(source)
    depth = len(source.relative_to(base).parts)
    for number in count(1):
        target = folder / (name if number == 1 else f"{name}{number}") / relative
        copy_root = (target, *target.parents)[depth]
        copies = {original: copy_root / original.relative_to(base) for original in companion_files(source)}
        if all(not copy.exists() or _same_content(original, copy) for original, copy in copies.items()):
            break
    for original, copy in copies.items():
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            with original.open("rb") as source_file, atomic_write(copy) as target_file:
                shutil.copyfileobj(source_file, target_file)
    return target


def _same_content(first: Path, second: Path) -> bool:
    return (
        second.is_file()
        and os.stat(first).st_size == os.stat(second).st_size  # noqa: PTH116  a link is followed
        and file_hash(first) == file_hash(second)
    )


def save_map_file(layer: MapLayer, folder: Path, stem: str, number: int) -> Path:
    """Return the file of a map; write one if there is none, or it is missing.

    Its name is STEM and the number, or the next free one. A file that already contains the map is reused.

    Raises
    ------
    ScanError, OSError
        It cannot be written.
    """
    if layer.file is not None and layer.file.is_file():
        return layer.file
    with tempfile.TemporaryDirectory(prefix="saliency-viewer-map-") as temp_folder:
        temp_file: Path | None = None
        for i in count(number):
            path = folder / f"{stem}{i}.nii.gz"
            if not _is_taken(path):
                return layer.map.save(path)
            temp_file = temp_file or layer.map.save(Path(temp_folder) / path.name)
            if _is_same_map(temp_file, path):
                return path
    raise AssertionError("count() ends")


def _is_taken(path: Path) -> bool:
    sidecar = sidecar_path(path)
    return any(
        candidate.exists() or candidate.is_symlink() for candidate in (path, sidecar, path.with_suffix(""))
    )


def _is_same_map(new_file: Path, path: Path) -> bool:
    pairs = ((new_file, path), (sidecar_path(new_file), sidecar_path(path)))
    return all(second.is_file() and file_hash(first) == file_hash(second) for first, second in pairs)
