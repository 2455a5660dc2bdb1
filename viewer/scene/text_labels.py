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

    ``unicode`` is True for every line of a text with non-ASCII letters, so that all lines use one font.
    """

    text: str
    x: float
    y: float
    height: float
    unicode: bool = False

    @property
    def width(self) -> float:
        """Width in pixels."""
        return text_width(self.text, self.height, self.unicode)

    def moved(self, right: float) -> TextLabel:
        """Return the label shifted to the right by ``right`` pixels."""
        return replace(self, x=self.x + right)


def text_height(width: int, height: int, smallest: float = MIN_TEXT_HEIGHT) -> float:
    """Return the text height in pixels for a picture of this size; ``smallest`` is the minimum."""
    usual = 0.0155 * min(height, width / 1.2)
    # Smaller text cannot be read; in the smallest pictures larger text would cover everything.
    return max(usual, min(smallest, height / 30, width / 30))


def text_width(text: str, height: float, unicode: bool = False) -> float:
    """Return the width of a text in pixels; for ``unicode`` see `TextLabel`."""
    return float(rasterise_text(text, _font_size(height), unicode).shape[1])


def _font_size(height: float) -> int:
    return max(round(height * 1.45), 6)


def place_orientation_labels(
    frame: BoxFrame,
    pose: CameraPose,
    high: tuple[bool, bool, bool],
    width: int,
    height: int,
    smallest: float = MIN_TEXT_HEIGHT,
    taken: tuple[Rectangle, ...] = (),
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
    high
        For every axis whether its wall is on the high face.
    width, height
        Size of the picture, in pixels.
    smallest
        Smallest readable text height, in pixels.
    taken
        Rectangles of bars: left, top, right and bottom in pixels. Letters avoid them and the nearby text.
    """
    size = text_height(width, height, smallest)
    around = [(a - 2 * size, b - 4 * size, c + 2 * size, d + 4 * size) for a, b, c, d in taken]
    codes = frame.grid.axcodes
    found: list[TextLabel] = []
    for axis in range(3):
        edges = [_edge(frame, pose, axis, free, high, width, height) for free in range(3) if free != axis]
        edges = [edge for edge in edges if np.linalg.norm(edge[1] - edge[0]) > 4 * size]
        if not edges:
            continue
        upright = codes[axis] in "SI"
        start, end, inside = max(edges, key=lambda edge: edge[:2].mean(axis=0)[0 if upright else 1])
        along = (end - start) / np.linalg.norm(end - start)
        out = np.array([along[1], -along[0]])
        if out @ (inside - start) > 0:
            out = -out
        for first, second, text in ((start, end, OPPOSITE_AXCODE[codes[axis]]), (end, start, codes[axis])):
            for inset in INSETS:
                x, y = first + inset * (second - first) + 1.5 * size * out
                covered = any(a < x < c and b < y < d for a, b, c, d in around)
                if not covered and all(np.hypot(x - other.x, y - other.y) > 1.9 * size for other in found):
                    break
            found.append(TextLabel(text, float(x), float(y), size))
    return tuple(found)


def _edge(
    frame: BoxFrame,
    pose: CameraPose,
    axis: int,
    free: int,
    high: tuple[bool, bool, bool],
    width: int,
    height: int,
) -> npt.NDArray[np.float64]:
    """Return the pixels of both ends of an outer edge along ``axis``, low first, and of its wall's centre.

    The edge is on the side of ``free`` that has no wall.
    """
    points = np.zeros((3, 3))
    for other in range(3):
        points[:, other] = frame.faces[int(high[other]) ^ int(other == free), other]
    points[:2, axis] = frame.faces[:, axis]
    for other in (axis, free):
        points[2, other] = frame.faces[:, other].mean()
    return pose.project(frame.grid.to_world(points), width, height)


def draw_labels(picture: npt.NDArray[np.uint8], letters: tuple[TextLabel, ...], colour: Colour) -> None:
    """Draw labels into an RGBA picture, in place."""
    ink = np.array([round(255 * part) for part in colour] + [255], dtype=np.float32)
    for letter in letters:
        shape = rasterise_text(letter.text, _font_size(letter.height), letter.unicode)
        top = round(letter.y - shape.shape[0] / 2)
        left = round(letter.x - shape.shape[1] / 2)
        rows = slice(max(top, 0), min(top + shape.shape[0], picture.shape[0]))
        columns = slice(max(left, 0), min(left + shape.shape[1], picture.shape[1]))
        if rows.start >= rows.stop or columns.start >= columns.stop:
            continue
        share = shape[
            rows.start - top : rows.stop - top, columns.start - left : columns.stop - left, None
        ].astype(np.float32)
        under = picture[rows, columns].astype(np.float32)
        picture[rows, columns] = np.round(under + share * (ink - under)).astype(np.uint8)


def label_sprites(
    letters: tuple[TextLabel, ...], colour: Colour, larger: float
) -> tuple[tuple[npt.NDArray[np.uint8], int, int], ...]:
    """Return labels as sprites for a picture ``larger`` times as large: RGBA (h, w, 4), left and top."""
    found = []
    for letter in letters:
        shape = rasterise_text(letter.text, _font_size(letter.height * larger), letter.unicode)
        picture = np.empty((*shape.shape, 4), dtype=np.uint8)
        picture[:, :, :3] = [round(255 * part) for part in colour]
        picture[:, :, 3] = np.round(255 * shape)
        left, top = letter.x * larger - shape.shape[1] / 2, letter.y * larger - shape.shape[0] / 2
        found.append((picture, round(left), round(top)))
    return tuple(found)


@lru_cache(maxsize=256)
def rasterise_text(text: str, size: int, unicode: bool = False) -> npt.NDArray[np.float32]:
    """Rasterise a text: coverage of each pixel, 0 to 1, top row first.

    Parameters
    ----------
    text
        One line.
    size
        Font size in pixels.
    unicode
        Use the Unicode font even if the text is ASCII.
    """
    style = vtkTextProperty()
    style.SetBold(True)
    font = _unicode_font() if unicode or not text.isascii() else None
    if font is None:
        style.SetFontFamilyToArial()
    else:
        style.SetFontFamily(_FROM_FILE)
        style.SetFontFile(str(font))
    style.SetFontSize(size)
    style.SetColor(1.0, 1.0, 1.0)
    drawn = vtkImageData()
    vtkTextRenderer.GetInstance().RenderString(style, text, drawn, [0, 0], 72)
    columns, rows, _ = drawn.GetDimensions()
    cover = to_numpy(drawn.GetPointData().GetScalars()).reshape(rows, columns, -1)[::-1, :, 3]
    inked = np.argwhere(cover > 0)
    if not len(inked):
        return np.zeros((1, 1), dtype=np.float32)
    (top, left), (bottom, right) = inked.min(axis=0), inked.max(axis=0) + 1
    found = cover[top:bottom, left:right].astype(np.float32) / 255.0
    found.setflags(write=False)
    return found


def _unicode_font() -> Path | None:
    """Return the path of DejaVu Sans from matplotlib: VTK's built-in Arial has only Latin letters."""
    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans-Bold.ttf"
    return path if path.is_file() else None
