"""Explanation window by window, for inputs too large to be processed in one pass.

The explained scalar is S = Σ_v m(v) z(v) over the region m, and the joined prediction is z = Σ_w a_w z_w with
the windows' weights a_w. So S = Σ_w Σ_v m(v) a_w(v) z_w(v): each window explains its own part, with the
region times its weights, and the maps are added. A window that is also run mirrored, z_w = 1/n Σ_f f z(f x),
explains the mirrored input with the mirrored region, and its map is mirrored back. For the gradient and for
methods whose map sums to the output this is exact; the residual is that of the sums over all windows. Windows
that do not overlap the region are not run.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from viewer.methods.base import Attribution, ExplanationRequest, Method
from viewer.models.sliding_window import (
    SlidingWindows,
    WindowSlices,
    crop_window,
    mirror,
    overlap_slices,
    pass_message,
)
from viewer.scans.grid import Grid
from viewer.scans.provenance import AbsorbedRelevance, Residual

if TYPE_CHECKING:
    import torch


def explain_in_windows(
    method: Method,
    request: ExplanationRequest,
    windows: SlidingWindows,
    output_windows: SlidingWindows,
    device: torch.device | str,
) -> Attribution:
    """Explain a large input in every window that overlaps the region, and add the maps.

    Parameters
    ----------
    method
        Run once per window and mirroring.
    request
        ``x`` is (1, C, spatial...), on the CPU; the target's region covers the whole prediction (spatial...).
    windows
        Over the spatial axes of ``x``.
    output_windows
        The same windows on the prediction's grid.
    device
        Device to compute on.

    Returns
    -------
    The sum of the windows' maps, on the CPU; with one channel for a method that sums channels. If the method
    returns numbers without positions, (1, numbers), their sum.
    """
    import torch

    region = request.target.region
    if region is None:
        region = torch.ones(output_windows.shape)
    weighted = []
    for window, output_window in zip(windows.slices(), output_windows.slices(), strict=True):
        region_part = crop_window(region[None, None].cpu(), output_window)[0, 0]
        weights = torch.from_numpy(output_windows.weights(output_window)) * region_part
        if bool(weights.any()):
            weighted.append((window, weights / len(windows.mirrorings)))
    per_window = method.per_window()
    total: torch.Tensor | None = None
    residuals: list[Residual] = []
    notes: list[str] = []
    passes = list(product(weighted, windows.mirrorings))
    for index, ((window, weights), axes) in enumerate(passes):
        progress = request.progress.subtask(index / len(passes), (index + 1) / len(passes))
        progress = progress.with_message(pass_message(index, len(weighted), len(windows.mirrorings)))
        progress.step(0)
        window_region = mirror(weights[None, None], axes)[0, 0]
        target = replace(request.target, region=window_region.to(device))
        grid = None if request.grid is None else window_grid(request.grid, window).mirrored(axes)
        references = request.references
        if references is not None:
            references = references.narrow(partial(crop_window, window=window, mirror_axes=axes))
        x = crop_window(request.x, window, axes).to(device)
        window_request = replace(
            request, x=x, target=target, progress=progress, grid=grid, references=references
        )
        result = per_window.explain(window_request)
        residuals += [result.residual] if result.residual is not None else []
        notes += result.notes
        values = result.values.detach().float().cpu()
        if values.dim() == 2:  # sums of channels, which have no position
            total = values if total is None else total + values
            continue
        values = mirror(values, axes)
        if total is None:
            total = torch.zeros((1, values.shape[1], *windows.shape))
        inside, cropped = overlap_slices(window, windows.shape)
        total[(slice(None), slice(None), *inside)] += values[(slice(None), slice(None), *cropped)]
    assert total is not None  # a region is never empty
    total = method.finish_windows(total, request)
    unit = "maps" if total.dim() > 2 else "numbers"
    note = f"explained in {len(weighted)} of {len(windows)} {windows.describe()}, whose {unit} were added"
    return Attribution(total, _sum_residuals(residuals), (*dict.fromkeys(notes), note))


def window_grid(grid: Grid, window: WindowSlices) -> Grid:
    """Return the grid of a window, which may reach beyond ``grid``."""
    spans = [(span.start, span.stop) for span in window]
    spans += [(0, size) for size in grid.shape[len(window) :]]
    affine = np.array(grid.affine)
    affine[:3, 3] = grid.to_world([start for start, _ in spans])
    i, j, k = (stop - start for start, stop in spans)
    return Grid((i, j, k), affine)


def _sum_residuals(residuals: list[Residual]) -> Residual | None:
    if not residuals:
        return None
    expected, found = (sum(getattr(entry, name) for entry in residuals) for name in ("expected", "found"))
    absorbed_parts = [entry.absorbed for entry in residuals if entry.absorbed is not None]
    absorbed = AbsorbedRelevance(
        *(
            sum(getattr(part, name) for part in absorbed_parts)
            for name in ("biases", "stabiliser", "constants")
        )
    )
    return Residual(residuals[0].kind, expected, found, absorbed if absorbed_parts else None)
