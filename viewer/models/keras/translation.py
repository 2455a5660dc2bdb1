"""Translation of a Keras model into ONNX operators.

Images are kept with the channels first, as the viewer expects them. Layers that depend on the order of the
axes (flattening, reshaping) get Keras' order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from numpy.typing import NDArray

from viewer.errors import ModelError
from viewer.models.keras.description import EXPORT, INPUT, KerasLayer, KerasModel, Reference
from viewer.models.keras.layers import LAYERS
from viewer.models.keras.operator_writer import KerasLayerError, OperatorWriter
from viewer.models.onnx.onnx_file import OnnxFile
from viewer.models.onnx.onnx_node import OnnxValue
from viewer.number_format import format_count


class KerasTranslator(OperatorWriter):
    """Translation of one model.

    Parameters
    ----------
    model
        Its layers.
    weights
        Arrays of each layer, in Keras' order.
    is_keras_2
        Whether the model was written by Keras 2, some of whose activations differ.
    subject
        The file, for error messages.
    """

    def __init__(
        self, model: KerasModel, weights: Mapping[str, Sequence[NDArray[Any]]], is_keras_2: bool, subject: str
    ) -> None:
        orders = {
            str(layer.config["data_format"]) for layer in model.layers if layer.config.get("data_format")
        }
        if len(orders) > 1:
            raise ModelError(subject, "mixes layers with the channels first and last", EXPORT)
        super().__init__(is_keras_2, orders != {"channels_first"}, subject)
        self._model = model
        self._weights = weights
        self._inputs: list[OnnxValue] = []

    def to_onnx(self, producer: str) -> OnnxFile:
        """Return the model in ONNX operators.

        Raises
        ------
        ModelError
            A layer is not supported, is used in an unknown way, or has weights that do not fit its class;
            the message names it.
        """
        values: dict[Reference, str] = {}
        pending = [(layer, call) for layer in self._model.layers for call in range(len(layer.calls))]
        while pending:
            postponed = []
            for layer, call in pending:
                if all(reference in values for reference in layer.calls[call]):
                    inputs = [values[reference] for reference in layer.calls[call]]
                    values[layer.name, call] = self._translate_call(layer, inputs)
                else:
                    postponed.append((layer, call))
            if len(postponed) == len(pending):
                raise ModelError(self._subject, f"has the layer {postponed[0][0].name!r} without its inputs")
            pending = postponed
        missing = next((output for output in self._model.outputs if output not in values), None)
        if missing is not None or not self._model.outputs:
            raise ModelError(self._subject, "names an output that no layer computes")
        if len(self._inputs) != 1:
            names = ", ".join(value.text for value in self._inputs)
            raise ModelError(self._subject, f"takes {len(self._inputs)} inputs ({names})", EXPORT)
        return OnnxFile(
            nodes=tuple(self._nodes),
            tensors=self._tensors,
            weights=frozenset(self._tensors),
            inputs=tuple(self._inputs),
            outputs=tuple(OnnxValue(values[output], None, torch.float32) for output in self._model.outputs),
            opset=0,
            producer=producer,
        )

    def _translate_call(self, layer: KerasLayer, inputs: list[str]) -> str:
        """Add the operators of one call of a layer; return its output."""
        self._current_layer = layer
        if layer.class_name == INPUT:
            return self._add_input(layer)
        self._remaining_weights = list(self._weights.get(layer.name, ()))
        if layer.class_name not in LAYERS:
            raise self.error(
                f"is of the kind {layer.class_name[:60]!r}, which the viewer does not support", EXPORT
            )
        if not inputs:
            raise self.error("has no inputs")
        try:
            output = LAYERS[layer.class_name](self, layer.config, inputs)
        except KerasLayerError as error:
            raise self.error(str(error), EXPORT) from error
        except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
            raise self.error(
                f"is described in an unknown format ({type(error).__name__}: {error})"
            ) from error
        if self._remaining_weights:
            raise self.error(
                f"has {format_count(len(self._remaining_weights), 'weight too many', 'weights too many')}"
            )
        return output

    def _add_input(self, layer: KerasLayer) -> str:
        shape = layer.config.get("batch_shape", layer.config.get("batch_input_shape"))
        sizes = shape if isinstance(shape, list) else []
        if len(sizes) < 3 or not all(size is None or (isinstance(size, int) and size > 0) for size in sizes):
            raise self.error(f"takes the shape {sizes or shape}, which is not an image")
        order = (0, len(sizes) - 1, *range(1, len(sizes) - 1)) if self.channels_last else range(len(sizes))
        self._inputs.append(OnnxValue(layer.name, tuple(sizes[dim] for dim in order), torch.float32))
        self._ranks[layer.name] = len(sizes)
        return layer.name
