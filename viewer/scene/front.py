"""Bodies alone, without what stands behind them: only the rectangle of the picture that they reach."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkRenderingCore import vtkRenderer

from viewer.scene.arrays import to_numpy
from viewer.scene.camera import Pose
from viewer.scene.content import Frame
from viewer.scene.surface import Surface

Pixels = npt.NDArray[np.uint8]
Rectangle = tuple[int, int, int, int]

_BESIDE = 2


class Front:
    """Draws bodies that other renderers of the same window draw, too.

    Parameters
    ----------
    window
        A vtkRenderWindow that does not swap.
    whole
        The renderer that draws everything in it.
    actors
        The bodies.
    """

    def __init__(self, window: Any, whole: Any, actors: Iterable[Any]) -> None:
        self._window = window
        self._whole = whole
        self._renderer = vtkRenderer()
        self._renderer.SetUseOIT(False)
        self._renderer.SetBackground(0.0, 0.0, 0.0)
        self._renderer.SetBackgroundAlpha(0.0)
        self._renderer.DrawOff()
        self._matrix = vtkMatrix4x4()
        camera = self._renderer.GetActiveCamera()
        camera.SetUseExplicitProjectionTransformMatrix(True)
        for actor in actors:
            self._renderer.AddActor(actor)
        window.AddRenderer(self._renderer)
        self._pixels = vtkUnsignedCharArray()

    def over(self, picture: Pixels, seen: Pose, part: Rectangle, veil: Pixels | None) -> None:
        """Draw the bodies over a picture, in place.

        Parameters
        ----------
        picture
            uint8, shape (h, w, 4), the top row first.
        seen
            From where.
        part
            Left, top, right and bottom of the rectangle beyond which there is no body, in pixels.
        veil
            What lies over the picture already and is drawn with the bodies again, as `drawn` answers it.
        """
        left, top, right, bottom = part
        if left >= right or top >= bottom:
            return
        found = self.drawn(seen, part, picture.shape[1], picture.shape[0])
        laid_over(
            picture[top:bottom, left:right], found, None if veil is None else veil[top:bottom, left:right]
        )

    def drawn(self, seen: Pose, part: Rectangle, width: int, height: int) -> Pixels:
        """What can be seen of the bodies in a part of a picture: colours multiplied by their opacity."""
        left, top, right, bottom = part
        self._aim(seen, part, width, height)
        self._renderer.SetViewport(left / width, 1.0 - bottom / height, right / width, 1.0 - top / height)
        self._whole.DrawOff()
        self._renderer.DrawOn()
        self._window.Render()
        self._renderer.DrawOff()
        self._whole.DrawOn()
        self._window.GetRGBACharPixelData(left, height - bottom, right - 1, height - top - 1, 0, self._pixels)
        return to_numpy(self._pixels).reshape(bottom - top, right - left, 4)[::-1]

    def _aim(self, seen: Pose, part: Rectangle, width: int, height: int) -> None:
        left, top, right, bottom = part
        camera = self._renderer.GetActiveCamera()
        camera.SetPosition(*seen.position)
        camera.SetFocalPoint(*(seen.position - seen.axes[2] * (seen.near + seen.far) / 2))
        camera.SetViewUp(*seen.axes[1])
        camera.SetClippingRange(seen.near, seen.far)
        across, up = (right - left) / width, (bottom - top) / height
        aside, above = (left + right) / width - 1.0, 1.0 - (top + bottom) / height
        rows = np.zeros((4, 4))
        rows[0, 0], rows[0, 2] = 1.0 / (seen.tangents[0] * across), aside / across
        rows[1, 1], rows[1, 2] = 1.0 / (seen.tangents[1] * up), above / up
        deep = seen.far - seen.near
        rows[2, 2:] = -(seen.far + seen.near) / deep, -2.0 * seen.far * seen.near / deep
        rows[3, 2] = -1.0
        self._matrix.DeepCopy(rows.reshape(-1).tolist())
        camera.SetExplicitProjectionTransformMatrix(self._matrix)

    def close(self) -> None:
        """Let go of the window."""
        self._renderer.RemoveAllViewProps()
        self._window.RemoveRenderer(self._renderer)


def laid_over(under: Pixels, drawn: Pixels, veil: Pixels | None) -> None:
    """Lay pixels, their colours multiplied by their opacity, over opaque ones, in place: all (h, w, 4).

    A veil that lies over the opaque ones and is among the pixels, too, counts once.
    """
    opacity = drawn[:, :, 3]
    np.copyto(under.view(np.uint32)[:, :, 0], drawn.view(np.uint32)[:, :, 0], where=opacity == 255)
    veiled = np.uint8(0) if veil is None else veil[:, :, 3]
    rows, columns = np.nonzero((opacity > veiled) & (opacity < 255))
    above = drawn[rows, columns].astype(np.float32)
    behind = under[rows, columns].astype(np.float32)
    through = np.float32(255.0) - above[:, 3:]
    if veil is None:
        through /= np.float32(255.0)
    else:
        over = veil[rows, columns].astype(np.float32)
        # Without the veil it is (behind − over) / (1 − opacity of the veil).
        behind -= over
        through /= np.float32(255.0) - over[:, 3:]
    under[rows, columns] = (above + behind * through + np.float32(0.5)).astype(np.uint8)


def reached(bodies: Sequence[Surface], frame: Frame, seen: Pose, width: int, height: int) -> Rectangle | None:
    """The rectangle of the picture that holds all bodies; None where one of them leaves the box.

    What leaves the box can lie behind its walls.
    """
    there = [body for body in bodies if not body.empty]
    if not there:
        return 0, 0, 0, 0
    to_voxel = np.linalg.inv(frame.grid.affine)
    matrix = to_voxel[:3, :3].astype(np.float32)
    extremes = []
    for body in there:
        places = matrix @ body.vertices.T
        extremes += [places.min(axis=1), places.max(axis=1)]
    low, high = np.min(extremes, axis=0) + to_voxel[:3, 3], np.max(extremes, axis=0) + to_voxel[:3, 3]
    if (low < frame.faces[0]).any() or (high > frame.faces[1]).any():
        return None
    corners = np.array([[(low, high)[n >> axis & 1][axis] for axis in range(3)] for n in range(8)])
    found = seen.project(frame.grid.to_world(corners), width, height)
    left, top = (max(int(value) - _BESIDE, 0) for value in np.floor(found.min(axis=0)))
    right, bottom = (int(value) + _BESIDE for value in np.ceil(found.max(axis=0)))
    return left, top, min(right, width), min(bottom, height)
