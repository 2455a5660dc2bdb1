"""Renderer of the box, foreground surfaces drawn over a cached picture, and supersampling."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkRenderingCore import vtkRenderer

from viewer.scene.brain_outlines import OutlineKind
from viewer.scene.camera import CameraPose
from viewer.scene.colormaps import sign_colormaps, theme_colours
from viewer.scene.isosurface import Surface
from viewer.scene.opengl import offscreen_window
from viewer.scene.render_data import BoxFrame
from viewer.scene.slice_walls import SliceWall, WallShading
from viewer.scene.surface_actors import (
    GLASS_CLEAR,
    GLASS_DENSER,
    OUTER_CLEAR,
    OUTER_DENSER,
    OUTER_OPACITY,
    GlassSurfaceActor,
    SolidSurfaceActor,
    SurfaceActor,
)
from viewer.scene.vtk_arrays import to_numpy
from viewer.scene.wall_outlines import WallOutline
from viewer.session.view import ColorMap, Theme

Pixels = npt.NDArray[np.uint8]
Crossed = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]
"""Position of the crosshair on each wall, in mm from the face's low corner."""


class BoxRenderer:
    """VTK renderer, actors and appearance of the box.

    Raises
    ------
    ViewerError
        OpenGL is not available on this machine.
    """

    def __init__(self) -> None:
        self._window: Any = offscreen_window()
        self._renderer = vtkRenderer()
        self._renderer.SetUseOIT(False)
        self._renderer.SetUseDepthPeeling(False)
        self._window.AddRenderer(self._renderer)
        self.walls = tuple(SliceWall(axis) for axis in range(3))
        self.wall_outlines = {kind: WallOutline(kind) for kind in OutlineKind}
        self.solid_surfaces = {1: SolidSurfaceActor(), -1: SolidSurfaceActor()}
        self.outer_surfaces = {sign: GlassSurfaceActor(OUTER_CLEAR, OUTER_DENSER) for sign in (1, -1)}
        self.glass = GlassSurfaceActor(GLASS_CLEAR, GLASS_DENSER)
        # Translucent actors are drawn in this order: walls behind everything, the glass over everything.
        for actor in (
            *(wall.actor for wall in self.walls),
            *(outline.actor for outline in self.wall_outlines.values()),
            *(body.actor for body in (*self.surfaces, self.glass)),
        ):
            self._renderer.AddActor(actor)
        self.foreground = ForegroundRenderer(
            self._window, self._renderer, (body.actor for body in (*self.surfaces, self.glass))
        )
        self._pixels = vtkUnsignedCharArray()
        self._shading = WallShading()
        self._crosshair: Crossed | None = None
        self._background = Theme.DARK, False

    @property
    def vtk_renderer(self) -> vtkRenderer:
        """VTK renderer, to which further actors can be added."""
        return self._renderer

    @property
    def shading(self) -> WallShading:
        """Shadows on the walls."""
        return self._shading

    @property
    def surfaces(self) -> tuple[SurfaceActor, ...]:
        """Surface actors of the map: solid ones, and the outer ones of nested pairs."""
        return (*self.solid_surfaces.values(), *self.outer_surfaces.values())

    def render(self, columns: int, rows: int) -> Pixels:
        """Render and return the pixels, top row first: a view, overwritten by the next picture."""
        if tuple(self._window.GetSize()) != (columns, rows):
            self._window.SetSize(columns, rows)
        self._window.Render()
        self._window.GetRGBACharPixelData(0, 0, columns - 1, rows - 1, 0, self._pixels)
        return to_numpy(self._pixels).reshape(rows, columns, 4)[::-1]

    def set_camera(self, pose: CameraPose) -> None:
        """Set the camera pose."""
        camera = self._renderer.GetActiveCamera()
        camera.SetPosition(*pose.position)
        camera.SetFocalPoint(*(pose.position - pose.axes[2] * (pose.near + pose.far) / 2))
        camera.SetViewUp(*pose.axes[1])
        camera.SetViewAngle(float(np.rad2deg(2.0 * np.arctan(pose.tangents[1]))))
        camera.SetClippingRange(pose.near, pose.far)

    def set_theme(self, theme: Theme, colormap: ColorMap, transparent: bool) -> None:
        """Apply the colours of a theme, and the surface colours of both signs."""
        colours = theme_colours(theme)
        self.set_background(theme, transparent)
        for wall in self.walls:
            wall.set_theme(colours)
        colormaps = sign_colormaps(colormap)
        for sign in (1, -1):
            self.solid_surfaces[sign].set_colour(colormaps.body(sign))
            self.solid_surfaces[sign].set_rim(colours.rim)
            self.outer_surfaces[sign].set_colour(colormaps.halo(sign))
            self.outer_surfaces[sign].set_edge_opacity(OUTER_OPACITY)
        self.glass.set_colour(colours.glass)
        self.glass.set_edge_opacity(colours.glass_share)

    def set_shading(self, shading: WallShading) -> None:
        """Set the shadows on the walls."""
        self._shading = shading
        for wall in self.walls:
            wall.set_shading(shading)

    def set_crosshair(self, wall_positions: Crossed | None) -> None:
        """Draw the crosshair lines on the walls, or none."""
        self._crosshair = wall_positions
        for wall in self.walls:
            wall.set_crosshair(None if wall_positions is None else wall_positions[wall.axis])

    @contextmanager
    def temporary_state(self) -> Iterator[None]:
        """Restore visibility, shading, crosshair and background on leaving the context."""
        actors = [body.actor for body in (*self.surfaces, self.glass)]
        actors += [outline.actor for outline in self.wall_outlines.values()]
        visibility, shading, crosshair = (
            [actor.GetVisibility() for actor in actors],
            self._shading,
            self._crosshair,
        )
        try:
            yield
        finally:
            for actor, visible in zip(actors, visibility, strict=True):
                actor.SetVisibility(visible)
            self.set_shading(shading)
            self.set_crosshair(crosshair)
            self.set_background(*self._background)

    def set_background(self, theme: Theme, transparent: bool) -> None:
        """Set the background: the theme's gradient, or none."""
        self._background = theme, transparent
        colours, black = theme_colours(theme), (0.0, 0.0, 0.0)
        self._renderer.SetBackground(*(black if transparent else colours.bottom))
        self._renderer.SetBackground2(*(black if transparent else colours.top))
        self._renderer.SetGradientBackground(not transparent and colours.top != colours.bottom)
        self._renderer.SetBackgroundAlpha(0.0 if transparent else 1.0)

    def set_black_background(self) -> None:
        """Set an opaque black background."""
        self._renderer.SetGradientBackground(False)
        self._renderer.SetBackground(0.0, 0.0, 0.0)

    def set_dither(self, dither: bool) -> None:
        """Set whether the background gradient is dithered; slower, so meant for pictures at rest."""
        self._renderer.SetDitherGradient(dither)

    def close(self) -> None:
        """Release the OpenGL resources. Closing twice is allowed."""
        if self._window is None:
            return
        self._renderer.RemoveAllViewProps()
        self.foreground.close()
        # A renderer that is still attached when the window is destroyed crashes its next user.
        self._window.RemoveRenderer(self._renderer)
        self._window.Finalize()
        self._window = None


Rectangle = tuple[int, int, int, int]

_BESIDE = 2


class ForegroundRenderer:
    """Renderer of surfaces that other renderers of the same window also draw.

    Parameters
    ----------
    window
        A vtkRenderWindow that does not swap buffers.
    main_renderer
        The renderer that draws everything in the window.
    actors
        Actors of the surfaces.
    """

    def __init__(self, window: Any, main_renderer: Any, actors: Iterable[Any]) -> None:
        self._window = window
        self._main_renderer = main_renderer
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

    def draw_over(
        self, picture: Pixels, pose: CameraPose, region: Rectangle, glass_layer: Pixels | None
    ) -> None:
        """Draw the surfaces over a picture, in place.

        Parameters
        ----------
        picture
            uint8, shape (h, w, 4), the top row first.
        pose
            Camera pose.
        region
            Left, top, right and bottom of a rectangle that contains all surfaces, in pixels.
        glass_layer
            Layer, as returned by `render`, that is already in the picture and drawn again with the surfaces.
        """
        left, top, right, bottom = region
        if left >= right or top >= bottom:
            return
        layer = self.render(pose, region, picture.shape[1], picture.shape[0])
        alpha_composite(
            picture[top:bottom, left:right],
            layer,
            None if glass_layer is None else glass_layer[top:bottom, left:right],
        )

    def render(self, pose: CameraPose, region: Rectangle, width: int, height: int) -> Pixels:
        """Render the visible surfaces in a part of a picture, premultiplied by opacity."""
        left, top, right, bottom = region
        self._set_camera(pose, region, width, height)
        self._renderer.SetViewport(left / width, 1.0 - bottom / height, right / width, 1.0 - top / height)
        self._main_renderer.DrawOff()
        self._renderer.DrawOn()
        self._window.Render()
        self._renderer.DrawOff()
        self._main_renderer.DrawOn()
        self._window.GetRGBACharPixelData(left, height - bottom, right - 1, height - top - 1, 0, self._pixels)
        return to_numpy(self._pixels).reshape(bottom - top, right - left, 4)[::-1]

    def _set_camera(self, pose: CameraPose, region: Rectangle, width: int, height: int) -> None:
        left, top, right, bottom = region
        camera = self._renderer.GetActiveCamera()
        camera.SetPosition(*pose.position)
        camera.SetFocalPoint(*(pose.position - pose.axes[2] * (pose.near + pose.far) / 2))
        camera.SetViewUp(*pose.axes[1])
        camera.SetClippingRange(pose.near, pose.far)
        scale_x, scale_y = (right - left) / width, (bottom - top) / height
        shift_x, shift_y = (left + right) / width - 1.0, 1.0 - (top + bottom) / height
        rows = np.zeros((4, 4))
        rows[0, 0], rows[0, 2] = 1.0 / (pose.tangents[0] * scale_x), shift_x / scale_x
        rows[1, 1], rows[1, 2] = 1.0 / (pose.tangents[1] * scale_y), shift_y / scale_y
        depth = pose.far - pose.near
        rows[2, 2:] = -(pose.far + pose.near) / depth, -2.0 * pose.far * pose.near / depth
        rows[3, 2] = -1.0
        self._matrix.DeepCopy(rows.reshape(-1).tolist())
        camera.SetExplicitProjectionTransformMatrix(self._matrix)

    def close(self) -> None:
        """Release the window."""
        self._renderer.RemoveAllViewProps()
        self._window.RemoveRenderer(self._renderer)


def alpha_composite(base_pixels: Pixels, overlay_pixels: Pixels, glass_layer: Pixels | None) -> None:
    """Composite premultiplied pixels over opaque ones, in place: all (h, w, 4).

    A glass layer that is part of both pictures is applied once.
    """
    opacity = overlay_pixels[:, :, 3]
    np.copyto(
        base_pixels.view(np.uint32)[:, :, 0], overlay_pixels.view(np.uint32)[:, :, 0], where=opacity == 255
    )
    glass_opacity = np.uint8(0) if glass_layer is None else glass_layer[:, :, 3]
    rows, columns = np.nonzero((opacity > glass_opacity) & (opacity < 255))
    foreground = overlay_pixels[rows, columns].astype(np.float32)
    background = base_pixels[rows, columns].astype(np.float32)
    transmission = np.float32(255.0) - foreground[:, 3:]
    if glass_layer is None:
        transmission /= np.float32(255.0)
    else:
        glass = glass_layer[rows, columns].astype(np.float32)
        # Without the glass layer, the pixel is (background − glass) / (1 − opacity of the layer).
        background -= glass
        transmission /= np.float32(255.0) - glass[:, 3:]
    base_pixels[rows, columns] = (foreground + background * transmission + np.float32(0.5)).astype(np.uint8)


def screen_bounds(
    surfaces: Sequence[Surface], frame: BoxFrame, pose: CameraPose, width: int, height: int
) -> Rectangle | None:
    """Return the bounding rectangle of all surfaces in the picture; None if one extends beyond the box.

    Such a surface may be behind the walls.
    """
    visible = [body for body in surfaces if not body.is_empty]
    if not visible:
        return 0, 0, 0, 0
    to_voxel = np.linalg.inv(frame.grid.affine)
    matrix = to_voxel[:3, :3].astype(np.float32)
    bounds = []
    for body in visible:
        voxels = matrix @ body.vertices.T
        bounds += [voxels.min(axis=1), voxels.max(axis=1)]
    low, high = np.min(bounds, axis=0) + to_voxel[:3, 3], np.max(bounds, axis=0) + to_voxel[:3, 3]
    if (low < frame.faces[0]).any() or (high > frame.faces[1]).any():
        return None
    corners = np.array([[(low, high)[n >> axis & 1][axis] for axis in range(3)] for n in range(8)])
    projected = pose.project(frame.grid.to_world(corners), width, height)
    left, top = (max(int(value) - _BESIDE, 0) for value in np.floor(projected.min(axis=0)))
    right, bottom = (int(value) + _BESIDE for value in np.ceil(projected.max(axis=0)))
    return left, top, min(right, width), min(bottom, height)


def average_pixels(pixels: Pixels, factor: int) -> Pixels:
    """Average ``factor`` × ``factor`` pixels, uint8, shape (h·f, w·f, 4) to (h, w, 4), C-contiguous."""
    if factor == 1:
        return np.ascontiguousarray(pixels)
    height, width = pixels.shape[0] // factor, pixels.shape[1] // factor
    rows = np.add(pixels[0::factor], pixels[1::factor], dtype=np.uint16)
    for n in range(2, factor):
        np.add(rows, pixels[n::factor], out=rows)
    # Four 16-bit channels are added as one 64-bit number; no carries occur between them.
    packed = rows.view(np.uint64)[:, :, 0]
    total = packed[:, 0::factor] + packed[:, 1::factor]
    for n in range(2, factor):
        total += packed[:, n::factor]
    sums = total.view(np.uint16).reshape(height, width, 4)
    sums += np.uint16(factor * factor // 2)
    sums //= np.uint16(factor * factor)
    return sums.astype(np.uint8)
