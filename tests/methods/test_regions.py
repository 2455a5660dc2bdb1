"""Regions of a dense prediction: words, boxes, masks on other grids, single bodies."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest
import torch

from viewer.errors import MethodError
from viewer.methods.method import Target
from viewer.methods.regions import (
    Above,
    Box,
    Chosen,
    Everything,
    Region,
    probability_of,
    read_region,
)
from viewer.models.output import OutputKind, OutputMeaning
from viewer.scans.grid import Grid

GRID = Grid((6, 5, 4), np.array([[-2, 0, 0, 7], [0, 3, 0, -6], [0, 0, 4, -8], [0, 0, 0, 1.0]]))
"""Its first axis runs to the left."""


@pytest.fixture
def probability() -> np.ndarray:
    values = np.full(GRID.shape, 0.1, dtype=np.float32)
    values[0, 0, 0] = 0.9
    values[1, 1, 1] = 0.8
    values[4, 3, 2] = 0.6
    return values


@pytest.mark.parametrize(
    "region", [Everything(), Above(), Above(0.25, (-1.5, 2, 30)), Box((-1, -2.5, 0), (3, 4, 5))]
)
def test_what_a_provenance_says_is_understood(region: Region) -> None:
    assert read_region(region.text) == region


def test_the_usual_region_is_above_one_half() -> None:
    assert read_region(None) == Above(0.5)


def test_above_and_the_one_body_at_a_point(probability: np.ndarray) -> None:
    assert Above(0.5).inside(probability, None).sum() == 3
    # Two voxels that share a corner are one body; the third stands alone, at 7 - 2·4 mm to the right.
    assert np.argwhere(Above(0.5, (-1, 3, 0)).inside(probability, GRID)).tolist() == [[4, 3, 2]]
    both = Above(0.5, tuple(GRID.to_world((1, 1, 1)))).inside(probability, GRID)  # type: ignore[arg-type]
    assert np.argwhere(both).tolist() == [[0, 0, 0], [1, 1, 1]]


@pytest.mark.parametrize("at", [(1, 3, 0), (-100, 0, 0), (100, 0, 0)])
def test_a_point_outside_of_every_body_is_told(probability: np.ndarray, at: tuple[float, ...]) -> None:
    with pytest.raises(MethodError, match="the point is in no body"):
        Above(0.5, at).inside(probability, GRID)  # type: ignore[arg-type]


def test_nothing_above_is_told_with_the_largest(probability: np.ndarray) -> None:
    with pytest.raises(MethodError, match=r"nowhere is the probability above 0.95; its largest is 0.9"):
        Above(0.95).inside(probability, GRID)


def test_a_box_in_mm_holds_the_voxels_whose_centres_it_holds(probability: np.ndarray) -> None:
    box = read_region("box:-1,-3,-8,3,3,0")
    inside = box.inside(probability, GRID)
    points = np.array([GRID.to_world(voxel) for voxel in np.argwhere(inside)])
    assert points.min(0).tolist() == [-1, -3, -8]
    assert points.max(0).tolist() == [3, 3, 0]
    assert inside.sum() == 3 * 3 * 3
    with pytest.raises(MethodError, match="no voxel of the prediction lies in it"):
        read_region("box:50,50,50,60,60,60").inside(probability, GRID)


@pytest.mark.parametrize("flip", [False, True], ids=["same order", "reversed"])
def test_a_mask_comes_by_its_affine_left_and_right_kept(
    tmp_path: Path, probability: np.ndarray, flip: bool
) -> None:
    """The mask is on half the spacing and, once, stored from the other side."""
    fine = GRID.resized((12, 10, 8))
    values = np.zeros(fine.shape, dtype=np.uint8)
    values[8:10, 6:8, 4:6] = 3  # the voxel 4, 3, 2
    affine = np.array(fine.affine)
    if flip:
        values = values[::-1]
        affine[:3, 3] += affine[:3, 0] * 11
        affine[:3, 0] *= -1
    path = tmp_path / "mask.nii.gz"
    nibabel.save(nibabel.Nifti1Image(values, affine), path)
    region = read_region(path)
    assert region.text.startswith("mask mask (")
    assert np.argwhere(region.inside(probability, GRID)).tolist() == [[4, 3, 2]]


def test_a_mask_elsewhere_is_told(tmp_path: Path, probability: np.ndarray) -> None:
    path = tmp_path / "mask.nii.gz"
    affine = np.eye(4)
    affine[:3, 3] = 500
    nibabel.save(nibabel.Nifti1Image(np.ones((4, 4, 4), dtype=np.uint8), affine), path)
    with pytest.raises(MethodError, match="no voxel of the prediction lies in it"):
        read_region(str(path)).inside(probability, GRID)


def test_a_bare_tensor_has_no_place_in_space(probability: np.ndarray) -> None:
    for text in ("box:0,0,0,1,1,1", "above:0.5@0,0,0"):
        with pytest.raises(MethodError, match="a bare tensor has no place in space"):
            read_region(text).inside(probability, None)
    chosen = read_region(torch.from_numpy(probability > 0.7))
    assert isinstance(chosen, Chosen)
    assert chosen.inside(probability, None).sum() == 2
    with pytest.raises(MethodError, match="its shape is 2×2; the prediction's is 6×5×4"):
        read_region(np.ones((2, 2))).inside(probability, None)


@pytest.mark.parametrize(
    "text",
    [
        "above:",
        "above:x",
        "above:1",
        "above:-0.1",
        "above:0.5@1,2",
        "box:1,2,3",
        "box:1,2,3,4,5,nan",
        "no.nii",
        "",
    ],
)
def test_what_is_no_region_is_one_clear_line(text: str) -> None:
    with pytest.raises(MethodError) as caught:
        read_region(text)
    assert str(caught.value).startswith(f"region {text}")
    assert "\n" not in str(caught.value)


def test_probabilities_are_softmax_over_classes_or_one_sigmoid() -> None:
    output = torch.tensor([1.0, 3.0]).view(1, 2, 1, 1).expand(1, 2, 3, 4)
    softmax, sigmoid = OutputMeaning(OutputKind.SOFTMAX), OutputMeaning(OutputKind.SIGMOID)
    labels = OutputMeaning(OutputKind.MULTI_LABEL)
    assert probability_of(output, Target(1, "b"), softmax) == pytest.approx(1 / (1 + np.exp(-2.0)))
    assert probability_of(output, Target(1, "b"), labels) == pytest.approx(1 / (1 + np.exp(-3.0)))
    assert probability_of(output[:, 1:], Target(0, "a"), sigmoid) == pytest.approx(1 / (1 + np.exp(-3.0)))
    assert probability_of(output[:, 1:], Target(0, "not a", sign=-1), sigmoid) == pytest.approx(
        1 / (1 + np.exp(3.0))
    )
