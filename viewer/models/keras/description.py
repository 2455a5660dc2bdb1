"""Layers of a Keras model as plain data, from its JSON description."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from viewer.errors import ModelError
from viewer.models.json_reader import parse_json

MAX_LAYERS = 10_000
"""Maximum number of layers."""

SEQUENTIAL, FUNCTIONAL, INPUT = "Sequential", ("Functional", "Model"), "InputLayer"

EXPORT = "export it where Keras runs: model.export('net.onnx', format='onnx'), or with tf2onnx"
"""Remedy: how to export to a file that can be read."""

Reference = tuple[str, int]
"""Output of a layer: its name, and the index of the call."""


@dataclass(frozen=True)
class KerasLayer:
    """One layer.

    Parameters
    ----------
    name
        Its name in the model.
    class_name
        Its class.
    config
        Arguments of its class.
    calls
        For every call of the layer, the outputs that it takes.
    """

    name: str
    class_name: str
    config: Mapping[str, Any]
    calls: tuple[tuple[Reference, ...], ...]


@dataclass(frozen=True)
class KerasModel:
    """Layers in the file's order, and the outputs of the model."""

    layers: tuple[KerasLayer, ...]
    outputs: tuple[Reference, ...]


def read_description(text: str, subject: str) -> KerasModel:
    """Return the layers that a model's JSON describes.

    Raises
    ------
    ModelError
        It is not a Sequential or Functional model, or a layer is not Keras' own; the message names it.
    """
    entries = parse_json(text, subject)
    reader = DescriptionReader(subject)
    try:
        return reader.read_model(entries)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise ModelError(subject, f"describes its layers in an unknown format ({error})") from error


class DescriptionReader:
    """Reader of one description."""

    def __init__(self, subject: str) -> None:
        self._subject = subject

    def read_model(self, entries: Mapping[str, Any]) -> KerasModel:
        """Return the model."""
        kind = str(entries["class_name"])
        self._check_origin(entries, kind, "the model")
        config = entries["config"]
        layer_configs = config if isinstance(config, list) else config["layers"]
        if len(layer_configs) > MAX_LAYERS:
            raise ModelError(
                self._subject, f"has {len(layer_configs):,} layers", f"at most {MAX_LAYERS:,} are read"
            )
        if kind == SEQUENTIAL:
            return self._read_sequential(layer_configs)
        if kind not in FUNCTIONAL:
            raise ModelError(
                self._subject, f"is a model of the class {kind[:60]!r}, whose code is not available", EXPORT
            )
        layers = tuple(self._read_layer(item) for item in layer_configs)
        if len({layer.name for layer in layers}) < len(layers):
            raise ModelError(self._subject, "has two layers of the same name")
        outputs = config["output_layers"]
        if outputs and isinstance(outputs[0], str):
            outputs = [outputs]
        return KerasModel(layers, tuple((str(item[0]), int(item[1])) for item in outputs))

    def _read_sequential(self, layer_configs: Sequence[Mapping[str, Any]]) -> KerasModel:
        layers: list[KerasLayer] = []
        for index, entries in enumerate(layer_configs):
            layer = self._read_layer(entries)
            shape = layer.config.get("batch_shape", layer.config.get("batch_input_shape"))
            if not index and layer.class_name != INPUT:
                layers.append(KerasLayer("input", INPUT, {"batch_shape": shape}, ((),)))
            calls = ((layers[-1].name, 0),) if layers else ()
            layers.append(KerasLayer(layer.name, layer.class_name, layer.config, (calls,)))
        return KerasModel(tuple(layers), ((layers[-1].name, 0),))

    def _read_layer(self, entries: Mapping[str, Any]) -> KerasLayer:
        config = entries["config"]
        name, kind = str(entries.get("name", config.get("name"))), str(entries["class_name"])
        self._check_origin(entries, kind, f"the layer {name[:80]!r}")
        calls = [self._read_call(entry, name) for entry in entries.get("inbound_nodes", ())]
        return KerasLayer(name, kind, config, tuple(calls) if kind != INPUT else ((),))

    def _check_origin(self, entries: Mapping[str, Any], kind: str, item: str) -> None:
        """Refuse layers whose code is not Keras' own; it would have to be run."""
        module, registered = entries.get("module"), entries.get("registered_name")
        is_keras = module is None or str(module).split(".")[0] in ("keras", "tensorflow", "tf_keras")
        if kind == "Lambda" or not is_keras or (registered not in (None, kind) and ">" in str(registered)):
            class_name = str(registered or kind)[:60]
            raise ModelError(
                self._subject, f"has custom code ({class_name}) for {item}, which is not run", EXPORT
            )

    def _read_call(self, entries: Any, name: str) -> tuple[Reference, ...]:
        """Return the outputs that one call of a layer takes, in the format of Keras 3 or Keras 2."""
        if isinstance(entries, Mapping):
            if entries.get("kwargs") and any(_list_tensors(value) for value in entries["kwargs"].values()):
                raise ModelError(self._subject, f"passes tensors to the layer {name[:80]!r} by name", EXPORT)
            return tuple(_list_tensors(entries["args"]))
        return tuple((str(entry[0]), int(entry[1])) for entry in entries)


def _list_tensors(value: Any) -> list[Reference]:
    """Return the outputs that a nested argument of Keras 3 refers to."""
    return list(_iterate_tensors(value))


def _iterate_tensors(value: Any) -> Iterator[Reference]:
    if isinstance(value, Mapping):
        if value.get("class_name") == "__keras_tensor__":
            history = value["config"]["keras_history"]
            yield str(history[0]), int(history[1])
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _iterate_tensors(item)
