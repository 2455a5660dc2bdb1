"""How things are shown, as plain data: the window and the command line draw from the same view."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from viewer.enums import coerce_fields
from viewer.scans.threshold import Threshold


class Theme(StrEnum):
    """The background everything is drawn on."""

    DARK = "dark"
    LIGHT = "light"


class Convention(StrEnum):
    """Which side of a coronal or axial slice the brain's left is drawn on."""

    NEUROLOGICAL = "neurological"
    RADIOLOGICAL = "radiological"


class Sign(StrEnum):
    """Which values of a signed map are shown."""

    BOTH = "both"
    POSITIVE = "positive"
    NEGATIVE = "negative"

    @property
    def number(self) -> int:
        """1 for positive values only, -1 for negative ones only, 0 for both."""
        return {"both": 0, "positive": 1, "negative": -1}[self.value]

    @property
    def signs(self) -> tuple[int, ...]:
        """The signs that are shown: 1, -1 or both."""
        return (self.number,) if self.number else (1, -1)


class Walls(StrEnum):
    """Which slices the box's walls carry."""

    MIDDLE = "middle"
    CROSSHAIR = "crosshair"


class ColorMap(StrEnum):
    """The colours of values above and below zero; each pair can be told apart by colour-blind eyes."""

    ORANGE_BLUE = "orange-blue"
    GREEN_PURPLE = "green-purple"
    HOT_COLD = "hot-cold"


class Layout(StrEnum):
    """What stands below the box: three slices through the crosshair, or a mosaic of many."""

    SLICES = "slices"
    MOSAIC = "mosaic"


class ComparisonMode(StrEnum):
    """What is shown of two maps that are compared."""

    BESIDE = "beside"
    FADE = "fade"
    FLICKER = "flicker"


DEFAULT_LARGEST_CLUSTERS = 5
"""How many clusters a window shows at first: what the network sees in a few bodies, not in hundreds."""


@dataclass(frozen=True)
class Camera:
    """From where the box is looked at. Angles in degrees; the box's middle is always the focus.

    ``azimuth`` 0 looks from behind towards the front (posterior to anterior), growing towards the
    brain's right; ``elevation`` 0 is level, 90 looks down from the top. ``zoom`` 1 fits the box.
    """

    azimuth: float = 35.0
    elevation: float = 22.0
    zoom: float = 1.0


@dataclass(frozen=True)
class View:
    """Everything that changes what is seen and nothing that changes what is computed.

    ``smallest_cluster`` is in mm³; ``largest_clusters`` shows only so many, of the largest volumes, 0 all.
    ``crosshair`` and ``walls_at`` are points in mm; None is the middle of the scan. ``display_range`` are
    the |values| of the palest and of the deepest colour over the slices; None runs from the threshold to the
    largest. ``outline`` draws the map's edges over the slices in place of its area, ``by_value`` lets small
    values be seen through. ``compared`` is the place in the list of the map beside the current one.

    Raises
    ------
    ValueError
        A word stands for a member of an enumeration that has no such member.
    """

    theme: Theme = Theme.DARK
    convention: Convention = Convention.NEUROLOGICAL
    threshold: Threshold = field(default_factory=Threshold)
    sign: Sign = Sign.BOTH
    smallest_cluster: float = 0.0
    largest_clusters: int = 0
    crosshair: tuple[float, float, float] | None = None
    walls: Walls = Walls.MIDDLE
    walls_at: tuple[float, float, float] | None = None
    camera: Camera = field(default_factory=Camera)
    glass: bool = False
    nested: bool = False
    shadows: bool = True
    smoothing: float = 0.0
    overlay: bool = True
    opacity: float = 0.8
    hues: ColorMap = ColorMap.ORANGE_BLUE
    display_range: tuple[float, float] | None = None
    outline: bool = False
    by_value: bool = False
    scale_bar: bool = True
    colour_bar: bool = True
    layout: Layout = Layout.SLICES
    compared: int | None = None
    contrast: ComparisonMode = ComparisonMode.BESIDE
    fade: float = 0.5

    @property
    def removes_clusters(self) -> bool:
        """Whether clusters are left out by their size."""
        return self.smallest_cluster > 0 or self.largest_clusters > 0

    def __post_init__(self) -> None:
        coerce_fields(
            self,
            theme=Theme,
            convention=Convention,
            sign=Sign,
            walls=Walls,
            hues=ColorMap,
            layout=Layout,
            contrast=ComparisonMode,
        )
