"""A scan put on a network's grid, with the intensities the network was trained on."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from viewer.errors import ModelError
from viewer.models.card import Card
from viewer.models.input import Input, Intensity, Placement, Scaling
from viewer.models.model import Prepared
from viewer.scans.axcodes import WORLD_AXIS
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan

Floats = npt.NDArray[np.float32]


def prepare(scan: Scan, card: Card) -> Prepared:
    """The scan as the network takes it, float32 (1, channels, spatial...), and the grid it lies on.

    A network in two dimensions whose card asks for several slices is given (slices, channels, X, Y).

    Raises
    ------
    ModelError
        The card does not say what the network wants, the scan does not reach its grid, or has no contrast.
    """
    import torch

    wanted = card.input
    if wanted is None:
        raise ModelError(
            card.name,
            "its card lacks 'input', so no scan can be prepared for it",
            "describe the input in the card",
        )
    refuse_several(card)
    grid = grid_for(wanted, scan)
    check_fits(grid.shape, wanted.channels, card.name)
    values = _on_grid(scan, grid, wanted)
    if not values.any() and scan.data.any():
        remedy = "bring it to the network's template space first"
        raise ModelError(scan.name, f"does not reach the grid of {card.name}", remedy)
    if wanted.dimensions == 2:
        spatial = _sliced(values, scan, wanted.intensity)
    else:
        spatial = scale(values, scan.data, wanted.intensity, scan.name)[None]
    tensor = torch.from_numpy(np.ascontiguousarray(spatial))[:, None]
    if wanted.channels > 1:
        tensor = tensor.repeat(1, wanted.channels, *(1,) * wanted.dimensions)
    return Prepared(tensor, grid, _notes(scan, grid, wanted))


ONE_FOR_ALL = (
    'give a tensor with all of them from Python; "repeat": true in its card\'s input feeds one scan to all'
)


def refuse_several(card: Card) -> None:
    """Raise ModelError where a network takes several images, and one scan is all there is."""
    several = needs_several(card)
    if several:
        raise ModelError(card.name, several, ONE_FOR_ALL)


def needs_several(card: Card) -> str:
    """Say which images a network is to be given where one scan is not enough; empty where it is."""
    wanted = card.input
    if wanted is None or wanted.channels == 1 or wanted.repeat:
        return ""
    named = f" ({', '.join(wanted.channel_names)})" if wanted.channel_names else ""
    return f"takes {wanted.channels} images at once{named}, and one scan is one image"


def check_fits(shape: tuple[int, ...], channels: int, name: str) -> None:
    """Refuse an input that is larger than the memory that is free, before any of it is taken.

    Parameters
    ----------
    shape
        Voxels along each axis.
    channels
        How often there are so many.
    name
        The network's, for the error.

    Raises
    ------
    ModelError
        It does not fit.
    """
    import torch

    from viewer.jobs.memory import free_memory

    # The voxels on the network's grid, those scaled, and the channels.
    needed = 4 * math.prod(shape) * (channels + 2)
    left = free_memory(torch.device("cpu"))
    if left is not None and needed > left:
        sizes = " × ".join(map(str, shape))
        raise ModelError(
            name,
            f"wants {sizes} voxels, which take {needed / 1e9:.1f} GB of memory; {left / 1e9:.1f} GB are free",
            "ask for fewer in its card",
        )


def grid_for(wanted: Input, scan: Scan) -> Grid:
    """The network's grid in this scan's world, in the tensor's own axis order; slices lie along the third.

    Axes follow the scan's own axes, not the world's, so that an oblique scan is not turned.
    """
    if wanted.placement is Placement.AFFINE:
        i, j, k = _solid(wanted)
        return Grid((i, j, k), np.array(wanted.affine))
    order, signs = _axes(wanted.axes, scan.grid)
    sizes = np.array(scan.grid.shape, dtype=np.float64)[order]
    steps = scan.grid.spacing[order]
    if wanted.placement is Placement.FIELD_OF_VIEW:
        shape, strides, middle = _over_view(wanted, sizes)
    elif wanted.placement is Placement.SPACING:
        shape = _solid(wanted)
        strides = np.array(wanted.spacing) / steps
        middle = (sizes - 1) / 2
        if wanted.centre == "foreground":
            low, high = _foreground(scan)
            middle = ((low + high) / 2)[order]
    else:
        low, high = _foreground(scan)
        extent = (high - low + 1)[order] * steps + 2 * wanted.margin
        whole = np.ceil(extent / np.array(wanted.spacing) - 1e-6)
        shape = (np.ceil(whole / wanted.multiple) * wanted.multiple).astype(int)
        shape = np.maximum(shape, wanted.window or 1)
        strides = np.array(wanted.spacing) / steps
        middle = ((low + high) / 2)[order]
    middle = middle.copy()
    if wanted.dimensions == 2:
        middle[2] += signs[2] * wanted.slice / steps[2]
    strides = strides * signs
    placed = np.eye(4)
    placed[:3, :3] = 0.0
    placed[order, [0, 1, 2]] = strides
    placed[order, 3] = middle - strides * (shape - 1) / 2
    return Grid((int(shape[0]), int(shape[1]), int(shape[2])), scan.grid.affine @ placed)


def _axes(axes: str, grid: Grid) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """For every axis of the tensor: the scan's axis it follows, and whether it runs along or against it."""
    codes = grid.axcodes
    worlds = [WORLD_AXIS[code] for code in codes]
    order = np.array([worlds.index(WORLD_AXIS[letter]) for letter in axes])
    signs = np.array(
        [1.0 if codes[axis] == letter else -1.0 for axis, letter in zip(order, axes, strict=True)]
    )
    return order, signs


def _solid(wanted: Input) -> npt.NDArray[np.int64]:
    """The shape with the number of slices for a third size."""
    return np.array((*wanted.shape, wanted.slices)[:3])


def _over_view(
    wanted: Input, sizes: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Shape, and stride and middle in the scan's voxels, of a grid over the whole field of view."""
    shape = _solid(wanted)
    if not shape[2]:
        shape[2] = sizes[2]
    strides = sizes / shape
    if wanted.ends == "centres":
        strides = np.where(shape > 1, (sizes - 1) / np.maximum(shape - 1, 1), strides)
    if wanted.dimensions == 2 and wanted.slices == 1:
        strides[2] = 1.0
    return shape, strides, (sizes - 1) / 2


def _foreground(scan: Scan) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The first and last voxel along each axis between which the head lies."""
    from viewer.scans.foreground import bounding_box, foreground_mask

    box = bounding_box(foreground_mask(scan), 0.0, scan.grid)
    low = np.array([span.start for span in box], dtype=np.float64)
    high = np.array([span.stop - 1 for span in box], dtype=np.float64)
    return low, high


def _on_grid(scan: Scan, grid: Grid, wanted: Input) -> Floats:
    from viewer.scans.resample import resample

    return resample(scan.data, scan.grid, grid, order=0 if wanted.interpolation == "nearest" else 1)


def _sliced(values: Floats, scan: Scan, rule: Intensity) -> Floats:
    """Slices in front, (slices, X, Y), each scaled by itself; of several, empty ones are 0."""
    slices = np.moveaxis(values, 2, 0)
    shared = rule.scaling in (Scaling.NONE, Scaling.BOUNDS) or rule.measured == "scan"
    if shared or len(slices) == 1:
        return scale(slices, scan.data, rule, scan.name)
    found = np.zeros_like(slices)
    for number, cut in enumerate(slices):
        measured = cut[cut != 0] if rule.over == "nonzero" else cut
        if measured.size and np.ptp(measured) > 0:
            found[number] = scale(cut, scan.data, rule, scan.name)
    return found


def scale(values: Floats, whole: Floats, rule: Intensity, subject: str) -> Floats:
    """Intensities on the network's grid, scaled as the card says.

    Parameters
    ----------
    values
        On the network's grid.
    whole
        The scan before resampling, for rules that measure there.
    rule
        The card's rule.
    subject
        The scan's name, for the error's line.

    Raises
    ------
    ModelError
        There is nothing to measure, or no contrast to divide by.
    """
    if rule.scaling is Scaling.NONE:
        return values
    shift, divisor, offset = 0.0, 1.0, 0.0
    if rule.scaling is Scaling.BOUNDS:
        low, high = rule.bounds or (0.0, 1.0)
    else:
        measured = whole if rule.measured == "scan" else values
        measured = measured[measured != 0] if rule.over == "nonzero" else measured.ravel()
        if not measured.size:
            raise ModelError(subject, "is zero everywhere on the network's grid", "is it in the right space?")
        low, high = np.percentile(measured, rule.percentiles) if rule.scaling is Scaling.RANGE else (0.0, 1.0)
    if rule.scaling in (Scaling.RANGE, Scaling.BOUNDS):
        shift, divisor, offset = float(low), float(high - low) / (rule.to[1] - rule.to[0]), rule.to[0]
    elif rule.scaling is Scaling.Z_SCORE:
        shift, divisor = float(measured.mean(dtype=np.float64)), float(measured.std(dtype=np.float64))
    elif rule.scaling is Scaling.MAXIMUM:
        divisor = float(measured.max())
    else:
        divisor = float(measured.mean(dtype=np.float64))
    if not np.isfinite(divisor) or abs(divisor) < 1e-12:
        raise ModelError(subject, "has no contrast to scale by", "is it the right volume?")
    scaled = (values.astype(np.float64) - shift) / divisor + offset
    if rule.scaling in (Scaling.RANGE, Scaling.BOUNDS):
        scaled = np.clip(scaled, *rule.to)
    if rule.background == "kept":
        scaled[values == 0] = 0.0
    return scaled.astype(np.float32)


def _notes(scan: Scan, grid: Grid, wanted: Input) -> tuple[str, ...]:
    """A sentence where one scan feeds several channels, and one where the grid leaves out much.

    Much is more than a hundredth of what is not zero.
    """
    if wanted.channels > 1:
        named = f" ({', '.join(wanted.channel_names)})" if wanted.channel_names else ""
        return (
            f"the scan is given to all {wanted.channels} channels of the network{named}: "
            "its card says repeat",
            *_outside(scan, grid, wanted),
        )
    return _outside(scan, grid, wanted)


def _outside(scan: Scan, grid: Grid, wanted: Input) -> tuple[str, ...]:
    """A sentence where the grid leaves out more than a hundredth of what is not zero."""
    if wanted.dimensions == 2 or wanted.placement is Placement.FIELD_OF_VIEW:
        return ()
    step = max(1, round((scan.data.size / 200_000) ** (1 / 3)))
    voxels = np.argwhere(scan.data[::step, ::step, ::step] != 0) * step
    if not len(voxels):
        return ()
    outside = 1.0 - float(grid.contains(scan.grid.to_world(voxels)).mean())
    if outside <= 0.01:
        return ()
    return (f"{outside:.0%} of the scan's voxels that are not zero lie outside of the network's grid",)
