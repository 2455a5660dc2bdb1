"""Size of the description in an ONNX file, read from protobuf's wire format before anything is parsed.

Parsing takes several times the memory of many small messages, but keeps the bytes of the weights as they are.
A bound on everything but the weights therefore bounds the memory of parsing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from viewer.errors import ModelError

GRAPH_FIELD, INITIALIZER_FIELD = 7, 5
"""Numbers of the fields ``ModelProto.graph`` and ``GraphProto.initializer`` (onnx.proto)."""

INITIALIZER_BYTES = 200
"""Bytes of the description counted for each weight: its name and shape."""

VARINT, FIXED64, LENGTH_DELIMITED, FIXED32 = 0, 1, 2, 5
"""Wire types of protobuf."""


def count_description_bytes(content: bytes, path: Path) -> int:
    """Return the number of bytes of an ONNX file that are not values of weights.

    Raises
    ------
    ModelError
        It is not a protobuf message.
    """
    weights = counted = 0
    for field, start, end in _iterate_fields(content, 0, len(content), path):
        if field != GRAPH_FIELD:
            continue
        for inner, first, last in _iterate_fields(content, start, end, path):
            if inner == INITIALIZER_FIELD:
                weights += last - first
                counted += INITIALIZER_BYTES
    return len(content) - weights + counted


def _iterate_fields(content: bytes, start: int, end: int, path: Path) -> Iterator[tuple[int, int, int]]:
    """Yield number, start and end of every field of a message."""
    position = start
    while position < end:
        tag, position = _read_varint(content, position, end, path)
        wire_type = tag & 7
        if wire_type == VARINT:
            begin = position
            _, position = _read_varint(content, position, end, path)
        elif wire_type == LENGTH_DELIMITED:
            length, begin = _read_varint(content, position, end, path)
            position = begin + length
        elif wire_type in (FIXED64, FIXED32):
            begin = position
            position += 8 if wire_type == FIXED64 else 4
        else:
            raise _damaged_error(path)
        if position > end:
            raise _damaged_error(path)
        yield tag >> 3, begin, position


def _read_varint(content: bytes, position: int, end: int, path: Path) -> tuple[int, int]:
    """Return an integer of up to ten bytes, and its end."""
    value = 0
    for count in range(10):
        if position >= end:
            break
        byte = content[position]
        value |= (byte & 0x7F) << (7 * count)
        position += 1
        if byte < 0x80:
            return value, position
    raise _damaged_error(path)


def _damaged_error(path: Path) -> ModelError:
    return ModelError(path, "is a damaged or cut-off ONNX file", "export or download it again")
