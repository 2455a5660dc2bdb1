"""The three walls behind the bodies: slices, shadows, corner and edges, painted by one fragment shader."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkTexture

from viewer.scene.arrays import image, to_vtk
from viewer.scene.content import Frame
from viewer.scene.palette import NEGATIVE_SHADE, POSITIVE_SHADE, Palette

_RIM_MM = 0.8
_CROSS_SHARE = 0.6

_PAINT = """
  vec2 at = tcoordVCVSOutput;
  vec2 mm = at * face_size;
  vec2 inner = mix(mm, face_size - mm, shared_high);
  vec2 outer = face_size - inner;
  vec2 pixel = max(fwidth(mm), vec2(1e-4));

  vec2 near = clamp(1.0 - inner / (0.6 * face_size), 0.0, 1.0);
  near = 1.0 - corner_share * near * near * near;
  float light = near.x * near.y;
  vec3 colour = wall_colour * light;

  vec4 held = texture(face_texture, at);
  float soft = max(fwidth(held.g), 0.02);
  float cover = clamp((held.g - 0.5) / soft + 0.5, 0.0, 1.0);
  vec3 grey = vec3(mix(grey_range.x, grey_range.y, held.r));
  colour = mix(colour, grey * mix(1.0, light, 0.35), cover);

  vec2 steep = fwidth(held.ba);
  vec2 ramp = 1.0 / max(steep * max(1.2, soft_mm / length(pixel)), vec2(1e-9));
  vec2 outer_shade = clamp((held.ba - shade_at.x) * ramp + 0.5, 0.0, 1.0);
  vec2 inner_shade = clamp((held.ba - shade_at.y) * ramp + 0.5, 0.0, 1.0);
  vec2 dark = max(outer_shade * shade_share.x, inner_shade * shade_share.y) * shade_sign;
  float strong = 1.0 + 0.6 * cover;
  colour = mix(colour, shade_negative * strong, dark.y);
  colour = mix(colour, shade_positive * strong, dark.x);

  vec2 beside = abs(mm - cross_at) / pixel;
  float hair = clamp(0.5 * line_pixels + 0.5 - min(beside.x, beside.y), 0.0, 1.0);
  colour = mix(colour, cross_colour, hair * cross_share);

  vec2 out_by = -outer / pixel;
  vec2 inked = clamp(0.5 * line_pixels + 0.5 - abs(out_by), 0.0, 1.0);
  colour = mix(colour, edge_colour, max(inked.x, inked.y));
  vec2 kept = clamp(0.5 * line_pixels + 0.5 - out_by, 0.0, 1.0);
  gl_FragData[0] = vec4(colour, min(kept.x, kept.y));
"""


class Wall:
    """One wall, perpendicular to one axis of the box, on its low or its high face."""

    def __init__(self, axis: int) -> None:
        self.axis = axis
        self._points = vtkPoints()
        self._points.SetNumberOfPoints(4)
        quad = vtkPolyData()
        quad.SetPoints(self._points)
        cells = vtkCellArray()
        cells.InsertNextCell(4, (0, 1, 2, 3))
        quad.SetPolys(cells)
        self._quad = quad
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(quad)
        self.actor = vtkActor()
        self.actor.SetMapper(mapper)
        self.actor.ForceTranslucentOn()
        self.actor.GetProperty().LightingOff()
        shader = self.actor.GetShaderProperty()
        shader.AddFragmentShaderReplacement("//VTK::TCoord::Impl", True, _PAINT, False)
        self._uniforms: Any = shader.GetFragmentCustomUniforms()
        self._texture = _texture()
        self.actor.GetProperty().SetTexture("face_texture", self._texture)
        self.set_texels(np.zeros((2, 2, 4), dtype=np.uint16))
        self.set_threshold((2.0, 2.0), (0.0, 0.0), (0.0, 0.0))
        self.set_cross(None)

    def place(self, frame: Frame, high: tuple[bool, bool, bool]) -> None:
        """Stand on one face of the box. ``high`` says for every axis which of its walls is drawn."""
        axis = self.axis
        b, c = (other for other in range(3) if other != axis)
        faces = frame.faces
        size = frame.size
        corners = np.zeros((4, 3))
        coordinates = np.zeros((4, 2), dtype=np.float32)
        corners[:, axis] = faces[int(high[axis]), axis]
        for n, (s, t) in enumerate(((0, 0), (1, 0), (1, 1), (0, 1))):
            for place, other, end in ((1, b, t), (0, c, s)):
                out = _RIM_MM if bool(end) != high[other] else 0.0
                share = end + out / size[other] * (1 if end else -1)
                coordinates[n, place] = share
                corners[n, other] = faces[0, other] + share * (faces[1, other] - faces[0, other])
        for n, point in enumerate(frame.grid.to_world(corners)):
            self._points.SetPoint(n, *point)
        self._points.Modified()
        held = to_vtk(coordinates)
        held.SetName("coordinates")
        self._quad.GetPointData().SetTCoords(held)
        self._quad.Modified()
        self._uniforms.SetUniform2f("face_size", (float(size[c]), float(size[b])))
        self._uniforms.SetUniform2f("shared_high", (float(high[c]), float(high[b])))

    def set_texels(self, texels: npt.NDArray[np.uint16]) -> None:
        """What the whole face carries, as `faces.face_texels` packs it, uint16, shape (n, m, 4)."""
        self._texture.SetInputData(image(texels))

    def set_threshold(
        self, at: tuple[float, float], share: tuple[float, float], sign: tuple[float, float]
    ) -> None:
        """Where shadows begin: two shares of the 16 bits, the light each takes, and which signs throw any."""
        self._uniforms.SetUniform2f("shade_at", at)
        self._uniforms.SetUniform2f("shade_share", share)
        self._uniforms.SetUniform2f("shade_sign", sign)

    def set_cross(self, at: tuple[float, float] | None) -> None:
        """Draw the crosshair's lines at a place in mm from the face's low corner, or none."""
        self._uniforms.SetUniform2f("cross_at", (0.0, 0.0) if at is None else (at[1], at[0]))
        self._uniforms.SetUniformf("cross_share", 0.0 if at is None else _CROSS_SHARE)

    def set_palette(self, colours: Palette) -> None:
        """The colours of a theme."""
        self._uniforms.SetUniform3f("wall_colour", colours.wall)
        self._uniforms.SetUniform3f("edge_colour", colours.edge)
        self._uniforms.SetUniform3f("cross_colour", colours.cross)
        self._uniforms.SetUniform3f("shade_positive", POSITIVE_SHADE)
        self._uniforms.SetUniform3f("shade_negative", NEGATIVE_SHADE)
        self._uniforms.SetUniform2f("grey_range", colours.grey)
        self._uniforms.SetUniformf("corner_share", 1.0 - colours.corner)
        self._uniforms.SetUniformf("soft_mm", 0.8)

    def set_line(self, pixels: float) -> None:
        """Width of the edges in pixels of the picture that is drawn."""
        self._uniforms.SetUniformf("line_pixels", pixels)


def _texture() -> vtkTexture:
    texture = vtkTexture()
    texture.SetColorModeToDirectScalars()
    texture.InterpolateOn()
    texture.MipmapOff()
    texture.RepeatOff()
    texture.EdgeClampOn()
    return texture
