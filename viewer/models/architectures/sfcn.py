"""SFCN, simple fully convolutional network for brain age (Peng et al. 2021, Med. Image Anal. 68).

Parameters are named as in the authors' published weights. The authors' network ends in a log-softmax over age
bins, which is omitted here. Its average pooling of 5 × 6 × 5 covers the whole feature map of a 160 × 192 ×
160 input; here it is a mean over space, so other sizes work too.
"""

from __future__ import annotations

from torch import nn

from viewer.models.architectures.blocks import named_sequential


def build(classes: int, channels: tuple[int, ...], dropout: float) -> nn.Module:
    """Build a network from (N, 1, X, Y, Z) to (N, classes), logits.

    Every spatial size must be at least 2 to the power of (number of ``channels`` − 1).
    """
    if len(channels) < 2:
        raise ValueError("it needs at least two blocks")
    blocks: list[tuple[str, nn.Module]] = []
    in_channels, last_index = 1, len(channels) - 1
    for index, out_channels in enumerate(channels):
        layers: list[nn.Module] = [
            nn.Conv3d(
                in_channels,
                out_channels,
                1 if index == last_index else 3,
                padding=0 if index == last_index else 1,
            ),
            nn.BatchNorm3d(out_channels),
        ]
        if index < last_index:
            layers.append(nn.MaxPool3d(2, 2))
        blocks.append((f"conv_{index}", nn.Sequential(*layers, nn.ReLU())))
        in_channels = out_channels
    return named_sequential(
        ("feature_extractor", named_sequential(*blocks)),
        (
            "classifier",
            named_sequential(
                ("average_pool", nn.AdaptiveAvgPool3d(1)),
                ("dropout", nn.Dropout(dropout)),
                (f"conv_{last_index + 1}", nn.Conv3d(in_channels, classes, 1)),
            ),
        ),
        ("flatten", nn.Flatten()),
    )
