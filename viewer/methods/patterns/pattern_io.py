"""Read and write patterns, and the sums of an incomplete fit, as safetensors files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from viewer.errors import ModelError
from viewer.files import expand_user
from viewer.methods.patterns.estimators import LayerPatterns, RunningSums
from viewer.methods.patterns.layers import NeuronLayer, PaddingMode, Tensor
from viewer.models.json_reader import parse_json
from viewer.models.safetensors_header import read_header
from viewer.scans.atomic_write import atomic_write

if TYPE_CHECKING:
    from viewer.models.model import Model

METADATA_KEY = "patterns"
TENSORS = ("linear", "positive", "negative", "active", "dead", "tiny")
SUMS = tuple(entry.name for entry in fields(RunningSums))
REFIT_HINT = "fit them to this network with saliency-viewer patterns fit"


@dataclass(frozen=True)
class PatternOrigin:
    """Network and scans that patterns were fitted to.

    Parameters
    ----------
    model, hash
        Name and SHA-256 of the network.
    padding
        Whether patches that overlap the zero padding were counted.
    dtype
        Data type that the network was run in, such as float32.
    scans
        Name and SHA-256 of every scan, in order.
    """

    model: str
    hash: str
    padding: PaddingMode
    dtype: str = "float32"
    scans: tuple[tuple[str, str], ...] = ()

    def check_model(self, model: Model, path: Path) -> None:
        """Check that the patterns belong to this network.

        Raises
        ------
        ModelError
            The patterns belong to another network.
        """
        if self.hash != model.hash:
            raise ModelError(path, f"belongs to {self.model}, not to this {model.card.name}", REFIT_HINT)


@dataclass(frozen=True)
class LayerEntry:
    """Metadata of a layer in a file."""

    key: str
    place: str
    patches: int


@dataclass(frozen=True, eq=False)
class Patterns:
    """Patterns of all layers of one network."""

    origin: PatternOrigin
    layers: tuple[LayerPatterns, ...]

    def notes(self) -> tuple[str, ...]:
        """Return a note for each layer with neurons whose pattern could not be estimated."""
        return tuple(line for layer in self.layers if (line := layer.note()))

    def for_layer(self, layer: NeuronLayer) -> LayerPatterns:
        """Return the patterns of a layer of the graph.

        Raises
        ------
        ModelError
            There are none, or they have another shape.
        """
        for candidate in self.layers:
            if candidate.key == layer.key and candidate.positive.shape == layer.weight.shape:
                return candidate
        raise ModelError(
            f"patterns of {self.origin.model}", f"has none that fit {layer.node.label}", REFIT_HINT
        )

    def save(self, path: Path) -> None:
        """Write a safetensors file, with patterns in float32.

        Raises
        ------
        ModelError
            It cannot be written.
        """
        tensors = {
            f"{layer.key}/{name}": _to_float32(getattr(layer, name))
            for layer in self.layers
            for name in TENSORS
        }
        layers = [LayerEntry(layer.key, layer.label, layer.patches) for layer in self.layers]
        _write(path, tensors, "patterns", self.origin, layers)


def load_patterns(path: str | Path) -> Patterns:
    """Read patterns from a file written by `Patterns.save`.

    Raises
    ------
    ModelError
        The file is of another kind, damaged, or incomplete.
    """
    path = expand_user(path, ModelError)
    origin, entries, tensors = _read(path, "patterns", TENSORS)
    layers = []
    for entry in entries:
        key, layer_tensors = entry.key, tensors[entry.key]
        shape = layer_tensors["positive"].shape
        same_shape = all(layer_tensors[name].shape == shape for name in ("linear", "negative"))
        if not same_shape or any(
            layer_tensors[name].shape != shape[:2] for name in ("active", "dead", "tiny")
        ):
            raise ModelError(path, f"holds tensors of different shapes for {key}", "fit them again")
        layers.append(LayerPatterns(key, entry.place, **layer_tensors, patches=entry.patches))
    return Patterns(origin, tuple(layers))


def save_sums(path: Path, origin: PatternOrigin, sums: Mapping[str, RunningSums]) -> None:
    """Write the current sums, from which a fit can be resumed exactly.

    Raises
    ------
    ModelError
        It cannot be written.
    """
    tensors = {
        f"{key}/{name}": tensor
        for key, layer_sums in sums.items()
        for name, tensor in layer_sums.as_tensors().items()
    }
    layers = [LayerEntry(key, key, 0) for key in sums]
    _write(path, tensors, "sums", origin, layers)


def load_sums(path: Path, layers: Sequence[NeuronLayer]) -> tuple[PatternOrigin, dict[str, RunningSums]]:
    """Read what `save_sums` wrote for these layers.

    Raises
    ------
    ModelError
        The file is of another kind, damaged, or belongs to other layers.
    """
    origin, entries, tensors = _read(path, "sums", SUMS)
    expected = {layer.key: layer.weight.shape for layer in layers}
    loaded = {entry.key: RunningSums(**tensors[entry.key]) for entry in entries}
    if {key: layer_sums.xy.shape for key, layer_sums in loaded.items()} != expected:
        raise ModelError(path, "holds sums of other layers", "delete it, and fit from the beginning")
    return origin, loaded


def _to_float32(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.is_floating_point() else tensor


def _write(
    path: Path, tensors: Mapping[str, Tensor], kind: str, origin: PatternOrigin, layers: Sequence[LayerEntry]
) -> None:
    from safetensors.torch import save

    metadata = {
        "kind": kind,
        "model": origin.model,
        "hash": origin.hash,
        "padding": str(origin.padding),
        "numbers": origin.dtype,
        "scans": [{"name": name, "hash": digest} for name, digest in origin.scans],
        "layers": [asdict(entry) for entry in layers],
    }
    contiguous = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    content = save(contiguous, {METADATA_KEY: json.dumps(metadata, ensure_ascii=False)})
    try:
        with atomic_write(path) as file:
            file.write(content)
    except OSError as error:
        raise ModelError(path, f"cannot be written ({error.strerror})") from error


def _read(
    path: Path, kind: str, names: tuple[str, ...]
) -> tuple[PatternOrigin, list[LayerEntry], dict[str, dict[str, Tensor]]]:
    """Return the metadata, the layers' entries, and their tensors, all checked for presence and type."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    header = read_header(path)
    if METADATA_KEY not in header.metadata:
        raise ModelError(path, "holds no patterns", "make some with saliency-viewer patterns fit")
    metadata = parse_json(header.metadata[METADATA_KEY], path)
    if metadata.get("kind") != kind:
        raise ModelError(path, f"holds {metadata.get('kind')}, not {kind}", "is it the right file?")
    try:
        scans = tuple((str(scan["name"]), str(scan["hash"])) for scan in metadata["scans"])
        padding, numbers = PaddingMode(metadata["padding"]), str(metadata["numbers"])
        origin = PatternOrigin(str(metadata["model"]), str(metadata["hash"]), padding, numbers, scans)
        entries = [
            LayerEntry(str(entry["key"]), str(entry["place"]), int(entry["patches"]))
            for entry in metadata["layers"]
        ]
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ModelError(path, f"has incomplete metadata ({error})", "fit the patterns again") from error
    for entry in entries:
        for name in names:
            stored = header.tensors.get(f"{entry.key}/{name}")
            is_flag = name in ("dead", "tiny")
            if (
                stored is None
                or (stored.dtype == "bool") != is_flag
                or (not is_flag and "float" not in stored.dtype)
            ):
                raise ModelError(path, f"holds no {name} of {entry.key}", "fit the patterns again")
    try:
        flat = load_file(path, device="cpu")
    except (SafetensorError, OSError, RuntimeError, ValueError, TypeError, KeyError) as error:
        raise ModelError(path, f"cannot be loaded ({error})", "fit the patterns again") from error
    tensors = {entry.key: {name: flat[f"{entry.key}/{name}"] for name in names} for entry in entries}
    if not all(
        bool(torch.isfinite(tensor).all())
        for layer_tensors in tensors.values()
        for tensor in layer_tensors.values()
    ):
        raise ModelError(path, "holds numbers that are not finite", "fit the patterns again")
    return origin, entries, tensors
