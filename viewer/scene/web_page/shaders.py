"""Shaders of a page: those of the window's box, with VTK's names replaced by those of WebGL 2."""

from __future__ import annotations

from viewer.scene.slice_walls import shader_code
from viewer.scene.surface_actors import GLASS_DENSER, OUTER_DENSER, SOLID_SHADER, glass_shader

_HEAD = "#version 300 es\nprecision highp float;\n"

_SURFACE_VERTEX = (
    _HEAD
    + """
in vec3 place;
in vec3 normal;
in float light;
uniform mat4 to_eye;
uniform mat4 to_screen;
uniform vec3 base_colour;
out vec3 normalVCVSOutput;
out vec4 vertexVC;
out vec3 diffuseColor;
void main() {
  vertexVC = to_eye * vec4(place, 1.0);
  normalVCVSOutput = mat3(to_eye) * normal;
  diffuseColor = base_colour * pow(vec3(light), vec3(0.8, 1.15, 1.3));
  gl_Position = to_screen * vertexVC;
}
"""
)

_SURFACE_HEAD = (
    _HEAD
    + """
in vec3 normalVCVSOutput;
in vec4 vertexVC;
in vec3 diffuseColor;
uniform float rim_share;
uniform float glass_share;
uniform float floor_share;
out vec4 pixel;
void main() {
  float opacity = 1.0;  // VTK sets it from the vertices; a page has none by certainty
"""
)

_WALL_VERTEX = (
    _HEAD
    + """
in vec3 place;
in vec2 coordinates;
uniform mat4 to_eye;
uniform mat4 to_screen;
out vec2 tcoordVCVSOutput;
void main() {
  tcoordVCVSOutput = coordinates;
  gl_Position = to_screen * to_eye * vec4(place, 1.0);
}
"""
)

_WALL_HEAD = (
    _HEAD
    + """
in vec2 tcoordVCVSOutput;
uniform sampler2D slice_texture;
uniform sampler2D shadow_texture;
uniform vec2 face_size;
uniform vec2 corner_reach;
uniform vec2 shared_high;
uniform vec2 shade_at;
uniform vec2 shade_share;
uniform vec2 cross_at;
uniform vec3 wall_colour;
uniform vec3 edge_colour;
uniform vec3 cross_colour;
uniform vec3 shade_positive;
uniform vec3 shade_negative;
uniform float corner_share;
uniform float grey_low;
uniform float grey_span;
uniform float soft_mm;
uniform float line_pixels;
uniform float cross_share;
uniform float fine;
out vec4 pixel;

// At rest cubic convolution with a = -1/2 (Keys, IEEE Trans. ASSP 29:1153, 1981), as in the window; linear
// while something moves, as a browser without a graphics card executes this on the processor.
vec4 weights(float t) {
  vec4 away = vec4(1.0 + t, t, 1.0 - t, 2.0 - t);
  vec4 near = (1.5 * away - 2.5) * away * away + 1.0;
  vec4 far = ((-0.5 * away + 2.5) * away - 4.0) * away + 2.0;
  return vec4(far.x, near.y, near.z, far.w);
}

vec2 interpolate(sampler2D image, vec2 at) {
  ivec2 size = textureSize(image, 0);
  vec2 place = at * vec2(size) - 0.5;
  ivec2 first = ivec2(floor(place));
  if (fine < 0.5) {
    vec2 part = place - vec2(first);
    ivec2 low = clamp(first, ivec2(0), size - 1);
    ivec2 high = clamp(first + 1, ivec2(0), size - 1);
    vec2 below = mix(texelFetch(image, low, 0).rg, texelFetch(image, ivec2(high.x, low.y), 0).rg, part.x);
    vec2 above = mix(texelFetch(image, ivec2(low.x, high.y), 0).rg, texelFetch(image, high, 0).rg, part.x);
    return mix(below, above, part.y);
  }
  vec4 across = weights(place.x - float(first.x));
  vec4 up = weights(place.y - float(first.y));
  vec2 sum = vec2(0.0);
  for (int row = 0; row < 4; row++)
    for (int column = 0; column < 4; column++) {
      ivec2 texel = clamp(first + ivec2(column - 1, row - 1), ivec2(0), size - 1);
      sum += across[column] * up[row] * texelFetch(image, texel, 0).rg;
    }
  return clamp(sum, 0.0, 1.0);
}

void main() {
"""
)

_BACKGROUND_VERTEX = (
    _HEAD
    + """
in vec2 corner;
out float height;
void main() {
  height = 0.5 * corner.y + 0.5;
  gl_Position = vec4(corner, 1.0, 1.0);
}
"""
)

_BACKGROUND = (
    _HEAD
    + """
in float height;
uniform vec3 top_colour;
uniform vec3 bottom_colour;
out vec4 pixel;
void main() {
  float noise = fract(sin(dot(gl_FragCoord.xy, vec2(12.9898, 78.233))) * 43758.5453) - 0.5;
  pixel = vec4(mix(bottom_colour, top_colour, height) + noise / 255.0, 1.0);
}
"""
)


def _to_webgl(code: str) -> str:
    return code.replace("gl_FragData[0]", "pixel")


def _glass_fragment_shader(edge_falloff: str) -> str:
    return _SURFACE_HEAD + _to_webgl(glass_shader(edge_falloff)) + "}\n"


_HELD = "texture(face_texture, at)"

SHADERS = {
    "background": [_BACKGROUND_VERTEX, _BACKGROUND],
    "wall": [
        _WALL_VERTEX,
        _WALL_HEAD
        + _to_webgl(shader_code((1, -1), nested=True, has_crosshair=True)).replace(
            _HELD, "vec4(interpolate(slice_texture, at), interpolate(shadow_texture, at))"
        )
        + "}\n",
    ],
    "solid": [_SURFACE_VERTEX, _SURFACE_HEAD + _to_webgl(SOLID_SHADER) + "}\n"],
    "outer": [_SURFACE_VERTEX, _glass_fragment_shader(OUTER_DENSER)],
    "glass": [_SURFACE_VERTEX, _glass_fragment_shader(GLASS_DENSER)],
}
"""Vertex and fragment shader of each drawn object, by name."""
