"""The camera stands where its angles say, and the whole box is in the picture from everywhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from viewer.scene.camera import PRESETS, STEEPEST, fit_pose, interpolate_camera, orbit, zoom
from viewer.session.view import Camera

CORNERS = np.array(list(np.ndindex(2, 2, 2))) * np.array([165.0, 201.0, 175.0]) - [81.0, 110.0, 70.0]
CAMERAS = st.builds(
    Camera, azimuth=st.floats(-180, 180), elevation=st.floats(-STEEPEST, STEEPEST), zoom=st.just(1.0)
)


@pytest.mark.parametrize(
    ("camera", "towards"),
    [
        (Camera(0, 0), (0, -1, 0)),
        (Camera(90, 0), (1, 0, 0)),
        (Camera(-90, 0), (-1, 0, 0)),
        (Camera(180, 0), (0, 1, 0)),
        (Camera(0, 89), (0, -np.sin(np.deg2rad(1)), np.cos(np.deg2rad(1)))),
    ],
)
def test_the_eye_stands_where_the_angles_say(camera, towards):
    seen = fit_pose(camera, CORNERS - CORNERS.mean(axis=0), 1.0)
    assert seen.axes[2] == pytest.approx(np.array(towards, dtype=float), abs=1e-9)
    assert np.linalg.det(seen.axes) == pytest.approx(1.0)


def test_from_behind_the_brains_right_is_on_the_right_and_from_the_front_on_the_left():
    for camera, sign in ((Camera(0, 10), 1), (Camera(180, 10), -1)):
        seen = fit_pose(camera, CORNERS, 1.6)
        left, right = seen.project([[-40.0, 0, 0], [40.0, 0, 0]], 800, 500)
        assert np.sign(right[0] - left[0]) == sign
        low, high = seen.project([[0, 0, -30.0], [0, 0, 30.0]], 800, 500)
        assert high[1] < low[1]


@settings(max_examples=80, deadline=None)
@given(camera=CAMERAS, aspect=st.floats(0.4, 3.0))
@example(camera=Camera(24.0, 28.0, 1.0), aspect=0.40625)
def test_the_whole_box_is_in_the_middle_of_the_picture(camera, aspect):
    seen = fit_pose(camera, CORNERS, aspect)
    pixels = seen.project(CORNERS, 1000 * aspect, 1000)
    share = pixels / np.array([1000 * aspect, 1000])
    assert share.min() > 0.03
    assert share.max() < 0.97
    middle = (share.min(axis=0) + share.max(axis=0)) / 2
    assert np.abs(middle - 0.5).max() < 0.003
    distance = seen.to_camera_space(CORNERS)[:, 2]
    assert seen.near < distance.min()
    assert distance.max() < seen.far


def test_a_turning_box_keeps_its_distance():
    middle = CORNERS.mean(axis=0)
    distances = [
        (fit_pose(Camera(a, 20), CORNERS, 1.6).position - middle)
        @ fit_pose(Camera(a, 20), CORNERS, 1.6).axes[2]
        for a in range(-180, 180, 15)
    ]
    assert np.ptp(distances) < 1e-9


@settings(max_examples=60, deadline=None)
@given(camera=CAMERAS, x=st.floats(0, 1279), y=st.floats(0, 799), away=st.floats(100, 900))
def test_a_ray_through_a_pixel_is_seen_at_that_pixel(camera, x, y, away):
    seen = fit_pose(camera, CORNERS, 1.6)
    eye, direction = seen.ray(x, y, 1280, 800)
    assert seen.project(eye + away * direction, 1280, 800) == pytest.approx([x, y], abs=1e-6)


def test_dragging_the_box_to_the_right_moves_the_eye_to_the_left_and_up_lowers_it():
    start = Camera(10, 20)
    assert orbit(start, 15, 0).azimuth == pytest.approx(-5)
    assert orbit(start, 0, 15).elevation == pytest.approx(5)
    assert orbit(start, 0, 1000).elevation == -STEEPEST
    assert orbit(Camera(-170, 0), 20, 0).azimuth == pytest.approx(170)


def test_zoom_draws_the_box_larger_within_limits():
    seen = [fit_pose(zoom(Camera(), f), CORNERS, 1.6).project(CORNERS, 1000, 625) for f in (1.0, 2.0)]
    assert np.ptp(seen[1], axis=0) == pytest.approx(2 * np.ptp(seen[0], axis=0), rel=1e-9)
    assert zoom(Camera(), 1e9).zoom < 20
    assert zoom(Camera(), 1e-9).zoom > 0.1


def test_a_flight_goes_the_short_way_and_arrives():
    start, end = Camera(170, 0, 1), Camera(-150, 40, 4)
    assert interpolate_camera(start, end, 0.0) == start
    assert interpolate_camera(start, end, 1.0) == end
    half = interpolate_camera(start, end, 0.5)
    assert half.azimuth == pytest.approx(-170)
    assert half.elevation == pytest.approx(20)
    assert half.zoom == pytest.approx(2)


def test_presets_show_the_sides_they_are_named_for():
    eyes = {name: fit_pose(camera, CORNERS, 1.0).axes[2] for name, camera in PRESETS.items()}
    assert eyes["left"][0] < -0.99
    assert eyes["right"][0] > 0.99
    assert eyes["front"][1] > 0.99
    assert eyes["back"][1] < -0.99
    assert eyes["top"][2] > 0.99
    assert eyes["bottom"][2] < -0.99
