"""Reader of a safetensors file's header, checked against the file's size, without torch.

The format: eight bytes with the header's length; the header, a JSON object from name to dtype, shape and byte
range; the values. An entry ``__metadata__`` maps strings to strings.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from viewer.errors import ModelError
from viewer.files import check_regular, open_regular
from viewer.models.json_reader import parse_json
from viewer.models.tensor_info import TensorInfo

MAX_HEADER_BYTES = 8 << 20
"""Largest header in bytes; that of ten thousand tensors has 1.5 million."""

DTYPES = {
    "F64": ("float64", 8),
    "F32": ("float32", 4),
    "F16": ("float16", 2),
    "BF16": ("bfloat16", 2),
    "I64": ("int64", 8),
    "I32": ("int32", 4),
    "I16": ("int16", 2),
    "I8": ("int8", 1),
    "U8": ("uint8", 1),
    "BOOL": ("bool", 1),
}


@dataclass(frozen=True)
class SafetensorsHeader:
    """Tensors by name, and metadata."""

    tensors: dict[str, TensorInfo]
    metadata: dict[str, str]


def read_header(path: Path) -> SafetensorsHeader:
    """Read the header of a safetensors file.

    Raises
    ------
    ModelError
        The file is not in safetensors format, is truncated, or claims more data than it contains.
    """
    size = check_regular(path, ModelError)
    try:
        with open_regular(path, ModelError) as file:
            length = int.from_bytes(file.read(8), "little")
            if size < 8 or not 2 <= length <= min(MAX_HEADER_BYTES, size - 8):
                raise ModelError(path, "is not a safetensors file, or is cut off")
            content = file.read(length)
    except OSError as error:
        raise ModelError(path, f"cannot be read ({error.strerror})") from error
    entries = parse_json(content, path)
    metadata = entries.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise ModelError(path, "has metadata that is not text")
    tensors = {
        name: _read_tensor_info(name, entry, size - 8 - length, path) for name, entry in entries.items()
    }
    return SafetensorsHeader(tensors, metadata)


def _read_tensor_info(name: str, entry: Any, available_bytes: int, path: Path) -> TensorInfo:
    entry = entry if isinstance(entry, dict) else {}
    kind, shape, offsets = entry.get("dtype"), entry.get("shape"), entry.get("data_offsets")
    if not isinstance(kind, str) or kind not in DTYPES:
        raise ModelError(path, f"tensor {name!r} has the unknown dtype {kind!r}")
    if not _are_sizes(shape) or not _are_sizes(offsets) or len(offsets) != 2:
        raise ModelError(path, f"tensor {name!r} has no valid shape or position")
    dtype, width = DTYPES[kind]
    if not 0 <= offsets[0] <= offsets[1] <= available_bytes or offsets[1] - offsets[0] != prod(shape) * width:
        raise ModelError(path, f"tensor {name!r} claims more than the file holds", "it may be cut off")
    return TensorInfo(dtype, tuple(shape))


def _are_sizes(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= 16
        and all(type(item) is int and 0 <= item < 2**63 for item in value)
    )
