"""Parameterisations of the optimized image (voxels or Fourier amplitudes), and its intensity bounds.

Both use values z, where 1 is the span of intensities and 0 its middle, so that noise and learning rate have
the same meaning for both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import torch

SQUASH_SLOPE = 4.0
"""Slope factor of the sigmoid: its slope in the middle is then 1."""

BOUND_MARGIN = 1e-3
"""Distance from the bounds, as a fraction of the span, to which an image is clamped before `z`."""


@dataclass(frozen=True)
class IntensityBounds:
    """Range of intensities of an image.

    Parameters
    ----------
    low, high
        Bounds in the network's units; other quantities are fractions of their difference, the span.
    background
        Intensity of the background.
    mode
        How bounds are enforced: "squash" (sigmoid), "clip" or "none".
    """

    low: float
    high: float
    background: float = 0.0
    mode: str = "squash"

    @property
    def width(self) -> float:
        """Difference of the bounds."""
        return self.high - self.low

    def image(self, z: torch.Tensor) -> torch.Tensor:
        """Return the intensities of z."""
        if self.mode == "squash":
            return self.low + self.width * (SQUASH_SLOPE * z).sigmoid()
        return (self.low + self.high) / 2 + self.width * z

    def z(self, image: torch.Tensor) -> torch.Tensor:
        """Invert `image`; for "squash", values on the bounds are moved slightly inside."""
        share = (image - self.low) / self.width
        if self.mode == "squash":
            return share.clamp(BOUND_MARGIN, 1 - BOUND_MARGIN).logit() / SQUASH_SLOPE
        return share - 0.5

    def clip(self, image: torch.Tensor) -> torch.Tensor:
        """Clip the image to the bounds, if there are any."""
        return image if self.mode == "none" else image.clamp(self.low, self.high)


class VoxelImage:
    """Voxel parameterisation: the values are z."""

    def start(self, noise: torch.Tensor) -> torch.Tensor:
        """Return the initial values, from noise of the image's shape."""
        return noise

    def z(self, values: torch.Tensor) -> torch.Tensor:
        """Return the z of the values."""
        return values

    def values(self, z: torch.Tensor) -> torch.Tensor:
        """Return the values of z."""
        return z


class SpectralImage:
    """Fourier parameterisation: amplitudes of half the spectrum as real pairs, (1, C, spatial..., 2).

    An amplitude is weighted by 1/|k|^decay, with |k| in cycles per mm, but at least one cycle per longest
    edge. The weights are normalized so that amplitudes of variance 1 give z of variance 1.

    Parameters
    ----------
    shape
        Spatial shape of the image.
    voxel_axes
        (d, d) in mm, from `viewer.methods.feature_visualization.transforms.compute_voxel_axes`.
    decay
        Exponent of the weights.
    like
        Tensor of the data type and device to use.
    """

    def __init__(
        self, shape: Sequence[int], voxel_axes: npt.NDArray[np.float64], decay: float, like: torch.Tensor
    ) -> None:
        import torch

        self._shape = tuple(shape)
        self._axes = tuple(range(-len(self._shape), 0))
        weights = frequency_weights(self._shape, voxel_axes, decay)
        # Each inner plane of the half spectrum stands for two of the full one; of the outer planes only the
        # half that corresponds to a real image counts.
        inner = np.full(weights.shape[-1], 1.0)
        inner[0] = 0.0
        if self._shape[-1] % 2 == 0:
            inner[-1] = 0.0
        voxels = float(np.prod(self._shape))
        weights /= np.sqrt((weights**2 * (1 + 3 * inner)).sum() / voxels)
        self._weights = torch.from_numpy(weights).to(like)
        self._noise_scale = float(np.sqrt((weights**2 * (1 + inner)).sum() / voxels))

    def start(self, noise: torch.Tensor) -> torch.Tensor:
        """Return the amplitudes of noise with the weights' spectrum and unchanged variance."""
        return self.values(self._weighted_image(self._spectrum(noise)) / self._noise_scale)

    def z(self, values: torch.Tensor) -> torch.Tensor:
        """Return the image of the amplitudes."""
        import torch

        return self._weighted_image(torch.view_as_complex(values.contiguous()))

    def values(self, z: torch.Tensor) -> torch.Tensor:
        """Return the amplitudes of an image."""
        import torch

        return torch.view_as_real(self._spectrum(z) / self._weights)

    def _weighted_image(self, amplitudes: torch.Tensor) -> torch.Tensor:
        import torch

        image: torch.Tensor = torch.fft.irfftn(
            amplitudes * self._weights, self._shape, self._axes, norm="ortho"
        )
        return image

    def _spectrum(self, z: torch.Tensor) -> torch.Tensor:
        import torch

        spectrum: torch.Tensor = torch.fft.rfftn(z, dim=self._axes, norm="ortho")
        return spectrum


def frequency_weights(
    shape: Sequence[int], voxel_axes: npt.NDArray[np.float64], decay: float
) -> npt.NDArray[np.float64]:
    """Compute 1/max(|k|, k₀)^decay over the half spectrum, in cycles per mm; 1/k₀ is the longest edge."""
    frequencies = [np.fft.fftfreq(size) for size in shape[:-1]] + [np.fft.rfftfreq(shape[-1])]
    k = np.stack(np.meshgrid(*frequencies, indexing="ij"), -1)
    # A wave's phase grows by k · o per voxel, and o = frame⁻¹ · mm.
    norms = np.linalg.norm(k @ np.linalg.inv(voxel_axes), axis=-1)
    edges = np.linalg.norm(voxel_axes, axis=0) * np.array(shape)
    return np.asarray(np.maximum(norms, 1 / edges.max()) ** -decay)
