"""A network in two dimensions on a whole scan: slices are cut, counted and stacked where the affines say."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from viewer.errors import ModelError
from viewer.fit.predict import predict
from viewer.models.input_spec import InputSpec, IntensityScaling, IntensitySpec, Placement
from viewer.models.model import Model
from viewer.models.model_card import Card, ModelKind, parse_card
from viewer.models.preprocessing import prepare
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan

PLACED: dict[str, dict[str, Any]] = {
    "field of view": {"placement": Placement.FIELD_OF_VIEW, "shape": (40, 38), "slices": 31},
    "every slice": {"placement": Placement.FIELD_OF_VIEW, "shape": (40, 38), "slices": 0},
    "spacing": {
        "placement": Placement.SPACING,
        "shape": (45, 50),
        "spacing": (1.9, 2.0, 2.2),
        "slices": 40,
        "slice": 1.5,
    },
}
AXES = ["RAS", "SRA", "LPS", "PIR"]


class Sums(nn.Module):
    """Outputs a constant, and the sum over the slice."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        total = x.flatten(1).sum(1)
        return torch.stack([torch.full_like(total, 5.0), total], 1)


def model_of(wanted: InputSpec, **card: Any) -> Model:
    return Model(
        Sums().eval(),
        Card("sums", classes=("none", "some"), input=wanted, **card),
        "hash",
        no_graph_reason="so",
    )


def middle_of(values: np.ndarray, grid: Grid) -> np.ndarray:
    """The centre of mass in mm."""
    voxels = np.stack(np.meshgrid(*(np.arange(n) for n in grid.shape), indexing="ij"), axis=-1)
    return (grid.to_world(voxels) * values[..., None]).sum(axis=(0, 1, 2)) / values.sum()


@pytest.mark.parametrize("axes", AXES)
@pytest.mark.parametrize("kind", PLACED)
def test_a_point_stays_where_it_is_in_mm(placed: Scan, kind: str, axes: str) -> None:
    prepared = prepare(placed, Card("net", input=InputSpec(axes=axes, **PLACED[kind])))
    stack = np.moveaxis(prepared.tensor[:, 0].numpy(), 0, -1)
    assert stack.shape == prepared.grid.shape
    assert middle_of(stack, prepared.grid) == pytest.approx(middle_of(placed.data, placed.grid), abs=0.35)


@pytest.mark.parametrize("axes", AXES)
def test_every_slice_is_every_slice_of_the_scan(placed: Scan, axes: str) -> None:
    wanted = InputSpec(placement=Placement.FIELD_OF_VIEW, shape=(20, 22), axes=axes, slices=0)
    prepared = prepare(placed, Card("net", input=wanted))
    along = {"RAS": 2, "SRA": 1, "LPS": 2, "PIR": 0}[axes]
    assert prepared.slices == placed.grid.shape[along]
    assert prepared.grid.spacing[2] == pytest.approx(placed.grid.spacing[along])


@pytest.mark.parametrize("scaling", [IntensityScaling.NONE, IntensityScaling.Z_SCORE, IntensityScaling.RANGE])
@pytest.mark.parametrize("measured", ["grid", "scan"])
def test_a_slice_of_several_is_what_it_would_be_alone(
    placed: Scan, scaling: IntensityScaling, measured: str
) -> None:
    intensity = IntensitySpec(scaling, measured=measured)
    many = InputSpec(
        placement=Placement.SPACING,
        shape=(21, 23),
        spacing=(2.0, 2.0, 3.0),
        slices=7,
        slice=9.0,
        intensity=intensity,
    )
    stack = prepare(placed, Card("net", input=many))
    for number in range(7):
        one = InputSpec(
            placement=Placement.SPACING,
            shape=(21, 23),
            spacing=(2.0, 2.0, 3.0),
            slice=9.0 + 3.0 * (number - 3),
            intensity=intensity,
        )
        alone = prepare(placed, Card("net", input=one))
        np.testing.assert_allclose(stack.tensor[number, 0], alone.tensor[0, 0], atol=2e-5)
        assert stack.select_slice(number).grid.affine == pytest.approx(alone.grid.affine)
        assert stack.select_slice(number).grid.shape == alone.grid.shape


def test_slices_with_nothing_in_them_are_zero_and_no_error() -> None:
    data = np.zeros((8, 9, 6), dtype=np.float32)
    data[2:5, 2:5, 2] = np.arange(9).reshape(3, 3)
    data[4, 4, 4] = 3.0
    scan = Scan(data, Grid(data.shape, np.eye(4)), "sparse")
    intensity = IntensitySpec(IntensityScaling.Z_SCORE, over="nonzero", background="kept")
    wanted = InputSpec(placement=Placement.FIELD_OF_VIEW, shape=(8, 9), slices=0, intensity=intensity)
    found = prepare(scan, Card("net", input=wanted)).tensor[:, 0].numpy()
    assert [bool(cut.any()) for cut in found] == [False, False, True, False, False, False]
    filled = found[2][found[2] != 0]
    assert filled.mean() == pytest.approx(0, abs=1e-6)


def test_one_slice_speaks_for_the_scan(placed: Scan) -> None:
    wanted = InputSpec(placement=Placement.FIELD_OF_VIEW, shape=placed.grid.shape[:2], slices=0)
    found = predict(model_of(wanted), placed)
    sums = placed.data.sum(axis=(0, 1))
    assert found.logits == pytest.approx((5.0, sums.max()), rel=1e-5)
    assert found.best == 1
    (note,) = [note for note in found.notes if "29 slices" in note]
    assert "'none'" in note


def test_a_regression_is_the_mean_over_slices(placed: Scan) -> None:
    wanted = InputSpec(placement=Placement.FIELD_OF_VIEW, shape=placed.grid.shape[:2], slices=0)
    found = predict(model_of(wanted, kind=ModelKind.REGRESSION, values=(0.0, 1.0)), placed)
    assert found.logits == pytest.approx((5.0, placed.data.sum() / 29), rel=1e-5)


def test_a_segmentation_counts_every_slice(placed: Scan) -> None:
    class Bright(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.cat([torch.full_like(x, 0.5), x], 1)

    wanted = InputSpec(placement=Placement.FIELD_OF_VIEW, shape=placed.grid.shape[:2], slices=0)
    card = Card("bright", classes=("none", "some"), input=wanted, kind=ModelKind.SEGMENTATION)
    found = predict(Model(Bright().eval(), card, "hash", no_graph_reason="so"), placed)
    assert found.volumes[1] == pytest.approx((placed.data > 0.5).sum() * placed.grid.voxel_volume)


def test_a_card_says_how_many() -> None:
    wanted = InputSpec(placement=Placement.FIELD_OF_VIEW, shape=(8, 9), slices=0)
    card = Card("net", classes=("a", "b"), input=wanted)
    assert card.as_json()["input"]["slices"] == 0
    assert parse_card(json.dumps(card.as_json()), "card") == card
    assert "slices" not in Card("net", input=InputSpec(shape=(8, 9))).as_json()["input"]


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"placement": "spacing", "shape": [8, 9], "spacing": [1, 1, 1], "slices": 0}, "1 to 2048"),
        ({"placement": "field-of-view", "shape": [8, 9], "slices": -1}, "0 to 2048"),
        ({"placement": "field-of-view", "shape": [8, 9], "slices": 1.5}, "whole number"),
        ({"placement": "field-of-view", "shape": [8, 9, 7], "slices": 3}, "not known"),
    ],
)
def test_a_wrong_number_of_slices_is_an_error(entries: dict[str, Any], said: str) -> None:
    entries["intensity"] = {"scaling": "none"}
    with pytest.raises(ModelError, match=said):
        parse_card(json.dumps({"name": "net", "classes": ["a"], "input": entries}), "card")
