"""Write the small files of Keras in this folder, and what Keras computes with them.

Run ``KERAS_BACKEND=torch python tests/models/keras/make_files.py`` where Keras 3 is installed. Every model is
saved as ``.keras``, some as ``.h5``, too; ``NAME.npz`` has an input and the output, with the channels last.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers

FOLDER = Path(__file__).parent / "files"


def sequential(shape: tuple[int, ...], *parts: Any) -> Any:
    return keras.Sequential([layers.Input(shape), *parts])


def classifier() -> Any:
    """A small network of the kind that classifies T1-weighted images."""
    return sequential(
        (8, 9, 10, 1),
        layers.Conv3D(3, 3, activation="relu", padding="same"),
        layers.BatchNormalization(),
        layers.MaxPooling3D(2),
        layers.Conv3D(4, 3, strides=2, padding="same", use_bias=False),
        layers.BatchNormalization(scale=False),
        layers.ReLU(),
        layers.MaxPooling3D(2, padding="same"),
        layers.Dropout(0.1),
        layers.Flatten(),
        layers.Dense(6, activation="relu"),
        layers.Dense(2, activation="softmax"),
    )


def residual() -> Any:
    """Branches, a layer that is used twice, and squeeze and excitation."""
    image = layers.Input((6, 6, 6, 2))
    first = layers.Conv3D(3, 3, padding="same", name="first")(image)
    joined = layers.Concatenate()([layers.Add()([first, layers.Conv3D(3, 1)(image)]), first])
    shared = layers.Conv3D(6, 1, name="shared")
    twice = shared(shared(joined))
    gate = layers.Dense(6, activation="sigmoid")(layers.GlobalAveragePooling3D()(twice))
    gated = layers.Multiply()([twice, layers.Reshape((1, 1, 1, 6))(gate)])
    return keras.Model(image, layers.Dense(1, activation="sigmoid")(layers.GlobalMaxPooling3D()(gated)))


def activations() -> Any:
    names = ("elu", "selu", "softplus", "softsign", "tanh", "hard_sigmoid", "silu", "gelu", "leaky_relu")
    return sequential(
        (3, 4, 5, 2),
        *[layers.Activation(name) for name in (*names, "relu6", "mish", "exponential")],
        layers.PReLU(),
        layers.PReLU(shared_axes=[1, 2, 3]),
        layers.ELU(0.5),
        layers.LeakyReLU(),
        layers.Softmax(axis=2),
        layers.Activation("softmax"),
        layers.Permute((2, 1, 3, 4)),
        layers.Flatten(),
        layers.Dense(2),
    )


def decoder() -> Any:
    return sequential(
        (2, 3, 2, 2),
        layers.Conv3DTranspose(3, 3, strides=2, padding="same"),
        layers.Conv3DTranspose(3, 2, strides=3, padding="same"),
        layers.Conv3DTranspose(2, 3, strides=2),
        layers.AveragePooling3D(3, strides=2, padding="same"),
        layers.UpSampling3D((1, 2, 1)),
        layers.ZeroPadding3D(((0, 1), (2, 0), (1, 1))),
        layers.Cropping3D(((3, 1), (2, 0), (1, 1))),
        layers.Dense(3),
        layers.BatchNormalization(center=False),
        layers.Rescaling(0.5, 1.0),
        layers.Conv3D(2, 3, dilation_rate=2, padding="same"),
    )


def slices() -> Any:
    image = layers.Input((9, 10, 2))
    x = layers.UpSampling2D(2, interpolation="bilinear")(layers.Conv2D(2, 3)(image))
    joined = layers.Average()([layers.Maximum()([x, layers.Subtract()([x, layers.Minimum()([x, x])])]), x])
    pooled = layers.GlobalAveragePooling2D(keepdims=True)(joined)
    return keras.Model(image, layers.Dense(2)(layers.Flatten()(pooled)))


MODELS = (classifier, residual, activations, decoder, slices)
IN_HDF5 = (classifier, residual)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for build in MODELS:
        keras.utils.clear_session()
        model = build()
        rng = np.random.default_rng(0)
        for weight in model.weights:
            values = 0.3 * rng.standard_normal(weight.shape)
            weight.assign(np.abs(values) + 0.1 if "variance" in weight.path else values)
        x = rng.standard_normal((2, *model.input_shape[1:])).astype(np.float32)
        y = keras.ops.convert_to_numpy(model(x, training=False))
        np.savez_compressed(FOLDER / f"{build.__name__}.npz", x=x, y=y)
        model.save(FOLDER / f"{build.__name__}.keras")
        if build in IN_HDF5:
            model.save(FOLDER / f"{build.__name__}.h5")


if __name__ == "__main__":
    main()
