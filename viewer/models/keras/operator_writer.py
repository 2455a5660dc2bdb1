"""Writer of ONNX operators for the layers of a Keras model, one layer after another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from viewer.errors import ModelError
from viewer.models.keras.description import KerasLayer
from viewer.models.onnx.onnx_node import OnnxNode


class KerasLayerError(Exception):
    """Unsupported use of a layer."""


class OperatorWriter:
    """Writer of the operators and weights of the current layer.

    Parameters
    ----------
    is_keras_2
        Whether the model was written by Keras 2, some of whose activations differ.
    channels_last
        Whether the channels are Keras' last axis.
    subject
        The file, for error messages.
    """

    def __init__(self, is_keras_2: bool, channels_last: bool, subject: str) -> None:
        self.is_keras_2 = is_keras_2
        self.channels_last = channels_last
        self._subject = subject
        self._nodes: list[OnnxNode] = []
        self._tensors: dict[str, torch.Tensor] = {}
        self._ranks: dict[str, int] = {}
        self._remaining_weights: list[NDArray[Any]] = []
        self._current_layer = KerasLayer("", "", {}, ())
        self._path_counts: Counter[str] = Counter()

    def error(self, problem: str, remedy: str = "") -> ModelError:
        """Return an error about the current layer."""
        return ModelError(f"{self._subject}, layer {self._current_layer.name!r}", problem, remedy)

    def rank(self, value: str) -> int:
        """Return the number of axes of a value."""
        return self._ranks[value]

    def take_weight(self, *shape: int | None) -> NDArray[Any]:
        """Return the layer's next array, whose shape must match ``shape``; None matches any size.

        Raises
        ------
        ModelError
            There is none, or its shape does not match.
        """
        if not self._remaining_weights:
            raise self.error("lacks a weight", "save the whole model again")
        array = self._remaining_weights.pop(0)
        if len(array.shape) != len(shape) or any(
            dim not in (None, size) for dim, size in zip(shape, array.shape, strict=True)
        ):
            expected = "×".join("?" if dim is None else str(dim) for dim in shape)
            raise self.error(f"has a weight of the shape {array.shape} instead of {expected}")
        return array

    def add_constant(self, name: str, array: NDArray[Any]) -> str:
        """Add a tensor of the current layer; a layer that is called again shares its tensors."""
        full_name = f"{self._current_layer.name}.{name}"
        if full_name not in self._tensors:
            contiguous = np.ascontiguousarray(array)
            self._tensors[full_name] = torch.from_numpy(
                contiguous.astype(np.float32) if contiguous.dtype.kind == "f" else contiguous
            )
        return full_name

    def add(
        self, operator: str, inputs: Sequence[str], rank: int, version: int = 13, **attributes: Any
    ) -> str:
        """Add an operator; return its output."""
        path = f"{self._current_layer.name}/{operator}"
        self._path_counts[path] += 1
        if self._path_counts[path] > 1:
            path += f"_{self._path_counts[path] - 1}"
        output = f"{path}:0"
        self._nodes.append(OnnxNode(path, operator, tuple(inputs), (output,), attributes, version))
        self._ranks[output] = rank
        return output

    def to_keras_axes(self, x: str) -> str:
        """Return a value with its axes permuted to the file's order."""
        rank = self.rank(x)
        if not self.channels_last or rank < 3:
            return x
        return self.add("Transpose", [x], rank, perm=(0, *range(2, rank), 1))

    def from_keras_axes(self, x: str) -> str:
        """Return a value whose axes are in the file's order, permuted to channels first."""
        rank = self.rank(x)
        if not self.channels_last or rank < 3:
            return x
        return self.add("Transpose", [x], rank, perm=(0, rank - 1, *range(1, rank - 1)))

    def convert_axis(self, axis: int, rank: int) -> int:
        """Return the position of a Keras axis with the channels first."""
        axis = axis + rank if axis < 0 else axis
        if not 0 <= axis < rank:
            raise KerasLayerError(f"has the axis {axis} of {rank}")
        if not self.channels_last or rank < 3 or axis == 0:
            return axis
        return 1 if axis == rank - 1 else axis + 1
