"""Regions of a dense prediction: words, boxes, masks on other grids, single bodies."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest
import torch

from viewer.errors import MethodError
from viewer.methods.base import Target
from viewer.methods.output_regions import (
    ArrayRegion,
    BoxRegion,
    OutputRegion,
    ThresholdRegion,
    WholeOutput,
    class_probability,
)
from viewer.methods.region_parser import parse_region
from viewer.models.output_kind import OutputKind
from viewer.models.output_meaning import OutputMeaning
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
    "region",
    [
        WholeOutput(),
        ThresholdRegion(),
        ThresholdRegion(0.25, (-1.5, 2, 30)),
        BoxRegion((-1, -2.5, 0), (3, 4, 5)),
    ],
)
def test_region_text_of_a_provenance_is_parsed(region: OutputRegion) -> None:
    assert parse_region(region.text) == region


def test_default_region_is_above_one_half() -> None:
    assert parse_region(None) == ThresholdRegion(0.5)


def test_threshold_region_and_the_component_at_a_point(probability: np.ndarray) -> None:
    assert ThresholdRegion(0.5).compute_mask(probability, None).sum() == 3
    # Two voxels that share a corner are one body; the third stands alone, at 7 - 2·4 mm to the right.
    assert np.argwhere(ThresholdRegion(0.5, (-1, 3, 0)).compute_mask(probability, GRID)).tolist() == [
        [4, 3, 2]
    ]
    both = ThresholdRegion(0.5, tuple(GRID.to_world((1, 1, 1)))).compute_mask(probability, GRID)  # type: ignore[arg-type]
    assert np.argwhere(both).tolist() == [[0, 0, 0], [1, 1, 1]]


@pytest.mark.parametrize("at", [(1, 3, 0), (-100, 0, 0), (100, 0, 0)])
def test_point_outside_every_component_is_refused(probability: np.ndarray, at: tuple[float, ...]) -> None:
    with pytest.raises(MethodError, match="the point is in no cluster"):
        ThresholdRegion(0.5, at).compute_mask(probability, GRID)  # type: ignore[arg-type]


def test_empty_threshold_region_names_the_largest_probability(probability: np.ndarray) -> None:
    with pytest.raises(MethodError, match=r"the probability is nowhere above 0.95; its largest is 0.9"):
        ThresholdRegion(0.95).compute_mask(probability, GRID)


def test_a_box_in_mm_holds_the_voxels_whose_centres_it_holds(probability: np.ndarray) -> None:
    box = parse_region("box:-1,-3,-8,3,3,0")
    inside = box.compute_mask(probability, GRID)
    points = np.array([GRID.to_world(voxel) for voxel in np.argwhere(inside)])
    assert points.min(0).tolist() == [-1, -3, -8]
    assert points.max(0).tolist() == [3, 3, 0]
    assert inside.sum() == 3 * 3 * 3
    with pytest.raises(MethodError, match="no voxel of the prediction lies in it"):
        parse_region("box:50,50,50,60,60,60").compute_mask(probability, GRID)


@pytest.mark.parametrize("flip", [False, True], ids=["same order", "reversed"])
def test_mask_is_resampled_by_its_affine(tmp_path: Path, probability: np.ndarray, flip: bool) -> None:
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
    region = parse_region(path)
    assert region.text.startswith("mask mask (")
    assert np.argwhere(region.compute_mask(probability, GRID)).tolist() == [[4, 3, 2]]


def test_mask_outside_the_prediction_is_refused(tmp_path: Path, probability: np.ndarray) -> None:
    path = tmp_path / "mask.nii.gz"
    affine = np.eye(4)
    affine[:3, 3] = 500
    nibabel.save(nibabel.Nifti1Image(np.ones((4, 4, 4), dtype=np.uint8), affine), path)
    with pytest.raises(MethodError, match="no voxel of the prediction lies in it"):
        parse_region(str(path)).compute_mask(probability, GRID)


def test_a_bare_tensor_has_no_place_in_space(probability: np.ndarray) -> None:
    for text in ("box:0,0,0,1,1,1", "above:0.5@0,0,0"):
        with pytest.raises(MethodError, match="a bare tensor has no spatial coordinates"):
            parse_region(text).compute_mask(probability, None)
    chosen = parse_region(torch.from_numpy(probability > 0.7))
    assert isinstance(chosen, ArrayRegion)
    assert chosen.compute_mask(probability, None).sum() == 2
    with pytest.raises(MethodError, match="its shape is 2×2; the prediction's is 6×5×4"):
        parse_region(np.ones((2, 2))).compute_mask(probability, None)


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
        parse_region(text)
    assert str(caught.value).startswith(f"region {text}")
    assert "\n" not in str(caught.value)


def test_probabilities_are_softmax_over_classes_or_one_sigmoid() -> None:
    output = torch.tensor([1.0, 3.0]).view(1, 2, 1, 1).expand(1, 2, 3, 4)
    softmax, sigmoid = OutputMeaning(OutputKind.SOFTMAX), OutputMeaning(OutputKind.SIGMOID)
    labels = OutputMeaning(OutputKind.MULTI_LABEL)
    assert class_probability(output, Target(1, "b"), softmax) == pytest.approx(1 / (1 + np.exp(-2.0)))
    assert class_probability(output, Target(1, "b"), labels) == pytest.approx(1 / (1 + np.exp(-3.0)))
    assert class_probability(output[:, 1:], Target(0, "a"), sigmoid) == pytest.approx(1 / (1 + np.exp(-3.0)))
    assert class_probability(output[:, 1:], Target(0, "not a", sign=-1), sigmoid) == pytest.approx(
        1 / (1 + np.exp(3.0))
    )
