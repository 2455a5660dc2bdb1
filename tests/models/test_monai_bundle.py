"""MONAI bundles: read as data, followed where a registered network is the same, refused by name elsewhere."""

from __future__ import annotations

import json
import os
import sys
import types
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from viewer.errors import ModelError
from viewer.models.architectures.registry import find_architecture
from viewer.models.formats import ModelFormat
from viewer.models.input_spec import IntensityScaling, IntensitySpec, Placement
from viewer.models.inspect import inspect
from viewer.models.loading import load_model, load_state
from viewer.models.model_card import Card, ModelKind
from viewer.models.monai_bundle import MonaiBundle, build_monai_network, read_bundle
from viewer.models.output_kind import OutputKind

UNET: dict[str, Any] = {
    "_target_": "UNet",
    "spatial_dims": 3,
    "in_channels": 1,
    "out_channels": 2,
    "channels": [4, 8, 8],
    "strides": [2, 2],
    "num_res_units": 2,
    "norm": "batch",
}

STEPS: list[dict[str, Any]] = [
    {"_target_": "LoadImaged", "keys": "image"},
    {"_target_": "EnsureChannelFirstd", "keys": "image"},
    {"_target_": "Orientationd", "keys": "image", "axcodes": "RAS"},
    {"_target_": "Spacingd", "keys": "image", "pixdim": [1.5, 1.5, 2.0], "mode": "bilinear"},
    {
        "_target_": "ScaleIntensityRanged",
        "keys": "image",
        "a_min": -57,
        "a_max": 164,
        "b_min": 0,
        "b_max": 1,
        "clip": True,
    },
    {"_target_": "EnsureTyped", "keys": "image"},
]

METADATA = {
    "name": "Spleen",
    "description": "Finds the spleen.",
    "references": ["A paper.", "Another."],
    "network_data_format": {
        "inputs": {"image": {"num_channels": 1}},
        "outputs": {"pred": {"channel_def": {"0": "background", "1": "spleen"}}},
    },
}


def _bundle(folder: Path, network: Any = UNET, steps: Any = STEPS, **entries: Any) -> Path:
    path = folder / "spleen"
    (path / "configs").mkdir(parents=True, exist_ok=True)
    (path / "models").mkdir(exist_ok=True)
    configuration = {"network_def": network, "preprocessing": {"_target_": "Compose", "transforms": steps}}
    (path / "configs" / "inference.json").write_text(json.dumps({**configuration, **entries}))
    (path / "configs" / "metadata.json").write_text(json.dumps(METADATA))
    torch.save({f"model.{name}": tensor for name, tensor in _network().state_dict().items()}, path / WEIGHTS)
    return path


WEIGHTS = "models/model.pt"
ARGUMENTS = {"classes": 2, "widths": (4, 8, 8), "strides": (2, 2), "units": 2, "norm": "batch"}


def _network() -> torch.nn.Module:
    torch.manual_seed(2)
    return find_architecture("unet-3d", "test").build(ARGUMENTS, "test")


def test_a_bundle_is_loaded_as_the_registered_network(tmp_path: Path, environment: str) -> None:
    path = _bundle(tmp_path, network=UNET | {"in_channels": "@channels"}, channels=1)
    model = load_model(path)
    x = torch.randn(1, 1, 16, 12, 16)
    with torch.no_grad():
        assert torch.equal(model.logits(x), _network()(x))
    card = model.card
    assert (card.name, card.architecture, card.kind) == ("Spleen", "unet-3d", ModelKind.SEGMENTATION)
    assert card.classes == ("background", "spleen")
    assert card.citation == "A paper.; Another."
    assert card.input is not None
    assert card.input.placement is Placement.FOREGROUND
    assert card.input.spacing == (1.5, 1.5, 2.0)
    assert card.input.intensity == IntensitySpec(IntensityScaling.BOUNDS, bounds=(-57.0, 164.0))
    contents = inspect(path)
    assert contents.format is ModelFormat.BUNDLE
    assert contents.looks_like == "unet-3d"
    assert contents.tensors


def test_a_card_given_takes_the_place_of_the_configuration(tmp_path: Path) -> None:
    path = _bundle(tmp_path)
    card = Card("mine", "unet-3d", {**ARGUMENTS, "widths": [4, 8, 8]}, classes=("a", "b"))
    assert load_model(path, card).card.name == "mine"


HOSTILE: dict[str, Any] = {
    "an expression": UNET | {"in_channels": "$__import__('os').system('touch {marker}')"},
    "an expression in a list": UNET | {"channels": [4, "$__import__('os').system('touch {marker}')", 8]},
    "another target": {"_target_": "os.system", "command": "touch {marker}"},
    "a target inside": UNET | {"norm": {"_target_": "os.system", "command": "touch {marker}"}},
    "a target with a familiar name": {"_target_": "os.UNet", "command": "touch {marker}"},
    "a whole expression": "$__import__('os').system('touch {marker}')",
    "a wish to run first": UNET | {"_requires_": "$__import__('os').system('touch {marker}')"},
    "a macro": UNET | {"in_channels": "%/etc/passwd"},
    "a reference to an expression": UNET | {"in_channels": "@evil"},
    "a reference in a circle": UNET | {"in_channels": "@circle"},
    "a path on the machine": UNET | {"pretrained_path": "/etc/passwd"},
}


@pytest.mark.parametrize("form", HOSTILE)
def test_a_hostile_configuration_runs_nothing_and_is_refused(
    form: str, tmp_path: Path, marker: Path, environment: str
) -> None:
    network = json.loads(json.dumps(HOSTILE[form]).replace("{marker}", str(marker)))
    path = _bundle(
        tmp_path,
        network,
        evil=f"$__import__('os').system('touch {marker}')",
        circle="@circle",
    )
    for read in (load_model, inspect):
        with pytest.raises(ModelError, match=r"inference\.json: network"):
            read(path)
    assert not marker.exists()


def test_hostile_weights_in_a_bundle_are_refused(
    tmp_path: Path, marker: Path, hostile: Any, environment: str
) -> None:
    path = _bundle(tmp_path)
    torch.save({"a": hostile}, path / WEIGHTS)
    with pytest.raises(ModelError, match=rf"model\.pt: would run {os.system.__module__}\.system"):
        load_model(path)
    assert f"{os.system.__module__}.system" in inspect(path).refusal
    assert not marker.exists()


def test_what_a_bundle_lacks_is_said(tmp_path: Path) -> None:
    path = _bundle(tmp_path)
    (path / WEIGHTS).unlink()
    with pytest.raises(ModelError, match=r"has none of models/model\.safetensors"):
        load_model(path)


def test_weights_of_another_network_in_a_bundle_are_refused(tmp_path: Path) -> None:
    path = _bundle(tmp_path, UNET | {"channels": [4, 8, 16]})
    with pytest.raises(ModelError, match="has the shape"):
        load_model(path)


TARGETS: list[tuple[dict[str, Any], str]] = [
    (UNET, "unet-3d"),
    (UNET | {"_target_": "monai.networks.nets.UNet", "act": "PRELU", "dropout": 0.1}, "unet-3d"),
    (UNET | {"act": "relu"}, ""),
    (UNET | {"norm": ["group", {"num_groups": 4}]}, ""),
    (UNET | {"spatial_dims": 2}, ""),
    ({"_target_": "DenseNet121", "spatial_dims": 3, "in_channels": 1, "out_channels": 4}, "densenet-121-3d"),
    (
        {
            "_target_": "DenseNet121",
            "spatial_dims": 3,
            "in_channels": 1,
            "out_channels": 4,
            "growth_rate": 16,
        },
        "",
    ),
    ({"_target_": "resnet18", "n_input_channels": 1, "num_classes": 2, "pretrained": False}, "resnet-18-3d"),
    (
        {
            "_target_": "monai.networks.nets.resnet.ResNet",
            "block": "bottleneck",
            "layers": [3, 4, 6, 3],
            "block_inplanes": [64, 128, 256, 512],
            "n_input_channels": 2,
            "num_classes": 5,
        },
        "resnet-50-3d",
    ),
    ({"_target_": "SegResNet", "spatial_dims": 3, "init_filters": 8}, ""),
]


@pytest.mark.parametrize(("network", "architecture"), TARGETS, ids=lambda value: str(value)[:60])
def test_targets_are_told_apart(network: dict[str, Any], architecture: str, tmp_path: Path) -> None:
    assert read_bundle(_bundle(tmp_path, network)).card.architecture == architecture


def test_a_network_that_only_monai_has_asks_for_it(tmp_path: Path) -> None:
    path = _bundle(
        tmp_path, {"_target_": "SegResNet", "spatial_dims": 3, "init_filters": 8, "in_channels": 1}
    )
    try:
        from monai.networks.nets import SegResNet
    except ImportError:
        with pytest.raises(ModelError, match="requires MONAI's SegResNet, but MONAI is not installed"):
            load_model(path)
        return
    torch.manual_seed(0)
    network = SegResNet(spatial_dims=3, init_filters=8, in_channels=1).eval()
    torch.save(network.state_dict(), path / WEIGHTS)
    x = torch.randn(1, 1, 16, 16, 16)
    with torch.no_grad():
        assert torch.equal(load_model(path).logits(x), network(x))


@pytest.mark.parametrize(
    ("step", "channels", "output"),
    [
        ({"_target_": "Activationsd", "keys": "pred", "sigmoid": True}, 3, OutputKind.MULTI_LABEL),
        ({"_target_": "Activationsd", "keys": "pred", "sigmoid": True}, 1, OutputKind.SIGMOID),
        ({"_target_": "Activationsd", "keys": "pred", "softmax": True}, 3, OutputKind.SOFTMAX),
        ({"_target_": "AsDiscreted", "keys": "pred", "argmax": True}, 3, OutputKind.SOFTMAX),
        ({"_target_": "AsDiscreted", "keys": "pred", "threshold": 0.5}, 3, OutputKind.MULTI_LABEL),
        ({"_target_": "SaveImaged", "keys": "pred"}, 3, None),
    ],
)
def test_what_comes_after_the_network_tells_what_its_outputs_mean(
    tmp_path: Path, step: dict[str, Any], channels: int, output: OutputKind | None
) -> None:
    """The bundle of BraTS: SegResNet, a sigmoid for each of three outputs, a threshold of one half."""
    network = {"_target_": "SegResNet", "spatial_dims": 3, "out_channels": channels}
    steps = [step, {"_target_": "AsDiscreted", "keys": "pred", "threshold": 0.5}] if output else [step]
    after = {"_target_": "Compose", "transforms": steps}
    assert read_bundle(_bundle(tmp_path, network, postprocessing=after)).card.output is output


def test_channels_of_a_bundle_have_their_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = {"num_channels": 4, "channel_def": {"0": "T1c", "1": "T1", "2": "T2", "3": "FLAIR"}}
    monkeypatch.setitem(METADATA["network_data_format"], "inputs", {"image": image})  # type: ignore[arg-type]
    size = {"_target_": "Resized", "spatial_size": [96, 96, 64], "mode": "trilinear"}
    wanted, _ = _input(tmp_path, size, {"_target_": "ScaleIntensityd"})
    assert (wanted.channels, wanted.repeat) == (4, False)
    assert wanted.channel_names == ("T1c", "T1", "T2", "FLAIR")


def _input(tmp_path: Path, *steps: dict[str, Any]) -> Any:
    bundle = read_bundle(_bundle(tmp_path, steps=[*STEPS[:3], *steps]))
    return bundle.card.input, bundle.notes


def test_a_size_after_resizing(tmp_path: Path) -> None:
    size = {"_target_": "Resized", "spatial_size": [96, 96, 64], "mode": "trilinear"}
    wanted, notes = _input(tmp_path, size, {"_target_": "ScaleIntensityd"})
    assert notes == ()
    assert (wanted.placement, wanted.shape, wanted.ends) == (Placement.FIELD_OF_VIEW, (96, 96, 64), "faces")
    assert wanted.intensity == IntensitySpec(IntensityScaling.RANGE)
    before, _ = _input(tmp_path, {"_target_": "ScaleIntensityd"}, size)
    assert before.intensity == IntensitySpec(IntensityScaling.RANGE, measured="scan")


def test_a_box_around_the_foreground(tmp_path: Path) -> None:
    wanted, _ = _input(
        tmp_path,
        STEPS[3],
        {"_target_": "CropForegroundd", "source_key": "image"},
        {"_target_": "CenterSpatialCropd", "roi_size": [64, 64, 48]},
        {"_target_": "NormalizeIntensityd", "nonzero": True, "channel_wise": True},
    )
    assert (wanted.placement, wanted.shape, wanted.centre) == (Placement.SPACING, (64, 64, 48), "foreground")
    assert wanted.intensity == IntensitySpec(IntensityScaling.Z_SCORE, over="nonzero", background="kept")


@pytest.mark.parametrize(
    ("step", "name"),
    [
        ({"_target_": "Lambdad", "func": "$lambda x: x"}, "Lambdad"),
        ({"_target_": "Resized", "spatial_size": [96, 96, 64]}, "Resized"),
        ({"_target_": "Spacingd", "pixdim": ["$1", 1, 1]}, "Spacingd"),
        ({"_target_": "Orientationd", "axcodes": "RRR"}, "Orientationd"),
        ({"_target_": "ScaleIntensityRanged", "a_min": 0, "a_max": 1, "clip": False}, "ScaleIntensityRanged"),
        ({"_target_": "os.system"}, "system"),
        ("text", "without a name"),
    ],
)
def test_a_transform_that_cannot_be_followed_is_named(step: Any, name: str, tmp_path: Path) -> None:
    wanted, notes = _input(tmp_path, step)
    assert wanted is None
    assert name in notes[0]
    assert inspect(tmp_path / "spleen").notes == notes
    assert load_model(tmp_path / "spleen").card.input is None


class _Wide(nn.Module):
    """A network of MONAI's, as large as its argument says; it reads numbers while it is built."""

    def __init__(self, features: int, depths: list[int] | None = None) -> None:
        super().__init__()
        self.rates = [float(rate.item()) for rate in torch.linspace(0, 1, len(depths or [1]))]
        self.line = nn.Linear(features, features)
        self.norm = nn.BatchNorm1d(features)


@pytest.fixture
def monai(monkeypatch: pytest.MonkeyPatch) -> None:
    nets = types.ModuleType("monai.networks.nets")
    nets.VNet = _Wide  # type: ignore[attr-defined]
    for name in ("monai", "monai.networks"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, "monai.networks.nets", nets)


def _asked(**arguments: Any) -> MonaiBundle:
    return MonaiBundle(Path("bundle"), Path("weights"), "VNet", arguments, Card("net"))


@pytest.mark.usefixtures("monai")
def test_a_bundle_s_network_takes_no_memory_before_its_weights_fit() -> None:
    huge = build_monai_network(_asked(features=60_000, depths=[1, 1]))
    assert sum(tensor.numel() for tensor in huge.parameters()) > 3.6e9
    assert all(tensor.is_meta for tensor in [huge.line.weight, huge.line.bias])
    wanted = _Wide(4)
    small = build_monai_network(_asked(features=4))
    load_state(small, wanted.state_dict(), Path("weights"), "VNet")
    assert torch.equal(small.line.weight, wanted.line.weight)
    assert not any(tensor.is_meta for tensor in [*small.parameters(), *small.buffers()])
    with pytest.raises(ModelError, match="has the shape"):
        load_state(huge, wanted.state_dict(), Path("weights"), "VNet")


@pytest.mark.usefixtures("monai")
@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({"features": 100_000}, "bundle: asks for VNet with features of 100000; at most 65536 is built"),
        ({"features": 4, "depths": [10_000]}, "with depths of 10000; at most 256"),
        ({"features": 4, "depths": [1] * 1000}, "asks for VNet with depths"),
        ({"features": -3}, "VNet cannot be built"),
        ({"width": 3}, "VNet cannot be built"),
    ],
)
def test_a_bundle_s_sizes_are_bounded_in_one_line(arguments: dict[str, Any], line: str) -> None:
    with pytest.raises(ModelError, match=line) as caught:
        build_monai_network(_asked(**arguments))
    assert "\n" not in str(caught.value)


YAML = """
bundle_root: $import os; os.getcwd()
channels: 1
network_def:
  _target_: UNet
  spatial_dims: 3
  in_channels: '@channels'
  out_channels: 2
  channels: [4, 8, 8]
  strides: [2, 2]
  num_res_units: 2
  norm: batch
preprocessing:
  _target_: Compose
  transforms:
  - {_target_: LoadImaged, keys: image}
  - {_target_: Orientationd, keys: image, axcodes: LPS}
  - {_target_: Spacingd, keys: image, pixdim: [1.5, 1.5, 2.0], mode: bilinear}
  - {_target_: NormalizeIntensityd, keys: image, nonzero: true}
"""


@pytest.mark.parametrize("ending", [".yaml", ".yml"])
def test_a_configuration_in_yaml_is_read_as_one_in_json(
    tmp_path: Path, ending: str, environment: str
) -> None:
    path = _bundle(tmp_path)
    (path / "configs" / "inference.json").unlink()
    (path / "configs" / f"inference{ending}").write_text(YAML)
    model = load_model(path)
    x = torch.randn(1, 1, 16, 12, 16)
    with torch.no_grad():
        assert torch.equal(model.logits(x), _network()(x))
    assert model.path == path
    assert model.card.input is not None
    assert (model.card.input.axes, model.card.input.spacing) == ("LPS", (1.5, 1.5, 2.0))
    assert inspect(path).looks_like == "unet-3d"


@pytest.mark.parametrize("form", HOSTILE)
def test_a_hostile_configuration_in_yaml_runs_nothing(form: str, tmp_path: Path, marker: Path) -> None:
    path = _bundle(tmp_path)
    (path / "configs" / "inference.json").unlink()
    # JSON is YAML.
    network = json.dumps(
        {"network_def": HOSTILE[form], "evil": "$open('{marker}', 'w')", "circle": "@circle"}
    )
    (path / "configs" / "inference.yaml").write_text(network.replace("{marker}", str(marker)))
    for read in (load_model, inspect):
        with pytest.raises(ModelError, match=r"inference\.yaml: network"):
            read(path)
    assert not marker.exists()


def test_a_bundle_without_a_configuration_names_those_that_it_may_have(tmp_path: Path) -> None:
    path = _bundle(tmp_path)
    (path / "configs" / "inference.json").rename(path / "configs" / "other.json")
    with pytest.raises(ModelError, match=r"has none of inference\.json.*; nor one of them as \.yaml"):
        load_model(path)
