"""Input specification of a network: grid (placement, axes, spacing) and intensity scaling."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar

import numpy as np

from viewer.enums import coerce_fields
from viewer.models.json_reader import JsonReader
from viewer.models.tensor_axes import are_stored_axes, are_world_axes
from viewer.number_format import format_count


class Placement(StrEnum):
    """Placement of the network's grid in a scan.

    ``field-of-view``: over the scan's whole canonical field of view, whatever its size in mm.
    ``affine``: at a fixed position in world space, such as the MNI template's.
    ``spacing``: a box of fixed size in mm around the centre of the scan or of its foreground.
    ``foreground``: around the scan's foreground with a margin, as large as needed.
    ``nonzero``: around the voxels that are nonzero in at least one image, scaled before resampling, as
    nnU-Net prepares scans (`viewer.models.nonzero_crop`).
    """

    FIELD_OF_VIEW = "field-of-view"
    AFFINE = "affine"
    SPACING = "spacing"
    FOREGROUND = "foreground"
    NONZERO = "nonzero"


class IntensityScaling(StrEnum):
    """Scaling of the intensities.

    ``none``: no scaling. ``z-score``: minus mean, divided by standard deviation. ``range``: two percentiles
    are mapped to the ends of ``to``, values outside are clipped. ``bounds``: the same with two given
    intensities. ``maximum`` and ``mean``: divided by the largest value, or by the mean.
    """

    NONE = "none"
    Z_SCORE = "z-score"
    RANGE = "range"
    BOUNDS = "bounds"
    MAXIMUM = "maximum"
    MEAN = "mean"


class Blending(StrEnum):
    """Weights of a sliding window's outputs.

    ``linear``: 0 in the outer third of the overlap with a neighbour, 1 in the inner third, linear in between.
    ``gaussian``: a Gaussian around the window's centre, as in nnU-Net.
    """

    LINEAR = "linear"
    GAUSSIAN = "gaussian"


class WindowSteps(StrEnum):
    """Positions of sliding windows.

    ``fixed``: in steps of one size, the last window at the end. ``even``: evenly spaced, as in nnU-Net.
    """

    FIXED = "fixed"
    EVEN = "even"


Fact = TypeVar("Fact")

INPUT_FACTS = ("inputs", "repeat", "space", "template", "skull", "bias_corrected")
"""Entries of a card next to ``input`` that describe its images."""

SPACES = ("native", "rigid", "affine")
SKULLS = ("kept", "removed", "either")
DEFAULT_TEMPLATE = "MNI152 2009"

CHANNEL_NAME = re.compile(r"\w[\w+-]{0,63}")
"""Valid names of channels, which become parts of file names."""


@dataclass(frozen=True)
class IntensitySpec:
    """Specification of the intensity scaling.

    Parameters
    ----------
    scaling
        The kind of scaling.
    over
        Voxels used for the statistics: all ("all"), or nonzero ones ("nonzero"); with the placement
        ``nonzero``, those that are nonzero in at least one image, with holes filled.
    measured
        Image used for the statistics: the network's grid after resampling ("grid"), or the scan before it
        ("scan"). Not specified with the placement ``nonzero``, which uses the box before resampling.
    background
        Whether zero voxels, in the same sense, are scaled like the others ("scaled") or stay zero ("kept").
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
        allowed = ["scaling"]
        values: dict[str, Any] = {"scaling": scaling}
        if scaling not in (IntensityScaling.NONE, IntensityScaling.BOUNDS):
            allowed += ["over", "measured"]
            values["over"] = reader.choice("over", ("all", "nonzero"), "all")
            values["measured"] = reader.choice("measured", ("grid", "scan"), "grid")
        if scaling is not IntensityScaling.NONE:
            allowed.append("background")
            values["background"] = reader.choice("background", ("scaled", "kept"), "scaled")
        if scaling is IntensityScaling.RANGE:
            allowed.append("percentiles")
            values["percentiles"] = _read_interval(reader, "percentiles", (0.0, 100.0))
            if not 0 <= values["percentiles"][0] < values["percentiles"][1] <= 100:
                raise reader.error("percentiles", "is not within 0 to 100")
        if scaling is IntensityScaling.BOUNDS:
            allowed.append("bounds")
            values["bounds"] = _read_interval(reader, "bounds", None)
        if scaling in (IntensityScaling.RANGE, IntensityScaling.BOUNDS):
            allowed.append("to")
            values["to"] = _read_interval(reader, "to", (0.0, 1.0))
        reader.reject_unknown(tuple(allowed))
        return cls(**values)

    def as_json(self) -> dict[str, Any]:
        """Return plain values, without unused and default entries."""
        defaults = IntensitySpec(self.scaling)
        entries: dict[str, Any] = {"scaling": str(self.scaling)}
        for name in ("over", "measured", "background", "percentiles", "bounds", "to"):
            value = getattr(self, name)
            if value != getattr(defaults, name):
                entries[name] = list(value) if isinstance(value, tuple) else value
        return entries


@dataclass(frozen=True)
class InputChannel:
    """One image that a network takes: an entry of a card's ``inputs``.

    Parameters
    ----------
    name
        Name under which the image is given: "T1".
    modality
        Kind of image, such as "T1w", "FLAIR" or "PET"; empty if not stated.
    intensity
        Its own intensity scaling; None to use that of the input.
    """

    name: str
    modality: str = ""
    intensity: IntensitySpec | None = None

    @classmethod
    def read(cls, reader: JsonReader) -> InputChannel:
        """Read an entry of ``inputs``. Raises ModelError naming what is wrong."""
        name = reader.text("name")
        if not CHANNEL_NAME.fullmatch(name):
            raise reader.error("name", f"is {name!r}", "use letters, digits, '-', '+' and '_' only")
        modality = reader.text("modality", "")
        intensity = IntensitySpec.read(reader.nested("intensity")) if reader.has("intensity") else None
        reader.reject_unknown(("name", "modality", "intensity"))
        return cls(name, modality, intensity)

    def as_json(self) -> dict[str, Any]:
        """Return plain values, without empty entries."""
        entries: dict[str, Any] = {"name": self.name}
        if self.modality:
            entries["modality"] = self.modality
        if self.intensity is not None:
            entries["intensity"] = self.intensity.as_json()
        return entries


@dataclass(frozen=True)
class InputSpec:
    """Grid and intensities that a network was trained on.

    Parameters
    ----------
    shape
        Voxels along the tensor's spatial axes. Two numbers are a slice, whose normal is the third letter
        of ``axes``. Empty for ``foreground`` and ``nonzero`` only.
    placement
        Placement of the grid in the scan.
    axes
        Direction of each spatial axis of the tensor, as orientation letters: "SRA" is a tensor whose first
        axis runs from inferior to superior, the second to the right and the third to anterior. "KJI", or
        these letters in another order, are the voxel axes of the scan's file as they are stored: a tensor
        whose first axis is the file's third one. Not used with ``affine``, which defines the directions.
    spacing
        Voxel size in mm along the tensor's axes; for ``spacing``, ``foreground`` and ``nonzero``.
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
        For ``foreground`` and ``nonzero`` and a network with an output at every voxel: size of the sliding
        window over a larger grid; empty for one pass over the whole grid.
    overlap
        Overlap of neighbouring windows as a share of their size: 0 to 0.5, or to 0.9 with Gaussian blending.
    blending
        Weights of the windows' outputs where they overlap.
    steps
        Positions of the windows.
    mirror_axes
        For three-dimensional networks with an output at every voxel: spatial axes of the tensor, counted from
        0. The network is also run on inputs mirrored along all combinations of them, and its outputs are
        averaged (test-time augmentation).
    slice
        For two-dimensional shapes: offset of the slice from the centre in mm, along the normal.
    slices
        For two-dimensional shapes: number of slices along the normal that the network is run on; their maps
        are stacked to a volume. For ``field-of-view``, 0 is every slice of the scan. ``affine`` and
        ``spacing`` give their distance; for ``field-of-view``, they are spread evenly over it.
    channels, inputs
        Number of images that the network takes, and their descriptions in the network's order; empty if
        unknown.
    repeat
        Whether one scan is repeated for all channels; otherwise several channels are several images, and a
        single scan is refused.
    interpolation
        "linear" or "nearest"; for ``nonzero`` also "cubic", by splines.
    between_slices
        For ``nonzero``: whether voxels between thick slices are interpolated ("interpolated"), or taken from
        the nearest slice ("nearest").
    intensity
        Intensity scaling.
    space
        Space of the training scans: "native", or registered to the template by a "rigid" or an "affine"
        transform; empty if unknown.
    template
        Name of that template; empty for MNI152 2009 (`DEFAULT_TEMPLATE`).
    skull
        Whether the skull in the training scans was "kept", "removed", or "either"; empty if unknown.
    bias_corrected
        Whether the training scans were corrected for the bias field; None if unknown.
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
    blending: Blending = Blending.LINEAR
    steps: WindowSteps = WindowSteps.FIXED
    mirror_axes: tuple[int, ...] = ()
    slice: float = 0.0
    slices: int = 1
    channels: int = 1
    inputs: tuple[InputChannel, ...] = ()
    repeat: bool = False
    interpolation: str = "linear"
    between_slices: str = "interpolated"
    intensity: IntensitySpec = field(default_factory=IntensitySpec)
    space: str = ""
    template: str = ""
    skull: str = ""
    bias_corrected: bool | None = None

    def __post_init__(self) -> None:
        coerce_fields(self, placement=Placement, blending=Blending, steps=WindowSteps)

    @property
    def channel_names(self) -> tuple[str, ...]:
        """Names of the images that the network takes; empty if unknown."""
        return tuple(channel.name for channel in self.inputs)

    def channel_intensity(self, index: int) -> IntensitySpec:
        """Return the intensity scaling of one channel: its own, or that of the input."""
        intensity = self.inputs[index].intensity if self.inputs else None
        return self.intensity if intensity is None else intensity

    @property
    def dimensions(self) -> int:
        """Number of spatial axes of the tensor, 2 or 3."""
        return 2 if len(self.shape) == 2 else 3

    @classmethod
    def read(cls, reader: JsonReader, facts: JsonReader | None = None) -> InputSpec:
        """Read a card's entry ``input``.

        ``facts`` reads the entries next to it, which contain `INPUT_FACTS`; older cards have some of them in
        ``input``. Raises ModelError naming the entry that is missing, invalid or unknown.
        """
        placement = Placement(reader.choice("placement", tuple(Placement)))
        values: dict[str, Any] = {"placement": placement}
        allowed = ["placement", "channels", "channel_names", "repeat", "interpolation", "intensity"]
        allowed += ["space", "skull"]
        if placement not in (Placement.FOREGROUND, Placement.NONZERO):
            allowed.append("shape")
            values["shape"] = _read_shape(reader)
        is_2d = len(values.get("shape", ())) == 2
        if placement is Placement.AFFINE:
            allowed.append("affine")
            values["affine"] = _read_affine(reader)
        else:
            allowed.append("axes")
            values["axes"] = _read_axes(reader)
            if is_2d:
                allowed.append("slice")
                values["slice"] = reader.number("slice", 0.0)
        if is_2d:
            allowed.append("slices")
            values["slices"] = _read_slice_count(reader, placement)
        if placement in (Placement.SPACING, Placement.FOREGROUND, Placement.NONZERO):
            allowed.append("spacing")
            values["spacing"] = _read_spacing(reader)
        if placement is Placement.FIELD_OF_VIEW:
            allowed.append("ends")
            values["ends"] = reader.choice("ends", ("faces", "centres"), "faces")
        if placement is Placement.SPACING:
            allowed.append("centre")
            values["centre"] = reader.choice("centre", ("grid", "foreground"), "grid")
        if placement is Placement.FOREGROUND:
            allowed += ["margin", "multiple"]
            values["margin"] = reader.number("margin", 0.0)
            values["multiple"] = reader.integer("multiple", 1)
            if not 0 <= values["margin"] <= 1000:
                raise reader.error("margin", f"is {values['margin']:g}", "it must be 0 to 1000 mm")
            if not 1 <= values["multiple"] <= 512:
                raise reader.error("multiple", f"is {values['multiple']}", "it must be 1 to 512")
        if placement in (Placement.FOREGROUND, Placement.NONZERO):
            allowed += ["window", "overlap", "blending", "steps"]
            if reader.has("window"):
                values["window"] = _read_window(reader, values.get("multiple", 1))
            values["blending"] = Blending(reader.choice("blending", tuple(Blending), Blending.LINEAR))
            values["steps"] = WindowSteps(reader.choice("steps", tuple(WindowSteps), WindowSteps.FIXED))
            values["overlap"] = reader.number("overlap", 0.5)
            max_overlap = 0.5 if values["blending"] is Blending.LINEAR else 0.9
            if not 0 <= values["overlap"] <= max_overlap:
                raise reader.error("overlap", f"is {values['overlap']}", f"it must be 0 to {max_overlap}")
        if not is_2d:
            allowed.append("mirror_axes")
            values["mirror_axes"] = _read_mirror_axes(reader)
        channels = _read_channels(reader, facts)
        values["inputs"] = channels
        values["repeat"] = _read_inside_or_outside(reader, facts, "repeat", _read_repeat)
        values["channels"] = reader.integer("channels", max(len(channels), 1))
        if not 1 <= values["channels"] <= 64:
            raise reader.error("channels", f"is {values['channels']}", "it must be 1 to 64")
        if channels and len(channels) != values["channels"]:
            problem = (
                f"has {format_count(len(channels), 'name')} for {format_count(values['channels'], 'channel')}"
            )
            raise reader.error("channel_names", problem, "name each channel once, in the network's order")
        for name, choices in (("space", SPACES), ("skull", SKULLS)):
            read_choice = partial(_read_choice, name, choices)
            values[name] = _read_inside_or_outside(reader, facts, name, read_choice)
        values["template"] = "" if facts is None else facts.text("template", "")
        if facts is not None and facts.has("bias_corrected"):
            values["bias_corrected"] = facts.boolean("bias_corrected", False)
        kinds: tuple[str, ...] = ("linear", "nearest")
        if placement is Placement.NONZERO:
            kinds += ("cubic",)
            allowed.append("between_slices")
            values["between_slices"] = reader.choice(
                "between_slices", ("interpolated", "nearest"), "interpolated"
            )
        values["interpolation"] = reader.choice("interpolation", kinds, "linear")
        if reader.has("intensity"):
            values["intensity"] = IntensitySpec.read(reader.nested("intensity"))
        elif not channels or any(channel.intensity is None for channel in channels):
            raise reader.error("intensity", "is missing", 'if nothing is scaled, use {"scaling": "none"}')
        reader.reject_unknown(tuple(allowed))
        return cls(**values)

    @property
    def has_new_facts(self) -> bool:
        """Whether it has facts that older cards could not have inside ``input``."""
        detailed = any(channel.modality or channel.intensity for channel in self.inputs)
        return detailed or bool(self.template) or self.bias_corrected is not None

    def as_json(self, include_facts: bool = True) -> dict[str, Any]:
        """Return plain values, without unused and default entries.

        ``include_facts`` includes the facts that older cards have in ``input``; otherwise they are in
        `facts_as_json`.
        """
        defaults = InputSpec(intensity=IntensitySpec())
        entries: dict[str, Any] = {"placement": str(self.placement)}
        for name in ("shape", "axes", "spacing", "affine", "ends", "centre", "margin", "multiple", "window"):
            value = getattr(self, name)
            if value != getattr(defaults, name) or (
                name == "axes" and self.placement is not Placement.AFFINE
            ):
                entries[name] = _tuples_to_lists(value)
        for name in ("overlap", "blending", "steps", "mirror_axes", "slice", "slices", "between_slices"):
            value = getattr(self, name)
            if value != getattr(defaults, name):
                entries[name] = str(value) if isinstance(value, StrEnum) else _tuples_to_lists(value)
        if self.channels != 1:
            entries["channels"] = self.channels
        if self.channel_names and include_facts:
            entries["channel_names"] = list(self.channel_names)
        if self.repeat and include_facts:
            entries["repeat"] = True
        if self.interpolation != "linear":
            entries["interpolation"] = self.interpolation
        entries["intensity"] = self.intensity.as_json()
        if include_facts:
            entries |= {name: value for name in ("space", "skull") if (value := getattr(self, name))}
        return entries

    def facts_as_json(self) -> dict[str, Any]:
        """Return the facts that a card has next to ``input``, without unknown ones."""
        entries: dict[str, Any] = {}
        if self.inputs:
            entries["inputs"] = [channel.as_json() for channel in self.inputs]
        if self.repeat:
            entries["repeat"] = True
        entries |= {name: value for name in ("space", "template", "skull") if (value := getattr(self, name))}
        if self.bias_corrected is not None:
            entries["bias_corrected"] = self.bias_corrected
        return entries


def _read_channels(reader: JsonReader, facts: JsonReader | None) -> tuple[InputChannel, ...]:
    """Read the channels from ``inputs`` next to ``input``, or from ``channel_names`` in it."""
    names = reader.texts("channel_names", ())
    channels = () if facts is None else tuple(map(InputChannel.read, facts.nested_list("inputs")))
    input_names = [channel.name for channel in channels]
    if names and channels and list(names) != input_names:
        raise reader.error(
            "channel_names", f"is {', '.join(names)}, and 'inputs' names {', '.join(input_names)}"
        )
    if facts is not None and len({name.casefold() for name in input_names}) < len(input_names):
        raise facts.error("inputs", "gives two channels the same name", "images are assigned by channel name")
    return channels or tuple(InputChannel(name) for name in names)


def _read_repeat(reader: JsonReader) -> bool:
    return reader.boolean("repeat", False)


def _read_choice(name: str, choices: tuple[str, ...], reader: JsonReader) -> str:
    return reader.choice(name, ("", *choices), "")


def _read_inside_or_outside(
    reader: JsonReader, facts: JsonReader | None, name: str, read: Callable[[JsonReader], Fact]
) -> Fact:
    """Read a fact next to ``input`` or, in older cards, in it; if it is in both, they must be equal."""
    in_both = reader.has(name) and facts is not None and facts.has(name)
    inner_value = read(reader)
    if facts is None or not facts.has(name):
        return inner_value
    outer_value = read(facts)
    if in_both and outer_value != inner_value:
        raise reader.error(
            name, f"is {inner_value!r}, but {name!r} next to 'input' is {outer_value!r}", "give it only once"
        )
    return outer_value


def _tuples_to_lists(value: Any) -> Any:
    return [_tuples_to_lists(item) for item in value] if isinstance(value, tuple) else value


def _read_shape(reader: JsonReader) -> tuple[int, ...]:
    shape = reader.integers("shape")
    if len(shape) not in (2, 3) or not all(1 <= size <= 2048 for size in shape):
        raise reader.error("shape", f"is {list(shape)}", "it must be two or three sizes from 1 to 2048")
    return shape


def _read_slice_count(reader: JsonReader, placement: Placement) -> int:
    slices = reader.integer("slices", 1)
    minimum = 0 if placement is Placement.FIELD_OF_VIEW else 1
    if not minimum <= slices <= 2048:
        raise reader.error("slices", f"is {slices}", f"it must be {minimum} to 2048")
    return slices


def _read_window(reader: JsonReader, multiple: int) -> tuple[int, ...]:
    window = reader.integers("window")
    if len(window) != 3 or not all(1 <= size <= 2048 and size % multiple == 0 for size in window):
        raise reader.error("window", f"is {list(window)}", f"it must be three sizes, multiples of {multiple}")
    return window


def _read_mirror_axes(reader: JsonReader) -> tuple[int, ...]:
    axes = reader.integers("mirror_axes", ())
    if len(set(axes)) < len(axes) or not set(axes) <= {0, 1, 2}:
        raise reader.error("mirror_axes", f"is {list(axes)}", "it must be some of 0, 1 and 2, each once")
    return tuple(sorted(axes))


def _read_axes(reader: JsonReader) -> str:
    axes = reader.text("axes", "RAS")
    if not are_world_axes(axes) and not are_stored_axes(axes):
        raise reader.error("axes", f"is {axes!r}", "it must be three letters such as RAS, LPS, SRA or KJI")
    return axes


def _read_spacing(reader: JsonReader) -> tuple[float, ...]:
    spacing = reader.numbers("spacing")
    if len(spacing) != 3 or not all(0.01 <= step <= 100 for step in spacing):
        raise reader.error("spacing", f"is {list(spacing)}", "it must be three spacings from 0.01 to 100 mm")
    return spacing


def _read_affine(reader: JsonReader) -> tuple[tuple[float, ...], ...]:
    affine = reader.matrix("affine")
    if affine[3] != (0.0, 0.0, 0.0, 1.0):
        raise reader.error("affine", "has an invalid last row", "it must be 0 0 0 1")
    if abs(np.linalg.det(np.array(affine)[:3, :3])) < 1e-9:
        raise reader.error("affine", "flattens space")
    return affine


def _read_interval(reader: JsonReader, name: str, default: tuple[float, float] | None) -> tuple[float, float]:
    values = reader.numbers(name, default)
    if len(values) != 2 or not values[0] < values[1]:
        raise reader.error(name, f"is {list(values)}", "it must be two numbers, the smaller one first")
    return values[0], values[1]
