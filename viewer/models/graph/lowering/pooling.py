"""Lowering of pooling and resampling."""

from __future__ import annotations

import re

from viewer.models.graph.lowering.aten_call import AtenCall
from viewer.models.graph.lowering.builder import GraphBuilder, Lowerings, make_lowering_table


def spatial_rank(call: AtenCall) -> int:
    """Return the number of spatial dimensions in an operator's name: 3 for ``max_pool3d``."""
    match = re.search(r"([123])d", call.target)
    if match is None:
        raise call.error("does not name its number of dimensions")
    return int(match[1])


def window_attributes(call: AtenCall, rank: int) -> dict[str, object]:
    """Return kernel, stride (by default the kernel), padding and ceil mode."""
    kernel = call.sizes("kernel_size", rank)
    return {
        "kernel": kernel,
        "stride": call.sizes("stride", rank) if call["stride"] else kernel,
        "padding": call.sizes("padding", rank),
        "ceil": call.flag("ceil_mode"),
    }


def max_pool(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``max_pool1d`` to ``max_pool3d``, with or without indices, which must not be used."""
    rank = spatial_rank(call)
    attributes = window_attributes(call, rank) | {"dilation": call.sizes("dilation", rank)}
    return builder.add("max_pool", (call.tensor("self"),), attributes)


def avg_pool(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``avg_pool1d`` to ``avg_pool3d``."""
    attributes = window_attributes(call, spatial_rank(call)) | {
        "count_padding": call.flag("count_include_pad"),
        "divisor": call.get("divisor_override"),
    }
    return builder.add("avg_pool", (call.tensor("self"),), attributes)


def adaptive_avg_pool(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``adaptive_avg_pool1d`` to ``adaptive_avg_pool3d``."""
    size = call.sizes("output_size", spatial_rank(call))
    return builder.add("adaptive_avg_pool", (call.tensor("self"),), {"size": size})


def adaptive_max_pool(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``adaptive_max_pool1d`` to ``adaptive_max_pool3d``; the indices must not be used."""
    size = call.sizes("output_size", spatial_rank(call))
    return builder.add("adaptive_max_pool", (call.tensor("self"),), {"size": size})


def upsample(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``upsample_*``, with a list of scale factors or one per dimension."""
    name = call.target.split(".")[1]
    rank = spatial_rank(call)
    modes = {"exact": "nearest-exact", "nearest": "nearest", "cubic": "cubic", "linear": "linear"}
    mode = next(mode for suffix, mode in modes.items() if suffix in name)
    size = call.get("output_size")
    if "scale_factors" in call.arguments:
        scales = call["scale_factors"]
        if size is not None:
            scales = None
    else:
        names = ("scales_d", "scales_h", "scales_w")[3 - rank :] if rank > 1 else ("scales",)
        factors = tuple(call.get(key) for key in names)
        scales = factors if all(scale is not None for scale in factors) else None
    attributes = {
        "mode": mode,
        "size": None if size is None else tuple(size),
        "scales": None if scales is None else tuple(scales),
        "align_corners": bool(call.get("align_corners", False)),
    }
    return builder.add(
        "upsample", (call.tensor("input" if "input" in call.arguments else "self"),), attributes
    )


UPSAMPLE_OPERATORS = (
    "upsample_nearest1d upsample_nearest2d upsample_nearest3d _upsample_nearest_exact1d "
    "_upsample_nearest_exact2d _upsample_nearest_exact3d upsample_linear1d upsample_bilinear2d "
    "upsample_trilinear3d upsample_bicubic2d"
)

LOWERINGS: Lowerings = make_lowering_table(
    {
        max_pool: "max_pool1d.default max_pool2d.default max_pool3d.default max_pool1d_with_indices.default "
        "max_pool2d_with_indices.default max_pool3d_with_indices.default",
        avg_pool: "avg_pool1d.default avg_pool2d.default avg_pool3d.default",
        adaptive_avg_pool: "adaptive_avg_pool1d.default adaptive_avg_pool2d.default "
        "adaptive_avg_pool3d.default _adaptive_avg_pool2d.default _adaptive_avg_pool3d.default",
        adaptive_max_pool: "adaptive_max_pool1d.default adaptive_max_pool2d.default "
        "adaptive_max_pool3d.default",
        upsample: " ".join(
            f"{name}.{kind}" for name in UPSAMPLE_OPERATORS.split() for kind in ("vec", "default")
        ),
    }
)
