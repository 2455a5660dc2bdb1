"""Residual networks in 3D (He et al. 2016; Hara et al. 2018; Chen et al. 2019).

Parameters are named as in MONAI and MedicalNet, so that their classification weights load.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import nn

CHANNELS = (64, 128, 256, 512)


class ZeroPadShortcut(nn.Module):
    """Shortcut without parameters (type A): strided subsampling, and zeros for the new channels."""

    def __init__(self, stride: int, extra_channels: int) -> None:
        super().__init__()
        self.stride, self.extra_channels = stride, extra_channels

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the output, (N, C + extra, spatial / stride)."""
        step = self.stride
        return nn.functional.pad(x[:, :, ::step, ::step, ::step], (0, 0, 0, 0, 0, 0, 0, self.extra_channels))


class ResNetBlock(nn.Module):
    """Residual block of two convolutions, or of three with a bottleneck."""

    def __init__(
        self, in_channels: int, width: int, stride: int, bottleneck: bool, downsample: nn.Module | None
    ) -> None:
        super().__init__()
        self.bottleneck = bottleneck
        self.conv1 = (
            nn.Conv3d(in_channels, width, 1, bias=False)
            if bottleneck
            else nn.Conv3d(in_channels, width, 3, stride=stride, padding=1, bias=False)
        )
        self.bn1 = nn.BatchNorm3d(width)
        self.conv2 = nn.Conv3d(width, width, 3, stride=stride if bottleneck else 1, padding=1, bias=False)
        self.bn2 = nn.BatchNorm3d(width)
        if bottleneck:
            self.conv3 = nn.Conv3d(width, 4 * width, 1, bias=False)
            self.bn3 = nn.BatchNorm3d(4 * width)
            self.relu2 = nn.ReLU()
        self.downsample = downsample
        self.relu1 = nn.ReLU()
        self.relu = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the rectified sum of both branches."""
        out = self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(x)))))
        if self.bottleneck:
            out = self.bn3(self.conv3(self.relu2(out)))
        output: torch.Tensor = self.relu(out + (x if self.downsample is None else self.downsample(x)))
        return output


class ResNet(nn.Module):
    """ResNet, (N, channels, X, Y, Z) to (N, classes), logits."""

    def __init__(
        self,
        layers: tuple[int, ...],
        bottleneck: bool,
        *,
        classes: int,
        channels: int,
        shortcut: str,
        shortcut_bias: bool,
        stride: int,
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv3d(channels, 64, 7, stride=stride, padding=3, bias=False)
        self.bn1 = nn.BatchNorm3d(64)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool3d(3, 2, padding=1)
        in_channels, expansion = 64, 4 if bottleneck else 1
        for number, (width, count) in enumerate(zip(CHANNELS, layers, strict=True), start=1):
            step = 1 if number == 1 else 2
            blocks = []
            for index in range(count):
                out_channels, block_stride = width * expansion, step if index == 0 else 1
                downsample = None
                if block_stride != 1 or in_channels != out_channels:
                    downsample = _build_shortcut(
                        in_channels, out_channels, block_stride, shortcut, shortcut_bias
                    )
                blocks.append(ResNetBlock(in_channels, width, block_stride, bottleneck, downsample))
                in_channels = out_channels
            self.add_module(f"layer{number}", nn.Sequential(*blocks))
        self.avgpool = nn.AdaptiveAvgPool3d(1)
        self.flatten = nn.Flatten()
        self.fc = nn.Linear(in_channels, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the logits."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for number in range(1, 5):
            x = self.get_submodule(f"layer{number}")(x)
        logits: torch.Tensor = self.fc(self.flatten(self.avgpool(x)))
        return logits


def _build_shortcut(in_channels: int, out_channels: int, stride: int, kind: str, bias: bool) -> nn.Module:
    if kind == "A":
        return ZeroPadShortcut(stride, out_channels - in_channels)
    return nn.Sequential(
        nn.Conv3d(in_channels, out_channels, 1, stride=stride, bias=bias), nn.BatchNorm3d(out_channels)
    )


build_10 = partial(ResNet, (1, 1, 1, 1), False)
build_18 = partial(ResNet, (2, 2, 2, 2), False)
build_34 = partial(ResNet, (3, 4, 6, 3), False)
build_50 = partial(ResNet, (3, 4, 6, 3), True)
