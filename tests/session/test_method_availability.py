"""A method that cannot be asked says why before it is started."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from viewer.methods.registry import list_methods
from viewer.models.input_spec import InputSpec
from viewer.models.model import Model
from viewer.models.model_card import Card
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan
from viewer.session.method_availability import leaf_modules, unavailable_reason

GRID = Grid((3, 3, 3), np.eye(4))
SCAN = Scan(np.zeros(GRID.shape, np.float32), GRID, "brain")


WANTS = InputSpec(shape=(3, 3, 3))


def model(no_graph_reason: str = "", wants: InputSpec | None = WANTS, path: Path | None = None) -> Any:
    return SimpleNamespace(
        card=Card("net", classes=("a", "b"), input=wants),
        covariates=(),
        no_graph_reason=no_graph_reason,
        path=path,
    )


@pytest.mark.parametrize("method", list(list_methods()))
def test_every_method_can_be_asked_of_an_open_network_and_a_scan(method: str) -> None:
    named = {"patterns": "net.patterns.safetensors", "generators": "net.generators.safetensors"}
    assert unavailable_reason(method, model(), SCAN, "f.0", named) == ""


@pytest.mark.parametrize(
    ("method", "ending", "command"),
    [
        ("pattern-net", "patterns", "patterns fit"),
        ("pattern-attribution", "patterns", "patterns fit"),
        ("generated-difference", "generators", "train generators"),
    ],
)
def test_a_file_that_is_missing_is_told_before(
    method: str, ending: str, command: str, tmp_path: Path
) -> None:
    network = model(path=tmp_path / "net.safetensors")
    assert command in unavailable_reason(method, network, SCAN)
    assert command in unavailable_reason(method, network, SCAN, None, {ending: ""})
    assert unavailable_reason(method, network, SCAN, None, {ending: "elsewhere"}) == ""
    (tmp_path / f"net.{ending}.safetensors").write_bytes(b"")
    assert unavailable_reason(method, network, SCAN) == ""


def test_the_filter_is_a_pattern_without_a_file() -> None:
    assert unavailable_reason("pattern-net", model(), SCAN, None, {"estimator": "filter"}) == ""
    assert unavailable_reason("pattern-net", model(), SCAN, None, {"estimator": "linear"}) != ""


def test_what_is_missing_is_named_in_its_order() -> None:
    assert "scan" in unavailable_reason("gradient", None, None)
    assert "model" in unavailable_reason("gradient", None, SCAN)
    assert "card" in unavailable_reason("gradient", model(wants=None), SCAN)
    assert "method" in unavailable_reason(None, model(), SCAN)


def test_a_network_that_shows_no_operators_says_so() -> None:
    assert "TorchScript" in unavailable_reason("lrp-epsilon", model(no_graph_reason="TorchScript"), SCAN)
    assert unavailable_reason("gradient", model(no_graph_reason="TorchScript"), SCAN) == ""


def test_layers_are_the_modules_without_modules_inside() -> None:
    import torch
    from torch import nn

    network = nn.Sequential(
        nn.Sequential(nn.Conv3d(1, 2, 3), nn.ReLU()), nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(2, 2)
    )
    found = leaf_modules(Model.from_module(network, torch.zeros(1, 1, 5, 5, 5)))
    assert [path for path, _ in found] == ["0.0", "0.1", "1", "2", "3"]
    assert found[0] == ("0.0", "Conv3d")
