"""Text labels: orientation letters L R A P S I at the walls, drawn as a flat overlay."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
from vtkmodules import vtkRenderingFreeType  # noqa: F401  registers the text renderer
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkRenderingCore import vtkTextProperty, vtkTextRenderer

from viewer.scans.axcodes import OPPOSITE_AXCODE
from viewer.scene.camera import CameraPose
from viewer.scene.colormaps import Colour
from viewer.scene.render_data import BoxFrame
from viewer.scene.vtk_arrays import to_numpy

MIN_TEXT_HEIGHT = 6.0
_FROM_FILE = 4
"""VTK_FONT_FILE, which VTK's Python module does not define."""
INSETS = (0.055, 0.12, 0.2, 0.3, 0.4)

Rectangle = tuple[float, float, float, float]


@dataclass(frozen=True)
class TextLabel:
    """Text label: its centre from the upper left and the height of a capital, in pixels.

    ``use_unicode_font`` is True for every line of a text with non-ASCII letters, so that all use one font.
    """

    text: str
    x: float
    y: float
    height: float
    use_unicode_font: bool = False

    @property
    def width(self) -> float:
        """Width in pixels."""
        return text_width(self.text, self.height, self.use_unicode_font)

    def shifted(self, offset_x: float) -> TextLabel:
        """Return the label shifted to the right by ``offset_x`` pixels."""
        return replace(self, x=self.x + offset_x)


def text_height(width: int, height: int, min_height: float = MIN_TEXT_HEIGHT) -> float:
    """Return the text height in pixels for a picture of this size; ``min_height`` is the minimum."""
    proportional = 0.0155 * min(height, width / 1.2)
    # Smaller text cannot be read; in the smallest pictures larger text would cover everything.
    return max(proportional, min(min_height, height / 30, width / 30))


def text_width(text: str, height: float, use_unicode_font: bool = False) -> float:
    """Return the width of a text in pixels; for ``use_unicode_font`` see `TextLabel`."""
    return float(rasterise_text(text, _font_size(height), use_unicode_font).shape[1])


def _font_size(height: float) -> int:
    return max(round(height * 1.45), 6)


def place_orientation_labels(
    frame: BoxFrame,
    pose: CameraPose,
    on_high_face: tuple[bool, bool, bool],
    width: int,
    height: int,
    min_text_height: float = MIN_TEXT_HEIGHT,
    occupied: tuple[Rectangle, ...] = (),
) -> tuple[TextLabel, ...]:
    """Place two letters per axis of the box, beside an outer edge of the walls.

    Every axis has two edges on the outline of the three walls: the letters are at the lower one for
    the horizontal axes and at the one further to the right for the vertical axis, slightly outside.

    Parameters
    ----------
    frame
        The box.
    pose
        Camera pose.
    on_high_face
        For every axis whether its wall is on the high face.
    width, height
        Size of the picture, in pixels.
    min_text_height
        Smallest readable text height, in pixels.
    occupied
        Rectangles of bars: left, top, right and bottom in pixels. Letters avoid them and the nearby text.
    """
    size = text_height(width, height, min_text_height)
    blocked = [
        (left - 2 * size, top - 4 * size, right + 2 * size, bottom + 4 * size)
        for left, top, right, bottom in occupied
    ]
    codes = frame.grid.axcodes
    labels: list[TextLabel] = []
    for axis in range(3):
        edges = [
            _edge(frame, pose, axis, free, on_high_face, width, height) for free in range(3) if free != axis
        ]
        edges = [edge for edge in edges if np.linalg.norm(edge[1] - edge[0]) > 4 * size]
        if not edges:
            continue
        upright = codes[axis] in "SI"
        start, end, inside = max(edges, key=lambda edge: edge[:2].mean(axis=0)[0 if upright else 1])
        direction = (end - start) / np.linalg.norm(end - start)
        outward = np.array([direction[1], -direction[0]])
        if outward @ (inside - start) > 0:
            outward = -outward
        for first, second, text in ((start, end, OPPOSITE_AXCODE[codes[axis]]), (end, start, codes[axis])):
            for inset in INSETS:
                x, y = first + inset * (second - first) + 1.5 * size * outward
                is_blocked = any(
                    left < x < right and top < y < bottom for left, top, right, bottom in blocked
                )
                if not is_blocked and all(
                    np.hypot(x - other.x, y - other.y) > 1.9 * size for other in labels
                ):
                    break
            labels.append(TextLabel(text, float(x), float(y), size))
    return tuple(labels)


def _edge(
    frame: BoxFrame,
    pose: CameraPose,
    axis: int,
    perpendicular_axis: int,
    on_high_face: tuple[bool, bool, bool],
    width: int,
    height: int,
) -> npt.NDArray[np.float64]:
    """Return the pixels of both ends of an outer edge along ``axis``, low first, and of its wall's centre.

    The edge is on the side of ``perpendicular_axis`` that has no wall.
    """
    points = np.zeros((3, 3))
    for n in range(3):
        points[:, n] = frame.faces[int(on_high_face[n]) ^ int(n == perpendicular_axis), n]
    points[:2, axis] = frame.faces[:, axis]
    for n in (axis, perpendicular_axis):
        points[2, n] = frame.faces[:, n].mean()
    return pose.project(frame.grid.to_world(points), width, height)


def draw_labels(picture: npt.NDArray[np.uint8], labels: tuple[TextLabel, ...], colour: Colour) -> None:
    """Draw labels into an RGBA picture, in place."""
    rgba = np.array([round(255 * component) for component in colour] + [255], dtype=np.float32)
    for label in labels:
        shape = rasterise_text(label.text, _font_size(label.height), label.use_unicode_font)
        top = round(label.y - shape.shape[0] / 2)
        left = round(label.x - shape.shape[1] / 2)
        rows = slice(max(top, 0), min(top + shape.shape[0], picture.shape[0]))
        columns = slice(max(left, 0), min(left + shape.shape[1], picture.shape[1]))
        if rows.start >= rows.stop or columns.start >= columns.stop:
            continue
        coverage = shape[
            rows.start - top : rows.stop - top, columns.start - left : columns.stop - left, None
        ].astype(np.float32)
        background = picture[rows, columns].astype(np.float32)
        picture[rows, columns] = np.round(background + coverage * (rgba - background)).astype(np.uint8)


def label_sprites(
    labels: tuple[TextLabel, ...], colour: Colour, pixel_ratio: float
) -> tuple[tuple[npt.NDArray[np.uint8], int, int], ...]:
    """Return labels as sprites for a picture ``pixel_ratio`` times as large: RGBA (h, w, 4), left and top."""
    sprites = []
    for label in labels:
        shape = rasterise_text(label.text, _font_size(label.height * pixel_ratio), label.use_unicode_font)
        sprite = np.empty((*shape.shape, 4), dtype=np.uint8)
        sprite[:, :, :3] = [round(255 * component) for component in colour]
        sprite[:, :, 3] = np.round(255 * shape)
        left, top = label.x * pixel_ratio - shape.shape[1] / 2, label.y * pixel_ratio - shape.shape[0] / 2
        sprites.append((sprite, round(left), round(top)))
    return tuple(sprites)


@lru_cache(maxsize=256)
def rasterise_text(text: str, font_size: int, use_unicode_font: bool = False) -> npt.NDArray[np.float32]:
    """Rasterise a text: coverage of each pixel, 0 to 1, top row first.

    Parameters
    ----------
    text
        One line.
    font_size
        Font size in pixels.
    use_unicode_font
        Use the Unicode font even if the text is ASCII.
    """
    text_property = vtkTextProperty()
    text_property.SetBold(True)
    font = _unicode_font() if use_unicode_font or not text.isascii() else None
    if font is None:
        text_property.SetFontFamilyToArial()
    else:
        text_property.SetFontFamily(_FROM_FILE)
        text_property.SetFontFile(str(font))
    text_property.SetFontSize(font_size)
    text_property.SetColor(1.0, 1.0, 1.0)
    rendered = vtkImageData()
    vtkTextRenderer.GetInstance().RenderString(text_property, text, rendered, [0, 0], 72)
    columns, rows, _ = rendered.GetDimensions()
    coverage = to_numpy(rendered.GetPointData().GetScalars()).reshape(rows, columns, -1)[::-1, :, 3]
    covered = np.argwhere(coverage > 0)
    if not len(covered):
        return np.zeros((1, 1), dtype=np.float32)
    (top, left), (bottom, right) = covered.min(axis=0), covered.max(axis=0) + 1
    cropped = coverage[top:bottom, left:right].astype(np.float32) / 255.0
    cropped.setflags(write=False)
    return cropped


def _unicode_font() -> Path | None:
    """Return the path of DejaVu Sans from matplotlib: VTK's built-in Arial has only Latin letters."""
    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans-Bold.ttf"
    return path if path.is_file() else None
