"""Transform from an image's mm to the template's, for looking up atlas regions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from viewer.scans.grid import Grid
from viewer.scans.transform_problems import transform_problems

if TYPE_CHECKING:
    from viewer.scans.map import Map
    from viewer.scans.provenance import Provenance

Doubles = npt.NDArray[np.float64]

RIGID = "rigid"


@dataclass(frozen=True, eq=False)
class TemplateTransform:
    """Transform from an image's mm to the template's.

    Parameters
    ----------
    matrix
        4 by 4, RAS+ on both sides.
    kind
        ``"rigid"``, ``"similarity"`` or ``"affine"``; empty if unknown.
    problems
        Reasons not to trust it, one sentence each.
    image_grid
        Grid of the image; an atlas on it, such as the image's own parcellation, is not in the template.
    """

    matrix: Doubles
    kind: str = ""
    problems: tuple[str, ...] = ()
    image_grid: Grid | None = None

    def to_template(self, points: npt.ArrayLike) -> Doubles:
        """Transform points (..., 3) from the image's mm to the template's mm."""
        positions = np.asarray(points, dtype=np.float64)
        return positions @ self.matrix[:3, :3].T + self.matrix[:3, 3]

    def to_image(self, points: npt.ArrayLike) -> Doubles:
        """Transform points (..., 3) from the template's mm to the image's mm."""
        positions = np.asarray(points, dtype=np.float64) - self.matrix[:3, 3]
        return np.asarray(positions @ np.linalg.inv(self.matrix[:3, :3]).T)

    def grid_to_template(self, grid: Grid) -> Grid:
        """Transform a grid from the image's mm to the template's mm."""
        return Grid(grid.shape, self.matrix @ grid.affine)

    def grid_to_image(self, grid: Grid) -> Grid:
        """Transform a grid from the template's mm to the image's mm."""
        return Grid(grid.shape, np.asarray(np.linalg.solve(self.matrix, grid.affine), dtype=np.float64))

    @property
    def warning(self) -> str:
        """Reason why region names looked up through it may be wrong; empty if there is none."""
        problems = dict.fromkeys((*self.problems, *transform_problems(self.matrix)))
        if problems:
            return f"region names may be wrong: {'; '.join(problems)}"
        if self.kind == RIGID:
            return (
                "region names may be wrong: the scan was moved to the template by a rigid transform, "
                "which does not change the size of the head"
            )
        return ""


def provenance_in_template(provenance: Provenance) -> Provenance:
    """Return the provenance of a map in the template's mm, to which its scan's ``affine`` is already applied.

    The affine is kept as ``scan_affine``, so that it is not applied to the map again.
    """
    entries = provenance.preparation.items()
    renamed = {"scan_affine" if name == "affine" else name: value for name, value in entries}
    return replace(provenance, preparation=renamed)


def recorded_transform(image: Map) -> TemplateTransform | None:
    """Return the transform of a map's scan to the template, from its provenance; None if there is none."""
    entries = image.provenance.preparation
    if "affine" not in entries:
        return None
    matrix = np.array(entries["affine"], dtype=np.float64)
    problems = tuple(entries.get("problems", ()))
    return TemplateTransform(matrix, str(entries.get("kind", "")), problems, image.grid)
