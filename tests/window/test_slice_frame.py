"""A slice's picture in its widget: there and back, and what a zoom keeps in place."""

from __future__ import annotations

import pytest

from viewer.window.slice_frame import LARGEST_ZOOM, MARGIN, Aim, Frame, filling

PART = (10.0, 20.0, 100.0, 60.0)
ROOM = (330.0, 210.0)


def test_a_part_fills_its_room_up_to_the_margin() -> None:
    scale = filling(PART, ROOM)
    frame = Frame.around(PART, ROOM, scale, Aim())
    assert frame.to_widget(10.0, 20.0) == pytest.approx((MARGIN, MARGIN))
    assert frame.to_widget(110.0, 80.0) == pytest.approx((ROOM[0] - MARGIN, ROOM[1] - MARGIN))


def test_however_small_the_widget_there_is_a_scale() -> None:
    assert filling(PART, (5.0, 0.0)) > 0


@pytest.mark.parametrize("aim", [Aim(), Aim(3.0, -40.0, 25.0)])
def test_there_and_back_is_the_same_place(aim: Aim) -> None:
    frame = Frame.around(PART, ROOM, 1.7, aim)
    assert frame.to_picture(*frame.to_widget(33.0, 44.0)) == pytest.approx((33.0, 44.0))


def test_a_zoom_keeps_the_point_it_goes_around() -> None:
    aim, x, y = Aim(2.0, 30.0, -10.0), 70.0, 15.0
    here = ROOM[0] / 2 + x, ROOM[1] / 2 + y
    before = Frame.around(PART, ROOM, 1.7, aim).to_picture(*here)
    for factor in (1.5, 0.7):
        assert Frame.around(PART, ROOM, 1.7, aim.nearer(factor, x, y)).to_picture(*here) == pytest.approx(
            before
        )


def test_a_zoom_has_two_ends() -> None:
    far = Aim(2.0, 30.0, -10.0)
    assert far.nearer(1000.0, 5.0, 5.0).zoom == LARGEST_ZOOM
    assert far.nearer(0.1, 5.0, 5.0) == Aim()


def test_what_is_moved_is_moved_by_pixels() -> None:
    aim = Aim(2.0, 30.0, -10.0)
    before = Frame.around(PART, ROOM, 1.7, aim).to_widget(50.0, 50.0)
    after = Frame.around(PART, ROOM, 1.7, aim.moved(7.0, -3.0)).to_widget(50.0, 50.0)
    assert after == pytest.approx((before[0] + 7.0, before[1] - 3.0))
