"""Archive (ZIP) of an exported program: its members and their bytes."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from types import TracebackType
from typing import Self

from viewer.errors import ModelError
from viewer.models.formats import open_archive, read_member

ARCHIVE_VERSIONS = frozenset({"0"})
"""Supported versions of the archive layout."""

MAX_GRAPH_BYTES = 2**26
"""Largest graph JSON that is read, in bytes; the largest networks have about ten million."""

FORBIDDEN = {
    "data/aotinductor/": "compiled native code",
    "data/executorch/": "a compiled program",
    "data/xl_model_weights/": "weights in separate files",
}
"""Folders that must not be in an archive, and their contents."""


class Pt2Archive:
    """An open ``.pt2`` file."""

    def __init__(self, path: Path) -> None:
        """Open and check the file.

        Raises
        ------
        ModelError
            The file is not such an archive, has an unknown version or unsupported contents, or is damaged.
        """
        self.path = path
        self._archive = open_archive(path)
        try:
            self._members = self._members_by_name()
            self._check_format()
        except ModelError:
            self._archive.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._archive.close()

    def error(self, member: str, problem: str, remedy: str = "") -> ModelError:
        """Return an error about a member of the file."""
        return ModelError(f"{self.path}, {member}", problem, remedy)

    @property
    def model_name(self) -> str:
        """Name of the only network in the archive.

        Raises
        ------
        ModelError
            There is no network, or more than one.
        """
        models = [
            match[1] for name in self._members if (match := re.fullmatch(r"models/([\w-]+)\.json", name))
        ]
        if len(models) != 1:
            raise ModelError(self.path, f"holds {len(models)} networks", "exactly one is needed")
        return models[0]

    def has(self, name: str) -> bool:
        """Return whether there is a member of that name."""
        return name in self._members

    def read_text(self, name: str) -> str:
        """Return a member as text.

        Raises
        ------
        ModelError
            It is missing, too large, damaged or not text.
        """
        if name in self._members and self._members[name].file_size > MAX_GRAPH_BYTES:
            raise self.error(name, f"is larger than {MAX_GRAPH_BYTES:,} bytes")
        try:
            return self.read(name).decode("utf-8")
        except UnicodeDecodeError as error:
            raise self.error(name, "is not text") from error

    def read(self, name: str) -> bytearray:
        """Return a member's bytes.

        Raises
        ------
        ModelError
            It is missing or damaged.
        """
        if name not in self._members:
            raise self.error(name, "is missing from the file")
        return bytearray(read_member(self._archive, self._members[name], f"{self.path}, {name}"))

    def _members_by_name(self) -> dict[str, zipfile.ZipInfo]:
        """Return the members by their names inside the archive's only folder."""
        entries = self._archive.infolist()
        folders = {entry.filename.partition("/")[0] for entry in entries}
        if len(folders) != 1:
            raise ModelError(self.path, "is not an exported program: it holds more than one folder")
        return {entry.filename.partition("/")[2]: entry for entry in entries}

    def _check_format(self) -> None:
        if self.has("version") and self.has("serialized_exported_program.json"):
            raise ModelError(
                self.path, "was written by an older torch", "export it again with torch 2.9 or later"
            )
        if self.read_text("archive_format").strip() != "pt2":
            raise ModelError(self.path, "is not an exported program")
        version = self.read_text("archive_version").strip()
        if version not in ARCHIVE_VERSIONS:
            raise ModelError(self.path, f"is an exported program of the unknown version {version[:20]!r}")
        order = self.read_text("byteorder").strip() if self.has("byteorder") else "little"
        if order != "little":
            raise ModelError(
                self.path,
                f"stores its numbers in the byte order {order[:20]!r}",
                "only little-endian is supported",
            )
        for name in self._members:
            for folder, content in FORBIDDEN.items():
                if name.startswith(folder):
                    raise self.error(name, f"holds {content}, which is not run", "export only the network")
            if name.startswith("data/weights/") and name.endswith(".pt"):
                raise self.error(name, "holds pickled weights", "export it again with torch 2.9 or later")
