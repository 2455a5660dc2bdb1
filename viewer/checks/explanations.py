"""Maps prepared for checks: computed by a method, or loaded from a file and recomputed from its
provenance.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from viewer.checks.context import CheckContext, Explanation, sum_channels
from viewer.errors import MethodError, ScanError, ViewerError
from viewer.methods.base import ExplanationRequest, Family, Method
from viewer.methods.explain_inputs import channel_names
from viewer.methods.input_shares import describe_inputs
from viewer.models.uncertainty.prediction_spread import recorded_spread
from viewer.number_format import format_count
from viewer.progress import Progress
from viewer.scans.constant_map import describe_no_values
from viewer.scans.map import Map
from viewer.scans.metrics import pearson_correlation
from viewer.scans.origin import Relation, map_origin
from viewer.scans.provenance import Provenance

SAME_MAP_CORRELATION = 0.999
"""Correlation from which a recomputed map counts as the same as the file's."""


def explain_with_method(
    context: CheckContext, method: Method, layer: str | None = None, progress: Progress | None = None
) -> Explanation:
    """Compute the method's map of a scan.

    Raises
    ------
    MethodError
        The method cannot explain this network, or its values are not finite.
    Cancelled
        When ``progress`` is cancelled.
    """
    progress = progress or Progress()
    started = time.monotonic()
    references = context.load_references(method, progress)
    request = ExplanationRequest(
        context.model, context.x, context.target, layer, context.seed, progress, references=references
    )
    output = method.explain(request)
    values = sum_channels(method, output.values)
    seconds = time.monotonic() - started
    residual = output.residual and output.residual.with_output_rounding(abs(context.original_scores[0]))
    channel_values = output.values.detach().to("cpu").float().numpy()
    channels = context.x.shape[1]
    names = (
        channel_names(context.model, context.scan, channels) if channel_values.shape[1] == channels else ()
    )
    return Explanation(
        context, method.title, values, method, layer, "", residual, seconds, tuple(output.notes),
        inputs=describe_inputs(channel_values, names, (), {}, method),
    )  # fmt: skip


def explanation_from_map(context: CheckContext, map_: Map, progress: Progress | None = None) -> Explanation:
    """Return a map from a file or a list, resampled to the network's grid.

    If its provenance names this network, this scan and a method, the map is recomputed, so that resampling
    does not affect the checks. If this fails or yields a different map, the file's own values are checked,
    and checks that need the method report why they cannot be run.

    Raises
    ------
    ScanError
        The map has no grid, is empty, or does not overlap the scan.
    Cancelled
        When ``progress`` is cancelled.
    """
    as_given = resampled_explanation(context, map_)
    if as_given.unavailable_reason:
        return as_given
    from viewer.methods.registry import find_method

    provenance = map_.provenance
    try:
        method = find_method(provenance.method).from_parameters(provenance.parameters)
        references = context.load_references(method, progress)
        if references is not None and provenance.references.get("hash") not in (None, references.hash):
            raise MethodError(references.parameter, "its scans are not those that the map was made with")
        explanation = explain_with_method(context, method, provenance.layer, progress)
    except ViewerError as error:
        return replace(as_given, unavailable_reason=f"it could not be recomputed ({error})")
    correlation = pearson_correlation(_to_map_grid(explanation, map_), map_.data)
    if not correlation >= SAME_MAP_CORRELATION:
        note = f"recomputing it gives a different map (correlation {correlation:.3f})"
        return replace(as_given, unavailable_reason=note, notes=(*as_given.notes, note))
    note = f"recomputing it from its provenance gives the same map (correlation {correlation:.4f})"
    return Explanation(
        context,
        map_.name,
        explanation.values,
        method,
        provenance.layer,
        "",
        explanation.residual,
        explanation.seconds,
        (note,),
        inputs=provenance.inputs or explanation.inputs,
    )


def resampled_explanation(context: CheckContext, map_: Map) -> Explanation:
    """Return a map resampled to the network's grid, without recomputing it.

    Raises
    ------
    ScanError
        The map has no grid, no values, or does not overlap the scan.
    """
    from viewer.scans.resample import resample

    if map_.grid is None:
        raise ScanError(map_.name, "is a map of a bare tensor, which has no spatial coordinates")
    problem = describe_no_values(map_.data)
    if problem:
        raise ScanError(map_.name, problem, "there is nothing to check")
    values = np.nan_to_num(map_.data, posinf=0.0, neginf=0.0)
    resampled = resample(values, map_.grid, context.prepared.grid)
    if not resampled.any():
        raise ScanError(map_.name, "is zero within the network's field of view", "is it a map of this scan?")
    foreign = foreign_reason(context, map_)
    reason = foreign or _unavailable_reason(context, map_)
    provenance = map_.provenance
    return Explanation(
        context,
        map_.name,
        resampled.reshape(context.shape),
        unavailable_reason=reason,
        residual=map_.residual,
        sum_text=provenance.sum_text,
        seconds=provenance.seconds or 0.0,
        notes=_describe_not_finite(map_),
        recorded_family=_find_family(provenance.method),
        foreign_reason=foreign,
        inputs=provenance.inputs,
        uncertainty=_describe_uncertainty(provenance),
        spread=recorded_spread(provenance),
    )


def _describe_not_finite(map_: Map) -> tuple[str, ...]:
    """Return a note on voxels of a map that are not finite, if there are any."""
    count = int(np.count_nonzero(~np.isfinite(map_.data)))
    if not count:
        return ()
    return (f"{format_count(count, 'voxel')} without a finite value, counted as 0",)


def _describe_uncertainty(provenance: Provenance) -> str:
    """Return what a map is the mean of, with the interval of the prediction, or that nothing was measured."""
    spread = recorded_spread(provenance)
    text = "" if spread is None else f"; prediction: {spread.describe_outputs(range(len(spread.names)))}"
    return f"{provenance.uncertainty_text}{text}"


def _to_map_grid(explanation: Explanation, file_map: Map) -> np.ndarray:
    """Resample the recomputed map to the grid of the file's map."""
    from viewer.scans.resample import resample

    assert file_map.grid is not None
    grid = explanation.context.prepared.grid
    return resample(explanation.values.reshape(grid.shape), grid, file_map.grid)


def _find_family(method_name: str) -> Family | None:
    """Return the family of a method by its name; None if there is no such method."""
    from viewer.methods.registry import list_methods

    method_class = list_methods().get(method_name)
    return None if method_class is None else method_class.family


def foreign_reason(context: CheckContext, map_: Map) -> str:
    """Return why a map does not explain this output of this network for this scan; empty if it does or may.

    A map without provenance does not count as foreign.
    """
    origin = map_origin(map_, context.scan, context.model.hash)
    provenance = map_.provenance
    if origin.model_relation is Relation.OTHER:
        return "the map was made from another network"
    if origin.is_from_other_scan:
        return "the map was made from another scan"
    if origin.covariates_text:
        return f"the map was made {origin.covariates_text}"
    if provenance.method and not provenance.target:
        return "the map explains no output"
    if provenance.target and provenance.target != context.target.name:
        return f"the map explains {provenance.target}, not {context.target.name}"
    return ""


def _unavailable_reason(context: CheckContext, map_: Map) -> str:
    """Return why a map cannot be recomputed; empty if it can."""
    provenance = map_.provenance
    if not provenance.method:
        return "the map does not say which method made it"
    if provenance.model.get("hash") != context.model.hash:
        return "the map does not say which network it was made from"
    if provenance.seed is not None and provenance.seed != context.seed:
        return f"the map was computed with seed {provenance.seed}, but the checks use seed {context.seed}"
    return ""
