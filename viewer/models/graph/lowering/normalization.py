"""Lowering of normalisation layers."""

from __future__ import annotations

import torch

from viewer.models.graph.lowering.aten_call import AtenCall
from viewer.models.graph.lowering.builder import GraphBuilder, Lowerings, make_lowering_table

STATISTICS_REMEDY = (
    "a graph needs stored ones: train with track_running_stats=True, or export after net.eval()"
)


def norm_with_running_stats(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower a normalisation with running statistics: scale and shift per channel, in double precision.

    Raises
    ------
    CaptureError
        It uses the batch's own statistics, or its statistics are not constant.
    """
    x = call.tensor("input")
    names = [call.optional_tensor(name) for name in ("running_mean", "running_var", "weight", "bias")]
    mean, variance, weight, bias = (builder.constant(name) for name in names)
    if mean is None or variance is None:
        raise call.error("normalises by the statistics of the batch", STATISTICS_REMEDY)
    if any(name is not None and builder.constant(name) is None for name in names):
        raise call.error("has weights that depend on the input")
    scale = (variance.double() + call.number("eps")).rsqrt()
    if weight is not None:
        scale = scale * weight.double()
    shift = -mean.double() * scale
    if bias is not None:
        shift = shift + bias.double()
    shape = (-1,) + (1,) * (builder.rank(x) - 2)
    dtype = mean.dtype if weight is None else weight.dtype
    return builder.add_affine(x, scale.to(dtype).reshape(shape), shift.to(dtype).reshape(shape), *names)


def batch_norm(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``batch_norm`` in all its forms, in evaluation mode.

    Without running statistics, every sample is normalised by its own statistics, as in a batch of one, so
    that the output for a scan does not depend on the rest of the batch.
    """
    x = call.tensor("input")
    if call.get("running_mean") is None and call.get("running_var") is None and builder.rank(x) > 2:
        inputs = (x, call.optional_tensor("weight"), call.optional_tensor("bias"))
        return builder.add("instance_norm", inputs, {"eps": call.number("eps")})
    if call.get("training", False):
        raise call.error(
            "uses the statistics of the batch in evaluation mode, too",
            "let it use its running statistics in evaluation mode",
        )
    return norm_with_running_stats(call, builder)


def instance_norm(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``instance_norm``; with running statistics it is a batch norm."""
    if not call.flag("use_input_stats"):
        return norm_with_running_stats(call, builder)
    inputs = (call.tensor("input"), call.optional_tensor("weight"), call.optional_tensor("bias"))
    return builder.add("instance_norm", inputs, {"eps": call.number("eps")})


def batch_norm_without_stats(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower a batch norm without running statistics over a batch of one, which is an instance norm."""
    x = call.tensor("input")
    shape = builder.shape(x)
    if shape is None or shape[0] != 1:
        raise call.error("normalises by the statistics of the batch", STATISTICS_REMEDY)
    inputs = (x, call.optional_tensor("weight"), call.optional_tensor("bias"))
    return builder.add("instance_norm", inputs, {"eps": call.number("eps")})


def group_norm(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``group_norm``."""
    groups = call.number("num_groups" if "num_groups" in call.arguments else "group")
    inputs = (call.tensor("input"), call.optional_tensor("weight"), call.optional_tensor("bias"))
    return builder.add("group_norm", inputs, {"groups": groups, "eps": call.number("eps")})


def layer_norm(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``layer_norm``."""
    inputs = (call.tensor("input"), call.optional_tensor("weight"), call.optional_tensor("bias"))
    attributes = {"shape": tuple(call["normalized_shape"]), "eps": call.number("eps")}
    return builder.add("layer_norm", inputs, attributes)


def rms_norm(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``rms_norm``; its default eps is that of the input's dtype."""
    x, eps = call.tensor("input"), call.get("eps")
    attributes = {
        "shape": tuple(call["normalized_shape"]),
        "eps": torch.finfo(builder.value_dtype(x)).eps if eps is None else call.number("eps"),
    }
    return builder.add("rms_norm", (x, call.optional_tensor("weight")), attributes)


LOWERINGS: Lowerings = make_lowering_table(
    {
        batch_norm: "batch_norm.default native_batch_norm.default cudnn_batch_norm.default "
        "_native_batch_norm_legit_no_training.default _native_batch_norm_legit.default "
        "_batch_norm_no_update.default",
        batch_norm_without_stats: "_native_batch_norm_legit.no_stats",
        instance_norm: "instance_norm.default",
        group_norm: "group_norm.default native_group_norm.default",
        layer_norm: "layer_norm.default native_layer_norm.default",
        rms_norm: "rms_norm.default",
    }
)
