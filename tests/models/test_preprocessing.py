"""Scans on a network's grid: every voxel where the affines say, every intensity as the card says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import nibabel as nib
import numpy as np
import pytest
import torch
from nibabel.processing import resample_from_to
from scipy.ndimage import zoom

from viewer.errors import ModelError
from viewer.models.input_spec import InputChannel, InputSpec, IntensityScaling, IntensitySpec, Placement
from viewer.models.model_card import Card
from viewer.models.preprocessing import make_network_grid, prepare, scale_intensities
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan

BLOB = np.array([13.0, -17.0, 21.0])
NONE = IntensitySpec()
AXES = ["RAS", "SRA", "LPS", "ASL", "PIR"]


def _peak(values: np.ndarray, grid: Grid) -> np.ndarray:
    """The middle of a blob in mm: its values' centre of mass."""
    voxels = np.stack(np.meshgrid(*(np.arange(n) for n in grid.shape), indexing="ij"), axis=-1)
    weights = np.clip(values, 0, None).astype(np.float64)
    return (grid.to_world(voxels) * weights[..., None]).sum(axis=(0, 1, 2)) / weights.sum()


def _prepared(scan: Scan, wanted: InputSpec) -> tuple[np.ndarray, Grid]:
    prepared = prepare(scan, Card("net", input=replace(wanted, repeat=True)))
    assert prepared.tensor.dtype == torch.float32
    assert prepared.tensor.shape[:2] == (1, wanted.channels)
    return prepared.tensor[0, 0].numpy(), prepared.grid


PLACED = {
    "field of view": {"placement": Placement.FIELD_OF_VIEW, "shape": (50, 47, 44)},
    "field of view, centres": {
        "placement": Placement.FIELD_OF_VIEW,
        "shape": (50, 47, 44),
        "ends": "centres",
    },
    "spacing": {"placement": Placement.SPACING, "shape": (56, 60, 58), "spacing": (1.8, 1.9, 2.0)},
    "foreground": {
        "placement": Placement.FOREGROUND,
        "spacing": (1.8, 1.7, 2.1),
        "margin": 9.0,
        "multiple": 4,
    },
}


@pytest.mark.parametrize("axes", AXES)
@pytest.mark.parametrize("kind", PLACED)
def test_a_point_stays_where_it_is_in_mm(placed: Scan, kind: str, axes: str) -> None:
    values, grid = _prepared(placed, InputSpec(axes=axes, **PLACED[kind]))
    assert values.shape == grid.shape
    assert np.abs(_peak(values, grid) - BLOB).max() < 0.35
    assert grid.axcodes == tuple(axes)


@pytest.mark.parametrize("axes", AXES)
@pytest.mark.parametrize("kind", PLACED)
def test_a_map_is_carried_back_to_the_same_point(placed: Scan, kind: str, axes: str) -> None:
    prepared = prepare(placed, Card("net", input=InputSpec(axes=axes, **PLACED[kind])))
    back = prepared.resample_to_scan(prepared.tensor[0, 0].numpy(), placed)
    assert back.shape == placed.data.shape
    assert np.abs(_peak(back, placed.grid) - BLOB).max() < 0.5


def test_a_fixed_grid_in_the_world_agrees_with_nibabel(placed: Scan) -> None:
    affine = np.array([[-1.5, 0, 0, 40], [0, 0, 1.5, -45], [0, 1.5, 0, -20], [0, 0, 0, 1.0]])
    wanted = InputSpec(
        (50, 48, 46), Placement.AFFINE, affine=tuple(tuple(float(v) for v in row) for row in affine)
    )
    values, grid = _prepared(placed, wanted)
    assert np.array_equal(grid.affine, affine)
    image = nib.Nifti1Image(placed.data, placed.affine)
    expected = resample_from_to(image, (values.shape, affine), order=1).get_fdata()
    inside = expected > 0
    assert inside.mean() > 0.3
    np.testing.assert_allclose(values[inside], expected[inside], atol=2e-6)


def test_centres_are_those_of_scipys_zoom(placed: Scan) -> None:
    values, _ = _prepared(placed, InputSpec((23, 30, 19), axes="RAS", ends="centres"))
    factors = np.array((23, 30, 19)) / placed.data.shape
    np.testing.assert_allclose(values, zoom(placed.data, factors, order=1), atol=1e-6)


@pytest.mark.parametrize(("ends", "corners"), [("faces", False), ("centres", True)])
def test_ends_are_those_of_interpolate(placed: Scan, ends: str, corners: bool) -> None:
    wanted = InputSpec((23, 50, 19), axes="SRA", ends=ends)
    values, _ = _prepared(placed, wanted)
    turned = torch.from_numpy(placed.data.transpose(2, 0, 1).copy())[None, None]
    expected = torch.nn.functional.interpolate(turned, (23, 50, 19), mode="trilinear", align_corners=corners)
    np.testing.assert_allclose(values, expected[0, 0].numpy(), atol=2e-6)


def test_left_and_right_are_told_apart(placed: Scan) -> None:
    shape = (30, 28, 26)
    right, _ = _prepared(placed, InputSpec(shape, axes="RAS"))
    left, grid = _prepared(placed, InputSpec(shape, axes="LAS"))
    np.testing.assert_allclose(left, right[::-1], atol=1e-6)
    assert not np.allclose(left, right, atol=0.01)
    assert grid.axcodes == ("L", "A", "S")


def test_the_same_head_stored_otherwise_gives_the_same_tensor(placed: Scan) -> None:
    """The reader turns a file that lies L I A; here a turned grid is given as it is."""
    turned = Scan(placed.data.transpose(0, 2, 1)[::-1].copy(), _turned(placed.grid), "turned")
    wanted = InputSpec((48, 50, 46), Placement.SPACING, axes="SRA", spacing=(2.0, 2.0, 2.0))
    first, grid = _prepared(placed, wanted)
    second, other = _prepared(turned, wanted)
    assert grid.same_as(other)
    np.testing.assert_allclose(first, second, atol=2e-6)


def _turned(grid: Grid) -> Grid:
    turned = grid.permuted((0, 2, 1))
    flip = np.diag([-1.0, 1.0, 1.0, 1.0])
    flip[0, 3] = turned.shape[0] - 1
    return Grid(turned.shape, turned.affine @ flip)


def test_a_box_is_centred_on_the_scan_or_on_its_foreground(placed: Scan) -> None:
    common: dict[str, Any] = {
        "shape": (21, 21, 21),
        "placement": Placement.SPACING,
        "spacing": (2.0, 2.0, 2.0),
    }
    assert np.allclose(make_network_grid(InputSpec(**common), placed).centre, placed.grid.centre, atol=1e-9)
    around = make_network_grid(InputSpec(**common, centre="foreground"), placed)
    assert np.linalg.norm(around.centre - BLOB) < 4.0
    np.testing.assert_allclose(around.spacing, 2.0)


def test_the_foreground_is_covered_with_its_margin(placed: Scan) -> None:
    wanted = InputSpec(placement=Placement.FOREGROUND, spacing=(2.0, 2.0, 2.0), margin=6.0, multiple=8)
    grid = make_network_grid(wanted, placed)
    assert all(size % 8 == 0 for size in grid.shape)
    from viewer.scans.foreground import foreground_mask

    inside = placed.grid.to_world(np.argwhere(foreground_mask(placed.data)))
    assert grid.contains(inside).all()
    tight = make_network_grid(InputSpec(placement=Placement.FOREGROUND, spacing=(2.0, 2.0, 2.0)), placed)
    assert (np.array(grid.shape) * 2.0 >= np.array(tight.shape) * 2.0 + 12.0 - 2.0).all()


def test_nearest_takes_only_values_that_are_there(placed: Scan) -> None:
    labels = Scan(np.round(placed.data * 3), placed.grid, "labels")
    values, _ = _prepared(labels, InputSpec((50, 47, 44), interpolation="nearest"))
    assert set(np.unique(values)) <= {0.0, 1.0, 2.0, 3.0}
    smooth, _ = _prepared(labels, InputSpec((50, 47, 44)))
    assert not set(np.unique(smooth)) <= {0.0, 1.0, 2.0, 3.0}


def test_channels_repeat_the_scan_where_the_card_says_so(placed: Scan) -> None:
    names = ("T1c", "T1", "FLAIR")
    wanted = InputSpec((20, 20, 20), channels=3, inputs=tuple(map(InputChannel, names)), repeat=True)
    prepared = prepare(placed, Card("net", input=wanted))
    tensor = prepared.tensor
    assert tensor.shape == (1, 3, 20, 20, 20)
    assert torch.equal(tensor[:, 0], tensor[:, 2])
    assert (
        "used for all 3 channels of the network (T1c, T1, FLAIR): its card says repeat" in prepared.notes[0]
    )


def test_one_scan_is_refused_by_a_network_of_several_images(placed: Scan) -> None:
    wanted = InputSpec((20, 20, 20), channels=3, inputs=tuple(map(InputChannel, ("T1c", "T1", "FLAIR"))))
    with pytest.raises(ModelError) as caught:
        prepare(placed, Card("net", input=wanted))
    assert str(caught.value).startswith("net: takes 3 images (T1c, T1, FLAIR), but one scan is one image")
    assert '"repeat": true' in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("axes", ["RAS", "LPI", "RSA", "ASR"])
def test_a_slice_is_cut_where_the_card_says_and_carried_back_there(placed: Scan, axes: str) -> None:
    normal = {"R": 0, "L": 0, "A": 1, "P": 1, "S": 2, "I": 2}[axes[2]]
    sign = 1.0 if axes[2] in "RAS" else -1.0
    middle = placed.grid.to_voxel(placed.grid.centre)
    wanted_at = middle.copy()
    wanted_at[normal] = np.round(placed.grid.to_voxel(BLOB)[normal])
    offset = float((wanted_at - middle)[normal] * placed.grid.spacing[normal] * sign)
    sizes = [placed.grid.shape["RASLPI".index(letter) % 3] for letter in axes[:2]]
    wanted = InputSpec((sizes[0], sizes[1]), axes=axes, slice=offset)
    prepared = prepare(placed, Card("net", input=wanted))
    assert prepared.tensor.shape == (1, 1, *sizes)
    assert prepared.grid.shape == (*sizes, 1)
    cut = np.take(placed.data, int(wanted_at[normal]), axis=normal)
    if "RASLPI".index(axes[0]) % 3 > "RASLPI".index(axes[1]) % 3:
        cut = cut.T
    for axis in (0, 1):
        if axes[axis] in "LPI":
            cut = np.flip(cut, axis)
    np.testing.assert_allclose(prepared.tensor[0, 0].numpy(), cut, atol=1e-6)
    back = prepared.resample_to_scan(prepared.tensor[0, 0].numpy(), placed)
    layers = np.flatnonzero(back.any(axis=tuple(a for a in range(3) if a != normal)))
    assert layers.tolist() == [int(wanted_at[normal])]
    np.testing.assert_allclose(np.take(back, layers[0], axis=normal).max(), cut.max(), atol=1e-6)


def _values() -> np.ndarray:
    values = np.random.default_rng(0).gamma(2.0, 50.0, (9, 8, 7)).astype(np.float32)
    values[:3] = 0.0
    return values


RULES = [
    (IntensitySpec(IntensityScaling.NONE), lambda v: v),
    (IntensitySpec(IntensityScaling.Z_SCORE), lambda v: (v - v.mean()) / v.std()),
    (
        IntensitySpec(IntensityScaling.Z_SCORE, over="nonzero"),
        lambda v: (v - v[v != 0].mean()) / v[v != 0].std(),
    ),
    (
        IntensitySpec(IntensityScaling.Z_SCORE, over="nonzero", background="kept"),
        lambda v: np.where(v != 0, (v - v[v != 0].mean()) / v[v != 0].std(), 0),
    ),
    (IntensitySpec(IntensityScaling.RANGE), lambda v: v / v.max()),
    (IntensitySpec(IntensityScaling.RANGE, to=(-1.0, 3.0)), lambda v: v / v.max() * 4 - 1),
    (
        IntensitySpec(IntensityScaling.RANGE, over="nonzero", percentiles=(5.0, 95.0)),
        lambda v: np.clip((v - _p(v, 5)) / (_p(v, 95) - _p(v, 5)), 0, 1),
    ),
    (IntensitySpec(IntensityScaling.BOUNDS, bounds=(20.0, 120.0)), lambda v: np.clip((v - 20) / 100, 0, 1)),
    (IntensitySpec(IntensityScaling.MAXIMUM), lambda v: v / v.max()),
    (IntensitySpec(IntensityScaling.MEAN), lambda v: v / v.mean()),
    (IntensitySpec(IntensityScaling.MEAN, over="nonzero"), lambda v: v / v[v != 0].mean()),
]


def _p(values: np.ndarray, percent: float) -> float:
    return float(np.percentile(values[values != 0], percent))


@pytest.mark.parametrize(
    ("rule", "formula"), RULES, ids=lambda value: "" if callable(value) else str(value)[:120]
)
def test_intensities_are_scaled_by_their_formula(rule: IntensitySpec, formula: Any) -> None:
    values = _values()
    found = scale_intensities(values, values, rule, "scan")
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, formula(values.astype(np.float64)), rtol=2e-6, atol=2e-6)


def test_statistics_can_be_taken_before_resampling(placed: Scan) -> None:
    inside, _ = _prepared(placed, InputSpec((20, 20, 20), intensity=IntensitySpec(IntensityScaling.MEAN)))
    before, _ = _prepared(
        placed, InputSpec((20, 20, 20), intensity=IntensitySpec(IntensityScaling.MEAN, measured="scan"))
    )
    plain, _ = _prepared(placed, InputSpec((20, 20, 20)))
    np.testing.assert_allclose(before, plain / placed.data.mean(dtype=np.float64), rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(inside, plain / plain.mean(dtype=np.float64), rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("scaling", [IntensityScaling.Z_SCORE, IntensityScaling.RANGE])
def test_a_scan_without_contrast_is_refused(scaling: IntensityScaling, placed: Scan) -> None:
    flat = Scan(np.full(placed.data.shape, 7.0), placed.grid, "flat")
    with pytest.raises(ModelError, match="flat: has no contrast"):
        prepare(flat, Card("net", input=InputSpec((9, 9, 9), intensity=IntensitySpec(scaling))))


def test_a_scan_of_zeros_is_refused_where_zeros_do_not_count(placed: Scan) -> None:
    empty = Scan(np.zeros(placed.data.shape), placed.grid, "empty")
    with pytest.raises(ModelError, match="empty: is zero everywhere"):
        prepare(
            empty,
            Card(
                "net",
                input=InputSpec((9, 9, 9), intensity=IntensitySpec(IntensityScaling.Z_SCORE, over="nonzero")),
            ),
        )


def test_a_card_without_input_takes_no_scan(placed: Scan) -> None:
    with pytest.raises(ModelError, match="net: its card lacks 'input'"):
        prepare(placed, Card("net"))


def test_a_scan_far_from_the_networks_grid_is_refused(placed: Scan) -> None:
    far = ((1.0, 0.0, 0.0, 900.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))
    with pytest.raises(ModelError, match="blob: does not reach the grid of net"):
        prepare(placed, Card("net", input=InputSpec((9, 9, 9), Placement.AFFINE, affine=far)))


def test_what_is_cut_off_is_said(placed: Scan) -> None:
    small = InputSpec((12, 12, 12), Placement.SPACING, spacing=(2.0, 2.0, 2.0))
    notes = prepare(placed, Card("net", input=small)).notes
    assert len(notes) == 1
    assert "are outside of the network's grid" in notes[0]
    assert prepare(placed, Card("net", input=InputSpec((12, 12, 12)))).notes == ()


def test_the_scan_is_left_alone(placed: Scan) -> None:
    before = placed.data.copy()
    prepare(
        placed,
        Card("net", input=InputSpec(placed.data.shape, intensity=IntensitySpec(IntensityScaling.Z_SCORE))),
    )
    assert np.array_equal(placed.data, before)
