"""Cache of the rendered walls while only the threshold changes.

A shadow ends where a wall's maximum projection falls below the threshold. For a fixed camera each pixel has
one projection value and one softness of the shadow's edge; both are rendered once, and a new threshold then
needs a comparison instead of a rendering.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.scans.threshold import Threshold
from viewer.scene.camera import CameraPose
from viewer.scene.change_tracking import ChangeTracker
from viewer.scene.colormaps import NEGATIVE_SHADE, POSITIVE_SHADE, Colour
from viewer.scene.isosurface import Surface
from viewer.scene.render_data import BoxFrame
from viewer.scene.renderer import BoxRenderer, screen_bounds
from viewer.scene.slice_walls import WallShading
from viewer.session.view import View

Pixels = npt.NDArray[np.uint8]

_SHADES = ((-1, NEGATIVE_SHADE), (1, POSITIVE_SHADE))
_ANY = Threshold()


class WallCache:
    """Cache of the rendered walls, filled as soon as only the threshold changes between two pictures."""

    def __init__(self, renderer: BoxRenderer) -> None:
        self._renderer = renderer
        self._changes = ChangeTracker()
        self._threshold = _ANY
        self._walls: CachedWalls | None = None
        self._glass_layer: Pixels | None = None

    @property
    def is_filled(self) -> bool:
        """Whether walls are cached."""
        return self._walls is not None

    def clear(self) -> None:
        """Discard the cached walls."""
        self._changes.forget_all()
        self._walls = self._glass_layer = None

    def render(
        self,
        view: View,
        wall_content: Sequence[Any],
        surfaces: Sequence[Surface],
        frame: BoxFrame,
        pose: CameraPose,
        size: tuple[int, int],
    ) -> Pixels | None:
        """Render the surfaces over the cached walls; return None if everything must be drawn.

        Parameters
        ----------
        view
            The view.
        wall_content
            Content of the walls, apart from the view.
        surfaces
            Current surfaces.
        frame, pose, size
            The box, the camera pose, and width and height in pixels.
        """
        moved, self._threshold = view.threshold != self._threshold, view.threshold
        if self._changes.update("walls", *wall_content, *size, replace(view, threshold=_ANY)):
            self._walls = self._glass_layer = None
            return None
        if self._walls is None and not moved:
            return None
        bounds = screen_bounds(surfaces, frame, pose, *size)
        if bounds is None:
            return None
        if self._walls is None:
            self._walls = self._render_walls(pose, size)
        picture = self._walls.render([level for level, _ in self._renderer.shading.shadows])
        self._renderer.foreground.draw_over(picture, pose, bounds, self._glass_layer)
        return picture

    def _render_walls(self, pose: CameraPose, size: tuple[int, int]) -> CachedWalls:
        """Render the walls without surfaces and shadows, and then the shadow probes."""
        renderer, shading = self._renderer, self._renderer.shading
        with renderer.temporary_state():
            for body in renderer.surfaces:
                body.actor.VisibilityOff()
            glass = bool(renderer.glass.actor.GetVisibility())
            self._glass_layer = (
                renderer.foreground.render(pose, (0, 0, *size), *size).copy() if glass else None
            )
            renderer.set_shading(
                replace(shading, start_levels=WallShading.start_levels, opacities=WallShading.opacities)
            )
            with_lines = without_lines = np.ascontiguousarray(renderer.render(*size))
            if shading.has_crosshair:
                renderer.set_crosshair(None)
                without_lines = np.ascontiguousarray(renderer.render(*size))
        with renderer.temporary_state():
            for body in (*renderer.surfaces, renderer.glass):
                body.actor.VisibilityOff()
            for outline in renderer.wall_outlines.values():
                outline.actor.VisibilityOff()
            renderer.set_black_background()
            probes = [
                ShadowProbe(
                    self._render_probe(sign, False, size), self._render_probe(sign, True, size), colour
                )
                for sign, colour in _SHADES
                if sign in shading.signs
            ]
        return CachedWalls(
            with_lines, without_lines, probes, [opacity for _, opacity in shading.shadows], self._glass_layer
        )

    def _render_probe(self, sign: int, draw_width: bool, size: tuple[int, int]) -> Pixels:
        for wall in self._renderer.walls:
            wall.set_probe(sign, draw_width)
        return self._renderer.render(*size).copy()


Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Level = tuple[int, float]
"""A 16-bit threshold, and the fraction of light that its shadow removes."""

FULL = 65535
COVERED = np.float32(0.6)
_SHARP = 0.97
_SAMPLED = 16
_HELD, _FREE = np.frombuffer(bytes([255, 255, 0, 0, 0, 0, 255, 0]), dtype=np.uint32)


@dataclass(frozen=True, eq=False)
class ShadowProbe:
    """Shadow data of one sign, rendered by the wall shader in place of colours, uint8, shape (h, w, 4).

    Parameters
    ----------
    projection
        The 16-bit maximum projection, high byte in the first channel and low byte in the second. The third
        channel is the fraction of a pixel that can be in shadow, reduced by lines on the walls and the
        walls' edges.
    edge_half_width
        Half the range of thresholds over which the pixel darkens, in the same encoding. The third channel
        is the fraction covered by the slice, on which shadows are lighter.
    colour
        Colour of the shadow on a bare wall.
    """

    projection: Pixels
    edge_half_width: Pixels
    colour: Colour


class CachedWalls:
    """Cached walls for any threshold; only pixels that a new threshold can change are recomputed.

    Parameters
    ----------
    unshadowed
        The walls without shadows, uint8, shape (h, w, 4), contiguous. It is stored and modified.
    without_lines
        The same without the lines that are drawn over shadows.
    probes
        Probes of the signs that cast a shadow, in the order in which the walls draw them.
    shadow_opacities
        Fraction of light that a shadow removes, one per threshold: the shadow of an outer surface and that
        of the inner one. Where they overlap, the darker one is drawn.
    glass_layer
        Layer over ``unshadowed`` and ``without_lines`` that must also be over the shadows, premultiplied, of
        the same shape; None if there is none.
    """

    def __init__(
        self,
        unshadowed: Pixels,
        without_lines: Pixels,
        probes: Sequence[ShadowProbe],
        shadow_opacities: Sequence[float],
        glass_layer: Pixels | None = None,
    ) -> None:
        shaded = np.zeros(unshadowed.shape[0] * unshadowed.shape[1], dtype=np.bool_)
        for shadow in probes:
            limits = _as_uint32(shadow.projection)
            shaded |= ((limits & _FREE) > 0) & ((limits & _HELD) > 0)
        self._pixel_indices = np.flatnonzero(shaded)
        if probes:
            # Sorted by threshold, so that the pixels between two thresholds are contiguous in memory.
            start_channels = _as_channels(_as_uint32(probes[-1].projection)[self._pixel_indices])
            order = np.argsort(
                start_channels[:, 0].astype(np.uint16) * 256 + start_channels[:, 1], kind="stable"
            )
            self._pixel_indices = self._pixel_indices[order]
        self._picture = unshadowed
        self._unshadowed_pixels = _as_uint32(unshadowed)[self._pixel_indices]
        self._line_differences = (
            None if without_lines is unshadowed else self._subtract_without_lines(without_lines)
        )
        glass_pixels = (
            None
            if glass_layer is None
            else _as_channels(_as_uint32(glass_layer)[self._pixel_indices]).astype(np.float32)
        )
        self._shadows = tuple(_CachedShadow(shadow, self._pixel_indices, glass_pixels) for shadow in probes)
        self._shadow_opacities = tuple(shadow_opacities)
        # The walls without shadows correspond to a threshold above all values.
        self._thresholds = (2 * FULL,) * len(self._shadow_opacities)

    def render(self, threshold_fractions: Sequence[float]) -> Pixels:
        """Return the walls at thresholds (fractions of the 16-bit range): uint8, (h, w, 4), a new array."""
        thresholds = tuple(round(level * FULL) for level in threshold_fractions)
        levels = tuple(zip(thresholds, self._shadow_opacities, strict=True))
        changed = self._changed_pixels(thresholds)
        colours = _as_channels(self._unshadowed_pixels[changed]).astype(np.float32)
        for shade in self._shadows:
            shade.darken(
                colours,
                None if self._line_differences is None else self._line_differences[changed],
                levels,
                changed,
            )
        colours += np.float32(0.5)
        _as_uint32(self._picture)[self._pixel_indices[changed]] = _as_uint32(colours.astype(np.uint8))
        self._thresholds = thresholds
        return self._picture.copy()

    def _subtract_without_lines(self, without_lines: Pixels) -> Floats:
        return _as_channels(self._unshadowed_pixels).astype(np.float32) - _as_channels(
            _as_uint32(without_lines)[self._pixel_indices]
        )

    def _changed_pixels(self, thresholds: tuple[int, ...]) -> Ints:
        ranges = [sorted(pair) for pair in zip(thresholds, self._thresholds, strict=True)]
        pixel_indices = [
            shadow.changed_pixels(min(low, FULL), high) for shadow in self._shadows for low, high in ranges
        ]
        return np.concatenate(pixel_indices) if pixel_indices else np.arange(0)


class _CachedShadow:
    """Shadow of one sign on the pixels that any shadow can reach."""

    def __init__(self, shadow_probe: ShadowProbe, pixel_indices: Ints, glass_layer: Floats | None) -> None:
        self._glass_layer = glass_layer
        limits, width = (
            _as_channels(_as_uint32(probe)[pixel_indices])
            for probe in (shadow_probe.projection, shadow_probe.edge_half_width)
        )
        self._projection, self._edge_half_width = (
            _decode_16_bit(limits),
            np.maximum(_decode_16_bit(width), np.float32(0.5)),
        )
        self._max_coverage = limits[:, 2] * np.float32(1.0 / 255.0)
        self._brightness = np.float32(255.0) + COVERED * width[:, 2]
        self._colour = np.array([*shadow_probe.colour, 0.0], dtype=np.float32)
        # Sorted by the threshold at which the shadow ends; those with soft edges are kept separately.
        ends = np.minimum(np.ceil(self._projection + self._edge_half_width), FULL).astype(np.uint16)
        softest = (
            np.float32(np.quantile(self._edge_half_width[::_SAMPLED], _SHARP))
            if len(pixel_indices)
            else np.float32(0)
        )
        sharp = self._edge_half_width <= softest
        order = np.flatnonzero(sharp)
        order = order[np.argsort(ends[order], kind="stable")]
        self._sharp_pixels, self._end_thresholds, self._soft_pixels = (
            order,
            ends[order],
            np.flatnonzero(~sharp),
        )
        self._edge_margin = int(np.ceil(2.0 * softest)) + 1

    def changed_pixels(self, low: int, high: int) -> Ints:
        """Return the pixels that may differ between two thresholds."""
        limits = np.array((low, min(high + self._edge_margin, FULL)), dtype=np.uint16)
        start = int(self._end_thresholds.searchsorted(limits[0], "left"))
        end = int(self._end_thresholds.searchsorted(limits[1], "right"))
        return np.concatenate([self._sharp_pixels[start:end], self._soft_pixels])

    def darken(
        self, pixels: Floats, line_differences: Floats | None, levels: Sequence[Level], indices: Ints
    ) -> None:
        """Darken pixels (n, 4) in place; ``line_differences``: how much lines over the shadow change them."""
        limits, width = self._projection[indices], 2.0 * self._edge_half_width[indices]
        coverage = np.zeros(len(indices), dtype=np.float32)
        for threshold, dark in levels:
            darkening = np.clip((limits - threshold) / width + np.float32(0.5), 0.0, 1.0)
            np.maximum(coverage, darkening * np.float32(dark), out=coverage)
        coverage *= self._max_coverage[indices]
        shadow_colour = self._brightness[indices][:, None] * self._colour
        if self._glass_layer is not None:
            glass = self._glass_layer[indices]
            shadow_colour *= np.float32(1.0) - glass[:, 3:] / np.float32(255.0)
            shadow_colour += glass
        shadow_colour[:, 3] = 255.0
        if line_differences is not None:
            shadow_colour += line_differences
        pixels += (shadow_colour - pixels) * coverage[:, None]


def _as_uint32(picture: Pixels) -> npt.NDArray[np.uint32]:
    """Return every pixel as one number, shape (n,): a view."""
    return picture.view(np.uint32).reshape(-1)


def _as_channels(pixels: npt.NDArray[np.uint32]) -> Pixels:
    return pixels.view(np.uint8).reshape(-1, 4)


def _decode_16_bit(pixels: Pixels) -> Floats:
    return pixels[:, 0] * np.float32(256.0) + pixels[:, 1]
