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

    def __init__(self, stage: BoxRenderer) -> None:
        self._renderer = stage
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
        content: Sequence[Any],
        bodies: Sequence[Surface],
        frame: BoxFrame,
        pose: CameraPose,
        size: tuple[int, int],
    ) -> Pixels | None:
        """Render the surfaces over the cached walls; return None if everything must be drawn.

        Parameters
        ----------
        view
            The view.
        content
            Content of the walls, apart from the view.
        bodies
            Current surfaces.
        frame, pose, size
            The box, the camera pose, and width and height in pixels.
        """
        moved, self._threshold = view.threshold != self._threshold, view.threshold
        if self._changes.update("walls", *content, *size, replace(view, threshold=_ANY)):
            self._walls = self._glass_layer = None
            return None
        if self._walls is None and not moved:
            return None
        bounds = screen_bounds(bodies, frame, pose, *size)
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
            renderer.set_shading(replace(shading, at=WallShading.at, share=WallShading.share))
            with_lines = without_lines = np.ascontiguousarray(renderer.render(*size))
            if shading.cross:
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

    def _render_probe(self, sign: int, width: bool, size: tuple[int, int]) -> Pixels:
        for wall in self._renderer.walls:
            wall.set_probe(sign, width)
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
    held
        The 16-bit maximum projection, high byte in the first channel and low byte in the second. The third
        channel is the fraction of a pixel that can be in shadow, reduced by lines on the walls and the
        walls' edges.
    width
        Half the range of thresholds over which the pixel darkens, in the same encoding. The third channel
        is the fraction covered by the slice, on which shadows are lighter.
    colour
        Colour of the shadow on a bare wall.
    """

    held: Pixels
    width: Pixels
    colour: Colour


class CachedWalls:
    """Cached walls for any threshold; only pixels that a new threshold can change are recomputed.

    Parameters
    ----------
    lit
        The walls without shadows, uint8, shape (h, w, 4), contiguous. It is stored and modified.
    bare
        The same without the lines that are drawn over shadows.
    shadows
        Probes of the signs that cast a shadow, in the order in which the walls draw them.
    dark
        Fraction of light that a shadow removes, one per threshold: the shadow of an outer surface and that
        of the inner one. Where they overlap, the darker one is drawn.
    glass_layer
        Layer over ``lit`` and ``bare`` that must also be over the shadows, premultiplied, of the same shape;
        None if there is none.
    """

    def __init__(
        self,
        lit: Pixels,
        bare: Pixels,
        shadows: Sequence[ShadowProbe],
        dark: Sequence[float],
        glass_layer: Pixels | None = None,
    ) -> None:
        shaded = np.zeros(lit.shape[0] * lit.shape[1], dtype=np.bool_)
        for shadow in shadows:
            limits = _pixels(shadow.held)
            shaded |= ((limits & _FREE) > 0) & ((limits & _HELD) > 0)
        self._places = np.flatnonzero(shaded)
        if shadows:
            # Sorted by threshold, so that the pixels between two thresholds are contiguous in memory.
            start_channels = _channels(_pixels(shadows[-1].held)[self._places])
            order = np.argsort(
                start_channels[:, 0].astype(np.uint16) * 256 + start_channels[:, 1], kind="stable"
            )
            self._places = self._places[order]
        self._picture = lit
        self._lit = _pixels(lit)[self._places]
        self._lines = None if bare is lit else self._over(bare)
        glass_pixels = (
            None if glass_layer is None else _channels(_pixels(glass_layer)[self._places]).astype(np.float32)
        )
        self._shades = tuple(_CachedShadow(shadow, self._places, glass_pixels) for shadow in shadows)
        self._dark = tuple(dark)
        # The walls without shadows correspond to a threshold above all values.
        self._thresholds = (2 * FULL,) * len(self._dark)

    def render(self, shares: Sequence[float]) -> Pixels:
        """Return the walls at thresholds (fractions of the 16-bit range): uint8, (h, w, 4), a new array."""
        thresholds = tuple(round(level * FULL) for level in shares)
        levels = tuple(zip(thresholds, self._dark, strict=True))
        changed = self._changed(thresholds)
        colours = _channels(self._lit[changed]).astype(np.float32)
        for shade in self._shades:
            shade.cast(colours, None if self._lines is None else self._lines[changed], levels, changed)
        colours += np.float32(0.5)
        _pixels(self._picture)[self._places[changed]] = _pixels(colours.astype(np.uint8))
        self._thresholds = thresholds
        return self._picture.copy()

    def _over(self, bare: Pixels) -> Floats:
        return _channels(self._lit).astype(np.float32) - _channels(_pixels(bare)[self._places])

    def _changed(self, thresholds: tuple[int, ...]) -> Ints:
        ranges = [sorted(pair) for pair in zip(thresholds, self._thresholds, strict=True)]
        pixel_indices = [
            shadow.changed(min(low, FULL), high) for shadow in self._shades for low, high in ranges
        ]
        return np.concatenate(pixel_indices) if pixel_indices else np.arange(0)


class _CachedShadow:
    """Shadow of one sign on the pixels that any shadow can reach."""

    def __init__(self, shadow: ShadowProbe, places: Ints, glass_layer: Floats | None) -> None:
        self._glass_layer = glass_layer
        limits, width = (_channels(_pixels(probe)[places]) for probe in (shadow.held, shadow.width))
        self._held, self._width = _sixteen(limits), np.maximum(_sixteen(width), np.float32(0.5))
        self._free = limits[:, 2] * np.float32(1.0 / 255.0)
        self._lighter = np.float32(255.0) + COVERED * width[:, 2]
        self._colour = np.array([*shadow.colour, 0.0], dtype=np.float32)
        # Sorted by the threshold at which the shadow ends; those with soft edges are kept separately.
        ends = np.minimum(np.ceil(self._held + self._width), FULL).astype(np.uint16)
        softest = np.float32(np.quantile(self._width[::_SAMPLED], _SHARP)) if len(places) else np.float32(0)
        sharp = self._width <= softest
        order = np.flatnonzero(sharp)
        order = order[np.argsort(ends[order], kind="stable")]
        self._order, self._ends, self._soft = order, ends[order], np.flatnonzero(~sharp)
        self._span = int(np.ceil(2.0 * softest)) + 1

    def changed(self, low: int, high: int) -> Ints:
        """Return the pixels that may differ between two thresholds."""
        limits = np.array((low, min(high + self._span, FULL)), dtype=np.uint16)
        start = int(self._ends.searchsorted(limits[0], "left"))
        end = int(self._ends.searchsorted(limits[1], "right"))
        return np.concatenate([self._order[start:end], self._soft])

    def cast(self, pixels: Floats, lines: Floats | None, levels: Sequence[Level], which: Ints) -> None:
        """Darken pixels in place, shape (n, 4); ``lines`` is how much lines over the shadow change them."""
        limits, width = self._held[which], 2.0 * self._width[which]
        coverage = np.zeros(len(which), dtype=np.float32)
        for threshold, dark in levels:
            darkening = np.clip((limits - threshold) / width + np.float32(0.5), 0.0, 1.0)
            np.maximum(coverage, darkening * np.float32(dark), out=coverage)
        coverage *= self._free[which]
        shadow_colour = self._lighter[which][:, None] * self._colour
        if self._glass_layer is not None:
            glass = self._glass_layer[which]
            shadow_colour *= np.float32(1.0) - glass[:, 3:] / np.float32(255.0)
            shadow_colour += glass
        shadow_colour[:, 3] = 255.0
        if lines is not None:
            shadow_colour += lines
        pixels += (shadow_colour - pixels) * coverage[:, None]


def _pixels(picture: Pixels) -> npt.NDArray[np.uint32]:
    """Return every pixel as one number, shape (n,): a view."""
    return picture.view(np.uint32).reshape(-1)


def _channels(pixels: npt.NDArray[np.uint32]) -> Pixels:
    return pixels.view(np.uint8).reshape(-1, 4)


def _sixteen(pixels: Pixels) -> Floats:
    return pixels[:, 0] * np.float32(256.0) + pixels[:, 1]
