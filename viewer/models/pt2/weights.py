"""Weights of an exported program: raw values, checked against the size of the file."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from types import MappingProxyType

import torch

from viewer.models.pt2.archive import Pt2Archive
from viewer.models.pt2.json_value import JsonValue, parse_json_value
from viewer.number_format import format_count

DTYPES: Mapping[int, torch.dtype] = MappingProxyType(
    {
        1: torch.uint8,
        2: torch.int8,
        3: torch.int16,
        4: torch.int32,
        5: torch.int64,
        6: torch.float16,
        7: torch.float32,
        8: torch.float64,
        12: torch.bool,
        13: torch.bfloat16,
    }
)
"""Dtypes by the format's code."""

STRIDED_LAYOUT = 7
"""Code of the only supported layout: strided (dense)."""

FOLDERS: Mapping[str, str] = MappingProxyType({"weights": "weight", "constants": "tensor"})
"""Folders with tensors, and the prefix of their members' names."""


class Pt2Weights:
    """Tensors of one network in an archive, read when first used."""

    def __init__(self, archive: Pt2Archive, model_name: str) -> None:
        """Read the lists of tensors.

        Raises
        ------
        ModelError
            A list is damaged, or has an entry that is not a raw tensor.
        """
        self._archive = archive
        self._entries: dict[str, tuple[str, JsonValue]] = {}
        self._member_bytes: dict[str, bytearray] = {}
        self._tensors: dict[str, torch.Tensor] = {}
        for folder, stem in FOLDERS.items():
            name = f"data/{folder}/model_{folder}_config.json".replace("model_", f"{model_name}_", 1)
            if archive.has(name):
                self._read_config(
                    parse_json_value(archive.read_text(name), f"{archive.path}, {name}"), folder, stem
                )

    def _read_config(self, config: JsonValue, folder: str, prefix: str) -> None:
        for name, entry in config["config"].items():
            if entry["use_pickle"].boolean():
                raise entry.error("is pickled, and could run code", "export it as plain tensors")
            member = entry["path_name"].text()
            if not re.fullmatch(rf"{prefix}_\d+", member):
                raise entry.error(f"is not a tensor but {member[:80]!r}", "export the network without it")
            if name in self._entries:
                raise entry.error("is listed twice")
            self._entries[name] = (f"data/{folder}/{member}", entry)

    def tensor(self, name: str, referring_entry: JsonValue) -> torch.Tensor:
        """Return a tensor by its name in the network; ``referring_entry`` is the entry that refers to it.

        Raises
        ------
        ModelError
            There is no such tensor, or its sizes do not fit its bytes.
        """
        if name not in self._entries:
            raise referring_entry.error(f"refers to {name[:80]!r}, which the file does not hold")
        if name not in self._tensors:
            member, entry = self._entries[name]
            if member not in self._member_bytes:
                self._member_bytes[member] = self._archive.read(member)
            self._tensors[name] = tensor_from_bytes(entry["tensor_meta"], self._member_bytes[member])
        return self._tensors[name]


def tensor_from_bytes(tensor_meta: JsonValue, content: bytearray) -> torch.Tensor:
    """Return the described tensor, which shares the memory of the bytes.

    Raises
    ------
    ModelError
        It extends beyond the bytes, or its dtype or layout is not supported.
    """
    code = tensor_meta["dtype"].integer()
    if code not in DTYPES:
        raise tensor_meta.error(f"has an unknown dtype code ({code})")
    if tensor_meta["layout"].integer() != STRIDED_LAYOUT:
        raise tensor_meta.error("is sparse or packed", "export it as plain tensors")
    dtype = DTYPES[code]
    sizes = [read_fixed_size(size) for size in tensor_meta["sizes"].list()]
    strides = [read_fixed_size(stride) for stride in tensor_meta["strides"].list()]
    offset = read_fixed_size(tensor_meta["storage_offset"])
    if len(sizes) != len(strides):
        raise tensor_meta.error(
            f"has {format_count(len(sizes), 'size')} and {format_count(len(strides), 'stride')}"
        )
    count = math.prod(sizes)
    last = offset + sum((size - 1) * stride for size, stride in zip(sizes, strides, strict=True))
    available = len(content) // dtype.itemsize
    if count and (last >= available or count > available):
        raise tensor_meta.error(f"claims the sizes {sizes}, but has bytes for only {available} values")
    if not count and any(size > available for size in sizes):
        raise tensor_meta.error(f"claims the sizes {sizes}, but has bytes for only {available} values")
    if not count:
        return torch.zeros(sizes, dtype=dtype)
    if dtype == torch.bool:
        return torch.frombuffer(content, dtype=torch.uint8).ne(0).as_strided(sizes, strides, offset)
    return torch.frombuffer(content, dtype=dtype, count=available).as_strided(sizes, strides, offset)


def read_fixed_size(size: JsonValue) -> int:
    """Return a size that is a plain, non-negative number.

    Raises
    ------
    ModelError
        It is an expression, or negative.
    """
    kind, value = size.single_item()
    if kind != "as_int" or value.integer() < 0:
        raise size.error("is not a fixed size")
    return value.integer()
