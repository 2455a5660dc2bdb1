"""What a MONAI bundle wants to be given, from the transforms that its configuration lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeGuard

from viewer.models.input import Input, Intensity, Placement, Scaling, check_axes

PREPROCESSING = ("preprocessing", "preprocessing_transforms", "preprocess")

PASSED = frozenset(
    {
        "AddChanneld",
        "CastToTyped",
        "EnsureChannelFirstd",
        "EnsureTyped",
        "LoadImaged",
        "SelectItemsd",
        "ToDeviced",
        "ToTensord",
    }
)
"""Transforms that every scan has behind it once it is read."""

MARGIN = 10.0
MULTIPLE = 32


def input_of(
    entries: Mapping[str, Any], described: Mapping[str, Any]
) -> tuple[Input | None, tuple[str, ...]]:
    """The input, or None and a sentence that names the transform which cannot be followed.

    Without a fixed size the network is given the foreground with a margin of 10 mm, every size a multiple
    of 32 voxels, where MONAI slides a window over the whole scan.
    """
    listed = next((entries[name] for name in PREPROCESSING if name in entries), None)
    transforms = listed.get("transforms") if isinstance(listed, dict) else None
    if not isinstance(transforms, list):
        return None, ("the bundle's configuration lists no preprocessing",)
    wanted = Input(placement=Placement.FOREGROUND, spacing=(1.0, 1.0, 1.0), margin=MARGIN, multiple=MULTIPLE)
    seen: set[str] = set()
    for transform in transforms:
        given = transform if isinstance(transform, dict) else {}
        target = str(given.get("_target_", "")).rpartition(".")[2]
        if target in PASSED or given.get("_disabled_") is True:
            continue
        followed = _follow(target, given, wanted, seen)
        if followed is None:
            return None, (f"the bundle's transform {target or 'without a name'} cannot be followed",)
        wanted = followed
        seen.add(target)
    if wanted.placement is Placement.FOREGROUND and "Spacingd" not in seen:
        return None, ("the bundle's configuration names neither a size nor a spacing",)
    channels = _channels(described)
    return replace(wanted, channels=channels, channel_names=_channel_names(described, channels)), ()


SPATIAL = frozenset({"Spacingd", "CropForegroundd", "Resized", "CenterSpatialCropd"})


def _follow(target: str, given: Mapping[str, Any], wanted: Input, seen: set[str]) -> Input | None:
    """The input after one more transform; None where it has no counterpart here."""
    if target == "Orientationd":
        axes = given.get("axcodes")
        return replace(wanted, axes=axes) if isinstance(axes, str) and check_axes(axes) else None
    if target == "Spacingd":
        steps = given.get("pixdim")
        mode = given.get("mode", "bilinear")
        linear = (mode[0] if isinstance(mode, list) and mode else mode) == "bilinear"
        if not linear or not isinstance(steps, list) or len(steps) != 3:
            return None
        if not all(_number(step) and step > 0 for step in steps):
            return None
        return replace(wanted, spacing=tuple(float(step) for step in steps))
    if target == "CropForegroundd":
        return wanted
    if target == "Resized":
        ends = "centres" if given.get("align_corners") is True else "faces"
        shape = _sizes(given.get("spatial_size"))
        if (
            shape is None
            or given.get("mode") != "trilinear"
            or seen & {"CropForegroundd", "CenterSpatialCropd"}
        ):
            return None
        return Input(shape, axes=wanted.axes, ends=ends, intensity=wanted.intensity)
    if target == "CenterSpatialCropd":
        shape = _sizes(given.get("roi_size"))
        if shape is None or "Spacingd" not in seen:
            return None
        centre = "foreground" if "CropForegroundd" in seen else "grid"
        return replace(
            wanted, shape=shape, placement=Placement.SPACING, centre=centre, margin=0.0, multiple=1
        )
    rule = _intensity(target, given)
    if rule is None:
        return None
    measurable = rule.scaling is not Scaling.BOUNDS and not seen & SPATIAL
    return replace(wanted, intensity=replace(rule, measured="scan") if measurable else rule)


def _sizes(value: Any) -> tuple[int, ...] | None:
    if not isinstance(value, list) or len(value) != 3:
        return None
    return tuple(value) if all(type(size) is int and 1 <= size <= 2048 for size in value) else None


def _intensity(target: str, given: Mapping[str, Any]) -> Intensity | None:
    if target == "NormalizeIntensityd" and given.get("subtrahend") is None and given.get("divisor") is None:
        if given.get("nonzero", False) is True:
            return Intensity(Scaling.Z_SCORE, over="nonzero", background="kept")
        return Intensity(Scaling.Z_SCORE)
    ends = (given.get("b_min", given.get("minv", 0.0)), given.get("b_max", given.get("maxv", 1.0)))
    if not all(_number(end) for end in ends) or not ends[0] < ends[1]:
        return None
    to = (float(ends[0]), float(ends[1]))
    if target == "ScaleIntensityd" and given.get("factor") is None:
        return Intensity(Scaling.RANGE, to=to)
    if target == "ScaleIntensityRanged" and given.get("clip") is True:
        low, high = given.get("a_min"), given.get("a_max")
        if _number(low) and _number(high) and low < high:
            return Intensity(Scaling.BOUNDS, bounds=(float(low), float(high)), to=to)
    if target == "ScaleIntensityRangePercentilesd" and given.get("clip") is True:
        low, high = given.get("lower"), given.get("upper")
        if _number(low) and _number(high) and 0 <= low < high <= 100:
            return Intensity(Scaling.RANGE, percentiles=(float(low), float(high)), to=to)
    return None


def _image(described: Mapping[str, Any]) -> Mapping[str, Any]:
    """The metadata's entry of the input image; empty where there is none."""
    found: Any = described
    for name in ("network_data_format", "inputs", "image"):
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _channel_names(described: Mapping[str, Any], channels: int) -> tuple[str, ...]:
    """The names of several channels, from ``channel_def``; empty where it does not name each."""
    named = _image(described).get("channel_def")
    if channels == 1 or not isinstance(named, dict) or len(named) != channels:
        return ()
    names = tuple(named.get(str(index)) for index in range(channels))
    return tuple(str(name) for name in names) if all(isinstance(name, str) for name in names) else ()


def _channels(described: Mapping[str, Any]) -> int:
    number = _image(described).get("num_channels", 1)
    return number if type(number) is int and 1 <= number <= 64 else 1


def _number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
