"""Outlines of the template's brain, the brain mask and predicted bodies on the walls of the box."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from viewer.scene.brain_outlines import DASH_MM, OUTLINE_COLOURS, BrainOutlines, OutlineKind, split_dashes
from viewer.scene.render_data import BoxFrame
from viewer.scene.slice_colormapping import parse_hex
from viewer.scene.vtk_arrays import to_vtk

IN_FRONT = 0.004
"""Distance of the lines from their wall as a fraction of the box's size, so that it does not hide them."""

WIDTH = 1.6
BODY_WIDTH = 3.2
"""Width of the lines, and of those of the selected body, in widths of the walls' edges."""


class WallOutline:
    """Lines of one outline on all three walls. ``actor`` is added to a renderer."""

    def __init__(self, kind: OutlineKind) -> None:
        self._kind = kind
        mapper = vtkPolyDataMapper()
        self._polydata = vtkPolyData()
        mapper.SetInputData(self._polydata)
        self.actor = vtkActor()
        self.actor.SetMapper(mapper)
        self.actor.VisibilityOff()
        self.actor.GetProperty().LightingOff()
        red, green, blue = (component / 255 for component in parse_hex(OUTLINE_COLOURS[kind]))
        self.actor.GetProperty().SetColor(red, green, blue)

    def set_line_width(self, edge_width: float) -> None:
        """Set the line width; ``edge_width`` is the width of the walls' edges in the rendered picture."""
        factor = BODY_WIDTH if self._kind is OutlineKind.BODY else WIDTH
        self.actor.GetProperty().SetLineWidth(factor * edge_width)

    def set_lines(
        self,
        frame: BoxFrame,
        outlines: BrainOutlines | None,
        on_high_face: tuple[bool, bool, bool],
        slice_indices: tuple[int, int, int],
    ) -> None:
        """Draw the outlines in the slices that the walls show, or none.

        Parameters
        ----------
        frame
            The box.
        outlines
            Outlines on the scan's grid; None hides them.
        on_high_face
            For each axis whether its wall is on the high face.
        slice_indices
            Voxel index of the slice on each wall.
        """
        lines: list[npt.NDArray[np.float64]] = []
        for axis in range(3) if outlines is not None and outlines.volume(self._kind) is not None else ():
            assert outlines is not None
            offset = IN_FRONT * frame.shape[axis] * (-1 if on_high_face[axis] else 1)
            for line in outlines.slice_contours(self._kind, axis, slice_indices[axis]):
                on_wall = line.copy()
                on_wall[:, axis] = frame.faces[int(on_high_face[axis]), axis] + offset
                inside = ((on_wall >= frame.faces[0]) & (on_wall <= frame.faces[1])).all(axis=1)
                for run in _split_inside(frame.grid.to_world(on_wall), inside):
                    lines += split_dashes(run, DASH_MM) if self._kind is OutlineKind.MASK else [run]
        points, cells = vtkPoints(), vtkCellArray()
        if lines:
            points.SetData(to_vtk(np.concatenate(lines)))
        start = 0
        for line in lines:
            cells.InsertNextCell(len(line), tuple(range(start, start + len(line))))
            start += len(line)
        self._polydata.SetPoints(points)
        self._polydata.SetLines(cells)
        self._polydata.Modified()
        self.actor.SetVisibility(bool(lines))


def _split_inside(
    line: npt.NDArray[np.float64], inside: npt.NDArray[np.bool_]
) -> list[npt.NDArray[np.float64]]:
    """Return the parts of a line, shape (n, 3), whose points are inside the box."""
    edges = np.flatnonzero(np.diff(inside.astype(np.int8))) + 1
    runs = np.split(np.arange(len(line)), edges)
    return [line[run] for run in runs if len(run) > 1 and inside[run[0]]]
