"""Plans of nnU-Net version 2 as a model card: network, input and outputs.

``plans.json`` names Python objects that nnU-Net imports. Here nothing is imported: the names are looked up in
tables, and any other name is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from viewer.errors import ModelError
from viewer.models.input_spec import (
    CHANNEL_NAME,
    Blending,
    InputChannel,
    InputSpec,
    IntensityScaling,
    IntensitySpec,
    Placement,
    WindowSteps,
)
from viewer.models.json_reader import JsonReader
from viewer.models.model_card import Card, ModelKind
from viewer.models.nnunet_network import network_arguments
from viewer.models.output_kind import OutputKind
from viewer.number_format import format_count

READERS = ("SimpleITKIO", "NibabelIO")
"""Image readers that keep the order of the voxels in the file."""

REORIENTING_READER = "NibabelIOWithReorient"

MAX_CLASSES = 1000

CITATION = "Isensee et al. 2021, nnU-Net, Nature Methods 18:203"


def card_from_plans(
    plans: Mapping[str, Any], dataset: Mapping[str, Any], configuration: str, folder: Path
) -> tuple[Card, tuple[str, ...]]:
    """Return the card of one configuration, and notes on the guesses in it.

    Parameters
    ----------
    plans, dataset
        Contents of ``plans.json`` and ``dataset.json``.
    configuration
        Name of the configuration, such as "3d_fullres".
    folder
        Folder of both, for error messages.

    Raises
    ------
    ModelError
        An entry is missing or invalid, or requires something that is not supported; the message names it.
    """
    file = folder / "plans.json"
    entries = resolve_configuration(plans, configuration, file)
    reader = JsonReader(entries, file, f"configurations.{configuration}.")
    if entries.get("previous_stage"):
        raise ModelError(
            file,
            f"{configuration} is the second stage of a cascade, which takes the first one's segmentation",
            "open a configuration that takes only images, such as 3d_fullres",
        )
    patch = reader.integers("patch_size")
    if len(patch) != 3:
        raise ModelError(
            file, f"{configuration} is a network in {len(patch)}D", "open one in 3D, such as 3d_fullres"
        )
    names = read_channel_names(dataset, folder / "dataset.json")
    classes, output = read_labels(dataset, folder / "dataset.json")
    arguments = network_arguments(entries, reader, patch)
    axes, guesses = _read_axes(plans, file)
    interpolation, between_slices = _read_resampling(reader)
    rules = _read_intensities(plans, reader, len(names), file)
    if any(not 1 <= size <= 2048 for size in patch):
        raise reader.error("patch_size", f"is {list(patch)}", "it must be three sizes from 1 to 2048")
    spacing = reader.numbers("spacing")
    if len(spacing) != 3 or not all(0.01 <= step <= 100 for step in spacing):
        raise reader.error("spacing", f"is {list(spacing)}", "it must be three spacings from 0.01 to 100 mm")
    dataset_name = str(plans.get("dataset_name") or folder.parent.name or folder.name)
    card = Card(
        name=f"{dataset_name[:100]} {configuration}",
        architecture="nnunet-3d",
        arguments={"classes": len(classes), "channels": len(names), **arguments},
        classes=classes,
        kind=ModelKind.SEGMENTATION,
        output=output,
        input=InputSpec(
            placement=Placement.NONZERO,
            axes=axes,
            spacing=spacing,
            window=patch,
            blending=Blending.GAUSSIAN,
            steps=WindowSteps.EVEN,
            channels=len(names),
            inputs=_name_channels(names, rules),
            intensity=rules[0],
            interpolation=interpolation,
            between_slices=between_slices,
        ),
        description=f"nnU-Net of {dataset_name[:100]}, configuration {configuration}",
        citation=CITATION,
        source="nnU-Net results folder",
    )
    return card, guesses


def resolve_configuration(plans: Mapping[str, Any], name: str, file: Path) -> dict[str, Any]:
    """Return the entries of a configuration, including those that it inherits.

    Raises
    ------
    ModelError
        It does not exist, or inherits from itself.
    """
    all_entries = plans.get("configurations")
    configurations = all_entries if isinstance(all_entries, dict) else {}
    chain: list[dict[str, Any]] = []
    current: object = name
    visited: set[str] = set()
    while current is not None:
        entry = configurations.get(current) if isinstance(current, str) else None
        if not isinstance(entry, dict):
            names = ", ".join(map(str, list(configurations)[:10])) or "none"
            raise ModelError(file, f"has no configuration {current!r}", f"its configurations: {names}")
        if str(current) in visited:
            raise ModelError(file, f"the configuration {current!r} inherits from itself")
        visited.add(str(current))
        chain.append(entry)
        current = entry.get("inherits_from")
    merged: dict[str, Any] = {}
    for entry in reversed(chain):
        merged |= entry
    return merged


def read_channel_names(dataset: Mapping[str, Any], file: Path) -> tuple[str, ...]:
    """Return the names of the images that the network takes, in its order.

    Raises
    ------
    ModelError
        They are missing, not numbered from 0, or too many.
    """
    channels = next((dataset[name] for name in ("channel_names", "modality") if name in dataset), None)
    if not isinstance(channels, dict) or not channels:
        raise ModelError(file, "names no channels", '\'channel_names\' must be an object such as {"0": "T1"}')
    names = tuple(channels.get(str(index)) for index in range(len(channels)))
    if len(names) > 64 or not all(isinstance(name, str) for name in names):
        raise ModelError(file, "its 'channel_names' are not numbered from 0, or are more than 64")
    return tuple(map(str, names))


def _name_channels(names: Sequence[str], intensities: Sequence[IntensitySpec]) -> tuple[InputChannel, ...]:
    """Return each channel with a name valid in file names; a name that was changed is kept as modality."""
    channels: list[InputChannel] = []
    for index, (name, rule) in enumerate(zip(names, intensities, strict=True)):
        short_name = re.sub(r"[^\w+-]+", "_", name).strip("_-+")[:48] or f"channel{index}"
        if not CHANNEL_NAME.fullmatch(short_name) or short_name.casefold() in (
            channel.name.casefold() for channel in channels
        ):
            short_name = f"{short_name}-{index}"
        intensity = rule if rule != intensities[0] else None
        channels.append(InputChannel(short_name, name if name != short_name else "", intensity))
    return tuple(channels)


def read_labels(dataset: Mapping[str, Any], file: Path) -> tuple[tuple[str, ...], OutputKind]:
    """Return the name of each output, and whether the classes exclude each other.

    A label of several numbers is a region; if there is one, every entry except the background has its own
    output, and regions may overlap.

    Raises
    ------
    ModelError
        They are missing, or their numbers have gaps.
    """
    labels = dataset.get("labels")
    if not isinstance(labels, dict) or "background" not in labels:
        raise ModelError(
            file, "its 'labels' name no background", 'they must be like {"background": 0, "tumor": 1}'
        )
    classes = {str(name): value for name, value in labels.items() if name != "ignore"}
    if len(classes) > MAX_CLASSES or not all(_is_label(value) for value in classes.values()):
        raise ModelError(file, f"its 'labels' are not whole numbers, or are more than {MAX_CLASSES}")
    if any(isinstance(value, list) and len(value) > 1 for value in classes.values()):
        regions = tuple(name for name, value in classes.items() if value not in (0, [0]))
        order = dataset.get("regions_class_order")
        if not isinstance(order, list) or len(order) != len(regions):
            raise ModelError(
                file,
                f"has {format_count(len(regions), 'region')}, but no 'regions_class_order' of that length",
            )
        return regions, OutputKind.MULTI_LABEL if len(regions) > 1 else OutputKind.SIGMOID
    numbers = {name: value[0] if isinstance(value, list) else value for name, value in classes.items()}
    ordered = sorted(numbers, key=numbers.__getitem__)
    if [numbers[name] for name in ordered] != list(range(len(ordered))):
        raise ModelError(file, "its 'labels' are not numbered 0, 1, 2 …, each once")
    return tuple(ordered), OutputKind.SOFTMAX


def _is_label(value: object) -> bool:
    if isinstance(value, list):
        return bool(value) and len(value) <= MAX_CLASSES and all(type(number) is int for number in value)
    return type(value) is int


def _read_axes(plans: Mapping[str, Any], file: Path) -> tuple[str, tuple[str, ...]]:
    """Return the axes of the tensor, and a note.

    nnU-Net takes the voxels in their stored order, slowest axis first, and permutes them by
    ``transpose_forward``.
    """
    order = plans.get("transpose_forward", [0, 1, 2])
    if not isinstance(order, list) or sorted(order, key=str) != [0, 1, 2]:
        raise ModelError(
            file, f"its 'transpose_forward' is {str(order)[:60]}", "it must be 0, 1 and 2 in some order"
        )
    program = str(plans.get("image_reader_writer", READERS[0]))[:60]
    if program == REORIENTING_READER:
        return "".join("SAR"[axis] for axis in order), ()
    axes = "".join("KJI"[axis] for axis in order)
    note = "guess: the training scans were stored in the same orientation as this one, as nnU-Net assumes"
    if program not in READERS:
        note += f"; its reader of images, {program}, is not known, and is assumed to keep the order of voxels"
    return axes, (note,)


def _read_resampling(reader: JsonReader) -> tuple[str, str]:
    """Return the interpolation within and between slices."""
    function = reader.text("resampling_fn_data", "resample_data_or_seg_to_shape")
    options = reader.mapping("resampling_fn_data_kwargs")
    separate_z = options.get("force_separate_z")
    between_slices = "interpolated" if separate_z is False else "nearest"
    order = ""
    if function == "resample_torch_fornnunet" and options.get("mode", "linear") == "linear":
        order = "linear"
    elif function == "resample_data_or_seg_to_shape" and (separate_z is False or not options.get("order_z")):
        spline_order = options.get("order", 3)
        order = (
            {0: "nearest", 1: "linear", 3: "cubic"}.get(spline_order, "") if type(spline_order) is int else ""
        )
    if not order or separate_z not in (None, False):
        text = ", ".join(f"{name} {value}" for name, value in options.items())[:100]
        raise reader.error("resampling_fn_data", f"is {function[:60]} ({text})", "it cannot be followed")
    return order, between_slices


def _read_intensities(
    plans: Mapping[str, Any], reader: JsonReader, channels: int, file: Path
) -> tuple[IntensitySpec, ...]:
    """Return the intensity scaling of each channel."""
    schemes = reader.texts("normalization_schemes")
    masks = reader.booleans("use_mask_for_norm", (False,) * len(schemes))
    if len(schemes) < channels or len(masks) < channels:
        problem = (
            f"has {format_count(min(len(schemes), len(masks)), 'entry', 'entries')} for "
            f"{format_count(channels, 'channel')}"
        )
        raise reader.error("normalization_schemes", problem)
    statistics = plans.get("foreground_intensity_properties_per_channel")
    if statistics is None:
        statistics = plans.get("foreground_intensity_properties_by_modality")
    properties = statistics if isinstance(statistics, dict) else {}
    rules = []
    for index in range(channels):
        scheme = schemes[index]
        if scheme == "ZScoreNormalization":
            masking = ("nonzero", "kept") if masks[index] else ("all", "scaled")
            rules.append(IntensitySpec(IntensityScaling.Z_SCORE, over=masking[0], background=masking[1]))
        elif scheme == "CTNormalization":
            entries = properties.get(str(index))
            prefix = f"foreground_intensity_properties_per_channel.{index}."
            rules.append(_ct_scaling(JsonReader(entries if isinstance(entries, dict) else {}, file, prefix)))
        elif scheme == "NoNormalization":
            rules.append(IntensitySpec())
        elif scheme == "RescaleTo01Normalization":
            rules.append(IntensitySpec(IntensityScaling.RANGE))
        elif scheme == "RGBTo01Normalization":
            rules.append(IntensitySpec(IntensityScaling.BOUNDS, bounds=(0.0, 255.0)))
        else:
            known_schemes = "ZScore, CT, No, RescaleTo01 and RGBTo01"
            raise reader.error(
                "normalization_schemes", f"names {scheme[:60]}", f"known: {known_schemes}Normalization"
            )
    return tuple(rules)


def _ct_scaling(statistics: JsonReader) -> IntensitySpec:
    """Return the scaling of CT: clipped to two percentiles of the training data, then z-scored.

    Both steps together map the two percentiles linearly to their z-scores, and clip.
    """
    low, high = statistics.number("percentile_00_5"), statistics.number("percentile_99_5")
    mean, sd = statistics.number("mean"), statistics.number("std")
    if not low < high or sd <= 1e-8:
        raise statistics.error("std", "or the percentiles have no spread")
    to = ((low - mean) / sd, (high - mean) / sd)
    return IntensitySpec(IntensityScaling.BOUNDS, bounds=(low, high), to=to)
