"""The box: a scan's slices on three walls, a map's bodies between them, and their shadows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from viewer.scene.camera import Pose, pose
from viewer.scene.changes import Changes
from viewer.scene.content import MapContent, ScanContent
from viewer.scene.faces import face_texels, full_scale, shade_at
from viewer.scene.legend import Legend
from viewer.scene.letters import Letter
from viewer.scene.levels import Levels
from viewer.scene.occlusion import openness
from viewer.scene.palette import palette
from viewer.scene.picking import Picked, pick_body, pick_wall
from viewer.scene.sampling import averaged
from viewer.scene.shown import Shown
from viewer.scene.stage import Stage
from viewer.scene.standing import Standing
from viewer.scene.surface import nothing, surface
from viewer.scene.walls import Shading
from viewer.session.view import Sign, View, Walls

Pixels = npt.NDArray[np.uint8]

_UNIT = np.array(list(np.ndindex(2, 2, 2)), dtype=np.float64) * 100.0
_OUTER_SHADE = 0.5
_FINENESS = 3


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
        self._stage = Stage()
        self._standing = Standing(self._stage)
        self._legend = Legend()
        self._changes = Changes()
        self._scan: ScanContent | None = None
        self._map: MapContent | None = None
        self._view = View()
        self._coarse = False
        self._transparent = False
        self._size = (1280, 800)
        self._seen: Pose
        self._levels = Levels()
        self._shown = Shown()
        self._carried: dict[int, tuple[Pixels, npt.NDArray[np.float32] | None, float]] = {}
        self._cut = {1: nothing(), -1: nothing()}
        self._outer = {1: nothing(), -1: nothing()}
        # What the walls carry, besides what the view says.
        self._on_walls: tuple[object, ...] = ()

    # What is shown -------------------------------------------------------------------------------

    def set_scan(self, scan: ScanContent | None) -> None:
        """Show another scan, or none. The map is taken away, as it was prepared over the old scan."""
        self._scan = scan
        self._map = None
        self._shown = Shown()
        self._carried.clear()
        self._changes.forget_all()
        self._standing.forget()

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
        self._standing.forget()

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
        self._legend.set_smallest(pixels)

    def set_above(self, caption: str | None) -> None:
        """Have the colours above those with this caption, of a box that is seen through this one, or not."""
        self._legend.set_above(caption)

    @property
    def view(self) -> View:
        """How it is shown."""
        return self._view

    @property
    def threshold(self) -> float:
        """The |value| from which on the map is shown; infinite where nothing is."""
        return self._asked().cutoff

    @property
    def stands_still(self) -> bool:
        """Whether the walls are laid aside, so that bodies alone are drawn while the threshold moves."""
        return self._standing.stands

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
        if supersample > 1:
            self._refine()
        self._stage.set_dither(supersample > 1)
        self._stage.aim(self._pose())
        picture = self._over_still_walls() if supersample == 1 else None
        if picture is None:
            picture = averaged(self._stage.drawn(width * supersample, height * supersample), supersample)
        self._legend.draw(picture, letters)
        return picture

    def _over_still_walls(self) -> Pixels | None:
        """The bodies over walls that stand still; None where all is to be drawn."""
        if self._scan is None or self._map is None or self._transparent:
            return None
        bodies = (*self._cut.values(), *self._outer.values())
        return self._standing.picture(
            self._view, self._on_walls, bodies, self._scan.frame, self._pose(), self._size
        )

    # What the last picture shows -----------------------------------------------------------------

    def letters(self) -> tuple[Letter, ...]:
        """All words of the last picture, and where their middles belong in it, in pixels.

        The letters at the walls' ends, the length and the numbers of the colours.
        """
        return self._legend.letters

    def words(self, larger: float) -> tuple[tuple[Pixels, int, int], ...]:
        """The same drawn apart, for a screen so many times as fine as the last picture: see `cut_out`."""
        return self._legend.words(larger)

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
            asked = self._asked()
            volume = self._shown.volume(self._map, asked.threshold, self._view, self._coarse)
            found = pick_body(volume, asked.threshold, asked.signs, eye, direction)
            if found is not None:
                return found
        return pick_wall(self._scan.frame, self._high(), self._slices(), eye, direction)

    def is_air(self, picked: Picked) -> bool:
        """Answer whether a wall is empty where it was picked: its slice shows nothing of the head there.

        A crosshair that goes there would leave the head, and all slices would be black.
        """
        if self._scan is None or picked.axis is None:
            return False
        frame, axis = self._scan.frame, picked.axis
        voxel = np.round(frame.grid.to_voxel(picked.point)).astype(int)
        b, c = (voxel[other] - frame.low[other] for other in range(3) if other != axis)
        cover = self._scan.slice(axis, int(voxel[axis]))[:, :, 1]
        inside = 0 <= b < cover.shape[0] and 0 <= c < cover.shape[1]
        return not inside or bool(cover[b, c] < 128)

    def close(self) -> None:
        """Give OpenGL back what it lent. The scene cannot be used afterwards; closing twice does no harm."""
        self._stage.close()
        self.set_scan(None)

    # What the view means -------------------------------------------------------------------------

    def _asked(self) -> Levels:
        view = self._view
        if self._changes.concern("levels", self._map, view.threshold, view.sign, view.nested):
            self._levels = Levels.of(self._map, view)
        return self._levels

    def _pose(self) -> Pose:
        if self._changes.concern("pose", self._scan, self._view.camera, self._size):
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

    # Making anew only what changed ---------------------------------------------------------------

    def _update(self, rows: int) -> None:
        stage, changes, view, scan = self._stage, self._changes, self._view, self._scan
        if changes.concern("colours", view.theme, view.hues, self._transparent):
            stage.paint(view.theme, view.hues, self._transparent)
            # Bodies carry the colour in which their folds were shaded.
            changes.forget("bodies")
        if changes.concern("line", rows):
            for wall in stage.walls:
                wall.set_line(max(1.0, rows / 700.0))
        if changes.concern("scan", scan):
            for wall in stage.walls:
                wall.actor.SetVisibility(scan is not None)
        glass = scan is not None and view.glass
        if changes.concern("glass", scan, glass):
            stage.glass.set_surface(surface(scan.glass, 0.5) if scan is not None and glass else nothing())
        self._update_bodies()
        if scan is None:
            self._legend.clear()
            return
        self._update_walls(scan)
        self._legend.place(scan, self._map, view, self._asked(), self._pose(), self._high(), self._size)

    def _update_bodies(self) -> None:
        view, shown, asked = self._view, self._map, self._asked()
        state = (shown, asked, view.nested, view.smallest_cluster, view.largest_clusters, self._coarse)
        if not self._changes.concern("bodies", *state):
            return
        self._changes.forget("openness")
        for sign in (1, -1):
            solid, halo = nothing(), nothing()
            if shown is not None and sign in asked.signs:
                volume = self._shown.volume(shown, asked.threshold, view, self._coarse)
                solid = surface(volume, asked.inner, sign)
                halo = surface(volume, asked.threshold, sign) if view.nested else halo
            self._stage.solids[sign].set_surface(solid)
            self._stage.halos[sign].set_surface(halo)
            self._cut[sign], self._outer[sign] = solid, halo

    def _update_walls(self, scan: ScanContent) -> None:
        stage, changes, view = self._stage, self._changes, self._view
        shown, asked, high, slices = self._map, self._asked(), self._high(), self._slices()
        if changes.concern("walls", scan, high):
            for wall in stage.walls:
                wall.place(scan.frame, high)
        cross = view.crosshair if view.walls is Walls.CROSSHAIR else None
        if changes.concern("cross", scan, cross):
            i, j, k = (None if cross is None else scan.frame.on_face(axis, cross) for axis in range(3))
            stage.cross(None if i is None or j is None or k is None else (i, j, k))
        shadows, full = None, 0.0
        if shown is not None and view.shadows and np.isfinite(asked.threshold):
            shadows = self._shown.shadows(shown, asked.threshold, view, self._coarse)
            full = full_scale(shown.rankings[Sign.BOTH].largest, asked.inner)
        for wall in stage.walls:
            carried = slices[wall.axis]
            thrown = None if shadows is None else shadows[wall.axis]
            if changes.concern(f"wall {wall.axis}", scan, carried, thrown, full):
                self._carried[wall.axis] = (scan.slice(wall.axis, carried), thrown, full)
                wall.set_texels(face_texels(*self._carried[wall.axis]))
        self._on_walls = (scan, shown, *(shadows or (None, None, None)), full, not self._carried)
        state = asked, full, view.theme, cross is not None, shadows is not None
        if changes.concern("shading", *state):
            dark = palette(view.theme).shadow
            stage.shade(
                Shading(
                    at=(shade_at(asked.threshold, full), shade_at(asked.inner, full)),
                    share=(_OUTER_SHADE * dark if view.nested else dark, dark),
                    signs=asked.signs if shadows is not None else (),
                    nested=view.nested,
                    cross=cross is not None,
                )
            )

    def _refine(self) -> None:
        """What only a picture at rest shows: smooth slices, and the bodies' folds in shade."""
        shown, view = self._map, self._view
        for wall in self._stage.walls:
            if self._carried.get(wall.axis) is not None:
                wall.set_texels(face_texels(*self._carried.pop(wall.axis), fineness=_FINENESS))
        if shown is None or not self._changes.concern("openness", shown, view.theme, view.hues):
            return
        asked = self._asked()
        volume = self._shown.volume(shown, asked.threshold, view, self._coarse)
        if shown.coarse is not None and volume is shown.volume:
            volume = shown.coarse
        for sign, solid in self._stage.solids.items():
            if not self._cut[sign].empty:
                solid.set_openness(openness(self._cut[sign], volume, asked.inner, sign))
