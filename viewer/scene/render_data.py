"""Render data of scans and maps: arrays prepared on a background thread, so that drawing is fast."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from viewer.scans.constant_map import describe_constant, describe_no_values
from viewer.scans.display_range import display_range
from viewer.scans.foreground import foreground_mask
from viewer.scans.grid import Grid
from viewer.scans.input_shares import InputShare, input_shares
from viewer.scans.map import Map
from viewer.scans.multichannel_scan import image_on_scan
from viewer.scans.resample import resample
from viewer.scans.scan import Scan
from viewer.scans.smoothing import gaussian_smooth
from viewer.scans.threshold import SortedValues
from viewer.scene.bricked_volume import BrickedVolume
from viewer.scene.slice_colormapping import to_grey
from viewer.session.view import Sign

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]
Shadows = tuple[Floats, Floats, Floats]

MARGIN = 0.05
GLASS_MM = 4.0
GLASS_CLOSED = 3
FINEST_MM = 0.5
COARSE_ABOVE = 1_500_000
SLAB = 32
COVER_SIGMA, COVER_REACH = 0.7, 3.0
"""SD of the Gaussian that softens a mask, in voxels, and its truncation radius, in SDs."""


@dataclass(frozen=True)
class BoxFrame:
    """Bounding box of the scene: a range of a scan's voxels; its faces are the walls.

    ``low`` and ``high`` are the first voxel inside and the first one beyond, per axis; they may be
    outside the scan, where there is only air. The box's faces are voxel faces.
    """

    grid: Grid
    low: tuple[int, int, int]
    high: tuple[int, int, int]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of voxels along each axis of the box."""
        i, j, k = (b - a for a, b in zip(self.low, self.high, strict=True))
        return i, j, k

    @property
    def size(self) -> npt.NDArray[np.float64]:
        """Length of the box's edges in mm, shape (3,)."""
        return np.asarray(np.array(self.shape) * self.grid.spacing, dtype=np.float64)

    @property
    def faces(self) -> npt.NDArray[np.float64]:
        """Voxel coordinates of the low and the high face of each axis, shape (2, 3)."""
        return np.array([self.low, self.high], dtype=np.float64) - 0.5

    @property
    def corners(self) -> npt.NDArray[np.float64]:
        """Corners in mm, shape (8, 3); bits 2, 1, 0 of the row select low or high on axes 0, 1, 2."""
        faces = self.faces
        face_indices = np.array([[n >> 2 & 1, n >> 1 & 1, n & 1] for n in range(8)])
        return self.grid.to_world(np.take_along_axis(faces, face_indices, axis=0))

    def slice_indices(self, point: npt.ArrayLike | None) -> tuple[int, int, int]:
        """Return the slice index along each axis through a point in mm; None is the middle of the grid.

        For a point outside the box, this is the nearest slice.
        """
        voxel = self.grid.to_voxel(self.grid.centre if point is None else point)
        i, j, k = np.clip(np.round(voxel), np.array(self.low), np.array(self.high) - 1).astype(int).tolist()
        return i, j, k

    def face_position(self, axis: int, point: npt.ArrayLike) -> tuple[float, float]:
        """Return the position of a point in mm on the faces of an axis: mm along the other two axes."""
        b, c = (i for i in range(3) if i != axis)
        distances = (self.grid.to_voxel(point) - self.faces[0]) * self.grid.spacing
        return float(distances[b]), float(distances[c])


@dataclass(frozen=True, eq=False)
class ScanRenderData:
    """Scan prepared for the box.

    Parameters
    ----------
    name
        The scan's name.
    frame
        The tight box around the head or brain, with a margin.
    brightness
        uint8 brightness of every voxel, shape ``grid.shape``.
    mask_alpha
        uint8, 255 in the head or brain and 0 in the air around it, softened over a voxel.
    glass
        The head's or brain's smoothed mask on a coarse grid; the glass surface is its isosurface at 0.5.
    middle_slices
        The slices through the middle of the box, one per axis, as returned by `slice`. They are shown first
        and computed in advance, so that drawing them does not wait for the import of SciPy.
    """

    name: str
    frame: BoxFrame
    brightness: Bytes
    mask_alpha: Bytes
    glass: BrickedVolume
    middle_slices: tuple[Bytes, ...] = ()

    @property
    def grid(self) -> Grid:
        """The scan's grid."""
        return self.frame.grid

    @classmethod
    def from_scan(cls, scan: Scan, channel_name: str = "") -> ScanRenderData:
        """Prepare a scan; takes a second at 1 mm, meant for a background thread.

        The walls show ``channel_name`` of a multichannel scan; the box is that of the first channel.

        Raises
        ------
        ScanError
            The scan has no such image.
        """
        from concurrent.futures import ThreadPoolExecutor

        mask = foreground_mask(scan.data)
        # Nearly all of the time is spent in NumPy and SciPy, which release the GIL.
        with ThreadPoolExecutor(2) as pool:
            mask_alpha, glass = pool.submit(_to_mask_alpha, mask), pool.submit(_glass_volume, mask, scan.grid)
            render_data = cls(
                name=scan.name,
                frame=_box_frame(scan.grid, mask),
                brightness=_to_brightness(scan.data, mask),
                mask_alpha=mask_alpha.result(),
                glass=glass.result(),
            )
        shown_image = image_on_scan(scan, channel_name)
        return (
            render_data.with_middle_slices() if shown_image is scan else render_data.with_image(shown_image)
        )

    def with_image(self, image: Scan) -> ScanRenderData:
        """Return the same box with another image, on the scan's grid, on its walls."""
        mask = foreground_mask(image.data)
        brightness, mask_alpha = _to_brightness(image.data, mask), _to_mask_alpha(mask)
        render_data = replace(
            self, name=image.name, brightness=brightness, mask_alpha=mask_alpha, middle_slices=()
        )
        return render_data.with_middle_slices()

    def with_middle_slices(self) -> ScanRenderData:
        """Return a copy with the slices through the middle of the box."""
        indices = self.frame.slice_indices(None)
        return replace(
            self, middle_slices=tuple(self.slice(axis, index) for axis, index in enumerate(indices))
        )

    def slice(self, axis: int, index: int) -> Bytes:
        """Return brightness and mask of one slice over the face, (n, m, 2); air outside the scan."""
        if self.middle_slices and index == self.frame.slice_indices(None)[axis]:
            return self.middle_slices[axis]
        b, c = (i for i in range(3) if i != axis)
        low, shape = self.frame.low, self.grid.shape
        pixels = np.zeros((self.frame.shape[b], self.frame.shape[c], 2), dtype=np.uint8)
        if not 0 <= index < shape[axis]:
            return pixels
        source_slices, target_slices = [], []
        for i in (b, c):
            start, end = max(low[i], 0), min(self.frame.high[i], shape[i])
            source_slices.append(slice(start, end))
            target_slices.append(slice(start - low[i], end - low[i]))
        for n, source in enumerate((self.brightness, self.mask_alpha)):
            pixels[target_slices[0], target_slices[1], n] = np.take(source, index, axis=axis)[
                source_slices[0], source_slices[1]
            ]
        _fill_holes(pixels[:, :, 1])
        return pixels


@dataclass(frozen=True, eq=False)
class MapRenderData:
    """Map prepared for the box.

    Parameters
    ----------
    name
        The map's name.
    signed
        Whether it has negative values.
    volume
        The values, ready for isosurface extraction.
    coarse
        The same at half resolution, for extraction while a threshold is dragged; None if the map is small.
    shadows
        For each axis of the box, the maximum projections of the positive and the negative part along that
        axis, float32, shape (n, m, 2), drawn on the wall perpendicular to it.
    sorted_values
        The values in order, per sign, for thresholds.
    frame, smoothing
        The box, and the smoothing in mm.
    unit
        Unit of the values, if known.
    shares
        Share of |relevance| of each input, if the network has several.
    opacity
        Opacity of every voxel by its certainty; None if the map has no standard deviation.
    no_values_reasons
        For each sign, why there are no values, such as "is zero everywhere"; empty if there are some.
    constant_note
        Note that all values are the same and nonzero; empty if they differ.
    """

    name: str
    signed: bool
    volume: BrickedVolume
    coarse: BrickedVolume | None
    shadows: Shadows
    sorted_values: Mapping[Sign, SortedValues]
    frame: BoxFrame
    smoothing: float = 0.0
    unit: str = ""
    shares: tuple[InputShare, ...] = ()
    opacity: Floats | None = None
    no_values_reasons: Mapping[Sign, str] = field(default_factory=dict)
    constant_note: str = ""

    @property
    def caption(self) -> str:
        """The map's name, and the unit of its values if known."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name

    @classmethod
    def from_map(cls, saliency_map: Map, scan_data: ScanRenderData, smoothing: float = 0.0) -> MapRenderData:
        """Prepare a map over a scan; meant for a background thread.

        Parameters
        ----------
        saliency_map
            The map, on any grid in world space. Non-finite voxels count as zero.
        scan_data
            The scan in whose box it is shown.
        smoothing
            Full width at half maximum, in mm, of a Gaussian applied to the values before anything else;
            0 for none.

        Raises
        ------
        ViewerError
            The map has no grid and cannot be placed.
        """
        from viewer.errors import ViewerError
        from viewer.scene.certainty import certainty_opacity

        if saliency_map.grid is None or saliency_map.data.ndim != 3:
            raise ViewerError(
                saliency_map.name, "has no 3D spatial grid", "only maps of 3D scans are shown in the box"
            )
        values = gaussian_smooth(saliency_map.data, saliency_map.grid, smoothing)
        signed = bool((values < 0).any())
        volume = BrickedVolume.from_values(values, saliency_map.grid)
        all_values = SortedValues(values)
        sorted_values = {Sign.BOTH: all_values, Sign.POSITIVE: all_values, Sign.NEGATIVE: all_values}
        sorted_values[Sign.NEGATIVE] = SortedValues(values[values < 0], -1)
        if signed:
            sorted_values[Sign.POSITIVE] = SortedValues(values[values > 0], 1)
        return cls(
            name=saliency_map.name,
            signed=signed,
            volume=volume,
            coarse=volume.downsampled() if values.size > COARSE_ABOVE else None,
            shadows=ShadowCaster(scan_data.frame, saliency_map.grid).cast(values),
            sorted_values=sorted_values,
            frame=scan_data.frame,
            smoothing=smoothing,
            # Values that sum to an output have the output's unit.
            unit="" if saliency_map.residual is None else "output",
            shares=input_shares(saliency_map.provenance.inputs),
            opacity=certainty_opacity(saliency_map, smoothing),
            no_values_reasons={
                sign: ""
                if values_of_sign.count
                else describe_no_values(saliency_map.data, sign.number, values)
                for sign, values_of_sign in sorted_values.items()
            },
            constant_note="" if smoothing else describe_constant(saliency_map.data),
        )

    def cast_shadows(self, values: Floats, grid: Grid) -> Shadows:
        """Return the shadows of other values of the map, such as those without its small clusters."""
        return ShadowCaster(self.frame, grid).cast(values)


class ShadowCaster:
    """Shadows of a map along the box's axes: maximum projections on the box's faces.

    If the map's axes are parallel to the scan's, projections on the map's own grid are interpolated to the
    face; otherwise the map is first resampled to the scan's frame, as a projection along an oblique axis
    cannot be corrected afterwards.
    """

    def __init__(self, frame: BoxFrame, grid: Grid) -> None:
        self.frame = frame
        self.grid = grid
        to_map = np.linalg.solve(grid.affine, frame.grid.affine)
        rotation = to_map[:3, :3]
        map_axes = np.abs(rotation).argmax(axis=0)
        leftover = np.abs(rotation).sum() - np.abs(rotation).max(axis=0).sum()
        self.is_axis_aligned = len(set(map_axes.tolist())) == 3 and leftover < 1e-3 * np.abs(rotation).max()
        map_spacing = grid.spacing[map_axes] if self.is_axis_aligned else np.full(3, grid.spacing.min())
        self.texels_per_voxel = np.maximum(
            np.round(frame.grid.spacing / np.maximum(map_spacing, FINEST_MM)), 1
        ).astype(int)
        self._map_axes = tuple(int(n) for n in map_axes)
        self._to_map = to_map

    def cast(self, values: Floats) -> Shadows:
        """Compute maximum projections of the positive and negative part, one array per axis of the box."""
        return self._cast_along_axes(values) if self.is_axis_aligned else self._cast_resampled(values)

    def _texel_positions(self, axis: int) -> npt.NDArray[np.float64]:
        """Return voxel coordinates in the scan of the face's texels along an axis."""
        count = self.frame.shape[axis] * int(self.texels_per_voxel[axis])
        positions = float(self.frame.faces[0, axis]) + (np.arange(count) + 0.5) / int(
            self.texels_per_voxel[axis]
        )
        return np.asarray(positions, dtype=np.float64)

    def _cast_along_axes(self, values: Floats) -> Shadows:
        parts: list[list[Floats]] = [[], [], []]
        for sign in (1, -1):
            for axis in range(3):
                b, c = (n for n in range(3) if n != axis)
                map_axis = self._map_axes[axis]
                projection = values.max(axis=map_axis) if sign > 0 else -values.min(axis=map_axis)
                if self._map_axes[b] > self._map_axes[c]:
                    projection = projection.T
                rows, columns = self._weights(b), self._weights(c)
                parts[axis].append(rows @ np.maximum(projection, 0) @ columns.T)
        i, j, k = (np.ascontiguousarray(np.stack(projections, axis=-1)) for projections in parts)
        return i, j, k

    def _weights(self, axis: int) -> Floats:
        map_axis = self._map_axes[axis]
        positions = self._to_map[map_axis, axis] * self._texel_positions(axis) + self._to_map[map_axis, 3]
        return linear_weights(positions, self.grid.shape[map_axis])

    def _cast_resampled(self, values: Floats) -> Shadows:
        """Resample the map to the scan's frame slab by slab, so that it is never fully in memory."""
        affine = self.frame.grid.affine @ np.diag([*(1.0 / self.texels_per_voxel), 1.0])
        affine[:3, 3] = self.frame.grid.to_world([self._texel_positions(axis)[0] for axis in range(3)])
        i, j, k = (int(n) for n in np.array(self.frame.shape) * self.texels_per_voxel)
        shadows = tuple(np.zeros((*shape, 2), dtype=np.float32) for shape in ((j, k), (i, k), (i, j)))
        for first in range(0, i, SLAB):
            end = min(first + SLAB, i)
            start = np.array(affine)
            start[:3, 3] += affine[:3, 0] * first
            slab = resample(values, self.grid, Grid((end - first, j, k), start))
            for n, signed_slab in enumerate((slab, -slab)):
                np.maximum(shadows[0][:, :, n], signed_slab.max(axis=0), out=shadows[0][:, :, n])
                np.maximum(signed_slab.max(axis=1), 0, out=shadows[1][first:end, :, n])
                np.maximum(signed_slab.max(axis=2), 0, out=shadows[2][first:end, :, n])
        return shadows[0], shadows[1], shadows[2]


def linear_weights(positions: npt.NDArray[np.float64], count: int) -> Floats:
    """Compute linear interpolation weights at fractional indices, 0 outside: (len(places), count)."""
    weights = np.maximum(1.0 - np.abs(positions[:, None] - np.arange(count)[None, :]), 0.0)
    return weights.astype(np.float32)


def _box_frame(grid: Grid, mask: npt.NDArray[np.bool_]) -> BoxFrame:
    low, high = [], []
    for axis in range(3):
        other_axes = tuple(n for n in range(3) if n != axis)
        indices = np.flatnonzero(mask.any(axis=other_axes))
        low.append(int(indices[0]))
        high.append(int(indices[-1]) + 1)
    longest = max(
        (last - first) * spacing for first, last, spacing in zip(low, high, grid.spacing, strict=True)
    )
    margin = [int(np.ceil(MARGIN * longest / spacing)) for spacing in grid.spacing]
    lows = tuple(first - added for first, added in zip(low, margin, strict=True))
    highs = tuple(last + added for last, added in zip(high, margin, strict=True))
    return BoxFrame(grid, (lows[0], lows[1], lows[2]), (highs[0], highs[1], highs[2]))


def _to_brightness(data: Floats, mask: npt.NDArray[np.bool_]) -> Bytes:
    low, high = display_range(data, mask)
    brightness = np.empty(data.shape, dtype=np.uint8)
    for plane, row in zip(data, brightness, strict=True):
        # One plane at a time fits the processor's cache.
        row[:] = to_grey(plane, low, high)
    return brightness


def _to_mask_alpha(mask: npt.NDArray[np.bool_]) -> Bytes:
    """Convert a mask to 0 to 255, softened over a voxel, so that its outline on a wall is smooth."""
    from scipy import ndimage

    bounds = []
    for axis in range(3):
        indices = np.flatnonzero(mask.any(axis=tuple(n for n in range(3) if n != axis)))
        bounds.append(slice(max(int(indices[0]) - 3, 0), int(indices[-1]) + 4))
    alpha = np.zeros(mask.shape, dtype=np.uint8)
    region = tuple(bounds)
    smoothed = ndimage.gaussian_filter(mask[region].astype(np.float32), COVER_SIGMA, truncate=COVER_REACH)
    alpha[region] = smoothed * np.float32(255.0) + np.float32(0.5)
    return alpha


def _fill_holes(alpha: Bytes) -> None:
    """Fill the holes of one slice, in place: dark regions inside a head, such as bone, are not air."""
    from scipy import ndimage

    labels, count = ndimage.label(alpha < 128)
    if count < 2:
        return
    is_hole = np.ones(count + 1, dtype=bool)
    for border in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        is_hole[border] = False
    is_hole[0] = False
    if is_hole.any():
        covered = is_hole[labels]
        alpha[covered | (ndimage.binary_dilation(covered) & (alpha >= 128))] = 255


def _glass_volume(mask: npt.NDArray[np.bool_], grid: Grid) -> BrickedVolume:
    from scipy import ndimage

    steps = np.maximum(np.round(GLASS_MM / grid.spacing), 1).astype(int)
    subsampled = np.pad(mask[:: steps[0], :: steps[1], :: steps[2]], GLASS_CLOSED)
    closed = ndimage.binary_closing(subsampled, iterations=GLASS_CLOSED)
    holes, _ = ndimage.label(~closed)
    filled = (holes != holes[0, 0, 0]).astype(np.float32)
    smooth = ndimage.gaussian_filter(filled, GLASS_MM / (grid.spacing * steps), mode="constant")
    affine = np.diag([*steps.astype(float), 1.0])
    affine[:3, 3] = -GLASS_CLOSED * steps
    return BrickedVolume.from_values(smooth, Grid(smooth.shape, grid.affine @ affine))
