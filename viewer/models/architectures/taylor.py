"""Networks of Taylor 2019: age from grey matter, and two for MNIST digits.

The age network follows Cole et al. 2017: four blocks of convolution, ReLU, convolution, batch norm, ReLU and
average pooling. The thesis does not state the sizes. Unpadded convolutions of three voxels per side with 8,
16, 32 and 64 channels, pooling by two, 1,024 features for an input of 100 × 124 × 104, 32 hidden units and
three classes reproduce its 253,291 values, of which 240 are running means and variances of batch norms.
"""

from __future__ import annotations

from torch import nn

from viewer.models.architectures.blocks import named_sequential

CHANNELS = (8, 16, 32, 64)


def build_age(classes: int, shape: tuple[int, ...]) -> nn.Module:
    """Build a network from (N, 1, X, Y, Z) to (N, classes), logits."""
    if len(shape) != 3:
        raise ValueError(f"a shape of {len(shape)} numbers for three dimensions")
    layers: list[tuple[str, nn.Module]] = []
    sizes, in_channels = list(shape), 1
    for number, out_channels in enumerate(CHANNELS, start=1):
        layers += [
            (f"conv{number}a", nn.Conv3d(in_channels, out_channels, 3)),
            (f"relu{number}a", nn.ReLU()),
            (f"conv{number}b", nn.Conv3d(out_channels, out_channels, 3)),
            (f"norm{number}", nn.BatchNorm3d(out_channels)),
            (f"relu{number}b", nn.ReLU()),
            (f"pool{number}", nn.AvgPool3d(2)),
        ]
        sizes, in_channels = [(size - 4) // 2 for size in sizes], out_channels
    if min(sizes) < 1:
        raise ValueError(f"an input of {'x'.join(map(str, shape))} voxels is too small")
    features = in_channels * sizes[0] * sizes[1] * sizes[2]
    return named_sequential(
        *layers,
        ("flatten", nn.Flatten()),
        ("dense", nn.Linear(features, 32)),
        ("relu", nn.ReLU()),
        ("head", nn.Linear(32, classes)),
    )


def build_mnist_dense(classes: int) -> nn.Module:
    """Build a network from (N, 1, 28, 28) to (N, classes), logits: 784-300-100-10."""
    return named_sequential(
        ("flatten", nn.Flatten()),
        ("dense1", nn.Linear(784, 300)),
        ("relu1", nn.ReLU()),
        ("dense2", nn.Linear(300, 100)),
        ("relu2", nn.ReLU()),
        ("head", nn.Linear(100, classes)),
    )


def build_mnist_cnn(classes: int) -> nn.Module:
    """Build a CNN from (N, 1, 28, 28) to (N, classes), logits.

    It has 32, 64 and 64 filters, two average pools and 64 hidden units.
    """
    return named_sequential(
        ("conv1", nn.Conv2d(1, 32, 3)),
        ("relu1", nn.ReLU()),
        ("pool1", nn.AvgPool2d(2)),
        ("conv2", nn.Conv2d(32, 64, 3)),
        ("relu2", nn.ReLU()),
        ("pool2", nn.AvgPool2d(2)),
        ("conv3", nn.Conv2d(64, 64, 3)),
        ("relu3", nn.ReLU()),
        ("flatten", nn.Flatten()),
        ("dense", nn.Linear(576, 64)),
        ("relu4", nn.ReLU()),
        ("head", nn.Linear(64, classes)),
    )
