"""The box: a scan's slices on three walls, a map's bodies between them, and their shadows."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
from vtkmodules.vtkRenderingCore import vtkRenderer

from viewer.scene.bodies import Glass, Solid
from viewer.scene.camera import Pose, pose
from viewer.scene.content import MapContent, ScanContent
from viewer.scene.letters import Letter, draw_letters, place_letters
from viewer.scene.opengl import offscreen_window
from viewer.scene.palette import NEGATIVE, NEGATIVE_HALO, POSITIVE, POSITIVE_HALO, palette
from viewer.scene.picking import Picked, pick_body, pick_wall
from viewer.scene.sampling import averaged
from viewer.scene.shown import Shown
from viewer.scene.surface import nothing, surface
from viewer.scene.walls import Wall
from viewer.scans.threshold import Kind, Threshold
from viewer.session.view import Sign, View, Walls

Pixels = npt.NDArray[np.uint8]

_PLAIN = (bool, int, float, tuple, str)
_UNIT = np.array(list(np.ndindex(2, 2, 2)), dtype=np.float64) * 100.0
_INNER_SHARE = 0.2


class BoxScene:
    """Everything that is drawn of the box. One off-screen window; the pixels are for others to show.

    Not safe for several threads: all calls must come from the one that made it. What is slow to prepare
    (`ScanContent.of`, `MapContent.of`) belongs on a background thread and is then handed in.

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
        self._walls = tuple(Wall(axis) for axis in range(3))
        self._solids = {1: Solid(), -1: Solid()}
        self._halos = {1: Glass(0.16, 1.6), -1: Glass(0.16, 1.6)}
        self._glass = Glass(0.05, 2.0)
        for part in (*self._walls, *self._solids.values(), *self._halos.values(), self._glass):
            self._renderer.AddActor(part.actor)
        self._scan: ScanContent | None = None
        self._map: MapContent | None = None
        self._view = View()
        self._coarse = False
        self._shown = Shown()
        self._built: dict[str, Any] = {}
        self._size = (1280, 800)

    # What is shown -------------------------------------------------------------------------------

    def set_scan(self, scan: ScanContent) -> None:
        """Show another scan. The map that was shown is taken away, as it was prepared for the old one."""
        self._scan = scan
        self._map = None
        self._built.clear()

    def set_map(self, shown: MapContent | None) -> None:
        """Show another map, prepared over the scan that is shown, or none."""
        self._map = shown

    def set_view(self, view: View) -> None:
        """Show it in another way. Only what the change concerns is made anew, at the next `render`."""
        self._view = view

    def set_coarse(self, coarse: bool) -> None:
        """Cut bodies from the map at half its resolution: for as long as a threshold is dragged."""
        self._coarse = coarse

    @property
    def view(self) -> View:
        """How it is shown."""
        return self._view

    @property
    def threshold(self) -> float:
        """The |value| from which on the map is shown; infinite where nothing is."""
        if self._map is None:
            return float("inf")
        return max(self._map.rankings[self._view.sign].value(self._view.threshold), 1e-30)

    # Drawing -------------------------------------------------------------------------------------

    def render(self, width: int, height: int, supersample: int = 1, letters: bool = True) -> Pixels:
        """The picture, uint8, shape (height, width, 4), the top row first, RGBA.

        Parameters
        ----------
        width, height
            Of the picture, in pixels.
        supersample
            Every pixel is the mean of this many squared: 1 while something moves, 2 when it rests.
        letters
            Whether L R A P S I are drawn; without them `letters` says where they belong.
        """
        width, height = max(int(width), 1), max(int(height), 1)
        self._size = (width, height)
        self._update(height * supersample)
        window = self._window
        if tuple(window.GetSize()) != (width * supersample, height * supersample):
            window.SetSize(width * supersample, height * supersample)
        self._aim(width / height)
        window.Render()
        held = vtkUnsignedCharArray()
        window.GetRGBACharPixelData(0, 0, width * supersample - 1, height * supersample - 1, 1, held)
        pixels = vtk_to_numpy(held).reshape(height * supersample, width * supersample, 4)[::-1]
        picture = averaged(pixels, supersample)
        if letters and self._scan is not None:
            draw_letters(picture, self.letters(), palette(self._view.theme).letter)
        return picture

    def letters(self) -> tuple[Letter, ...]:
        """The letters at the walls' ends and where their middles belong in the last picture, in pixels."""
        if self._scan is None:
            return ()
        return place_letters(self._scan.frame, self._pose(), self._high(), *self._size)

    def project(self, point: tuple[float, float, float]) -> tuple[float, float]:
        """Where a point in mm lies in the last picture, in pixels from the left and from the top."""
        x, y = self._pose().project(np.array(point), *self._size)
        return float(x), float(y)

    def pick(self, x: float, y: float) -> Picked | None:
        """What lies at a pixel of the last picture: a body, else a wall, else nothing.

        A wall's point lies in the slice it carries, so that a crosshair can go there.
        """
        if self._scan is None:
            return None
        eye, direction = self._pose().ray(x, y, *self._size)
        if self._map is not None:
            volume = self._shown.volume(self._map, self.threshold, self._view)
            found = pick_body(volume, self.threshold, self._signs(), eye, direction)
            if found is not None:
                return found
        return pick_wall(self._scan.frame, self._high(), self._slices(), eye, direction)

    def close(self) -> None:
        """Give OpenGL back what it lent. The scene cannot be used afterwards."""
        if self._window is None:
            return
        self._renderer.RemoveAllViewProps()
        self._window.RemoveRenderer(self._renderer)
        self._window.Finalize()
        self._window = None

    # What the view means -------------------------------------------------------------------------

    def _signs(self) -> tuple[int, ...]:
        signs = {Sign.BOTH: (1, -1), Sign.POSITIVE: (1,), Sign.NEGATIVE: (-1,)}[self._view.sign]
        return signs if self._map is not None and self._map.signed else tuple(s for s in signs if s > 0)

    def _pose(self) -> Pose:
        corners = self._scan.frame.corners if self._scan is not None else _UNIT
        return pose(self._view.camera, corners, self._size[0] / self._size[1])

    def _high(self) -> tuple[bool, bool, bool]:
        """For every axis whether its wall stands on the high face: the one farther from the eye."""
        assert self._scan is not None
        eye = self._scan.grid.to_voxel(self._pose().position)
        i, j, k = (bool(side) for side in eye < self._scan.frame.faces.mean(axis=0))
        return i, j, k

    def _slices(self) -> tuple[int, int, int]:
        """The voxel index of the slice every wall carries."""
        assert self._scan is not None
        view, frame = self._view, self._scan.frame
        point = view.crosshair if view.walls is Walls.CROSSHAIR else view.walls_at
        at = frame.grid.to_voxel(frame.grid.centre if point is None else point)
        inside = np.clip(np.round(at), np.array(frame.low), np.array(frame.high) - 1).astype(int)
        return int(inside[0]), int(inside[1]), int(inside[2])

    # Making anew only what changed ---------------------------------------------------------------

    def _changed(self, name: str, *state: Any) -> bool:
        """Whether a part was built from another state; remembers the new one."""
        before = self._built.get(name)
        same = before is not None and all(
            a is b or (type(a) is type(b) and isinstance(a, _PLAIN) and a == b)
            for a, b in zip(before, state, strict=True)
        )
        self._built[name] = state
        return not same

    def _update(self, rows: int) -> None:
        if self._changed("theme", self._view.theme):
            self._paint()
        if self._changed("line", rows):
            for wall in self._walls:
                wall.set_line(max(1.0, rows / 700.0))
        for part in self._walls:
            part.actor.SetVisibility(self._scan is not None)
        if self._scan is None:
            return
        high = self._high()
        if self._changed("walls", self._scan, high):
            for wall in self._walls:
                wall.place(self._scan.frame, high)
        slices = self._slices()
        for wall in self._walls:
            if self._changed(f"slice {wall.axis}", self._scan, slices[wall.axis]):
                wall.set_slice(self._scan.slice(wall.axis, slices[wall.axis]))
        if self._changed("glass", self._scan, self._view.glass):
            self._glass.set_surface(surface(self._scan.glass, 0.5) if self._view.glass else nothing())
        self._update_map()

    def _update_map(self) -> None:
        view, shown = self._view, self._map
        threshold = self.threshold
        signs = self._signs()
        inner = self._inner(threshold) if view.nested else threshold
        if self._changed("bodies", shown, threshold, inner, signs, view.smallest_cluster, self._coarse):
            for sign in (1, -1):
                solid, halo = nothing(), nothing()
                if shown is not None and sign in signs:
                    volume = self._shown.volume(shown, threshold, view)
                    if self._coarse and shown.coarse is not None and view.smallest_cluster <= 0:
                        volume = shown.coarse
                    solid = surface(volume, inner, sign)
                    if view.nested:
                        halo = surface(volume, threshold, sign)
                self._solids[sign].set_surface(solid)
                self._halos[sign].set_surface(halo)
        shadows = None if shown is None else self._shown.shadows(shown, threshold, view)
        if shadows is not None and self._changed("shadows", shown, shadows):
            for wall in self._walls:
                wall.set_shade(shadows[wall.axis])
        if self._changed("shade", shown, threshold, inner, signs, view.shadows, view.theme):
            dark = palette(view.theme).shadow if view.shadows and shown is not None else 0.0
            share = (0.55 * dark, dark) if view.nested else (dark, dark)
            for wall in self._walls:
                wall.set_threshold((threshold, inner), share, (float(1 in signs), float(-1 in signs)))

    def _inner(self, threshold: float) -> float:
        """The value that a fifth of the shown voxels reach: where the inner of two nested bodies is cut."""
        if self._map is None or not np.isfinite(threshold):
            return threshold
        ranking = self._map.rankings[self._view.sign]
        shown = max(int(_INNER_SHARE * ranking.above(threshold)), 1)
        return ranking.value(Threshold(Kind.VOXELS, shown))

    def _paint(self) -> None:
        colours = palette(self._view.theme)
        self._renderer.SetBackground(*colours.bottom)
        self._renderer.SetBackground2(*colours.top)
        self._renderer.SetGradientBackground(colours.top != colours.bottom)
        self._renderer.SetBackgroundAlpha(1.0)
        for wall in self._walls:
            wall.set_palette(colours)
        for sign, solid, halo in ((1, POSITIVE, POSITIVE_HALO), (-1, NEGATIVE, NEGATIVE_HALO)):
            self._solids[sign].set_colour(solid)
            self._solids[sign].set_rim(colours.rim)
            self._halos[sign].set_colour(halo)
            self._halos[sign].set_share(0.62)
        self._glass.set_colour(colours.glass)
        self._glass.set_share(colours.glass_share)

    def _aim(self, aspect: float) -> None:
        aimed = self._pose()
        camera = self._renderer.GetActiveCamera()
        camera.SetPosition(*aimed.position)
        camera.SetFocalPoint(*(aimed.position - aimed.axes[2] * aimed.far / 2))
        camera.SetViewUp(*aimed.axes[1])
        camera.SetViewAngle(float(np.rad2deg(2.0 * np.arctan(aimed.tangents[1]))))
        camera.SetClippingRange(aimed.near, aimed.far)
