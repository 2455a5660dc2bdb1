"""The demonstration's threshold and smoothing end with its map: they must not change how others look."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.provenance import Provenance
from viewer.scans.scan import Scan
from viewer.session.demo import SCAN, demo_view, restrict_demo_view
from viewer.session.map_layer import MapLayer
from viewer.session.session import Session
from viewer.session.snapshot import Snapshot
from viewer.session.view import View

GRID = Grid((4, 5, 6), np.eye(4))
FILE = Path("integrated-gradients.nii.gz")


def named(path: Path | None) -> Map:
    return replace(Map(np.ones(GRID.shape, np.float32), GRID, "map"), path=path)


@pytest.fixture
def session() -> Session:
    session = Session()
    wanted = demo_view(session.view)
    restrict_demo_view(session, wanted, FILE)
    session.set_scan(Scan(np.ones(GRID.shape, np.float32), GRID, SCAN, path=Path(SCAN)))
    session.reset_view(wanted)
    session.add_map(named(FILE))
    return session


def cut(session: Session) -> tuple[object, ...]:
    view = session.view
    return view.threshold, view.sign, view.smoothing


USUAL = (View().threshold, View().sign, View().smoothing)


def test_over_its_own_map_the_demonstration_stays_as_it_is(session: Session) -> None:
    assert session.view.smoothing == 6.0
    assert cut(session) != USUAL


def test_another_map_is_neither_smoothed_nor_cut_as_the_demonstration_is(session: Session) -> None:
    session.add_map(named(None))
    assert cut(session) == USUAL


def test_nor_is_another_scan(session: Session) -> None:
    session.set_scan(Scan(np.zeros(GRID.shape, np.float32), GRID, "mine", path=Path("mine.nii.gz")))
    assert cut(session) == USUAL


def test_going_back_to_its_map_restores_it_and_both_are_told() -> None:
    session, told = Session(), []
    wanted = demo_view(session.view)
    restrict_demo_view(session, wanted, FILE, lambda: told.append(cut(session)))
    session.reset_view(wanted)
    session.add_map(named(FILE))
    assert not told
    session.add_map(named(None))
    session.select_map(0)
    assert cut(session) == (wanted.threshold, wanted.sign, wanted.smoothing)
    assert told == [USUAL, cut(session)]
    # What a person chose for it in the meantime is theirs.
    session.select_map(1)
    session.change(smoothing=2.0)
    session.select_map(0)
    assert cut(session) == (wanted.threshold, wanted.sign, 2.0)


def test_a_session_that_is_opened_is_shown_as_it_was_saved(session: Session) -> None:
    saved = replace(session.view, crosshair=(1.0, 2.0, 3.0))
    scan = Scan(np.ones(GRID.shape, np.float32), GRID, "mine", path=Path("mine.nii.gz"))
    session.restore(Snapshot(scan, None, (MapLayer(named(None)),), 0, None, saved))
    assert session.view == saved
    session.add_map(named(None))
    assert session.view == saved


@pytest.mark.parametrize("method", ["activation", "feature-visualization"])
def test_looking_at_a_channel_changes_nothing(session: Session, method: str) -> None:
    before = session.view
    session.add_map(replace(named(None), provenance=Provenance(method=method)))
    assert session.view == before
    session.select_map(0)
    assert session.view == before
    assert not session.can_undo


def test_what_a_person_chose_stays(session: Session) -> None:
    session.change(smoothing=3.0)
    session.add_map(named(None))
    assert session.view.smoothing == 3.0
    session.change(smoothing=6.0)
    session.add_map(named(None))
    assert session.view.smoothing == 6.0
