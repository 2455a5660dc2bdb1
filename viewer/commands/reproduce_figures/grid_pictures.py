"""Many small grey pictures on one page: the middle axial slice of each image, upright by its affine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from viewer.commands.reproduce_figures.pictures import pyplot, save
from viewer.scans.axcodes import WORLD_AXIS
from viewer.scans.map import Map

INCHES = 1.75


@dataclass(frozen=True, eq=False)
class Picture:
    """An image, what stands above it and what stands below it."""

    map: Map
    title: str
    caption: str


def upright(map_: Map) -> npt.NDArray[np.float32]:
    """The middle axial slice, rows from the front to the back, columns from the left to the right.

    Of an image that is a slice itself, that slice, whatever plane it lies in.
    """
    assert map_.grid is not None
    letters = map_.grid.axcodes
    worlds = [WORLD_AXIS[letter] for letter in letters]
    data = map_.data.transpose([worlds.index(world) for world in range(3)])
    for world in range(3):
        if letters[worlds.index(world)] in "LPI":
            data = np.flip(data, world)
    flat = [axis for axis in range(3) if data.shape[axis] == 1]
    across = flat[0] if flat else 2
    return np.asarray(data.take(data.shape[across] // 2, across).T[::-1])


def draw(
    pictures: Sequence[Picture], columns: int, title: str, limits: tuple[float, float], path: Path
) -> None:
    """Draw them in rows of ``columns``, all between the same two intensities, into a PNG.

    Raises
    ------
    ViewerError
        matplotlib is not installed.
    """
    plots = pyplot()
    rows = -(-len(pictures) // columns)
    page, axes = plots.subplots(
        rows,
        columns,
        figsize=(INCHES * columns, (INCHES + 0.45) * rows + 0.5),
        squeeze=False,
        facecolor="white",
        layout="constrained",
    )
    for ax in axes.flat:
        ax.axis("off")
    for ax, picture in zip(axes.flat, pictures, strict=False):
        ax.imshow(upright(picture.map), cmap="gray", vmin=limits[0], vmax=limits[1], interpolation="nearest")
        ax.set_title(picture.title, fontsize=6.5)
        ax.text(
            0.5,
            -0.03,
            picture.caption,
            transform=ax.transAxes,
            ha="center",
            va="top",
            fontsize=6.5,
            color="0.3",
        )
    page.suptitle(title, fontsize=10)
    save(page, path)
    plots.close(page)
