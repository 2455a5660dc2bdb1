"""Intensity range of a network's input, from its card, and the position of its grid without a scan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from viewer.methods.feature_visualization.parameterisation import IntensityBounds
from viewer.models.input_spec import IntensityScaling, IntensitySpec, Placement
from viewer.scans.grid import Grid

if TYPE_CHECKING:
    from viewer.models.model import Model
    from viewer.scans.scan import Scan

DEVIATIONS = 3.0
"""Standard deviations to both sides of the mean, for cards with z-scores."""

MEAN_MULTIPLE = 3.0
"""Upper bound as a multiple of the mean, for cards that divide by the mean."""


@dataclass(frozen=True)
class ImagePlacement:
    """Grid of the image, shape of the network's input, and notes.

    ``shape`` is that of the input without the batch: (channels, spatial...). ``repeated`` means that all
    channels are the same image.
    """

    grid: Grid
    shape: tuple[int, ...]
    repeated: bool
    notes: tuple[str, ...] = ()


def intensity_bounds(
    card_intensity: IntensitySpec | None, mode: str
) -> tuple[IntensityBounds, tuple[str, ...]]:
    """Return the bounds implied by a card's scaling, and a note where the card leaves them open."""
    if card_intensity is None or card_intensity.scaling is IntensityScaling.NONE:
        note = "the card scales no intensities: they are unbounded, and their range is assumed to be 1"
        return IntensityBounds(-0.5, 0.5, 0.0, "none"), () if mode == "none" else (note,)
    rule = card_intensity
    if rule.scaling is IntensityScaling.Z_SCORE:
        return IntensityBounds(
            -DEVIATIONS, DEVIATIONS, 0.0 if rule.background == "kept" else -DEVIATIONS, mode
        ), ()
    if rule.scaling in (IntensityScaling.RANGE, IntensityScaling.BOUNDS):
        low, high = rule.to
        return IntensityBounds(low, high, 0.0 if rule.background == "kept" else low, mode), ()
    return IntensityBounds(
        0.0, 1.0 if rule.scaling is IntensityScaling.MAXIMUM else MEAN_MULTIPLE, 0.0, mode
    ), ()


def place_image(model: Model, scans: Sequence[Scan]) -> ImagePlacement:
    """Return the network's grid: at a fixed position in the world, or fitted to a scan.

    Without a scan, a grid that follows the scan is fitted to the MNI152 template. If the card has no entry
    ``input``, the shape is that of the file's example, with voxels of 1 mm.

    Raises
    ------
    ModelError
        The network's input shape is unknown, or the scan cannot be prepared for it.
    """
    from viewer.models.layers import example_input
    from viewer.models.preprocessing import make_network_grid
    from viewer.scans.load import load_scan

    spec = model.card.input
    shape = tuple(example_input(model).shape[1:])
    if spec is None:
        sizes = (*shape[1:], 1)[:3]
        affine = np.eye(4)
        affine[:3, 3] = -(np.array(sizes) - 1) / 2
        note = "the card does not specify the network's grid: voxels of 1 mm are assumed"
        return ImagePlacement(Grid((sizes[0], sizes[1], sizes[2]), affine), shape, False, (note,))
    notes: tuple[str, ...] = ()
    if spec.placement is Placement.AFFINE:
        grid = make_network_grid(spec, None)  # type: ignore[arg-type]
    else:
        scan = scans[0] if scans else load_scan("mni152")
        grid = make_network_grid(spec, scan)
        notes = (f"the network's grid follows the scan; here it is fitted to {scan.name}",)
    if spec.window:
        fixed = spec.placement is Placement.NONZERO  # a smaller scan is padded to the window
        grid = _central_grid(grid, spec.window, fixed)
    if spec.dimensions == 2:
        grid = _central_grid(grid, (*spec.shape, 1))
    spatial = grid.shape[: spec.dimensions]
    return ImagePlacement(grid, (spec.channels, *spatial), spec.channels > 1, notes)


def _central_grid(grid: Grid, window: tuple[int, ...], keep_size: bool = False) -> Grid:
    """Return the central part of a grid, of a window's size; cut to the grid unless ``keep_size`` is set."""
    sizes = window if keep_size else map(min, grid.shape, window)
    i, j, k = sizes
    corner = [(size - length) // 2 for size, length in zip(grid.shape, (i, j, k), strict=True)]
    affine = np.array(grid.affine)
    affine[:3, 3] = grid.to_world(corner)
    return Grid((i, j, k), affine)
