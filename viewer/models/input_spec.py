"""What a network wants to be given: where its voxels lie, and how bright they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

from viewer.enums import coerce_fields
from viewer.models.json_reader import JsonReader
from viewer.scans.axcodes import WORLD_AXIS


class Placement(StrEnum):
    """How the network's grid is laid into a scan.

    ``field-of-view``: over the scan's whole canonical field of view, whatever its size in mm.
    ``affine``: at a fixed place in the world, such as the MNI template's.
    ``spacing``: a box of fixed size in mm around the scan's middle, or its foreground's.
    ``foreground``: around the scan's foreground with a margin, as large as it has to be.
    """

    FIELD_OF_VIEW = "field-of-view"
    AFFINE = "affine"
    SPACING = "spacing"
    FOREGROUND = "foreground"


class IntensityScaling(StrEnum):
    """What happens to the intensities.

    ``none``: nothing. ``z-score``: minus mean, over standard deviation. ``range``: two percentiles go to
    the ends of ``to``, what lies beyond is clipped. ``bounds``: the same with two given intensities.
    ``maximum`` and ``mean``: divided by the largest value, or by the mean.
    """

    NONE = "none"
    Z_SCORE = "z-score"
    RANGE = "range"
    BOUNDS = "bounds"
    MAXIMUM = "maximum"
    MEAN = "mean"


@dataclass(frozen=True)
class IntensitySpec:
    """How intensities are scaled.

    Parameters
    ----------
    scaling
        The rule.
    over
        Whose statistics: of all voxels, or of those that are not zero.
    measured
        Where the statistics are taken: on the network's grid after resampling ("grid"), or on the scan
        before it ("scan").
    background
        Whether voxels that are zero are scaled as the others ("scaled") or stay zero ("kept").
    percentiles
        Of ``range``: (0, 100) is minimum and maximum.
    bounds
        Of ``bounds``: two intensities in the scan's units.
    to
        Of ``range`` and ``bounds``: the two ends they go to.
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
        """From a card's entry ``input.intensity``. Raises ModelError naming what is wrong."""
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
        """Plain values; what the rule does not use, and what is as usual, is left out."""
        usual = IntensitySpec(self.scaling)
        entries: dict[str, Any] = {"scaling": str(self.scaling)}
        for name in ("over", "measured", "background", "percentiles", "bounds", "to"):
            value = getattr(self, name)
            if value != getattr(usual, name):
                entries[name] = list(value) if isinstance(value, tuple) else value
        return entries


@dataclass(frozen=True)
class InputSpec:
    """The grid and the intensities a network was trained on.

    Parameters
    ----------
    shape
        Voxels along the tensor's spatial axes. Two numbers are a slice, whose normal is the third letter
        of ``axes``. Empty for ``foreground`` alone.
    placement
        How the grid is laid into the scan.
    axes
        The direction in which each spatial axis of the tensor runs, as orientation letters: "SRA" is a
        tensor whose first axis climbs from bottom to top, whose second runs to the right and whose third to
        the front. Not used with ``affine``, which says it itself.
    spacing
        mm between voxels along the tensor's axes; of ``spacing`` and ``foreground``.
    affine
        4 by 4, from the tensor's voxel indices to mm RAS+; of ``affine``.
    ends
        Of ``field-of-view``: whether the outer faces of the corner voxels coincide ("faces"), or their
        centres ("centres": `scipy.ndimage.zoom`, or `interpolate` with ``align_corners``).
    centre
        Of ``spacing``: the middle of the scan's grid ("grid"), or of its foreground ("foreground").
    margin
        Of ``foreground``: mm left around it.
    multiple
        Of ``foreground``: what every size is rounded up to a multiple of.
    window
        Of ``foreground``, for a network that answers at every voxel: the sizes of the windows in which a
        larger grid is shown to it; empty shows all of it at once.
    overlap
        The share of a window that the next one covers again, 0 to 0.5.
    slice
        Of two-dimensional shapes: mm from the middle along the normal.
    slices
        Of two-dimensional shapes: how many slices along the normal are shown to the network one after the
        other, their maps stacked to a volume. Of ``field-of-view``, 0 is every slice of the scan. They lie
        as far apart as ``affine`` and ``spacing`` say; of ``field-of-view``, evenly over all of it.
    channels, channel_names
        How many images the network takes at once, and what each is: ("T1", "FLAIR").
    repeat
        Whether one scan is given to all channels on purpose; otherwise several channels are several images,
        and one scan is refused.
    interpolation
        "linear" or "nearest".
    intensity
        How the intensities are scaled.
    space
        What was done to the scans it was trained on: "native" (nothing), "rigid" or "affine" (registered so
        to the MNI152 template); empty where that is not known.
    skull
        Whether theirs was "kept", "removed", or "either"; empty where that is not known.
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
        """How many spatial axes the tensor has, 2 or 3."""
        return 2 if len(self.shape) == 2 else 3

    @classmethod
    def read(cls, reader: JsonReader) -> InputSpec:
        """From a card's entry ``input``. Raises ModelError naming what is missing, wrong or unknown."""
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
        """Plain values; what the placement does not use, and what is as usual, is left out."""
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
    """Whether three letters name each world axis once, as "SRA" does and "SSA" does not."""
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
