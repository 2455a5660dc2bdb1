"""Draw explanations of brains side by side: one row per brain, one axial slice per map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.checks.context import CheckContext, Mask
from viewer.commands.reproduce_figures import figure_output

Array = npt.NDArray[np.float64]

ATTRIBUTION = "attribution"
"""Kind of explanation that is drawn in colour."""

COLD, WARM = "#1f5fae", "#d9660b"


MARGIN = 5
"""Margin around the head, in voxels."""


@dataclass(frozen=True, eq=False)
class PanelRow:
    """A brain with its maps.

    Parameters
    ----------
    context
        The network and the brain.
    lesion
        Lesion, outlined on the brain; None for a brain without a lesion.
    maps
        One for each column, of the network's shape.
    label
        Label of the row.
    is_attribution
        Whether all maps are attributions; otherwise the column headings determine this.
    """

    context: CheckContext
    lesion: Mask | None
    maps: Sequence[Array]
    label: str
    is_attribution: bool = False


def grey_levels(context: CheckContext) -> Array:
    """Return the network's input as grey, 0 to 1, on its three-dimensional grid; black outside the head."""
    from viewer.scans.display_range import display_range

    shape = context.prepared.grid.shape
    image = context.x[0, 0].double().cpu().numpy().reshape(shape)
    head = context.foreground.reshape(shape)
    low, high = display_range(image, head)
    return np.asarray(np.clip((image - low) / (high - low), 0, 1) * head)


def axial_slice_index(row: PanelRow) -> int:
    """Return the index of the axial slice through the centre of the lesion.

    Without a lesion, it is the slice with the largest share of the absolute values in the head, averaged over
    the maps.
    """
    shape = row.context.prepared.grid.shape
    if row.lesion is not None:
        return round(float(np.argwhere(row.lesion.reshape(shape))[:, 2].mean()))
    head = row.context.foreground.reshape(shape)
    sizes = [np.where(head, np.abs(values.reshape(shape)), 0).sum(axis=(0, 1)) for values in row.maps]
    return int(np.argmax(np.mean([size / (size.sum() or 1.0) for size in sizes], axis=0)))


def _head_bounds(context: CheckContext) -> tuple[slice, slice]:
    """Return the bounds of the head in axial slices, with a margin."""
    head = context.foreground.reshape(context.prepared.grid.shape).any(axis=2)
    positions = np.argwhere(head)
    low, high = (
        np.maximum(positions.min(axis=0) - MARGIN, 0).tolist(),
        (positions.max(axis=0) + MARGIN + 1).tolist(),
    )
    return slice(low[0], high[0]), slice(low[1], high[1])


def draw_panels(rows: Sequence[PanelRow], columns: Sequence[tuple[str, str]], path: Path, title: str) -> None:
    """Draw the brain and every map of each row.

    Parameters
    ----------
    rows
        The brains.
    columns
        The kind of explanation and the title of each column.
    path, title
        Path of the PNG, and title of the figure.
    """
    pyplot = figure_output.load_pyplot()
    column_count = len(columns) + 1
    fig, axes = pyplot.subplots(
        len(rows),
        column_count,
        figsize=(1.75 * column_count + 0.5, 2.2 * len(rows) + 0.7),
        facecolor="white",
        squeeze=False,
        layout="compressed",
    )
    for index, row in enumerate(rows):
        level = axial_slice_index(row)
        grid = row.context.prepared.grid
        height = float(grid.to_world([0, 0, level])[2])
        first = axes[index][0]
        head_slices = _head_bounds(row.context)
        _draw_slice(first, grey_levels(row.context)[:, :, level][head_slices], grid.spacing, "gray", 0, 1)
        if row.lesion is not None:
            mask = row.lesion.reshape(grid.shape)[:, :, level][head_slices]
            first.contour(mask.T, levels=[0.5], colors="#f5821f", linewidths=1)
        first.set_ylabel(f"{row.label}\naxial, {height:+.0f} mm".replace("-", "−"), fontsize=8)
        figure_output.label_sides(first, font_size=7)
        for (kind, _), values, ax in zip(columns, row.maps, axes[index][1:], strict=True):
            image = values.reshape(grid.shape)[:, :, level][head_slices]
            largest = float(np.abs(image).max()) or 1.0
            coloured = row.is_attribution or kind == ATTRIBUTION
            _draw_slice(
                ax, image, grid.spacing, _make_diverging_colormap() if coloured else "gray", -largest, largest
            )
    axes[0][0].set_title("\ninput", fontsize=9, loc="left")
    previous = ""
    for (kind, name), ax in zip(columns, axes[0][1:], strict=True):
        ax.set_title(f"{kind if kind != previous else ''}\n{name}", fontsize=9, loc="left")
        previous = kind
    fig.suptitle(title, fontsize=11)
    figure_output.save_figure(fig, path)


def _make_diverging_colormap() -> Any:
    """Return a colour map from blue over white to orange."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("blue-orange", [COLD, "#ffffff", WARM])


def _draw_slice(ax: Any, image: Array, spacing: Array, cmap: Any, vmin: float, vmax: float) -> None:
    """Draw an axial slice (right, anterior), with right on the right and anterior up."""
    aspect = float(spacing[1] / spacing[0])
    ax.imshow(
        image.T, cmap=cmap, vmin=vmin, vmax=vmax, origin="lower", aspect=aspect, interpolation="nearest"
    )
    ax.set_xticks([])
    ax.set_yticks([])
