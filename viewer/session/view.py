"""View settings as plain data, shared by the window and the command line."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from viewer.enums import coerce_fields
from viewer.scans.threshold import Threshold


class Theme(StrEnum):
    """Background of all drawings."""

    DARK = "dark"
    LIGHT = "light"


class Convention(StrEnum):
    """Side of a coronal or axial slice on which the brain's left is drawn."""

    NEUROLOGICAL = "neurological"
    RADIOLOGICAL = "radiological"


class Sign(StrEnum):
    """Shown values of a signed map."""

    BOTH = "both"
    POSITIVE = "positive"
    NEGATIVE = "negative"

    @property
    def number(self) -> int:
        """1 for positive values only, -1 for negative ones only, 0 for both."""
        return {"both": 0, "positive": 1, "negative": -1}[self.value]

    @property
    def signs(self) -> tuple[int, ...]:
        """The shown signs: 1, -1 or both."""
        return (self.number,) if self.number else (1, -1)


class Walls(StrEnum):
    """Slices on the walls of the box."""

    MIDDLE = "middle"
    CROSSHAIR = "crosshair"


class ColorMap(StrEnum):
    """Colours of values above and below zero; each pair is distinguishable with colour blindness."""

    ORANGE_BLUE = "orange-blue"
    GREEN_PURPLE = "green-purple"
    HOT_COLD = "hot-cold"


class Layout(StrEnum):
    """Content below the box: three slices through the crosshair, or a mosaic of many."""

    SLICES = "slices"
    MOSAIC = "mosaic"


class ComparisonMode(StrEnum):
    """Display of two compared maps."""

    BESIDE = "beside"
    FADE = "fade"
    FLICKER = "flicker"


DEFAULT_LARGEST_CLUSTERS = 5
"""Number of clusters that a window shows initially."""


@dataclass(frozen=True)
class Camera:
    """Viewpoint of the box; the box's centre is always the focus.

    Parameters
    ----------
    azimuth : float
        In degrees: 0 looks from posterior to anterior; increases towards the brain's right.
    elevation : float
        In degrees: 0 is level, 90 looks down from the top.
    zoom : float
        1 fits the box.

    Examples
    --------
    >>> import viewer
    >>> viewer.View(camera=viewer.Camera(azimuth=90, elevation=0)).camera.azimuth
    90
    """

    azimuth: float = 35.0
    elevation: float = 22.0
    zoom: float = 1.0


@dataclass(frozen=True)
class View:
    """All settings that affect the display but not the computation.

    Parameters
    ----------
    theme : str
        The background: ``"dark"`` or ``"light"``.
    convention : str
        ``"neurological"`` draws the brain's left on the left, ``"radiological"`` on the right.
    threshold : Threshold
        Threshold of maps.
    sign : str
        Which values are shown: ``"both"``, ``"positive"`` or ``"negative"``.
    smallest_cluster : float
        Minimum volume of a shown cluster, in mm³.
    largest_clusters : int
        Number of clusters to show, those with the most relevance; 0 shows all.
    image : str
        Channel shown on the slices and walls, by name, if a person has several images; empty for the first.
    crosshair : tuple of float, optional
        Point in mm through which the slices pass; None is the centre of the scan.
    walls : str
        Slices on the box's walls: ``"middle"`` or ``"crosshair"``.
    walls_at : tuple of float, optional
        Position of the walls' slices in mm; None is the centre of the scan.
    camera : Camera
        Camera of the box.
    glass : bool
        Draw the brain's surface as glass.
    nested : bool
        Draw an outer translucent surface around each inner one.
    shadows : bool
        Draw the clusters' shadows on the walls.
    smoothing : float
        Smoothing of displayed maps, FWHM in mm.
    overlay : bool
        Draw the map over the slices.
    opacity : float
        Opacity of the map over the slices, 0 to 1.
    hues : str
        Colours above and below zero: ``"orange-blue"``, ``"green-purple"`` or ``"hot-cold"``.
    display_range : tuple of float, optional
        The |values| of the first and the last colour over the slices; None is from the threshold to the
        maximum.
    outline : bool
        Draw the map's outlines over the slices instead of its area.
    by_value : bool
        Set the opacity by value: small values are more transparent.
    by_certainty : bool
        Make uncertain values more transparent, in the box and on the slices: where |mean| / SD over the
        members is below 2. Only affects maps with a standard deviation.
    template_outline : bool
        Draw the outline of the template's brain over the slices and on the walls, if the scan was registered.
    mask_outline : bool
        Draw the outline of the brain mask in the same places, if there is one.
    scale_bar : bool
        Draw the scale bar.
    colour_bar : bool
        Draw the colour bar.
    layout : str
        Content below the box: ``"slices"`` or ``"mosaic"``.
    compared : int, optional
        Index of the map that is compared with the current one.
    contrast : str
        How two maps are compared: ``"beside"``, ``"fade"`` or ``"flicker"``.
    fade : float
        Position of ``"fade"``: 0 is the first map, 1 the second.

    Raises
    ------
    ValueError
        A string is not a member of its enumeration.

    Examples
    --------
    >>> import viewer
    >>> view = viewer.View(theme="light", threshold=viewer.Threshold("percentile", 99.5), glass=True)
    >>> view.theme is viewer.View().theme
    False
    """

    theme: Theme = Theme.DARK
    convention: Convention = Convention.NEUROLOGICAL
    threshold: Threshold = field(default_factory=Threshold)
    sign: Sign = Sign.BOTH
    smallest_cluster: float = 0.0
    largest_clusters: int = 0
    image: str = ""
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
    by_certainty: bool = False
    template_outline: bool = False
    mask_outline: bool = False
    scale_bar: bool = True
    colour_bar: bool = True
    layout: Layout = Layout.SLICES
    compared: int | None = None
    contrast: ComparisonMode = ComparisonMode.BESIDE
    fade: float = 0.5

    @property
    def removes_clusters(self) -> bool:
        """Whether clusters are removed by size or number."""
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
