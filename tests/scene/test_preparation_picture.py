"""Pictures of a preparation's quality, and the outlines on the person's own head."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import distance_transform_edt

from viewer.cli import main
from viewer.preparation.brain_mask import BrainMask
from viewer.preparation.prepared import Prepared
from viewer.preparation.registration import Registration, RegistrationKind
from viewer.preparation.template import Template, load_template
from viewer.preparation.transform_files import itk_text
from viewer.scans.grid import Grid
from viewer.scans.load import load_scan
from viewer.scans.map import Map
from viewer.scans.provenance import Provenance
from viewer.scans.resample import resample, sample
from viewer.scans.scan import Scan
from viewer.scene.brain_outlines import BrainOutlines, OutlineKind, slice_outlines, split_dashes
from viewer.scene.figure import figure
from viewer.scene.preparation_picture import (
    PictureKind,
    available_picture_kinds,
    render_preparation,
)
from viewer.scene.slice_plane import Orientation
from viewer.scene.slices_figure import slices_figure
from viewer.scene.slices_rendering import lay_out_tiles, mosaic_tiles, orthogonal_tiles, pixel_points
from viewer.session.view import Convention, View

MATRIX = np.array([[1.05, 0.1, 0, 4.0], [-0.1, 1.0, 0.05, -6.0], [0, 0, 0.95, 9.0], [0, 0, 0, 1]])
"""From the scan's mm to the template's."""


@pytest.fixture(scope="module")
def template() -> Template:
    return load_template()


@pytest.fixture(scope="module")
def prepared(template: Template) -> Prepared:
    placed = Grid(template.grid.shape, np.linalg.inv(MATRIX) @ template.grid.affine)
    grid = Grid((66, 80, 70), np.array([[3.0, 0, 0, -98], [0, 3.0, 0, -128], [0, 0, 3.0, -98], [0, 0, 0, 1]]))
    scan = Scan(100 * resample(template.scan.data, placed, grid), grid, "head")
    mask = BrainMask(resample(template.brain_mask.astype(np.float32), placed, grid) > 0.5, grid, "known")
    registration = Registration(MATRIX, RegistrationKind.AFFINE, 0.99, 0.99, 1.0, 0.0, "mni152")
    return Prepared(scan, scan, mask, registration)


def test_the_outline_is_drawn_along_the_template_s_brain(prepared: Prepared, template: Template) -> None:
    found = render_preparation(prepared, PictureKind.OUTLINE, 400)
    assert len(found.tiles) == 4
    for tile in found.tiles:
        part = found.pixels[tile.top : tile.top + tile.height, tile.left : tile.left + tile.width].astype(int)
        drawn = (part[:, :, 0] > part[:, :, 2] + 60) & (part[:, :, 1] > part[:, :, 2] + 40)
        brain = sample(template.brain_mask.astype(np.float32), template.grid, pixel_points(tile)) > 0.5
        away = np.where(brain, distance_transform_edt(brain), distance_transform_edt(~brain))
        assert away[drawn].max() < 3
        # Nearly everywhere along the border.
        assert drawn[away <= 1].mean() > 0.5
        # Beside the line the scan is grey.
        far = away > 3
        assert np.array_equal(part[far][:, 0], part[far][:, 2])
    # The scan is where the registration puts it: the picture is the template's own.
    tile = found.tiles[2]
    part = found.pixels[tile.top : tile.top + tile.height, tile.left : tile.left + tile.width, 2]
    own = sample(template.scan.data, template.grid, pixel_points(tile))
    assert np.corrcoef(part.ravel(), own.ravel())[0, 1] > 0.95


def test_neighbouring_squares_are_of_scan_and_template(prepared: Prepared) -> None:
    plain = render_preparation(prepared, PictureKind.OUTLINE, 400).pixels.astype(int)
    board = render_preparation(prepared, PictureKind.CHECKERBOARD, 400)
    tile = board.tiles[2]
    part = board.pixels[tile.top : tile.top + tile.height, tile.left : tile.left + tile.width].astype(int)
    points = pixel_points(tile)
    squares = np.floor(points / 25.0).astype(int).sum(axis=-1) % 2
    # Pixels at a square's edge are of both.
    inside = (np.abs((points[:, :, :2] / 25.0) % 1 - 0.5) < 0.45).all(axis=-1)
    bright = inside & (part.max(axis=-1) > 80)
    tinted = part[:, :, 2] > part[:, :, 0] + 15
    assert tinted[bright & (squares == 1)].mean() > 0.98
    assert not tinted[bright & (squares == 0)].any()
    scan = plain[tile.top : tile.top + tile.height, tile.left : tile.left + tile.width]
    same = bright & (squares == 0) & (scan[:, :, 0] == scan[:, :, 2])
    assert np.array_equal(part[same], scan[same])


def test_the_mask_s_line_is_dashed_and_pink(prepared: Prepared) -> None:
    picture = render_preparation(prepared, PictureKind.MASK, 400).pixels.astype(int)
    pink = (picture[:, :, 0] > picture[:, :, 1] + 50) & (picture[:, :, 2] > picture[:, :, 1] + 25)
    solid = render_preparation(prepared, PictureKind.OUTLINE, 400).pixels.astype(int)
    yellow = (solid[:, :, 0] > solid[:, :, 2] + 60) & (solid[:, :, 1] > solid[:, :, 2] + 40)
    assert 0.4 < pink.sum() / yellow.sum() < 0.9


def test_sides_follow_the_convention(prepared: Prepared) -> None:
    letters = [
        render_preparation(prepared, PictureKind.OUTLINE, 300, convention)
        .tiles[1]
        .tile.plane.side_letters[:2]
        for convention in (Convention.NEUROLOGICAL, Convention.RADIOLOGICAL)
    ]
    assert letters == [("L", "R"), ("R", "L")]


def test_only_pictures_are_offered_that_there_is_something_for(prepared: Prepared) -> None:
    scan, mask = prepared.original, prepared.mask
    assert available_picture_kinds(prepared) == tuple(PictureKind)
    assert available_picture_kinds(Prepared(scan, scan, mask)) == (PictureKind.MASK,)
    assert available_picture_kinds(Prepared(scan, scan)) == ()
    alone = render_preparation(Prepared(scan, scan, mask), PictureKind.MASK, 300)
    assert (alone.pixels[:, :, 0].astype(int) > alone.pixels[:, :, 1].astype(int) + 50).sum() > 100


@pytest.mark.slow
def test_outlines_on_the_own_head_follow_the_inverse_of_the_registration(
    prepared: Prepared, template: Template
) -> None:
    outlines = BrainOutlines.from_prepared(prepared)
    grid = prepared.original.grid
    for axis in range(3):
        lines = outlines.slice_contours(OutlineKind.TEMPLATE, axis, grid.shape[axis] // 2)
        points = np.concatenate(lines)
        assert (points[:, axis] == grid.shape[axis] // 2).all()
        moved = grid.to_world(points) @ MATRIX[:3, :3].T + MATRIX[:3, 3]
        # At the border of the template's brain its share is a half, to the 3 mm of the scan's voxels.
        smooth = template.brain_mask.astype(np.float32)
        away = np.where(
            template.brain_mask, distance_transform_edt(smooth), -distance_transform_edt(1 - smooth)
        )
        depth = sample(away.astype(np.float32), template.grid, moved)
        assert np.abs(depth).mean() < 1.2
    assert outlines.slice_contours(OutlineKind.MASK, 2, 10**6) == ()
    assert BrainOutlines(grid).slice_contours(OutlineKind.MASK, 2, 5) == ()


def pink(picture: np.ndarray) -> np.ndarray:
    return (picture[:, :, 0] > picture[:, :, 1] + 50) & (picture[:, :, 2] > picture[:, :, 1] + 25)  # type: ignore[no-any-return]


def yellow(picture: np.ndarray) -> np.ndarray:
    return (picture[:, :, 0] > picture[:, :, 2] + 60) & (picture[:, :, 1] > picture[:, :, 2] + 40)  # type: ignore[no-any-return]


def read_pixels(path: Path) -> np.ndarray:
    with Image.open(path) as opened:
        return np.asarray(opened.convert("RGB")).astype(int)


BOTH = View(template_outline=True, mask_outline=True)


@pytest.mark.parametrize("mosaic", [0, 6])
def test_saved_slices_have_the_outlines_where_they_lie(
    prepared: Prepared, template: Template, tmp_path: Path, mosaic: int
) -> None:
    scan, size = prepared.original, (1200, 600)
    path = slices_figure(scan, None, tmp_path / "a.png", BOTH, mosaic=mosaic, size=size, outlines=prepared)
    drawn = read_pixels(path)
    tiles = mosaic_tiles(scan, BOTH, mosaic, Orientation.AXIAL) if mosaic else orthogonal_tiles(scan, BOTH)
    places, _, _ = lay_out_tiles(tiles, size, with_colour_bar=False, one_row=not mosaic)
    brain = template.brain_mask.astype(np.float32)
    for place in places:
        inside = drawn[place.top : place.top + place.height, place.left : place.left + place.width]
        moved = pixel_points(place) @ MATRIX[:3, :3].T + MATRIX[:3, 3]
        there = sample(brain, template.grid, moved) > 0.5
        millimetres = place.tile.crop[2] / place.width
        away = np.where(there, distance_transform_edt(there), distance_transform_edt(~there)) * millimetres
        lines = yellow(inside) | pink(inside)
        assert lines.sum() > 100
        assert np.percentile(away[lines], 95) < 4.5  # a voxel of 3 mm and a half, both ways
    plain = slices_figure(scan, None, tmp_path / "b.png", View(), mosaic=mosaic, size=size, outlines=prepared)
    assert not yellow(read_pixels(plain)).any()


def test_the_box_s_figure_has_the_outlines(prepared: Prepared, tmp_path: Path) -> None:
    scan = prepared.original
    for view, solid, dashed in ((View(), 0, 0), (View(template_outline=True), 200, 0), (BOTH, 200, 100)):
        path = figure(scan, (), tmp_path / "a.png", view, (640, 480), outlines=prepared)
        picture = read_pixels(path)
        for count, least in ((yellow(picture).sum(), solid), (pink(picture).sum(), dashed)):
            assert count > least if least else count == 0


@pytest.mark.slow
def test_outlines_from_the_command_line(prepared: Prepared, tmp_path: Path, capsys) -> None:
    scan, mask = prepared.original, prepared.mask
    assert mask is not None
    head, mask_file, transform = (tmp_path / name for name in ("head.nii.gz", "mask.nii.gz", "to.tfm"))
    nibabel.save(nibabel.Nifti1Image(scan.data, scan.grid.affine), head)
    nibabel.save(nibabel.Nifti1Image(mask.data.astype(np.uint8), scan.grid.affine), mask_file)
    transform.write_text(itk_text(MATRIX))
    outlines = ["--template-outline", "--transform", str(transform)]
    outlines += ["--mask-outline", "--brain-mask", str(mask_file)]
    out = tmp_path / "a.png"
    assert main(["slices", str(head), "-o", str(out), "--at", "0,0,0", *outlines]) == 0
    due = slices_figure(scan, None, tmp_path / "b.png", BOTH, (0.0, 0.0, 0.0), outlines=prepared)
    assert np.abs(read_pixels(out) - read_pixels(due)).mean() < 0.1
    assert main(["figure", str(head), "-o", str(out), *outlines]) == 0
    picture = read_pixels(out)
    assert yellow(picture).any()
    assert pink(picture).any()
    # A map's own record says where the scan lies, and nothing does without a map.
    made = Provenance(scan={"hash": load_scan(head).hash}, preparation={"affine": MATRIX.tolist()})
    Map(scan.data, scan.grid, "map", made).save(tmp_path / "map.nii.gz")
    given = ["slices", str(head), "-o", str(out), "--template-outline"]
    assert main([*given, "--map", str(tmp_path / "map.nii.gz")]) == 0
    assert yellow(read_pixels(out)).any()
    capsys.readouterr()
    for more, line in (
        ([], "--template-outline: no map contains the transform of the scan to the template"),
        (["--mask-outline"], "--mask-outline: give the mask with --brain-mask"),
        (["--brain-mask", str(mask_file)], "--brain-mask: needs --mask-outline"),
    ):
        assert main([*given, *more]) == 2
        assert line in capsys.readouterr().err


def test_an_outline_that_meets_the_edge_is_closed_along_it() -> None:
    values = np.zeros((6, 8))
    values[0:3, 2:5] = 255
    (line,) = slice_outlines(values)
    assert np.array_equal(line[0], line[-1])
    assert line[:, 0].min() == pytest.approx(-0.5)
    assert line[:, 1].max() == pytest.approx(4.5)


def test_dashes_have_half_of_a_line_s_length() -> None:
    line = np.array([[0.0, 0.0], [0.0, 6.0], [6.0, 6.0]])
    dashes = split_dashes(line, 2.0)
    lengths = [np.linalg.norm(np.diff(dash, axis=0), axis=1).sum() for dash in dashes]
    assert lengths == pytest.approx([2.0, 2.0, 2.0])
    assert np.allclose(dashes[1][0], [0.0, 4.0])
