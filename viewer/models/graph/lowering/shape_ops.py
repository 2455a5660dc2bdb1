"""Lowering of views, permutations, slices and concatenations."""

from __future__ import annotations

from typing import Any

from viewer.models.graph.graph import SymbolicSize
from viewer.models.graph.lowering.aten_call import AtenCall
from viewer.models.graph.lowering.builder import GraphBuilder, Lowerings, make_lowering_table


def view(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``view``, ``reshape`` and ``_unsafe_view``."""
    shape = call.get("size", call.get("shape"))
    return builder.add("view", (call.tensor("self"),), {"shape": tuple(shape)})


def view_as(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``view_as`` and ``reshape_as``: the shape of another value."""
    return builder.add(
        "view", (call.tensor("self"),), {"shape": symbolic_shape(builder, call.tensor("other"))}
    )


def symbolic_shape(builder: GraphBuilder, name: str) -> tuple[Any, ...]:
    """Return a value's shape for attributes: fixed numbers, and sizes computed at run time."""
    sizes: list[Any] = []
    for dim, size in enumerate(builder.shape(name) or (None,) * builder.rank(name)):
        sizes.append(size if size is not None else SymbolicSize(builder.add_size(name, dim)))
    return tuple(sizes)


def flatten(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``flatten``."""
    attributes = {"start": call.number("start_dim"), "end": call.number("end_dim")}
    return builder.add("flatten", (call.tensor("self"),), attributes)


def unflatten(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``unflatten``."""
    attributes = {"dim": call.number("dim"), "shape": tuple(call["sizes"])}
    return builder.add("unflatten", (call.tensor("self"),), attributes)


def squeeze(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``squeeze`` of one, some or all dimensions; with all, the batch is never squeezed."""
    x = call.tensor("self")
    dims = call.get("dim")
    if dims is None:
        shape = builder.shape(x) or ()
        dims = tuple(dim for dim, size in enumerate(shape) if size == 1 and dim > 0)
    dims = tuple(dims) if isinstance(dims, (tuple, list)) else (dims,)
    return builder.add("squeeze", (x,), {"dims": dims}) if dims else x


def unsqueeze(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``unsqueeze``."""
    return builder.add("unsqueeze", (call.tensor("self"),), {"dim": call.number("dim")})


def permute(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``permute``."""
    return builder.add("permute", (call.tensor("self"),), {"dims": tuple(call["dims"])})


def transpose(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``transpose``, ``t`` and similar operators, which swap two dimensions."""
    x = call.tensor("self")
    rank = builder.rank(x)
    names = ("dim0", "dim1") if "dim0" in call.arguments else ("axis0", "axis1")
    pair = tuple(call.number(name) % rank for name in names) if names[0] in call.arguments else (0, 1)
    dims = list(range(rank))
    if rank > 1:
        dims[pair[0]], dims[pair[1]] = dims[pair[1]], dims[pair[0]]
    return builder.add("permute", (x,), {"dims": tuple(dims)}) if rank > 1 else x


def matrix_transpose(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``mT`` and, for real numbers, ``mH``: the last two dimensions swapped."""
    x = call.tensor("self")
    rank = builder.rank(x)
    return builder.add("permute", (x,), {"dims": (*range(rank - 2), rank - 1, rank - 2)})


def numpy_transpose(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``numpy_T``: all dimensions reversed."""
    x = call.tensor("self")
    return builder.add("permute", (x,), {"dims": tuple(range(builder.rank(x)))[::-1]})


def movedim(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``movedim``: dimensions moved to other positions, the others in order."""
    x = call.tensor("self")
    rank = builder.rank(x)
    source, target = (
        [dim % rank for dim in (call[name] if isinstance(call[name], (tuple, list)) else [call[name]])]
        for name in ("source", "destination")
    )
    others = iter(dim for dim in range(rank) if dim not in source)
    source_dims = dict(zip(target, source, strict=True))
    dims = tuple(
        source_dims[position] if position in source_dims else next(others) for position in range(rank)
    )
    return builder.add("permute", (x,), {"dims": dims})


def expand(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``expand``."""
    return builder.add("expand", (call.tensor("self"),), {"shape": tuple(call["size"])})


def expand_as(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``expand_as``: to the shape of another value."""
    return builder.add(
        "expand", (call.tensor("self"),), {"shape": symbolic_shape(builder, call.tensor("other"))}
    )


def cat(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``cat``; empty tensors, which torch allows, are dropped."""
    names = [name for name in call.tensors("tensors") if builder.shape(name) != (0,)]
    return builder.add("cat", names, {"dim": call.number("dim")})


def stack(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``stack``: a new dimension for each, then ``cat``."""
    dim = call.number("dim")
    unsqueezed = []
    for name in call.tensors("tensors"):
        shape = builder.shape(name)
        axis = dim if dim >= 0 else dim + builder.rank(name) + 1
        wider = None if shape is None else (*shape[:axis], 1, *shape[axis:])
        unsqueezed.append(builder.add("unsqueeze", (name,), {"dim": axis}, shape=wider))
    return builder.add("cat", unsqueezed, {"dim": dim})


def slice_tensor(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``slice``; a slice of everything is the input itself."""
    start, end, step = call.get("start"), call.get("end"), call.number("step")
    x = call.tensor("self")
    if start in (None, 0) and (end is None or end == 2**63 - 1) and step == 1:
        return x
    attributes = {"dim": call.number("dim"), "start": start or 0, "end": end, "step": step}
    return builder.add("slice", (x,), attributes)


def narrow(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``narrow``: a number of entries from a start index."""
    start, length = call.number("start"), call.number("length")
    if start < 0:
        start += builder.size(call.tensor("self"), call.number("dim"))
    attributes = {"dim": call.number("dim"), "start": start, "end": start + length, "step": 1}
    return builder.add("slice", (call.tensor("self"),), attributes)


def select(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``select``."""
    attributes = {"dim": call.number("dim"), "index": call.number("index")}
    return builder.add("select", (call.tensor("self"),), attributes)


def split(call: AtenCall, builder: GraphBuilder) -> tuple[str, ...]:
    """Lower ``split``, ``chunk`` and similar: each result is a slice of the length it had in the example.

    Raises
    ------
    CaptureError
        The length of a part depends on the size of the input.
    """
    x, dim = call.tensor("self"), call.number("dim")
    names = []
    start = 0
    for index, result in enumerate(call.results):
        length = result.shape[dim] if result.shape is not None else None
        if length is None:
            raise call.error("splits a dimension whose size is not fixed")
        attributes = {"dim": dim, "start": start, "end": start + length, "step": 1}
        names.append(builder.add("slice", (x,), attributes, result_index=index))
        start += length
    return tuple(names)


def unbind(call: AtenCall, builder: GraphBuilder) -> tuple[str, ...]:
    """Lower ``unbind``: every index of a dimension separately."""
    x, dim = call.tensor("self"), call.number("dim")
    return tuple(
        builder.add("select", (x,), {"dim": dim, "index": index}, result_index=index)
        for index in range(len(call.results))
    )


def pad(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``pad`` in all modes, and the operators of a single mode."""
    name = call.target.split(".")[1]
    mode = "reflect" if "reflection" in name else "replicate" if "replication" in name else "constant"
    if name == "pad":
        mode = str(call["mode"])
    amounts = call.get("pad", call.get("padding"))
    value = call.get("value")
    attributes = {
        "amounts": tuple(amounts),
        "mode": mode,
        "value": 0.0 if value is None else call.number("value"),
    }
    return builder.add("pad", (call.tensor("self"),), attributes)


LOWERINGS: Lowerings = make_lowering_table(
    {
        view: "view.default reshape.default _unsafe_view.default",
        view_as: "view_as.default reshape_as.default",
        flatten: "flatten.using_ints",
        unflatten: "unflatten.int",
        squeeze: "squeeze.default squeeze.dim squeeze.dims",
        unsqueeze: "unsqueeze.default",
        permute: "permute.default",
        transpose: "transpose.int t.default swapaxes.default swapdims.default",
        matrix_transpose: "mT.default mH.default adjoint.default",
        numpy_transpose: "numpy_T.default",
        movedim: "movedim.int movedim.intlist",
        expand: "expand.default",
        expand_as: "expand_as.default",
        cat: "cat.default concat.default concatenate.default",
        stack: "stack.default",
        slice_tensor: "slice.Tensor",
        narrow: "narrow.default",
        select: "select.int",
        split: "split.Tensor split.sizes split_with_sizes.default chunk.default tensor_split.sections",
        unbind: "unbind.int",
        pad: "pad.default constant_pad_nd.default reflection_pad1d.default reflection_pad2d.default "
        "reflection_pad3d.default replication_pad1d.default replication_pad2d.default "
        "replication_pad3d.default",
    }
)
