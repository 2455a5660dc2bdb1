"""Registry of all architectures: those declared here, and plug-ins of installed packages.

Torch is not imported until a network is built. Every architecture has an argument ``classes``, the number of
its outputs.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache

from viewer import plugins
from viewer.errors import ModelError
from viewer.models.architectures import nnunet_weights, published
from viewer.models.architectures.architecture import (
    Architecture,
    ArchitectureArgument,
    ArgumentValue,
    TensorShapes,
)
from viewer.plugins import PluginError, Plugins, load_plugins

_BUILDERS = "viewer.models.architectures"


def _classes_argument(default: int, weight_name: str) -> ArchitectureArgument:
    return ArchitectureArgument(
        "classes", default, "number of outputs", (1, 1000), inferred_from=(weight_name, 0)
    )


def _channels_argument(weight_name: str) -> ArchitectureArgument:
    return ArchitectureArgument("channels", 1, "input channels", (1, 64), inferred_from=(weight_name, 1))


_DROPOUT = ArchitectureArgument("dropout", 0.0, "fraction of values dropped, in training only", (0.0, 0.95))


def _eitel_architecture(dimensions: int, shape: tuple[int, ...]) -> Architecture:
    kernel = (3,) * dimensions
    return Architecture(
        name=f"eitel-{dimensions}d",
        title=f"Five convolutions, VGG-like, {dimensions}D",
        source="Eitel et al. 2021, Feature visualization for convolutional networks on MRI",
        builder=f"{_BUILDERS}.eitel:build_{dimensions}d",
        dimensions=dimensions,
        arguments=(
            _classes_argument(2, "head.weight"),
            ArchitectureArgument(
                "head",
                "average",
                "input of the dense layer: the mean over space, or all values",
                choices=("average", "flatten"),
            ),
            ArchitectureArgument("shape", shape, "input size in voxels; used only by the head 'flatten'"),
            ArchitectureArgument("padding", 0, "zero padding of every convolution", (0, 1)),
            _DROPOUT,
        ),
        signature=(
            ("conv1.weight", (8, 1, *kernel)),
            ("conv5.weight", (64, 64, *kernel)),
            ("head.bias", (None,)),
        ),
        tensor_count=12,
        infer=_infer_eitel,
    )


def _infer_eitel(shapes: TensorShapes) -> dict[str, ArgumentValue]:
    return {"head": "average"} if shapes.get("head.weight", ())[1:] == (64,) else {"head": "flatten"}


def _resnet_architecture(depth: int, width: int, last_block: str, next_block: str) -> Architecture:
    return Architecture(
        name=f"resnet-{depth}-3d",
        title=f"ResNet-{depth}, 3D",
        source="He et al. 2016, Deep residual learning; in 3D Chen et al. 2019, Med3D",
        builder=f"{_BUILDERS}.resnet:build_{depth}",
        dimensions=3,
        arguments=(
            _classes_argument(2, "fc.weight"),
            _channels_argument("conv1.weight"),
            ArchitectureArgument(
                "shortcut",
                "B",
                "how a shortcut changes its shape: by a convolution (B), or by zeros for new channels (A)",
                choices=("A", "B"),
            ),
            ArchitectureArgument("shortcut_bias", True, "whether the shortcut's convolution has a bias"),
            ArchitectureArgument("stride", 1, "stride of the first convolution", (1, 2)),
        ),
        signature=(
            ("conv1.weight", (64, None, 7, 7, 7)),
            (f"{last_block}.bn2.weight", (None,)),
            ("fc.weight", (None, width)),
        ),
        absent=(f"{next_block}.bn2.weight",),
        infer=_infer_resnet,
    )


def _infer_resnet(shapes: TensorShapes) -> dict[str, ArgumentValue]:
    has_projection = "layer2.0.downsample.0.weight" in shapes
    has_bias = "layer2.0.downsample.0.bias" in shapes
    return {"shortcut": "B", "shortcut_bias": has_bias} if has_projection else {"shortcut": "A"}


ARCHITECTURES: tuple[Architecture, ...] = (
    Architecture(
        name="adnet",
        title="ADnet: Alzheimer's disease against control",
        source="Turrisi et al. 2024",
        builder=f"{_BUILDERS}.adnet:build",
        dimensions=3,
        arguments=(_classes_argument(2, "f.0.weight"),),
        signature=(
            ("embedding.0.0.weight", (8, 1, 3, 3, 3)),
            ("embedding.3.0.weight", (16, 16, 3, 3, 3)),
            ("embedding.7.0.weight", (64, 64, 3, 3, 3)),
            ("f.0.weight", (2, 256)),
        ),
        tensor_count=50,
        published=published.ADNET_CARD,
    ),
    _eitel_architecture(3, (182, 218, 182)),
    _eitel_architecture(2, (140, 192)),
    Architecture(
        name="morch",
        title="Principal components and a small network",
        source="Mørch et al. 1995, Visualization of neural networks using saliency maps",
        builder=f"{_BUILDERS}.morch:build",
        dimensions=3,
        arguments=(
            ArchitectureArgument(
                "voxels", 1000, "voxels in the mask", (1, 1e8), inferred_from=("projection.weight", 1)
            ),
            ArchitectureArgument(
                "components", 10, "principal components", (1, 1e5), inferred_from=("projection.weight", 0)
            ),
            ArchitectureArgument("hidden", 5, "hidden units", (1, 1000), inferred_from=("hidden.weight", 0)),
            _classes_argument(1, "output.weight"),
            ArchitectureArgument(
                "activation", "tanh", "activation of the hidden units", choices=("tanh", "linear")
            ),
        ),
        signature=(("mask", (None,)), ("mean", (None,)), ("projection.weight", (None, None))),
        tensor_count=7,
    ),
    Architecture(
        name="taylor-age-3d",
        title="Age from grey matter",
        source="Taylor 2019; after Cole et al. 2017, NeuroImage 163:115",
        builder=f"{_BUILDERS}.taylor:build_age",
        dimensions=3,
        arguments=(
            _classes_argument(3, "head.weight"),
            ArchitectureArgument("shape", (100, 124, 104), "input size in voxels", (36, 1024)),
        ),
        signature=(
            ("conv1a.weight", (8, 1, 3, 3, 3)),
            ("norm4.running_mean", (64,)),
            ("dense.weight", (32, None)),
        ),
        tensor_count=40,
    ),
    Architecture(
        name="taylor-mnist-dense",
        title="Digits, dense",
        source="Taylor 2019",
        builder=f"{_BUILDERS}.taylor:build_mnist_dense",
        dimensions=2,
        arguments=(_classes_argument(10, "head.weight"),),
        signature=(
            ("dense1.weight", (300, 784)),
            ("dense2.weight", (100, 300)),
            ("head.weight", (None, 100)),
        ),
        tensor_count=6,
    ),
    Architecture(
        name="taylor-mnist-cnn",
        title="Digits, convolutional",
        source="Taylor 2019",
        builder=f"{_BUILDERS}.taylor:build_mnist_cnn",
        dimensions=2,
        arguments=(_classes_argument(10, "head.weight"),),
        signature=(
            ("conv1.weight", (32, 1, 3, 3)),
            ("conv3.weight", (64, 64, 3, 3)),
            ("dense.weight", (64, 576)),
        ),
        tensor_count=10,
    ),
    Architecture(
        name="sfcn",
        title="SFCN: brain age",
        source="Peng et al. 2021, Accurate brain age prediction with lightweight deep neural networks",
        builder=f"{_BUILDERS}.sfcn:build",
        dimensions=3,
        arguments=(
            _classes_argument(40, "classifier.conv_6.weight"),
            ArchitectureArgument("channels", (32, 64, 128, 256, 256, 64), "filters of the blocks", (1, 2048)),
            ArchitectureArgument("dropout", 0.5, "fraction of values dropped, in training only", (0.0, 0.95)),
        ),
        signature=(
            ("feature_extractor.conv_0.0.weight", (32, 1, 3, 3, 3)),
            ("feature_extractor.conv_5.0.weight", (64, 256, 1, 1, 1)),
            ("classifier.conv_6.weight", (None, 64, 1, 1, 1)),
        ),
        tensor_count=44,
    ),
    Architecture(
        name="meshnet",
        title="MeshNet: tissue and region segmentation",
        source="Fedorov et al. 2017, End-to-end learning of brain tissue segmentation, IJCNN",
        builder=f"{_BUILDERS}.meshnet:build",
        dimensions=3,
        arguments=(
            ArchitectureArgument("classes", 3, "outputs at every voxel", (1, 1000)),
            ArchitectureArgument(
                "channels", 5, "filters of every layer", (1, 512), inferred_from=("0.0.weight", 0)
            ),
            ArchitectureArgument(
                "dilations", (1, 2, 4, 8, 16, 8, 4, 2, 1), "dilations of the convolutions", (1, 64)
            ),
            ArchitectureArgument("norm", False, "whether batch norm follows every convolution"),
            ArchitectureArgument("bias", True, "whether the convolutions have a bias"),
            _DROPOUT,
        ),
        infer=lambda shapes: {"norm": "0.1.running_mean" in shapes, "bias": "0.0.bias" in shapes},
    ),
    _resnet_architecture(10, 512, "layer1.0", "layer1.1"),
    _resnet_architecture(18, 512, "layer1.1", "layer1.2"),
    _resnet_architecture(34, 512, "layer3.5", "layer3.6"),
    _resnet_architecture(50, 2048, "layer3.5", "layer3.6"),
    Architecture(
        name="densenet-121-3d",
        title="DenseNet-121, 3D",
        source="Huang et al. 2017, Densely connected convolutional networks",
        builder=f"{_BUILDERS}.densenet:build_121",
        dimensions=3,
        arguments=(
            _classes_argument(2, "class_layers.out.weight"),
            _channels_argument("features.conv0.weight"),
            _DROPOUT,
        ),
        signature=(
            ("features.conv0.weight", (64, None, 7, 7, 7)),
            ("features.denseblock4.denselayer16.layers.conv2.weight", (32, 128, 3, 3, 3)),
            ("class_layers.out.weight", (None, 1024)),
        ),
    ),
    Architecture(
        name="unet-3d",
        title="U-Net, 3D, with residual units",
        source="Çiçek et al. 2016, 3D U-Net; Kerfoot et al. 2018, residual U-Net",
        builder=f"{_BUILDERS}.unet:build",
        dimensions=3,
        arguments=(
            ArchitectureArgument("classes", 2, "outputs at every voxel", (1, 1000)),
            ArchitectureArgument("channels", 1, "channels of the input", (1, 64)),
            ArchitectureArgument("widths", (16, 32, 64, 128, 256), "filters of the levels", (1, 2048)),
            ArchitectureArgument("strides", (2, 2, 2, 2), "strides between the levels", (1, 4)),
            ArchitectureArgument(
                "units", 2, "convolutions per residual unit; 0 for plain convolutions", (0, 8)
            ),
            ArchitectureArgument("norm", "instance", "kind of normalisation", choices=("instance", "batch")),
        ),
    ),
    Architecture(
        name="nnunet-3d",
        title="U-Net of nnU-Net, 3D",
        source="Isensee et al. 2021, nnU-Net; Isensee et al. 2024, nnU-Net revisited",
        builder=f"{_BUILDERS}.nnunet:build",
        dimensions=3,
        arguments=(
            ArchitectureArgument("classes", 2, "outputs at every voxel", (1, 1000)),
            ArchitectureArgument("channels", 1, "channels of the input", (1, 64)),
            ArchitectureArgument("widths", (32, 64, 128, 256, 320, 320), "filters of the stages"),
            ArchitectureArgument("kernels", (3,) * 18, "kernel sizes, three for each stage", (1, 63)),
            ArchitectureArgument("strides", (1,) * 3 + (2,) * 15, "strides, three for each stage", (1, 64)),
            ArchitectureArgument("encoder", "plain", "kind of its stages", choices=("plain", "residual")),
            ArchitectureArgument("encoder_blocks", (2,) * 6, "convolutions or blocks per stage", (1, 64)),
            ArchitectureArgument("decoder", "plain", "kind of its stages", choices=("plain", "residual")),
            ArchitectureArgument("decoder_blocks", (2,) * 5, "convolutions or blocks per stage", (1, 64)),
            ArchitectureArgument(
                "stem",
                0,
                "filters of the residual encoder's stem; 0 for as many as in its first stage",
                (0, 4096),
            ),
            ArchitectureArgument("bias", True, "whether the convolutions have a bias"),
            ArchitectureArgument(
                "norm", "instance", "kind of normalisation", choices=("instance", "batch", "none")
            ),
            ArchitectureArgument("affine", True, "whether normalisation has a learnt scale and shift"),
            ArchitectureArgument("epsilon", 1e-5, "ε added to variances", (0.0, 1.0)),
            ArchitectureArgument(
                "activation", "leaky-relu", "activation function", choices=("leaky-relu", "relu")
            ),
            ArchitectureArgument("slope", 0.01, "slope of the leaky ReLU below 0", (0.0, 1.0)),
            ArchitectureArgument("norm_last", False, "whether normalisation follows the activation"),
        ),
        signature=nnunet_weights.SIGNATURE,
        infer=nnunet_weights.infer_arguments,
        rename=nnunet_weights.rename_tensors,
    ),
    Architecture(
        name="vgg-16-2d",
        title="VGG-16, 2D",
        source="Simonyan and Zisserman 2015, Very deep convolutional networks",
        builder=f"{_BUILDERS}.vgg:build_16",
        dimensions=2,
        arguments=(_classes_argument(1000, "classifier.6.weight"), _channels_argument("features.0.weight")),
        signature=(
            ("features.0.weight", (64, None, 3, 3)),
            ("features.28.weight", (512, 512, 3, 3)),
            ("classifier.6.weight", (None, 4096)),
        ),
        tensor_count=32,
    ),
)


def list_architectures() -> dict[str, Architecture]:
    """Return all architectures by name, plug-ins last; torch is not imported.

    Returns
    -------
    dict of str to Architecture
        Each has ``title``, ``source``, ``dimensions`` and ``arguments``.

    Examples
    --------
    >>> import viewer
    >>> viewer.list_architectures()["eitel-3d"].dimensions
    3
    """
    return {entry.name: entry for entry in (*ARCHITECTURES, *_plugins().entries)}


def plugin_problems() -> tuple[str, ...]:
    """Return one line for each plug-in architecture that cannot be used."""
    return _plugins().problems


@cache
def _plugins() -> Plugins[Architecture]:
    return load_plugins(plugins.ARCHITECTURES, {entry.name for entry in ARCHITECTURES}, _read_plugin)


def _read_plugin(entry: object) -> Architecture:
    if not isinstance(entry, Architecture):
        raise PluginError(f"is not an instance of {Architecture.__module__}.{Architecture.__qualname__}")
    return entry


def find_architecture(name: str, subject: object) -> Architecture:
    """Return the architecture with this name; ``subject`` is the file whose card names it.

    Raises
    ------
    ModelError
        There is no such architecture; the message suggests similar names.
    """
    architectures = list_architectures()
    if name not in architectures:
        problem = next((line for line in plugin_problems() if repr(name) in line), None)
        if problem is not None:
            raise ModelError(subject, f"its architecture cannot be used: {problem}")
        similar = get_close_matches(name, architectures, n=3)
        remedy = f"did you mean {', '.join(similar)}?" if similar else f"known: {', '.join(architectures)}"
        raise ModelError(subject, f"no architecture is called {name!r}", remedy)
    return architectures[name]


def recognise_architecture(shapes: TensorShapes) -> Architecture | None:
    """Return the architecture that these weights match, or None."""
    matches = [entry for entry in list_architectures().values() if entry.matches(shapes)]
    return matches[0] if matches else None
