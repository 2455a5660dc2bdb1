"""Building blocks shared by several architectures."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import torch
from torch import nn


@dataclass(frozen=True)
class LayerTypes:
    """Layer classes for one number of dimensions."""

    convolution: type[nn.Conv2d] | type[nn.Conv3d]
    transposed_convolution: type[nn.ConvTranspose2d] | type[nn.ConvTranspose3d]
    batch_norm: type[nn.BatchNorm2d] | type[nn.BatchNorm3d]
    instance_norm: type[nn.InstanceNorm2d] | type[nn.InstanceNorm3d]
    max_pool: type[nn.MaxPool2d] | type[nn.MaxPool3d]
    average_pool: type[nn.AvgPool2d] | type[nn.AvgPool3d]
    global_average_pool: type[nn.AdaptiveAvgPool2d] | type[nn.AdaptiveAvgPool3d]


LAYER_TYPES = {
    2: LayerTypes(
        nn.Conv2d,
        nn.ConvTranspose2d,
        nn.BatchNorm2d,
        nn.InstanceNorm2d,
        nn.MaxPool2d,
        nn.AvgPool2d,
        nn.AdaptiveAvgPool2d,
    ),
    3: LayerTypes(
        nn.Conv3d,
        nn.ConvTranspose3d,
        nn.BatchNorm3d,
        nn.InstanceNorm3d,
        nn.MaxPool3d,
        nn.AvgPool3d,
        nn.AdaptiveAvgPool3d,
    ),
}


def named_sequential(*layers: tuple[str, nn.Module]) -> nn.Sequential:
    """Return a sequence of named layers."""
    return nn.Sequential(OrderedDict(layers))


class ResidualConnection(nn.Module):
    """Residual connection x + f(x), where ``shortcut`` may adapt the shape of x."""

    def __init__(self, branch_name: str, branch: nn.Module, shortcut_name: str, shortcut: nn.Module) -> None:
        super().__init__()
        self.add_module(branch_name, branch)
        self.add_module(shortcut_name, shortcut)
        self._branch_name, self._shortcut_name = branch_name, shortcut_name

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the sum of both branches."""
        output: torch.Tensor = self.get_submodule(self._branch_name)(x) + self.get_submodule(
            self._shortcut_name
        )(x)
        return output


class SkipConnection(nn.Module):
    """Concatenation of x and f(x) along the channels: a U-Net's skip, a dense layer's input."""

    def __init__(self, submodule: nn.Module) -> None:
        super().__init__()
        self.submodule = submodule

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the output, (N, C + C of f(x), spatial...)."""
        return torch.cat([x, self.submodule(x)], dim=1)
