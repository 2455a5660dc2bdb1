"""Network of an ONNX file as a module: one submodule for each operator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from viewer.errors import ModelError
from viewer.models.graph.lowering.aten_call import CaptureError
from viewer.models.graph_module import register_tensor
from viewer.models.onnx.onnx_file import OnnxFile
from viewer.models.onnx.onnx_node import OnnxNode
from viewer.models.onnx.operators import OPERATORS
from viewer.models.onnx.operators.operator import OnnxOperatorError
from viewer.models.onnx.operators.shape_ops import gather_constant
from viewer.models.onnx.operators.size_arithmetic import MAX_VALUES, SIZE_OPERATORS

MAX_NUMBERS = 16
"""Largest size of a floating-point constant that is also kept as an array of numbers."""

NUMBERS = frozenset(
    {"Add", "Sub", "Mul", "Div", "Pow", "Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual"}
)
"""Operators that take a number in place of one of their tensors."""


class OnnxLayer(nn.Module):
    """One operator of an ONNX file.

    Parameters
    ----------
    node
        The operator.
    subject
        The file, for error messages.
    """

    def __init__(self, node: OnnxNode, subject: str) -> None:
        super().__init__()
        self.node = node
        self._subject = subject

    def forward(self, tensors: Sequence[torch.Tensor | None], arrays: Sequence[NDArray[Any] | None]) -> Any:
        """Compute the operator.

        Parameters
        ----------
        tensors
            Inputs as tensors; None for one that is omitted, or is an array only.
        arrays
            Inputs as arrays, for small ones that do not depend on the image's values.

        Returns
        -------
        object
            An array if all inputs are sizes, else a tensor or a sequence of tensors.

        Raises
        ------
        CaptureError
            It is used in a way that is not supported, or is invalid.
        """
        try:
            return self._compute(tensors, arrays)
        except OnnxOperatorError as error:
            raise self.error(error.problem, error.remedy) from error
        except torch.OutOfMemoryError:
            raise
        except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
            # Only a damaged or manipulated file has operators that torch rejects.
            line = str(error).strip().partition("\n")[0].rstrip(" .:")
            raise self.error(f"is invalid: {line or type(error).__name__}") from error

    def error(self, problem: str, remedy: str = "") -> CaptureError:
        """Return an error about this operator."""
        location = f"{self.node.operator} (node {self.node.name!r})"
        return CaptureError(f"{self._subject}, {location}", problem, remedy)

    def _compute(self, tensors: Sequence[torch.Tensor | None], arrays: Sequence[NDArray[Any] | None]) -> Any:
        node = self.node
        operator = OPERATORS[node.operator]
        present = [array for name, array in zip(node.inputs, arrays, strict=True) if name]
        if present and node.operator in SIZE_OPERATORS and all(array is not None for array in present):
            return SIZE_OPERATORS[node.operator](node, *arrays)
        like = next(
            (x for x, array in zip(tensors, arrays, strict=True) if x is not None and array is None), None
        )
        inputs: list[Any] = []
        for index, (name, tensor, array) in enumerate(zip(node.inputs, tensors, arrays, strict=True)):
            if not name:
                inputs.append(None)
            elif index in operator.arrays:
                if array is None:
                    raise OnnxOperatorError(
                        "takes sizes that depend on the values of the image", "export it for a fixed size"
                    )
                inputs.append(array)
            elif array is not None and _is_number(array) and node.operator in NUMBERS and like is not None:
                inputs.append(array.reshape(-1).tolist()[0])
            elif tensor is None:
                assert array is not None
                inputs.append(to_tensor(array, like))
            else:
                inputs.append(tensor)
        if node.operator == "Gather" and arrays[1] is not None:
            return gather_constant(node, inputs[0], arrays[1])
        return operator.function(node, *inputs)


def _module_path(node: OnnxNode) -> list[str]:
    """Return the path of an operator's module: the module it was exported from, then its own name.

    torch's older exporters put module paths into the names of nodes: ``/layer1/layer1.0/conv1/Conv``.
    """
    if node.scope:
        return [*node.scope.split("."), node.operator]
    steps: list[str] = []
    outer_path = ""
    for part in node.name.split("/"):
        inner = part.removeprefix(f"{outer_path}.")
        steps += [step for step in inner.split(".") if step]
        outer_path = part
    return steps or [node.operator]


def _is_number(array: NDArray[Any]) -> bool:
    """Return whether an array is a single number that adds no axis in broadcasting."""
    return array.size == 1 and array.ndim < 2


def to_tensor(array: NDArray[Any], like: torch.Tensor | None) -> torch.Tensor:
    """Return an array as a tensor, on the device of ``like``."""
    dtype = None if array.dtype == object else torch.from_numpy(np.zeros(1, array.dtype)).dtype
    device = None if like is None else like.device
    return torch.tensor(array.reshape(-1).tolist(), dtype=dtype, device=device).reshape(array.shape)


class OnnxNetwork(nn.Module):
    """Network of an ONNX file.

    Weights are parameters and other constants are buffers, under their names in the file; operators are
    submodules, under the module that they were exported from or under their own names.

    Parameters
    ----------
    file
        Contents of the file.
    subject
        The file, for error messages.

    Raises
    ------
    ModelError
        A value is used before it is computed, or computed twice.
    """

    def __init__(self, file: OnnxFile, subject: str) -> None:
        super().__init__()
        self.input_names = tuple(value.name for value in file.inputs)
        self.output_names = tuple(value.name for value in file.outputs)
        self._subject = subject
        self._check_order(file)
        self._registered_names: dict[str, str] = {}
        self._arrays: dict[str, NDArray[Any]] = {}
        for name, tensor in file.tensors.items():
            self._registered_names[name] = self._register(name, tensor, name in file.weights)
            is_small = tensor.numel() <= (MAX_NUMBERS if tensor.is_floating_point() else MAX_VALUES)
            if is_small and tensor.dtype != torch.bfloat16:
                self._arrays[name] = tensor.numpy().copy()
        self._layers = [self._add_layer(node) for node in file.nodes]
        self._used_names = {name for node in file.nodes for name in node.inputs} | set(self.output_names)
        self._last_uses = self._find_last_uses()
        self.requires_grad_(False).eval()

    def _check_order(self, file: OnnxFile) -> None:
        names = {"", *self.input_names, *file.tensors}
        for node in file.nodes:
            missing = next((name for name in node.inputs if name not in names), None)
            if missing is not None:
                raise self._make_error(node, f"takes {missing!r}, which is not computed before it")
            duplicate = next((name for name in node.outputs if name and name in names), None)
            if duplicate is not None:
                raise self._make_error(node, f"computes {duplicate!r}, which already exists")
            names.update(node.outputs)
        missing_output = next((name for name in self.output_names if name not in names), None)
        if missing_output is not None:
            raise ModelError(self._subject, f"returns {missing_output!r}, which it does not compute")

    def _make_error(self, node: OnnxNode, problem: str) -> ModelError:
        return ModelError(f"{self._subject}, {node.operator} (node {node.name!r})", problem)

    def _register(self, name: str, tensor: torch.Tensor, is_weight: bool) -> str:
        """Register a tensor under its name, or under a number if a module cannot have that name."""
        try:
            register_tensor(self, name, tensor, is_weight, self._subject)
        except ModelError:
            name = f"tensor_{len(self._registered_names)}"
            register_tensor(self, name, tensor, is_weight, self._subject)
        return name

    def _add_layer(self, node: OnnxNode) -> OnnxLayer:
        """Add the module of an operator under its name, or under a number if it cannot have that name."""
        layer = OnnxLayer(node, self._subject)
        steps = _module_path(node)
        parent: nn.Module = self
        for step in steps[:-1]:
            if not hasattr(parent, step):
                parent.add_module(step, nn.Module())
            inner = getattr(parent, step)
            if not isinstance(inner, nn.Module):
                break
            parent = inner
        else:
            name = steps[-1]
            count = 0
            while hasattr(parent, name if not count else f"{name}_{count}"):
                count += 1
            parent.add_module(name if not count else f"{name}_{count}", layer)
            return layer
        self.add_module(f"operator_{len(self._modules)}", layer)
        return layer

    def _find_last_uses(self) -> list[tuple[str, ...]]:
        """Return, for each layer, the values that no later layer uses."""
        retained = set(self.output_names)
        last_uses = []
        for layer in reversed(self._layers):
            last = {
                name for name in (*layer.node.inputs, *layer.node.outputs) if name and name not in retained
            }
            retained |= last
            last_uses.append(tuple(last))
        return last_uses[::-1]

    def forward(self, *images: torch.Tensor, **named_inputs: torch.Tensor) -> Any:
        """Return the floating-point output, or a dictionary of several, for inputs in order or by name.

        Raises
        ------
        ModelError
            An operator is invalid, or there is no floating-point output.
        """
        state = {**dict(self.named_parameters()), **dict(self.named_buffers())}
        tensors = {name: state[registered] for name, registered in self._registered_names.items()}
        tensors |= dict(zip(self.input_names, images, strict=False)) | named_inputs
        arrays = dict(self._arrays)
        for layer, last in zip(self._layers, self._last_uses, strict=True):
            node = layer.node
            result = layer(
                tuple(tensors.get(name) for name in node.inputs),
                tuple(arrays.get(name) for name in node.inputs),
            )
            results = result if isinstance(result, (tuple, list)) else (result,)
            for name, value in zip(node.outputs, results, strict=False):
                (tensors if isinstance(value, torch.Tensor) else arrays)[name] = value
            missing = next((name for name in node.outputs[len(results) :] if name in self._used_names), None)
            if missing is not None:
                raise layer.error(f"has the output {missing!r}, which the viewer does not compute")
            for name in last:
                tensors.pop(name, None)
                arrays.pop(name, None)
        outputs = {name: tensors[name] for name in self.output_names if name in tensors}
        floats = {name: tensor for name, tensor in outputs.items() if tensor.is_floating_point()}
        if not floats:
            raise ModelError(
                self._subject, "returns only integers", "leave out the argmax or the threshold at its end"
            )
        return floats if len(floats) > 1 else next(iter(floats.values()))
