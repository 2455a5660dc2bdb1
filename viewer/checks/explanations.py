"""Maps made ready to be checked: by a method, or from a file whose provenance says how to make it again."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from viewer.checks.context import CheckContext, Explanation, sum_channels
from viewer.errors import ScanError, ViewerError
from viewer.methods.base import ExplanationRequest, Family, Method
from viewer.progress import Progress
from viewer.scans.map import Map
from viewer.scans.metrics import pearson_correlation
from viewer.scans.origin import Relation, origin_of

SAME_MAP_CORRELATION = 0.999
"""The correlation from which a file's map counts as the one that its provenance describes."""


def explain_with_method(
    context: CheckContext, method: Method, layer: str | None = None, progress: Progress | None = None
) -> Explanation:
    """The method's map of the subject.

    Raises
    ------
    MethodError
        The method cannot explain this network.
    Cancelled
        When ``progress`` says so.
    """
    progress = progress or Progress()
    began = time.monotonic()
    request = ExplanationRequest(context.model, context.x, context.target, layer, context.seed, progress)
    answer = method.explain(request)
    values = sum_channels(answer.values)
    seconds = time.monotonic() - began
    return Explanation(
        context, method.title, values, method, layer, "", answer.residual, seconds, tuple(answer.notes)
    )


def explanation_from_map(context: CheckContext, found: Map, progress: Progress | None = None) -> Explanation:
    """A map from a file or a list, carried onto the network's voxels.

    Where its provenance names this network, this scan and a method, it is made again, so that what follows
    is not a matter of resampling; where that gives another map, or none, the file's own values are checked,
    and what needs the method says why it cannot be done.

    Raises
    ------
    ScanError
        The map lies nowhere, is empty, or does not lie where the scan lies.
    Cancelled
        When ``progress`` says so.
    """
    plain = explanation_as_given(context, found)
    if plain.unavailable_reason:
        return plain
    from viewer.methods.registry import find_method

    made = found.provenance
    try:
        method = find_method(made.method).from_parameters(made.parameters)
        explanation = explain_with_method(context, method, made.layer, progress)
    except ViewerError as error:
        return replace(plain, unavailable_reason=f"it could not be made again ({error})")
    alike = pearson_correlation(_to_map_grid(explanation, found), found.data)
    if not alike >= SAME_MAP_CORRELATION:
        said = f"made again, it comes out otherwise (correlation {alike:.3f})"
        return replace(plain, unavailable_reason=said, notes=(said,))
    said = f"made again as its provenance says, it comes out the same (correlation {alike:.4f})"
    return Explanation(
        context,
        found.name,
        explanation.values,
        method,
        made.layer,
        "",
        explanation.residual,
        explanation.seconds,
        (said,),
    )


def explanation_as_given(context: CheckContext, found: Map) -> Explanation:
    """A map carried onto the network's voxels and not made again.

    Raises
    ------
    ScanError
        The map lies nowhere, is empty, or does not lie where the scan lies.
    """
    from viewer.scans.resample import resample

    if found.grid is None:
        raise ScanError(found.name, "is a map of a bare tensor, which has no place in space")
    carried = resample(np.nan_to_num(found.data), found.grid, context.prepared.grid)
    if not carried.any():
        raise ScanError(found.name, "is zero wherever the network looks", "is it a map of this scan?")
    foreign = foreign_reason(context, found)
    why = foreign or _unavailable_reason(context, found)
    made = found.provenance
    return Explanation(
        context,
        found.name,
        carried.reshape(context.shape),
        unavailable_reason=why,
        residual=found.residual,
        seconds=made.seconds or 0.0,
        kind=_family(made.method),
        foreign=foreign,
    )


def _to_map_grid(explanation: Explanation, found: Map) -> np.ndarray:
    """The new map on the voxels of the file."""
    from viewer.scans.resample import resample

    assert found.grid is not None
    grid = explanation.context.prepared.grid
    return resample(explanation.values.reshape(grid.shape), grid, found.grid)


def _family(method: str) -> Family | None:
    """The family of a method by its name; None where there is no such method."""
    from viewer.methods.registry import list_methods

    known = list_methods().get(method)
    return None if known is None else known.family


def foreign_reason(context: CheckContext, found: Map) -> str:
    """Tell why a map is known not to explain this output of this network for this scan; empty else.

    A map that does not say what it was made from is not known to be foreign.
    """
    origin = origin_of(found, context.scan, context.model.hash)
    made = found.provenance
    if origin.model is Relation.OTHER:
        return "the map was made from another network"
    if origin.from_other_scan:
        return "the map was made from another scan"
    if made.method and not made.target:
        return "the map explains no output"
    if made.target and made.target != context.target.name:
        return f"the map explains {made.target}, not {context.target.name}"
    return ""


def _unavailable_reason(context: CheckContext, found: Map) -> str:
    """Why a map cannot be made again; empty where it can."""
    made = found.provenance
    if not made.method:
        return "the map does not say which method made it"
    if made.model.get("hash") != context.model.hash:
        return "the map does not say which network it was made from"
    if made.seed is not None and made.seed != context.seed:
        return f"the map was drawn with the seed {made.seed}, and the checks with {context.seed}"
    return ""
