"""3D U-Nets of nnU-Net (Isensee et al. 2021 and 2024), with its tensor names, so that its weights load.

The encoder is plain (two convolutions per stage, the first one strided) or residual (ResNet-D blocks: the
shortcut is average-pooled, then convolved). The decoder upsamples by transposed convolutions, concatenates
the encoder's features of the same size, and convolves. nnU-Net's additional outputs at coarser stages (deep
supervision) are used only in training, and are omitted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import nn

Sizes = tuple[int, ...]
Triple = tuple[int, int, int]

UNIT: Triple = (1, 1, 1)


@dataclass(frozen=True)
class ConvolutionStyle:
    """Settings shared by all convolutions of a network."""

    bias: bool
    norm: str
    affine: bool
    epsilon: float
    activation: str
    slope: float
    norm_last: bool

    def make_norm(self, width: int) -> nn.Module:
        """Return a normalisation layer for ``width`` channels."""
        kind = nn.BatchNorm3d if self.norm == "batch" else nn.InstanceNorm3d
        return kind(width, eps=self.epsilon, affine=self.affine)

    def make_activation(self) -> nn.Module:
        """Return the activation function."""
        return nn.ReLU() if self.activation == "relu" else nn.LeakyReLU(self.slope)


def build(
    classes: int,
    channels: int,
    widths: Sizes,
    kernels: Sizes,
    strides: Sizes,
    encoder: str,
    encoder_blocks: Sizes,
    decoder: str,
    decoder_blocks: Sizes,
    stem: int,
    bias: bool,
    norm: str,
    affine: bool,
    epsilon: float,
    activation: str,
    slope: float,
    norm_last: bool,
) -> nn.Module:
    """Build a network from (N, channels, X, Y, Z) to (N, classes, X, Y, Z), logits.

    ``kernels`` and ``strides`` have three numbers for each of the stages, finest first. Sizes must be
    divisible by the product of the strides.
    """
    stages = len(widths)
    if stages < 2:
        raise ValueError("it needs at least two stages")
    if len(kernels) != 3 * stages or len(strides) != 3 * stages:
        raise ValueError(f"it needs {3 * stages} kernels and {3 * stages} strides, three for each stage")
    if len(encoder_blocks) != stages or len(decoder_blocks) != stages - 1:
        raise ValueError(f"it needs {stages} encoder_blocks and {stages - 1} decoder_blocks")
    if any(kernel % 2 == 0 for kernel in kernels):
        raise ValueError("its kernels must be odd")
    style = ConvolutionStyle(bias, norm, affine, epsilon, activation, slope, norm_last)
    encoder_module = _Encoder(
        channels,
        widths,
        _group_triples(kernels),
        _group_triples(strides),
        encoder_blocks,
        encoder,
        stem,
        style,
    )
    decoder_module = _Decoder(
        classes, widths, _group_triples(kernels), _group_triples(strides), decoder_blocks, decoder, style
    )
    return _UNet(encoder_module, decoder_module)


def _group_triples(values: Sizes) -> tuple[Triple, ...]:
    return tuple(zip(values[::3], values[1::3], values[2::3], strict=True))


class _UNet(nn.Module):
    def __init__(self, encoder: _Encoder, decoder: _Decoder) -> None:
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.decoder(self.encoder(x))
        return logits


class _Convolution(nn.Sequential):
    """Convolution, normalisation and activation; the last two may be missing or swapped."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel: Triple,
        stride: Triple,
        style: ConvolutionStyle,
        *,
        has_activation: bool = True,
        bias: bool | None = None,
    ) -> None:
        super().__init__()
        padding = (kernel[0] // 2, kernel[1] // 2, kernel[2] // 2)
        has_bias = style.bias if bias is None else bias
        self.conv = nn.Conv3d(in_channels, out_channels, kernel, stride, padding, bias=has_bias)
        layers: list[tuple[str, nn.Module]] = []
        if style.norm != "none":
            layers.append(("norm", style.make_norm(out_channels)))
        if has_activation:
            layers.append(("nonlin", style.make_activation()))
        for name, layer in reversed(layers) if style.norm_last else layers:
            self.add_module(name, layer)


class _PlainStage(nn.Module):
    """Convolutions in a row, the first one strided."""

    def __init__(
        self,
        count: int,
        in_channels: int,
        out_channels: int,
        kernel: Triple,
        stride: Triple,
        style: ConvolutionStyle,
    ) -> None:
        super().__init__()
        self.convs = nn.Sequential(*(
            _Convolution(
                out_channels if index else in_channels, out_channels, kernel, UNIT if index else stride, style
            )
            for index in range(count)
        ))  # fmt: skip

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        output: torch.Tensor = self.convs(x)
        return output


class _ResidualBlock(nn.Module):
    """Two convolutions with a shortcut: activation(f(x) + s(x))."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel: Triple, stride: Triple, style: ConvolutionStyle
    ) -> None:
        super().__init__()
        self.conv1 = _Convolution(in_channels, out_channels, kernel, stride, style)
        self.conv2 = _Convolution(out_channels, out_channels, kernel, UNIT, style, has_activation=False)
        self.nonlin2 = style.make_activation()
        shortcut: list[nn.Module] = []
        if stride != UNIT:
            shortcut.append(nn.AvgPool3d(stride, stride))
        if in_channels != out_channels:
            shortcut.append(
                _Convolution(in_channels, out_channels, UNIT, UNIT, style, has_activation=False, bias=False)
            )
        self.skip = nn.Sequential(*shortcut)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        output: torch.Tensor = self.nonlin2(self.conv2(self.conv1(x)) + self.skip(x))
        return output


class _ResidualStage(nn.Module):
    """Residual blocks in a row, the first one strided."""

    def __init__(
        self,
        count: int,
        in_channels: int,
        out_channels: int,
        kernel: Triple,
        stride: Triple,
        style: ConvolutionStyle,
    ) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*(
            _ResidualBlock(
                out_channels if index else in_channels, out_channels, kernel, UNIT if index else stride, style
            )
            for index in range(count)
        ))  # fmt: skip

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        output: torch.Tensor = self.blocks(x)
        return output


Stage = Callable[[int, int, int, Triple, Triple, ConvolutionStyle], nn.Module]

STAGES: dict[str, Stage] = {"plain": _PlainStage, "residual": _ResidualStage}


class _Encoder(nn.Module):
    """Stages from fine to coarse; returns the features of each."""

    def __init__(
        self,
        channels: int,
        widths: Sizes,
        kernels: tuple[Triple, ...],
        strides: tuple[Triple, ...],
        blocks: Sizes,
        kind: str,
        stem: int,
        style: ConvolutionStyle,
    ) -> None:
        super().__init__()
        in_channels = channels
        if kind == "residual":
            in_channels = stem or widths[0]
            self.stem = _PlainStage(1, channels, in_channels, kernels[0], UNIT, style)
        stages = [
            STAGES[kind](count, start, end, kernel, stride, style)
            for count, (start, end), kernel, stride in zip(
                blocks, pairwise((in_channels, *widths)), kernels, strides, strict=True
            )
        ]
        # nnU-Net wraps each stage of its plain encoder in another Sequential.
        self.stages = nn.ModuleList(nn.Sequential(stage) if kind == "plain" else stage for stage in stages)

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        if hasattr(self, "stem"):
            x = self.stem(x)
        features = []
        for stage in self.stages:
            x = stage(x)
            features.append(x)
        return features


class _Decoder(nn.Module):
    """Stages from coarse to fine, each fed by the previous one and the encoder's features of equal size."""

    def __init__(
        self,
        classes: int,
        widths: Sizes,
        kernels: tuple[Triple, ...],
        strides: tuple[Triple, ...],
        blocks: Sizes,
        kind: str,
        style: ConvolutionStyle,
    ) -> None:
        super().__init__()
        stages, upsampling = [], []
        for index, count in enumerate(blocks):
            level = len(widths) - 2 - index
            width, stride = widths[level], strides[level + 1]
            upsampling.append(nn.ConvTranspose3d(widths[level + 1], width, stride, stride, bias=style.bias))
            stages.append(STAGES[kind](count, 2 * width, width, kernels[level], UNIT, style))
        self.stages = nn.ModuleList(stages)
        self.transpconvs = nn.ModuleList(upsampling)
        self.seg_layers = nn.ModuleDict({str(len(blocks) - 1): nn.Conv3d(widths[0], classes, 1)})

    def forward(self, features: list[torch.Tensor]) -> torch.Tensor:
        *skips, x = features
        for upsample, stage in zip(self.transpconvs, self.stages, strict=True):
            x = stage(torch.cat([upsample(x), skips.pop()], 1))
        (segment,) = self.seg_layers.values()
        logits: torch.Tensor = segment(x)
        return logits
