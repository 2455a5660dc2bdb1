"""Weights of an ONNX file that are stored in files beside it."""

from __future__ import annotations

import math
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

from viewer.errors import ModelError
from viewer.files import open_regular, read_error

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class ExternalData:
    """Reader of the files that an ONNX file names for its weights.

    Only files in the same folder or below it are read, and from each no more bytes in total than it has.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._arrays: dict[tuple[Path, int, int], NDArray[Any]] = {}
        self._bytes_read: dict[Path, int] = {}

    @property
    def files(self) -> tuple[Path, ...]:
        """Files that were read."""
        return tuple(sorted(self._bytes_read))

    def read(self, entry: Any, dtype: np.dtype[Any], shape: tuple[int, ...], label: str) -> NDArray[Any]:
        """Return the values of a tensor.

        Raises
        ------
        ModelError
            The file is in another folder, is missing, or has fewer bytes than the tensor needs.
        """
        import numpy as np

        fields = {pair.key: pair.value for pair in entry.external_data}
        file = self._locate(fields.get("location", ""), label)
        length = math.prod(shape) * dtype.itemsize
        offset = self._parse_number(fields.get("offset", "0"), label)
        if self._parse_number(fields.get("length", str(length)), label) != length:
            raise self._make_error(label, f"holds values that do not match its shape {shape}")
        key = (file, offset, length)
        if key not in self._arrays:
            with open_regular(file, ModelError) as stream:
                size = stream.seek(0, 2)
                self._bytes_read[file] = self._bytes_read.get(file, 0) + length
                if offset + length > size or self._bytes_read[file] > size:
                    raise self._make_error(
                        label, f"lies beyond the end of {file.name}", "copy both files again"
                    )
                stream.seek(offset)
                try:
                    content = stream.read(length)
                except OSError as error:
                    raise read_error(file, error, ModelError) from error
            self._arrays[key] = np.frombuffer(content, dtype.newbyteorder("<"))
        return self._arrays[key].reshape(shape)

    def _locate(self, location: str, label: str) -> Path:
        parts = PurePosixPath(location).parts
        outside = (
            not parts or ".." in parts or "\0" in location or "\\" in location
            or PurePosixPath(location).is_absolute() or bool(PureWindowsPath(location).drive)
        )  # fmt: skip
        file = self._path.parent.joinpath(*parts) if not outside else self._path
        if not outside:
            try:
                outside = not file.resolve().is_relative_to(self._path.parent.resolve())
            except (OSError, ValueError, RuntimeError):
                outside = True
        if outside:
            raise self._make_error(
                label,
                f"names the file {location[:80]!r}",
                "weights are read from the model's own folder only",
            )
        return file

    def _parse_number(self, text: str, label: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 20):
            raise self._make_error(label, f"names the invalid position {text[:30]!r} in a file")
        return int(text)

    def _make_error(self, label: str, problem: str, remedy: str = "") -> ModelError:
        return ModelError(f"{self._path}, {label}", problem, remedy)
