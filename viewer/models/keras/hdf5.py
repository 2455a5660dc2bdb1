"""Reader of weights and descriptions in Keras' HDF5 files."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.errors import ModelError

INSTALL = 'pip install "saliency-viewer[keras]"'

MAX_TEXT_BYTES = 2**24
"""Largest string of an attribute, in bytes; a network's description has up to a million."""

MAX_TEXTS = 16
"""Maximum number of strings in an attribute; a layer names at most four weights."""

HDF5_ERRORS = (
    OSError,
    KeyError,
    RuntimeError,
    ValueError,
    TypeError,
    AttributeError,
    OverflowError,
    MemoryError,
)
"""Errors of h5py for damaged files."""


class Hdf5File:
    """An open HDF5 file whose arrays and attributes are read by name.

    Only arrays stored contiguously in the file itself are read: no links to other files, no compression
    (Keras uses none), and never more bytes than the file has.
    """

    def __init__(self, file: Any, size: int, subject: str) -> None:
        self._file = file
        self._remaining_bytes = size
        self._subject = subject

    def error(self, item: str, problem: str, remedy: str = "") -> ModelError:
        """Return an error about a part of the file."""
        return ModelError(f"{self._subject}, {item}" if item else self._subject, problem, remedy)

    def has(self, name: str) -> bool:
        """Return whether there is a group or an array of that name."""
        return self._find(name) is not None

    def read_array(self, name: str) -> NDArray[Any]:
        """Return an array of numbers.

        Raises
        ------
        ModelError
            It is missing, not stored contiguously, or larger than the file.
        """
        import h5py

        dataset = self._find(name)
        if not isinstance(dataset, h5py.Dataset):
            raise self.error(name, "is missing from the file", "save the whole model again")
        try:
            shape, dtype = dataset.shape, dataset.dtype
            is_contiguous = dataset.chunks is None and not dataset.is_virtual and not dataset.external
            if not is_contiguous or shape is None or dtype.kind not in "fiu" or dtype.itemsize > 8:
                raise self.error(name, "is stored in a way that Keras does not use", "save the model again")
            self._remaining_bytes -= math.prod(shape) * dtype.itemsize
            if (
                self._remaining_bytes < 0
                or dataset.id.get_storage_size() != math.prod(shape) * dtype.itemsize
            ):
                raise self.error(name, f"claims the shape {shape}, which its stored bytes do not match")
            return np.asarray(dataset[()])
        except HDF5_ERRORS as error:
            raise self.error(name, "is damaged", "download or save the file again") from error

    def read_text(self, name: str, attribute: str) -> str | None:
        """Return a string attribute; None if it is missing.

        Raises
        ------
        ModelError
            It is too long, or not a string.
        """
        value = self._read_attribute(name, attribute)
        value = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
        if value is not None and not isinstance(value, str):
            raise self.error(name, f"has an attribute {attribute!r} that is not text")
        return value

    def read_texts(self, name: str, attribute: str) -> list[str] | None:
        """Return an attribute that is a list of strings; None if it is missing."""
        value = self._read_attribute(name, attribute)
        if value is None:
            return None
        if not isinstance(value, np.ndarray) or value.ndim != 1:
            raise self.error(name, f"has an attribute {attribute!r} that is not a list of strings")
        items = value.tolist()
        return [item.decode("utf-8", "replace") if isinstance(item, bytes) else str(item) for item in items]

    def _read_attribute(self, name: str, attribute: str) -> Any:
        node = self._find(name)
        try:
            if node is None or attribute not in node.attrs:
                return None
            attribute_id = node.attrs.get_id(attribute)
            count = math.prod(attribute_id.shape or ())
            # Variable-length strings are stored elsewhere in the file, where several elements may share one.
            if count > MAX_TEXTS or (count and attribute_id.get_storage_size() > MAX_TEXT_BYTES):
                raise self.error(name, f"has an attribute {attribute!r} that is too long")
            return node.attrs[attribute] if count else np.zeros(0)
        except HDF5_ERRORS as error:
            raise self.error(name, f"has a damaged attribute {attribute!r}") from error

    def _find(self, name: str) -> Any:
        """Return a group or an array, following hard links only; None if there is none."""
        import h5py

        node = self._file
        try:
            for step in filter(None, name.split("/")):
                if not isinstance(node, h5py.Group) or step not in node:
                    return None
                if not isinstance(node.get(step, getlink=True), h5py.HardLink):
                    raise self.error(name, "is a link", "save the model again")
                node = node[step]
        except HDF5_ERRORS as error:
            raise self.error(name, "is damaged", "download or save the file again") from error
        return node


@contextmanager
def open_hdf5(source: Path | bytes, size: int, subject: str) -> Iterator[Hdf5File]:
    """Open an HDF5 file of ``size`` bytes, or its content.

    Raises
    ------
    ModelError
        The package h5py is missing, or the file is damaged.
    """
    try:
        import h5py
    except ModuleNotFoundError as error:
        raise ModelError(
            subject, "is a Keras file, which the package h5py reads", f"install it: {INSTALL}"
        ) from error
    try:
        file = h5py.File(io.BytesIO(source) if isinstance(source, bytes) else source, "r")
    except HDF5_ERRORS as error:
        raise ModelError(subject, "is a damaged HDF5 file", "download or save the file again") from error
    with file:
        yield Hdf5File(file, size, subject)
