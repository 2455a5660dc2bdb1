"""Registration to the template: a simulated head of which the transform is known, and what cannot be one."""

from __future__ import annotations

import numpy as np
import pytest

from tests.preparation.simulated_head import (
    Matrix,
    head_values,
    largest_distance,
    moved_brain,
    moved_head,
    transform,
)
from viewer.errors import Cancelled, ScanError
from viewer.preparation.brain_mask import BrainMask
from viewer.preparation.pose import find_pose, rotation_grid
from viewer.preparation.registration import Registration, measure_registration, register_to_template
from viewer.preparation.template import Template, load_template
from viewer.progress import Progress
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan
from viewer.scans.transform_problems import rotation_degrees

TILTED = transform((-38, 12, 20), (11, -25, 18), (0.92, 0.97, 1.06))
"""From template mm to scan mm."""


@pytest.fixture(scope="module")
def template() -> Template:
    return load_template()


@pytest.fixture(scope="module")
def head(template: Template) -> Scan:
    """The simulated head where the template is."""
    return Scan(head_values(template), template.grid, "head")


def register(matrix: Matrix, template: Template, step: float | tuple[float, ...] = 2.0) -> Registration:
    head = moved_head(matrix, template, step)
    return register_to_template(head, moved_brain(matrix, template, head), template=template)


@pytest.mark.slow
def test_the_transform_of_a_tilted_and_stretched_head_is_found(template: Template) -> None:
    found = register(TILTED, template)
    assert largest_distance(found.inverse, TILTED, template) < 1.0
    assert found.dice > 0.97
    assert found.correlation > 0.9
    assert found.coverage == 1.0
    assert found.problems == ()
    assert found.rotation == pytest.approx(rotation_degrees(TILTED), abs=1.0)


@pytest.mark.slow
@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("degrees", [-45, 45])
def test_rotations_by_45_degrees_are_found(template: Template, axis: int, degrees: int) -> None:
    turned = transform(tuple(degrees if other == axis else 0 for other in range(3)), (5, -8, 3))
    assert largest_distance(register(turned, template).inverse, turned, template) < 1.0


@pytest.mark.slow
@pytest.mark.parametrize("step", [1.0, 3.0, (1.0, 1.0, 5.0), (5.0, 1.0, 1.0)], ids=str)
def test_voxel_sizes_and_thick_slices_are_borne(template: Template, step: float | tuple[float, ...]) -> None:
    assert largest_distance(register(TILTED, template, step).inverse, TILTED, template) < 1.5


@pytest.mark.slow
def test_the_same_scan_gives_the_same_bits_on_any_number_of_threads(template: Template) -> None:
    import torch

    before = torch.get_num_threads()
    found = []
    try:
        for threads in (1, 2, 2):
            torch.set_num_threads(threads)
            found.append(register(TILTED, template).matrix.tobytes())
    finally:
        torch.set_num_threads(before)
    assert len(set(found)) == 1


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["rigid", "similarity"])
def test_fewer_degrees_of_freedom_are_kept_to(template: Template, kind: str) -> None:
    scale = 1.0 if kind == "rigid" else 0.93
    turned = transform((15, -10, 20), (3, 4, 5), (scale, scale, scale))
    head = moved_head(turned, template)
    found = register_to_template(head, moved_brain(turned, template, head), kind, template=template)
    assert largest_distance(found.inverse, turned, template) < 1.0
    assert max(found.scales) - min(found.scales) < 1e-6
    if kind == "rigid":
        assert found.scales == pytest.approx((1, 1, 1), abs=1e-9)


def test_the_starts_cover_all_rotations() -> None:
    from scipy.spatial.transform import Rotation

    starts = Rotation.from_rotvec(rotation_grid())
    wanted = Rotation.random(300, random_state=0)
    nearest = [min((one.inv() * starts).magnitude()) for one in wanted]
    assert np.degrees(max(nearest)) < 30


@pytest.mark.slow
def test_a_head_that_lies_upside_down_is_found_and_said(template: Template) -> None:
    turned = transform((180, 0, 10), (5, 0, -4))
    moved = moved_head(turned, template, 4.0)
    mask = moved_brain(turned, template, moved)
    pose = find_pose(moved.data, mask.data, moved.grid, template)
    assert largest_distance(pose.matrix, turned, template) < 5.0
    found = measure_registration(moved, mask, np.linalg.inv(pose.matrix), "similarity", template)
    assert "left and right cannot be told" in " ".join(found.problems)


def test_what_is_no_head_is_said_to_have_failed(template: Template) -> None:
    noise = np.random.default_rng(0).uniform(size=template.grid.shape).astype(np.float32)
    ball = BrainMask(template.brain_mask, template.grid, "by hand")
    scan = Scan(noise, template.grid, "noise")
    found = measure_registration(scan, ball, np.eye(4), "affine", template)
    assert abs(found.correlation) < 0.05
    assert not found.is_successful
    assert "the correlation with the template is" in found.problems[0]


@pytest.mark.slow
def test_inverted_contrast_is_said_to_have_failed(template: Template, head: Scan) -> None:
    values = head.data
    scan = Scan(values.max() - values, template.grid, "inverted")
    found = measure_registration(scan, None, np.eye(4), "affine", template)
    assert found.correlation < -0.9
    assert "registration failed" in found.problems[0]


def test_a_head_that_is_cut_off_is_said_to_be(template: Template, head: Scan) -> None:
    half = template.grid.shape[2] // 2
    grid = Grid((*template.grid.shape[:2], half), template.grid.affine)
    scan = Scan(head.data[:, :, :half], grid, "half")
    found = measure_registration(scan, None, np.eye(4), "affine", template)
    inside = template.brain_mask[:, :, :half].sum() / template.brain_mask.sum()
    assert found.coverage == pytest.approx(inside, abs=0.01)
    assert any("outside the scan's field of view" in line for line in found.problems)


def test_a_transform_that_mirrors_is_said_to_swap_left_and_right(template: Template, head: Scan) -> None:
    found = measure_registration(head, None, np.diag([-1.0, 1, 1, 1]), "affine", template)
    assert "the transform swaps left and right" in found.problems


def test_a_scan_far_from_the_template_is_refused(template: Template, head: Scan) -> None:
    away = transform(shift=(900, 0, 0))
    with pytest.raises(ScanError, match="does not overlap the template"):
        measure_registration(head, None, away, "affine", template)


def test_an_empty_mask_is_refused(template: Template, head: Scan) -> None:
    with pytest.raises(ScanError, match="is empty"):
        register_to_template(
            head, BrainMask(np.zeros(head.grid.shape, bool), head.grid, "by hand"), template=template
        )


def test_registration_can_be_cancelled_inside_the_optimiser(template: Template, head: Scan) -> None:
    mask = BrainMask(template.brain_mask, template.grid, "by hand")
    asked: list[str] = []
    progress = Progress(
        lambda step: asked.append(step.message), lambda: bool(asked) and asked[-1].endswith("4 mm")
    )
    with pytest.raises(Cancelled):
        register_to_template(head, mask, progress=progress, template=template)
    assert asked[-1] == "registering at 4 mm"


@pytest.mark.slow
def test_a_brain_without_its_upper_third_is_refused_before_it_is_registered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the pose was looked for")

    monkeypatch.setattr("viewer.preparation.registration.find_pose", refuse)
    template = load_template()
    head = moved_head(transform(), template)
    brain = moved_brain(transform(), template, head).data.copy()
    planes = np.flatnonzero(brain.any((0, 1)))
    cut = int(planes[-1] - (planes[-1] - planes[0]) / 3)
    data = head.data.copy()
    data[:, :, cut:] = 0
    brain[:, :, cut:] = False
    part = BrainMask(brain, head.grid, "by hand")
    with pytest.raises(ScanError, match=r"shows only a part of the brain: [0-9]+% of its surface"):
        register_to_template(Scan(data, head.grid, "zeroed"), part, template=template)
    shown = np.ascontiguousarray(data[:, :, :cut]), np.ascontiguousarray(brain[:, :, :cut])
    grid = Grid(shown[0].shape, head.grid.affine)
    with pytest.raises(ScanError, match="shows only a part of the brain"):
        register_to_template(Scan(shown[0], grid, "cropped"), BrainMask(shown[1], grid, "by hand"))
