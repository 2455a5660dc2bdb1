"""How sums, means and largest values are written, and the nodes they become."""

from __future__ import annotations

from viewer.models.graph.reading.call import Call
from viewer.models.graph.reading.draft import Draft
from viewer.models.graph.reading.translator import Translations, translations


def gathered(call: Call, draft: Draft) -> str:
    """``sum``, ``mean`` and ``amax``, over some or all dimensions."""
    word = call.target.split(".")[1]
    x = call.tensor("self")
    if call.get("dtype") is not None and call["dtype"] != draft.dtype_of(x):
        x = draft.add("cast", (x,), {"dtype": call["dtype"]}, shape=draft.shape(x))
    dims = call.get("dim")
    dims = tuple(dims) if isinstance(dims, (tuple, list)) else (() if dims is None else (dims,))
    return draft.add(word, (x,), {"dims": dims, "keepdim": bool(call.get("keepdim", False))})


def largest(call: Call, draft: Draft) -> str:
    """``max`` over one dimension; nobody may take the indices."""
    settings = {"dim": call.number("dim"), "keepdim": call.flag("keepdim")}
    return draft.add("max", (call.tensor("self"),), settings)


TRANSLATIONS: Translations = translations(
    {
        gathered: "sum.dim_IntList sum.default mean.dim mean.default amax.default",
        largest: "max.dim",
    }
)
