"""Keras layers expressed in ONNX operators.

Each function takes the translation, the layer's arguments and its inputs, and returns its output. Weights
are taken in Keras' order: kernel and bias; gamma, beta, mean and variance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from viewer.models.keras.operator_writer import KerasLayerError, OperatorWriter

Config = Mapping[str, Any]


PADDING = MappingProxyType({"valid": "VALID", "same": "SAME_UPPER"})
"""ONNX's names for Keras' paddings."""

ACTIVATIONS: Mapping[str, tuple[str, dict[str, Any]] | None] = MappingProxyType(
    {
        "linear": None,
        "relu": ("Relu", {}),
        "sigmoid": ("Sigmoid", {}),
        "tanh": ("Tanh", {}),
        "elu": ("Elu", {"alpha": 1.0}),
        "selu": ("Selu", {"alpha": 1.6732632423543772, "gamma": 1.0507009873554805}),
        "softplus": ("Softplus", {}),
        "softsign": ("Softsign", {}),
        "exponential": ("Exp", {}),
        "mish": ("Mish", {}),
        "leaky_relu": ("LeakyRelu", {"alpha": 0.2}),
        "gelu": ("Gelu", {"approximate": "none"}),
    }
)
"""Activations without further arguments, by their names in Keras."""


def _read_per_axis(value: Any, axis_count: int) -> tuple[int, ...]:
    """Return one number per axis, given one for all axes or one for each."""
    numbers = (value,) * axis_count if isinstance(value, int) else tuple(value)
    if len(numbers) != axis_count or not all(isinstance(number, int) and number > 0 for number in numbers):
        raise KerasLayerError(f"has the sizes {value!r} along {axis_count} axes")
    return numbers


def _read_choice(config: Config, name: str, default: Any, *alternatives: Any) -> Any:
    value = config.get(name, default)
    if value not in (default, *alternatives):
        raise KerasLayerError(f"has {name} {str(value)[:60]!r}, which the viewer does not support")
    return value


def add_activation(writer: OperatorWriter, name: Any, x: str) -> str:
    """Add an activation by its name."""
    rank = writer.rank(x)
    if isinstance(name, Mapping):
        raise KerasLayerError(
            f"has the activation {str(name.get('config'))[:60]!r}, whose code is not available"
        )
    if name in ("softmax", "log_softmax"):
        operator = "Softmax" if name == "softmax" else "LogSoftmax"
        return writer.add(operator, [x], rank, axis=writer.convert_axis(-1, rank))
    if name == "relu6":
        return _add_clip(writer, x, 0.0, 6.0)
    if name in ("swish", "silu"):
        return writer.add("Mul", [x, writer.add("Sigmoid", [x], rank)], rank)
    if name == "hard_sigmoid":
        alpha = 0.2 if writer.is_keras_2 else 1 / 6
        return writer.add("HardSigmoid", [x], rank, alpha=alpha, beta=0.5)
    if name not in ACTIVATIONS:
        raise KerasLayerError(f"has the activation {str(name)[:60]!r}, which the viewer does not support")
    entry = ACTIVATIONS[name]
    return x if entry is None else writer.add(entry[0], [x], rank, **entry[1])


def _add_clip(writer: OperatorWriter, x: str, low: float, high: float) -> str:
    return writer.add("Clip", [x], writer.rank(x), version=6, min=low, max=high)


def convolution(writer: OperatorWriter, config: Config, inputs: Sequence[str]) -> str:
    """Add ``Conv1D`` to ``Conv3D``; kernels are (spatial..., in, out)."""
    (x,) = inputs
    axes = writer.rank(x) - 2
    size = _read_per_axis(config["kernel_size"], axes)
    kernel = writer.take_weight(*size, None, config["filters"])
    weights = [writer.add_constant("kernel", kernel.transpose(axes + 1, axes, *range(axes)))]
    if config.get("use_bias", True):
        weights.append(writer.add_constant("bias", writer.take_weight(config["filters"])))
    y = writer.add(
        "Conv", [x, *weights], axes + 2, strides=_read_per_axis(config["strides"], axes),
        dilations=_read_per_axis(config.get("dilation_rate", 1), axes), group=config.get("groups", 1),
        auto_pad=PADDING[_read_choice(config, "padding", "valid", "same")],
    )  # fmt: skip
    return add_activation(writer, config.get("activation", "linear"), y)


def transposed_convolution(writer: OperatorWriter, config: Config, inputs: Sequence[str]) -> str:
    """Add ``Conv1DTranspose`` to ``Conv3DTranspose``; kernels are (spatial..., out, in)."""
    (x,) = inputs
    axes = writer.rank(x) - 2
    size, stride = _read_per_axis(config["kernel_size"], axes), _read_per_axis(config["strides"], axes)
    if config.get("output_padding") is not None or set(
        _read_per_axis(config.get("dilation_rate", 1), axes)
    ) != {1}:
        raise KerasLayerError("has an output padding or a dilation")
    kernel = writer.take_weight(*size, config["filters"], None)
    weights = [writer.add_constant("kernel", kernel.transpose(axes + 1, axes, *range(axes)))]
    if config.get("use_bias", True):
        weights.append(writer.add_constant("bias", writer.take_weight(config["filters"])))
    is_same = _read_choice(config, "padding", "valid", "same") == "same"
    amounts = [max(width - step, 0) if is_same else 0 for width, step in zip(size, stride, strict=True)]
    y = writer.add(
        "ConvTranspose", [x, *weights], axes + 2, strides=stride,
        pads=(*(amount // 2 for amount in amounts), *(amount - amount // 2 for amount in amounts)),
        output_padding=tuple(max(step - width, 0) for width, step in zip(size, stride, strict=True)),
    )  # fmt: skip
    return add_activation(writer, config.get("activation", "linear"), y)


def dense(writer: OperatorWriter, config: Config, inputs: Sequence[str]) -> str:
    """Add ``Dense``: a matrix product over the last of Keras' axes."""
    (x,) = inputs
    rank = writer.rank(x)
    kernel = writer.add_constant("kernel", writer.take_weight(None, config["units"]))
    bias = (
        writer.add_constant("bias", writer.take_weight(config["units"]))
        if config.get("use_bias", True)
        else ""
    )
    if rank == 2:
        weights = [kernel, bias] if bias else [kernel]
        y = writer.add("Gemm", [x, *weights], 2, alpha=1.0, beta=1.0, transA=0, transB=0)
    else:
        last = x if not writer.channels_last else writer.to_keras_axes(x)
        y = writer.add("MatMul", [last, kernel], rank)
        y = writer.add("Add", [y, bias], rank) if bias else y
        y = writer.from_keras_axes(y) if writer.channels_last else y
    return add_activation(writer, config.get("activation", "linear"), y)


def batch_normalization(writer: OperatorWriter, config: Config, inputs: Sequence[str]) -> str:
    """Add ``BatchNormalization`` of the channels, with the stored statistics."""
    (x,) = inputs
    axis = config.get("axis", -1)
    (axis,) = axis if isinstance(axis, list) else (axis,)
    if writer.convert_axis(axis, writer.rank(x)) != 1:
        raise KerasLayerError("normalises along an axis other than the channels")
    gamma = writer.take_weight(None) if config.get("scale", True) else None
    beta = writer.take_weight(None) if config.get("center", True) else None
    mean, variance = writer.take_weight(None), writer.take_weight(None)
    arrays = {
        "gamma": np.ones_like(mean) if gamma is None else gamma,
        "beta": np.zeros_like(mean) if beta is None else beta,
        "moving_mean": mean,
        "moving_variance": variance,
    }
    if len({array.shape for array in arrays.values()}) > 1:
        raise KerasLayerError("has weights of different sizes")
    names = [writer.add_constant(name, array) for name, array in arrays.items()]
    return writer.add(
        "BatchNormalization", [x, *names], writer.rank(x), version=15, epsilon=config["epsilon"]
    )


def pooling(operator: str) -> Callable[..., str]:
    """Return the layer that pools windows."""

    def add_layer(writer: OperatorWriter, config: Config, inputs: Sequence[str]) -> str:
        (x,) = inputs
        axes = writer.rank(x) - 2
        size = _read_per_axis(config["pool_size"], axes)
        stride = size if config.get("strides") is None else _read_per_axis(config["strides"], axes)
        padding = PADDING[_read_choice(config, "padding", "valid", "same")]
        return writer.add(operator, [x], axes + 2, kernel_shape=size, strides=stride, auto_pad=padding)

    return add_layer


def global_pooling(operator: str) -> Callable[..., str]:
    """Return the layer that pools whole images."""

    def add_layer(writer: OperatorWriter, config: Config, inputs: Sequence[str]) -> str:
        (x,) = inputs
        y = writer.add(operator, [x], writer.rank(x))
        if config.get("keepdims", False):
            return y
        return writer.add("Flatten", [y], 2, axis=1)

    return add_layer


def flatten(writer: OperatorWriter, config: Config, inputs: Sequence[str]) -> str:
    """Add ``Flatten``; Keras flattens with the channels last, whatever its data format."""
    (x,) = inputs
    rank = writer.rank(x)
    if rank > 2:
        x = writer.add("Transpose", [x], rank, perm=(0, *range(2, rank), 1))
    return writer.add("Flatten", [x], 2, axis=1)


def reshape(writer: OperatorWriter, config: Config, inputs: Sequence[str]) -> str:
    """Add ``Reshape``."""
    (x,) = inputs
    target = [int(size) for size in config["target_shape"]]
    sizes = writer.add_constant("target_shape", np.array([0, *target], np.int64))
    return writer.from_keras_axes(writer.add("Reshape", [writer.to_keras_axes(x), sizes], len(target) + 1))


def permute(writer: OperatorWriter, config: Config, inputs: Sequence[str]) -> str:
    """Add ``Permute``."""
    (x,) = inputs
    order = (0, *(int(dim) for dim in config["dims"]))
    return writer.from_keras_axes(
        writer.add("Transpose", [writer.to_keras_axes(x)], writer.rank(x), perm=order)
    )


def combine_elementwise(operator: str) -> Callable[..., str]:
    """Return the layer that combines several inputs elementwise."""

    def add_layer(writer: OperatorWriter, config: Config, inputs: Sequence[str]) -> str:
        ranks = {writer.rank(x) for x in inputs}
        if len(ranks) > 1:
            raise KerasLayerError("joins images and rows of numbers")
        y = inputs[0]
        for other in inputs[1:]:
            y = writer.add(operator, [y, other], writer.rank(y))
        return y

    return add_layer


def average(writer: OperatorWriter, config: Config, inputs: Sequence[str]) -> str:
    """Add ``Average``."""
    return writer.add("Mean", list(inputs), writer.rank(inputs[0]))


def concatenate(writer: OperatorWriter, config: Config, inputs: Sequence[str]) -> str:
    """Add ``Concatenate``."""
    rank = writer.rank(inputs[0])
    return writer.add(
        "Concat", list(inputs), rank, axis=writer.convert_axis(int(config.get("axis", -1)), rank)
    )


def identity(writer: OperatorWriter, config: Config, inputs: Sequence[str]) -> str:
    """Add a layer that does nothing outside training."""
    (x,) = inputs
    return x


def activation(writer: OperatorWriter, config: Config, inputs: Sequence[str]) -> str:
    """Add ``Activation``."""
    (x,) = inputs
    return add_activation(writer, config["activation"], x)


def relu(writer: OperatorWriter, config: Config, inputs: Sequence[str]) -> str:
    """Add ``ReLU``."""
    (x,) = inputs
    slope, highest = config.get("negative_slope") or 0.0, config.get("max_value")
    if config.get("threshold") or (slope and highest is not None):
        raise KerasLayerError("is a ReLU with a threshold, or with a slope and a maximum")
    if highest is not None:
        return _add_clip(writer, x, 0.0, float(highest))
    return add_leaky_relu(writer, x, slope) if slope else add_activation(writer, "relu", x)


def add_leaky_relu(writer: OperatorWriter, x: str, slope: float) -> str:
    """Add a leaky ReLU."""
    return writer.add("LeakyRelu", [x], writer.rank(x), alpha=float(slope))


def leaky_relu(writer: OperatorWriter, config: Config, inputs: Sequence[str]) -> str:
    """Add ``LeakyReLU``."""
    (x,) = inputs
    return add_leaky_relu(writer, x, config.get("negative_slope", config.get("alpha", 0.3)))


def prelu(writer: OperatorWriter, config: Config, inputs: Sequence[str]) -> str:
    """Add ``PReLU``, whose slopes have the shape of an image, with 1 along shared axes."""
    (x,) = inputs
    rank = writer.rank(x)
    slope = writer.take_weight(*(None,) * (rank - 1))
    if writer.channels_last and rank > 2:
        slope = slope.transpose(rank - 2, *range(rank - 2))
    return writer.add("PRelu", [x, writer.add_constant("alpha", slope)], rank)


def elu(writer: OperatorWriter, config: Config, inputs: Sequence[str]) -> str:
    """Add ``ELU``."""
    (x,) = inputs
    return writer.add("Elu", [x], writer.rank(x), alpha=float(config.get("alpha", 1.0)))


def softmax(writer: OperatorWriter, config: Config, inputs: Sequence[str]) -> str:
    """Add ``Softmax``."""
    (x,) = inputs
    rank = writer.rank(x)
    return writer.add("Softmax", [x], rank, axis=writer.convert_axis(int(config.get("axis", -1)), rank))


def _read_sides(value: Any, axis_count: int) -> list[tuple[int, int]]:
    """Return the amounts before and after along each axis, given one number, or one or two per axis."""
    if isinstance(value, int):
        value = [value] * axis_count
    if axis_count == 1 and len(value) == 2:
        value = [value]
    sides = [(entry, entry) if isinstance(entry, int) else (int(entry[0]), int(entry[1])) for entry in value]
    if len(sides) != axis_count or any(amount < 0 for pair in sides for amount in pair):
        raise KerasLayerError(f"has the amounts {value!r} along {axis_count} axes")
    return sides


def zero_padding(sign: int, config_key: str) -> Callable[..., str]:
    """Return the layer that pads with zeros, or that crops (``sign`` -1)."""

    def add_layer(writer: OperatorWriter, config: Config, inputs: Sequence[str]) -> str:
        (x,) = inputs
        rank = writer.rank(x)
        sides = [(0, 0), (0, 0), *_read_sides(config[config_key], rank - 2)]
        amounts = [sign * pair[side] for side in (0, 1) for pair in sides]
        pads = writer.add_constant("pads", np.array(amounts, np.int64))
        return writer.add("Pad", [x, pads], rank, mode="constant")

    return add_layer


def upsampling(writer: OperatorWriter, config: Config, inputs: Sequence[str]) -> str:
    """Add ``UpSampling1D`` to ``UpSampling3D``."""
    (x,) = inputs
    rank = writer.rank(x)
    factors = _read_per_axis(config["size"], rank - 2)
    linear = _read_choice(config, "interpolation", "nearest", "bilinear") == "bilinear"
    scales = writer.add_constant("size", np.array([1, 1, *factors], np.float32))
    return writer.add(
        "Resize", [x, "", scales], rank, version=13, mode="linear" if linear else "nearest",
        coordinate_transformation_mode="half_pixel" if linear else "asymmetric", nearest_mode="floor",
    )  # fmt: skip


def rescaling(writer: OperatorWriter, config: Config, inputs: Sequence[str]) -> str:
    """Add ``Rescaling``: scale · x + offset."""
    (x,) = inputs
    rank = writer.rank(x)
    scale = writer.add_constant("scale", np.array(float(config["scale"]), np.float32))
    offset = writer.add_constant("offset", np.array(float(config.get("offset", 0.0)), np.float32))
    return writer.add("Add", [writer.add("Mul", [x, scale], rank), offset], rank)


NOTHING = (
    "Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "GaussianDropout", "GaussianNoise",
    "AlphaDropout", "ActivityRegularization", "Identity",
)  # fmt: skip
"""Layers that do nothing outside training."""

LAYERS: Mapping[str, Callable[..., str]] = MappingProxyType(
    {
        **{f"Conv{axes}D": convolution for axes in (1, 2, 3)},
        **{f"Convolution{axes}D": convolution for axes in (1, 2, 3)},
        **{f"Conv{axes}DTranspose": transposed_convolution for axes in (1, 2, 3)},
        **{f"MaxPooling{axes}D": pooling("MaxPool") for axes in (1, 2, 3)},
        **{f"AveragePooling{axes}D": pooling("AveragePool") for axes in (1, 2, 3)},
        **{f"GlobalMaxPooling{axes}D": global_pooling("GlobalMaxPool") for axes in (1, 2, 3)},
        **{f"GlobalAveragePooling{axes}D": global_pooling("GlobalAveragePool") for axes in (1, 2, 3)},
        **{f"ZeroPadding{axes}D": zero_padding(1, "padding") for axes in (1, 2, 3)},
        **{f"Cropping{axes}D": zero_padding(-1, "cropping") for axes in (1, 2, 3)},
        **{f"UpSampling{axes}D": upsampling for axes in (1, 2, 3)},
        **dict.fromkeys(NOTHING, identity),
        "Dense": dense,
        "BatchNormalization": batch_normalization,
        "Flatten": flatten,
        "Reshape": reshape,
        "Permute": permute,
        "Activation": activation,
        "ReLU": relu,
        "LeakyReLU": leaky_relu,
        "PReLU": prelu,
        "ELU": elu,
        "Softmax": softmax,
        "Rescaling": rescaling,
        "Add": combine_elementwise("Add"),
        "Subtract": combine_elementwise("Sub"),
        "Multiply": combine_elementwise("Mul"),
        "Maximum": combine_elementwise("Max"),
        "Minimum": combine_elementwise("Min"),
        "Average": average,
        "Concatenate": concatenate,
    }
)
"""Layers by class."""
