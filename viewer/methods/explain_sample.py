"""Explain one sample: compute its output, resolve the target, run the method on all of it or in windows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from viewer.errors import MethodError
from viewer.jobs.memory import out_of_memory_as_error
from viewer.methods.base import Attribution, ExplanationRequest, Method, Requirement, Target
from viewer.methods.input_gradient import compute_outputs
from viewer.methods.output_regions import DEFAULT_REGION, OutputRegion
from viewer.methods.sliding_window import explain_in_windows
from viewer.methods.targets import linearisation_notes, resolve_target
from viewer.models.output_meaning import OutputMeaning
from viewer.models.predict import NOT_FINITE
from viewer.models.sliding_window import (
    SlidingWindows,
    crop_window,
    make_sliding_windows,
    sliding_window_logits,
)
from viewer.progress import Progress
from viewer.scans.provenance import Residual

if TYPE_CHECKING:
    import torch

    from viewer.methods.reference_scans import References
    from viewer.models.model import Model
    from viewer.scans.grid import Grid
    from viewer.scans.template_transform import TemplateTransform


@dataclass(frozen=True)
class SampleResult:
    """Attribution of one sample (values on the CPU), and the explained output."""

    attribution: Attribution
    target: Target
    output: torch.Tensor
    meaning: OutputMeaning


def explain_sample(
    method: Method,
    model: Model,
    x: torch.Tensor,
    *,
    target: str | int | None,
    region: OutputRegion | None,
    layer: str | None,
    seed: int,
    grid: Grid | None,
    device: torch.device,
    progress: Progress,
    references: References | None = None,
    to_template: TemplateTransform | None = None,
) -> SampleResult:
    """Explain one sample, independently of the rest of its batch."""
    windows = make_sliding_windows(model.card.input, tuple(x.shape[2:]))
    output_progress, map_progress = (
        progress.subtask(0, 0.3 if windows else 0),
        progress.subtask(0.3 if windows else 0, 1),
    )
    x = x if windows else x.to(device)
    with out_of_memory_as_error():
        output = _compute_output(method, model, x, windows, device, output_progress)
    dense = output.dim() > 2
    if region is not None and not dense:
        raise MethodError(
            f"region {region.text}",
            f"{model.card.name} has one output for the whole scan",
            "leave the region out; it is for networks with an output at every voxel",
        )
    output_grid = _output_grid(output, grid) if dense and grid is not None else None
    sample = x if windows is None else crop_window(x, next(windows.slices())).to(device)
    meaning = model.output_meaning(output, sample)
    chosen, notes = resolve_target(target, model.card, output, meaning, region or DEFAULT_REGION, output_grid)
    if chosen.normalised and not method.normalises_regions:
        raise MethodError(
            method.name,
            "it does not decompose the output, so no voxel's map can be normalised",
            "use the sum or the mean over the region, or LRP or DeepLIFT",
        )
    if meaning.applied_activation:
        notes = (*notes, f"what is explained is the output itself, {meaning.output_text}, not a logit")
    notes = (*notes, *linearisation_notes(chosen, method), *no_graph_notes(method, model, sample))
    progress.raise_if_cancelled()
    request = ExplanationRequest(model, x, chosen, layer, seed, map_progress, grid, references, to_template)
    with out_of_memory_as_error():
        if windows is None:
            result: Attribution = method.explain(request)
        else:
            results = windows.on_output_grid(_window_output_size(windows, output))
            result = explain_in_windows(method, request, windows, results, device)
    values = result.values.detach().to("cpu").float()
    check_finite(method, values)
    residual = result.residual
    if residual is not None:
        residual = replace(residual, sizes=float(np.abs(values.numpy()).sum(dtype=np.float64)))
        residual = residual.with_output_rounding(float(chosen.score(output).abs().max()))
    notes = (*notes, *result.notes, *cancellation_notes(residual))
    return SampleResult(Attribution(values, residual, notes), chosen, output, meaning)


def check_finite(method: Method, values: torch.Tensor) -> None:
    """Raise MethodError if values of a method's map are not finite."""
    if not bool(values.isfinite().all()):
        raise MethodError(
            method.name,
            "the map has values that are not finite: the method's rules overflow, although the network's "
            "outputs are finite",
            f"choose another method, or other settings of this one (saliency-viewer methods {method.name})",
        )


def cancellation_notes(residual: Residual | None) -> tuple[str, ...]:
    """Return a note for a map whose values cancel: its sum is correct, but it consists of noise.

    If biases absorb relevance, the values are compared with the explained output rather than with the
    expected sum, as biases may cancel most of the output.
    """
    if residual is None or not residual.is_cancelling:
        return ()
    return (
        f"cancelling noise: the map's absolute values add up to {residual.cancellation:.1g} times the "
        f"{'output' if residual.absorbed_text else 'expected sum'}; "
        "do not trust its details; another method, reference or ε may be less noisy",
    )


def _output_grid(output: torch.Tensor, grid: Grid) -> Grid:
    """Return the grid of a dense prediction, which covers the input's field of view."""
    return grid.resized((*output.shape[2:], 1)[:3])


def _window_output_size(windows: SlidingWindows, output: torch.Tensor) -> tuple[int, ...]:
    """Return the size of one window's output, from that of the joined output."""
    sizes = zip(windows.size, output.shape[2:], windows.shape, strict=True)
    return tuple(size * output_size // input_size for size, output_size, input_size in sizes)


def _compute_output(
    method: Method,
    model: Model,
    x: torch.Tensor,
    windows: SlidingWindows | None,
    device: torch.device,
    progress: Progress,
) -> torch.Tensor:
    """Compute the outputs for one sample: (1, classes), or (1, classes, spatial...) if dense."""
    import torch

    if windows is not None:
        result = sliding_window_logits(model, x, windows, device, progress)
    elif method.requirements & {Requirement.GRAPH, Requirement.GRADIENT}:
        # The method needs the operator graph anyway, and running it can be cancelled at every operator.
        result = compute_outputs(model, x, progress)
    else:
        with torch.no_grad():
            result = model.logits(x.clone())
    if not isinstance(result, torch.Tensor) or result.ndim not in (2, x.ndim) or len(result) != 1:
        shape = "×".join(str(size) for size in getattr(result, "shape", ()))
        raise MethodError(
            model.card.name,
            f"its output for one scan is {shape or type(result).__name__}",
            "only networks with one number per class, for a scan or at its voxels, can be explained",
        )
    if not bool(torch.isfinite(result).all()):
        raise MethodError(model.card.name, *NOT_FINITE)
    return result


def no_graph_notes(method: Method, model: Model, x: torch.Tensor) -> tuple[str, ...]:
    """Return a note on how a network without an operator graph was run or differentiated, and why."""
    if Requirement.GRAPH in method.requirements or model.card.registered:
        return ()
    reason = model.find_no_graph_reason(x)
    means = (
        "by automatic differentiation of the network"
        if Requirement.GRADIENT in method.requirements
        else "by running it"
    )
    return (
        (f"no operator graph can be built for the network: {reason}; computed {means} as it is",)
        if reason
        else ()
    )
