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
from viewer.models.graph.lowering.aten_call import AtenCall, CallResult, TensorReference, default_arguments
from viewer.models.graph.lowering.functionalization import out_of_place_target
from viewer.models.graph.lowering.registry import can_lower
from viewer.models.graph.lowering.symbolic_sizes import ASSERTIONS, FUNCTIONS
from viewer.models.pt2.json_value import JsonValue
from viewer.models.pt2.signature import (
    INPUTS_REMEDY,
    describe_unsupported_inputs,
    input_names,
    named_outputs,
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

    def __init__(self, described: JsonValue) -> None:
        """Check the version, and read the inputs and the values.

        Raises
        ------
        ModelError
            The version is unknown, or the program's inputs cannot be explained.
        """
        version = described["schema_version"]
        major = version["major"].integer()
        if major != SCHEMA_MAJOR_VERSION:
            minor = version["minor"].integer()
            raise version.error(
                f"is {major}.{minor}, but only {SCHEMA_MAJOR_VERSION} is supported",
                "export the network again with torch 2.9 or later",
            )
        module = described["graph_module"]
        self.graph = module["graph"]
        self.signature = module["signature"]
        self._module = module
        self._values = self.graph["tensor_values"]
        self._batch: str | None = None
        self.inputs = self._read_inputs()

    def constants(self) -> list[tuple[str, str, bool, JsonValue]]:
        """Return each constant's name in the graph, own name, whether it is a parameter, and entry.

        Raises
        ------
        ModelError
            An input is of an unsupported kind.
        """
        found = []
        for entry in self.signature["input_specs"].list():
            kind, spec = entry.single_item()
            if kind == "parameter":
                found.append((spec["arg"]["name"].text(), spec["parameter_name"].text(), True, spec))
            elif kind == "buffer":
                found.append((spec["arg"]["name"].text(), spec["buffer_name"].text(), False, spec))
            elif kind == "tensor_constant":
                found.append((spec["arg"]["name"].text(), spec["tensor_constant_name"].text(), False, spec))
            elif kind not in ("user_input", "constant_input"):
                raise entry.error(f"is an input of the kind {kind}, which is not supported")
        return found

    def outputs(self) -> dict[str, str]:
        """Return the label and the name of every tensor that the program returns."""
        return {label: f"%{name}" for label, name in named_outputs(self._module).items()}

    def calls(self) -> list[AtenCall]:
        """Return every call, in order.

        Raises
        ------
        ModelError
            An operator or an argument is not supported; the message names it.
        """
        found = []
        for node in self.graph["nodes"].list():
            call = self._call(node)
            if call is not None:
                found.append(call)
        return found

    def _call(self, node: JsonValue) -> AtenCall | None:
        written = node["target"].text()
        target = written.removeprefix("torch.ops.")
        if target.startswith("aten.") and target == written:
            target = ""
        if target in ASSERTIONS:
            return None
        modules, line = modules_of(node), line_of(node)
        results = tuple(self._results(node))
        if target in FUNCTIONS:
            operands = tuple(self._argument(entry["arg"]) for entry in node["inputs"].list())
            return AtenCall(target, {"operands": operands}, results, modules, line)
        if not can_lower(out_of_place_target(target)):
            place = ", ".join(part for part in (modules[-1][0] if modules else "", line) if part)
            where = f" ({place})" if place else ""
            if "wrap_with_autocast" in written:
                raise node.error("has a block of torch.autocast", "export it after run_decompositions({})")
            raise node.error(f"calls {written[:120]}{where}, which is not a supported operator")
        try:
            arguments = default_arguments(target)
        except AttributeError as error:
            raise node.error(f"calls {written[:120]}, which torch does not have") from error
        for entry in node["inputs"].list():
            arguments[entry["name"].text()] = self._argument(entry["arg"])
        return AtenCall(target, arguments, results, modules, line)

    def _argument(self, argument: JsonValue) -> Any:
        kind, value = argument.single_item()
        match kind:
            case "as_none":
                return None
            case "as_tensor":
                return TensorReference(f"%{value['name'].text()}")
            case "as_tensors":
                return tuple(TensorReference(f"%{each['name'].text()}") for each in value.list())
            case "as_optional_tensor":
                return self._argument(value)
            case "as_optional_tensors" | "as_sym_ints" | "as_sym_floats":
                return tuple(self._argument(each) for each in value.list())
            case "as_int":
                return value.integer()
            case "as_ints":
                return tuple(each.integer() for each in value.list())
            case "as_float":
                return value.number()
            case "as_floats":
                return tuple(each.number() for each in value.list())
            case "as_bool":
                return value.boolean()
            case "as_bools":
                return tuple(each.boolean() for each in value.list())
            case "as_string":
                return value.text()
            case "as_sym_int" | "as_sym_float":
                return self._argument(value)
            case "as_name":
                return SymbolicSize(f"%{value.text()}")
            case "as_scalar_type":
                return dtype_of(value)
            case "as_layout" if value.integer() == STRIDED_LAYOUT:
                return None
            case "as_memory_format" | "as_device":
                # The viewer chooses the device, not the file.
                return None
        raise argument.error(f"is an argument of the kind {kind[:40]}, which is not supported")

    def _results(self, node: JsonValue) -> list[CallResult]:
        found = []
        for output in node["outputs"].list():
            kind, value = output.single_item()
            match kind:
                case "as_tensor":
                    found.append(self._result(value["name"].text()))
                case "as_tensors":
                    found.extend(self._result(each["name"].text()) for each in value.list())
                case "as_optional_tensors":
                    for each in value.list():
                        word, inner = each.single_item()
                        found.append(
                            self._result(inner["name"].text()) if word == "as_tensor" else CallResult("%")
                        )
                case "as_sym_int" | "as_sym_float" | "as_sym_bool":
                    word, inner = value.single_item()
                    found.append(CallResult(f"%{inner.text()}" if word == "as_name" else "%"))
                case "as_none":
                    found.append(CallResult("%"))
                case _:
                    raise output.error(f"is a result of the kind {kind[:40]}, which is not supported")
        return found

    def _result(self, name: str) -> CallResult:
        if not self._values.has(name):
            return CallResult(f"%{name}")
        value = self._values[name]
        fixed: list[int | None] = []
        shown: list[int | None] = []
        for size in value["sizes"].list():
            kind, written = size.single_item()
            if kind == "as_int":
                fixed.append(written.integer())
                shown.append(written.integer())
                continue
            names = set(re.findall(r"\b[su]\d+\b", written["expr_str"].text()[:10_000]))
            fixed.append(None)
            shown.append(None if names <= {self._batch} else self._example(size))
        return CallResult(f"%{name}", tuple(fixed), tuple(shown), dtype_of(value["dtype"]))

    def _read_inputs(self) -> tuple[Pt2Input, ...]:
        names = input_names(self.signature)
        sizes = {name: self._values[name]["sizes"].list() for name in names}
        if unsupported := describe_unsupported_inputs({name: len(found) for name, found in sizes.items()}):
            raise self.signature.error(unsupported, INPUTS_REMEDY)
        found = []
        for name in names:
            free = [self._symbol(size) for size in sizes[name]]
            example = tuple(self._example(size) for size in sizes[name])
            shape = tuple(None if symbol else size for symbol, size in zip(free, example, strict=True))
            found.append(Pt2Input(name, shape, example, dtype_of(self._values[name]["dtype"])))
            if self._batch is None and free:
                self._batch = free[0]
        return tuple(found)

    def _symbol(self, size: JsonValue) -> str | None:
        """Return the name of a dynamic size of the input; None if it is fixed."""
        kind, value = size.single_item()
        if kind == "as_int":
            return None
        written = value["expr_str"].text()
        found = SYMBOL.fullmatch(written)
        if kind != "as_expr" or found is None:
            raise size.error(f"is {written[:60]!r}, which is not a plain size", "export it with free sizes")
        return found[1]

    @staticmethod
    def _example(size: JsonValue) -> int:
        """Return a size of the example that the program was exported with; 0 if the file does not say."""
        kind, value = size.single_item()
        if kind == "as_int":
            return value.integer()
        if not value.has("hint") or value["hint"].value is None:
            return 0
        word, number = value["hint"].single_item()
        return number.integer() if word == "as_int" else 0


def dtype_of(code: JsonValue) -> torch.dtype:
    """Return the dtype of a code.

    Raises
    ------
    ModelError
        The code is unknown.
    """
    if code.integer() not in DTYPES:
        raise code.error(f"is an unknown dtype code ({code.integer()})")
    return DTYPES[code.integer()]


def modules_of(node: JsonValue) -> tuple[tuple[str, int], ...]:
    """Return path and call index of the modules that a node was traced in, from the outermost."""
    stack = node["metadata"].mapping().get("nn_module_stack", "") if node.has("metadata") else ""
    found = []
    for entry in stack.split(";") if isinstance(stack, str) else ():
        key, _, rest = entry.partition(",")
        path, comma, _ = rest.rpartition(",")
        if comma and not key.startswith("_empty"):
            call = key.partition("@")[2]
            found.append((path, int(call) if re.fullmatch(r"\d{1,9}", call) else 0))
    return tuple(found)


def line_of(node: JsonValue) -> str:
    """Return ``FILE:LINE`` of the innermost source line outside torch that the file names."""
    trace = node["metadata"].mapping().get("stack_trace", "") if node.has("metadata") else ""
    frames = re.findall(r'File "([^"\n]{1,400})", line (\d{1,9})', trace) if isinstance(trace, str) else []
    mine = [(path, line) for path, line in frames if "/torch/" not in path and not path.startswith("torch/")]
    if not mine:
        return ""
    path, line = mine[-1]
    name = PureWindowsPath(path).name if "\\" in path else PurePosixPath(path).name
    return f"{name}:{line}"
