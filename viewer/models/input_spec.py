"""Input specification of a network: grid (placement, axes, spacing) and intensity scaling."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

from viewer.enums import coerce_fields
from viewer.models.json_reader import JsonReader
from viewer.scans.axcodes import WORLD_AXIS


class Placement(StrEnum):
    """Placement of the network's grid in a scan.

    ``field-of-view``: over the scan's whole canonical field of view, whatever its size in mm.
    ``affine``: at a fixed position in world space, such as the MNI template's.
    ``spacing``: a box of fixed size in mm around the centre of the scan or of its foreground.
    ``foreground``: around the scan's foreground with a margin, as large as needed.
    """

    FIELD_OF_VIEW = "field-of-view"
    AFFINE = "affine"
    SPACING = "spacing"
    FOREGROUND = "foreground"


class IntensityScaling(StrEnum):
    """Scaling of the intensities.

    ``none``: no scaling. ``z-score``: minus mean, divided by standard deviation. ``range``: two percentiles
    are mapped to the ends of ``to``, values beyond are clipped. ``bounds``: the same with two given
    intensities. ``maximum`` and ``mean``: divided by the largest value, or by the mean.
    """

    NONE = "none"
    Z_SCORE = "z-score"
    RANGE = "range"
    BOUNDS = "bounds"
    MAXIMUM = "maximum"
    MEAN = "mean"


@dataclass(frozen=True)
class IntensitySpec:
    """Specification of the intensity scaling.

    Parameters
    ----------
    scaling
        The kind of scaling.
    over
        Voxels of the statistics: all of them ("all"), or those that are not zero ("nonzero").
    measured
        Image of the statistics: the network's grid after resampling ("grid"), or the scan before it
        ("scan").
    background
        Whether zero voxels are scaled like the others ("scaled") or stay zero ("kept").
    percentiles
        For ``range``: (0, 100) is minimum and maximum.
    bounds
        For ``bounds``: two intensities in the scan's units.
    to
        For ``range`` and ``bounds``: the two values they are mapped to.
    """

    scaling: IntensityScaling = IntensityScaling.NONE
    over: str = "all"
    measured: str = "grid"
    background: str = "scaled"
    percentiles: tuple[float, float] = (0.0, 100.0)
    bounds: tuple[float, float] | None = None
    to: tuple[float, float] = (0.0, 1.0)

    def __post_init__(self) -> None:
        coerce_fields(self, scaling=IntensityScaling)

    @classmethod
    def read(cls, reader: JsonReader) -> IntensitySpec:
        """Read a card's entry ``input.intensity``. Raises ModelError naming what is wrong."""
        scaling = IntensityScaling(reader.choice("scaling", tuple(IntensityScaling)))
        known = ["scaling"]
        chosen: dict[str, Any] = {"scaling": scaling}
        if scaling not in (IntensityScaling.NONE, IntensityScaling.BOUNDS):
            known += ["over", "measured"]
            chosen["over"] = reader.choice("over", ("all", "nonzero"), "all")
            chosen["measured"] = reader.choice("measured", ("grid", "scan"), "grid")
        if scaling is not IntensityScaling.NONE:
            known.append("background")
            chosen["background"] = reader.choice("background", ("scaled", "kept"), "scaled")
        if scaling is IntensityScaling.RANGE:
            known.append("percentiles")
            chosen["percentiles"] = _ascending(reader, "percentiles", (0.0, 100.0))
            if not 0 <= chosen["percentiles"][0] < chosen["percentiles"][1] <= 100:
                raise reader.error("percentiles", "leaves the span of 0 to 100")
        if scaling is IntensityScaling.BOUNDS:
            known.append("bounds")
            chosen["bounds"] = _ascending(reader, "bounds", None)
        if scaling in (IntensityScaling.RANGE, IntensityScaling.BOUNDS):
            known.append("to")
            chosen["to"] = _ascending(reader, "to", (0.0, 1.0))
        reader.reject_unknown(tuple(known))
        return cls(**chosen)

    def as_json(self) -> dict[str, Any]:
        """Return plain values, without unused and default entries."""
        usual = IntensitySpec(self.scaling)
        entries: dict[str, Any] = {"scaling": str(self.scaling)}
        for name in ("over", "measured", "background", "percentiles", "bounds", "to"):
            value = getattr(self, name)
            if value != getattr(usual, name):
                entries[name] = list(value) if isinstance(value, tuple) else value
        return entries


@dataclass(frozen=True)
class InputSpec:
    """Grid and intensities that a network was trained on.

    Parameters
    ----------
    shape
        Voxels along the tensor's spatial axes. Two numbers are a slice, whose normal is the third letter
        of ``axes``. Empty for ``foreground`` only.
    placement
        Placement of the grid in the scan.
    axes
        Direction of each spatial axis of the tensor, as orientation letters: "SRA" is a tensor whose first
        axis runs from inferior to superior, the second to the right and the third to anterior. Not used with
        ``affine``, which defines the directions itself.
    spacing
        Voxel size in mm along the tensor's axes; for ``spacing`` and ``foreground``.
    affine
        4 by 4, from the tensor's voxel indices to mm RAS+; for ``affine``.
    ends
        For ``field-of-view``: whether the outer faces of the corner voxels coincide ("faces"), or their
        centres ("centres": `scipy.ndimage.zoom`, or `interpolate` with ``align_corners``).
    centre
        For ``spacing``: centre of the scan's grid ("grid"), or of its foreground ("foreground").
    margin
        For ``foreground``: mm around it.
    multiple
        For ``foreground``: every size is rounded up to a multiple of this.
    window
        For ``foreground`` and a network with an output at every voxel: size of the sliding window over a
        larger grid; empty for the whole grid at once.
    overlap
        Overlap of neighbouring windows as a share of their size, 0 to 0.5.
    slice
        For two-dimensional shapes: offset of the slice from the centre in mm, along the normal.
    slices
        For two-dimensional shapes: number of slices along the normal that the network is run on; their maps
        are stacked to a volume. For ``field-of-view``, 0 is every slice of the scan. ``affine`` and
        ``spacing`` give their distance; for ``field-of-view``, they are spread evenly over it.
    channels, channel_names
        Number of images that the network takes, and their names: ("T1", "FLAIR").
    repeat
        Whether one scan is repeated for all channels; otherwise several channels are several images, and a
        single scan is refused.
    interpolation
        "linear" or "nearest".
    intensity
        Intensity scaling.
    space
        Space of the training scans: "native", or registered to the MNI152 template by a "rigid" or an
        "affine" transform; empty where that is not known.
    skull
        Whether the skull in the training scans was "kept", "removed", or "either"; empty where that is not
        known.
    """

    shape: tuple[int, ...] = ()
    placement: Placement = Placement.FIELD_OF_VIEW
    axes: str = "RAS"
    spacing: tuple[float, ...] = ()
    affine: tuple[tuple[float, ...], ...] = ()
    ends: str = "faces"
    centre: str = "grid"
    margin: float = 0.0
    multiple: int = 1
    window: tuple[int, ...] = ()
    overlap: float = 0.5
    slice: float = 0.0
    slices: int = 1
    channels: int = 1
    channel_names: tuple[str, ...] = ()
    repeat: bool = False
    interpolation: str = "linear"
    intensity: IntensitySpec = field(default_factory=IntensitySpec)
    space: str = ""
    skull: str = ""

    def __post_init__(self) -> None:
        coerce_fields(self, placement=Placement)

    @property
    def dimensions(self) -> int:
        """Number of spatial axes of the tensor, 2 or 3."""
        return 2 if len(self.shape) == 2 else 3

    @classmethod
    def read(cls, reader: JsonReader) -> InputSpec:
        """Read a card's entry ``input``. Raises ModelError naming what is missing, wrong or unknown."""
        placement = Placement(reader.choice("placement", tuple(Placement)))
        chosen: dict[str, Any] = {"placement": placement}
        known = ["placement", "channels", "channel_names", "repeat", "interpolation", "intensity"]
        known += ["space", "skull"]
        if placement is not Placement.FOREGROUND:
            known.append("shape")
            chosen["shape"] = _shape(reader)
        flat = len(chosen.get("shape", ())) == 2
        if placement is Placement.AFFINE:
            known.append("affine")
            chosen["affine"] = _affine(reader)
        else:
            known.append("axes")
            chosen["axes"] = _axes(reader)
            if flat:
                known.append("slice")
                chosen["slice"] = reader.number("slice", 0.0)
        if flat:
            known.append("slices")
            chosen["slices"] = _slices(reader, placement)
        if placement in (Placement.SPACING, Placement.FOREGROUND):
            known.append("spacing")
            chosen["spacing"] = _spacing(reader)
        if placement is Placement.FIELD_OF_VIEW:
            known.append("ends")
            chosen["ends"] = reader.choice("ends", ("faces", "centres"), "faces")
        if placement is Placement.SPACING:
            known.append("centre")
            chosen["centre"] = reader.choice("centre", ("grid", "foreground"), "grid")
        if placement is Placement.FOREGROUND:
            known += ["margin", "multiple", "window", "overlap"]
            chosen["margin"] = reader.number("margin", 0.0)
            chosen["multiple"] = reader.integer("multiple", 1)
            if not 0 <= chosen["margin"] <= 1000:
                raise reader.error("margin", f"is {chosen['margin']:g}", "it must be 0 to 1000 mm")
            if not 1 <= chosen["multiple"] <= 512:
                raise reader.error("multiple", f"is {chosen['multiple']}", "it must be 1 to 512")
            if reader.has("window"):
                chosen["window"] = _window(reader, chosen["multiple"])
            chosen["overlap"] = reader.number("overlap", 0.5)
            if not 0 <= chosen["overlap"] <= 0.5:
                raise reader.error("overlap", f"is {chosen['overlap']}", "it must be 0 to 0.5")
        names = reader.texts("channel_names", ())
        chosen["channel_names"] = names
        chosen["repeat"] = reader.boolean("repeat", False)
        chosen["channels"] = reader.integer("channels", max(len(names), 1))
        if not 1 <= chosen["channels"] <= 64:
            raise reader.error("channels", f"is {chosen['channels']}", "it must be 1 to 64")
        if names and len(names) != chosen["channels"]:
            problem = f"has {len(names)} names for {chosen['channels']} channels"
            raise reader.error("channel_names", problem, "name each channel once, in the network's order")
        chosen["space"] = reader.choice("space", ("", "native", "rigid", "affine"), "")
        chosen["skull"] = reader.choice("skull", ("", "kept", "removed", "either"), "")
        chosen["interpolation"] = reader.choice("interpolation", ("linear", "nearest"), "linear")
        if not reader.has("intensity"):
            raise reader.error("intensity", "is missing", 'where nothing is scaled, say {"scaling": "none"}')
        chosen["intensity"] = IntensitySpec.read(reader.nested("intensity"))
        reader.reject_unknown(tuple(known))
        return cls(**chosen)

    def as_json(self) -> dict[str, Any]:
        """Return plain values, without unused and default entries."""
        usual = InputSpec(intensity=IntensitySpec())
        entries: dict[str, Any] = {"placement": str(self.placement)}
        for name in ("shape", "axes", "spacing", "affine", "ends", "centre", "margin", "multiple", "window"):
            value = getattr(self, name)
            if value != getattr(usual, name) or (name == "axes" and self.placement is not Placement.AFFINE):
                entries[name] = _plain(value)
        for name in ("overlap", "slice", "slices"):
            if getattr(self, name) != getattr(usual, name):
                entries[name] = getattr(self, name)
        if self.channels != 1:
            entries["channels"] = self.channels
        if self.channel_names:
            entries["channel_names"] = list(self.channel_names)
        if self.repeat:
            entries["repeat"] = True
        if self.interpolation != "linear":
            entries["interpolation"] = self.interpolation
        entries["intensity"] = self.intensity.as_json()
        return entries | {name: value for name in ("space", "skull") if (value := getattr(self, name))}


def check_axes(axes: str) -> bool:
    """Return whether three letters name each world axis once, as "SRA" does and "SSA" does not."""
    return len(axes) == 3 and sorted(WORLD_AXIS.get(letter, -1) for letter in axes) == [0, 1, 2]


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _shape(reader: JsonReader) -> tuple[int, ...]:
    shape = reader.integers("shape")
    if len(shape) not in (2, 3) or not all(1 <= size <= 2048 for size in shape):
        raise reader.error("shape", f"is {list(shape)}", "it must be two or three sizes of 1 to 2048")
    return shape


def _slices(reader: JsonReader, placement: Placement) -> int:
    slices = reader.integer("slices", 1)
    fewest = 0 if placement is Placement.FIELD_OF_VIEW else 1
    if not fewest <= slices <= 2048:
        raise reader.error("slices", f"is {slices}", f"it must be {fewest} to 2048")
    return slices


def _window(reader: JsonReader, multiple: int) -> tuple[int, ...]:
    window = reader.integers("window")
    if len(window) != 3 or not all(1 <= size <= 2048 and size % multiple == 0 for size in window):
        raise reader.error("window", f"is {list(window)}", f"it must be three sizes, multiples of {multiple}")
    return window


def _axes(reader: JsonReader) -> str:
    axes = reader.text("axes", "RAS")
    if not check_axes(axes):
        raise reader.error("axes", f"is {axes!r}", "it must be three letters such as RAS, LPS or SRA")
    return axes


def _spacing(reader: JsonReader) -> tuple[float, ...]:
    spacing = reader.numbers("spacing")
    if len(spacing) != 3 or not all(0.01 <= step <= 100 for step in spacing):
        raise reader.error("spacing", f"is {list(spacing)}", "it must be three steps of 0.01 to 100 mm")
    return spacing


def _affine(reader: JsonReader) -> tuple[tuple[float, ...], ...]:
    affine = reader.matrix("affine")
    if affine[3] != (0.0, 0.0, 0.0, 1.0):
        raise reader.error("affine", "has a strange last row", "it must be 0 0 0 1")
    if abs(np.linalg.det(np.array(affine)[:3, :3])) < 1e-9:
        raise reader.error("affine", "flattens space")
    return affine


def _ascending(reader: JsonReader, name: str, default: tuple[float, float] | None) -> tuple[float, float]:
    values = reader.numbers(name, default)
    if len(values) != 2 or not values[0] < values[1]:
        raise reader.error(name, f"is {list(values)}", "it must be two numbers, the smaller one first")
    return values[0], values[1]
