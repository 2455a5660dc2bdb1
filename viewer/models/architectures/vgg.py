"""VGG-16 in 2D (Simonyan and Zisserman 2015), with parameter names of torchvision, so its weights load."""

from __future__ import annotations

from torch import nn

from viewer.models.architectures.blocks import named_sequential

FILTERS = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))


def build_16(classes: int, channels: int) -> nn.Module:
    """Build a network from (N, channels, X, Y) to (N, classes), logits.

    Inputs have at least 32 pixels per side; the published network uses 224.
    """
    features: list[nn.Module] = []
    in_channels = channels
    for out_channels, count in FILTERS:
        for _ in range(count):
            features += [nn.Conv2d(in_channels, out_channels, 3, padding=1), nn.ReLU()]
            in_channels = out_channels
        features.append(nn.MaxPool2d(2, 2))
    classifier: list[nn.Module] = []
    for size, hidden in ((512 * 7 * 7, 4096), (4096, 4096)):
        classifier += [nn.Linear(size, hidden), nn.ReLU(), nn.Dropout()]
    return named_sequential(
        ("features", nn.Sequential(*features)),
        ("avgpool", nn.AdaptiveAvgPool2d(7)),
        ("flatten", nn.Flatten()),
        ("classifier", nn.Sequential(*classifier, nn.Linear(4096, classes))),
    )
