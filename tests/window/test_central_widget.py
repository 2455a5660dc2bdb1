"""The middle of the window follows the layout, and gives every slice the room its cut of the head takes."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.window.test_display_pipeline import head
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan
from viewer.scene.slice_plane import Orientation
from viewer.session.session import Session
from viewer.session.view import Layout
from viewer.window.central_widget import CentralWidget
from viewer.window.mosaic import MosaicView
from viewer.window.profile import ProfileView
from viewer.window.slice_view import MARGIN, SliceView

CentralParts = tuple[CentralWidget, list[SliceView], MosaicView]


@pytest.fixture
def central(qtbot: QtBot, session: Session) -> CentralParts:
    slices = [SliceView(session, orientation) for orientation in Orientation]
    profiles = [ProfileView(session, orientation) for orientation in Orientation]
    mosaic = MosaicView(session)
    centre = CentralWidget(session, QWidget(), slices, profiles, mosaic)
    qtbot.addWidget(centre)
    centre.resize(900, 700)
    centre.show()
    qtbot.waitExposed(centre)
    return centre, slices, mosaic


def test_slices_or_mosaic_stand_below_as_the_layout_says(session: Session, central: CentralParts) -> None:
    _, slices, mosaic = central
    assert slices[0].isVisible()
    assert not mosaic.isVisible()
    session.change(layout=Layout.MOSAIC)
    assert mosaic.isVisible()
    assert not slices[0].isVisible()
    session.undo()
    assert slices[0].isVisible()


def test_a_slice_is_as_wide_as_what_it_shows(session: Session, central: CentralParts) -> None:
    centre, slices, _ = central
    shape = (50, 100, 60)
    session.set_scan(Scan(np.ones(shape, np.float32), Grid(shape, np.diag([3.0, 3.0, 3.0, 1.0])), "long"))
    centre.set_bounds((0, 0, 0), shape)
    sagittal, coronal, axial = (view.width() - 2 * MARGIN for view in slices)
    # Only the sagittal slice shows how long the scan is: twice as long as wide.
    assert sagittal == pytest.approx(2 * coronal, rel=0.05)
    assert coronal == pytest.approx(axial, abs=2)


def test_a_millimetre_is_as_long_in_every_slice(session: Session, central: CentralParts) -> None:
    _, slices, _ = central
    session.set_scan(head())
    here = session.crosshair
    steps = [view.to_widget(view.plane.step(here, 0, 3, 0)).y() - view.to_widget(here).y() for view in slices]
    assert steps == pytest.approx([steps[0]] * 3)
