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
    file = next((found for name in CONFIG_NAMES if (found := _find_config(folder, name))), None)
    if file is None:
        names = ", ".join(f"{name}.json" for name in CONFIG_NAMES)
        raise ModelError(path, f"has none of {names} in configs", "nor one of them as .yaml")
    weights = next((path / name for name in WEIGHT_FILES if is_file(path / name)), None)
    if weights is None:
        raise ModelError(path, f"has none of {', '.join(WEIGHT_FILES)}")
    entries = _read_config(file)
    name, network = _network(entries, file)
    target_path = network.pop("_target_")
    module, _, target = target_path.rpartition(".")
    if module not in ("", "monai.networks.nets") and not module.startswith("monai.networks.nets."):
        raise ModelError(file, f"{name} asks for {target_path}", "only MONAI's networks are supported")
    literals = _Literals(entries, file)
    literal = {key: literals.read(value, f"{name}.{key}") for key, value in network.items()}
    _check_target(target, literal, file, name)
    architecture, arguments = registered_equivalent(target, literal)
    metadata = _find_config(folder, "metadata")
    described = {} if metadata is None else _read_config(metadata)
    wanted, notes = read_input_spec(entries, described)
    classes = _classes(described)
    count = next(
        (literal[key] for key in OUTPUT_COUNT_ARGUMENTS if type(literal.get(key)) is int), len(classes)
    )
    card = Card(
        name=str(described.get("name") or path.name),
        architecture=architecture,
        arguments=arguments,
        classes=classes,
        kind=ModelKind.SEGMENTATION
        if "unet" in target.lower() or target in _SEGMENTATION_NETWORKS
        else ModelKind.CLASSIFICATION,
        output=read_output_kind(entries, count),
        input=wanted,
        description=_text(described, "description"),
        licence=_text(described, "license"),
        citation=_text(described, "references"),
        source="MONAI bundle",
    )
    return MonaiBundle(path, weights, target, literal, card, notes)


def _find_config(folder: Path, name: str) -> Path | None:
    """Return the file of a configuration, JSON if there is one, else YAML; None if there is neither."""
    candidates = (folder / f"{name}{ending}" for ending in CONFIG_ENDINGS)
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


def _network(entries: Mapping[str, Any], file: Path) -> tuple[str, dict[str, Any]]:
    """Return the entry that describes the network."""
    for name in NETWORK_ENTRIES:
        found = entries.get(name)
        if isinstance(found, dict) and isinstance(found.get("_target_"), str):
            return name, dict(found)
    for name in NETWORK_ENTRIES:
        if name in entries:
            remedy = "an expression would have to be run"
            raise ModelError(file, f"{name} is not a plain object with a _target_", remedy)
    raise ModelError(file, f"has none of {', '.join(NETWORK_ENTRIES)}")


class _Literals:
    """Reader of numbers, strings, and lists and objects of them; ``@name`` refers to another entry.

    Values are counted, because nested lists of references can expand to more values than fit in memory.
    """

    def __init__(self, entries: Mapping[str, Any], file: Path) -> None:
        self._entries = entries
        self._file = file
        self._left = MAX_VALUES

    def read(self, value: Any, where: str, depth: int = 0) -> Any:
        """Return a value with its references resolved.

        Raises
        ------
        ModelError
            It is an expression, a macro or an object to build, or has too many values.
        """
        file = self._file
        self._left -= 1
        if depth > 8:
            raise ModelError(file, f"{where} refers to itself")
        if self._left < 0:
            raise ModelError(file, f"{where} expands to more than {MAX_VALUES:,} values")
        if isinstance(value, str):
            if value.startswith("@"):
                name = value[1:]
                if name not in self._entries:
                    raise ModelError(file, f"{where} refers to {name!r}, which is missing")
                return self.read(self._entries[name], where, depth + 1)
            if value.startswith(("$", "%")):
                problem = f"{where} is the expression {value[:60]!r}"
                raise ModelError(file, problem, "only literal values are read")
            return value
        if isinstance(value, list):
            return [self.read(item, where, depth + 1) for item in value]
        if isinstance(value, dict):
            if any(str(key).startswith("_") for key in value):
                raise ModelError(
                    file, f"{where} describes an object to be built", "only literal values are read"
                )
            return {key: self.read(item, where, depth + 1) for key, item in value.items()}
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


def registered_equivalent(target: str, arguments: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the registered architecture that is the same network, and its arguments; empty for none."""
    given = dict(arguments)
    if target == "UNet":
        return _as_unet(given)
    if target == "DenseNet121":
        return _as_densenet(given)
    if target in RESNETS:
        block, layers = RESNETS[target]
        return _as_resnet({**given, "block": block, "layers": layers})
    if target == "ResNet":
        return _as_resnet(given)
    return "", {}


def _has_usual_values(given: dict[str, Any], usual: Mapping[str, tuple[Any, ...]]) -> bool:
    """Remove unsupported arguments, and return whether all of them have their usual values."""
    return all(given.pop(name, values[0]) in values for name, values in usual.items())


def _as_unet(given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    norm = str(given.pop("norm", "instance")).lower()
    given.pop("dropout", None)
    usual = {
        "spatial_dims": (None, 3),
        "dimensions": (3,),
        "kernel_size": (3,),
        "up_kernel_size": (3,),
        "act": ("PRELU", "prelu"),
        "bias": (True,),
        "adn_ordering": ("NDA",),
    }
    if not _has_usual_values(given, usual) or norm not in ("instance", "batch"):
        return "", {}
    ends = {"channels": given.pop("in_channels", None), "classes": given.pop("out_channels", None)}
    inner = {
        "widths": given.pop("channels", None),
        "strides": given.pop("strides", None),
        "units": given.pop("num_res_units", 0),
    }
    return ("", {}) if given else ("unet-3d", {**ends, **inner, "norm": norm})


def _as_densenet(given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    given.pop("dropout_prob", None)
    usual = {
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
    if not _has_usual_values(given, usual):
        return "", {}
    ends = {"channels": given.pop("in_channels", None), "classes": given.pop("out_channels", None)}
    return ("", {}) if given else ("densenet-121-3d", ends)


def _as_resnet(given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    kind = (given.pop("block", None), given.pop("layers", None))
    name = next((name for name, known in RESNETS.items() if known == kind), None)
    usual = {
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
    if name is None or not _has_usual_values(given, usual):
        return "", {}
    arguments = {
        "channels": given.pop("n_input_channels", 3),
        "classes": given.pop("num_classes", 400),
        "shortcut": given.pop("shortcut_type", "B"),
        "shortcut_bias": given.pop("bias_downsample", True),
        "stride": given.pop("conv1_t_stride", 1),
    }
    return ("", {}) if given else (f"resnet-{name.removeprefix('resnet')}-3d", arguments)


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
        first = str(error).strip().partition("\n")[0]
        raise ModelError(bundle.path, f"{bundle.target} cannot be built ({first})") from error
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
        numbers = [number for number in _numbers(value) if isinstance(number, int)]
        largest = MAX_LAYERS if counts else MAX_ARGUMENT
        if len(numbers) > MAX_LAYERS or any(abs(number) > largest for number in numbers):
            worst = max((abs(number) for number in numbers), default=0)
            problem = f"asks for {bundle.target} with {name} of {worst}"
            raise ModelError(bundle.path, problem, f"at most {largest} is built")


def _numbers(value: Any) -> list[int | float]:
    if isinstance(value, Mapping):
        return [number for inner in value.values() for number in _numbers(inner)]
    if isinstance(value, list):
        return [number for inner in value for number in _numbers(inner)]
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else []


def _classes(described: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the outputs, from ``network_data_format.outputs.*.channel_def``."""
    outputs: Any = described.get("network_data_format", {})
    outputs = outputs.get("outputs", {}) if isinstance(outputs, dict) else {}
    for output in outputs.values() if isinstance(outputs, dict) else ():
        named = output.get("channel_def") if isinstance(output, dict) else None
        if isinstance(named, dict) and all(str(index) in named for index in range(len(named))):
            return tuple(str(named[str(index)]) for index in range(len(named)))
    return ()


def _text(described: Mapping[str, Any], name: str) -> str:
    value = described.get(name, "")
    if isinstance(value, list):
        return "; ".join(str(item) for item in value)
    return str(value)
