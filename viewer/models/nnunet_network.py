"""Network that an nnU-Net's plans describe, as arguments of the architecture ``nnunet-3d``."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

from viewer.models.json_reader import JsonReader

KINDS = {
    "PlainConvUNet": ("plain", "plain"),
    "ResidualEncoderUNet": ("residual", "plain"),
    "ResidualUNet": ("residual", "residual"),
}
"""Kinds of encoder and decoder of the networks in nnU-Net's package."""

PACKAGE = "dynamic_network_architectures."

MAX_STAGES = 16

NORMS = {"InstanceNorm3d": "instance", "BatchNorm3d": "batch"}
ACTIVATIONS = {"LeakyReLU": "leaky-relu", "ReLU": "relu"}

KNOWN_OPTIONS = frozenset(
    {
        *("n_stages", "features_per_stage", "conv_op", "kernel_sizes", "strides", "n_conv_per_stage"),
        *("n_blocks_per_stage", "n_conv_per_stage_decoder", "conv_bias", "norm_op", "norm_op_kwargs"),
        *("dropout_op", "dropout_op_kwargs", "nonlin", "nonlin_kwargs", "deep_supervision", "nonlin_first"),
        *("block", "bottleneck_channels", "stem_channels"),
    }
)


def network_arguments(
    entries: Mapping[str, Any], reader: JsonReader, patch_size: tuple[int, ...]
) -> dict[str, Any]:
    """Return the arguments of a configuration's network, without its numbers of inputs and outputs.

    Raises
    ------
    ModelError
        It is not a known network, or an argument is invalid.
    """
    if "architecture" in entries:
        architecture = reader.nested("architecture")
        path = architecture.text("network_class_name")
        options = architecture.nested("arch_kwargs")
    else:
        path, options = _read_old_plans(reader)
    name = path.rpartition(".")[2]
    if name not in KINDS or (path != name and not path.startswith(PACKAGE)):
        raise reader.error(
            "architecture", f"asks for the network {path[:80]}", f"known: {', '.join(KINDS)} of nnU-Net"
        )
    encoder, decoder = KINDS[name]
    return _read_options(options, encoder, decoder, patch_size)


def _read_old_plans(reader: JsonReader) -> tuple[str, JsonReader]:
    """Return the network's name and options from the entries of plans written before 2024."""
    name = reader.text("UNet_class_name")
    blocks = reader.integers("n_conv_per_stage_encoder")
    base_features, max_features = (
        reader.integer("UNet_base_num_features"),
        reader.integer("unet_max_num_features"),
    )
    if not 1 <= len(blocks) <= MAX_STAGES:
        raise reader.error("n_conv_per_stage_encoder", f"has {len(blocks)} stages", f"{MAX_STAGES} at most")
    return name, reader.with_values(
        {
            "n_stages": len(blocks),
            "features_per_stage": [
                min(base_features * 2**level, max_features) for level in range(len(blocks))
            ],
            "conv_op": "torch.nn.Conv3d",
            "kernel_sizes": reader.value("conv_kernel_sizes"),
            "strides": reader.value("pool_op_kernel_sizes"),
            "n_blocks_per_stage" if "Residual" in name else "n_conv_per_stage": list(blocks),
            "n_conv_per_stage_decoder": list(reader.integers("n_conv_per_stage_decoder")),
            "conv_bias": True,
            "norm_op": "torch.nn.InstanceNorm3d",
            "norm_op_kwargs": {"eps": 1e-5, "affine": True},
            "nonlin": "torch.nn.LeakyReLU",
            "nonlin_kwargs": {"inplace": True},
        }
    )


def _read_options(
    reader: JsonReader, encoder: str, decoder: str, patch_size: tuple[int, ...]
) -> dict[str, Any]:
    stages = reader.integer("n_stages")
    if not 2 <= stages <= MAX_STAGES:
        raise reader.error("n_stages", f"is {stages}", f"it must be 2 to {MAX_STAGES}")
    _read_name(reader, "conv_op", {"Conv3d": "3d"})
    norm = _read_name(reader, "norm_op", NORMS) if reader.has("norm_op") else "none"
    norm_options = reader.nested("norm_op_kwargs")
    activation = _read_name(reader, "nonlin", ACTIVATIONS)
    activation_options = reader.nested("nonlin_kwargs")
    if norm == "instance" and norm_options.boolean("track_running_stats", False):
        raise norm_options.error(
            "track_running_stats", "is true", "instance norm with running statistics is not supported"
        )
    if reader.has("block") and reader.text("block").rpartition(".")[2] != "BasicBlockD":
        raise reader.error("block", "is not BasicBlockD", "only BasicBlockD is supported")
    is_residual = encoder == "residual"
    strides = _read_triples(reader, "strides", stages)
    for axis, size in enumerate(patch_size):
        factor = prod(strides[axis::3])
        if factor < 1 or size % factor:
            problem = f"divide by {factor} along an axis where the patch has {size} voxels"
            raise reader.error("strides", problem, "it must be a multiple")
    arguments: dict[str, Any] = {
        "widths": _read_per_stage(reader, "features_per_stage", stages),
        "kernels": _read_triples(reader, "kernel_sizes", stages),
        "strides": strides,
        "encoder": encoder,
        "encoder_blocks": _read_per_stage(
            reader, "n_blocks_per_stage" if is_residual else "n_conv_per_stage", stages
        ),
        "decoder": decoder,
        "decoder_blocks": _read_per_stage(reader, "n_conv_per_stage_decoder", stages - 1),
        "bias": reader.boolean("conv_bias", False),
        "norm": norm,
        "affine": norm_options.boolean("affine", norm == "batch"),
        "epsilon": norm_options.number("eps", 1e-5),
        "activation": activation,
        "slope": activation_options.number("negative_slope", 0.01),
        "norm_last": reader.boolean("nonlin_first", False),
    }
    if is_residual:
        arguments["stem"] = reader.integer("stem_channels", 0)
    for name in ("dropout_op", "dropout_op_kwargs", "deep_supervision", "bottleneck_channels"):
        reader.value(name)  # none of them changes the network's output
    reader.reject_unknown(tuple(sorted(KNOWN_OPTIONS)))
    for options, allowed in (
        (norm_options, ("eps", "affine", "momentum", "track_running_stats")),
        (activation_options, ("negative_slope", "inplace")),
    ):
        for name in ("momentum", "track_running_stats", "inplace"):
            options.value(name)
        options.reject_unknown(allowed)
    return arguments


def _read_name(reader: JsonReader, name: str, equivalents: Mapping[str, str]) -> str:
    """Return the known equivalent of one of torch's classes, which is not imported."""
    path = reader.text(name)
    class_name = path.rpartition(".")[2]
    if class_name not in equivalents or not path.startswith("torch.nn."):
        raise reader.error(name, f"is {path[:80]!r}", f"known: {', '.join(equivalents)} of torch.nn")
    return equivalents[class_name]


def _read_per_stage(reader: JsonReader, name: str, count: int) -> list[int]:
    """Take one number for each stage, or one for all."""
    value = reader.value(name)
    numbers = [value] * count if type(value) is int else value
    if (
        not isinstance(numbers, list)
        or len(numbers) != count
        or any(type(number) is not int for number in numbers)
    ):
        raise reader.error(name, f"is {str(value)[:60]}", f"it must be {count} whole numbers")
    return numbers


def _read_triples(reader: JsonReader, name: str, count: int) -> list[int]:
    """Take three numbers for each stage, or one for each stage or for all; return them in one list."""
    value = reader.value(name)
    rows: list[Any] = [value] * count if type(value) is int else value if isinstance(value, list) else []
    rows = [[row] * 3 if type(row) is int else row for row in rows]
    is_valid = len(rows) == count and all(
        isinstance(row, list) and len(row) == 3 and all(type(number) is int and number > 0 for number in row)
        for row in rows
    )
    if not is_valid:
        problem = f"it must be three whole numbers for each of {count} stages"
        raise reader.error(name, f"is {str(value)[:60]}", problem)
    return [size for row in rows for size in row]
