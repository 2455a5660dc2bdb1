"""Tensors, inputs and outputs listed in an exported program; read without torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from viewer.errors import ModelError
from viewer.models.json_reader import parse_json
from viewer.models.output_selection import OutputCandidate
from viewer.models.pt2.archive import Pt2Archive
from viewer.models.pt2.json_value import JsonValue, parse_json_value
from viewer.models.tensor_info import TensorInfo

DTYPE_NAMES = {
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
"""Names of dtypes by the format's code."""


def read_tensor_info(path: Path) -> dict[str, TensorInfo]:
    """Return the description of every tensor by name.

    Raises
    ------
    ModelError
        The file is damaged, of another version, or would have to be executed.
    """
    infos: dict[str, TensorInfo] = {}
    with Pt2Archive(path) as archive:
        for folder in ("weights", "constants"):
            member = f"data/{folder}/{archive.model_name}_{folder}_config.json"
            if archive.has(member):
                config = parse_json(archive.read_text(member), f"{path}, {member}").get("config", {})
                first: dict[object, str] = {}
                for name, entry in config.items() if isinstance(config, dict) else ():
                    tensor = _parse_tensor_info(entry, name, path)
                    path_name = entry.get("path_name")
                    owner = first.setdefault(path_name, name) if isinstance(path_name, str) else name
                    infos[name] = tensor if owner == name else replace(tensor, shares_with=owner)
    return infos


def read_signature(path: Path) -> tuple[dict[str, int], list[OutputCandidate]]:
    """Return the number of axes of each of the program's inputs by its name, and its outputs.

    Raises
    ------
    ModelError
        The file is damaged, or of another version.
    """
    with Pt2Archive(path) as archive:
        member = f"models/{archive.model_name}.json"
        module = parse_json_value(archive.read_text(member), f"{path}, {member}")["graph_module"]
    values = module["graph"]["tensor_values"]
    outputs = []
    for label, name in read_named_outputs(module).items():
        sizes = values[name]["sizes"].list() if values.has(name) else []
        shape = tuple(size["as_int"].integer() if size.has("as_int") else None for size in sizes)
        outputs.append(OutputCandidate(label, shape))
    names = read_input_names(module["signature"])
    return {name: len(values[name]["sizes"].list()) if values.has(name) else 0 for name in names}, outputs


def _parse_tensor_info(entry: Any, name: str, path: Path) -> TensorInfo:
    entry = entry if isinstance(entry, dict) else {}
    if entry.get("use_pickle") is not False:
        raise ModelError(path, f"holds {name[:80]!r} as a pickle, which could run code")
    meta = entry.get("tensor_meta")
    kind, sizes = (meta.get("dtype"), meta.get("sizes")) if isinstance(meta, dict) else (None, None)
    entries = sizes if isinstance(sizes, list) else [None]
    shape = [size.get("as_int") if isinstance(size, dict) else None for size in entries]
    is_valid = all(type(size) is int and 0 <= size < 2**63 for size in shape)
    if type(kind) is not int or kind not in DTYPE_NAMES or len(shape) > 16 or not is_valid:
        raise ModelError(path, f"lists {name[:80]!r} without a valid dtype or shape")
    return TensorInfo(DTYPE_NAMES[kind], tuple(size for size in shape if size is not None))


INPUTS_REMEDY = (
    "images of one size, and numbers beside them, can be explained: wrap it in a module that takes those and "
    "holds the others fixed, and export that"
)


def describe_unsupported_inputs(axis_counts: Mapping[str, int]) -> str:
    """Return the problem with a program's inputs, from their numbers of axes; empty if there is none.

    A single tensor may be anything; of several, at least one must be an image, and none a single number.
    """
    if len(axis_counts) == 1 or (
        any(count > 2 for count in axis_counts.values()) and all(axis_counts.values())
    ):
        return ""
    names = f" ({', '.join(axis_counts)})" if axis_counts else ""
    return f"takes {len(axis_counts)} tensors{names}"


def read_input_names(signature: JsonValue) -> list[str]:
    """Return the names of the program's input tensors."""
    names = []
    for entry in signature["input_specs"].list():
        kind, spec = entry.single_item()
        if kind == "user_input":
            tag, value = spec["arg"].single_item()
            if tag == "as_tensor":
                names.append(value["name"].text())
    return names


def read_named_outputs(module: JsonValue) -> dict[str, str]:
    """Return label and name of every tensor that the program returns."""
    names = []
    for entry in module["signature"]["output_specs"].list():
        kind, spec = entry.single_item()
        if kind == "user_output":
            tag, value = spec["arg"].single_item()
            names.append(value["name"].text() if tag == "as_tensor" else None)
    labels = _read_output_labels(module, len(names))
    return {label: name for label, name in zip(labels, names, strict=True) if name is not None}


def _read_output_labels(module: JsonValue, count: int) -> list[str]:
    """Return a label for each output: the network's own keys if they can be read, else its index."""
    if count == 1:
        return ["output"]
    numbered = [str(index) for index in range(count)]
    entries = module["module_call_graph"].list() if module.has("module_call_graph") else []
    if not entries or not entries[0].has("signature") or entries[0]["signature"].value is None:
        return numbered
    out_spec = entries[0]["signature"]["out_spec"]
    try:
        tree = parse_json_value(out_spec.text(), out_spec.location).list()
        labels = list_leaf_labels(tree[1], ()) if len(tree) == 2 else []
    except (ModelError, RecursionError):
        return numbered
    return labels if len(labels) == count == len(set(labels)) else numbered


def list_leaf_labels(tree_spec: JsonValue, path: tuple[str, ...]) -> list[str]:
    """Return the labels of a nested output's leaves: keys of mappings, indices of lists, joined by dots."""
    children = tree_spec["children_spec"].list()
    if tree_spec["type"].value is None:
        return [".".join(path)]
    keys = [str(index) for index in range(len(children))]
    if tree_spec["type"].text() in ("builtins.dict", "collections.OrderedDict"):
        keys = [
            str(key.value) for key in parse_json_value(tree_spec["context"].text(), tree_spec.location).list()
        ]
    return [
        label
        for key, child in zip(keys, children, strict=False)
        for label in list_leaf_labels(child, (*path, key))
    ]
