"""The box: a scan's slices on three walls, a map's bodies between them, and their shadows."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
from vtkmodules.vtkRenderingCore import vtkRenderer

from viewer.scans.threshold import Kind, Threshold
from viewer.scene.arrays import to_numpy
from viewer.scene.bars import Bars, colour_bar, draw_stripes, scale_bar
from viewer.scene.bodies import Glass, Solid
from viewer.scene.camera import Pose, pose
from viewer.scene.content import MapContent, ScanContent
from viewer.scene.faces import face_texels, full_scale, shade_at
from viewer.scene.front import Front, Rectangle, reached
from viewer.scene.hues import pair
from viewer.scene.letters import SMALLEST, Letter, cut_out, draw_letters, glyph_size, place_letters
from viewer.scene.occlusion import openness
from viewer.scene.opengl import offscreen_window
from viewer.scene.palette import NEGATIVE_SHADE, POSITIVE_SHADE, palette
from viewer.scene.picking import Picked, pick_body, pick_wall
from viewer.scene.sampling import averaged
from viewer.scene.shown import Shown
from viewer.scene.still import Probed, StillWalls
from viewer.scene.surface import nothing, surface
from viewer.scene.walls import Wall
from viewer.session.view import Camera, Sign, View, Walls

Pixels = npt.NDArray[np.uint8]

_PLAIN = (bool, int, float, tuple, str, Camera)
_UNIT = np.array(list(np.ndindex(2, 2, 2)), dtype=np.float64) * 100.0
_INNER_SHARE = 0.2
_OUTER_SHADE = 0.5
_FINENESS = 3
_OF_A_THRESHOLD = frozenset(("bodies", "shade", "bars", "letters", "openness"))
_SHADES = ((-1, NEGATIVE_SHADE), (1, POSITIVE_SHADE))


class BoxScene:
    """Everything that is drawn of the box. One off-screen window; the pixels are for others to show.

    Not safe for several threads: all calls must come from the one that made it. What is slow to prepare
    (`ScanContent.of`, `MapContent.of`) belongs on a background thread and is then handed in. Setting
    something costs nothing; the next `render` makes anew what the changes concern.

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
        self._halos = {sign: Glass(0.16, "away * sqrt(away)") for sign in (1, -1)}
        self._glass = Glass(0.05, "away * away")
        # Translucent actors are drawn in this order: walls behind everything, the glass over everything.
        bodies = (*self._solids.values(), *self._halos.values(), self._glass)
        for actor in (*(wall.actor for wall in self._walls), *(body.actor for body in bodies)):
            self._renderer.AddActor(actor)
        self._front = Front(self._window, self._renderer, (body.actor for body in bodies))
        self._still: StillWalls | None = None
        self._scan: ScanContent | None = None
        self._map: MapContent | None = None
        self._view = View()
        self._coarse = False
        self._transparent = False
        self._size = (1280, 800)
        self._seen: Pose
        self._letters: tuple[Letter, ...] = ()
        self._barred = Bars()
        self._smallest = SMALLEST
        self._carried: dict[int, tuple[Pixels, npt.NDArray[np.float32] | None, float]] = {}
        self._cut = {1: nothing(), -1: nothing()}
        self._outer = {1: nothing(), -1: nothing()}
        self._veil: Pixels | None = None
        self._shown = Shown()
        self._built: dict[str, tuple[Any, ...]] = {}
        self._renewed: set[str] = set()
        self._crossed: tuple[float, float, float] | None = None
        self._shading = (2.0, 2.0), (0.0, 0.0)
        self._painting: tuple[tuple[int, ...], bool, bool] = (), False, False
        self._pixels = vtkUnsignedCharArray()

    # What is shown -------------------------------------------------------------------------------

    def set_scan(self, scan: ScanContent | None) -> None:
        """Show another scan, or none. The map is taken away, as it was prepared over the old scan."""
        self._scan = scan
        self._map = None
        self._shown = Shown()
        self._carried.clear()
        self._built.clear()

    def set_map(self, shown: MapContent | None) -> None:
        """Show another map, prepared over the scan that is shown, or none.

        Raises
        ------
        ValueError
            The map was prepared over another scan.
        """
        if shown is not None and (self._scan is None or shown.frame is not self._scan.frame):
            raise ValueError("a map has to be prepared over the scan that is shown")
        self._map = shown
        self._shown = Shown()

    def set_view(self, view: View) -> None:
        """Show it in another way."""
        self._view = view

    def set_coarse(self, coarse: bool) -> None:
        """Cut bodies from the map at half its resolution: for as long as a threshold is dragged."""
        self._coarse = coarse

    def set_transparent(self, transparent: bool) -> None:
        """Leave the background out. The pixels' colours are then multiplied by their opacity."""
        self._transparent = transparent

    def set_smallest(self, pixels: float) -> None:
        """How high the smallest words are: more on finer screens, and for a room of people."""
        self._smallest = pixels

    @property
    def view(self) -> View:
        """How it is shown."""
        return self._view

    @property
    def threshold(self) -> float:
        """The |value| from which on the map is shown; infinite where nothing is."""
        if self._map is None:
            return float("inf")
        ranking = self._map.rankings[self._view.sign]
        # Zero is the background: a threshold at or below it shows everything that is not.
        return max(ranking.value(self._view.threshold), ranking.largest * 1e-6, 1e-30)

    @property
    def stands_still(self) -> bool:
        """Whether the last picture's bodies were drawn over walls that had not to be drawn again."""
        return self._still is not None

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
        self._renewed.clear()
        self._update(height * supersample)
        if supersample > 1:
            self._refine()
        self._renderer.SetDitherGradient(supersample > 1)
        self._aim()
        part = self._standing() if supersample == 1 else None
        if self._still is not None and part is not None:
            picture = self._still.at(self._shading[0] if self._view.nested else self._shading[0][1:])
            self._front.over(picture, self._pose(), part, self._veil)
        else:
            picture = averaged(self._drawn(width * supersample, height * supersample), supersample)
        draw_stripes(picture, self._bars().stripes)
        if letters:
            draw_letters(picture, self.letters(), palette(self._view.theme).letter)
        return picture

    def _drawn(self, columns: int, rows: int) -> Pixels:
        """What the renderer makes of it, the top row first: a view of what the next picture overwrites."""
        if tuple(self._window.GetSize()) != (columns, rows):
            self._window.SetSize(columns, rows)
        self._window.Render()
        self._window.GetRGBACharPixelData(0, 0, columns - 1, rows - 1, 0, self._pixels)
        return to_numpy(self._pixels).reshape(rows, columns, 4)[::-1]

    def _standing(self) -> Rectangle | None:
        """Where bodies are, if walls that stand still can be laid under them; None where all is to be drawn.

        They can once nothing but the threshold moved since the last picture.
        """
        scan, shown = self._scan, self._map
        if self._renewed - _OF_A_THRESHOLD:
            self._still = None
            return None
        if self._still is None and "shade" not in self._renewed:
            return None
        if scan is None or shown is None or self._transparent:
            return None
        bodies = (*self._cut.values(), *self._outer.values())
        part = reached(bodies, scan.frame, self._pose(), *self._size)
        if self._still is None and part is not None:
            self._still = self._stand_still()
        return part

    def _stand_still(self) -> StillWalls:
        """Draw the walls without bodies and without shadows, and then where their shadows would be."""
        bodies = (*self._solids.values(), *self._halos.values())
        seen = [body.actor.GetVisibility() for body in bodies]
        for body in bodies:
            body.actor.VisibilityOff()
        glass = bool(self._glass.actor.GetVisibility())
        self._veil = (
            self._front.drawn(self._pose(), (0, 0, *self._size), *self._size).copy() if glass else None
        )
        for wall in self._walls:
            wall.set_threshold((2.0, 2.0), (0.0, 0.0))
        lit = bare = np.ascontiguousarray(self._drawn(*self._size))
        if self._crossed is not None:
            self._cross(None)
            bare = np.ascontiguousarray(self._drawn(*self._size))
            self._cross(self._crossed)
        self._glass.actor.VisibilityOff()
        self._renderer.SetGradientBackground(False)
        self._renderer.SetBackground(0.0, 0.0, 0.0)
        probed = [
            Probed(self._probed(sign, width=False), self._probed(sign, width=True), colour)
            for sign, colour in _SHADES
            if sign in self._painting[0]
        ]
        self._paint()
        for wall in self._walls:
            wall.set_threshold(*self._shading)
            wall.set_painting(*self._painting)
        for body, visible in zip(bodies, seen, strict=True):
            body.actor.SetVisibility(visible)
        self._glass.actor.SetVisibility(glass)
        dark = self._shading[1] if self._view.nested else self._shading[1][1:]
        return StillWalls(lit, bare, probed, dark, self._veil)

    def _probed(self, sign: int, width: bool) -> Pixels:
        for wall in self._walls:
            wall.set_probe(sign, width)
        return self._drawn(*self._size).copy()

    def _bars(self) -> Bars:
        """The length and the colours that stand in the last picture's lower corners."""
        view, shown, scan = self._view, self._map, self._scan
        if scan is None:
            return Bars()
        asked = view.scale_bar, view.colour_bar, view.display_range
        threshold, signs = self.threshold, self._signs()
        if not self._changed(
            "bars",
            scan,
            shown,
            self._pose(),
            self._size,
            self._smallest,
            asked,
            view.theme,
            view.hues,
            threshold,
            signs,
        ):
            return self._barred
        colours, size = palette(view.theme), glyph_size(*self._size, self._smallest)
        bars = Bars()
        if view.scale_bar:
            middle = scan.frame.corners.mean(axis=0)
            bars += scale_bar(self._pose(), middle, colours.letter, size, *self._size)
        if view.colour_bar and shown is not None:
            span = view.display_range or (threshold, shown.rankings[view.sign].largest)
            inked = colours.letter, colours.wall
            bars += colour_bar(
                pair(view.hues), signs, threshold, span, inked, shown.caption, size, *self._size
            )
        self._barred = bars
        return bars

    def letters(self) -> tuple[Letter, ...]:
        """All words of the last picture, and where their middles belong in it, in pixels.

        The letters at the walls' ends, the length and the numbers of the colours.
        """
        return self._ends() + self._bars().words

    def words(self, larger: float) -> tuple[tuple[Pixels, int, int], ...]:
        """The same drawn apart, for a screen so many times as fine as the last picture: see `cut_out`."""
        return cut_out(self.letters(), palette(self._view.theme).letter, larger)

    def _ends(self) -> tuple[Letter, ...]:
        if self._scan is None:
            self._letters = ()
            return ()
        taken = self._bars().spread(self._size[0])
        if self._changed("letters", self._scan, self._pose(), self._size, self._smallest, taken):
            self._letters = place_letters(
                self._scan.frame, self._pose(), self._high(), *self._size, self._smallest, taken
            )
        return self._letters

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
            volume = self._shown.volume(self._map, self.threshold, self._view.smallest_cluster, self._coarse)
            found = pick_body(volume, self.threshold, self._signs(), eye, direction)
            if found is not None:
                return found
        return pick_wall(self._scan.frame, self._high(), self._slices(), eye, direction)

    def close(self) -> None:
        """Give OpenGL back what it lent. The scene cannot be used afterwards; closing twice does no harm."""
        if self._window is None:
            return
        self._renderer.RemoveAllViewProps()
        self._front.close()
        # A renderer that is still attached when the window goes brings down whoever uses it next.
        self._window.RemoveRenderer(self._renderer)
        self._window.Finalize()
        self._window = None
        self.set_scan(None)

    # What the view means -------------------------------------------------------------------------

    def _signs(self) -> tuple[int, ...]:
        if self._map is None:
            return ()
        signs = {Sign.BOTH: (1, -1), Sign.POSITIVE: (1,), Sign.NEGATIVE: (-1,)}[self._view.sign]
        return tuple(sign for sign in signs if sign > 0 or self._map.signed)

    def _pose(self) -> Pose:
        if self._changed("pose", self._scan, self._view.camera, self._size):
            corners = self._scan.frame.corners if self._scan is not None else _UNIT
            self._seen = pose(self._view.camera, corners, self._size[0] / self._size[1])
        return self._seen

    def _high(self) -> tuple[bool, bool, bool]:
        """For every axis whether its wall stands on the high face: the one farther from the eye."""
        assert self._scan is not None
        eye = self._scan.grid.to_voxel(self._pose().position)
        i, j, k = (bool(side) for side in eye < self._scan.frame.faces.mean(axis=0))
        return i, j, k

    def _slices(self) -> tuple[int, int, int]:
        """The voxel index of the slice every wall carries."""
        assert self._scan is not None
        view = self._view
        return self._scan.frame.carried(view.crosshair if view.walls is Walls.CROSSHAIR else view.walls_at)

    def _inner(self, threshold: float) -> float:
        """Where the inner of two nested bodies is cut: at what a fifth of the shown voxels reach."""
        if self._map is None or not self._view.nested or not np.isfinite(threshold):
            return threshold
        ranking = self._map.rankings[self._view.sign]
        number = max(int(_INNER_SHARE * ranking.above(threshold)), 1)
        return max(ranking.value(Threshold(Kind.VOXELS, number)), threshold)

    # Making anew only what changed ---------------------------------------------------------------

    def _changed(self, name: str, *state: Any) -> bool:
        """Whether a part was made from another state; remembers the new one."""
        before = self._built.get(name)
        self._built[name] = state
        changed = before is None or not all(
            a is b or (type(a) is type(b) and isinstance(a, _PLAIN) and a == b)
            for a, b in zip(before, state, strict=True)
        )
        if changed:
            self._renewed.add(name)
        return changed

    def _update(self, rows: int) -> None:
        view, scan = self._view, self._scan
        if self._changed("colours", view.theme, view.hues, self._transparent):
            self._paint()
            # Bodies carry the colour in which their folds were shaded.
            self._built.pop("bodies", None)
        if self._changed("line", rows):
            for wall in self._walls:
                wall.set_line(max(1.0, rows / 700.0))
        if self._changed("scan", scan):
            for wall in self._walls:
                wall.actor.SetVisibility(scan is not None)
        glass = scan is not None and view.glass
        if self._changed("glass", scan, glass):
            self._glass.set_surface(surface(scan.glass, 0.5) if scan is not None and glass else nothing())
        threshold = self.threshold
        inner = self._inner(threshold)
        self._update_bodies(threshold, inner)
        if scan is not None:
            self._update_walls(scan, threshold, inner)

    def _update_bodies(self, threshold: float, inner: float) -> None:
        view, shown, signs = self._view, self._map, self._signs()
        state = (shown, threshold, inner, view.nested, signs, view.smallest_cluster, self._coarse)
        if not self._changed("bodies", *state):
            return
        self._built.pop("openness", None)
        for sign in (1, -1):
            solid, halo = nothing(), nothing()
            if shown is not None and sign in signs:
                volume = self._shown.volume(shown, threshold, view.smallest_cluster, self._coarse)
                solid = surface(volume, inner, sign)
                halo = surface(volume, threshold, sign) if view.nested else halo
            self._solids[sign].set_surface(solid)
            self._halos[sign].set_surface(halo)
            self._cut[sign], self._outer[sign] = solid, halo

    def _update_walls(self, scan: ScanContent, threshold: float, inner: float) -> None:
        view, shown = self._view, self._map
        high, slices, signs = self._high(), self._slices(), self._signs()
        if self._changed("walls", scan, high):
            for wall in self._walls:
                wall.place(scan.frame, high)
        cross = view.crosshair if view.walls is Walls.CROSSHAIR else None
        if self._changed("cross", scan, cross):
            self._crossed = cross
            self._cross(cross)
        shadows, full = None, 0.0
        if shown is not None and view.shadows and np.isfinite(threshold):
            shadows = self._shown.shadows(shown, threshold, view.smallest_cluster, self._coarse)
            full = full_scale(shown.rankings[Sign.BOTH].largest, inner)
        for wall in self._walls:
            carried = slices[wall.axis]
            thrown = None if shadows is None else shadows[wall.axis]
            if self._changed(f"wall {wall.axis}", scan, carried, thrown, full):
                self._carried[wall.axis] = (scan.slice(wall.axis, carried), thrown, full)
                wall.set_texels(face_texels(*self._carried[wall.axis]))
        if self._changed("shade", threshold, inner, full, view.nested, view.theme):
            dark = palette(view.theme).shadow
            at = (shade_at(threshold, full), shade_at(inner, full))
            share = (_OUTER_SHADE * dark if view.nested else dark, dark)
            self._shading = at, share
            for wall in self._walls:
                wall.set_threshold(at, share)
        if self._changed("painting", signs, view.nested, cross is not None, shadows is not None):
            self._painting = signs if shadows is not None else (), view.nested, cross is not None
            for wall in self._walls:
                wall.set_painting(*self._painting)

    def _cross(self, at: tuple[float, float, float] | None) -> None:
        assert self._scan is not None
        for wall in self._walls:
            wall.set_cross(self._scan.frame.on_face(wall.axis, at) if at is not None else None)

    def _refine(self) -> None:
        """What only a picture at rest shows: smooth slices, and the bodies' folds in shade."""
        shown, view = self._map, self._view
        for wall in self._walls:
            if self._carried.get(wall.axis) is not None:
                wall.set_texels(face_texels(*self._carried.pop(wall.axis), fineness=_FINENESS))
                self._renewed.add("texels")
        if shown is None or not self._changed("openness", shown, view.theme, view.hues):
            return
        threshold = self.threshold
        volume = self._shown.volume(shown, threshold, view.smallest_cluster, self._coarse)
        if shown.coarse is not None and volume is shown.volume:
            volume = shown.coarse
        for sign, solid in self._solids.items():
            if not self._cut[sign].empty:
                solid.set_openness(openness(self._cut[sign], volume, self._inner(threshold), sign))

    def _paint(self) -> None:
        colours = palette(self._view.theme)
        black = (0.0, 0.0, 0.0)
        self._renderer.SetBackground(*(black if self._transparent else colours.bottom))
        self._renderer.SetBackground2(*(black if self._transparent else colours.top))
        self._renderer.SetGradientBackground(not self._transparent and colours.top != colours.bottom)
        self._renderer.SetBackgroundAlpha(0.0 if self._transparent else 1.0)
        for wall in self._walls:
            wall.set_palette(colours)
        hues = pair(self._view.hues)
        for sign in (1, -1):
            self._solids[sign].set_colour(hues.body(sign))
            self._solids[sign].set_rim(colours.rim)
            self._halos[sign].set_colour(hues.halo(sign))
            self._halos[sign].set_share(0.62)
        self._glass.set_colour(colours.glass)
        self._glass.set_share(colours.glass_share)

    def _aim(self) -> None:
        seen = self._pose()
        camera = self._renderer.GetActiveCamera()
        camera.SetPosition(*seen.position)
        camera.SetFocalPoint(*(seen.position - seen.axes[2] * (seen.near + seen.far) / 2))
        camera.SetViewUp(*seen.axes[1])
        camera.SetViewAngle(float(np.rad2deg(2.0 * np.arctan(seen.tangents[1]))))
        camera.SetClippingRange(seen.near, seen.far)
