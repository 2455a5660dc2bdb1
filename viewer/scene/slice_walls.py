"""Walls behind the surfaces: slices, shadows, corner shading and edges, in one fragment shader.

A wall's texture has four channels, see `face_texels`: brightness and cover of the slice, and two shadows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkTexture

from viewer.scene.colormaps import NEGATIVE_SHADE, POSITIVE_SHADE, BoxThemeColours
from viewer.scene.render_data import BoxFrame
from viewer.scene.vtk_arrays import to_vtk, to_vtk_image

RIM_MM = 0.8
CROSS_SHARE = 0.6
SOFT_MM = 0.57
CORNER_REACH = 0.6

_FACE = """
  vec2 at = tcoordVCVSOutput;
  vec2 mm = at * face_size;
  vec2 fine = 1.0 / max(fwidth(mm), vec2(1e-4));
  vec2 inner = mix(mm, face_size - mm, shared_high);

  vec2 near = max(1.0 - inner * corner_reach, 0.0);
  near = 1.0 - corner_share * near * near * near;
  float light = near.x * near.y;

  vec4 held = texture(face_texture, at);
  float cover = clamp((held.g - 0.5) / max(fwidth(held.g), 0.02) + 0.5, 0.0, 1.0);
  float grey = (grey_low + grey_span * held.r) * (0.65 + 0.35 * light);
  vec3 colour = mix(wall_colour * light, vec3(grey), cover);
"""

_SHADE = """
  float ramp_{n} = 1.0 / max(fwidth(held.{channel}) * max(1.2, soft_mm * min(fine.x, fine.y)), 1e-9);
  float dark_{n} = clamp((held.{channel} - shade_at.y) * ramp_{n} + 0.5, 0.0, 1.0) * shade_share.y;
{outer}
  colour = mix(colour, {colour} * (1.0 + 0.6 * cover), dark_{n});
"""

_OUTER_SHADE = """
  float outer_{n} = clamp((held.{channel} - shade_at.x) * ramp_{n} + 0.5, 0.0, 1.0);
  dark_{n} = max(dark_{n}, outer_{n} * shade_share.x);"""

_CROSS = """
  vec2 beside = abs(mm - cross_at) * fine;
  float hair = clamp(0.5 * line_pixels + 0.5 - min(beside.x, beside.y), 0.0, 1.0);
  colour = mix(colour, cross_colour, hair * cross_share);
"""

_EDGE = """
  vec2 out_by = (inner - face_size) * fine;
  float along = max(out_by.x, out_by.y);
  float nearest = min(abs(out_by.x), abs(out_by.y));
  colour = mix(colour, edge_colour, clamp(0.5 * line_pixels + 0.5 - nearest, 0.0, 1.0));
  gl_FragData[0] = vec4(colour, clamp(0.5 * line_pixels + 0.5 - along, 0.0, 1.0));
"""

_PROBE = """
  vec2 out_by = (inner - face_size) * fine;
  float along = max(out_by.x, out_by.y);
  float nearest = min(abs(out_by.x), abs(out_by.y));
  float free = clamp(0.5 * line_pixels + 0.5 - along, 0.0, 1.0);
  free *= 1.0 - clamp(0.5 * line_pixels + 0.5 - nearest, 0.0, 1.0);
  vec2 beside = abs(mm - cross_at) * fine;
  free *= 1.0 - cross_share * clamp(0.5 * line_pixels + 0.5 - min(beside.x, beside.y), 0.0, 1.0);
  float shade = probed_sign > 0.0 ? held.b : held.a;
  float soft = max(fwidth(shade) * max(1.2, soft_mm * min(fine.x, fine.y)), 1e-9);
  float told = clamp(probed_width > 0.0 ? 0.5 * soft : shade, 0.0, 1.0);
  float number = floor(told * 65535.0 + 0.5);
  float higher = floor(number / 256.0);
  float third = probed_width > 0.0 ? cover : free;
  gl_FragData[0] = vec4(higher / 255.0, (number - 256.0 * higher) / 255.0, third, 1.0);
"""


def shader_code(signs: tuple[int, ...], nested: bool, has_crosshair: bool) -> str:
    """Return the fragment shader of a wall, without the parts that have no visible effect.

    A software renderer executes every branch for every pixel.
    """
    shades = [
        _SHADE.format(
            n=n,
            channel=channel,
            colour=colour,
            outer=_OUTER_SHADE.format(n=n, channel=channel) if nested else "",
        )
        for n, (sign, channel, colour) in enumerate(((-1, "a", "shade_negative"), (1, "b", "shade_positive")))
        if sign in signs
    ]
    return "".join((_FACE, *shades, _CROSS if has_crosshair else "", _EDGE))


@dataclass(frozen=True)
class WallShading:
    """Parameters of the shadows on the walls.

    ``start_levels`` holds the levels at which the outer and the inner shadow begin, as fractions of the
    16-bit range, ``opacities`` the fraction of light that each removes; surfaces that are not ``nested`` cast
    only the inner one. ``has_crosshair`` is whether the crosshair's lines are drawn over them.
    """

    start_levels: tuple[float, float] = (2.0, 2.0)
    opacities: tuple[float, float] = (0.0, 0.0)
    signs: tuple[int, ...] = ()
    nested: bool = False
    has_crosshair: bool = False

    @property
    def shadows(self) -> tuple[tuple[float, float], ...]:
        """Start level and light share of every shadow."""
        levels_and_shares = tuple(zip(self.start_levels, self.opacities, strict=True))
        return levels_and_shares if self.nested else levels_and_shares[1:]


class SliceWall:
    """Wall perpendicular to one axis of the box, on its low or its high face."""

    def __init__(self, axis: int) -> None:
        self.axis = axis
        self._points = vtkPoints()
        self._points.SetNumberOfPoints(4)
        polydata = vtkPolyData()
        polydata.SetPoints(self._points)
        cells = vtkCellArray()
        cells.InsertNextCell(4, (0, 1, 2, 3))
        polydata.SetPolys(cells)
        self._polydata = polydata
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(polydata)
        self.actor = vtkActor()
        self.actor.SetMapper(mapper)
        self.actor.ForceTranslucentOn()
        self.actor.GetProperty().LightingOff()
        self._shader: Any = self.actor.GetShaderProperty()
        self._uniforms: Any = self._shader.GetFragmentCustomUniforms()
        self._shader_variant: tuple[tuple[int, ...], bool, bool] | None = None
        self._texture = _make_texture()
        self.actor.GetProperty().SetTexture("face_texture", self._texture)
        self.set_texels(np.zeros((2, 2, 4), dtype=np.uint16))
        self.set_shading(WallShading())
        self.set_crosshair(None)

    def set_position(self, frame: BoxFrame, on_high_face: tuple[bool, bool, bool]) -> None:
        """Place the wall on a face of the box. ``on_high_face``: whether the high face is used, per axis."""
        axis = self.axis
        b, c = (other_axis for other_axis in range(3) if other_axis != axis)
        faces = frame.faces
        size = frame.size
        corners = np.zeros((4, 3))
        coordinates = np.zeros((4, 2), dtype=np.float32)
        corners[:, axis] = faces[int(on_high_face[axis]), axis]
        for n, (u, v) in enumerate(((0, 0), (1, 0), (1, 1), (0, 1))):
            for column, other_axis, end in ((1, b, v), (0, c, u)):
                rim = RIM_MM if bool(end) != on_high_face[other_axis] else 0.0
                fraction = end + rim / size[other_axis] * (1 if end else -1)
                coordinates[n, column] = fraction
                corners[n, other_axis] = faces[0, other_axis] + fraction * (
                    faces[1, other_axis] - faces[0, other_axis]
                )
        for n, point in enumerate(frame.grid.to_world(corners)):
            self._points.SetPoint(n, *point)
        self._points.Modified()
        tcoords = to_vtk(coordinates)
        tcoords.SetName("coordinates")
        self._polydata.GetPointData().SetTCoords(tcoords)
        self._polydata.Modified()
        self._uniforms.SetUniform2f("face_size", (float(size[c]), float(size[b])))
        self._uniforms.SetUniform2f(
            "corner_reach", (float(1 / (CORNER_REACH * size[c])), float(1 / (CORNER_REACH * size[b])))
        )
        self._uniforms.SetUniform2f("shared_high", (float(on_high_face[c]), float(on_high_face[b])))

    def set_texels(self, texels: npt.NDArray[np.uint16]) -> None:
        """Set the texture of the whole face, as packed by `face_texels`, uint16, shape (n, m, 4)."""
        self._texture.SetInputData(to_vtk_image(texels))

    def set_shading(self, shading: WallShading) -> None:
        """Set the shadows; a change of signs, nesting or crosshair recompiles the shader."""
        variant = shading.signs, shading.nested, shading.has_crosshair
        if variant != self._shader_variant:
            self._shader_variant = variant
            self._shader.ClearAllFragmentShaderReplacements()
            self._shader.AddFragmentShaderReplacement(
                "//VTK::TCoord::Impl", True, shader_code(*variant), False
            )
        self._uniforms.SetUniform2f("shade_at", shading.start_levels)
        self._uniforms.SetUniform2f("shade_share", shading.opacities)

    def set_probe(self, sign: int, draw_width: bool) -> None:
        """Draw the `static_walls.ShadowProbe` of one sign's shadow: its projections, or their widths."""
        self._shader_variant = None
        self._shader.ClearAllFragmentShaderReplacements()
        self._shader.AddFragmentShaderReplacement("//VTK::TCoord::Impl", True, _FACE + _PROBE, False)
        self._uniforms.SetUniformf("probed_sign", float(sign))
        self._uniforms.SetUniformf("probed_width", float(draw_width))

    def set_crosshair(self, position: tuple[float, float] | None) -> None:
        """Draw the crosshair lines at a position in mm from the face's low corner, or none."""
        self._uniforms.SetUniform2f(
            "cross_at", (0.0, 0.0) if position is None else (position[1], position[0])
        )
        self._uniforms.SetUniformf("cross_share", 0.0 if position is None else CROSS_SHARE)

    def set_theme(self, colours: BoxThemeColours) -> None:
        """Apply the colours of a theme."""
        self._uniforms.SetUniform3f("wall_colour", colours.wall)
        self._uniforms.SetUniform3f("edge_colour", colours.edge)
        self._uniforms.SetUniform3f("cross_colour", colours.cross)
        self._uniforms.SetUniform3f("shade_positive", POSITIVE_SHADE)
        self._uniforms.SetUniform3f("shade_negative", NEGATIVE_SHADE)
        self._uniforms.SetUniformf("grey_low", colours.grey[0])
        self._uniforms.SetUniformf("grey_span", colours.grey[1] - colours.grey[0])
        self._uniforms.SetUniformf("corner_share", 1.0 - colours.corner)
        self._uniforms.SetUniformf("soft_mm", SOFT_MM)

    def set_line_width(self, pixels: float) -> None:
        """Set the width of the edges in pixels of the rendered picture."""
        self._uniforms.SetUniformf("line_pixels", pixels)


def _make_texture() -> vtkTexture:
    texture = vtkTexture()
    texture.SetColorModeToDirectScalars()
    texture.InterpolateOn()
    texture.MipmapOff()
    texture.RepeatOff()
    texture.EdgeClampOn()
    return texture


Floats = npt.NDArray[np.float32]
Texels = npt.NDArray[np.uint16]

FULL = 65535
_HIGHEST = 1e6
"""Largest value that is interpolated, as a multiple of full scale."""


def face_texels(
    slice_pixels: npt.NDArray[np.uint8], shadows: Floats | None, full_scale_value: float, upsampling: int = 1
) -> Texels:
    """Pack a slice and its shadows into texels, uint16, shape (n, m, 4).

    Parameters
    ----------
    slice_pixels
        Brightness and cover, shape (a, b, 2).
    shadows
        Maximum projections of the positive and negative part on the same face, shape (n, m, 2), whose
        resolution along each axis is an integer multiple of the slice's; None for no shadows.
    full_scale_value
        Shadow value at full scale (16 bits); larger ones are clipped.
    upsampling
        Resolution of the texels relative to the finer of both: interpolated cubically between voxels,
        instead of linearly while drawing.
    """
    shape = tuple(n * upsampling for n in (slice_pixels if shadows is None else shadows).shape[:2])
    texels = np.zeros((*shape, 4), dtype=np.uint16)
    if shape == slice_pixels.shape[:2]:
        np.multiply(slice_pixels, np.uint16(257), out=texels[:, :, :2], dtype=np.uint16)
    else:
        _write_resampled(slice_pixels, 255.0, texels[:, :, :2])
    if shadows is not None and full_scale_value > 0:
        _write_resampled(shadows, full_scale_value, texels[:, :, 2:])
    return texels


def full_scale(largest: float, threshold: float) -> float:
    """Return the value at full scale (16 bits): at least the threshold and, if possible, below 16 times it.

    It changes in steps, so that a dragged threshold rarely needs new texels.
    """
    if not (0.0 < threshold <= largest):
        return largest
    return float(largest / 16.0 ** np.floor(np.log(largest / threshold) / np.log(16.0)))


def shadow_level(threshold: float, full_scale_value: float) -> float:
    """Return the threshold as a share of the 16-bit range; above the range if nothing reaches it."""
    return (
        float(threshold / full_scale_value)
        if full_scale_value > 0 and np.isfinite(threshold) and threshold <= full_scale_value
        else 2.0
    )


def _write_resampled(values: npt.NDArray[np.generic], full_scale_value: float, out: Texels) -> None:
    """Resample two channels into finer texels with full scale at ``full_scale_value``; clip larger values."""
    highest = np.float32(min(full_scale_value * _HIGHEST, float(np.finfo(np.float32).max)))
    rows, columns = (
        cubic_weights(coarse, fine // coarse)
        for coarse, fine in zip(values.shape[:2], out.shape[:2], strict=True)
    )
    for channel in range(2):
        # Divided, not multiplied by the reciprocal, which overflows for the smallest float32 values.
        plane = np.minimum(np.asarray(values[:, :, channel], dtype=np.float32), highest) / np.float32(
            full_scale_value
        )
        plane *= np.float32(FULL)
        # Per axis: the shadows of thick slices are finer along the through-slice axis only.
        plane = plane if rows is None else rows @ plane
        plane = plane if columns is None else plane @ columns.T
        out[:, :, channel] = np.clip(plane, 0, FULL)


def cubic_weights(count: int, factor: int) -> Floats | None:
    """Compute cubic interpolation weights for ``factor`` texels per voxel; None if nothing changes.

    Cubic convolution with a = -1/2 (Keys, IEEE Trans. ASSP 29:1153, 1981); the ends are repeated.
    """
    if factor == 1:
        return None
    positions = (np.arange(count * factor) + 0.5) / factor - 0.5
    base = np.floor(positions).astype(int)
    weights = np.zeros((count * factor, count), dtype=np.float32)
    for tap in range(-1, 3):
        distance = np.abs(positions - (base + tap))
        near = (1.5 * distance - 2.5) * distance * distance + 1.0
        far = ((-0.5 * distance + 2.5) * distance - 4.0) * distance + 2.0
        source = np.clip(base + tap, 0, count - 1)
        np.add.at(weights, (np.arange(len(positions)), source), np.where(distance <= 1.0, near, far))
    return weights
