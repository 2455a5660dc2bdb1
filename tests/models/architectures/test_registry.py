"""The table of architectures: torch stays out, arguments are checked, weights are recognised."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import torch

from viewer.errors import ModelError
from viewer.models.architectures.registry import (
    ARCHITECTURES,
    find_architecture,
    list_architectures,
    recognise_architecture,
)

NAMES = [entry.name for entry in ARCHITECTURES]
TOLD = [name for name in NAMES if name not in ("meshnet", "unet-3d")]


def _shapes(name: str, **arguments: Any) -> dict[str, tuple[int, ...]]:
    with torch.device("meta"):
        module = find_architecture(name, "test").build(arguments, "test")
    return {key: tuple(tensor.shape) for key, tensor in module.state_dict().items()}


def test_reading_the_registry_imports_no_torch() -> None:
    code = (
        "import sys, viewer.models.architectures.registry, viewer.models.inspect, viewer.models.loading; "
        "print([name for name in ('torch', 'scipy', 'nibabel', 'safetensors') if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_names_are_unique_and_every_architecture_has_its_source() -> None:
    assert len(set(NAMES)) == len(NAMES)
    for entry in ARCHITECTURES:
        assert entry.title
        assert any(character.isdigit() for character in entry.source), "a source has a year"
        assert "classes" in {argument.name for argument in entry.arguments}


@pytest.mark.parametrize("name", TOLD)
def test_weights_are_recognised_by_names_and_shapes(name: str) -> None:
    found = recognise_architecture(_shapes(name))
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("name", [name for name in TOLD if name != "adnet"])
def test_the_number_of_classes_is_inferred_from_the_weights(name: str) -> None:
    shapes = _shapes(name, classes=7)
    assert find_architecture(name, "test").infer_arguments(shapes)["classes"] == 7
    found = recognise_architecture(shapes)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("eitel-3d", {"head": "flatten", "shape": [40, 44, 40]}),
        ("eitel-2d", {"head": "average", "classes": 3}),
        ("resnet-18-3d", {"shortcut": "A"}),
        ("resnet-50-3d", {"shortcut": "B", "shortcut_bias": False, "channels": 2}),
        ("densenet-121-3d", {"channels": 4}),
        ("meshnet", {"norm": True, "channels": 11, "bias": False}),
        (
            "nnunet-3d",
            {
                "channels": 4,
                "widths": (4, 6),
                "kernels": (1, 3, 3, 3, 5, 3),
                "strides": (1, 1, 1, 1, 2, 2),
                "encoder": "residual",
                "encoder_blocks": (2, 3),
                "decoder": "residual",
                "decoder_blocks": (1,),
                "stem": 8,
                "bias": False,
                "norm": "batch",
            },
        ),
    ],
)
def test_other_arguments_are_inferred_too(name: str, arguments: dict[str, Any]) -> None:
    inferred = find_architecture(name, "test").infer_arguments(_shapes(name, **arguments))
    assert {key: inferred[key] for key in arguments if key != "shape"} == {
        key: value for key, value in arguments.items() if key != "shape"
    }


def test_nothing_is_recognised_in_other_tensors() -> None:
    assert recognise_architecture({}) is None
    assert recognise_architecture({"conv1.weight": (8, 1, 3, 3, 3)}) is None
    extra = _shapes("adnet") | {"more": (1,)}
    assert recognise_architecture(extra) is None


def test_an_unknown_name_is_answered_with_those_that_are_near() -> None:
    with pytest.raises(
        ModelError, match=r"net\.card\.json: no architecture is called 'resnet-18'.*resnet-18-3d"
    ):
        find_architecture("resnet-18", "net.card.json")


@pytest.mark.parametrize(
    ("name", "arguments", "line"),
    [
        ("adnet", {"layers": 3}, "adnet has no argument 'layers'; its arguments: classes"),
        ("adnet", {"classes": 0}, "argument 'classes' is 0; it must be a whole number from 1 to 1000"),
        ("adnet", {"classes": 2.5}, "argument 'classes' is 2.5"),
        ("adnet", {"classes": True}, "argument 'classes' is True"),
        ("adnet", {"classes": "2"}, "argument 'classes' is '2'"),
        ("eitel-3d", {"head": "attention"}, "it must be one of average, flatten"),
        ("eitel-3d", {"head": "flatten", "shape": [8, 8, 8]}, "an input of 8x8x8 voxels is too small"),
        ("eitel-3d", {"head": "flatten", "shape": [80, 80]}, "a shape of 2 numbers for 3 dimensions"),
        ("eitel-3d", {"dropout": 1.5}, "it must be a number from 0 to 0.95"),
        ("eitel-3d", {"shape": "large"}, "it must be a list of at most 64 whole numbers"),
        ("resnet-10-3d", {"shortcut_bias": 1}, "it must be true or false"),
        ("unet-3d", {"widths": [8]}, "at least two widths"),
        ("unet-3d", {"strides": [2, 2]}, "one stride fewer"),
        ("nnunet-3d", {"widths": [8]}, "at least two stages"),
        ("nnunet-3d", {"kernels": [3, 3, 3]}, "18 kernels and 18 strides"),
        ("nnunet-3d", {"kernels": [2] * 18}, "its kernels must be odd"),
        ("nnunet-3d", {"encoder_blocks": [2]}, "6 encoder_blocks and 5 decoder_blocks"),
        ("taylor-age-3d", {"shape": [36, 36, 36]}, "too small"),
        ("taylor-age-3d", {"shape": [100, 124]}, "2 numbers"),
        ("sfcn", {"channels": [32]}, "two blocks"),
    ],
)
def test_wrong_arguments_are_named(name: str, arguments: dict[str, Any], line: str) -> None:
    with pytest.raises(ModelError) as raised:
        list_architectures()[name].build(arguments, "net.card.json")
    assert str(raised.value).startswith("net.card.json: ")
    assert line in str(raised.value)
