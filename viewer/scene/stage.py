"""What the box is drawn with: an off-screen window, three walls, the bodies and the glass brain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
from vtkmodules.vtkRenderingCore import vtkRenderer

from viewer.scene.arrays import to_numpy
from viewer.scene.bodies import Body, Glass, Solid
from viewer.scene.camera import Pose
from viewer.scene.front import Front
from viewer.scene.hues import pair
from viewer.scene.opengl import offscreen_window
from viewer.scene.palette import palette
from viewer.scene.walls import Shading, Wall
from viewer.session.view import ColorMap, Theme

Pixels = npt.NDArray[np.uint8]
Crossed = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]
"""Where the crosshair meets each wall, in mm from the face's low corner."""


class Stage:
    """The renderer and its actors, and how they are painted. They show what they were last given.

    Raises
    ------
    ViewerError
        There is no OpenGL on this machine.
    """

    def __init__(self) -> None:
        self._window: Any = offscreen_window()
        self._renderer = vtkRenderer()
        self._renderer.SetUseOIT(False)
        self._renderer.SetUseDepthPeeling(False)
        self._window.AddRenderer(self._renderer)
        self.walls = tuple(Wall(axis) for axis in range(3))
        self.solids = {1: Solid(), -1: Solid()}
        self.halos = {sign: Glass(0.16, "away * sqrt(away)") for sign in (1, -1)}
        self.glass = Glass(0.05, "away * away")
        # Translucent actors are drawn in this order: walls behind everything, the glass over everything.
        for actor in (
            *(wall.actor for wall in self.walls),
            *(body.actor for body in (*self.bodies, self.glass)),
        ):
            self._renderer.AddActor(actor)
        self.front = Front(self._window, self._renderer, (body.actor for body in (*self.bodies, self.glass)))
        self._pixels = vtkUnsignedCharArray()
        self._shading = Shading()
        self._crossed: Crossed | None = None
        self._ground = Theme.DARK, False

    @property
    def shading(self) -> Shading:
        """The shadows that lie on the walls."""
        return self._shading

    @property
    def bodies(self) -> tuple[Body, ...]:
        """Those of the map: solid ones, and the outer ones of nested pairs."""
        return (*self.solids.values(), *self.halos.values())

    def drawn(self, columns: int, rows: int) -> Pixels:
        """What the renderer makes of it, the top row first: a view of what the next picture overwrites."""
        if tuple(self._window.GetSize()) != (columns, rows):
            self._window.SetSize(columns, rows)
        self._window.Render()
        self._window.GetRGBACharPixelData(0, 0, columns - 1, rows - 1, 0, self._pixels)
        return to_numpy(self._pixels).reshape(rows, columns, 4)[::-1]

    def aim(self, seen: Pose) -> None:
        """Look from there."""
        camera = self._renderer.GetActiveCamera()
        camera.SetPosition(*seen.position)
        camera.SetFocalPoint(*(seen.position - seen.axes[2] * (seen.near + seen.far) / 2))
        camera.SetViewUp(*seen.axes[1])
        camera.SetViewAngle(float(np.rad2deg(2.0 * np.arctan(seen.tangents[1]))))
        camera.SetClippingRange(seen.near, seen.far)

    def paint(self, theme: Theme, hues: ColorMap, transparent: bool) -> None:
        """Put everything in the colours of a theme; the bodies in the hues of their signs."""
        colours = palette(theme)
        self.paint_ground(theme, transparent)
        for wall in self.walls:
            wall.set_palette(colours)
        chosen = pair(hues)
        for sign in (1, -1):
            self.solids[sign].set_colour(chosen.body(sign))
            self.solids[sign].set_rim(colours.rim)
            self.halos[sign].set_colour(chosen.halo(sign))
            self.halos[sign].set_share(0.62)
        self.glass.set_colour(colours.glass)
        self.glass.set_share(colours.glass_share)

    def shade(self, shading: Shading) -> None:
        """Throw shadows onto the walls."""
        self._shading = shading
        for wall in self.walls:
            wall.set_shading(shading)

    def cross(self, at: Crossed | None) -> None:
        """Draw the crosshair's lines on the walls, or none."""
        self._crossed = at
        for wall in self.walls:
            wall.set_cross(None if at is None else at[wall.axis])

    @contextmanager
    def borrowed(self) -> Iterator[None]:
        """Whatever is hidden, shaded, crossed or blackened within is put back afterwards."""
        actors = [body.actor for body in (*self.bodies, self.glass)]
        seen, shading, crossed = [actor.GetVisibility() for actor in actors], self._shading, self._crossed
        try:
            yield
        finally:
            for actor, visible in zip(actors, seen, strict=True):
                actor.SetVisibility(visible)
            self.shade(shading)
            self.cross(crossed)
            self.paint_ground(*self._ground)

    def paint_ground(self, theme: Theme, transparent: bool) -> None:
        """What is behind everything: a theme's fading ground, or nothing."""
        self._ground = theme, transparent
        colours, black = palette(theme), (0.0, 0.0, 0.0)
        self._renderer.SetBackground(*(black if transparent else colours.bottom))
        self._renderer.SetBackground2(*(black if transparent else colours.top))
        self._renderer.SetGradientBackground(not transparent and colours.top != colours.bottom)
        self._renderer.SetBackgroundAlpha(0.0 if transparent else 1.0)

    def blacken_ground(self) -> None:
        """Opaque black behind everything."""
        self._renderer.SetGradientBackground(False)
        self._renderer.SetBackground(0.0, 0.0, 0.0)

    def set_dither(self, dither: bool) -> None:
        """Whether the ground's fading is dithered: for pictures at rest, which may take their time."""
        self._renderer.SetDitherGradient(dither)

    def close(self) -> None:
        """Give OpenGL back what it lent. Closing twice does no harm."""
        if self._window is None:
            return
        self._renderer.RemoveAllViewProps()
        self.front.close()
        # A renderer that is still attached when the window goes brings down whoever uses it next.
        self._window.RemoveRenderer(self._renderer)
        self._window.Finalize()
        self._window = None
