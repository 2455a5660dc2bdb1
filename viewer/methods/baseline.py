"""Baselines (reference inputs) against which contributions are measured."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from viewer.errors import MethodError

if TYPE_CHECKING:
    import torch

    from viewer.methods.base import ExplanationRequest
    from viewer.methods.reference_scans import References
    from viewer.models.graph.graph import OperatorGraph
    from viewer.models.model import Model

BASELINES = ("black", "zero", "minimum", "mean", "blurred")
BASELINE_HELP = (
    'input that stands for "nothing": black (what the network receives where a scan is '
    "empty), zero, the minimum or mean of the input, the blurred input, or reference scans: a file, a "
    "folder of scans, or a list of them"
)

EACH, MEAN = "each", "mean"
REFERENCES = (EACH, MEAN)
REFERENCES_HELP = (
    "several scans as baseline: the mean of the maps against each of them, or the map against their mean"
)


@dataclass(frozen=True, eq=False)
class Baselines:
    """Baselines of an input: a single one, or several reference scans whose maps are averaged.

    ``load`` returns a baseline by its number, in the shape of the input. ``constant`` is True if the baseline
    has a single value per channel.
    """

    count: int
    load: Callable[[int], torch.Tensor]
    constant: bool = False

    def __len__(self) -> int:
        return self.count


def make_baselines(request: ExplanationRequest, kind: object, blur: float, reference_mode: str) -> Baselines:
    """Return the baselines of ``request.x``.

    Parameters
    ----------
    request
        The request with the input and, if ``kind`` names scans, the references.
    kind
        One of `BASELINES`; anything else names reference scans.
    blur
        As in `make_baseline`.
    reference_mode
        ``each`` uses every scan as a baseline; ``mean`` uses the mean of the scans as the only baseline.
    """
    if isinstance(kind, str) and kind in BASELINES:
        baseline = make_baseline(request.model, request.x, kind, blur)
        return Baselines(1, lambda _: baseline, kind != "blurred")
    scans = require_references(request)
    if reference_mode == MEAN:
        return Baselines(1, lambda _: match_input(scans.mean(), request))
    return Baselines(len(scans), lambda index: match_input(scans.load(index), request))


def require_references(request: ExplanationRequest) -> References:
    """Return the reference scans of a request. Raises MethodError if it has none."""
    if request.references is None:
        raise MethodError("references", "the request has no reference scans", "explain with viewer.explain")
    return request.references


def match_input(reference: torch.Tensor, request: ExplanationRequest) -> torch.Tensor:
    """Return a reference's images (1, C, spatial...) in the shape of ``request.x``, on its device.

    If ``x`` has covariates after the images, those of the reference are their means in the training data.
    """
    x = request.x
    reference = reference.to(x)
    if x.shape[1] > reference.shape[1]:
        import torch

        from viewer.models.input_layout import append_covariates

        values = [covariate.baseline for covariate in request.model.covariates]
        reference = append_covariates(reference, torch.tensor([values]))
    return reference.expand_as(x)


def make_baseline(model: Model, x: torch.Tensor, kind: str, blur: float) -> torch.Tensor:
    """Return a baseline of the shape of ``x``: (N, C, spatial...).

    Parameters
    ----------
    model
        Its card says how intensities are scaled, which determines ``black``.
    x
        The input.
    kind
        ``black``; ``zero``; ``minimum`` or ``mean`` of each channel of each sample; or ``blurred``, the
        smoothed input. Covariates are 0 for ``zero``, otherwise their mean in the training data (0 if the
        card does not state it).
    blur
        Standard deviation of the Gaussian of ``blurred``, in voxels of the network's grid.
    """
    import torch

    from viewer.models.preprocessing import make_constant_input, make_empty_input

    numbers = model.covariates
    if model.layout is not None and numbers and x.shape[1] > model.layout.image_channels:
        from viewer.models.input_layout import append_covariates

        image = make_baseline(model, x[:, : model.layout.image_channels], kind, blur)
        values = [0.0 if kind == "zero" else covariate.baseline for covariate in numbers]
        return append_covariates(image, torch.tensor([values]))
    if kind == "black":
        return make_empty_input(x, model.card.input)
    if kind == "zero":
        return torch.zeros_like(x)
    if kind == "blurred":
        return gaussian_blur(x, blur)
    return make_constant_input(x, kind)


def constant_baseline_notes(graph: OperatorGraph | None, constant: bool) -> tuple[str, ...]:
    """Return a note if the reference is constant and the network normalises by its input's own variance.

    The variance is then 0 and the slope of the norm 1/√eps: contributions become hundreds of times larger
    and cancel.
    """
    from viewer.methods.relevance.graph_analysis import find_moved_input

    if graph is None or not constant:
        return ()
    moved = find_moved_input(graph)
    norms = [
        node
        for node in graph.nodes
        if node.operator in ("instance_norm", "group_norm")
        or (node.operator == "layer_norm" and (len(node.attributes["shape"]) > 1 or node.inputs[0] in moved))
    ]
    if not norms:
        return ()
    return (
        f"the reference is constant, and the network normalises by the variance of its own input "
        f"({norms[0].label}), which is 0 there: contributions may be far too large and cancel; use "
        "the blurred baseline",
    )


def gaussian_blur(x: torch.Tensor, sigma: float) -> torch.Tensor:
    """Smooth ``x`` by a Gaussian of ``sigma`` voxels along each spatial axis, with reflected borders.

    The kernel is truncated at 4 sigma. An input without spatial axes is returned unchanged.
    """
    import torch
    import torch.nn.functional as F

    if sigma == 0:
        return x.clone()
    radius = math.ceil(4 * sigma)
    offsets = torch.arange(-radius, radius + 1, dtype=torch.float64)
    weights = torch.exp(-0.5 * (offsets / sigma) ** 2)
    kernel = (weights / weights.sum()).to(x.dtype).to(x.device).reshape(1, 1, -1)
    smooth = x
    for axis in range(2, x.ndim):
        size = x.shape[axis]
        positions = torch.arange(-radius, size + radius, device=x.device)
        # Reflect about the outer faces, repeatedly if the kernel is longer than the axis.
        positions = positions.remainder(2 * size)
        positions = torch.where(positions < size, positions, 2 * size - 1 - positions)
        rows = smooth.movedim(axis, -1)
        padded = rows.reshape(-1, 1, size)[..., positions]
        smooth = F.conv1d(padded, kernel).reshape(rows.shape).movedim(-1, axis)
    return smooth.contiguous()
