"""Maps of a network in two dimensions, stacked: every slice for one target, every voxel at its place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from viewer.errors import Cancelled, MethodError
from viewer.methods.explain import explain
from viewer.models.input_spec import InputSpec, Placement
from viewer.models.model import Model
from viewer.models.model_card import Card, ModelKind
from viewer.progress import Progress
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan

AFFINES = {
    "RAS": np.array([[2, 0, 0, -20], [0, 2.5, 0, -25], [0, 0, 3, -15], [0, 0, 0, 1.0]]),
    "oblique": np.array(
        [[1.9, 0.3, -0.2, -18], [-0.35, 2.4, 0.3, -20], [0.3, -0.35, 2.9, -17], [0, 0, 0, 1.0]]
    ),
    "sheared": np.array([[2, 0.5, 0, -20], [0, 2.5, 0.4, -25], [0, 0, 3, -15], [0, 0, 0, 1.0]]),
}


@pytest.fixture(params=AFFINES)
def scan(request: pytest.FixtureRequest) -> Scan:
    data = np.random.default_rng(0).random((14, 15, 9)).astype(np.float32)
    data[10, 4, 6] = 40.0
    return Scan(data, Grid(data.shape, AFFINES[request.param]), "noise")


def small(**card: Any) -> Model:
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2)
    )
    wanted = InputSpec(placement=Placement.FIELD_OF_VIEW, shape=(14, 15), slices=0)
    model = Model.from_module(
        network, torch.zeros(1, 1, 14, 15), Card("small", classes=("none", "some"), input=wanted)
    )
    return model if not card else Model(model.module(), Card("small", input=wanted, **card), "hash")


@pytest.mark.sampled(2)
@pytest.mark.parametrize("method", ["gradient", "input-times-gradient", "lrp", "guided-backprop"])
def test_stack_equals_maps_of_single_slices(scan: Scan, method: str) -> None:
    model = small()
    whole = explain(model, scan, method, target="some", device="cpu")
    tensor = model.prepare(scan).tensor
    assert tensor.shape == (9, 1, 14, 15)
    for number in range(9):
        alone = explain(model, tensor[number : number + 1], method, target="some", device="cpu")
        np.testing.assert_allclose(whole.data[:, :, number], alone.data[0, 0], rtol=1e-4, atol=1e-7)
    assert "9 slices" in whole.provenance.notes[0]


def test_bright_voxel_keeps_its_position(scan: Scan) -> None:
    class Squares(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            total = (x * x).flatten(1).sum(1)
            return torch.stack([torch.zeros_like(total), total], 1)

    for axes in ("RAS", "SRA", "LPI", "PIR"):
        order = {"RAS": (14, 15), "SRA": (9, 14), "LPI": (14, 15), "PIR": (15, 9)}[axes]
        wanted = InputSpec(placement=Placement.FIELD_OF_VIEW, shape=order, axes=axes, slices=0)
        card = Card("squares", classes=("none", "some"), input=wanted)
        model = Model(Squares().eval(), card, "hash", no_graph_reason="so")
        found = explain(model, scan, "gradient", device="cpu", grid="model")
        peak = found.grid.to_world(np.unravel_index(found.data.argmax(), found.data.shape))
        assert peak == pytest.approx(scan.grid.to_world((10, 4, 6)))
        on_scan = explain(model, scan, "gradient", device="cpu")
        np.testing.assert_allclose(on_scan.data, 2 * scan.data, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(("wanted", "named"), [(None, None), ("some", "some"), (0, "none"), ("min", None)])
def test_all_slices_are_explained_for_one_target(scan: Scan, wanted: Any, named: str | None) -> None:
    found = explain(small(), scan, "gradient", target=wanted, device="cpu")
    assert found.provenance.target in ("none", "some")
    if named:
        assert found.provenance.target == named


def test_max_and_min_follow_the_slice_that_decides(scan: Scan) -> None:
    model = small()
    outputs = model.logits(model.prepare(scan).tensor)
    speaks = outputs[int(outputs.softmax(1)[:, 0].argmin())]
    names = model.card.classes
    assert explain(model, scan, "gradient", device="cpu").provenance.target == names[int(speaks.argmax())]
    least = explain(model, scan, "gradient", target="min", device="cpu").provenance.target
    assert least == names[int(speaks.argmin())]


def test_a_regression_explains_its_value_in_every_slice(scan: Scan) -> None:
    model = small(classes=("low", "high"), kind=ModelKind.REGRESSION, values=(10.0, 20.0))
    assert explain(model, scan, "gradient", device="cpu").provenance.target == "expected value"


def test_dense_slice_network_is_refused_with_a_remedy(scan: Scan) -> None:
    wanted = InputSpec(placement=Placement.FIELD_OF_VIEW, shape=(14, 15), slices=0)
    card = Card("dense", classes=("a", "b"), input=wanted, kind=ModelKind.SEGMENTATION)
    dense = Model(nn.Conv2d(1, 2, 1).eval(), card, "hash", no_graph_reason="so")
    with pytest.raises(MethodError, match="'slices'"):
        explain(dense, scan, "gradient", device="cpu")


def test_cancellation_between_slices(scan: Scan) -> None:
    said: list[str] = []

    def stop() -> bool:
        return len(said) > 4

    with pytest.raises(Cancelled):
        explain(
            small(),
            scan,
            "gradient",
            device="cpu",
            progress=Progress(lambda step: said.append(step.message), stop),
        )
    assert len(said) < 8
