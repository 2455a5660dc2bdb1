"""A session that is saved and opened again shows the same; a damaged one says what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewer.errors import ViewerError
from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.scan import Scan
from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.session.cohort_view import CohortView
from viewer.session.session import Session
from viewer.session.session_io import read_session, save_session
from viewer.session.view import (
    Camera,
    ColorMap,
    ComparisonMode,
    Convention,
    Layout,
    Sign,
    Theme,
    View,
    Walls,
)

GRID = Grid((5, 6, 7), np.diag([2.0, 2.0, 2.0, 1.0]))
finite = st.floats(-1e6, 1e6)
points = st.none() | st.tuples(finite, finite, finite)
views = st.builds(
    View,
    theme=st.sampled_from(Theme),
    convention=st.sampled_from(Convention),
    threshold=st.builds(Threshold, st.sampled_from(ThresholdKind), st.floats(0, 1e9)),
    sign=st.sampled_from(Sign),
    smallest_cluster=st.floats(0, 1e6),
    largest_clusters=st.integers(0, 10**6),
    crosshair=points,
    walls=st.sampled_from(Walls),
    walls_at=points,
    camera=st.builds(Camera, finite, finite, st.floats(0.01, 100)),
    glass=st.booleans(),
    nested=st.booleans(),
    shadows=st.booleans(),
    smoothing=st.floats(0, 30),
    overlay=st.booleans(),
    opacity=st.floats(0, 1),
    hues=st.sampled_from(ColorMap),
    display_range=st.none() | st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)),
    outline=st.booleans(),
    layout=st.sampled_from(Layout),
    compared=st.none() | st.integers(0, 99),
    contrast=st.sampled_from(ComparisonMode),
)


def showing(folder: Path) -> Session:
    session = Session()
    scan = folder / "head.nii.gz"
    scan.touch()
    session.set_scan(Scan(np.ones(GRID.shape, np.float32), GRID, "head", path=scan))
    return session


@settings(max_examples=40)
@given(view=views)
def test_every_view_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, view: View) -> None:
    path = tmp_path_factory.mktemp("session") / "a.session.json"
    assert read_session(save_session(Session(view), path)).view == view


def test_files_below_are_named_relative_and_found_again(tmp_path: Path) -> None:
    session = showing(tmp_path)
    path = save_session(session, tmp_path / "a.session.json")
    entries = json.loads(path.read_text())
    assert entries["scan"]["path"] == "head.nii.gz"
    assert entries["scan"]["hash"] == session.scan.hash
    assert Path(read_session(path).scan.path) == tmp_path / "head.nii.gz"


def test_built_in_scans_keep_their_name(tmp_path: Path) -> None:
    session = Session()
    session.set_scan(Scan(np.ones(GRID.shape, np.float32), GRID, "mni152", path=Path("mni152")))
    saved = read_session(save_session(session, tmp_path / "a.session.json"))
    assert saved.scan.path == "mni152"


def test_maps_in_no_file_yet_are_written_beside_it(tmp_path: Path) -> None:
    session = showing(tmp_path)
    values = np.random.default_rng(0).normal(size=GRID.shape).astype(np.float32)
    session.add_map(Map(values, GRID, "computed", stored=session.scan.stored))
    session.add_map(Map(values, GRID, "again", stored=session.scan.stored))
    session.set_visible(1, False)
    session.select_map(0)
    saved = read_session(save_session(session, tmp_path / "a.session.json"))
    assert [Path(one.path).name for one in saved.maps] == ["a-map1.nii.gz", "a-map2.nii.gz"]
    assert all(Path(one.path).is_file() for one in saved.maps)
    assert saved.hidden_indices == (1,)
    assert saved.current_index == 0


def test_a_scan_in_no_file_cannot_be_named(tmp_path: Path) -> None:
    session = Session()
    session.set_scan(Scan(np.ones(GRID.shape, np.float32), GRID, "simulated"))
    with pytest.raises(ViewerError, match="simulated"):
        save_session(session, tmp_path / "a.session.json")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ViewerError, match="cannot be written"):
        save_session(Session(), tmp_path / "gone" / "a.session.json")


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"session": 99}, "version 99"),
        ({"maps": "all"}, "'maps'"),
        ({"maps": [{"path": 3}]}, "'maps'"),
        ({"maps": [{"path": "a\0b"}]}, "'maps'"),
        ({"scan": {"path": ""}}, "'scan'"),
        ({"model": ["x"]}, "'model'"),
        ({"current": 0}, "'current'"),
        ({"current": True, "maps": [{"path": "x"}, {"path": "y"}]}, "'current'"),
        ({"hidden": [-1]}, "'hidden'"),
        ({"view": {"theme": "pink"}}, "'view.theme'"),
        ({"view": {"glass": 1}}, "'view.glass'"),
        ({"view": {"image": 1}}, "'view.image'"),
        ({"view": {"opacity": "all"}}, "'view.opacity'"),
        ({"view": {"smoothing": float("nan")}}, "'view.smoothing'"),
        ({"view": {"crosshair": [1, 2]}}, "'view.crosshair'"),
        ({"view": {"display_range": [1, 2, 3]}}, "'view.display_range'"),
        ({"view": {"compared": 1.5}}, "'view.compared'"),
        ({"view": {"compared": True}}, "'view.compared'"),
        ({"view": {"hues": "rainbow"}}, "'view.hues'"),
        ({"view": {"camera": {"azimuth": 0, "elevation": 0, "zoom": 0}}}, "'view.camera'"),
        ({"view": {"threshold": {"kind": "value"}}}, "'view.threshold'"),
        ({"view": {"__class__": "os.system"}}, "'view.__class__'"),
        ({"view": []}, "is not a session"),
    ],
)
def test_a_damaged_session_names_the_entry(tmp_path: Path, change: dict[str, object], names: str) -> None:
    path = save_session(Session(), tmp_path / "a.session.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ViewerError) as error:
        read_session(path)
    assert names in str(error.value)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_session_says_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.session.json"
    path.write_bytes(content)
    with pytest.raises(ViewerError, match=r"a\.session\.json"):
        read_session(path)


def test_a_cohort_comes_back_with_what_was_chosen(tmp_path: Path) -> None:
    session = showing(tmp_path)
    chosen = CohortView(tmp_path / "maps", "net", "gradient", "age=60..75", "sub-07", "ab" * 32)
    (tmp_path / "maps").mkdir()
    session.set_cohort(chosen)
    path = save_session(session, tmp_path / "s.session.json")
    assert json.loads(path.read_text())["cohort"]["path"] == "maps"
    assert read_session(path).cohort == chosen
    # An archive does not carry it: it says where it was.
    assert read_session(save_session(session, tmp_path / "s.session.zip")).cohort == chosen
    entries = json.loads(path.read_text())
    entries["cohort"]["method"] = 3
    path.write_text(json.dumps(entries))
    with pytest.raises(ViewerError, match="'cohort' is invalid"):
        read_session(path)
