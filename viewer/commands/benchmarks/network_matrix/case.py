"""A network of the matrix: its construction, and an initialisation similar to a trained network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import nn

CALIBRATION_INPUTS = 8
"""Number of inputs from which the statistics of batch norms are computed."""


@dataclass(frozen=True)
class NetworkCase:
    """One network with random weights.

    Parameters
    ----------
    package
        Python package of the network.
    name
        Name of the network in its package.
    build
        Function that builds the network.
    shape
        Size of the input (C, spatial...).
    output
        Label of the explained output among those that the network returns, as in `flatten_outputs`.
    answer
        Value of this parameter of `Model.from_module`; None to let it select the output.
    """

    package: str
    name: str
    build: Callable[[], nn.Module]
    shape: tuple[int, ...]
    output: str = ""
    answer: str | int | None = None

    @property
    def title(self) -> str:
        """Package and name."""
        return f"{self.package} {self.name}"

    def make_network(self) -> nn.Module:
        """Return the network of seed 0 in evaluation mode, initialised by `initialise`."""
        import torch

        with torch.random.fork_rng():
            torch.manual_seed(0)
            return initialise(self.build(), self.shape)

    def example_input(self, seed: int = 1) -> torch.Tensor:
        """Return a smooth image (1, C, spatial...) with some noise, of mean 0 and variance 1."""
        return make_input(self.shape, seed)


def make_input(shape: tuple[int, ...], seed: int) -> torch.Tensor:
    """Return a smooth image (1, C, spatial...) with some noise, of mean 0 and variance 1."""
    import torch
    from torch.nn.functional import interpolate

    generator = torch.Generator().manual_seed(seed)
    coarse = torch.randn(1, shape[0], *(max(size // 4, 2) for size in shape[1:]), generator=generator)
    mode = {1: "linear", 2: "bilinear", 3: "trilinear"}[len(shape) - 1]
    image = interpolate(coarse, shape[1:], mode=mode, align_corners=False)
    image = image + 0.2 * torch.randn(image.shape, generator=generator)
    return (image - image.mean()) / image.std()


def initialise(network: nn.Module, shape: tuple[int, ...]) -> nn.Module:
    """Add noise to constant parameters, and compute the statistics of batch norms from a few inputs.

    Biases, class tokens and the last factors of residual blocks are initialised to zeros, norms to ones;
    those of trained networks differ.
    """
    import torch
    from torch import nn

    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.numel() > 1 and bool((parameter == parameter.flatten()[0]).all()):
                parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator).to(parameter))
    network.eval()
    norms = [
        module
        for module in network.modules()
        if isinstance(module, nn.modules.batchnorm._BatchNorm) and module.track_running_stats
    ]
    if not norms:
        return network
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1.0  # the statistics of this batch only
        norm.train()
    dtype = next(network.parameters()).dtype
    with torch.no_grad():
        network(torch.cat([make_input(shape, 100 + seed) for seed in range(CALIBRATION_INPUTS)]).to(dtype))
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
        norm.eval()
    return network
