"""How pooling and resampling are written, and the nodes they become."""

from __future__ import annotations

import re

from viewer.models.graph.reading.call import Call
from viewer.models.graph.reading.draft import Draft
from viewer.models.graph.reading.translator import Translations, translations


def rank_of(call: Call) -> int:
    """The number of spatial dimensions that an operator's name ends on: ``max_pool3d`` has three."""
    found = re.search(r"([123])d", call.target)
    if found is None:
        raise call.refused("says no number of dimensions")
    return int(found[1])


def windows(call: Call, rank: int) -> dict[str, object]:
    """Kernel, stride (the kernel where none is given), padding and whether the last window may overhang."""
    kernel = call.sizes("kernel_size", rank)
    return {
        "kernel": kernel,
        "stride": call.sizes("stride", rank) if call["stride"] else kernel,
        "padding": call.sizes("padding", rank),
        "ceil": call.flag("ceil_mode"),
    }


def max_pool(call: Call, draft: Draft) -> str:
    """``max_pool1d`` to ``max_pool3d``, with or without indices, which nobody may take."""
    rank = rank_of(call)
    settings = windows(call, rank) | {"dilation": call.sizes("dilation", rank)}
    return draft.add("max_pool", (call.tensor("self"),), settings)


def average_pool(call: Call, draft: Draft) -> str:
    """``avg_pool1d`` to ``avg_pool3d``."""
    settings = windows(call, rank_of(call)) | {
        "count_padding": call.flag("count_include_pad"),
        "divisor": call.get("divisor_override"),
    }
    return draft.add("avg_pool", (call.tensor("self"),), settings)


def adaptive_average_pool(call: Call, draft: Draft) -> str:
    """``adaptive_avg_pool1d`` to ``adaptive_avg_pool3d``."""
    size = call.sizes("output_size", rank_of(call))
    return draft.add("adaptive_avg_pool", (call.tensor("self"),), {"size": size})


def adaptive_max_pool(call: Call, draft: Draft) -> str:
    """``adaptive_max_pool1d`` to ``adaptive_max_pool3d``; nobody may take the indices."""
    size = call.sizes("output_size", rank_of(call))
    return draft.add("adaptive_max_pool", (call.tensor("self"),), {"size": size})


def upsample(call: Call, draft: Draft) -> str:
    """``upsample_*``, in the form with a list of factors and in the one with a factor a dimension."""
    name = call.target.split(".")[1]
    rank = rank_of(call)
    words = {"exact": "nearest-exact", "nearest": "nearest", "cubic": "cubic", "linear": "linear"}
    mode = next(mode for word, mode in words.items() if word in name)
    size = call.get("output_size")
    if "scale_factors" in call.arguments:
        scales = call["scale_factors"]
        if size is not None:
            scales = None
    else:
        names = ("scales_d", "scales_h", "scales_w")[3 - rank :] if rank > 1 else ("scales",)
        given = tuple(call.get(each) for each in names)
        scales = given if all(scale is not None for scale in given) else None
    settings = {
        "mode": mode,
        "size": None if size is None else tuple(size),
        "scales": None if scales is None else tuple(scales),
        "align_corners": bool(call.get("align_corners", False)),
    }
    return draft.add("upsample", (call.tensor("input" if "input" in call.arguments else "self"),), settings)


RESAMPLED = (
    "upsample_nearest1d upsample_nearest2d upsample_nearest3d _upsample_nearest_exact1d "
    "_upsample_nearest_exact2d _upsample_nearest_exact3d upsample_linear1d upsample_bilinear2d "
    "upsample_trilinear3d upsample_bicubic2d"
)

TRANSLATIONS: Translations = translations(
    {
        max_pool: "max_pool1d.default max_pool2d.default max_pool3d.default max_pool1d_with_indices.default "
        "max_pool2d_with_indices.default max_pool3d_with_indices.default",
        average_pool: "avg_pool1d.default avg_pool2d.default avg_pool3d.default",
        adaptive_average_pool: "adaptive_avg_pool1d.default adaptive_avg_pool2d.default "
        "adaptive_avg_pool3d.default _adaptive_avg_pool2d.default _adaptive_avg_pool3d.default",
        adaptive_max_pool: "adaptive_max_pool1d.default adaptive_max_pool2d.default "
        "adaptive_max_pool3d.default",
        upsample: " ".join(f"{name}.{kind}" for name in RESAMPLED.split() for kind in ("vec", "default")),
    }
)
