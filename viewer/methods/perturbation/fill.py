"""Fill values for occluded parts of a scan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from viewer.methods.base import Method, parameter
from viewer.methods.baseline import gaussian_blur, match_input, require_references

if TYPE_CHECKING:
    import torch

    from viewer.methods.base import ExplanationRequest

FILL_CHOICES = ("black", "value", "mean", "blur", "noise")
FILL_HELP = (
    "what occluded voxels are filled with: black (what the network receives where a scan is "
    "empty), a value, the mean of the foreground, the blurred scan, noise with the mean and deviation of the "
    "foreground, or a reference scan: a file, or the mean of a folder or list of scans"
)


@dataclass(frozen=True)
class FillMethod(Method):
    """Base class of methods that replace parts of the scan by a fill."""

    fill: str | tuple[object, ...] = parameter("black", FILL_HELP, choices=FILL_CHOICES, scans=True)
    value: float = parameter(0.0, 'used when Fill is "value"', unit="(network intensity)")
    blur: float = parameter(
        4.0,
        'standard deviation of the blurred scan, used when Fill is "blur"',
        unit="voxels (network grid)",
        limits=(0.0, 50.0),
    )

    def make_fill(self, request: ExplanationRequest) -> torch.Tensor:
        """Return the fill of ``request.x``, of its shape; reproducible by the seed."""
        return make_fill(request, self.fill, self.value, self.blur)


def make_fill(request: ExplanationRequest, kind: object, value: float, blur: float) -> torch.Tensor:
    """Return a fill of the shape of ``request.x``.

    Parameters
    ----------
    request
        The request with the input; its seed makes the noise reproducible.
    kind
        One of `FILL_CHOICES`; anything else names scans, whose mean is the fill. Mean and deviation are those
        of each channel's foreground, the voxels that differ from black.
    value
        The fill value of the kind ``value``.
    blur
        Standard deviation in voxels of the kind ``blur``.
    """
    import torch

    from viewer.models.preprocessing import make_empty_input

    x = request.x
    if not (isinstance(kind, str) and kind in FILL_CHOICES):
        return match_input(require_references(request).mean(), request)
    if kind == "value":
        return torch.full_like(x, value)
    if kind == "blur":
        return gaussian_blur(x, blur)
    empty = make_empty_input(x, request.model.card.input)
    if kind == "black":
        return empty
    generator = torch.Generator(device="cpu").manual_seed(request.seed)
    filled = torch.empty_like(x)
    foreground = find_foreground(request)
    for sample in range(len(x)):
        for channel in range(x.shape[1]) if x.dim() > 2 else (slice(None),):
            image, inside = x[sample, channel], foreground[sample, channel]
            values = image[inside] if bool(inside.any()) else image.flatten()
            filled[sample, channel] = values.mean()
            if kind == "noise":
                deviation = values.std(unbiased=False)
                filled[sample, channel] += deviation * torch.randn(image.shape, generator=generator).to(image)
    return filled


def find_foreground(request: ExplanationRequest) -> torch.Tensor:
    """Return the mask of voxels that differ from an empty scan, of the shape of ``x``."""
    from viewer.models.preprocessing import make_empty_input

    return request.x != make_empty_input(request.x, request.model.card.input)
