"""Reader of MONAI bundles: the network that the configuration describes, read as data.

A bundle's configuration can contain expressions (``$...``) and the name of any importable object; MONAI's
own reader evaluates them. Here, the files are only parsed as JSON or YAML: the network is one object with a
``_target_`` on a fixed list, whose arguments must be numbers, strings and lists of them.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from viewer.errors import ModelError
from viewer.files import is_file
from viewer.models.json_reader import read_json
from viewer.models.model_card import Card, ModelKind
from viewer.models.monai_transforms import read_input_spec, read_output_kind

if TYPE_CHECKING:
    from torch import nn

CONFIG_NAMES = ("inference", "evaluate", "train")
CONFIG_ENDINGS = (".json", ".yaml", ".yml")
NETWORK_ENTRIES = ("network_def", "net_def", "network", "net", "model_def", "model")
OUTPUT_COUNT_ARGUMENTS = ("out_channels", "num_classes", "n_classes")
"""Arguments that define the number of outputs of a network."""
WEIGHT_FILES = ("models/model.safetensors", "models/model.pt", "models/model.pth")

RESNETS: Mapping[str, tuple[str, list[int]]] = {
    "resnet10": ("basic", [1, 1, 1, 1]),
    "resnet18": ("basic", [2, 2, 2, 2]),
    "resnet34": ("basic", [3, 4, 6, 3]),
    "resnet50": ("bottleneck", [3, 4, 6, 3]),
}

MAX_ARGUMENT = 1 << 16
"""Largest value of an argument: channels, features, or voxels along an axis."""

MAX_LAYERS = 256
"""Largest number of layers of one kind, and of numbers in a list."""

LAYER_COUNT_WORDS = ("block", "layer", "depth", "num_res_units", "num_heads")
"""Parts of names of arguments that are numbers of layers."""

MONAI_NETWORKS = frozenset(
    {
        "AttentionUnet",
        "BasicUNet",
        "BasicUNetPlusPlus",
        "Classifier",
        "DenseNet",
        "DenseNet169",
        "DenseNet201",
        "DynUNet",
        "FlexibleUNet",
        "HighResNet",
        "Regressor",
        "SegResNet",
        "SegResNetVAE",
        "SEResNet50",
        "SENet154",
        "SwinUNETR",
        "UNETR",
        "UNet",
        "ViT",
        "VNet",
    }
)
"""Networks that are built by MONAI itself, if it is installed."""

MAX_VALUES = 10_000
"""Largest number of values in a network's arguments; usual ones have about ten."""


@dataclass(frozen=True)
class MonaiBundle:
    """Network described by a bundle.

    Parameters
    ----------
    path, weights
        The folder and the weights file in it.
    target, arguments
        Class name of the network, without its module, and its literal arguments.
    card
        The card, whose architecture is empty if no registered one is the same network.
    notes
        Parts of the configuration that are not supported.
    """

    path: Path
    weights: Path
    target: str
    arguments: Mapping[str, Any]
    card: Card
    notes: tuple[str, ...] = ()


def read_bundle(path: Path) -> MonaiBundle:
    """Read the bundle in a folder.

    Raises
    ------
    ModelError
        It has no configuration, no weights, or needs a class that is not on the list or an expression.
    """
    folder = path / "configs"
    file = next((config for name in CONFIG_NAMES if (config := _find_config(folder, name))), None)
    if file is None:
        names = ", ".join(f"{name}.json" for name in CONFIG_NAMES)
        raise ModelError(path, f"has none of {names} in configs", "nor one of them as .yaml")
    weights = next((path / name for name in WEIGHT_FILES if is_file(path / name)), None)
    if weights is None:
        raise ModelError(path, f"has none of {', '.join(WEIGHT_FILES)}")
    entries = _read_config(file)
    name, network = _network_entry(entries, file)
    target_path = network.pop("_target_")
    module, _, target = target_path.rpartition(".")
    if module not in ("", "monai.networks.nets") and not module.startswith("monai.networks.nets."):
        raise ModelError(file, f"{name} asks for {target_path}", "only MONAI's networks are supported")
    literals = _LiteralReader(entries, file)
    literal = {key: literals.read(value, f"{name}.{key}") for key, value in network.items()}
    _check_target(target, literal, file, name)
    architecture, arguments = find_registered_equivalent(target, literal)
    metadata = _find_config(folder, "metadata")
    bundle_metadata = {} if metadata is None else _read_config(metadata)
    spec, notes = read_input_spec(entries, bundle_metadata)
    classes = _read_class_names(bundle_metadata)
    count = next(
        (literal[key] for key in OUTPUT_COUNT_ARGUMENTS if type(literal.get(key)) is int), len(classes)
    )
    card = Card(
        name=str(bundle_metadata.get("name") or path.name),
        architecture=architecture,
        arguments=arguments,
        classes=classes,
        kind=ModelKind.SEGMENTATION
        if "unet" in target.lower() or target in _SEGMENTATION_NETWORKS
        else ModelKind.CLASSIFICATION,
        output=read_output_kind(entries, count),
        input=spec,
        description=_read_text(bundle_metadata, "description"),
        licence=_read_text(bundle_metadata, "license"),
        citation=_read_text(bundle_metadata, "references"),
        source="MONAI bundle",
    )
    return MonaiBundle(path, weights, target, literal, card, notes)


def _find_config(folder: Path, name: str) -> Path | None:
    """Return the file of a configuration, JSON if there is one, else YAML; None if there is neither."""
    candidates = (folder / f"{name}{suffix}" for suffix in CONFIG_ENDINGS)
    return next((file for file in candidates if is_file(file)), None)


def _read_config(file: Path) -> dict[str, Any]:
    """Return the entries of a configuration. Raises ModelError if it cannot be read."""
    if file.suffix == ".json":
        return read_json(file)
    from viewer.models.yaml_reader import read_yaml

    return read_yaml(file)


_SEGMENTATION_NETWORKS = frozenset(
    {"DynUNet", "HighResNet", "SegResNet", "SegResNetVAE", "SwinUNETR", "UNETR", "VNet"}
)


def _network_entry(entries: Mapping[str, Any], file: Path) -> tuple[str, dict[str, Any]]:
    """Return the entry that describes the network."""
    for name in NETWORK_ENTRIES:
        entry = entries.get(name)
        if isinstance(entry, dict) and isinstance(entry.get("_target_"), str):
            return name, dict(entry)
    for name in NETWORK_ENTRIES:
        if name in entries:
            remedy = "an expression would have to be run"
            raise ModelError(file, f"{name} is not a plain object with a _target_", remedy)
    raise ModelError(file, f"has none of {', '.join(NETWORK_ENTRIES)}")


class _LiteralReader:
    """Reader of numbers, strings, and lists and objects of them; ``@name`` refers to another entry.

    Values are counted, because nested lists of references can expand to more values than fit in memory.
    """

    def __init__(self, entries: Mapping[str, Any], file: Path) -> None:
        self._entries = entries
        self._file = file
        self._remaining_values = MAX_VALUES

    def read(self, value: Any, location: str, depth: int = 0) -> Any:
        """Return a value with its references resolved.

        Raises
        ------
        ModelError
            It is an expression, a macro or an object to build, or has too many values.
        """
        file = self._file
        self._remaining_values -= 1
        if depth > 8:
            raise ModelError(file, f"{location} refers to itself")
        if self._remaining_values < 0:
            raise ModelError(file, f"{location} expands to more than {MAX_VALUES:,} values")
        if isinstance(value, str):
            if value.startswith("@"):
                name = value[1:]
                if name not in self._entries:
                    raise ModelError(file, f"{location} refers to {name!r}, which is missing")
                return self.read(self._entries[name], location, depth + 1)
            if value.startswith(("$", "%")):
                problem = f"{location} is the expression {value[:60]!r}"
                raise ModelError(file, problem, "only literal values are read")
            return value
        if isinstance(value, list):
            return [self.read(item, location, depth + 1) for item in value]
        if isinstance(value, dict):
            if any(str(key).startswith("_") for key in value):
                raise ModelError(
                    file, f"{location} describes an object to be built", "only literal values are read"
                )
            return {key: self.read(item, location, depth + 1) for key, item in value.items()}
        return value


def _check_target(target: str, arguments: Mapping[str, Any], file: Path, name: str) -> None:
    if target not in MONAI_NETWORKS and target not in RESNETS and target not in ("DenseNet121", "ResNet"):
        raise ModelError(file, f"{name} asks for {target}, which is not on the list of networks")
    for key, value in arguments.items():
        if key.startswith("_"):
            raise ModelError(file, f"{name} has the entry {key}", "only a target and its arguments are read")
        if key.startswith(("pretrained", "load")) and value:
            problem = f"{name}.{key} would fetch weights"
            raise ModelError(file, problem, "set it to false; the bundle has its own")


def find_registered_equivalent(target: str, arguments: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the registered architecture that is the same network, and its arguments; empty for none."""
    remaining = dict(arguments)
    if target == "UNet":
        return _as_unet(remaining)
    if target == "DenseNet121":
        return _as_densenet(remaining)
    if target in RESNETS:
        block, layers = RESNETS[target]
        return _as_resnet({**remaining, "block": block, "layers": layers})
    if target == "ResNet":
        return _as_resnet(remaining)
    return "", {}


def _has_default_values(remaining: dict[str, Any], defaults: Mapping[str, tuple[Any, ...]]) -> bool:
    """Remove unsupported arguments, and return whether all of them have their usual values."""
    return all(remaining.pop(name, values[0]) in values for name, values in defaults.items())


def _as_unet(remaining: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    norm = str(remaining.pop("norm", "instance")).lower()
    remaining.pop("dropout", None)
    defaults = {
        "spatial_dims": (None, 3),
        "dimensions": (3,),
        "kernel_size": (3,),
        "up_kernel_size": (3,),
        "act": ("PRELU", "prelu"),
        "bias": (True,),
        "adn_ordering": ("NDA",),
    }
    if not _has_default_values(remaining, defaults) or norm not in ("instance", "batch"):
        return "", {}
    io_arguments = {
        "channels": remaining.pop("in_channels", None),
        "classes": remaining.pop("out_channels", None),
    }
    body_arguments = {
        "widths": remaining.pop("channels", None),
        "strides": remaining.pop("strides", None),
        "units": remaining.pop("num_res_units", 0),
    }
    return ("", {}) if remaining else ("unet-3d", {**io_arguments, **body_arguments, "norm": norm})


def _as_densenet(remaining: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    remaining.pop("dropout_prob", None)
    defaults = {
        "spatial_dims": (None, 3),
        "init_features": (64,),
        "growth_rate": (32,),
        "block_config": ([6, 12, 24, 16],),
        "pretrained": (False,),
        "progress": (True, False),
        "bn_size": (4,),
        "act": ("relu", "RELU", ["relu", {"inplace": True}]),
        "norm": ("batch", "BATCH"),
    }
    if not _has_default_values(remaining, defaults):
        return "", {}
    io_arguments = {
        "channels": remaining.pop("in_channels", None),
        "classes": remaining.pop("out_channels", None),
    }
    return ("", {}) if remaining else ("densenet-121-3d", io_arguments)


def _as_resnet(remaining: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    kind = (remaining.pop("block", None), remaining.pop("layers", None))
    name = next((name for name, signature in RESNETS.items() if signature == kind), None)
    defaults = {
        "spatial_dims": (3,),
        "block_inplanes": ([64, 128, 256, 512],),
        "conv1_t_size": (7, [7, 7, 7]),
        "no_max_pool": (False,),
        "widen_factor": (1.0,),
        "feed_forward": (True,),
        "pretrained": (False,),
        "progress": (True, False),
        "act": ("relu", ["relu", {"inplace": True}]),
        "norm": ("batch",),
    }
    if name is None or not _has_default_values(remaining, defaults):
        return "", {}
    arguments = {
        "channels": remaining.pop("n_input_channels", 3),
        "classes": remaining.pop("num_classes", 400),
        "shortcut": remaining.pop("shortcut_type", "B"),
        "shortcut_bias": remaining.pop("bias_downsample", True),
        "stride": remaining.pop("conv1_t_stride", 1),
    }
    return ("", {}) if remaining else (f"resnet-{name.removeprefix('resnet')}-3d", arguments)


def build_monai_network(bundle: MonaiBundle) -> nn.Module:
    """Build a network that only MONAI has, on the meta device.

    Raises
    ------
    ModelError
        MONAI is not installed or does not accept the arguments, or they are too large.
    """
    check_arguments(bundle)
    try:
        nets = importlib.import_module("monai.networks.nets")
    except ImportError as error:
        raise ModelError(
            bundle.path, f"requires MONAI's {bundle.target}, but MONAI is not installed", "pip install monai"
        ) from error
    from viewer.models.empty_weights import InitEmptyWeights

    try:
        with InitEmptyWeights():
            network: nn.Module = getattr(nets, bundle.target)(**bundle.arguments)
    except Exception as error:
        # MONAI raises exceptions of many types for wrong arguments.
        message = str(error).strip().partition("\n")[0]
        raise ModelError(bundle.path, f"{bundle.target} cannot be built ({message})") from error
    return network.eval()


def check_arguments(bundle: MonaiBundle) -> None:
    """Refuse excessive arguments before memory is allocated or time spent.

    Raises
    ------
    ModelError
        A number is too large, or there are too many of them; the message names the argument.
    """
    for name, value in bundle.arguments.items():
        counts = any(word in name for word in LAYER_COUNT_WORDS)
        numbers = [number for number in _list_numbers(value) if isinstance(number, int)]
        limit = MAX_LAYERS if counts else MAX_ARGUMENT
        if len(numbers) > MAX_LAYERS or any(abs(number) > limit for number in numbers):
            maximum = max((abs(number) for number in numbers), default=0)
            problem = f"asks for {bundle.target} with {name} of {maximum}"
            raise ModelError(bundle.path, problem, f"at most {limit} is built")


def _list_numbers(value: Any) -> list[int | float]:
    if isinstance(value, Mapping):
        return [number for item in value.values() for number in _list_numbers(item)]
    if isinstance(value, list):
        return [number for item in value for number in _list_numbers(item)]
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else []


def _read_class_names(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the outputs, from ``network_data_format.outputs.*.channel_def``."""
    outputs: Any = metadata.get("network_data_format", {})
    outputs = outputs.get("outputs", {}) if isinstance(outputs, dict) else {}
    for output in outputs.values() if isinstance(outputs, dict) else ():
        definitions = output.get("channel_def") if isinstance(output, dict) else None
        if isinstance(definitions, dict) and all(
            str(index) in definitions for index in range(len(definitions))
        ):
            return tuple(str(definitions[str(index)]) for index in range(len(definitions)))
    return ()


def _read_text(metadata: Mapping[str, Any], name: str) -> str:
    value = metadata.get(name, "")
    if isinstance(value, list):
        return "; ".join(str(item) for item in value)
    return str(value)
