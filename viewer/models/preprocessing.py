"""Preprocessing of a scan: resampling to a network's grid and intensity scaling."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from viewer.errors import ModelError
from viewer.models.input_spec import InputSpec, IntensityScaling, IntensitySpec, Placement
from viewer.models.model_card import Card
from viewer.models.nonzero_crop import NonzeroCrop, crop_to_nonzero
from viewer.models.tensor_axes import tensor_axes
from viewer.preparation.prepared import Prepared
from viewer.scans.grid import Grid
from viewer.scans.multichannel_scan import MultichannelScan
from viewer.scans.scan import Scan
from viewer.scans.template_transform import TemplateTransform

if TYPE_CHECKING:
    import torch

    from viewer.models.covariate import Covariate

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class PreparedInput:
    """Scan as the network's input, with the mapping back to the scan.

    ``tensor`` has the shape (1, C, spatial...) on the CPU, or (slices, C, X, Y) for several slices of a 2D
    network. ``grid`` gives the position of its voxels in mm, in the tensor's own axis order with the slices
    last, so that the affine suffices to resample a map on it to the scan. ``channels`` names the images of
    the scan, if there are several. ``covariates`` are the numbers in the tensor's last channels.
    ``to_template`` is the transform from the scan's mm to the template's, if the scan was registered;
    ``grid`` is then in the space of the original scan, and `template_grid` in that of the template.
    """

    tensor: torch.Tensor
    grid: Grid
    notes: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    covariates: tuple[float, ...] = ()
    to_template: TemplateTransform | None = None

    @property
    def template_grid(self) -> Grid:
        """The grid in the template's space; equal to ``grid`` if the scan was not registered."""
        return self.grid if self.to_template is None else self.to_template.grid_to_template(self.grid)

    def in_template(self) -> PreparedInput:
        """Return the same input as that of the registered scan, in the template's mm."""
        return replace(self, grid=self.template_grid, to_template=None)

    @property
    def image_channels(self) -> int:
        """Number of channels of the tensor that are images; the rest hold the covariates."""
        return self.tensor.shape[1] - len(self.covariates)

    @property
    def image(self) -> torch.Tensor:
        """The tensor without the covariates."""
        return self.tensor[:, : self.image_channels]

    def without_covariates(self) -> PreparedInput:
        """Return only the images, for a network with fixed covariates."""
        return replace(self, tensor=self.image, covariates=())

    @property
    def slices(self) -> int:
        """Number of slices of the scan that the network is run on; 1 for a volume or a single slice."""
        return len(self.tensor)

    def select_slice(self, number: int | None = None) -> PreparedInput:
        """Return one slice, by default the middle one; the same input if there is only one."""
        if self.slices == 1:
            return self
        number = self.slices // 2 if number is None else number
        affine = self.grid.affine.copy()
        affine[:3, 3] = self.grid.to_world((0, 0, number))
        return replace(
            self, tensor=self.tensor[number : number + 1], grid=Grid((*self.grid.shape[:2], 1), affine)
        )

    def to_volume(self, values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return values of the tensor's shape on the grid.

        The images' channels are summed; slices are stacked along the third axis.
        """
        total = np.asarray(values[:, : self.image_channels].sum(axis=1))
        return (np.moveaxis(total, 0, -1) if self.slices > 1 else total).reshape(self.grid.shape)

    def resample_to_scan(self, values: npt.NDArray[np.float32], scan: Scan) -> npt.NDArray[np.float32]:
        """Resample values on the network's grid to the scan's grid (trilinear); zero outside.

        A single slice of a 2D network fills only the layer of voxels that it was taken from.
        """
        from viewer.scans.resample import resample

        return resample(values.reshape(self.grid.shape), self.grid, scan.grid)


def prepare(scan: Scan | Prepared, card: Card, grid: Grid | None = None) -> PreparedInput:
    """Return the scan as the network's input, float32 (1, channels, spatial...), and its grid.

    For a 2D network whose card specifies several slices, the shape is (slices, channels, X, Y). ``grid``
    replaces the one that the card specifies for this scan, for example by that of another scan; for a
    registered scan, it is in the template's mm.

    For a prepared scan, the input equals that of the file which the command ``prepare`` writes, as training
    scans were also registered first and then resampled to the network's grid. Only the returned ``grid`` is
    moved to the original scan, so that maps are transformed by the exact inverse and interpolated once.

    Raises
    ------
    ModelError
        The card has no input specification, the scan does not overlap the grid, or it has no contrast.
    """
    import torch

    spec = card.input
    if spec is None:
        raise ModelError(
            card.name,
            "its card lacks 'input', so no scan can be prepared for it",
            "describe the input in the card",
        )
    prepared = scan if not isinstance(scan, Scan) else Prepared(scan, scan)
    prepared_scan = prepared.scan
    images, notes = assign_channel_images(prepared_scan, card)
    crop = crop_to_nonzero(prepared_scan, images, spec) if spec.placement is Placement.NONZERO else None
    template_grid = grid or (make_network_grid(spec, prepared_scan) if crop is None else crop.grid)
    grid = prepared.grid_to_original(template_grid)
    check_memory(grid.shape, spec.channels, card.name)
    arrays: list[Floats] = []
    for index, image in enumerate(images):
        rule = spec.channel_intensity(index)
        if index and image is images[0] and rule == spec.channel_intensity(0):
            arrays.append(arrays[0])
        elif crop is None:
            arrays.append(_prepare_image(image, template_grid, spec, rule, card))
        else:
            arrays.append(_prepare_crop(crop, index, template_grid, rule, image.name))
    tensor = torch.from_numpy(np.stack(arrays, axis=1))
    channel_names = (
        tuple(spec.channel_names or prepared_scan.channels)
        if isinstance(prepared_scan, MultichannelScan)
        else ()
    )
    return PreparedInput(
        tensor,
        grid,
        (*notes, *_describe_outside(prepared_scan, template_grid, spec), *prepared.notes),
        channel_names if len(channel_names) > 1 else (),
        to_template=prepared.template_transform,
    )


def _prepare_image(scan: Scan, grid: Grid, spec: InputSpec, intensity: IntensitySpec, card: Card) -> Floats:
    """Return one image on the network's grid, scaled: (1, spatial...), or slices first."""
    values = _resample(scan, grid, spec)
    if not values.any() and scan.data.any():
        remedy = "bring it to the network's template space first"
        raise ModelError(scan.name, f"does not reach the grid of {card.name}", remedy)
    if spec.dimensions == 2:
        return _scale_slices(values, scan, intensity)
    return scale_intensities(values, scan.data, intensity, scan.name)[None]


def _prepare_crop(
    crop: NonzeroCrop, index: int, grid: Grid, intensity: IntensitySpec, subject: str
) -> Floats:
    """Return one image of a crop, scaled, on the crop's grid or interpolated on another: (1, spatial...)."""
    from viewer.scans.resample import resample

    values = crop.images[index]
    scaled = crop.resample_to_grid(scale_intensities(values, values, intensity, subject, crop.mask))
    return (scaled if grid is crop.grid else resample(scaled, crop.grid, grid))[None]


def assign_channel_images(scan: Scan, card: Card) -> tuple[tuple[Scan, ...], tuple[str, ...]]:
    """Return the image of each channel of a network, in its order, and notes on how they were assigned.

    Raises
    ------
    ModelError
        An image is missing or unknown to the network; the message lists the names of its channels.
    """
    spec = card.input
    channels = 1 if spec is None else spec.channels
    names = () if spec is None else spec.channel_names
    if not isinstance(scan, MultichannelScan) or len(scan.channels) == 1:
        image = scan.first if isinstance(scan, MultichannelScan) else scan
        channel = scan.channels[0] if isinstance(scan, MultichannelScan) else ""
        if channel and names and channel.casefold() not in {name.casefold() for name in names}:
            raise ModelError(card.name, f"has no channel {channel}", f"it takes {_join_names(names)}")
        check_one_image(card)
        if channels == 1:
            return (image,), ()
        names_text = f" ({', '.join(names)})" if names else ""
        note = (
            f"the scan is used for all {channels} channels of the network{names_text}: its card says repeat"
        )
        return (image,) * channels, (note,)
    if not names:
        if len(scan.channels) != channels:
            count = f"{channels} image{'s' * (channels != 1)}"
            raise ModelError(card.name, f"takes {count}, but {len(scan.channels)} are given")
        order = _join_names(scan.channels)
        note = f"the images are used in the order given, {order}: the card does not name the channels"
        return tuple(scan.images.values()), (note,)
    images = {name.casefold(): image for name, image in scan.images.items()}
    expected = {name.casefold() for name in names}
    unknown = [name for name in scan.channels if name.casefold() not in expected]
    if unknown:
        raise ModelError(
            card.name, f"has no channel {_join_names(unknown)}", f"it takes {_join_names(names)}"
        )
    missing = [name for name in names if name.casefold() not in images]
    if missing:
        raise ModelError(
            card.name, f"lacks an image for {_join_names(missing)}", f"it takes {_join_names(names)}"
        )
    return tuple(images[name.casefold()] for name in names), ()


def _join_names(names: Sequence[str]) -> str:
    """Return names as a list in a sentence."""
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else "".join(names)


REPEAT_REMEDY = (
    "give an image for each channel, as NAME=FILE, or name the channels of one file's volumes (--channels); "
    '"repeat": true in its card feeds one scan to all'
)


def check_one_image(card: Card) -> None:
    """Raise ModelError if a network takes several images, as only one scan is given."""
    problem = describe_required_images(card)
    if problem:
        raise ModelError(card.name, problem, REPEAT_REMEDY)


def describe_required_images(card: Card) -> str:
    """Return which images a network needs if a single scan is not sufficient; otherwise empty."""
    spec = card.input
    if spec is None or spec.channels == 1 or spec.repeat:
        return ""
    names = f" ({', '.join(spec.channel_names)})" if spec.channel_names else ""
    return f"takes {spec.channels} images{names}, but one scan is one image"


def describe_missing_inputs(scan: Scan, card: Card, covariates: Sequence[Covariate] = ()) -> str:
    """Return which images or covariates of a network a scan lacks; empty if it has all."""
    try:
        assign_channel_images(scan, card)
    except ModelError as error:
        return error.problem
    values = scan.covariates if isinstance(scan, MultichannelScan) else {}
    available = {name.casefold() for name in values}
    missing = [covariate.name for covariate in covariates if covariate.name.casefold() not in available]
    return f"needs a value for {', '.join(missing)} in addition to the image" if missing else ""


def check_memory(shape: tuple[int, ...], channels: int, name: str) -> None:
    """Refuse an input that is larger than the free memory, before any is allocated.

    Parameters
    ----------
    shape
        Voxels along each axis.
    channels
        Number of channels.
    name
        Name of the network, for the error.

    Raises
    ------
    ModelError
        It does not fit.
    """
    import torch

    from viewer.jobs.memory import free_memory

    # The voxels on the network's grid, the scaled ones, and the channels.
    needed = 4 * math.prod(shape) * (channels + 2)
    free = free_memory(torch.device("cpu"))
    if free is not None and needed > free:
        sizes = " × ".join(map(str, shape))
        raise ModelError(
            name,
            f"needs {sizes} voxels, which take {needed / 1e9:.1f} GB of memory; {free / 1e9:.1f} GB are free",
            "specify fewer in its card",
        )


def make_network_grid(spec: InputSpec, scan: Scan) -> Grid:
    """Return the network's grid in this scan's world space, in the tensor's axis order; slices on axis 3.

    Axes follow the scan's own axes, not the world's, so that an oblique scan is not rotated.
    """
    if spec.placement is Placement.NONZERO:
        images = tuple(scan.images.values()) if isinstance(scan, MultichannelScan) else (scan,)
        return crop_to_nonzero(scan, images, spec).grid
    if spec.placement is Placement.AFFINE:
        i, j, k = _grid_shape(spec)
        return Grid((i, j, k), np.array(spec.affine))
    order, signs = tensor_axes(spec.axes, scan)
    sizes = np.array(scan.grid.shape, dtype=np.float64)[order]
    steps = scan.grid.spacing[order]
    if spec.placement is Placement.FIELD_OF_VIEW:
        shape, strides, centre = _field_of_view_grid(spec, sizes)
    elif spec.placement is Placement.SPACING:
        shape = _grid_shape(spec)
        strides = np.array(spec.spacing) / steps
        centre = (sizes - 1) / 2
        if spec.centre == "foreground":
            low, high = _foreground_bounds(scan)
            centre = ((low + high) / 2)[order]
    else:
        low, high = _foreground_bounds(scan)
        extent = (high - low + 1)[order] * steps + 2 * spec.margin
        steps_needed = np.ceil(extent / np.array(spec.spacing) - 1e-6)
        shape = (np.ceil(steps_needed / spec.multiple) * spec.multiple).astype(int)
        shape = np.maximum(shape, spec.window or 1)
        strides = np.array(spec.spacing) / steps
        centre = ((low + high) / 2)[order]
    centre = centre.copy()
    if spec.dimensions == 2:
        centre[2] += signs[2] * spec.slice / steps[2]
    strides = strides * np.array(signs)
    affine = np.eye(4)
    affine[:3, :3] = 0.0
    affine[order, [0, 1, 2]] = strides
    affine[order, 3] = centre - strides * (shape - 1) / 2
    return Grid((int(shape[0]), int(shape[1]), int(shape[2])), scan.grid.affine @ affine)


def _grid_shape(spec: InputSpec) -> npt.NDArray[np.int64]:
    """Return the shape with the number of slices as third size."""
    return np.array((*spec.shape, spec.slices)[:3])


def _field_of_view_grid(
    spec: InputSpec, sizes: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return shape, and stride and centre in the scan's voxels, of a grid over the whole field of view."""
    shape = _grid_shape(spec)
    if not shape[2]:
        shape[2] = sizes[2]
    strides = sizes / shape
    if spec.ends == "centres":
        strides = np.where(shape > 1, (sizes - 1) / np.maximum(shape - 1, 1), strides)
    if spec.dimensions == 2 and spec.slices == 1:
        strides[2] = 1.0
    return shape, strides, (sizes - 1) / 2


def _foreground_bounds(scan: Scan) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the first and the last voxel of the head along each axis."""
    from viewer.scans.foreground import bounding_box, foreground_mask

    box = bounding_box(foreground_mask(scan.data), 0.0, scan.grid)
    low = np.array([extent.start for extent in box], dtype=np.float64)
    high = np.array([extent.stop - 1 for extent in box], dtype=np.float64)
    return low, high


def _resample(scan: Scan, grid: Grid, spec: InputSpec) -> Floats:
    from viewer.scans.resample import resample

    return resample(scan.data, scan.grid, grid, order=0 if spec.interpolation == "nearest" else 1)


def _scale_slices(values: Floats, scan: Scan, intensity: IntensitySpec) -> Floats:
    """Return slices first, (slices, X, Y), each scaled separately; if there are several, empty ones are 0."""
    slices = np.moveaxis(values, 2, 0)
    is_shared = (
        intensity.scaling in (IntensityScaling.NONE, IntensityScaling.BOUNDS) or intensity.measured == "scan"
    )
    if is_shared or len(slices) == 1:
        return scale_intensities(slices, scan.data, intensity, scan.name)
    scaled = np.zeros_like(slices)
    for index, image in enumerate(slices):
        voxels = image[image != 0] if intensity.over == "nonzero" else image
        if voxels.size and np.ptp(voxels) > 0:
            scaled[index] = scale_intensities(image, scan.data, intensity, scan.name)
    return scaled


def scale_intensities(
    values: Floats, scan_values: Floats, intensity: IntensitySpec, subject: str, mask: Mask | None = None
) -> Floats:
    """Scale intensities on the network's grid as the card specifies.

    Parameters
    ----------
    values
        Values on the network's grid.
    scan_values
        The scan before resampling, for statistics of the scan.
    intensity
        Intensity scaling in the card.
    subject
        Name of the scan, for error messages.
    mask
        Voxels of ``values`` that count as nonzero; by default, those that are nonzero.

    Raises
    ------
    ModelError
        There are no voxels for the statistics, or no contrast.
    """
    if intensity.scaling is IntensityScaling.NONE:
        return values
    shift, divisor, offset = 0.0, 1.0, 0.0
    if intensity.scaling is IntensityScaling.BOUNDS:
        low, high = intensity.bounds or (0.0, 1.0)
    else:
        voxels = scan_values if intensity.measured == "scan" else values
        if intensity.over == "nonzero":
            voxels = voxels[voxels != 0] if mask is None else values[mask]
        else:
            voxels = voxels.ravel()
        if not voxels.size:
            raise ModelError(subject, "is zero everywhere on the network's grid", "is it in the right space?")
        low, high = (
            np.percentile(voxels, intensity.percentiles)
            if intensity.scaling is IntensityScaling.RANGE
            else (0.0, 1.0)
        )
    if intensity.scaling in (IntensityScaling.RANGE, IntensityScaling.BOUNDS):
        shift, divisor, offset = (
            float(low),
            float(high - low) / (intensity.to[1] - intensity.to[0]),
            intensity.to[0],
        )
    elif intensity.scaling is IntensityScaling.Z_SCORE:
        shift, divisor = float(voxels.mean(dtype=np.float64)), float(voxels.std(dtype=np.float64))
    elif intensity.scaling is IntensityScaling.MAXIMUM:
        divisor = float(voxels.max())
    else:
        divisor = float(voxels.mean(dtype=np.float64))
    if not np.isfinite(divisor) or abs(divisor) < 1e-12:
        raise ModelError(subject, "has no contrast to scale by", "is it the right volume?")
    scaled = (values.astype(np.float64) - shift) / divisor + offset
    if intensity.scaling in (IntensityScaling.RANGE, IntensityScaling.BOUNDS):
        scaled = np.clip(scaled, *intensity.to)
    if intensity.background == "kept":
        scaled[values == 0 if mask is None else ~mask] = 0.0
    return scaled.astype(np.float32)


def _describe_outside(scan: Scan, grid: Grid, spec: InputSpec) -> tuple[str, ...]:
    """Return a note if more than 1 % of the nonzero voxels are outside of the grid."""
    if spec.dimensions == 2 or spec.placement is Placement.FIELD_OF_VIEW:
        return ()
    step = max(1, round((scan.data.size / 200_000) ** (1 / 3)))
    voxels = np.argwhere(scan.data[::step, ::step, ::step] != 0) * step
    if not len(voxels):
        return ()
    fraction = 1.0 - float(grid.contains(scan.grid.to_world(voxels)).mean())
    if fraction <= 0.01:
        return ()
    return (f"{fraction:.0%} of the scan's nonzero voxels are outside of the network's grid",)


def make_empty_input(x: torch.Tensor, spec: InputSpec | None) -> torch.Tensor:
    """Return the input for a scan that is zero everywhere, in the shape of ``x``.

    If intensities are z-scored, including the background, it is the minimum of ``x``; if they are mapped to a
    range, its lower end; otherwise, and for models without input specification, zero.
    """
    import torch

    if spec is None or spec.intensity.background == "kept":
        return torch.zeros_like(x)
    if spec.intensity.scaling is IntensityScaling.Z_SCORE:
        return make_constant_input(x, "minimum")
    if spec.intensity.scaling in (IntensityScaling.RANGE, IntensityScaling.BOUNDS):
        return torch.full_like(x, spec.intensity.to[0])
    return torch.zeros_like(x)


def make_constant_input(x: torch.Tensor, kind: str) -> torch.Tensor:
    """Return the minimum or mean of each channel of each sample; without spatial axes, of each sample."""
    flattened = x.flatten(2) if x.ndim > 2 else x
    value = flattened.amin(-1) if kind == "minimum" else flattened.mean(-1)
    return value.reshape(value.shape + (1,) * (x.ndim - value.ndim)).expand_as(x).clone()
