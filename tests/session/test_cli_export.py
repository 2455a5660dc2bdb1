"""A command that is copied makes the same view when it is read again."""

from __future__ import annotations

import shlex
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewer.commands import figure, slices, view_options
from viewer.commands.parser import CommandParser
from viewer.errors import ViewerError
from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.multichannel_scan import make_multichannel_scan
from viewer.scans.scan import Scan
from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.session.cli_export import figure_command, slices_command
from viewer.session.session import Session
from viewer.session.view import Camera, ColorMap, ComparisonMode, Convention, Sign, Theme, View, Walls

GRID = Grid((5, 6, 7), np.diag([2.0, 2.0, 2.0, 1.0]))
OF_THE_WINDOW = {
    *("convention", "overlay", "opacity", "outline", "by_value", "by_certainty"),
    *("layout", "compared", "contrast", "fade"),
    *("template_outline", "mask_outline"),
    "image",
}
"""What the box does not show, or a figure of the scan alone cannot: the outlines need its preparation, and
another image is one of several."""

finite = st.floats(-1e6, 1e6)
points = st.tuples(finite, finite, finite)
thresholds = st.one_of(
    st.builds(Threshold, st.just(ThresholdKind.VALUE), st.floats(0, 1e9)),
    st.builds(Threshold, st.sampled_from([ThresholdKind.PERCENTILE, ThresholdKind.TOP]), st.floats(0, 100)),
    st.builds(Threshold, st.just(ThresholdKind.VOXELS), st.integers(1, 10**9).map(float)),
)
looks = {
    "theme": st.sampled_from(Theme),
    "threshold": thresholds,
    "sign": st.sampled_from(Sign),
    "smallest_cluster": st.floats(0, 1e6),
    "largest_clusters": st.integers(0, 10**6),
    "camera": st.builds(Camera, finite, st.floats(-90, 90), st.floats(0.1, 20)),
    "glass": st.booleans(),
    "nested": st.booleans(),
    "shadows": st.booleans(),
    "smoothing": st.floats(0, 50),
    "hues": st.sampled_from(ColorMap),
    "display_range": st.none()
    | st.lists(st.floats(0, 1e6), min_size=2, max_size=2).map(lambda two: (min(two), max(two))),
    "scale_bar": st.booleans(),
    "colour_bar": st.booleans(),
}
views = st.builds(View, walls_at=st.none() | points, **looks) | st.builds(
    View, walls=st.just(Walls.CROSSHAIR), crosshair=points, **looks
)


def shown(folder: Path, view: View) -> Session:
    session = Session()
    scan, map_ = folder / "a head; rm -rf $HOME.nii", folder / "it's a 'map'.nii.gz"
    for path in (scan, map_):
        path.touch()
    data = np.ones(GRID.shape, np.float32)
    session.set_scan(Scan(data, GRID, "head", path=scan))
    session.add_map(Map(data, GRID, "map", path=map_))
    session.reset_view(view)
    return session


def read(command: object, line: str) -> object:
    words = shlex.split(line)
    parser = CommandParser(words[1], "", "")
    command.add_arguments(parser)
    return parser.parse(words[2:])


def test_every_field_of_a_view_is_tried_or_not_of_the_box() -> None:
    known = set(looks) | {"walls", "walls_at", "crosshair"} | OF_THE_WINDOW
    assert {one.name for one in fields(View)} <= known


@settings(max_examples=60, deadline=None)
@given(view=views)
def test_the_figure_s_command_reads_as_the_same_view(tmp_path_factory, view: View) -> None:
    folder = tmp_path_factory.mktemp("command")
    line = figure_command(shown(folder, view), "out dir/a.pdf", (801, 600), 299.5, True)
    found = read(figure, line)
    assert view_options.view_from(found) == view
    assert [Path(word) for word in found.scan] == [folder / "a head; rm -rf $HOME.nii"]
    assert found.map == [str(folder / "it's a 'map'.nii.gz")]
    assert (found.output, found.size, found.dpi, found.transparent) == (
        "out dir/a.pdf",
        (801, 600),
        299.5,
        True,
    )


def test_what_is_usual_is_left_out(tmp_path: Path) -> None:
    line = figure_command(shown(tmp_path, View()), "a.png", (1280, 960), 150)
    assert line.endswith("-o a.png --size 1280x960 --dpi 150")


def test_the_slices_command_reads_as_the_same_view(tmp_path: Path) -> None:
    view = View(
        threshold=Threshold(ThresholdKind.TOP, 12.5), convention=Convention.RADIOLOGICAL, crosshair=(2.0, 4.5,
        -0.1), camera=Camera(-120.25, 5, 1.5), opacity=0.35,
        by_value=True, outline=True, scale_bar=False, hues=ColorMap.HOT_COLD, display_range=(0.25, 3.0),
    )  # fmt: skip
    session = shown(tmp_path, view)
    cut = read(slices, slices_command(session, "a.png", 300))
    assert (cut.at, cut.top, cut.convention, cut.opacity) == ((2, 4.5, -0.1), 12.5, "radiological", 0.35)
    assert (cut.no_scale_bar, cut.no_colour_bar) == (True, False)
    assert (cut.by_value, cut.outline, cut.hues, cut.range) == (True, True, "hot-cold", (0.25, 3))


def test_what_is_in_no_file_is_told(tmp_path: Path) -> None:
    session = shown(tmp_path, View())
    session.add_map(Map(np.ones(GRID.shape, np.float32), GRID, "computed"))
    with pytest.raises(
        ViewerError, match="computed: has no file that a command could refer to; save this map first"
    ):
        figure_command(session, "a.png", (64, 64), 72)
    session.set_visible(1, False)
    assert read(figure, figure_command(session, "a.png", (64, 64), 72)).map == []
    with pytest.raises(ViewerError, match="no scan"):
        figure_command(Session(), "a.png", (64, 64), 72)
    session.set_scan(Scan(np.ones(GRID.shape, np.float32), GRID, "made"))
    with pytest.raises(ViewerError, match="made: has no file"):
        slices_command(session, "a.png", 300)


def test_a_map_s_file_is_where_it_was_saved_last(tmp_path: Path) -> None:
    session = shown(tmp_path, View())
    computed = Map(np.ones(GRID.shape, np.float32), GRID, "computed", volume=2)
    session.add_map(computed)
    session.set_map_file(computed, tmp_path / "new.nii.gz")
    session.set_map_file(computed, tmp_path / "newer.nii.gz")
    found = read(figure, figure_command(session, "a.png", (64, 64), 72))
    assert (found.map, found.map_volume) == ([str(tmp_path / "newer.nii.gz")], None)
    assert session.current_layer.map is computed


def test_two_maps_that_are_compared_are_both_named(tmp_path: Path) -> None:
    session = shown(tmp_path, View())
    session.add_map(Map(np.ones(GRID.shape, np.float32), GRID, "series", path=tmp_path / "b.nii", volume=3))
    session.select_map(0)
    for contrast, expected in (
        (ComparisonMode.BESIDE, "beside"),
        (ComparisonMode.FADE, "fade"),
        (ComparisonMode.FLICKER, "beside"),
    ):
        session.change(compared=1, contrast=contrast, fade=0.125)
        found = read(figure, figure_command(session, "a.png", (64, 64), 72))
        assert found.map == [str(tmp_path / "it's a 'map'.nii.gz"), str(tmp_path / "b.nii")]
        assert (found.map_volume, found.compare) == ([0, 3], expected)
        assert found.fade == (0.125 if contrast is ComparisonMode.FADE else 0.5)
    session.change(compared=None)
    assert read(figure, figure_command(session, "a.png", (64, 64), 72)).compare is None


def test_a_number_of_voxels_that_is_not_whole_is_read_as_the_window_reads_it(tmp_path: Path) -> None:
    session = shown(tmp_path, View(threshold=Threshold(ThresholdKind.VOXELS, 101.5)))
    assert read(figure, figure_command(session, "a.png", (64, 64), 72)).voxels == 101


def test_slices_without_a_map_over_them_have_a_command(tmp_path: Path) -> None:
    session = shown(tmp_path, View(overlay=False))
    assert read(slices, slices_command(session, "a.png", 72)).map is None


def test_the_image_that_is_shown_is_named(tmp_path: Path) -> None:
    data, images = np.ones(GRID.shape, np.float32), {}
    for name in ("T1", "FLAIR"):
        path = tmp_path / f"{name}.nii"
        path.touch()
        images[name] = Scan(data, GRID, name, path=path)
    session = Session()
    session.set_scan(make_multichannel_scan(images))
    assert "--image" not in figure_command(session, "a.png", (64, 64), 72)
    session.change(image="FLAIR")
    assert (
        view_options.view_from(read(figure, figure_command(session, "a.png", (64, 64), 72))).image == "FLAIR"
    )
    assert read(slices, slices_command(session, "a.png", 72)).image == "FLAIR"
    # Another scan has no such image.
    session.set_scan(images["T1"])
    assert session.view.image == ""
    assert "--image" not in figure_command(session, "a.png", (64, 64), 72)
