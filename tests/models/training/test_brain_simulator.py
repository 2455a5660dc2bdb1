"""Simulated brains: made again by their seed, varied, and never told apart by anything but lesions."""

from __future__ import annotations

import numpy as np
import pytest

from viewer.models.training.brain_simulator import (
    MNI_3MM,
    BrainSimulator,
    BrainVariation,
    LesionOptions,
    simulate_scans,
    z_score,
)
from viewer.progress import Progress
from viewer.scans.grid import Grid
from viewer.scans.load import load_scan
from viewer.scans.resample import resample
from viewer.scans.simulated_lesions import LesionShape, white_matter_level

NOTHING = BrainVariation(
    rotation_sd=0,
    translation_sd=0,
    scaling_sd=0,
    deformation_sd=0,
    log_gamma_sd=0,
    bias_field_sd=0,
    max_noise=0,
)


@pytest.fixture(scope="module")
def simulator() -> BrainSimulator:
    template = load_scan("mni152")
    return BrainSimulator(template.data, template.grid)


def seeded_rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_the_same_seed_simulates_the_same_brain(simulator: BrainSimulator) -> None:
    first, again, other = (simulator.simulate_brain(seeded_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    inside = (first > 0) & (other > 0)
    assert np.abs(first - other)[inside].mean() > 0.05 * white_matter_level(first)


def test_without_variation_it_is_the_template(simulator: BrainSimulator) -> None:
    still = BrainSimulator(simulator.template, simulator.template_grid, variation=NOTHING)
    plain = resample(simulator.template, simulator.template_grid, MNI_3MM)
    np.testing.assert_allclose(
        still.simulate_brain(seeded_rng(0)), plain, atol=1e-5 * white_matter_level(plain)
    )


def test_the_whole_brain_is_on_the_grid(simulator: BrainSimulator) -> None:
    for seed in range(4):
        brain = simulator.simulate_brain(seeded_rng(seed))
        cut = sum(int(np.count_nonzero(np.take(brain, [0, -1], axis=axis))) for axis in range(3))
        assert cut <= 0.001 * np.count_nonzero(brain)
        litres = float((brain > 0).sum()) * MNI_3MM.voxel_volume / 1e6
        assert 1.4 < litres < 2.6


@pytest.mark.parametrize("form", list(LesionShape))
def test_lesions_lie_in_tissue_and_nothing_else_changes(simulator: BrainSimulator, form: LesionShape) -> None:
    planter = BrainSimulator(
        simulator.template, simulator.template_grid, lesion_options=LesionOptions((form,), max_count=3)
    )
    brain = planter.simulate_brain(seeded_rng(3))
    sick, share = planter.add_lesions(brain, seeded_rng(4))
    assert share.max() > 0.9
    assert np.array_equal(sick[share == 0], brain[share == 0])
    assert not sick[brain == 0].any()
    middle = share > 0.9
    assert (np.abs(sick - brain)[middle].mean()) > 0.2 * white_matter_level(brain)


def test_a_pair_of_brains_differs_in_its_lesions_alone(simulator: BrainSimulator) -> None:
    brain = simulator.simulate_brain(seeded_rng(5))
    sick, share = simulator.add_lesions(brain, seeded_rng(6))
    well, ill = z_score(brain), z_score(sick)
    away = (share == 0) & (brain > 0)
    # The lesions shift mean and deviation a little; apart from that the rest is the same.
    slope, level = np.polyfit(well[away], ill[away], 1)
    assert abs(slope - 1) < 0.2
    np.testing.assert_allclose(ill[away], slope * well[away] + level, atol=1e-4)


def test_z_score_is_what_the_card_asks_for() -> None:
    from viewer.models.input_spec import IntensityScaling, IntensitySpec
    from viewer.models.preprocessing import scale_intensities

    values = seeded_rng(0).gamma(2.0, 50.0, (9, 8, 7)).astype(np.float32)
    values[:3] = 0
    rule = IntensitySpec(IntensityScaling.Z_SCORE, over="nonzero", background="kept")
    np.testing.assert_allclose(z_score(values), scale_intensities(values, values, rule, "a scan"), atol=1e-6)


def test_any_grid_will_do(simulator: BrainSimulator) -> None:
    coarse = Grid(
        (20, 22, 18), np.array([[-10, 0, 0, 95], [0, 0, 10, -110], [0, -10, 0, 90], [0, 0, 0, 1.0]])
    )
    brain = BrainSimulator(simulator.template, simulator.template_grid, coarse).simulate_brain(seeded_rng(7))
    assert brain.shape == coarse.shape
    middle = coarse.to_world(np.argwhere(brain > 0)).mean(axis=0)
    np.testing.assert_allclose(middle, (0, -18, 8), atol=12)


def test_simulated_scans_are_drawn_by_seed_stream_and_number() -> None:
    def made(count: int, seed: int, stream: int, lesions: bool = False) -> list[np.ndarray]:
        scans = simulate_scans(count, seed, stream, lambda number: lesions, Progress())
        return [scan.data for scan in scans]

    first = made(2, 0, 1)
    np.testing.assert_array_equal(first[0], made(1, 0, 1)[0])
    for other in (first[1], made(1, 0, 2)[0], made(1, 1, 1)[0], made(1, 0, 1, lesions=True)[0]):
        assert (first[0] != other).any()
