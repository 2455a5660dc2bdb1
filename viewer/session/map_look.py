"""Appearance of a map while another one is the current one: its own threshold, sign and colours."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from viewer.enums import coerce_fields
from viewer.scans.threshold import Threshold
from viewer.session.view import ColorMap, Sign, View


@dataclass(frozen=True)
class MapLook:
    """Threshold and colours of a map that is drawn together with the current one.

    Parameters
    ----------
    threshold : Threshold
        Threshold of the map.
    sign : str
        Which values are shown: ``"both"``, ``"positive"`` or ``"negative"``.
    hues : str
        Colours above and below zero, as in `View`.
    opacity : float
        Opacity over the slices, 0 to 1.
    """

    threshold: Threshold
    sign: Sign = Sign.BOTH
    hues: ColorMap = ColorMap.ORANGE_BLUE
    opacity: float = 0.8

    def __post_init__(self) -> None:
        coerce_fields(self, sign=Sign, hues=ColorMap)

    @classmethod
    def from_view(cls, view: View) -> MapLook:
        """Return the appearance of the current map in a view."""
        return cls(view.threshold, view.sign, view.hues, view.opacity)

    def applied_to(self, view: View) -> View:
        """Return the view in which the map is the current one; a colour range is not carried over."""
        return replace(
            view,
            threshold=self.threshold,
            sign=self.sign,
            hues=self.hues,
            opacity=self.opacity,
            display_range=None,
        )


def choose_unused_colormap(preferred: ColorMap, used_colormaps: Collection[ColorMap]) -> ColorMap:
    """Return the wanted colours if unused, else the first unused ones; the wanted ones if all are used."""
    return next((hues for hues in (preferred, *ColorMap) if hues not in used_colormaps), preferred)
