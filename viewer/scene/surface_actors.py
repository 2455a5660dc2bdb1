"""Surface actors: solid surfaces, halos and the glass brain, with custom lighting."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from viewer.scene.colormaps import Colour
from viewer.scene.isosurface import Surface
from viewer.scene.vtk_arrays import to_vtk, to_vtk_ids

Floats = npt.NDArray[np.float32]

SOLID_SHADER = """
  vec3 n = normalize(normalVCVSOutput);
  vec3 eye = normalize(-vertexVC.xyz);
  vec3 key = normalize(vec3(-0.50, 0.66, 0.56));
  vec3 half_way = normalize(key + eye);
  float facing = clamp(dot(n, eye), 0.0, 1.0);
  float away = 1.0 - facing;
  float wrapped = 0.5 * dot(n, key) + 0.5;
  wrapped *= wrapped;
  float sky = 0.5 + 0.5 * n.y;
  vec3 base = diffuseColor;
  vec3 deep = base * base * 0.55 + base * 0.12;
  vec3 lit = mix(deep, base * 1.08, smoothstep(0.0, 0.85, 0.14 + 0.72 * wrapped + 0.18 * sky * facing));
  lit *= 1.0 - 0.34 * away * away;
  float shine = clamp(dot(n, half_way), 0.0, 1.0);
  float shine_4 = shine * shine * shine * shine;
  float shine_16 = shine_4 * shine_4 * shine_4 * shine_4;
  lit += mix(base, vec3(1.0), 0.45) * 0.22 * shine_16;
  lit += vec3(0.42) * shine_16 * shine_16 * shine_16 * shine_16 * shine_16 * shine_16;
  lit += mix(base, vec3(1.0), 0.50) * rim_share * away * away * away * (0.25 + 0.75 * sky);
  // Ordered dithering (Bayer 1973): opaque pixels need no sorting, and hide what is behind them in shares.
  ivec2 at = ivec2(gl_FragCoord.xy) & 3;
  int odd = at.x ^ at.y;
  float limit = float(((odd & 1) << 3) | ((at.y & 1) << 2) | (odd & 2) | ((at.y & 2) >> 1));
  if (opacity < (limit + 0.5) / 16.0) discard;
  gl_FragData[0] = vec4(min(lit, vec3(1.0)), 1.0);
"""

OUTER_OPACITY = 0.62
OUTER_CLEAR, OUTER_DENSER = 0.16, "away * sqrt(away)"
GLASS_CLEAR, GLASS_DENSER = 0.05, "away * away"
"""Parameters of the outer surfaces and of the glass brain: see `GlassSurfaceActor`."""

# No pow(): a software renderer spends more time on it than on everything else.
_GLASS_SHADER = """
  vec3 n = normalize(normalVCVSOutput);
  vec3 eye = normalize(-vertexVC.xyz);
  float away = 1.0 - clamp(abs(dot(n, eye)), 0.0, 1.0);
  float share = glass_share * (floor_share + (1.0 - floor_share) * @denser@);
  float gloss = clamp(dot(n, normalize(vec3(-0.45, 0.62, 0.64) + eye)), 0.0, 1.0);
  gloss *= gloss;
  gloss *= gloss;
  gloss *= gloss;
  gloss *= gloss;
  gloss *= gloss;
  gloss *= gloss;
  vec3 lit = diffuseColor * (0.80 + 0.20 * n.y) + vec3(0.25) * gloss;
  gl_FragData[0] = vec4(min(lit, vec3(1.0)), opacity * clamp(share + 0.25 * gloss, 0.0, 1.0));
"""


def to_polydata(surface: Surface) -> vtkPolyData:
    """Convert a surface to vtkPolyData with normals; the arrays are shared, not copied."""
    points = vtkPoints()
    points.SetData(to_vtk(surface.vertices))
    cells = vtkCellArray()
    cells.SetData(3, to_vtk_ids(surface.triangles.reshape(-1)))
    polydata = vtkPolyData()
    polydata.SetPoints(points)
    polydata.SetPolys(cells)
    normals = to_vtk(surface.normals)
    normals.SetName("Normals")
    polydata.GetPointData().SetNormals(normals)
    return polydata


class SurfaceActor:
    """Surface in one colour. ``actor`` is added to a renderer."""

    def __init__(self, shader: str) -> None:
        self.mapper = vtkPolyDataMapper()
        self.mapper.ScalarVisibilityOff()
        self.mapper.StaticOn()
        self._opacity: Floats | None = None
        self.actor = vtkActor()
        self.actor.SetMapper(self.mapper)
        self.actor.VisibilityOff()
        # Surfaces are closed, so back faces are never seen.
        self.actor.GetProperty().BackfaceCullingOn()
        properties = self.actor.GetShaderProperty()
        properties.AddFragmentShaderReplacement("//VTK::Light::Impl", True, shader, False)
        self._uniforms: Any = properties.GetFragmentCustomUniforms()

    def set_surface(self, surface: Surface, opacity: Floats | None = None) -> None:
        """Set the surface, evenly lit; an empty one hides the actor.

        ``opacity`` is per vertex, 0 to 1, shape (n,); None is 1.
        """
        self.actor.SetVisibility(not surface.is_empty)
        self.mapper.ScalarVisibilityOff()
        self._opacity = opacity
        if not surface.is_empty:
            self.mapper.SetInputData(to_polydata(surface))
            if opacity is not None:
                colour = np.array(self.actor.GetProperty().GetColor())
                self._set_vertex_colours(np.tile(255.0 * colour, (len(opacity), 1)))

    def _set_vertex_colours(self, colours: npt.NDArray[np.float64]) -> None:
        """Set colours from 0 to 255, shape (n, 3), with the vertices' opacity if they have one."""
        if self._opacity is not None:
            colours = np.column_stack([colours, 255.0 * np.clip(self._opacity, 0, 1)])
        polydata = self.mapper.GetInput()
        polydata.GetPointData().SetScalars(to_vtk(colours.astype(np.uint8)))
        polydata.Modified()
        self.mapper.ScalarVisibilityOn()

    def set_colour(self, colour: Colour) -> None:
        """Set the colour under full light."""
        self.actor.GetProperty().SetColor(*colour)


class SolidSurfaceActor(SurfaceActor):
    """Opaque surface with a soft key light, hemisphere light, specular and rim light."""

    def __init__(self) -> None:
        super().__init__(SOLID_SHADER)
        # Dithered surfaces are drawn in the opaque pass, whatever the opacity of their colours.
        self.actor.ForceOpaqueOn()
        self.set_rim(0.2)

    def set_ambient_occlusion(self, light_fractions: npt.NDArray[np.float32]) -> None:
        """Set the fraction of light that reaches every vertex of the current surface, shape (n,)."""
        colour = np.array(self.actor.GetProperty().GetColor())
        # Folds are drawn in a darker shade of the colour, not in grey.
        self._set_vertex_colours(255.0 * colour * light_fractions[:, None] ** np.array([0.8, 1.15, 1.3]))

    def set_rim(self, intensity: float) -> None:
        """Set the intensity of the rim light, 0 to 1."""
        self._uniforms.SetUniformf("rim_share", intensity)


def glass_shader(edge_falloff: str) -> str:
    """Return the fragment shader of a `GlassSurfaceActor`."""
    return _GLASS_SHADER.replace("@denser@", edge_falloff)


class GlassSurfaceActor(SurfaceActor):
    """Translucent surface: clear where it faces the camera, denser towards its outline.

    Only front faces are drawn, so there is a single layer, which needs no sorting.

    Parameters
    ----------
    min_opacity
        Fraction of the opacity that remains where the surface faces the camera.
    edge_falloff
        GLSL expression for the growth of the rest with ``away``, which is 0 there and 1 at the outline.
    """

    def __init__(self, min_opacity: float, edge_falloff: str) -> None:
        super().__init__(glass_shader(edge_falloff))
        self.actor.ForceTranslucentOn()
        self._uniforms.SetUniformf("floor_share", min_opacity)
        self.set_edge_opacity(0.5)

    def set_edge_opacity(self, opacity: float) -> None:
        """Set the opacity at the outline, 0 to 1."""
        self._uniforms.SetUniformf("glass_share", opacity)
