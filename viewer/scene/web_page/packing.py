"""Integer arrays as compressed text, for the scripts of a page (`resources/page/arrays.js`).

Each array is predicted, split into bytes of equal significance, compressed (raw deflate, RFC 1951) and
written as base64. A browser decompresses it without a library.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Number = TypeVar("Number", bound=np.generic)
Unsigned = npt.NDArray[np.unsignedinteger[Any]]

DTYPES = ("uint8", "uint16", "uint32")
LEVEL = 6
SLABS, SLAB = 6, 5
PREDICTORS: tuple[tuple[int, ...], ...] = ((), (-1,), (-2, -1), (-3, -2, -1))
"""Axes along which differences are stored: none, or the last, last two or last three (Lorenzo predictor)."""


@dataclass
class PackedArrays:
    """Arrays of a page by number; equal arrays are stored once.

    ``entries`` are the descriptions (type, shape, axes of the predictor), ``base64_texts`` the compressed
    data as base64, in the same order.
    """

    entries: list[dict[str, Any]] = field(default_factory=list)
    base64_texts: list[str] = field(default_factory=list)
    _numbers: dict[bytes, int] = field(default_factory=dict)

    def add(self, array: npt.NDArray[np.generic]) -> int:
        """Store an array of unsigned 8-, 16- or 32-bit numbers and return its number.

        Raises
        ------
        ValueError
            The array is of another type.
        """
        if str(array.dtype) not in DTYPES:
            raise ValueError(f"an array of {array.dtype} cannot be packed")
        contiguous: Unsigned = np.ascontiguousarray(array)
        entry = {"type": str(contiguous.dtype), "shape": list(contiguous.shape)}
        digest = hashlib.sha256(repr(entry).encode() + contiguous.tobytes()).digest()
        if digest not in self._numbers:
            axes = _best_predictor(contiguous)
            self._numbers[digest] = len(self.entries)
            self.entries.append(entry | {"axes": [axis % contiguous.ndim for axis in axes]})
            self.base64_texts.append(base64.b64encode(compress(contiguous, axes)).decode())
        return self._numbers[digest]


def compress(array: Unsigned, axes: Sequence[int]) -> bytes:
    """Compress the differences along ``axes``; negative ones are interleaved with positive ones (zigzag)."""
    return _deflate_bytes(_split_bytes(_take_differences(array, axes)))


def smallest_size(array: Unsigned) -> int:
    """Return the size in bytes of an array compressed with its best predictor."""
    return min(len(compress(array, axes)) for axes in _predictors(array))


def sample_planes(array: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """Return part of a volume: slabs of adjacent planes, as differences between them are compressed."""
    count = array.shape[0]
    if array.ndim < 3 or count <= SLABS * SLAB:
        return array
    starts = np.linspace(0, count - SLAB, SLABS).astype(int)
    return np.concatenate([array[start : start + SLAB] for start in starts])


def _deflate_bytes(data: bytes) -> bytes:
    compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


def _predictors(array: Unsigned) -> list[tuple[int, ...]]:
    return [axes for axes in PREDICTORS if len(axes) <= array.ndim]


def _best_predictor(array: Unsigned) -> tuple[int, ...]:
    """Return the predictor with which a sample of the array compresses best."""
    sample = sample_planes(array)
    return min(_predictors(array), key=lambda axes: len(compress(sample, axes)))


def _take_differences(array: Unsigned, axes: Sequence[int]) -> Unsigned:
    differences = array.copy()
    for axis in axes:
        following = [slice(None)] * array.ndim
        previous = [slice(None)] * array.ndim
        following[axis], previous[axis] = slice(1, None), slice(None, -1)
        differences[tuple(following)] -= differences[tuple(previous)].copy()
    if not axes:
        return differences
    signed = differences.view(f"int{8 * differences.itemsize}")
    return ((signed << 1) ^ (signed >> (8 * differences.itemsize - 1))).view(differences.dtype)


def _split_bytes(array: Unsigned) -> bytes:
    """Return all lowest bytes, then all next higher ones."""
    little_endian = array.astype(array.dtype.newbyteorder("<"), copy=False)
    parts = np.ascontiguousarray(little_endian).reshape(-1).view(np.uint8).reshape(-1, array.itemsize)
    return np.ascontiguousarray(parts.T).tobytes()
