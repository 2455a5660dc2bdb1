"""The tensors that an exported program lists, takes and gives back, read without torch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from viewer.errors import ModelError
from viewer.models.answers import Candidate
from viewer.models.entries import parse_json
from viewer.models.exported.archive import Archive
from viewer.models.exported.entries import parsed
from viewer.models.exported.labels import given_back, taken
from viewer.models.tensors import Tensor

KINDS = {
    1: "uint8",
    2: "int8",
    3: "int16",
    4: "int32",
    5: "int64",
    6: "float16",
    7: "float32",
    8: "float64",
    12: "bool",
    13: "bfloat16",
}
"""Kinds of number by the format's code."""


def tensors_in(path: Path) -> dict[str, Tensor]:
    """Name to tensor.

    Raises
    ------
    ModelError
        The file is damaged, of another version, or holds what would have to be run.
    """
    found: dict[str, Tensor] = {}
    with Archive(path) as archive:
        for folder in ("weights", "constants"):
            member = f"data/{folder}/{archive.model}_{folder}_config.json"
            if archive.has(member):
                listed = parse_json(archive.text(member), f"{path}, {member}").get("config", {})
                first: dict[object, str] = {}
                for name, entry in listed.items() if isinstance(listed, dict) else ():
                    tensor = _tensor(entry, name, path)
                    place = entry.get("path_name")
                    owner = first.setdefault(place, name) if isinstance(place, str) else name
                    found[name] = tensor if owner == name else replace(tensor, shares=owner)
    return found


def ends_of(path: Path) -> tuple[list[str], list[Candidate]]:
    """Return the names of the tensors that the program takes, and those that it gives back.

    Raises
    ------
    ModelError
        The file is damaged, or of another version.
    """
    with Archive(path) as archive:
        member = f"models/{archive.model}.json"
        module = parsed(archive.text(member), f"{path}, {member}")["graph_module"]
    values = module["graph"]["tensor_values"]
    outputs = []
    for label, name in given_back(module).items():
        sizes = values[name]["sizes"].list() if values.has(name) else []
        shape = tuple(size["as_int"].whole() if size.has("as_int") else None for size in sizes)
        outputs.append(Candidate(label, shape))
    return taken(module["signature"]), outputs


def _tensor(entry: Any, name: str, path: Path) -> Tensor:
    entry = entry if isinstance(entry, dict) else {}
    if entry.get("use_pickle") is not False:
        raise ModelError(path, f"holds {name[:80]!r} as a pickle, which could run code")
    meta = entry.get("tensor_meta")
    kind, sizes = (meta.get("dtype"), meta.get("sizes")) if isinstance(meta, dict) else (None, None)
    listed = sizes if isinstance(sizes, list) else [None]
    shape = [size.get("as_int") if isinstance(size, dict) else None for size in listed]
    whole = all(type(size) is int and 0 <= size < 2**63 for size in shape)
    if type(kind) is not int or kind not in KINDS or len(shape) > 16 or not whole:
        raise ModelError(path, f"lists {name[:80]!r} without a proper kind or shape")
    return Tensor(KINDS[kind], tuple(size for size in shape if size is not None))
