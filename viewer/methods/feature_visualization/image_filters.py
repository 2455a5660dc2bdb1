"""Edge-preserving denoising of the image: total variation, and the switching bilateral filter.

Both work in 2D and 3D. They are applied to the image itself between the steps of the optimization, and not
differentiated.
"""

from __future__ import annotations

from itertools import product
from math import ceil, exp
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

SLAB = 2_000_000
"""Number of voxels whose neighbourhoods are sorted at once."""


def denoise_total_variation(
    image: torch.Tensor, weight: float, tolerance: float = 2e-4, max_iterations: int = 200
) -> torch.Tensor:
    """Minimise ½‖u − image‖² + weight · TV(u), isotropic; Rudin, Osher, Fatemi 1992 by Chambolle's dual 2004.

    Parameters
    ----------
    image
        (1, C, spatial...); channels are independent.
    weight
        Weight of the total variation, in units of intensity.
    tolerance, max_iterations
        Relative change of the objective, as a share of its first value, below which it stops; and maximum
        number of iterations.
    """
    import torch

    axes = tuple(range(2, image.dim()))
    step = 1 / (2 * len(axes))
    dual = image.new_zeros((len(axes), *image.shape))
    first = previous = None
    result = image
    for _ in range(max_iterations):
        slopes = torch.stack([_forward_difference(result, axis) for axis in axes])
        length = slopes.square().sum(0).sqrt()
        value = float((result - image).square().sum() + weight * length.sum())
        if first is None:
            first = value
        elif previous is not None and abs(previous - value) < tolerance * first:
            break
        previous = value
        dual = (dual - step * slopes) / (1 + step / weight * length)
        result = image - sum(
            _backward_difference(component, axis) for component, axis in zip(dual, axes, strict=True)
        )
    return result


def _forward_difference(image: torch.Tensor, axis: int) -> torch.Tensor:
    """Compute the difference to the next voxel; 0 at the last one."""
    import torch

    return torch.diff(image, dim=axis, append=image.narrow(axis, image.shape[axis] - 1, 1))


def _backward_difference(component: torch.Tensor, axis: int) -> torch.Tensor:
    """Compute the negative transpose of `_forward_difference`."""
    size = component.shape[axis]
    result = component.clone()
    result.narrow(axis, 1, size - 1).sub_(component.narrow(axis, 0, size - 1))
    return result


def bilateral_filter(
    image: torch.Tensor,
    sigma_intensity: float,
    sigma_space: float,
    radius: int,
    reference: torch.Tensor | None = None,
) -> torch.Tensor:
    """Compute means over the neighbourhood, weighted by closeness in space and in intensity.

    Parameters
    ----------
    image
        (1, C, spatial...).
    sigma_intensity
        Standard deviation in intensity (Tomasi and Manduchi 1998).
    sigma_space
        Standard deviation in space, in voxels.
    radius
        Radius of the window in voxels along each axis. Edges are replicated.
    reference
        Intensities that the neighbours' are compared with; the voxels' own if None.
    """
    reference = image if reference is None else reference
    padded = _replicate_edges(image, radius)
    total, weights = image.new_zeros(image.shape), image.new_zeros(image.shape)
    for offset in product(range(2 * radius + 1), repeat=image.dim() - 2):
        proximity = exp(-sum((index - radius) ** 2 for index in offset) / (2 * sigma_space**2))
        shifted = _window_at(padded, offset, image)
        weight = (shifted - reference).square_().mul_(-1 / (2 * sigma_intensity**2)).exp_().mul_(proximity)
        total.addcmul_(weight, shifted)
        weights += weight
    # Where the reference differs from all neighbours, all weights vanish.
    return (total / weights).where(weights > 1e-20, reference)


def switching_bilateral_filter(
    image: torch.Tensor, sigma_intensity: float, sigma_space: float, impulse_threshold: float
) -> torch.Tensor:
    """Apply `bilateral_filter` with the neighbourhood's median as reference where a voxel is impulse noise.

    After Lin, Tsai, Chiu 2010: a voxel that differs from its median (3 voxels a side) by more than
    ``impulse_threshold`` counts as impulse noise, and its neighbours are compared with the median instead.
    The radius of the window is twice ``sigma_space``, rounded up. The paper's detector uses the medians of
    four quadrants of a plane, which have no equivalent in 3D.
    """
    median = median_filter(image)
    reference = median.where((image - median).abs() > impulse_threshold, image)
    return bilateral_filter(image, sigma_intensity, sigma_space, ceil(2 * sigma_space), reference)


def median_filter(image: torch.Tensor) -> torch.Tensor:
    """Compute the median in a cube of 3 voxels a side around each voxel; edges are replicated."""
    import torch

    padded = _replicate_edges(image, 1)
    rank = image.dim() - 2
    rows = max(1, SLAB // max(1, image[0, 0, 0].numel() * image.shape[1]))
    parts = []
    for start in range(0, image.shape[2], rows):
        part = image[:, :, start : start + rows]
        slab = padded[:, :, start : start + len(part[0, 0]) + 2]
        neighbours = torch.stack(
            [_window_at(slab, offset, part) for offset in product(range(3), repeat=rank)]
        )
        parts.append(neighbours.median(0).values)
    return torch.cat(parts, 2)


def _replicate_edges(image: torch.Tensor, width: int) -> torch.Tensor:
    from torch.nn import functional

    return functional.pad(image, (width,) * (2 * (image.dim() - 2)), mode="replicate")


def _window_at(padded: torch.Tensor, offset: tuple[int, ...], target: torch.Tensor) -> torch.Tensor:
    """Return the part of a padded image that begins at ``offset``, of the shape of another."""
    spans = (slice(start, start + size) for start, size in zip(offset, target.shape[2:], strict=True))
    return padded[(slice(None), slice(None), *spans)]
