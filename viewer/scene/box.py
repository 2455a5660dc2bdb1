"""The 3D box: slices of a scan on three walls, isosurfaces of a map between them, and their shadows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from viewer.scene.annotations import Annotations
from viewer.scene.brain_outlines import BrainOutlines, OutlineKind, visible_kinds
from viewer.scene.camera import CameraPose, fit_pose
from viewer.scene.certainty import opacity_at
from viewer.scene.change_tracking import ChangeTracker
from viewer.scene.colormaps import theme_colours
from viewer.scene.isosurface import Surface, ambient_occlusion, empty_surface, isosurface
from viewer.scene.kept_maps import KeptMap, KeptSurfaces
from viewer.scene.label_language import LabelLanguage
from viewer.scene.picking import PickResult, pick_body, pick_wall
from viewer.scene.render_data import Floats, MapRenderData, ScanRenderData
from viewer.scene.renderer import BoxRenderer, average_pixels
from viewer.scene.slice_walls import WallShading, face_texels, full_scale, shadow_level
from viewer.scene.static_walls import WallCache
from viewer.scene.text_labels import TextLabel
from viewer.scene.thresholding import ClusterFilter, IsoValues
from viewer.session.view import Sign, View, Walls

Pixels = npt.NDArray[np.uint8]

_UNIT = np.array(list(np.ndindex(2, 2, 2)), dtype=np.float64) * 100.0
OUTER_SHADE = 0.5
_FINENESS = 3
ROWS_PER_LINE = 700.0
"""Picture rows per pixel of line width."""


class BoxScene:
    """Scene of the box, rendered into one off-screen window; the caller displays the pixels.

    Not thread-safe: all calls must come from the thread that created it. Slow preparation
    (`ScanRenderData.from_scan`, `MapRenderData.from_map`) belongs on a background thread. Setters are
    cheap; the next `render` updates what has changed.

    Parameters
    ----------
    language
        Translates the texts in the picture. The default leaves them in English.

    Raises
    ------
    ViewerError
        OpenGL is not available on this machine.
    """

    def __init__(self, language: LabelLanguage | None = None) -> None:
        self._renderer = BoxRenderer()
        self._wall_cache = WallCache(self._renderer)
        self._annotations = Annotations(language)
        self._changes = ChangeTracker()
        self._scan: ScanRenderData | None = None
        self._map: MapRenderData | None = None
        self._outlines: BrainOutlines | None = None
        self._view = View()
        self._coarse = False
        self._transparent = False
        self._size = (1280, 800)
        self._pose: CameraPose
        self._iso_values = IsoValues()
        self._cluster_filter = ClusterFilter()
        self._coarse_texels: dict[int, tuple[Pixels, npt.NDArray[np.float32] | None, float]] = {}
        self._inner_surfaces = {1: empty_surface(), -1: empty_surface()}
        self._outer_surfaces = {1: empty_surface(), -1: empty_surface()}
        # Content of the walls, apart from the view.
        self._wall_content: tuple[object, ...] = ()
        self._kept_maps: tuple[KeptMap, ...] = ()
        self._kept_surfaces = KeptSurfaces(self._renderer.vtk_renderer)

    # Content -------------------------------------------------------------------------------------

    def set_scan(self, scan: ScanRenderData | None) -> None:
        """Set the scan, or remove it. The map is removed too, as it was prepared for the previous scan."""
        self._scan = scan
        self._map = self._outlines = None
        self._kept_maps = ()
        self._cluster_filter = ClusterFilter()
        self._coarse_texels.clear()
        self._changes.forget_all()
        self._wall_cache.clear()

    def set_map(self, render_data: MapRenderData | None) -> None:
        """Set the map, prepared for the current scan, or remove it.

        Raises
        ------
        ValueError
            The map was prepared for another scan.
        """
        if render_data is not None and (self._scan is None or render_data.frame is not self._scan.frame):
            raise ValueError("a map must be prepared for the current scan")
        self._map = render_data
        self._cluster_filter = ClusterFilter()
        self._wall_cache.clear()

    def set_kept_maps(self, maps: Sequence[KeptMap]) -> None:
        """Set the kept maps, which are drawn together with the current map, each in its own view.

        Raises
        ------
        ValueError
            A map was prepared for another scan.
        """
        if any(self._scan is None or kept_map.render_data.frame is not self._scan.frame for kept_map in maps):
            raise ValueError("a map must be prepared for the current scan")
        self._kept_maps = tuple(maps)

    def set_outlines(self, outlines: BrainOutlines | None) -> None:
        """Set the outlines of the current scan that the view can show on the walls, or remove them."""
        self._outlines = outlines

    def set_view(self, view: View) -> None:
        """Set the view: camera, threshold and display options."""
        self._view = view

    def set_coarse(self, coarse: bool) -> None:
        """Extract surfaces at half resolution, as while a threshold is dragged."""
        self._coarse = coarse

    def set_transparent(self, transparent: bool) -> None:
        """Omit the background. Pixel colours are then premultiplied by their opacity."""
        self._transparent = transparent

    def set_min_text_height(self, pixels: float) -> None:
        """Set the minimum text height in pixels: larger for dense screens and presentations."""
        self._annotations.set_min_text_height(pixels)

    def set_lower_bar_caption(self, caption: str | None) -> None:
        """Place the colour bar above that of a box seen through this one, or in the corner."""
        self._annotations.set_lower_bar_caption(caption)

    @property
    def view(self) -> View:
        """Current view."""
        return self._view

    @property
    def threshold(self) -> float:
        """The |value| from which the map is shown; infinite if nothing is shown."""
        return self._current_iso_values().cutoff

    @property
    def walls_are_cached(self) -> bool:
        """Whether the walls are cached, so that only surfaces are drawn while the threshold changes."""
        return self._wall_cache.is_filled

    # Rendering------------------------------------------------------------------------------------

    def render(self, width: int, height: int, supersample: int = 1, with_labels: bool = True) -> Pixels:
        """Render the picture as RGBA, uint8, shape (height, width, 4), top row first.

        Parameters
        ----------
        width, height
            Size of the picture, in pixels.
        supersample
            Samples per pixel and axis: 1 while something moves, 2 at rest.
        with_labels
            Whether the text labels are drawn; `labels` returns them in either case.
        """
        width, height = max(int(width), 1), max(int(height), 1)
        self._size = (width, height)
        self._update(height * supersample)
        if supersample > 1:
            self._add_resting_details()
        self._renderer.set_dither(supersample > 1)
        self._renderer.set_camera(self._current_pose())
        picture = self._render_over_cached_walls() if supersample == 1 else None
        if picture is None:
            picture = average_pixels(
                self._renderer.render(width * supersample, height * supersample), supersample
            )
        self._annotations.draw(picture, with_labels)
        return picture

    def _render_over_cached_walls(self) -> Pixels | None:
        """Render the surfaces over cached walls; return None if everything must be drawn."""
        # The cache supports neither kept maps nor a transparent background.
        if self._scan is None or self._map is None or self._transparent or self._kept_maps:
            return None
        bodies = (*self._inner_surfaces.values(), *self._outer_surfaces.values())
        return self._wall_cache.render(
            self._view, self._wall_content, bodies, self._scan.frame, self._current_pose(), self._size
        )

    # Queries about the last picture --------------------------------------------------------------

    def labels(self) -> tuple[TextLabel, ...]:
        """Return the text labels of the last picture, with their centres in pixels.

        Orientation letters, scale length and colour bar numbers.
        """
        return self._annotations.labels

    def label_sprites(self, pixel_ratio: float) -> tuple[tuple[Pixels, int, int], ...]:
        """Return label sprites for a screen with ``pixel_ratio`` times the pixels: see `label_sprites`."""
        return self._annotations.label_sprites(pixel_ratio)

    def project(self, point: tuple[float, float, float]) -> tuple[float, float]:
        """Return the pixel position (from the left, from the top) of a point in mm in the last picture."""
        x, y = self._current_pose().project(np.array(point), *self._size)
        return float(x), float(y)

    def pick(self, x: float, y: float) -> PickResult | None:
        """Return what is at a pixel of the last picture: a surface, else a wall, else None.

        A point on a wall lies in the slice shown there, so that the crosshair can move to it.
        """
        if self._scan is None:
            return None
        eye, direction = self._current_pose().ray(x, y, *self._size)
        if self._map is not None:
            iso_values = self._current_iso_values()
            volume = self._cluster_filter.volume(self._map, iso_values.outer, self._view, self._coarse)
            picked = pick_body(volume, iso_values.outer, iso_values.signs, eye, direction)
            if picked is not None:
                return picked
        return pick_wall(self._scan.frame, self._high_walls(), self._slice_indices(), eye, direction)

    def is_air(self, pick_result: PickResult) -> bool:
        """Return whether the slice on a wall shows air (outside the head) at the picked point.

        A crosshair there would be outside the head, and all slices would be black.
        """
        if self._scan is None or pick_result.axis is None:
            return False
        frame, axis = self._scan.frame, pick_result.axis
        voxel = np.round(frame.grid.to_voxel(pick_result.point)).astype(int)
        b, c = (voxel[i] - frame.low[i] for i in range(3) if i != axis)
        alpha = self._scan.slice(axis, int(voxel[axis]))[:, :, 1]
        in_slice = 0 <= b < alpha.shape[0] and 0 <= c < alpha.shape[1]
        return not in_slice or bool(alpha[b, c] < 128)

    def close(self) -> None:
        """Release the OpenGL resources. The scene cannot be used afterwards; closing twice is allowed."""
        self._renderer.close()
        self.set_scan(None)

    # Derived from the view -----------------------------------------------------------------------

    def _current_iso_values(self) -> IsoValues:
        view = self._view
        if self._changes.update("levels", self._map, view.threshold, view.sign, view.nested):
            self._iso_values = IsoValues.from_view(self._map, view)
        return self._iso_values

    def _current_pose(self) -> CameraPose:
        if self._changes.update("pose", self._scan, self._view.camera, self._size):
            corners = self._scan.frame.corners if self._scan is not None else _UNIT
            self._pose = fit_pose(self._view.camera, corners, self._size[0] / self._size[1])
        return self._pose

    def _high_walls(self) -> tuple[bool, bool, bool]:
        """Return for each axis whether its wall is on the high face, the one farther from the camera."""
        assert self._scan is not None
        eye = self._scan.grid.to_voxel(self._current_pose().position)
        i, j, k = (bool(on_high) for on_high in eye < self._scan.frame.faces.mean(axis=0))
        return i, j, k

    def _slice_indices(self) -> tuple[int, int, int]:
        """Return the voxel index of the slice on each wall."""
        assert self._scan is not None
        view = self._view
        return self._scan.frame.slice_indices(
            view.crosshair if view.walls is Walls.CROSSHAIR else view.walls_at
        )

    # Updating only what changed ------------------------------------------------------------------

    def _update(self, picture_height: int) -> None:
        renderer, changes, view, scan = self._renderer, self._changes, self._view, self._scan
        if changes.update("colours", view.theme, view.hues, self._transparent):
            renderer.set_theme(view.theme, view.hues, self._transparent)
            # Ambient occlusion is stored in the vertex colours.
            changes.forget("bodies")
        if changes.update("line", picture_height):
            for wall in renderer.walls:
                wall.set_line_width(max(1.0, picture_height / ROWS_PER_LINE))
            for outline in renderer.wall_outlines.values():
                outline.set_line_width(max(1.0, picture_height / ROWS_PER_LINE))
        if changes.update("scan", scan):
            for wall in renderer.walls:
                wall.actor.SetVisibility(scan is not None)
        glass = scan is not None and view.glass
        if changes.update("glass", scan, glass):
            renderer.glass.set_surface(
                isosurface(scan.glass, 0.5) if scan is not None and glass else empty_surface()
            )
        self._update_bodies()
        if changes.update("kept", self._kept_maps, view.theme):
            self._kept_surfaces.set_maps(self._kept_maps, view.theme)
        if scan is None:
            self._annotations.clear()
            return
        self._update_walls(scan)
        self._annotations.update(
            scan,
            self._map,
            view,
            self._current_iso_values(),
            self._current_pose(),
            self._high_walls(),
            self._size,
            self._kept_maps,
        )

    def _update_bodies(self) -> None:
        view, render_data, iso_values = self._view, self._map, self._current_iso_values()
        clusters = view.smallest_cluster, view.largest_clusters
        state = (render_data, iso_values, view.nested, *clusters, self._coarse, view.by_certainty)
        if not self._changes.update("bodies", *state):
            return
        self._changes.forget("ambient occlusion")
        for sign in (1, -1):
            solid, halo = empty_surface(), empty_surface()
            if render_data is not None and sign in iso_values.signs:
                volume = self._cluster_filter.volume(render_data, iso_values.outer, view, self._coarse)
                solid = isosurface(volume, iso_values.inner, sign)
                halo = isosurface(volume, iso_values.outer, sign) if view.nested else halo
            renderer = self._renderer
            renderer.solid_surfaces[sign].set_surface(solid, self._opacity_at(solid))
            renderer.outer_surfaces[sign].set_surface(halo, self._opacity_at(halo))
            self._inner_surfaces[sign], self._outer_surfaces[sign] = solid, halo

    def _opacity_at(self, surface: Surface) -> Floats | None:
        """Return the opacity of a body's vertices by certainty; None if the view or the map has none."""
        render_data = self._map
        if (
            render_data is None
            or render_data.opacity is None
            or not self._view.by_certainty
            or surface.is_empty
        ):
            return None
        return opacity_at(surface, render_data.opacity, render_data.volume.grid)

    def _update_walls(self, scan: ScanRenderData) -> None:
        renderer, changes, view = self._renderer, self._changes, self._view
        render_data, iso_values, high, slices = (
            self._map,
            self._current_iso_values(),
            self._high_walls(),
            self._slice_indices(),
        )
        if changes.update("walls", scan, high):
            for wall in renderer.walls:
                wall.set_position(scan.frame, high)
        cross = view.crosshair if view.walls is Walls.CROSSHAIR else None
        if changes.update("cross", scan, cross):
            i, j, k = (None if cross is None else scan.frame.face_position(axis, cross) for axis in range(3))
            renderer.set_crosshair(None if i is None or j is None or k is None else (i, j, k))
        shadows, largest_shadow = None, 0.0
        if render_data is not None and view.shadows and np.isfinite(iso_values.outer):
            shadows = self._cluster_filter.shadows(render_data, iso_values.outer, view, self._coarse)
            largest_shadow = full_scale(render_data.sorted_values[Sign.BOTH].largest, iso_values.inner)
        for wall in renderer.walls:
            slice_index = slices[wall.axis]
            shadow = None if shadows is None else shadows[wall.axis]
            if changes.update(f"wall {wall.axis}", scan, slice_index, shadow, largest_shadow):
                self._coarse_texels[wall.axis] = (scan.slice(wall.axis, slice_index), shadow, largest_shadow)
                wall.set_texels(face_texels(*self._coarse_texels[wall.axis]))
        visible = visible_kinds(view)
        for kind in OutlineKind:
            outlines = self._outlines if kind in visible else None
            if changes.update(f"outline {kind}", scan, outlines, high, slices):
                renderer.wall_outlines[kind].set_lines(scan.frame, outlines, high, slices)
        self._wall_content = (
            scan,
            render_data,
            self._outlines,
            *(shadows or (None, None, None)),
            largest_shadow,
            not self._coarse_texels,
        )
        state = iso_values, largest_shadow, view.theme, cross is not None, shadows is not None
        if changes.update("shading", *state):
            shadow_opacity = theme_colours(view.theme).shadow
            renderer.set_shading(
                WallShading(
                    start_levels=(
                        shadow_level(iso_values.outer, largest_shadow),
                        shadow_level(iso_values.inner, largest_shadow),
                    ),
                    opacities=(
                        OUTER_SHADE * shadow_opacity if view.nested else shadow_opacity,
                        shadow_opacity,
                    ),
                    signs=iso_values.signs if shadows is not None else (),
                    nested=view.nested,
                    has_crosshair=cross is not None,
                )
            )

    def _add_resting_details(self) -> None:
        """Add the details of a picture at rest: smooth slices and ambient occlusion."""
        render_data, view = self._map, self._view
        for wall in self._renderer.walls:
            if self._coarse_texels.get(wall.axis) is not None:
                wall.set_texels(face_texels(*self._coarse_texels.pop(wall.axis), upsampling=_FINENESS))
        if render_data is None or not self._changes.update(
            "ambient occlusion", render_data, view.theme, view.hues
        ):
            return
        iso_values = self._current_iso_values()
        volume = self._cluster_filter.volume(render_data, iso_values.outer, view, self._coarse)
        if render_data.coarse is not None and volume is render_data.volume:
            volume = render_data.coarse
        for sign, actor in self._renderer.solid_surfaces.items():
            if not self._inner_surfaces[sign].is_empty:
                actor.set_ambient_occlusion(
                    ambient_occlusion(self._inner_surfaces[sign], volume, iso_values.inner, sign)
                )
