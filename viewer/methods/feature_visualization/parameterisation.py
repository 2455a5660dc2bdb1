"""What is optimised: the image's voxels, or the waves that it is made of; and the bounds it stays within.

Both go through numbers z of which 1 is the span of intensities and 0 its middle, so that noise and learning
rate mean the same for both.
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
"""Of the squashing curve: its slope in the middle is then 1."""

BOUND_MARGIN = 1e-3
"""How near to the bounds, as a share of the span, an image is brought before it is carried back to z."""


@dataclass(frozen=True)
class IntensityBounds:
    """The intensities that an image may have.

    Parameters
    ----------
    low, high
        In the network's own units; the span is what everything else is measured by.
    air
        The intensity where there is nothing.
    how
        "squash", "clip" or "none".
    """

    low: float
    high: float
    air: float = 0.0
    how: str = "squash"

    @property
    def span(self) -> float:
        """How far they lie apart."""
        return self.high - self.low

    def image(self, z: torch.Tensor) -> torch.Tensor:
        """Intensities of z."""
        if self.how == "squash":
            return self.low + self.span * (SQUASH_SLOPE * z).sigmoid()
        return (self.low + self.high) / 2 + self.span * z

    def z(self, image: torch.Tensor) -> torch.Tensor:
        """The way back; of "squash", what lies on the bounds is brought inside a little."""
        share = (image - self.low) / self.span
        if self.how == "squash":
            return share.clamp(BOUND_MARGIN, 1 - BOUND_MARGIN).logit() / SQUASH_SLOPE
        return share - 0.5

    def clip(self, image: torch.Tensor) -> torch.Tensor:
        """The image with what lies beyond the bounds cut off, where there are any."""
        return image if self.how == "none" else image.clamp(self.low, self.high)


class VoxelImage:
    """z itself."""

    def start(self, noise: torch.Tensor) -> torch.Tensor:
        """The values to begin with, from noise of the image's shape."""
        return noise

    def z(self, values: torch.Tensor) -> torch.Tensor:
        """The z of the values."""
        return values

    def values(self, z: torch.Tensor) -> torch.Tensor:
        """The values of z."""
        return z


class SpectralImage:
    """Waves over the grid: amplitudes as two real numbers each, (1, C, spatial..., 2), of half the spectrum.

    An amplitude is weighed by 1/|k|^decay, with |k| in cycles per mm, down to one cycle over the longest
    edge; and all together so that amplitudes of variance 1 make z of variance 1.

    Parameters
    ----------
    shape
        The image's voxels.
    frame
        (d, d) in mm, of `viewer.methods.feature_visualization.transforms.voxel_frame`.
    decay
        The power.
    like
        Whose precision and device.
    """

    def __init__(
        self, shape: Sequence[int], frame: npt.NDArray[np.float64], decay: float, like: torch.Tensor
    ) -> None:
        import torch

        self._shape = tuple(shape)
        self._axes = tuple(range(-len(self._shape), 0))
        found = frequency_weights(self._shape, frame, decay)
        # Of the half spectrum's inner planes each stands for two of the whole; of the outer ones only that
        # half counts which belongs to a real image.
        inner = np.full(found.shape[-1], 1.0)
        inner[0] = 0.0
        if self._shape[-1] % 2 == 0:
            inner[-1] = 0.0
        voxels = float(np.prod(self._shape))
        found /= np.sqrt((found**2 * (1 + 3 * inner)).sum() / voxels)
        self._weights = torch.from_numpy(found).to(like)
        self._loudness = float(np.sqrt((found**2 * (1 + inner)).sum() / voxels))

    def start(self, noise: torch.Tensor) -> torch.Tensor:
        """The amplitudes of noise that was given the weights' spectrum and is as loud as it was."""
        return self.values(self._weighed(self._spectrum(noise)) / self._loudness)

    def z(self, values: torch.Tensor) -> torch.Tensor:
        """The image of the amplitudes."""
        import torch

        return self._weighed(torch.view_as_complex(values.contiguous()))

    def values(self, z: torch.Tensor) -> torch.Tensor:
        """The amplitudes of an image."""
        import torch

        return torch.view_as_real(self._spectrum(z) / self._weights)

    def _weighed(self, amplitudes: torch.Tensor) -> torch.Tensor:
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
    shape: Sequence[int], frame: npt.NDArray[np.float64], decay: float
) -> npt.NDArray[np.float64]:
    """1/max(|k|, k₀)^decay over the half spectrum, in cycles per mm; k₀ is one over the longest edge."""
    halves = [np.fft.fftfreq(size) for size in shape[:-1]] + [np.fft.rfftfreq(shape[-1])]
    k = np.stack(np.meshgrid(*halves, indexing="ij"), -1)
    # A wave's phase grows by k · o per voxel, and o = frame⁻¹ · mm.
    lengths = np.linalg.norm(k @ np.linalg.inv(frame), axis=-1)
    edges = np.linalg.norm(frame, axis=0) * np.array(shape)
    return np.asarray(np.maximum(lengths, 1 / edges.max()) ** -decay)
