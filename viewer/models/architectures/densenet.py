"""DenseNet-121 in 3D (Huang et al. 2017), with MONAI's parameter names, so that MONAI's weights load."""

from __future__ import annotations

import torch
from torch import nn

from viewer.models.architectures.blocks import named_sequential

LAYERS = (6, 12, 24, 16)
GROWTH = 32
BOTTLENECK = 4


class DenseNetLayer(nn.Module):
    """Dense layer: the input concatenated with 32 new feature maps."""

    def __init__(self, in_channels: int, dropout: float) -> None:
        super().__init__()
        inner_channels = BOTTLENECK * GROWTH
        self.layers = named_sequential(
            ("norm1", nn.BatchNorm3d(in_channels)),
            ("relu1", nn.ReLU()),
            ("conv1", nn.Conv3d(in_channels, inner_channels, 1, bias=False)),
            ("norm2", nn.BatchNorm3d(inner_channels)),
            ("relu2", nn.ReLU()),
            ("conv2", nn.Conv3d(inner_channels, GROWTH, 3, padding=1, bias=False)),
        )
        if dropout:
            self.layers.add_module("dropout", nn.Dropout3d(dropout))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the output, (N, C + 32, spatial...)."""
        return torch.cat([x, self.layers(x)], dim=1)


def build_121(classes: int, channels: int, dropout: float) -> nn.Module:
    """Build a network from (N, channels, X, Y, Z) to (N, classes), logits."""
    features: list[tuple[str, nn.Module]] = [
        ("conv0", nn.Conv3d(channels, 64, 7, stride=2, padding=3, bias=False)),
        ("norm0", nn.BatchNorm3d(64)),
        ("relu0", nn.ReLU()),
        ("pool0", nn.MaxPool3d(3, 2, padding=1)),
    ]
    width = 64
    for number, count in enumerate(LAYERS, start=1):
        layers = [
            (f"denselayer{index + 1}", DenseNetLayer(width + index * GROWTH, dropout))
            for index in range(count)
        ]
        features.append((f"denseblock{number}", named_sequential(*layers)))
        width += count * GROWTH
        if number == len(LAYERS):
            features.append(("norm5", nn.BatchNorm3d(width)))
        else:
            features.append((f"transition{number}", _transition(width)))
            width //= 2
    return named_sequential(
        ("features", named_sequential(*features)),
        (
            "class_layers",
            named_sequential(
                ("relu", nn.ReLU()),
                ("pool", nn.AdaptiveAvgPool3d(1)),
                ("flatten", nn.Flatten()),
                ("out", nn.Linear(width, classes)),
            ),
        ),
    )


def _transition(width: int) -> nn.Module:
    return named_sequential(
        ("norm", nn.BatchNorm3d(width)),
        ("relu", nn.ReLU()),
        ("conv", nn.Conv3d(width, width // 2, 1, bias=False)),
        ("pool", nn.AvgPool3d(2, 2)),
    )
