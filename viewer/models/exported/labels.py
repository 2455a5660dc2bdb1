"""What an exported program takes and gives back, by its own words; read without torch."""

from __future__ import annotations

from viewer.errors import ModelError
from viewer.models.exported.entries import Entry, parsed

ONE_INPUT = (
    "a network of one input is needed: wrap it in a module that takes the image and holds the others fixed, "
    "and export that"
)


def taken(signature: Entry) -> list[str]:
    """Return the names of the tensors that the program is given."""
    names = []
    for entry in signature["input_specs"].list():
        kind, spec = entry.only()
        if kind == "user_input":
            word, value = spec["arg"].only()
            if word == "as_tensor":
                names.append(value["name"].text())
    return names


def given_back(module: Entry) -> dict[str, str]:
    """Return label and name of every tensor that the program gives back."""
    names = []
    for entry in module["signature"]["output_specs"].list():
        kind, spec = entry.only()
        if kind == "user_output":
            word, value = spec["arg"].only()
            names.append(value["name"].text() if word == "as_tensor" else None)
    labels = _labels(module, len(names))
    return {label: name for label, name in zip(labels, names, strict=True) if name is not None}


def _labels(module: Entry, count: int) -> list[str]:
    """A label for each output, as the network's own keys say where that can be read."""
    if count == 1:
        return ["output"]
    numbered = [str(index) for index in range(count)]
    entries = module["module_call_graph"].list() if module.has("module_call_graph") else []
    if not entries or not entries[0].has("signature") or entries[0]["signature"].value is None:
        return numbered
    written = entries[0]["signature"]["out_spec"]
    try:
        tree = parsed(written.text(), written.where).list()
        labels = tree_labels(tree[1], ()) if len(tree) == 2 else []
    except (ModelError, RecursionError):
        return numbered
    return labels if len(labels) == count == len(set(labels)) else numbered


def tree_labels(tree: Entry, path: tuple[str, ...]) -> list[str]:
    """Return the labels of a nested answer's leaves: keys of mappings, numbers of lists, joined by points."""
    children = tree["children_spec"].list()
    if tree["type"].value is None:
        return [".".join(path)]
    keys = [str(index) for index in range(len(children))]
    if tree["type"].text() in ("builtins.dict", "collections.OrderedDict"):
        keys = [str(key.value) for key in parsed(tree["context"].text(), tree.where).list()]
    return [
        label
        for key, child in zip(keys, children, strict=False)
        for label in tree_labels(child, (*path, key))
    ]
