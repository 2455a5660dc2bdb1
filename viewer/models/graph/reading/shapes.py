"""How views, permutations, parts and joins are written, and the nodes they become."""

from __future__ import annotations

from typing import Any

from viewer.models.graph.nodes import Size
from viewer.models.graph.reading.call import Call, Reference
from viewer.models.graph.reading.draft import Draft
from viewer.models.graph.reading.translator import Translations, translations


def view(call: Call, draft: Draft) -> str:
    """``view``, ``reshape`` and ``_unsafe_view``."""
    shape = call.get("size", call.get("shape"))
    return draft.add("view", (call.tensor("self"),), {"shape": tuple(shape)})


def view_as(call: Call, draft: Draft) -> str:
    """``view_as`` and ``reshape_as``: the shape of another value."""
    return draft.add("view", (call.tensor("self"),), {"shape": sizes_of(draft, call.tensor("other"))})


def sizes_of(draft: Draft, name: str) -> tuple[Any, ...]:
    """A value's shape as settings take it: fixed numbers, and sizes looked up while the graph runs."""
    sizes: list[Any] = []
    for dim, size in enumerate(draft.shape(name) or (None,) * draft.rank(name)):
        sizes.append(size if size is not None else Size(draft.add_size(name, dim)))
    return tuple(sizes)


def flatten(call: Call, draft: Draft) -> str:
    """``flatten``."""
    settings = {"start": call.number("start_dim"), "end": call.number("end_dim")}
    return draft.add("flatten", (call.tensor("self"),), settings)


def unflatten(call: Call, draft: Draft) -> str:
    """``unflatten``."""
    settings = {"dim": call.number("dim"), "shape": tuple(call["sizes"])}
    return draft.add("unflatten", (call.tensor("self"),), settings)


def squeeze(call: Call, draft: Draft) -> str:
    """``squeeze`` of one, some or all dimensions; the batch's is never squeezed with all."""
    x = call.tensor("self")
    dims = call.get("dim")
    if dims is None:
        shape = draft.shape(x) or ()
        dims = tuple(dim for dim, size in enumerate(shape) if size == 1 and dim > 0)
    dims = tuple(dims) if isinstance(dims, (tuple, list)) else (dims,)
    return draft.add("squeeze", (x,), {"dims": dims}) if dims else x


def unsqueeze(call: Call, draft: Draft) -> str:
    """``unsqueeze``."""
    return draft.add("unsqueeze", (call.tensor("self"),), {"dim": call.number("dim")})


def permute(call: Call, draft: Draft) -> str:
    """``permute``."""
    return draft.add("permute", (call.tensor("self"),), {"dims": tuple(call["dims"])})


def transpose(call: Call, draft: Draft) -> str:
    """``transpose``, ``t`` and their kin: two dimensions change places."""
    x = call.tensor("self")
    rank = draft.rank(x)
    names = ("dim0", "dim1") if "dim0" in call.arguments else ("axis0", "axis1")
    pair = tuple(call.number(name) % rank for name in names) if names[0] in call.arguments else (0, 1)
    dims = list(range(rank))
    if rank > 1:
        dims[pair[0]], dims[pair[1]] = dims[pair[1]], dims[pair[0]]
    return draft.add("permute", (x,), {"dims": tuple(dims)}) if rank > 1 else x


def reverse_all(call: Call, draft: Draft) -> str:
    """``numpy_T``: all dimensions in reverse."""
    x = call.tensor("self")
    return draft.add("permute", (x,), {"dims": tuple(range(draft.rank(x)))[::-1]})


def move(call: Call, draft: Draft) -> str:
    """``movedim``: dimensions moved to other places, the others in order."""
    x = call.tensor("self")
    rank = draft.rank(x)
    source, target = (
        [dim % rank for dim in (call[name] if isinstance(call[name], (tuple, list)) else [call[name]])]
        for name in ("source", "destination")
    )
    rest = iter(dim for dim in range(rank) if dim not in source)
    moved = dict(zip(target, source, strict=True))
    dims = tuple(moved[place] if place in moved else next(rest) for place in range(rank))
    return draft.add("permute", (x,), {"dims": dims})


def expand(call: Call, draft: Draft) -> str:
    """``expand``."""
    return draft.add("expand", (call.tensor("self"),), {"shape": tuple(call["size"])})


def expand_as(call: Call, draft: Draft) -> str:
    """``expand_as``: to the shape of another value."""
    return draft.add("expand", (call.tensor("self"),), {"shape": sizes_of(draft, call.tensor("other"))})


def tensors(call: Call) -> list[str]:
    """The names of a list of tensors.

    Raises
    ------
    CaptureError
        It holds something else.
    """
    listed = call["tensors"]
    if not isinstance(listed, (tuple, list)) or not all(isinstance(each, Reference) for each in listed):
        raise call.refused("needs a list of tensors")
    return [each.name for each in listed]


def join(call: Call, draft: Draft) -> str:
    """``cat``; empty tensors, which it allows, are left out."""
    names = [name for name in tensors(call) if draft.shape(name) != (0,)]
    return draft.add("cat", names, {"dim": call.number("dim")})


def stack(call: Call, draft: Draft) -> str:
    """``stack``: a new dimension each, then joined."""
    dim = call.number("dim")
    opened = []
    for name in tensors(call):
        shape = draft.shape(name)
        place = dim if dim >= 0 else dim + draft.rank(name) + 1
        wider = None if shape is None else (*shape[:place], 1, *shape[place:])
        opened.append(draft.add("unsqueeze", (name,), {"dim": place}, shape=wider))
    return draft.add("cat", opened, {"dim": dim})


def part(call: Call, draft: Draft) -> str:
    """``slice``; one that leaves nothing out is nothing."""
    start, end, step = call.get("start"), call.get("end"), call.number("step")
    x = call.tensor("self")
    if start in (None, 0) and (end is None or end == 2**63 - 1) and step == 1:
        return x
    settings = {"dim": call.number("dim"), "start": start or 0, "end": end, "step": step}
    return draft.add("slice", (x,), settings)


def narrow(call: Call, draft: Draft) -> str:
    """``narrow``: a number of entries from a start on."""
    start, length = call.number("start"), call.number("length")
    if start < 0:
        start += draft.size(call.tensor("self"), call.number("dim"))
    settings = {"dim": call.number("dim"), "start": start, "end": start + length, "step": 1}
    return draft.add("slice", (call.tensor("self"),), settings)


def select(call: Call, draft: Draft) -> str:
    """``select``."""
    settings = {"dim": call.number("dim"), "index": call.number("index")}
    return draft.add("select", (call.tensor("self"),), settings)


def parts(call: Call, draft: Draft) -> tuple[str, ...]:
    """``split``, ``chunk`` and their kin: each result is a slice, as long as it was for the example.

    Raises
    ------
    CaptureError
        A part's length follows the size of the input.
    """
    x, dim = call.tensor("self"), call.number("dim")
    names = []
    start = 0
    for index, result in enumerate(call.results):
        length = result.shape[dim] if result.shape is not None else None
        if length is None:
            raise call.refused("splits a dimension whose size is not fixed")
        settings = {"dim": dim, "start": start, "end": start + length, "step": 1}
        names.append(draft.add("slice", (x,), settings, result=index))
        start += length
    return tuple(names)


def unbind(call: Call, draft: Draft) -> tuple[str, ...]:
    """``unbind``: every index of a dimension by itself."""
    x, dim = call.tensor("self"), call.number("dim")
    return tuple(
        draft.add("select", (x,), {"dim": dim, "index": index}, result=index)
        for index in range(len(call.results))
    )


def pad(call: Call, draft: Draft) -> str:
    """``pad`` in all modes, and the operators that stand for one mode."""
    name = call.target.split(".")[1]
    mode = "reflect" if "reflection" in name else "replicate" if "replication" in name else "constant"
    if name == "pad":
        mode = str(call["mode"])
    amounts = call.get("pad", call.get("padding"))
    value = call.get("value")
    settings = {
        "amounts": tuple(amounts),
        "mode": mode,
        "value": 0.0 if value is None else call.number("value"),
    }
    return draft.add("pad", (call.tensor("self"),), settings)


TRANSLATIONS: Translations = translations(
    {
        view: "view.default reshape.default _unsafe_view.default",
        view_as: "view_as.default reshape_as.default",
        flatten: "flatten.using_ints",
        unflatten: "unflatten.int",
        squeeze: "squeeze.default squeeze.dim squeeze.dims",
        unsqueeze: "unsqueeze.default",
        permute: "permute.default",
        transpose: "transpose.int t.default swapaxes.default swapdims.default",
        reverse_all: "numpy_T.default",
        move: "movedim.int movedim.intlist",
        expand: "expand.default",
        expand_as: "expand_as.default",
        join: "cat.default concat.default concatenate.default",
        stack: "stack.default",
        part: "slice.Tensor",
        narrow: "narrow.default",
        select: "select.int",
        parts: "split.Tensor split.sizes split_with_sizes.default chunk.default tensor_split.sections",
        unbind: "unbind.int",
        pad: "pad.default constant_pad_nd.default reflection_pad1d.default reflection_pad2d.default "
        "reflection_pad3d.default replication_pad1d.default replication_pad2d.default "
        "replication_pad3d.default",
    }
)
