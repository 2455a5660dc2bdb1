"""Pairs of colours for what is above and below zero, told apart by colour-blind eyes too.

Within a colour the brightness only grows or only falls from the threshold to the largest value, so that
order is seen without hue; between the two colours of a pair one is warm and one is cold, or they differ
along blue and yellow, which red-green blindness keeps.
"""

from __future__ import annotations

from dataclasses import dataclass

from viewer.scene import palette
from viewer.session.view import ColorMap

Stops = tuple[str, ...]


@dataclass(frozen=True)
class Pair:
    """Both colours: of the bodies, of the halos around them, and over the slices.

    ``positive`` and ``negative`` are one colour as ``#rrggbb``, which is drawn from a deeper shade to a
    pale one, or several colours from the threshold to the largest value.
    """

    positive: Stops
    negative: Stops
    bodies: tuple[palette.Colour, palette.Colour]
    halos: tuple[palette.Colour, palette.Colour]

    def stops(self, sign: int) -> Stops:
        """The colours of the values whose sign this is."""
        return self.positive if sign > 0 else self.negative

    def body(self, sign: int) -> palette.Colour:
        """The colour of the bodies of one sign."""
        return self.bodies[0 if sign > 0 else 1]

    def halo(self, sign: int) -> palette.Colour:
        """The colour of the outer bodies of one sign."""
        return self.halos[0 if sign > 0 else 1]


def digits(colour: palette.Colour) -> str:
    """A colour as ``#rrggbb``."""
    return "#" + "".join(f"{round(255 * share):02x}" for share in colour)


_GREEN: palette.Colour = (0.38, 0.74, 0.12)
_PURPLE: palette.Colour = (0.52, 0.22, 0.82)
_HOT: palette.Colour = (0.93, 0.30, 0.10)
_COLD: palette.Colour = (0.10, 0.36, 0.88)

_PAIRS = {
    ColorMap.ORANGE_BLUE: Pair(
        (digits(palette.POSITIVE),),
        (digits(palette.NEGATIVE),),
        (palette.POSITIVE, palette.NEGATIVE),
        (palette.POSITIVE_HALO, palette.NEGATIVE_HALO),
    ),
    ColorMap.GREEN_PURPLE: Pair(
        (digits(_GREEN),),
        (digits(_PURPLE),),
        (_GREEN, _PURPLE),
        ((0.70, 0.92, 0.45), (0.76, 0.60, 0.98)),
    ),
    ColorMap.HOT_COLD: Pair(
        ("#7a0403", "#d23105", "#fb8022", "#f9d657", "#ffffe0"),
        ("#10106b", "#1e4fc8", "#2f9ce8", "#8fdcf5", "#f0ffff"),
        (_HOT, _COLD),
        ((1.0, 0.62, 0.40), (0.50, 0.72, 1.0)),
    ),
}


def pair(hues: ColorMap) -> Pair:
    """The colours a view asks for."""
    return _PAIRS[hues]
