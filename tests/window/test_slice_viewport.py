"""A slice's picture in its widget: there and back, and what a zoom keeps in place."""

from __future__ import annotations

import pytest

from viewer.window.slice_view import MARGIN, MAX_ZOOM, SliceViewport, ZoomPan, fit_scale

PART = (10.0, 20.0, 100.0, 60.0)
ROOM = (330.0, 210.0)


def test_a_part_fills_its_room_up_to_the_margin() -> None:
    scale = fit_scale(PART, ROOM)
    frame = SliceViewport.centred_on(PART, ROOM, scale, ZoomPan())
    assert frame.to_widget(10.0, 20.0) == pytest.approx((MARGIN, MARGIN))
    assert frame.to_widget(110.0, 80.0) == pytest.approx((ROOM[0] - MARGIN, ROOM[1] - MARGIN))


def test_however_small_the_widget_there_is_a_scale() -> None:
    assert fit_scale(PART, (5.0, 0.0)) > 0


@pytest.mark.parametrize("aim", [ZoomPan(), ZoomPan(3.0, -40.0, 25.0)])
def test_there_and_back_is_the_same_place(aim: ZoomPan) -> None:
    frame = SliceViewport.centred_on(PART, ROOM, 1.7, aim)
    assert frame.to_picture(*frame.to_widget(33.0, 44.0)) == pytest.approx((33.0, 44.0))


def test_a_zoom_keeps_the_point_it_goes_around() -> None:
    aim, x, y = ZoomPan(2.0, 30.0, -10.0), 70.0, 15.0
    here = ROOM[0] / 2 + x, ROOM[1] / 2 + y
    before = SliceViewport.centred_on(PART, ROOM, 1.7, aim).to_picture(*here)
    for factor in (1.5, 0.7):
        assert SliceViewport.centred_on(PART, ROOM, 1.7, aim.zoomed(factor, x, y)).to_picture(
            *here
        ) == pytest.approx(before)


def test_a_zoom_has_two_ends() -> None:
    far = ZoomPan(2.0, 30.0, -10.0)
    assert far.zoomed(1000.0, 5.0, 5.0).zoom == MAX_ZOOM
    assert far.zoomed(0.1, 5.0, 5.0) == ZoomPan()


def test_what_is_moved_is_moved_by_pixels() -> None:
    aim = ZoomPan(2.0, 30.0, -10.0)
    before = SliceViewport.centred_on(PART, ROOM, 1.7, aim).to_widget(50.0, 50.0)
    after = SliceViewport.centred_on(PART, ROOM, 1.7, aim.panned(7.0, -3.0)).to_widget(50.0, 50.0)
    assert after == pytest.approx((before[0] + 7.0, before[1] - 3.0))
