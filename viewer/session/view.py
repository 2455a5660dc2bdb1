"""View settings as plain data, shared by the window and the command line."""

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
    """From where the box is looked at; the box's middle is always the focus.

    Parameters
    ----------
    azimuth : float
        In degrees: 0 looks from behind towards the front (posterior to anterior), growing towards the brain's
        right.
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
    """Everything that changes what is seen and nothing that changes what is computed.

    Parameters
    ----------
    theme : str
        The background: ``"dark"`` or ``"light"``.
    convention : str
        ``"neurological"`` draws the brain's left on the left, ``"radiological"`` on the right.
    threshold : Threshold
        Where maps are cut.
    sign : str
        Which values are shown: ``"both"``, ``"positive"`` or ``"negative"``.
    smallest_cluster : float
        Leave out smaller clusters, in mm³.
    largest_clusters : int
        Number of clusters to show, those with the most relevance; 0 shows all.
    image : str
        The image on the slices and walls, by its channel's name, of several of a person; empty for the first.
    crosshair : tuple of float, optional
        Point in mm that the slices go through; None is the middle of the scan.
    walls : str
        Slices on the box's walls: ``"middle"`` or ``"crosshair"``.
    walls_at : tuple of float, optional
        Position of the walls' slices in mm; None is the middle of the scan.
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
        The |values| of the palest and the deepest colour over the slices; None is from the threshold to the
        maximum.
    outline : bool
        Draw the map's edges over the slices in place of its area.
    by_value : bool
        Set the opacity by value: small values are more transparent.
    by_certainty : bool
        Make what is uncertain more transparent, in the box and on the slices: where |mean| / SD over the
        members is below 2. Only maps with a standard deviation are changed.
    template_outline : bool
        Draw the outline of the template's brain over the slices and on the walls, if the scan was registered.
    mask_outline : bool
        Draw the outline of the brain mask there, if there is one.
    scale_bar : bool
        Draw the scale bar.
    colour_bar : bool
        Draw the colour bar.
    layout : str
        What stands below the box: ``"slices"`` or ``"mosaic"``.
    compared : int, optional
        Index of the map that is compared with the current one.
    contrast : str
        How two maps are compared: ``"beside"``, ``"fade"`` or ``"flicker"``.
    fade : float
        Of ``"fade"``: 0 is the first map, 1 the second.

    Raises
    ------
    ValueError
        A word stands for a member of an enumeration that has no such member.

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
