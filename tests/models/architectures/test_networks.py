"""Every architecture has the published number of parameters and answers as its kind does."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import nn

from viewer.models.architectures.registry import ARCHITECTURES, find_architecture


def _meta(name: str, **arguments: Any) -> nn.Module:
    with torch.device("meta"):
        return find_architecture(name, "test").build(arguments, "test")


def _count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _running(module: nn.Module) -> int:
    return sum(b.numel() for name, b in module.named_buffers() if not name.endswith("num_batches_tracked"))


COUNTS = [
    # Taylor 2019: 253,291 of which 253,051 are trained; 266,610; 93,322
    ("taylor-age-3d", {}, 253_051),
    ("taylor-mnist-dense", {}, 266_610),
    ("taylor-mnist-cnn", {}, 93_322),
    # brainchop's table: 5,598 in the light model of grey and white matter
    ("meshnet", {}, 5_598),
    # torchvision's table for VGG16_Weights.IMAGENET1K_V1
    ("vgg-16-2d", {"channels": 3}, 138_357_544),
    # counted from the networks of MONAI 1.6.1 (n_input_channels=1, num_classes=2)
    ("resnet-10-3d", {}, 14_357_442),
    ("resnet-18-3d", {}, 33_161_922),
    ("resnet-34-3d", {}, 63_471_554),
    ("resnet-50-3d", {}, 46_163_010),
    ("densenet-121-3d", {}, 11_244_674),
    ("unet-3d", {}, 4_806_481),
]


@pytest.mark.parametrize(("name", "arguments", "count"), COUNTS, ids=lambda value: str(value))
def test_the_number_of_parameters_is_the_published_one(
    name: str, arguments: dict[str, Any], count: int
) -> None:
    assert _count(_meta(name, **arguments)) == count


def test_the_age_network_keeps_240_running_numbers_beside_240_trained_ones() -> None:
    module = _meta("taylor-age-3d")
    norms = [layer for layer in module.modules() if isinstance(layer, nn.BatchNorm3d)]
    assert sum(_count(norm) for norm in norms) == 240
    assert _running(module) == 240
    assert _count(module) + _running(module) == 253_291


def test_sfcn_is_counted_by_hand() -> None:
    channels = (1, 32, 64, 128, 256, 256)
    convolutions = sum(27 * a * b + b for a, b in pairwise(channels))
    norms = 2 * (sum(channels[1:]) + 64)
    assert _count(_meta("sfcn")) == convolutions + norms + (256 * 64 + 64) + (64 * 40 + 40) == 2_952_936


def test_eitel_is_counted_by_hand() -> None:
    filters = (1, 8, 16, 32, 64, 64)
    for name, taps in (("eitel-3d", 27), ("eitel-2d", 9)):
        convolutions = sum(taps * a * b + b for a, b in pairwise(filters))
        assert _count(_meta(name)) == convolutions + 64 * 2 + 2


def test_eitel_flattens_what_its_pools_leave() -> None:
    module = find_architecture("eitel-3d", "test").build(
        {"head": "flatten", "shape": (40, 44, 41), "classes": 3}, "test"
    )
    assert module(torch.zeros(1, 1, 40, 44, 41)).shape == (1, 3)
    padded = find_architecture("eitel-2d", "test").build(
        {"head": "flatten", "shape": (61, 50), "padding": 1}, "test"
    )
    assert padded(torch.zeros(2, 1, 61, 50)).shape == (2, 2)


INPUTS: dict[str, tuple[dict[str, Any], tuple[int, ...], tuple[int, ...]]] = {
    "adnet": ({}, (1, 73, 96, 96), (2,)),
    "eitel-3d": ({}, (1, 30, 34, 31), (2,)),
    "eitel-2d": ({}, (1, 40, 52), (2,)),
    "morch": ({}, (1, 10, 11, 12), (1,)),
    "taylor-age-3d": ({"shape": (76, 80, 78)}, (1, 76, 80, 78), (3,)),
    "taylor-mnist-dense": ({}, (1, 28, 28), (10,)),
    "taylor-mnist-cnn": ({}, (1, 28, 28), (10,)),
    "sfcn": ({"channels": (4, 8, 8, 16, 16, 8)}, (1, 32, 40, 36), (40,)),
    "meshnet": ({}, (1, 12, 14, 10), (3, 12, 14, 10)),
    "resnet-10-3d": ({}, (1, 24, 20, 28), (2,)),
    "resnet-18-3d": ({"shortcut": "A", "stride": 2}, (1, 32, 32, 32), (2,)),
    "resnet-34-3d": ({"stride": 2}, (1, 32, 32, 32), (2,)),
    "resnet-50-3d": ({"stride": 2, "channels": 3}, (3, 32, 32, 32), (2,)),
    "densenet-121-3d": ({}, (1, 32, 40, 33), (2,)),
    "unet-3d": ({"widths": (4, 8, 8), "strides": (2, 2), "classes": 5}, (1, 16, 20, 12), (5, 16, 20, 12)),
    "nnunet-3d": (
        {
            "widths": (4, 6, 8),
            "kernels": (1, 3, 3) + (3,) * 6,
            "strides": (1, 1, 1, 1, 2, 2, 2, 2, 2),
            "encoder": "residual",
            "encoder_blocks": (1, 2, 1),
            "decoder_blocks": (1, 2),
        },
        (1, 8, 16, 12),
        (2, 8, 16, 12),
    ),
    "vgg-16-2d": ({"classes": 10}, (1, 64, 64), (10,)),
}


@pytest.mark.parametrize("name", [entry.name for entry in ARCHITECTURES])
def test_every_architecture_answers_with_one_number_a_class(name: str) -> None:
    arguments, shape, answer = INPUTS[name]
    torch.manual_seed(0)
    module = _meta(name, **arguments).to_empty(device="cpu")
    assert not module.training
    for tensor in module.state_dict().values():
        tensor.fill_(0.01)
    x = torch.randn(2, *shape)
    with torch.no_grad():
        both = module(x)
        first = module(x[:1])
    assert both.shape == (2, *answer)
    assert torch.isfinite(both).all()
    torch.testing.assert_close(first, both[:1], rtol=1e-4, atol=1e-5 * float(both.abs().max()))


@pytest.mark.parametrize("name", ["sfcn", "adnet"])
def test_published_names_of_the_weights(name: str) -> None:
    names = list(_meta(name).state_dict())
    first, last = {
        "sfcn": ("feature_extractor.conv_0.0.weight", "classifier.conv_6.bias"),
        "adnet": ("embedding.0.0.weight", "f.0.bias"),
    }[name]
    assert names[0] == first
    assert names[-1] == last


def _monai() -> Any:
    return pytest.importorskip("monai.networks.nets")


@pytest.mark.parametrize("depth", [10, 18, 34, 50])
def test_resnets_answer_as_monais_do(depth: int) -> None:
    theirs = getattr(_monai(), f"resnet{depth}")(n_input_channels=1, num_classes=2).eval()
    _compare(f"resnet-{depth}-3d", {}, theirs, torch.randn(1, 1, 24, 20, 28))


def test_densenet_answers_as_monais_does() -> None:
    _compare("densenet-121-3d", {}, _monai().DenseNet121(3, 1, 2).eval(), torch.randn(1, 1, 40, 33, 36))


@pytest.mark.parametrize("units", [0, 1, 2])
@pytest.mark.parametrize("norm", ["instance", "batch"])
def test_the_unet_answers_as_monais_does(units: int, norm: str) -> None:
    widths, strides = (4, 8, 8, 16), (2, 1, 2)
    theirs = _monai().UNet(3, 1, 3, widths, strides, num_res_units=units, norm=norm).eval()
    arguments = {"classes": 3, "widths": widths, "strides": strides, "units": units, "norm": norm}
    _compare("unet-3d", arguments, theirs, torch.randn(1, 1, 16, 16, 12))


def _compare(name: str, arguments: dict[str, Any], theirs: nn.Module, x: torch.Tensor) -> None:
    ours = find_architecture(name, "test").build(arguments, "test")
    ours.load_state_dict({key.removeprefix("model."): tensor for key, tensor in theirs.state_dict().items()})
    with torch.no_grad():
        assert torch.equal(ours(x), theirs(x))
