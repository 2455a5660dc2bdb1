"""Objective of the optimization: activation of a channel, a layer, a direction in channel space, or a class.

f is the spatial mean of the activation, as in Eitel et al. 2021, or the activation of the central unit of the
layer. The layer's L1 penalty is λ times the mean of |a| over all its channels, so that an image that
activates only one channel scores higher.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from viewer.errors import MethodError
from viewer.number_format import format_count

if TYPE_CHECKING:
    import torch

UnitSlices = tuple[slice, ...]


@dataclass(frozen=True)
class ActivationObjective:
    """Weighted sum Σ_c w_c a_c over the channels c of a layer, averaged over space or at one position.

    Parameters
    ----------
    layer
        Module path or operator name; None for the network's outputs before any softmax.
    weights
        (channels,): 1 for one channel and 0 elsewhere, or any direction; None for the mean of all channels.
    central_unit_only
        Use the central unit of the layer, not the spatial mean.
    title
        Description shown to the user.
    """

    layer: str | None
    weights: torch.Tensor | None
    central_unit_only: bool
    title: str

    def select_units(self, values: torch.Tensor, unit_slices: UnitSlices | None) -> torch.Tensor:
        """Return the units of a layer's output (1, channels, spatial...) that the objective uses."""
        if values.dim() < 3:
            return values
        if self.central_unit_only and unit_slices is None:
            unit_slices = tuple(slice(size // 2, size // 2 + 1) for size in values.shape[2:])
        return values if unit_slices is None else values[(slice(None), slice(None), *unit_slices)]

    def activation(self, values: torch.Tensor, unit_slices: UnitSlices | None = None) -> torch.Tensor:
        """Compute the objective f."""
        means = (
            self.select_units(values, unit_slices).flatten(2).mean(2)[0] if values.dim() > 2 else values[0]
        )
        return means.mean() if self.weights is None else means @ self.weights.to(means)

    def peak(self, values: torch.Tensor) -> torch.Tensor:
        """Return the largest Σ_c w_c a_c at any position."""
        flat = values.flatten(2)[0] if values.dim() > 2 else values[0][:, None]
        mixed = flat.mean(0) if self.weights is None else self.weights.to(flat) @ flat
        return mixed.max()

    def gradient(self, values: torch.Tensor, unit_slices: UnitSlices | None, penalty: float) -> torch.Tensor:
        """Compute ∂(f − λ mean|a|)/∂a, of the shape of ``values``; the mean is over the selected units."""
        import torch

        slope = torch.zeros_like(values)
        units, inside = self.select_units(values, unit_slices), self.select_units(slope, unit_slices)
        channels = values.shape[1]
        positions = units.numel() // channels
        if self.weights is None:
            inside += 1 / units.numel()
        else:
            inside += self.weights.to(values).view(1, channels, *(1,) * (values.dim() - 2)) / positions
        if penalty:
            inside -= penalty * units.sign() / units.numel()
        return slope


def channel_weights(
    channels: int, channel: int | None, direction: tuple[float, ...] | None, subject: str
) -> torch.Tensor | None:
    """Return the weights of a layer's channels; a direction is normalised to length 1.

    Raises
    ------
    MethodError
        There is no such channel, or the direction has another length or is zero.
    """
    import torch

    if channel is not None and direction is not None:
        raise MethodError(subject, "a channel and a direction are given", "give one of them")
    if channel is not None:
        if not 0 <= channel < channels:
            raise MethodError(subject, f"it has no channel {channel}", f"it has 0 to {channels - 1}")
        weights = torch.zeros(channels)
        weights[channel] = 1.0
        return weights
    if direction is None:
        return None
    if len(direction) != channels:
        raise MethodError(
            subject,
            f"the direction has {format_count(len(direction), 'number')}",
            f"it takes {channels}, one per channel",
        )
    vector = torch.tensor(direction, dtype=torch.float64)
    norm = vector.norm()
    if not bool(torch.isfinite(norm)) or norm == 0:
        raise MethodError(subject, "the direction is zero or not finite")
    unit: torch.Tensor = (vector / norm).float()
    return unit
