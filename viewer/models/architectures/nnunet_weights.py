"""Tensor names of nnU-Net's weights, and inference of the network's arguments from the tensors' shapes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from viewer.models.architectures.architecture import ArgumentValue, TensorShapes

SIGNATURE = (("decoder.transpconvs.0.weight", (None, None, None, None, None)),)
"""Tensor that all of its 3D networks have."""

_SEGMENTATION = re.compile(r"decoder\.seg_layers\.(\d+)\.")


def rename_tensors(names: Iterable[str]) -> dict[str, str]:
    """Return the network's name of each tensor, omitting those of coarser outputs (deep supervision).

    A file contains the encoder a second time in the decoder (``decoder.encoder``), and the layers of each
    convolution a second time in ``all_modules``, where the norm has index 2 if there is dropout before it.
    """
    tensor_names = set(names)
    finest = max((int(match[1]) for name in tensor_names if (match := _SEGMENTATION.match(name))), default=0)
    renamed = {}
    for name in tensor_names:
        segmentation = _SEGMENTATION.match(name)
        if segmentation is not None and int(segmentation[1]) != finest:
            continue
        new_name = re.sub(r"^decoder\.encoder\.", "encoder.", name)
        new_name = re.sub(r"\.all_modules\.(\d+)\.", lambda match: f".{_layer_name(match[1])}.", new_name)
        renamed[name] = new_name
    return renamed


def _layer_name(index: str) -> str:
    """Return the name of a layer by its index in a convolution block: 0 is the convolution, else the norm."""
    return "conv" if index == "0" else "norm"


def infer_arguments(shapes: TensorShapes) -> dict[str, ArgumentValue]:
    """Infer the network's arguments from the shapes of its tensors; empty if required tensors are missing.

    Activations and the stride of the first stage cannot be inferred.
    """
    levels = 0
    while f"decoder.transpconvs.{levels}.weight" in shapes:
        levels += 1
    is_residual = "encoder.stem.convs.0.conv.weight" in shapes
    encoder_pattern = "{}.blocks.{}.conv1.conv" if is_residual else "{}.0.convs.{}.conv"
    encoder = [
        _count_blocks(shapes, f"encoder.stages.{level}", encoder_pattern) for level in range(levels + 1)
    ]
    residual_decoder = "decoder.stages.0.blocks.0.conv1.conv.weight" in shapes
    decoder_pattern = "{}.blocks.{}.conv1.conv" if residual_decoder else "{}.convs.{}.conv"
    decoder = [_count_blocks(shapes, f"decoder.stages.{level}", decoder_pattern) for level in range(levels)]
    upsampling = [shapes[f"decoder.transpconvs.{level}.weight"] for level in reversed(range(levels))]
    first_shapes = [
        shapes.get(f"{encoder_pattern.format(f'encoder.stages.{level}', 0)}.weight")
        for level in range(levels + 1)
    ]
    first_conv = "encoder.stem.convs.0.conv" if is_residual else "encoder.stages.0.0.convs.0.conv"
    outputs = shapes.get(f"decoder.seg_layers.{levels - 1}.weight")
    start = shapes.get(f"{first_conv}.weight")
    if (
        outputs is None
        or start is None
        or not all(first_shapes)
        or any(len(kernel_shape) != 5 for kernel_shape in upsampling)
    ):
        return {}
    kernels = [size for shape in first_shapes if shape is not None for size in shape[2:]]
    norm = f"{first_conv.removesuffix('conv')}norm"
    arguments: dict[str, ArgumentValue] = {
        "classes": outputs[0],
        "channels": start[1],
        "widths": tuple(shape[0] for shape in first_shapes if shape is not None),
        "kernels": tuple(kernels),
        "strides": (1, 1, 1, *(size for kernel_shape in upsampling for size in kernel_shape[2:])),
        "encoder": "residual" if is_residual else "plain",
        "encoder_blocks": tuple(encoder),
        "decoder": "residual" if residual_decoder else "plain",
        "decoder_blocks": tuple(decoder),
        "bias": f"{first_conv}.bias" in shapes,
        "affine": f"{norm}.weight" in shapes,
    }
    if is_residual:
        arguments["stem"] = start[0]
    if f"{norm}.running_mean" in shapes:
        arguments["norm"] = "batch"
    return arguments


def _count_blocks(shapes: TensorShapes, stage: str, pattern: str) -> int:
    """Return the number of convolutions or blocks of a stage."""
    count = 0
    while f"{pattern.format(stage, count)}.weight" in shapes:
        count += 1
    return count
