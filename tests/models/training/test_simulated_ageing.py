"""Simulated people: with the years the cortex loses and the ventricles grow, each where it should."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt, map_coordinates

from viewer.models.training.brain_simulator import BrainVariation
from viewer.models.training.simulated_ageing import (
    AGE_BINS,
    AGE_GRID,
    AGE_RANGE,
    EXAMPLE_PERSON,
    AgeingOptions,
    GreyMatterSimulator,
    draw_age,
    find_ventricles,
)
from viewer.scans.grid import Grid
from viewer.scans.load import load_scan
from viewer.scans.simulated_studies.phantom import load_tissue_share

STILL = BrainVariation(rotation_sd=0, translation_sd=0, scaling_sd=0, deformation_sd=0)
COARSE = Grid((50, 62, 52), np.array([[3, 0, 0, -74], [0, 3, 0, -110], [0, 0, 3, -70], [0, 0, 0, 1]]))


def person(age: float, seed: int = 0, **ageing: float) -> np.ndarray:
    return GreyMatterSimulator(COARSE, AgeingOptions(**ageing), STILL).simulate_map(
        age, np.random.default_rng(seed)
    )


def test_the_same_seed_simulates_the_same_person() -> None:
    people = GreyMatterSimulator(COARSE)
    first, again, other = (people.simulate_map(50.0, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first.dtype == np.float32
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.3


def test_a_map_holds_shares_of_the_whole_brain() -> None:
    found = GreyMatterSimulator().simulate_map(30.0, np.random.default_rng(0))
    assert found.shape == AGE_GRID.shape
    assert found.min() == 0
    assert 0.9 < found.max() <= 1
    litres = found.sum() * AGE_GRID.voxel_volume / 1e6
    assert 0.7 < litres < 1.2
    faces = [np.take(found, edge, axis) for axis in range(3) for edge in (0, -1)]
    assert max(face.mean() for face in faces) < 0.05


@pytest.mark.slow
def test_the_years_take_grey_matter_away_and_never_bring_it() -> None:
    volumes = [person(age, spread=0, noise=0).sum() for age in (17, 35, 53, 71, 90)]
    assert all(after < before for before, after in pairwise(volumes))
    assert 0.10 < 1 - volumes[-1] / volumes[0] < 0.25


def test_the_cortex_alone_grows_thinner_without_growth() -> None:
    young, old = (person(age, spread=0, noise=0, growth=0) for age in (17, 90))
    assert (old <= young + 1e-6).all()
    middle = np.round(COARSE.to_voxel((0, -17, 8))).astype(int)  # the thalamus, deep inside
    assert old[tuple(middle)] == pytest.approx(young[tuple(middle)], abs=0.1)


@pytest.mark.slow
def test_the_ventricles_push_the_tissue_around_them_aside() -> None:
    young, old = (person(age, spread=0, noise=0, thinning=0) for age in (17, 90))
    whole, grid = _tissue()
    away = distance_transform_edt(~find_ventricles(whole, grid), sampling=grid.spacing)
    places = np.moveaxis(grid.to_voxel(COARSE.to_world(np.moveaxis(np.indices(COARSE.shape), 0, -1))), -1, 0)
    there = map_coordinates(away, places, order=1, mode="nearest")
    changed = np.abs(old - young)
    near, far, farthest = (changed[(there > low) & (there <= low + 10)].mean() for low in (0, 30, 60))
    assert near > 0.05
    assert far < near / 2
    assert farthest < near / 100


def _tissue() -> tuple[np.ndarray, Grid]:
    (grey, grid), (white, _) = load_tissue_share("gm"), load_tissue_share("wm")
    return grey + white, grid


def test_the_ventricles_lie_in_the_middle_on_both_sides() -> None:
    whole, grid = _tissue()
    hole = find_ventricles(whole, grid)
    assert 15 < hole.sum() * grid.voxel_volume / 1000 < 40
    points = grid.to_world(np.argwhere(hole))
    assert abs(points[:, 0].mean()) < 3
    assert min((points[:, 0] < -5).mean(), (points[:, 0] > 5).mean()) > 0.25
    assert np.abs(points[:, 0]).max() < 40


@pytest.mark.parametrize("number", range(len(AGE_BINS)))
def test_ages_are_drawn_from_all_of_a_bin(number: int) -> None:
    rng = np.random.default_rng(0)
    ages = [draw_age(number, rng) for _ in range(400)]
    first, last = AGE_BINS[number]
    assert all(first <= age < last + 1 for age in ages)
    assert AGE_RANGE[0] <= min(ages)
    assert max(ages) <= AGE_RANGE[1]
    low, high = max(AGE_BINS[number][0], AGE_RANGE[0]), min(AGE_BINS[number][1] + 1, AGE_RANGE[1])
    assert max(ages) - min(ages) > 0.95 * (high - low)


def test_the_built_in_map_is_made_as_it_says() -> None:
    age, seed = EXAMPLE_PERSON
    made = GreyMatterSimulator().simulate_map(age, np.random.default_rng(seed))
    scan = load_scan("simulated-grey-matter")
    assert scan.grid.shape == AGE_GRID.shape
    np.testing.assert_allclose(scan.grid.affine, AGE_GRID.affine)
    np.testing.assert_allclose(scan.data, made, atol=0.5 / 255 + 1e-6)
    assert f"{age:g}-year-old" in scan.notes[0]
    assert "Simulated" in scan.notes[0]
