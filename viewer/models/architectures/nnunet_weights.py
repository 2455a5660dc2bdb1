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
    known = set(names)
    finest = max((int(found[1]) for name in known if (found := _SEGMENTATION.match(name))), default=0)
    renamed = {}
    for name in known:
        segmentation = _SEGMENTATION.match(name)
        if segmentation is not None and int(segmentation[1]) != finest:
            continue
        new = re.sub(r"^decoder\.encoder\.", "encoder.", name)
        new = re.sub(r"\.all_modules\.(\d+)\.", lambda found: f".{_layer(found[1])}.", new)
        renamed[name] = new
    return renamed


def _layer(place: str) -> str:
    """Return the name of a layer by its index in a convolution block: 0 is the convolution, else the norm."""
    return "conv" if place == "0" else "norm"


def infer_arguments(shapes: TensorShapes) -> dict[str, ArgumentValue]:
    """Infer the network's arguments from the shapes of its tensors; empty if required tensors are missing.

    Activations and the stride of the first stage cannot be inferred.
    """
    levels = 0
    while f"decoder.transpconvs.{levels}.weight" in shapes:
        levels += 1
    residual = "encoder.stem.convs.0.conv.weight" in shapes
    inside = "{}.blocks.{}.conv1.conv" if residual else "{}.0.convs.{}.conv"
    encoder = [_blocks(shapes, f"encoder.stages.{level}", inside) for level in range(levels + 1)]
    residual_decoder = "decoder.stages.0.blocks.0.conv1.conv.weight" in shapes
    within = "{}.blocks.{}.conv1.conv" if residual_decoder else "{}.convs.{}.conv"
    decoder = [_blocks(shapes, f"decoder.stages.{level}", within) for level in range(levels)]
    upsampling = [shapes[f"decoder.transpconvs.{level}.weight"] for level in reversed(range(levels))]
    firsts = [
        shapes.get(f"{inside.format(f'encoder.stages.{level}', 0)}.weight") for level in range(levels + 1)
    ]
    first = "encoder.stem.convs.0.conv" if residual else "encoder.stages.0.0.convs.0.conv"
    outputs = shapes.get(f"decoder.seg_layers.{levels - 1}.weight")
    start = shapes.get(f"{first}.weight")
    if outputs is None or start is None or not all(firsts) or any(len(up) != 5 for up in upsampling):
        return {}
    kernels = [size for shape in firsts if shape is not None for size in shape[2:]]
    norm = f"{first.removesuffix('conv')}norm"
    found: dict[str, ArgumentValue] = {
        "classes": outputs[0],
        "channels": start[1],
        "widths": tuple(shape[0] for shape in firsts if shape is not None),
        "kernels": tuple(kernels),
        "strides": (1, 1, 1, *(size for up in upsampling for size in up[2:])),
        "encoder": "residual" if residual else "plain",
        "encoder_blocks": tuple(encoder),
        "decoder": "residual" if residual_decoder else "plain",
        "decoder_blocks": tuple(decoder),
        "bias": f"{first}.bias" in shapes,
        "affine": f"{norm}.weight" in shapes,
    }
    if residual:
        found["stem"] = start[0]
    if f"{norm}.running_mean" in shapes:
        found["norm"] = "batch"
    return found


def _blocks(shapes: TensorShapes, stage: str, inside: str) -> int:
    """Return the number of convolutions or blocks of a stage."""
    count = 0
    while f"{inside.format(stage, count)}.weight" in shapes:
        count += 1
    return count
