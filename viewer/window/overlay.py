"""What slices draw of a map: its values, where they are cut, and the colours they are drawn in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Overlay:
    """What a slice draws of a map: values on the scan's grid, cut and coloured.

    ``positive`` and ``negative`` are colours, None where that sign is not shown. They run from ``low``,
    or else from the threshold, to ``largest``.
    """

    values: npt.NDArray[np.float32]
    threshold: float
    largest: float
    positive: str | Sequence[str] | None
    negative: str | Sequence[str] | None
    opacity: float
    low: float | None = None
    outline: bool = False
    by_value: bool = False

    def pixels(self, values: npt.NDArray[np.float32]) -> npt.NDArray[np.uint32]:
        """Premultiplied ARGB of some of the values, as they are cut and coloured."""
        from viewer.scene.slice_colormapping import map_colours, outline

        pixels = map_colours(values, self.threshold, self.largest, *self.ramps, low=self.low)
        return outline(pixels, values) if self.outline else pixels

    @cached_property
    def ramps(self) -> tuple[npt.NDArray[np.uint32] | None, npt.NDArray[np.uint32] | None]:
        """The colours of what is above and below zero, from the threshold on."""
        from viewer.scene.slice_colormapping import STEPS, lookup_table

        luts = [
            None if colour is None else lookup_table(colour, self.opacity, self.by_value)
            for colour in (self.positive, self.negative)
        ]
        if self.outline:
            # A line is too thin to show shades: it has the colour in the middle of them.
            for lut in luts:
                if lut is not None:
                    lut[:] = lut[STEPS // 2]
        return luts[0], luts[1]
