"""Pixels of slices: grey between two values, colour from the threshold on, each sign in its own."""

from __future__ import annotations

import numpy as np
import pytest

from viewer.scene.slice_colormapping import STEPS, lookup_table, map_colours, parse_hex, to_grey

ORANGE, BLUE = "#f5821f", "#2f7fd6"


def channels(pixels: np.ndarray) -> tuple[np.ndarray, ...]:
    """Alpha, red, green, blue."""
    return tuple((pixels >> shift) & 255 for shift in (24, 16, 8, 0))


def test_grey_runs_from_low_to_high_and_no_further() -> None:
    values = np.array([[-5, 10, 15, 20, 99]], np.float32)
    np.testing.assert_array_equal(to_grey(values, 10, 20), [[0, 0, 127, 255, 255]])


def test_grey_of_a_scan_without_contrast_is_black() -> None:
    assert to_grey(np.full((3, 3), 7, np.float32), 7, 7).max() == 0


def test_what_does_not_reach_the_threshold_is_clear() -> None:
    values = np.array([0.0, 0.49, 0.5, 1.0, -0.49, -0.5], np.float32)
    pixels = map_colours(values, 0.5, 1.0, lookup_table(ORANGE, 1.0), lookup_table(BLUE, 1.0))
    np.testing.assert_array_equal(channels(pixels)[0] > 0, [False, False, True, True, False, True])


def test_signs_have_their_colours_and_can_be_left_out() -> None:
    values = np.array([0.8, -0.8], np.float32)
    _, red, _, blue = channels(
        map_colours(values, 0.5, 1.0, lookup_table(ORANGE, 1.0), lookup_table(BLUE, 1.0))
    )
    assert red[0] > blue[0]
    assert blue[1] > red[1]
    only = map_colours(values, 0.5, 1.0, None, lookup_table(BLUE, 1.0))
    assert only[0] == 0
    assert only[1] != 0


def test_larger_values_are_paler() -> None:
    values = np.linspace(0.5, 1.0, 20, dtype=np.float32)
    _, red, green, blue = channels(map_colours(values, 0.5, 1.0, lookup_table(ORANGE, 1.0), None))
    lightness = red.astype(int) + green + blue
    assert (np.diff(lightness) >= 0).all()
    assert lightness[-1] > lightness[0] + 150


def test_colours_are_premultiplied() -> None:
    for colour in (ORANGE, BLUE):
        alpha, *rest = channels(lookup_table(colour, 0.4))
        assert (alpha == 102).all()
        assert all((channel <= alpha).all() for channel in rest)
        assert alpha.size == STEPS


def test_nothing_is_shown_of_zeros_even_without_a_threshold() -> None:
    pixels = map_colours(
        np.zeros(5, np.float32), 0.0, 1.0, lookup_table(ORANGE, 1.0), lookup_table(BLUE, 1.0)
    )
    assert not pixels.any()


@pytest.mark.parametrize("largest", [0.5, 0.2])
def test_a_threshold_at_the_top_shows_the_largest_value(largest: float) -> None:
    pixels = map_colours(np.array([0.5], np.float32), 0.5, largest, lookup_table(ORANGE, 1.0), None)
    assert pixels[0] != 0


def test_a_colour_is_read_from_its_six_digits() -> None:
    assert parse_hex("#0a10ff") == (10, 16, 255)
