"""Of several images of a person, the one on the walls of the box and on slices is chosen."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest
from PIL import Image

from viewer.cli import main
from viewer.errors import ScanError
from viewer.scans.grid import Grid
from viewer.scans.multichannel_scan import image_on_scan, make_multichannel_scan
from viewer.scans.scan import Scan
from viewer.scene.figure import figure
from viewer.scene.slices_figure import slices_figure
from viewer.session.view import View

SIZE = (320, 240)


@pytest.fixture
def pair(grids: dict[str, Grid], head) -> dict[str, Scan]:
    """Two images whose brightness runs along different axes, with the same air around them."""
    first = head(grids["RAS"])
    inside = first.data > 0
    steps = np.linspace(50, 100, first.data.shape[2], dtype=np.float32)
    second = np.where(inside, steps, np.float32(0))
    along = np.linspace(100, 50, first.data.shape[0], dtype=np.float32)[:, None, None]
    return {
        "T1": Scan(np.where(inside, along, np.float32(0)), first.grid, "t1"),
        "FLAIR": Scan(second, first.grid, "flair"),
    }


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as opened:
        return np.asarray(opened.convert("RGB"))


@pytest.mark.slow
def test_figures_and_slices_show_the_chosen_image(pair: dict[str, Scan], tmp_path: Path) -> None:
    both = make_multichannel_scan(pair)
    out = tmp_path / "a.png"
    for name, alone in (("", "T1"), ("flair", "FLAIR"), ("T1", "T1")):
        view = View(image=name)
        due = pixels(figure(pair[alone], (), out, View(), SIZE))
        np.testing.assert_array_equal(pixels(figure(both, (), out, view, SIZE)), due)
        due = pixels(slices_figure(pair[alone], None, out, View()))
        np.testing.assert_array_equal(pixels(slices_figure(both, None, out, view)), due)
    assert not np.array_equal(
        pixels(figure(both, (), out, View(), SIZE)), pixels(figure(both, (), out, View(image="FLAIR"), SIZE))
    )


def test_an_image_on_another_grid_is_brought_to_the_first(
    pair: dict[str, Scan], grids: dict[str, Grid]
) -> None:
    grid = grids["oblique"]
    voxels = np.stack(np.meshgrid(*map(np.arange, grid.shape), indexing="ij"), -1)
    heights = grid.to_world(voxels)[..., 2].astype(np.float32)
    both = make_multichannel_scan({"T1": pair["T1"], "FLAIR": Scan(heights, grid, "flair")})
    shown = image_on_scan(both, "FLAIR")
    assert shown.grid.same_as(both.grid)
    places = both.grid.to_world(np.stack(np.meshgrid(*map(np.arange, both.grid.shape), indexing="ij"), -1))
    at = grid.to_voxel(places)
    inside = ((at >= 0) & (at <= np.array(grid.shape) - 1)).all(axis=-1)
    assert 0.5 < inside.mean() < 1
    np.testing.assert_allclose(shown.data[inside], places[inside][:, 2], atol=1e-3)
    assert (shown.data[~inside] >= heights.min() - 1e-3).all()  # air, not a value of its own


def test_an_unknown_image_is_named(pair: dict[str, Scan], tmp_path: Path, capsys) -> None:
    both = make_multichannel_scan(pair)
    with pytest.raises(ScanError, match="t1: has no image PET; it has T1, FLAIR"):
        figure(both, (), tmp_path / "a.png", View(image="PET"), SIZE)
    with pytest.raises(ScanError, match="flair: has no image PET; it is a single image"):
        slices_figure(pair["FLAIR"], None, tmp_path / "a.png", View(image="PET"))
    words = []
    for name, image in pair.items():
        nibabel.save(nibabel.Nifti1Image(image.data, image.grid.affine), tmp_path / f"{name}.nii.gz")
        words.append(f"{name}={tmp_path / name}.nii.gz")
    out = tmp_path / "a.png"
    due = {name: pixels(slices_figure(image, None, out, View())) for name, image in pair.items()}
    for name in pair:
        assert main(["slices", *words, "--image", name, "-o", str(out)]) == 0
        np.testing.assert_array_equal(pixels(out), due[name])
    capsys.readouterr()
    assert main(["figure", *words, "--image", "PET", "-o", str(out)]) == 1
    assert "T1: has no image PET; it has T1, FLAIR" in capsys.readouterr().err
