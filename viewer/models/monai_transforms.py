"""Input specification and output meaning of a MONAI bundle, from the transforms in its configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeGuard

from viewer.models.input_spec import (
    InputChannel,
    InputSpec,
    IntensityScaling,
    IntensitySpec,
    Placement,
)
from viewer.models.output_kind import OutputKind
from viewer.models.tensor_axes import are_world_axes

PREPROCESSING = ("preprocessing", "preprocessing_transforms", "preprocess")

NEUTRAL_TRANSFORMS = frozenset(
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
"""Transforms that reading a scan already includes."""

MARGIN_MM = 10.0
SIZE_MULTIPLE = 32


def read_input_spec(
    entries: Mapping[str, Any], metadata: Mapping[str, Any]
) -> tuple[InputSpec | None, tuple[str, ...]]:
    """Return the input specification, or None and a note that names the unsupported transform.

    Without a fixed size, the input is the foreground with a margin of 10 mm and sizes that are multiples of
    32 voxels, whereas MONAI slides a window over the whole scan.
    """
    pipeline = next((entries[name] for name in PREPROCESSING if name in entries), None)
    transforms = pipeline.get("transforms") if isinstance(pipeline, dict) else None
    if not isinstance(transforms, list):
        return None, ("the bundle's configuration lists no preprocessing",)
    spec = InputSpec(
        placement=Placement.FOREGROUND, spacing=(1.0, 1.0, 1.0), margin=MARGIN_MM, multiple=SIZE_MULTIPLE
    )
    applied: set[str] = set()
    for transform in transforms:
        options = transform if isinstance(transform, dict) else {}
        target = str(options.get("_target_", "")).rpartition(".")[2]
        if target in NEUTRAL_TRANSFORMS or options.get("_disabled_") is True:
            continue
        next_spec = _apply_transform(target, options, spec, applied)
        if next_spec is None:
            return None, (f"the bundle's transform {target or 'without a name'} cannot be followed",)
        spec = next_spec
        applied.add(target)
    if spec.placement is Placement.FOREGROUND and "Spacingd" not in applied:
        return None, ("the bundle's configuration names neither a size nor a spacing",)
    channels = _read_channel_count(metadata)
    return replace(spec, channels=channels, inputs=_read_inputs(metadata, channels)), ()


SPATIAL_TRANSFORMS = frozenset({"Spacingd", "CropForegroundd", "Resized", "CenterSpatialCropd"})


def _apply_transform(
    target: str, options: Mapping[str, Any], spec: InputSpec, applied: set[str]
) -> InputSpec | None:
    """Return the input specification after one more transform; None if it is not supported."""
    if target == "Orientationd":
        axes = options.get("axcodes")
        return replace(spec, axes=axes) if isinstance(axes, str) and are_world_axes(axes) else None
    if target == "Spacingd":
        steps = options.get("pixdim")
        mode = options.get("mode", "bilinear")
        linear = (mode[0] if isinstance(mode, list) and mode else mode) == "bilinear"
        if not linear or not isinstance(steps, list) or len(steps) != 3:
            return None
        if not all(_is_number(step) and step > 0 for step in steps):
            return None
        return replace(spec, spacing=tuple(float(step) for step in steps))
    if target == "CropForegroundd":
        return spec
    if target == "Resized":
        ends = "centres" if options.get("align_corners") is True else "faces"
        shape = _read_sizes(options.get("spatial_size"))
        if (
            shape is None
            or options.get("mode") != "trilinear"
            or applied & {"CropForegroundd", "CenterSpatialCropd"}
        ):
            return None
        return InputSpec(shape, axes=spec.axes, ends=ends, intensity=spec.intensity)
    if target == "CenterSpatialCropd":
        shape = _read_sizes(options.get("roi_size"))
        if shape is None or "Spacingd" not in applied:
            return None
        centre = "foreground" if "CropForegroundd" in applied else "grid"
        return replace(spec, shape=shape, placement=Placement.SPACING, centre=centre, margin=0.0, multiple=1)
    rule = _intensity_spec(target, options)
    if rule is None:
        return None
    on_scan = rule.scaling is not IntensityScaling.BOUNDS and not applied & SPATIAL_TRANSFORMS
    return replace(spec, intensity=replace(rule, measured="scan") if on_scan else rule)


def _read_sizes(value: Any) -> tuple[int, ...] | None:
    if not isinstance(value, list) or len(value) != 3:
        return None
    return tuple(value) if all(type(size) is int and 1 <= size <= 2048 for size in value) else None


def _intensity_spec(target: str, options: Mapping[str, Any]) -> IntensitySpec | None:
    if (
        target == "NormalizeIntensityd"
        and options.get("subtrahend") is None
        and options.get("divisor") is None
    ):
        if options.get("nonzero", False) is True:
            return IntensitySpec(IntensityScaling.Z_SCORE, over="nonzero", background="kept")
        return IntensitySpec(IntensityScaling.Z_SCORE)
    target_range = (
        options.get("b_min", options.get("minv", 0.0)),
        options.get("b_max", options.get("maxv", 1.0)),
    )
    if not all(_is_number(end) for end in target_range) or not target_range[0] < target_range[1]:
        return None
    to = (float(target_range[0]), float(target_range[1]))
    if target == "ScaleIntensityd" and options.get("factor") is None:
        return IntensitySpec(IntensityScaling.RANGE, to=to)
    if target == "ScaleIntensityRanged" and options.get("clip") is True:
        low, high = options.get("a_min"), options.get("a_max")
        if _is_number(low) and _is_number(high) and low < high:
            return IntensitySpec(IntensityScaling.BOUNDS, bounds=(float(low), float(high)), to=to)
    if target == "ScaleIntensityRangePercentilesd" and options.get("clip") is True:
        low, high = options.get("lower"), options.get("upper")
        if _is_number(low) and _is_number(high) and 0 <= low < high <= 100:
            return IntensitySpec(IntensityScaling.RANGE, percentiles=(float(low), float(high)), to=to)
    return None


def _image_metadata(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the metadata entry of the input image; empty if there is none."""
    entry: Any = metadata
    for name in ("network_data_format", "inputs", "image"):
        entry = entry.get(name) if isinstance(entry, dict) else None
    return entry if isinstance(entry, dict) else {}


def _read_inputs(metadata: Mapping[str, Any], channels: int) -> tuple[InputChannel, ...]:
    """Return several channels by name, from ``channel_def``; none if it does not name each of them."""
    definitions = _image_metadata(metadata).get("channel_def")
    if channels == 1 or not isinstance(definitions, dict) or len(definitions) != channels:
        return ()
    names = tuple(definitions.get(str(index)) for index in range(channels))
    return tuple(map(InputChannel, map(str, names))) if all(isinstance(name, str) for name in names) else ()


def _read_channel_count(metadata: Mapping[str, Any]) -> int:
    number = _image_metadata(metadata).get("num_channels", 1)
    return number if type(number) is int and 1 <= number <= 64 else 1


def _is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


POSTPROCESSING = ("postprocessing", "postprocessing_transforms", "postprocess", "post_transform")


def read_output_kind(entries: Mapping[str, Any], count: int) -> OutputKind | None:
    """Return the meaning of ``count`` outputs, or None if the configuration does not state it.

    ``Activationsd`` states it. Without it, ``AsDiscreted`` with ``argmax`` selects one of several classes,
    and with ``threshold`` it decides on each output independently.
    """
    pipeline = next((entries[name] for name in POSTPROCESSING if name in entries), None)
    transforms = pipeline.get("transforms") if isinstance(pipeline, dict) else None
    independent = OutputKind.SIGMOID if count == 1 else OutputKind.MULTI_LABEL
    for transform in transforms if isinstance(transforms, list) else ():
        options = transform if isinstance(transform, dict) else {}
        target = str(options.get("_target_", "")).rpartition(".")[2]
        if options.get("_disabled_") is True or target not in ("Activationsd", "AsDiscreted"):
            continue
        if options.get("softmax") is True or options.get("argmax") is True:
            return OutputKind.SOFTMAX
        if options.get("sigmoid") is True or isinstance(options.get("threshold"), int | float):
            return independent
    return None
