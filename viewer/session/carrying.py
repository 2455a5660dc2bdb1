"""Files that go with a session: into its archive under names that every reader takes, or out of the cache."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from viewer.errors import ViewerError
from viewer.scans.kinds import is_dicom, sibling
from viewer.scans.replacing import replacing
from viewer.session.bundle import LONGEST_NAME, MOST_FILES, cache, file_hash, is_plain
from viewer.session.entries import built_in_name

if TYPE_CHECKING:
    from viewer.models.model import Model

PAIRS = (".img", ".hdr", ".mat", ".HEAD", ".BRIK", ".PAR", ".REC")
LONGEST_PART = 120
"""Letters of a file's name in an archive."""


class Cargo:
    """The files of an archive, each under its name in it.

    Parameters
    ----------
    path
        The archive, for the error's line.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._names: dict[Path, str] = {}
        self._taken: set[str] = set()

    @property
    def files(self) -> dict[str, Path]:
        """What is carried: name in the archive to file."""
        return {name: source for source, name in self._names.items()}

    def load(self, source: Path, folder: str) -> str:
        """Take a file with those that belong to it, and return its name; a built-in one is only named.

        Raises
        ------
        ViewerError
            It is gone, or the archive would hold more files than is read again.
        """
        built_in = built_in_name(source)
        if built_in:
            return built_in
        if not source.exists():
            raise ViewerError(
                source, "is not there any more, so the archive cannot carry it", "save a .session.json"
            )
        base = source if source.is_dir() else source.parent
        for one in with_companions(source):
            self._load_one(one, folder, one.relative_to(base))
        if len(self._names) >= MOST_FILES:
            raise ViewerError(
                self._path,
                f"would hold {len(self._names):,} files, an archive at most {MOST_FILES:,}",
                "save a .session.json",
            )
        return folder if source.is_dir() else self._names[source]

    def load_model(self, model: Model) -> str:
        """Take a network's files, with the Python file that its card names."""
        assert model.path is not None
        told = self.load(model.path, "model")
        code = model.path.parent / model.card.architecture.rpartition(":")[0]
        if told != built_in_name(model.path) and code.suffix == ".py" and code.is_file():
            self._load_one(code, "model", Path(code.name))
        return told

    def _load_one(self, source: Path, folder: str, relative: Path) -> None:
        if source in self._names:
            return
        parts = [_plain(part) for part in relative.parts]
        for number in count(1):
            last = parts[-1] if number == 1 else f"{number}-{parts[-1]}"
            name = "/".join((folder, *parts[:-1], last))
            if name.casefold() not in self._taken:
                break
        if not is_plain(name):
            raise ViewerError(source, "lies too deep for an archive", f"a name has {LONGEST_NAME} letters")
        self._taken.add(name.casefold())
        self._names[source] = name


def _plain(part: str) -> str:
    """A part of a name as it may stand in an archive: files of one stem keep one stem."""
    letters = "".join(
        letter if letter.isprintable() and letter not in '\\:*?"<>|' else "_" for letter in part
    )
    if len(letters) > LONGEST_PART:
        # The beginning may be alike in a folder, the end says the format.
        letters = f"{letters[:40]}~{letters[41 - LONGEST_PART :]}"
    return letters


def with_companions(source: Path) -> Iterator[Path]:
    """A file, and those that belong to it: the other half of a pair, the JSON or the card beside it.

    Of DICOM the files of the series; of another folder all files in it, links left out.
    """
    if source.is_dir() and (source / "configs").is_dir():
        yield from sorted(one for one in source.rglob("*") if one.is_file() and not one.is_symlink())
        return
    if source.is_dir() or is_dicom(source):
        from viewer.scans.dicom import series_files

        yield from series_files(source)
        return
    yield source
    others = [sibling(source, ".json"), source.with_suffix(".card.json")]
    others.append(source.with_name(f"{source.name}.card.json"))
    bare = source.name.lower().removesuffix(".gz")
    if bare.endswith(tuple(ending.lower() for ending in PAIRS)):
        names = [ending + packed for ending in PAIRS for packed in ("", ".gz")]
        others += [sibling(source, name) for name in (*names, *(name.lower() for name in names))]
    # Not Path.is_file, which complains of names that are too long to be there.
    found = {other for other in others if other != source and os.path.isfile(other)}  # noqa: PTH113
    yield from sorted(found)


def out_of_cache(source: Path, folder: Path, name: str) -> Path:
    """Return a file that lasts: a copy in FOLDER/NAME of one that lies in the cache, else the file itself.

    What was unpacked from an archive is removed one day; a session that is saved must not name it. Copies
    that are there already are taken; others are never written over.

    Raises
    ------
    OSError
        A copy cannot be written.
    """
    home = cache()
    if not source.is_relative_to(home) or not source.exists():
        return source
    within = Path(*source.relative_to(home).parts[1:])
    base = source if source.is_dir() else source.parent
    for number in count(1):
        target = folder / (name if number == 1 else f"{name}{number}") / within
        top = target if source.is_dir() else target.parent
        copies = {one: top / one.relative_to(base) for one in with_companions(source)}
        if all(not copy.exists() or _same(one, copy) for one, copy in copies.items()):
            break
    for one, copy in copies.items():
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            with one.open("rb") as read, replacing(copy) as written:
                shutil.copyfileobj(read, written)
    return target


def _same(one: Path, other: Path) -> bool:
    return (
        other.is_file()
        and os.stat(one).st_size == os.stat(other).st_size  # noqa: PTH116  a link is followed
        and file_hash(one) == file_hash(other)
    )
