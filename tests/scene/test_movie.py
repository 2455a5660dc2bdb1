"""Movies read back frame by frame."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from viewer.errors import Cancelled, ViewerError
from viewer.progress import Progress
from viewer.scans.provenance import Provenance, Residual
from viewer.scans.threshold import SortedValues, Threshold, ThresholdKind
from viewer.scene.movie import Sweep, movie, movie_frames, orbit_views, threshold_sweep
from viewer.scene.slice_plane import Orientation
from viewer.session.view import Camera, View

CUT = View(threshold=Threshold(ThresholdKind.VALUE, 0.5), camera=Camera(azimuth=170.0, elevation=10.0))
WARM = ((-24.0, 12.0, 9.0), 1.0, 12.0)


def gif(path: Path) -> list[np.ndarray]:
    from PIL import Image, ImageSequence

    return [
        np.asarray(frame.convert("RGB")).astype(int) for frame in ImageSequence.Iterator(Image.open(path))
    ]


def warm(frame: np.ndarray) -> np.ndarray:
    return frame[..., 0] - frame[..., 2] > 60


@pytest.fixture(scope="module")
def shown(grids, head, blobs):
    grid = grids["LAS"]
    return head(grid), blobs(grid, WARM)


def test_a_turn_is_whole_and_even() -> None:
    found = [view.camera.azimuth for view in orbit_views(CUT, 12)]
    assert found[0] == pytest.approx(170)
    steps = (np.diff([*found, found[0]]) + 180) % 360 - 180
    np.testing.assert_allclose(steps, 30)
    assert all(view.camera.elevation == 10 for view in orbit_views(CUT, 12))


def test_a_threshold_goes_from_wide_to_narrow_and_back(shown) -> None:
    ranking = SortedValues(shown[1].data)
    usual = ranking.count_above(0.5)
    voxels = [view.threshold.amount for view in threshold_sweep(CUT, 20, ranking)]
    assert {view.threshold.kind for view in threshold_sweep(CUT, 20, ranking)} == {ThresholdKind.VOXELS}
    assert max(voxels) > usual > min(voxels) >= 1
    assert int(np.argmin(voxels)) == 10
    assert voxels[1:10] == voxels[:10:-1]
    assert sorted(voxels[:11], reverse=True) == voxels[:11]


def test_turning_brings_the_body_from_one_side_to_the_other(shown, tmp_path: Path) -> None:
    path = movie(*shown, tmp_path / "turn.gif", Sweep.TURN, CUT, 0.4, (160, 120))
    found = gif(path)
    assert len(found) == 8
    assert found[0].shape == (120, 160, 3)
    places = [float(np.argwhere(warm(frame))[:, 1].mean()) for frame in found]
    # The body is on the brain's left and in front; from the front (azimuth 170) that is on the right.
    assert places[0] > 85
    assert places[4] < 75


def test_the_threshold_s_bodies_shrink_and_grow(shown, tmp_path: Path) -> None:
    path = movie(*shown, tmp_path / "sweep.gif", Sweep.THRESHOLD, CUT, 0.4, (160, 120))
    sizes = [int(warm(frame).sum()) for frame in gif(path)]
    assert int(np.argmin(sizes)) == 4
    assert sizes[0] > 3 * sizes[4] > 0
    assert sizes[1] == pytest.approx(sizes[7], rel=0.02)


def test_slices_go_through_the_body_from_below(shown, tmp_path: Path) -> None:
    path = movie(*shown, tmp_path / "slices.gif", Sweep.SLICES, CUT, 1.0, (160, 120))
    sizes = np.array([warm(frame)[:100].sum() for frame in gif(path)])
    assert len(sizes) == 20
    assert sizes[0] == sizes[-1] == 0
    heights = np.linspace(-56, 56, 20)
    assert (sizes * heights).sum() / sizes.sum() == pytest.approx(WARM[0][2], abs=6)


def test_slices_carry_the_maps_name_with_its_residual(shown, monkeypatch: pytest.MonkeyPatch) -> None:
    from viewer.scene import text_labels

    drawn: list[str] = []
    draw = text_labels.draw_labels
    monkeypatch.setattr(
        text_labels,
        "draw_labels",
        lambda picture, words, colour: (
            drawn.extend(word.text for word in words),
            draw(picture, words, colour),
        ),
    )
    scan, found = shown
    made = Provenance(method="lrp", residual=Residual("conservation", 2.0, 1.0))
    named = replace(found, name="Layer-wise relevance propagation", provenance=made)
    frame = next(movie_frames(scan, named, Sweep.SLICES, CUT, 2, (160, 120), Orientation.AXIAL, Progress()))
    assert "Layer-wise relevance propagation (residual 50%)" in " ".join(drawn)
    lowest = frame[-30:].max(axis=(1, 2)) > 90
    assert lowest.sum() >= 12


def test_mp4_has_its_frames_its_size_and_its_words(shown, tmp_path: Path) -> None:
    ffmpeg = pytest.importorskip("imageio_ffmpeg")
    path = movie(*shown, tmp_path / "turn.mp4", Sweep.TURN, CUT, 0.4, (161, 121))
    reader = ffmpeg.read_frames(str(path))
    about = next(reader)
    frames = [np.frombuffer(frame, np.uint8).reshape(120, 160, 3).astype(int) for frame in reader]
    assert (about["size"], about["fps"], about["codec"]) == ((160, 120), 30, "h264")
    assert len(frames) == 12
    assert all(warm(frame).sum() > 100 for frame in frames)
    assert b"Not for diagnosis." in path.read_bytes()
    assert [entry.name for entry in tmp_path.iterdir()] == ["turn.mp4"]


@pytest.mark.parametrize("ending", ["gif", "mp4"])
def test_a_cancelled_movie_leaves_nothing(shown, tmp_path: Path, ending: str) -> None:
    if ending == "mp4":
        pytest.importorskip("imageio_ffmpeg")
    answers = iter([False] * 2 + [True] * 9)
    progress = Progress(cancelled=lambda: next(answers))
    with pytest.raises(Cancelled):
        movie(*shown, tmp_path / f"a.{ending}", Sweep.SLICES, CUT, 1, (96, 96), progress=progress)
    assert not list(tmp_path.iterdir())


def test_without_the_package_mp4_says_what_to_do(shown, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(
        ViewerError, match=r"MP4: needs the package imageio-ffmpeg; install .* or write a \.gif"
    ):
        movie(*shown, tmp_path / "a.mp4", Sweep.SLICES, CUT, 1, (96, 96))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "more", "problem"),
    [
        ("a.avi", {}, r"cannot be written as \.avi"),
        ("a.gif", {"seconds": 500.0}, "a movie cannot last"),
        ("a.gif", {"size": (10, 10)}, "cannot be drawn"),
    ],
)
def test_what_cannot_be_made_is_told(shown, tmp_path: Path, name, more, problem) -> None:
    with pytest.raises(ViewerError, match=problem):
        movie(*shown, tmp_path / name, **more)
