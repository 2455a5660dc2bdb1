"""Colours of the two themes, and colormaps of positive and negative values.

Brightness is monotonic from the threshold to the largest value, so that order is visible without hue. The
two colours of a pair are warm and cold, or differ along blue and yellow, which red-green colour blindness
preserves.
"""

from __future__ import annotations

from dataclasses import dataclass

from viewer.session.view import ColorMap, Theme

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class BoxThemeColours:
    """Colours of a theme (red, green and blue) and fractions, all from 0 to 1.

    ``top`` and ``bottom`` are the ends of the background gradient. ``wall`` is the colour of a wall far from
    the corner, ``corner`` the fraction of its light that remains in the corner. ``grey`` is the brightness of
    the slices' darkest and brightest voxels. ``shadow`` is the fraction of light that a shadow removes.
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


LIGHT = BoxThemeColours(
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
DARK = BoxThemeColours(
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
POSITIVE_COLOUR: Colour = (1.0, 0.48, 0.04)
NEGATIVE_COLOUR: Colour = (0.07, 0.44, 0.92)
POSITIVE_HALO: Colour = (1.0, 0.74, 0.28)
NEGATIVE_HALO: Colour = (0.42, 0.72, 1.0)
POSITIVE_SHADE: Colour = (0.040, 0.036, 0.034)
NEGATIVE_SHADE: Colour = (0.018, 0.040, 0.110)


def theme_colours(theme: Theme) -> BoxThemeColours:
    """Return the colours of a theme."""
    return LIGHT if theme is Theme.LIGHT else DARK


Stops = tuple[str, ...]


@dataclass(frozen=True)
class SignColormaps:
    """Colours of both signs: of surfaces, of outer surfaces (halos), and of slice overlays.

    ``positive`` and ``negative`` are one colour as ``#rrggbb``, which is drawn from a deeper shade to a
    pale one, or several colours from the threshold to the largest value.
    """

    positive: Stops
    negative: Stops
    bodies: tuple[Colour, Colour]
    halos: tuple[Colour, Colour]

    def stops(self, sign: int) -> Stops:
        """Return the colour stops of the values of one sign."""
        return self.positive if sign > 0 else self.negative

    def body(self, sign: int) -> Colour:
        """Return the surface colour of one sign."""
        return self.bodies[0 if sign > 0 else 1]

    def halo(self, sign: int) -> Colour:
        """Return the colour of the outer surfaces of one sign."""
        return self.halos[0 if sign > 0 else 1]


def to_hex(colour: Colour) -> str:
    """Return a colour as ``#rrggbb``."""
    return "#" + "".join(f"{round(255 * component):02x}" for component in colour)


_GREEN: Colour = (0.38, 0.74, 0.12)
_PURPLE: Colour = (0.52, 0.22, 0.82)
_HOT: Colour = (0.93, 0.30, 0.10)
_COLD: Colour = (0.10, 0.36, 0.88)

_COLORMAPS = {
    ColorMap.ORANGE_BLUE: SignColormaps(
        (to_hex(POSITIVE_COLOUR),),
        (to_hex(NEGATIVE_COLOUR),),
        (POSITIVE_COLOUR, NEGATIVE_COLOUR),
        (POSITIVE_HALO, NEGATIVE_HALO),
    ),
    ColorMap.GREEN_PURPLE: SignColormaps(
        (to_hex(_GREEN),),
        (to_hex(_PURPLE),),
        (_GREEN, _PURPLE),
        ((0.70, 0.92, 0.45), (0.76, 0.60, 0.98)),
    ),
    ColorMap.HOT_COLD: SignColormaps(
        ("#7a0403", "#d23105", "#fb8022", "#f9d657", "#ffffe0"),
        ("#10106b", "#1e4fc8", "#2f9ce8", "#8fdcf5", "#f0ffff"),
        (_HOT, _COLD),
        ((1.0, 0.62, 0.40), (0.50, 0.72, 1.0)),
    ),
}


def sign_colormaps(colormap: ColorMap) -> SignColormaps:
    """Return the colours of both signs in a colormap."""
    return _COLORMAPS[colormap]


POSITIVE_HEX = to_hex(POSITIVE_COLOUR)
NEGATIVE_HEX = to_hex(NEGATIVE_COLOUR)
