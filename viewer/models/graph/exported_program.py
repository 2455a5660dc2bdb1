"""Reader of the program that torch.export returns, call by call."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch.export import ExportedProgram
from torch.export.graph_signature import InputKind, OutputKind, TensorArgument
from torch.utils import _pytree as pytree

from viewer.models.graph.graph import GraphInput, OperatorGraph, Shape, SymbolicSize
from viewer.models.graph.lowering.aten_call import (
    AtenCall,
    CallResult,
    CaptureError,
    TensorReference,
    list_module_paths,
)
from viewer.models.graph.lowering.builder import GraphBuilder
from viewer.models.graph.lowering.functionalization import functionalize
from viewer.models.graph.lowering.registry import lower_calls


def read_program(program: ExportedProgram) -> OperatorGraph:
    """Return the graph of an exported program with one tensor input.

    Raises
    ------
    CaptureError
        The program does not have exactly one input, or a part of it is not supported.
    """
    constants: dict[str, torch.Tensor] = {}
    parameters: set[str] = set()
    value_names: dict[str, str] = {}
    inputs: list[str] = []
    for entry in program.graph_signature.input_specs:
        if entry.kind == InputKind.USER_INPUT:
            if isinstance(entry.arg, TensorArgument):
                inputs.append(entry.arg.name)
            continue
        if entry.kind not in (InputKind.PARAMETER, InputKind.BUFFER, InputKind.CONSTANT_TENSOR):
            raise CaptureError(
                entry.arg.name, f"is an input of the kind {entry.kind.name}, which is not supported"
            )
        assert entry.target is not None
        tensors = program.state_dict if entry.target in program.state_dict else program.constants
        constants[entry.target] = tensors[entry.target].detach()
        value_names[f"%{entry.arg.name}"] = entry.target
        if entry.kind == InputKind.PARAMETER:
            parameters.add(entry.target)
    if len(inputs) != 1:
        raise CaptureError("network", f"takes {len(inputs)} tensors", "a network with one input is needed")
    reader = ProgramReader(program, inputs[0])
    value_names[f"%{inputs[0]}"] = reader.graph_input.name
    calls, outputs = functionalize(reader.read_calls(), reader.read_outputs())
    builder = GraphBuilder(
        reader.graph_input, reader.example_shape, constants, parameters, value_names, list_module_paths(calls)
    )
    lower_calls(calls, builder)
    return builder.finish(outputs)


class ProgramReader:
    """Reader of one exported program."""

    def __init__(self, program: ExportedProgram, input_name: str) -> None:
        self._program = program
        self._nodes_by_name = {node.name: node for node in program.graph.nodes}
        value = next(node for node in program.graph.nodes if node.name == input_name).meta["val"]
        self._batch_symbols = find_free_symbols(value.shape[0]) if value.dim() else frozenset()
        fixed, _ = self._read_shapes(value)
        self.graph_input = GraphInput("input", fixed, value.dtype)
        self.example_shape = tuple(size_hint(size) for size in value.shape)

    def read_outputs(self) -> dict[str, str]:
        """Return the label and the name of every tensor that the program returns."""
        names = [
            entry.arg.name if isinstance(entry.arg, TensorArgument) else None
            for entry in self._program.graph_signature.output_specs
            if entry.kind == OutputKind.USER_OUTPUT
        ]
        labels = make_output_labels(self._program.call_spec.out_spec, len(names))
        return {
            label: f"%{self._result_name(name)}" for label, name in zip(labels, names, strict=True) if name
        }

    def read_calls(self) -> list[AtenCall]:
        """Return every call, in order."""
        return [
            self._read_call(node)
            for node in self._program.graph.nodes
            if node.op == "call_function" and not is_getitem(node)
        ]

    def _read_call(self, node: torch.fx.Node) -> AtenCall:
        overload = isinstance(node.target, torch._ops.OpOverload)
        if overload:
            target = str(node.target)
            arguments = self._bind_arguments(node)
        else:
            name = getattr(node.target, "__name__", node.target)
            target = f"{getattr(node.target, '__module__', '')}.{name}"
            arguments = {"operands": self._convert_argument(tuple(node.args))}
        value: Any = node.meta.get("val")
        is_sequence = isinstance(value, (tuple, list))
        values: list[Any] = list(value) if is_sequence else [value]
        results = []
        for index, item in enumerate(values):
            name = f"%{node.name}.{index}" if is_sequence else f"%{node.name}"
            if isinstance(item, torch.Tensor):
                fixed, example_shape = self._read_shapes(item)
                results.append(CallResult(name, fixed, example_shape, item.dtype))
            else:
                results.append(CallResult(name))
        return AtenCall(
            target,
            arguments,
            tuple(results),
            read_module_stack(node.meta.get("nn_module_stack") or {}),
            find_source_line(node.meta.get("stack_trace") or ""),
        )

    def _bind_arguments(self, node: torch.fx.Node) -> dict[str, Any]:
        schema = node.target._schema.arguments  # type: ignore[union-attr]
        arguments = {
            argument.name: argument.default_value for argument in schema if argument.has_default_value()
        }
        arguments |= {
            argument.name: self._convert_argument(value)
            for argument, value in zip(schema, node.args, strict=False)
        }
        return arguments | {name: self._convert_argument(value) for name, value in node.kwargs.items()}

    def _convert_argument(self, value: Any) -> Any:
        if isinstance(value, torch.fx.Node):
            name = f"%{self._result_name(value.name)}"
            is_number = isinstance(value.meta.get("val"), (torch.SymInt, torch.SymFloat, int, float))
            return SymbolicSize(name) if is_number else TensorReference(name)
        if isinstance(value, (tuple, list)):
            return tuple(self._convert_argument(inner) for inner in value)
        return value

    def _result_name(self, name: str) -> str:
        """Return the result name for a ``getitem`` of a call with several results: ``CALL.INDEX``."""
        node = self._nodes_by_name.get(name)
        if node is None or not is_getitem(node):
            return name
        source, index = node.args[0], node.args[1]
        return f"{source}.{index}"

    def _read_shapes(self, tensor: torch.Tensor) -> tuple[Shape, Shape]:
        """Return the shape with None for every size that is not fixed, and with None for the batch only."""
        fixed = tuple(size if isinstance(size, int) else None for size in tensor.shape)
        example_shape = tuple(
            size
            if isinstance(size, int)
            else None
            if find_free_symbols(size) <= self._batch_symbols
            else size_hint(size)
            for size in tensor.shape
        )
        return fixed, example_shape


def is_getitem(node: torch.fx.Node) -> bool:
    """Return whether a node only selects one of several results."""
    return getattr(node.target, "__name__", "") == "getitem"


def find_free_symbols(size: Any) -> frozenset[Any]:
    """Return the symbols that a size depends on."""
    return frozenset() if isinstance(size, int) else frozenset(size.node.expr.free_symbols)


def size_hint(size: Any) -> int:
    """Return the value of a size for the example input."""
    return size if isinstance(size, int) else int(size.node.hint)


def make_output_labels(tree_spec: Any, count: int) -> list[str]:
    """Return a label for each output: ``output`` for a single one, else its key or its index."""
    if count == 1:
        return ["output"]
    leaves, _ = pytree.tree_flatten_with_path(pytree.tree_unflatten(list(range(count)), tree_spec))
    return [
        ".".join(str(getattr(key, "key", getattr(key, "idx", key))) for key in path) for path, _ in leaves
    ]


def read_module_stack(stack: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    """Return path and call index of the modules that a node was traced in, from the outermost."""
    modules = []
    for key, entry in stack.items():
        if isinstance(entry, tuple) and not key.startswith("_empty"):
            _, _, call = key.partition("@")
            modules.append((str(entry[0]), int(call) if call.isdecimal() else 0))
    return tuple(modules)


def find_source_line(stack_trace: str) -> str:
    """Return ``FILE:LINE`` of the innermost frame outside torch."""
    torch_folder = f"{Path(torch.__file__).parent.name}/"
    frames = re.findall(r'File "([^"]+)", line (\d+)', stack_trace)
    user_frames = [
        (path, line)
        for path, line in frames
        if f"/{torch_folder}" not in path and not path.startswith(torch_folder)
    ]
    return f"{Path(user_frames[-1][0]).name}:{user_frames[-1][1]}" if user_frames else ""
