"""3D U-Net with residual units (Çiçek et al. 2016; Kerfoot et al. 2018), with MONAI's parameter names.

A level downsamples its input, passes it to the next level, concatenates that level's output with its own
features, and upsamples. MONAI's weights load once the prefix ``model.`` is removed from their names.
"""

from __future__ import annotations

from torch import nn

from viewer.models.architectures.blocks import (
    LAYER_TYPES,
    ResidualConnection,
    SkipConnection,
    named_sequential,
)


def build(
    classes: int, channels: int, widths: tuple[int, ...], strides: tuple[int, ...], units: int, norm: str
) -> nn.Module:
    """Build a network from (N, channels, X, Y, Z) to (N, classes, X, Y, Z), logits.

    Sizes must be divisible by the product of the strides.
    """
    if len(widths) < 2 or len(strides) != len(widths) - 1:
        raise ValueError("it needs at least two widths, and one stride fewer than widths")
    return _build_level(channels, classes, widths, strides, units, norm, is_top=True)


def _build_level(
    in_channels: int,
    out_channels: int,
    widths: tuple[int, ...],
    strides: tuple[int, ...],
    units: int,
    norm: str,
    is_top: bool,
) -> nn.Module:
    width, stride = widths[0], strides[0]
    if len(widths) > 2:
        inner, inner_channels = (
            _build_level(width, width, widths[1:], strides[1:], units, norm, is_top=False),
            width,
        )
    else:
        inner, inner_channels = _build_down(width, widths[1], 1, units, norm), widths[1]
    down = _build_down(in_channels, width, stride, units, norm)
    return nn.Sequential(
        down,
        SkipConnection(inner),
        _build_up(width + inner_channels, out_channels, stride, units, norm, is_top),
    )


def _build_down(in_channels: int, out_channels: int, stride: int, units: int, norm: str) -> nn.Module:
    if not units:
        return _build_convolution(in_channels, out_channels, stride, norm)
    return _build_residual(in_channels, out_channels, stride, units, norm, omit_last_norm=False)


def _build_up(
    in_channels: int, out_channels: int, stride: int, units: int, norm: str, is_top: bool
) -> nn.Module:
    layers: list[tuple[str, nn.Module]] = [
        (
            "conv",
            LAYER_TYPES[3].transposed_convolution(
                in_channels, out_channels, 3, stride, padding=1, output_padding=stride - 1
            ),
        )
    ]
    if units or not is_top:
        layers.append(("adn", _norm_and_activation(out_channels, norm)))
    if not units:
        return named_sequential(*layers)
    return nn.Sequential(
        named_sequential(*layers),
        _build_residual(out_channels, out_channels, 1, 1, norm, omit_last_norm=is_top),
    )


def _build_residual(
    in_channels: int, out_channels: int, stride: int, units: int, norm: str, omit_last_norm: bool
) -> nn.Module:
    """Build a residual unit; ``omit_last_norm`` omits norm and activation of the last convolution."""
    path = []
    for index in range(units):
        is_first = index == 0
        path.append(
            (
                f"unit{index}",
                named_sequential(("conv", nn.Conv3d(in_channels, out_channels, 3, stride, padding=1)))
                if omit_last_norm and index == units - 1
                else _build_convolution(
                    in_channels if is_first else out_channels, out_channels, stride if is_first else 1, norm
                ),
            )
        )
    shortcut: nn.Module = nn.Identity()
    if stride != 1 or in_channels != out_channels:
        kernel = 3 if stride != 1 else 1
        shortcut = nn.Conv3d(in_channels, out_channels, kernel, stride, padding=kernel // 2)
    return ResidualConnection("conv", named_sequential(*path), "residual", shortcut)


def _build_convolution(in_channels: int, out_channels: int, stride: int, norm: str) -> nn.Module:
    return named_sequential(
        ("conv", nn.Conv3d(in_channels, out_channels, 3, stride, padding=1)),
        ("adn", _norm_and_activation(out_channels, norm)),
    )


def _norm_and_activation(width: int, norm: str) -> nn.Module:
    return named_sequential(
        ("N", nn.InstanceNorm3d(width) if norm == "instance" else nn.BatchNorm3d(width)), ("A", nn.PReLU())
    )
