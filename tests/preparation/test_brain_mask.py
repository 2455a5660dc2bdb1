"""Brain masks: of scans that are stripped already, and of what is not a head."""

from __future__ import annotations

import numpy as np
import pytest

from tests.preparation.simulated_head import head_values, moved_brain, moved_head, transform
from viewer.errors import ScanError
from viewer.preparation.brain_mask import STRIPPED, BrainMask, extract_brain, find_stripped_brain
from viewer.preparation.pipeline import prepare
from viewer.preparation.registration import dice
from viewer.preparation.requirements import Requirements
from viewer.preparation.template import Template, load_template
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan


@pytest.fixture(scope="module")
def template() -> Template:
    return load_template()


@pytest.mark.slow
def test_a_stripped_brain_is_not_stripped_again(template: Template) -> None:
    turned = transform((20, -10, 5), (10, 0, 4), (0.9, 0.9, 0.9))
    head = moved_head(turned, template)
    brain = moved_brain(turned, template, head)
    stripped = Scan(np.where(brain.data, head.data + 1, 0) - 7, head.grid, "stripped")
    found = extract_brain(stripped, template=template)
    assert found.method == STRIPPED
    assert dice(found.data, brain.data) > 0.999
    prepared = prepare(stripped, Requirements(skull="removed"))
    (step, _) = prepared.steps
    assert step.parameters == {"method": STRIPPED}
    assert step.results["notes"] == ["the skull had been removed from the scan before"]


def test_the_template_is_its_own_brain(template: Template) -> None:
    found = find_stripped_brain(template.scan)
    assert found is not None
    assert dice(found.data, template.brain_mask) > 0.98


@pytest.mark.slow
def test_scans_with_a_skull_or_cut_off_are_not_taken_for_stripped(template: Template) -> None:
    values = head_values(template)
    in_air_of_zero = np.where(values > 0.1, values, 0).astype(np.float32)
    noise = np.random.default_rng(0).uniform(size=(60, 60, 60)).astype(np.float32)
    brain = np.where(template.brain_mask, template.scan.data, np.float32(0))
    half = brain[:, : brain.shape[1] // 2]
    for scan in (
        Scan(values, template.grid, "head"),
        Scan(in_air_of_zero, template.grid, "head in air of 0"),
        Scan(noise, Grid(noise.shape, np.diag([3.0, 3.0, 3.0, 1.0])), "noise"),
        Scan(half, Grid(half.shape, template.grid.affine), "half"),
        Scan(brain, Grid(brain.shape, np.diag([0.5, 0.5, 0.5, 1.0])), "small"),
    ):
        assert find_stripped_brain(scan) is None, scan.name


def test_a_scan_without_contrast_is_refused(template: Template) -> None:
    scan = Scan(np.ones((8, 9, 10), np.float32), Grid((8, 9, 10), np.eye(4)), "blank")
    with pytest.raises(ScanError, match="has no contrast"):
        extract_brain(scan, template=template)


def test_a_field_of_view_smaller_than_a_brain_is_refused_with_its_unit(template: Template) -> None:
    affine = np.diag([0.1, 0.1, 0.1, 1.0]) @ template.grid.affine
    scan = Scan(template.scan.data, Grid(template.grid.shape, affine), "head")
    with pytest.raises(ScanError, match=r"20 × 23 × 19 mm.*give lengths in cm but to declare them as mm"):
        extract_brain(scan, template=template)


@pytest.mark.slow
def test_noise_is_refused(template: Template) -> None:
    values = np.random.default_rng(0).uniform(size=(128, 128, 128)).astype(np.float32)
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    affine[:3, 3] = -128
    with pytest.raises(ScanError, match="has no detectable head"):
        extract_brain(Scan(values, Grid(values.shape, affine), "noise"), template=template)


def test_a_mask_given_says_nothing_about_how_it_was_found() -> None:
    grid = Grid((4, 5, 6), np.eye(4))
    inside = np.zeros(grid.shape, bool)
    inside[1:3, 1:3, 1:3] = True
    scan = Scan(np.ones(grid.shape, np.float32), grid, "scan")
    given = BrainMask(inside, grid, "by hand", problems=("unlike",))
    assert prepare(scan, Requirements(skull="removed"), mask=given).problems == ()
