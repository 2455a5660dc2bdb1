"""The colours of both themes and of both signs."""

from __future__ import annotations

from dataclasses import dataclass

from viewer.session.view import Theme

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Palette:
    """Red, green and blue from 0 to 1, and shares from 0 to 1.

    ``top`` and ``bottom`` are the ends of the background. ``wall`` is a wall far from the corner, where
    ``corner`` is what is left of its light in the corner. ``grey`` are the brightness of the slices'
    darkest and brightest voxels. ``shadow`` is the share of light a shadow takes away.
    """

    top: Colour
    bottom: Colour
    wall: Colour
    corner: float
    grey: tuple[float, float]
    edge: Colour
    cross: Colour
    letter: Colour
    shadow: float
    glass: Colour
    glass_share: float
    rim: float


LIGHT = Palette(
    top=(1.0, 1.0, 1.0),
    bottom=(1.0, 1.0, 1.0),
    wall=(0.955, 0.960, 0.975),
    corner=0.60,
    grey=(0.22, 1.0),
    edge=(0.56, 0.58, 0.64),
    cross=(0.0, 0.52, 0.50),
    letter=(0.16, 0.17, 0.20),
    shadow=0.90,
    glass=(0.40, 0.48, 0.62),
    glass_share=0.55,
    rim=0.16,
)
DARK = Palette(
    top=(0.106, 0.122, 0.161),
    bottom=(0.035, 0.039, 0.051),
    wall=(0.195, 0.212, 0.258),
    corner=0.50,
    grey=(0.19, 0.98),
    edge=(0.50, 0.53, 0.60),
    cross=(0.25, 0.85, 0.80),
    letter=(0.74, 0.77, 0.82),
    shadow=0.92,
    glass=(0.66, 0.78, 0.98),
    glass_share=0.62,
    rim=0.34,
)
POSITIVE: Colour = (1.0, 0.48, 0.04)
NEGATIVE: Colour = (0.07, 0.44, 0.92)
POSITIVE_HALO: Colour = (1.0, 0.74, 0.28)
NEGATIVE_HALO: Colour = (0.42, 0.72, 1.0)
POSITIVE_SHADE: Colour = (0.040, 0.036, 0.034)
NEGATIVE_SHADE: Colour = (0.018, 0.040, 0.110)


def palette(theme: Theme) -> Palette:
    """The colours of a theme."""
    return LIGHT if theme is Theme.LIGHT else DARK
