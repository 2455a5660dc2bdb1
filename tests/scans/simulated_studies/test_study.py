"""The simulated studies: their design, their numbers, and that a seed makes them again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from viewer.errors import ScanError
from viewer.scans.simulated_studies.save import write_study
from viewer.scans.simulated_studies.study import FINGERS, SACCADES, STUDIES, Study, find_study, pet_grid


def small(study: Study, **changes) -> Study:
    return replace(study, subject_count=2, grid=pet_grid(8.0), **changes)


@pytest.fixture(scope="module")
def loud() -> Study:
    """A study without noise, drift and anatomy, so that what is planted can be measured."""
    still = replace(
        SACCADES.physics,
        counts=1e8,
        deformation_sd=1e-9,
        subject_global_sd=0.0,
        scan_global_sd=0.0,
        subject_regional_sd=0.0,
        scan_regional_sd=0.0,
    )
    return small(SACCADES, physics=still)


@pytest.mark.parametrize("study", STUDIES)
def test_eight_subjects_with_eight_scans_each(study):
    assert study.subject_count == 8
    assert len(study.levels) == len(study.labels) == 8
    assert study.scan_count == 64
    assert sorted(study.level_order(3)) == list(range(8))


def test_the_designs_are_those_of_the_paper():
    assert len(set(SACCADES.labels)) == 8
    assert sorted(SACCADES.levels) == pytest.approx([n / 7 for n in range(8)])
    assert [float(label) for label in SACCADES.labels] == sorted(float(label) for label in SACCADES.labels)
    assert FINGERS.labels.count("rest") == FINGERS.labels.count("active") == 4
    assert all(
        (label == "active") == (level == 1)
        for label, level in zip(FINGERS.labels, FINGERS.levels, strict=True)
    )


def test_the_truth_lies_in_the_visual_and_the_sensory_motor_cortex():
    for study, inside in (
        (SACCADES, lambda x: (np.abs(x[:, 0]) < 25) & (x[:, 1] < -70) & (np.abs(x[:, 2]) < 22)),
        (FINGERS, lambda x: (np.abs(x[:, 0]) > 22) & (np.abs(x[:, 1] + 23) < 20) & (x[:, 2] > 40)),
    ):
        places = study.grid.to_world(np.argwhere(study.activated_mask()))
        assert len(places) > 40
        assert inside(places).all()
        assert (places[:, 0] < 0).any()
        assert (places[:, 0] > 0).any()


def test_the_effect_is_planted_in_proportion_to_the_level(loud):
    scans = {label: scan.data.astype(np.float64) for scan, label in loud.simulate_scans(0)}
    levels = dict(zip(loud.labels, loud.levels, strict=True))
    rest, most = scans["0"], scans["1.75"]
    truth = loud.activated_mask()
    effect = (most - rest)[truth] / rest[truth]
    assert 0.02 < effect.mean() < 0.08, "a few per cent"
    for label, image in scans.items():
        share = (image - rest)[truth].mean() / (most - rest)[truth].mean()
        assert share == pytest.approx(levels[label], abs=0.02)
    far = loud.grid.to_world(np.moveaxis(np.indices(loud.grid.shape), 0, -1))[..., 1] > 0
    assert np.abs(most - rest)[far].max() < 0.1 * effect.mean() * rest[truth].mean()


def test_noise_is_poissons(loud):
    """Four times the counts, half the noise; twice the flow, √2 of it."""

    def spread(counts):
        study = replace(loud, levels=(0.0,) * 8, physics=replace(loud.physics, counts=counts))
        images = np.stack([scan.data for scan, _ in study.simulate_scans(0)])
        return images.mean(axis=0), images.std(axis=0, ddof=1)

    mean, few = spread(50.0)
    _, many = spread(200.0)
    brain = mean > 10
    assert few[brain].mean() / many[brain].mean() == pytest.approx(2.0, rel=0.1)
    low, high = (mean > 18) & (mean < 26), (mean > 40) & (mean < 48)
    ratio = np.sqrt((few[high] ** 2).mean() / (few[low] ** 2).mean())
    assert ratio == pytest.approx(np.sqrt(mean[high].mean() / mean[low].mean()), rel=0.15)


def test_subjects_differ_and_the_same_seed_is_the_same_scan():
    study = small(FINGERS)
    first = [scan.data for scan, _ in study.simulate_scans(0)]
    again = [scan.data for scan, _ in small(FINGERS).simulate_scans(0)]
    other = [scan.data for scan, _ in study.simulate_scans(1)]
    new = [scan.data for scan, _ in small(FINGERS, seed=7).simulate_scans(0)]
    np.testing.assert_array_equal(first, again)
    for different in (other, new):
        assert np.abs(first[0] - different[0]).max() > 1


def test_a_written_study_is_read_as_any_table(tmp_path):
    study = small(FINGERS, levels=(0.0, 1.0), labels=("rest", "active"))
    table = write_study(study, tmp_path / "study")
    assert [row.y for row in table.rows[:2]] in (["rest", "active"], ["active", "rest"])
    assert set(table.subjects) == {"sub-01", "sub-02"}
    from viewer.scans.load import load_scan

    scan = load_scan(table.rows[2].scan_path)
    direct, label = next(study.simulate_scans(1))
    np.testing.assert_array_equal(scan.data, direct.data)
    assert label == table.rows[2].y
    assert scan.grid.same_as(study.grid)
    truth = load_scan(tmp_path / "study" / "truth.nii.gz")
    np.testing.assert_array_equal(truth.data > 0, study.activated_mask())


def test_unknown_studies_are_refused():
    assert find_study("saccades") is SACCADES
    with pytest.raises(ScanError, match="no such simulated study; there are saccades, fingers"):
        find_study("memory")
