"""Graph of an exported program: its JSON is read call by call, against closed lists of operators and
arguments.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

import torch

from viewer.models.graph.graph import Shape, SymbolicSize
from viewer.models.graph.lowering.aten_call import (
    AtenCall,
    CallResult,
    TensorReference,
    list_default_arguments,
)
from viewer.models.graph.lowering.functionalization import make_out_of_place_target
from viewer.models.graph.lowering.registry import can_lower
from viewer.models.graph.lowering.symbolic_sizes import ASSERTIONS, FUNCTIONS
from viewer.models.pt2.json_value import JsonValue
from viewer.models.pt2.signature import (
    INPUTS_REMEDY,
    describe_unsupported_inputs,
    read_input_names,
    read_named_outputs,
)
from viewer.models.pt2.weights import DTYPES, STRIDED_LAYOUT

SCHEMA_MAJOR_VERSION = 8
"""Supported major version of the format; others differ in meaning."""

SYMBOL = re.compile(r"(?:Symbol\(')?([su]\d+)(?:'(?:, (?:positive|integer|nonnegative)=True)*\))?")
"""Pattern of a dynamic size of an input."""


@dataclass(frozen=True)
class Pt2Input:
    """One input tensor: name in the file, shape with None for dynamic sizes, shape of the example, dtype."""

    name: str
    shape: Shape
    example_shape: tuple[int, ...]
    dtype: torch.dtype


class Pt2Program:
    """Description of one exported program."""

    def __init__(self, description: JsonValue) -> None:
        """Check the version, and read the inputs and the values.

        Raises
        ------
        ModelError
            The version is unknown, or the program's inputs cannot be explained.
        """
        version = description["schema_version"]
        major = version["major"].integer()
        if major != SCHEMA_MAJOR_VERSION:
            minor = version["minor"].integer()
            raise version.error(
                f"is {major}.{minor}, but only {SCHEMA_MAJOR_VERSION} is supported",
                "export the network again with torch 2.9 or later",
            )
        module = description["graph_module"]
        self.graph = module["graph"]
        self.signature = module["signature"]
        self._module = module
        self._tensor_values = self.graph["tensor_values"]
        self._batch_symbol: str | None = None
        self.inputs = self._read_inputs()

    def read_constants(self) -> list[tuple[str, str, bool, JsonValue]]:
        """Return each constant's name in the graph, own name, whether it is a parameter, and entry.

        Raises
        ------
        ModelError
            An input is of an unsupported kind.
        """
        constants = []
        for entry in self.signature["input_specs"].list():
            kind, spec = entry.single_item()
            if kind == "parameter":
                constants.append((spec["arg"]["name"].text(), spec["parameter_name"].text(), True, spec))
            elif kind == "buffer":
                constants.append((spec["arg"]["name"].text(), spec["buffer_name"].text(), False, spec))
            elif kind == "tensor_constant":
                constants.append(
                    (spec["arg"]["name"].text(), spec["tensor_constant_name"].text(), False, spec)
                )
            elif kind not in ("user_input", "constant_input"):
                raise entry.error(f"is an input of the kind {kind}, which is not supported")
        return constants

    def read_outputs(self) -> dict[str, str]:
        """Return the label and the name of every tensor that the program returns."""
        return {label: f"%{name}" for label, name in read_named_outputs(self._module).items()}

    def read_calls(self) -> list[AtenCall]:
        """Return every call, in order.

        Raises
        ------
        ModelError
            An operator or an argument is not supported; the message names it.
        """
        calls = []
        for node in self.graph["nodes"].list():
            call = self._read_call(node)
            if call is not None:
                calls.append(call)
        return calls

    def _read_call(self, node: JsonValue) -> AtenCall | None:
        full_target = node["target"].text()
        target = full_target.removeprefix("torch.ops.")
        if target.startswith("aten.") and target == full_target:
            target = ""
        if target in ASSERTIONS:
            return None
        modules, line = read_module_stack(node), find_source_line(node)
        results = tuple(self._read_results(node))
        if target in FUNCTIONS:
            operands = tuple(self._read_argument(entry["arg"]) for entry in node["inputs"].list())
            return AtenCall(target, {"operands": operands}, results, modules, line)
        if not can_lower(make_out_of_place_target(target)):
            location = ", ".join(part for part in (modules[-1][0] if modules else "", line) if part)
            suffix = f" ({location})" if location else ""
            if "wrap_with_autocast" in full_target:
                raise node.error("has a block of torch.autocast", "export it after run_decompositions({})")
            raise node.error(f"calls {full_target[:120]}{suffix}, which is not a supported operator")
        try:
            arguments = list_default_arguments(target)
        except AttributeError as error:
            raise node.error(f"calls {full_target[:120]}, which torch does not have") from error
        for entry in node["inputs"].list():
            arguments[entry["name"].text()] = self._read_argument(entry["arg"])
        return AtenCall(target, arguments, results, modules, line)

    def _read_argument(self, argument: JsonValue) -> Any:
        kind, value = argument.single_item()
        match kind:
            case "as_none":
                return None
            case "as_tensor":
                return TensorReference(f"%{value['name'].text()}")
            case "as_tensors":
                return tuple(TensorReference(f"%{item['name'].text()}") for item in value.list())
            case "as_optional_tensor":
                return self._read_argument(value)
            case "as_optional_tensors" | "as_sym_ints" | "as_sym_floats":
                return tuple(self._read_argument(item) for item in value.list())
            case "as_int":
                return value.integer()
            case "as_ints":
                return tuple(item.integer() for item in value.list())
            case "as_float":
                return value.number()
            case "as_floats":
                return tuple(item.number() for item in value.list())
            case "as_bool":
                return value.boolean()
            case "as_bools":
                return tuple(item.boolean() for item in value.list())
            case "as_string":
                return value.text()
            case "as_sym_int" | "as_sym_float":
                return self._read_argument(value)
            case "as_name":
                return SymbolicSize(f"%{value.text()}")
            case "as_scalar_type":
                return read_dtype(value)
            case "as_layout" if value.integer() == STRIDED_LAYOUT:
                return None
            case "as_memory_format" | "as_device":
                # The viewer chooses the device, not the file.
                return None
        raise argument.error(f"is an argument of the kind {kind[:40]}, which is not supported")

    def _read_results(self, node: JsonValue) -> list[CallResult]:
        results = []
        for output in node["outputs"].list():
            kind, value = output.single_item()
            match kind:
                case "as_tensor":
                    results.append(self._read_result(value["name"].text()))
                case "as_tensors":
                    results.extend(self._read_result(item["name"].text()) for item in value.list())
                case "as_optional_tensors":
                    for item in value.list():
                        tag, inner = item.single_item()
                        results.append(
                            self._read_result(inner["name"].text()) if tag == "as_tensor" else CallResult("%")
                        )
                case "as_sym_int" | "as_sym_float" | "as_sym_bool":
                    tag, inner = value.single_item()
                    results.append(CallResult(f"%{inner.text()}" if tag == "as_name" else "%"))
                case "as_none":
                    results.append(CallResult("%"))
                case _:
                    raise output.error(f"is a result of the kind {kind[:40]}, which is not supported")
        return results

    def _read_result(self, name: str) -> CallResult:
        if not self._tensor_values.has(name):
            return CallResult(f"%{name}")
        value = self._tensor_values[name]
        fixed: list[int | None] = []
        example_shape: list[int | None] = []
        for size in value["sizes"].list():
            kind, entry = size.single_item()
            if kind == "as_int":
                fixed.append(entry.integer())
                example_shape.append(entry.integer())
                continue
            names = set(re.findall(r"\b[su]\d+\b", entry["expr_str"].text()[:10_000]))
            fixed.append(None)
            example_shape.append(None if names <= {self._batch_symbol} else self._read_example_size(size))
        return CallResult(f"%{name}", tuple(fixed), tuple(example_shape), read_dtype(value["dtype"]))

    def _read_inputs(self) -> tuple[Pt2Input, ...]:
        names = read_input_names(self.signature)
        sizes = {name: self._tensor_values[name]["sizes"].list() for name in names}
        if unsupported := describe_unsupported_inputs(
            {name: len(entries) for name, entries in sizes.items()}
        ):
            raise self.signature.error(unsupported, INPUTS_REMEDY)
        entries = []
        for name in names:
            symbols = [self._read_symbol(size) for size in sizes[name]]
            example = tuple(self._read_example_size(size) for size in sizes[name])
            shape = tuple(None if symbol else size for symbol, size in zip(symbols, example, strict=True))
            entries.append(Pt2Input(name, shape, example, read_dtype(self._tensor_values[name]["dtype"])))
            if self._batch_symbol is None and symbols:
                self._batch_symbol = symbols[0]
        return tuple(entries)

    def _read_symbol(self, size: JsonValue) -> str | None:
        """Return the name of a dynamic size of the input; None if it is fixed."""
        kind, value = size.single_item()
        if kind == "as_int":
            return None
        expression = value["expr_str"].text()
        match = SYMBOL.fullmatch(expression)
        if kind != "as_expr" or match is None:
            raise size.error(
                f"is {expression[:60]!r}, which is not a plain size", "export it with free sizes"
            )
        return match[1]

    @staticmethod
    def _read_example_size(size: JsonValue) -> int:
        """Return a size of the example that the program was exported with; 0 if the file does not say."""
        kind, value = size.single_item()
        if kind == "as_int":
            return value.integer()
        if not value.has("hint") or value["hint"].value is None:
            return 0
        tag, hint = value["hint"].single_item()
        return hint.integer() if tag == "as_int" else 0


def read_dtype(code: JsonValue) -> torch.dtype:
    """Return the dtype of a code.

    Raises
    ------
    ModelError
        The code is unknown.
    """
    if code.integer() not in DTYPES:
        raise code.error(f"is an unknown dtype code ({code.integer()})")
    return DTYPES[code.integer()]


def read_module_stack(node: JsonValue) -> tuple[tuple[str, int], ...]:
    """Return path and call index of the modules that a node was traced in, from the outermost."""
    stack = node["metadata"].mapping().get("nn_module_stack", "") if node.has("metadata") else ""
    modules = []
    for entry in stack.split(";") if isinstance(stack, str) else ():
        key, _, remainder = entry.partition(",")
        path, comma, _ = remainder.rpartition(",")
        if comma and not key.startswith("_empty"):
            call = key.partition("@")[2]
            modules.append((path, int(call) if re.fullmatch(r"\d{1,9}", call) else 0))
    return tuple(modules)


def find_source_line(node: JsonValue) -> str:
    """Return ``FILE:LINE`` of the innermost source line outside torch that the file names."""
    trace = node["metadata"].mapping().get("stack_trace", "") if node.has("metadata") else ""
    frames = re.findall(r'File "([^"\n]{1,400})", line (\d{1,9})', trace) if isinstance(trace, str) else []
    user_frames = [
        (path, line) for path, line in frames if "/torch/" not in path and not path.startswith("torch/")
    ]
    if not user_frames:
        return ""
    path, line = user_frames[-1]
    name = PureWindowsPath(path).name if "\\" in path else PurePosixPath(path).name
    return f"{name}:{line}"
