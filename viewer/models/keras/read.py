"""Reader of Keras files: the archives of Keras 3 and the HDF5 files of Keras 2 and 3."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from viewer.errors import ModelError
from viewer.files import check_regular
from viewer.models.formats import ModelFormat, detect_format, open_archive, read_member
from viewer.models.json_reader import parse_json
from viewer.models.keras.description import KerasModel, read_description
from viewer.models.keras.hdf5 import Hdf5File, open_hdf5
from viewer.models.keras.translation import KerasTranslator
from viewer.models.onnx.onnx_file import OnnxFile


def read_keras(path: Path) -> OnnxFile:
    """Return the network in a ``.keras`` or ``.h5`` file; nothing in the file is executed.

    It takes the channels first, (N, C, spatial...), regardless of the file's order of axes.

    Raises
    ------
    ModelError
        The file is damaged, holds only weights, or has layers that are not supported or need custom code;
        the message names them.
    """
    subject = str(path)
    if detect_format(path) is ModelFormat.KERAS:
        with _open_keras(path) as (description, version, weights):
            model = read_description(description, subject)
            return _translate(model, _read_numbered_weights(model, weights), version, subject)
    with open_hdf5(path, check_regular(path, ModelError), subject) as weights:
        text = weights.read_text("", "model_config")
        if text is None:
            raise ModelError(path, "holds no Keras network", "save the whole model: model.save('net.keras')")
        model = read_description(text, subject)
        version = weights.read_text("", "keras_version") or "2"
        return _translate(model, _read_named_weights(model, weights), version, subject)


@contextmanager
def _open_keras(path: Path) -> Iterator[tuple[str, str, Hdf5File]]:
    """Open a ``.keras`` archive; yield its description, the version of Keras, and its weights."""
    with open_archive(path) as archive:
        members = {member.filename: member for member in archive.infolist()}
        missing = next(
            (member for member in ("config.json", "model.weights.h5") if member not in members), None
        )
        if missing is not None:
            raise ModelError(path, f"lacks {missing}", "save the whole model: model.save('net.keras')")

        def read_bytes(name: str) -> bytes:
            return read_member(archive, members[name], f"{path}, {name}")

        description = read_bytes("config.json").decode("utf-8", "replace")
        metadata = parse_json(read_bytes("metadata.json"), path) if "metadata.json" in members else {}
        content = read_bytes("model.weights.h5")
        with open_hdf5(content, len(content), f"{path}, model.weights.h5") as weights:
            yield description, str(metadata.get("keras_version", "3")), weights


def _translate(
    model: KerasModel, weights: dict[str, list[NDArray[Any]]], version: str, subject: str
) -> OnnxFile:
    return KerasTranslator(model, weights, version.startswith(("0", "1", "2")), subject).to_onnx(
        f"Keras {version}"
    )


def _read_numbered_weights(model: KerasModel, weights: Hdf5File) -> dict[str, list[NDArray[Any]]]:
    """Return the weights by layer from a ``.keras`` file, whose groups are numbered within each class."""
    counts: Counter[str] = Counter()
    arrays = {}
    for layer in model.layers:
        kind = _to_snake_case(layer.class_name)
        group = f"layers/{kind}_{counts[kind]}" if counts[kind] else f"layers/{kind}"
        counts[kind] += 1
        layer_name = weights.read_text(f"{group}/vars", "name")
        if layer_name is not None and layer_name != layer.name and layer.class_name != "InputLayer":
            raise weights.error(
                group, f"has the weights of {layer_name[:80]!r} instead of {layer.name[:80]!r}"
            )
        arrays[layer.name] = list(_iterate_numbered_arrays(weights, group))
    return arrays


def _iterate_numbered_arrays(weights: Hdf5File, group: str) -> Iterator[NDArray[Any]]:
    index = 0
    while weights.has(f"{group}/vars/{index}"):
        yield weights.read_array(f"{group}/vars/{index}")
        index += 1


def _read_named_weights(model: KerasModel, weights: Hdf5File) -> dict[str, list[NDArray[Any]]]:
    """Return the weights by layer from an ``.h5`` file, whose groups list their arrays."""
    root = "model_weights" if weights.has("model_weights") else ""
    arrays = {}
    for layer in model.layers:
        group = f"{root}/{layer.name}"
        names = weights.read_texts(group, "weight_names") or []
        arrays[layer.name] = [weights.read_array(f"{group}/{name}") for name in names]
    return arrays


def _to_snake_case(name: str) -> str:
    """Return the name of a class as in Keras' names of groups: ``Conv3D`` is ``conv3d``."""
    spaced = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", spaced).lower()
