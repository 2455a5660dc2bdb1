"""Colours of values: their order seen without hue, both signs told apart by every kind of eye."""

from __future__ import annotations

import numpy as np
import pytest

from viewer.scene.colormaps import sign_colormaps
from viewer.scene.slice_colormapping import STEPS, lookup_table, map_colours, outline
from viewer.session.view import ColorMap, View

# Machado, Oliveira & Fernandes, IEEE TVCG 15:1291 (2009), severity 1.0, on linear RGB.
EYES = {
    "usual": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritan": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def _colours(lut: np.ndarray) -> np.ndarray:
    return np.stack([lut >> 16 & 255, lut >> 8 & 255, lut & 255], axis=-1) / 255.0


def _seen(colours: np.ndarray, eye: np.ndarray) -> np.ndarray:
    from skimage.color import rgb2lab

    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    turned = np.clip(linear @ eye.T, 0.0, 1.0)
    back = np.where(turned <= 0.0031308, 12.92 * turned, 1.055 * turned ** (1 / 2.4) - 0.055)
    return np.asarray(rgb2lab(back[None])[0])


@pytest.mark.parametrize("hues", list(ColorMap))
@pytest.mark.parametrize("eye", list(EYES))
def test_signs_differ_for_every_eye(hues: ColorMap, eye: str) -> None:
    """A difference of 2.3 in CIELAB is just seen; 20 is seen at a glance."""
    positive, negative = (
        _seen(_colours(lookup_table(sign_colormaps(hues).stops(sign), 1.0)), EYES[eye]) for sign in (1, -1)
    )
    # The palest tenth is where both end in white.
    shown = slice(0, STEPS * 9 // 10)
    assert np.linalg.norm(positive[shown] - negative[shown], axis=-1).min() > 20.0
    bodies = np.array([sign_colormaps(hues).body(1), sign_colormaps(hues).body(-1)])
    first, second = _seen(bodies, EYES[eye])
    assert np.linalg.norm(first - second) > 20.0


@pytest.mark.parametrize("hues", list(ColorMap))
@pytest.mark.parametrize("sign", [1, -1])
def test_larger_values_are_brighter(hues: ColorMap, sign: int) -> None:
    lightness = _seen(_colours(lookup_table(sign_colormaps(hues).stops(sign), 1.0)), EYES["usual"])[:, 0]
    assert (np.diff(lightness) > -0.5).all()
    assert lightness[-1] - lightness[0] > 25.0


def test_small_values_are_clearer_by_value() -> None:
    even, rising = lookup_table("#ff7a0a", 0.8) >> 24, lookup_table("#ff7a0a", 0.8, by_value=True) >> 24
    assert set(even.tolist()) == {204}
    assert rising[0] == round(0.5 * 204)
    assert rising[-1] == 204
    assert (np.diff(rising.astype(int)) >= 0).all()


@pytest.mark.parametrize("hues", ColorMap)
@pytest.mark.parametrize("sign", [1, -1])
def test_low_values_that_fade_are_still_seen_over_every_grey(hues: ColorMap, sign: int) -> None:
    """Of a map with a few very large values nearly all that is shown has the smallest colour."""
    smallest = int(lookup_table(sign_colormaps(hues).stops(sign), View().opacity, by_value=True)[0])
    alpha, colour = smallest >> 24, np.array([smallest >> shift & 255 for shift in (16, 8, 0)])
    grey = np.arange(256)[:, None] * np.ones(3)
    over = colour + grey * (255 - alpha) / 255
    without, coloured_over = (_seen(one / 255, EYES["usual"]) for one in (grey, over))
    # As above: seen at a glance.
    assert np.linalg.norm(coloured_over - without, axis=1).min() > 20.0


def test_the_display_range_is_apart_from_the_threshold() -> None:
    values = np.array([0.2, 0.6, 1.0, 3.0], dtype=np.float32)
    lut = lookup_table("#ff7a0a", 1.0)
    shown = map_colours(values, 0.5, 1.0, lut, None, low=0.0)
    assert shown.tolist() == [0, lut[int(0.6 * (STEPS - 1))], lut[-1], lut[-1]]
    assert map_colours(values, 0.5, 1.0, lut, None).tolist()[1] == lut[int(0.2 * (STEPS - 1))]


def test_an_outline_is_the_rim_of_each_sign() -> None:
    values = np.zeros((9, 9), dtype=np.float32)
    values[2:7, 2:5], values[2:7, 5:7] = 1.0, -1.0
    pixels = map_colours(values, 0.5, 1.0, lookup_table("#ff7a0a", 0.5), lookup_table("#1270eb", 0.5))
    rim = outline(pixels, values) >> 24
    inside = np.zeros((9, 9), dtype=bool)
    inside[3:6, 3] = True
    assert (rim[inside] == 0).all()
    assert (rim[(values != 0) & ~inside] == 255).all()
    assert (rim[values == 0] == 0).all()
