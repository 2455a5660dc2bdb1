"""Contents of an ONNX file: nodes, weights, inputs and outputs. Nothing in the file is executed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from viewer.errors import ModelError
from viewer.files import check_regular, read_regular
from viewer.models.onnx.external_data import ExternalData
from viewer.models.onnx.onnx_node import OnnxNode, OnnxValue
from viewer.models.onnx.operators import OPERATORS
from viewer.models.onnx.wire_format import count_description_bytes
from viewer.number_format import format_count

if TYPE_CHECKING:
    import torch

INSTALL = 'pip install "saliency-viewer[onnx]"'

MAX_FILE_BYTES = 2**31
"""Largest file: protobuf's own limit. Larger networks keep their weights in a file beside it."""

MAX_DESCRIPTION_BYTES = 2**25
"""Largest description of a network without its weights; those of large transformers have about ten million
bytes."""

MAX_UNSUPPORTED_NAMED = 5
"""Maximum number of unsupported operators named in an error."""

DOMAINS = ("", "ai.onnx")
"""Names of the standard's own operator set."""


@dataclass(frozen=True)
class OnnxFile:
    """Contents of an ONNX file.

    Parameters
    ----------
    nodes
        Operators in execution order, without constants.
    tensors
        Weights and constants by name.
    weights
        Names of those that are weights.
    inputs, outputs
        Inputs and outputs of the network.
    opset
        Version of the standard's operator set.
    producer
        Program that wrote the file.
    external_files
        Files beside it that hold weights.
    """

    nodes: tuple[OnnxNode, ...]
    tensors: Mapping[str, torch.Tensor]
    weights: frozenset[str]
    inputs: tuple[OnnxValue, ...]
    outputs: tuple[OnnxValue, ...]
    opset: int
    producer: str
    external_files: tuple[Path, ...] = ()


def read_onnx(path: Path) -> OnnxFile:
    """Read an ONNX file and the files of weights beside it.

    Raises
    ------
    ModelError
        The package onnx is missing; the file is damaged or of an unsupported opset, or uses operators that
        are not supported, which the message names.
    """
    return OnnxReader(path).read()


class OnnxReader:
    """Reader of one file."""

    def __init__(self, path: Path) -> None:
        try:
            import onnx
        except ModuleNotFoundError as error:
            raise ModelError(
                path, "is ONNX, which the package onnx reads", f"install it: {INSTALL}"
            ) from error
        self.path = path
        self.onnx = onnx
        self._defaults: dict[tuple[str, int], dict[str, Any]] = {}

    def error(self, part: str, problem: str, remedy: str = "") -> ModelError:
        """Return an error about a part of the file."""
        return ModelError(f"{self.path}, {part}", problem, remedy)

    def read(self) -> OnnxFile:
        """Read the file."""
        model = self._parse()
        graph = model.graph
        opset = self._read_opset(model)
        if graph.sparse_initializer:
            raise self.error("weights", "are stored as sparse tensors", "export it with dense weights")
        external = ExternalData(self.path)
        tensors: dict[str, torch.Tensor] = {}
        for entry in graph.initializer:
            if not entry.name or entry.name in tensors:
                raise self.error(f"tensor {entry.name!r}", "appears twice or has no name")
            tensors[entry.name] = self._read_tensor(entry, external, f"tensor {entry.name!r}")
        weights = frozenset(
            name for name, tensor in tensors.items() if tensor.is_floating_point() and tensor.dim()
        )
        nodes: list[OnnxNode] = []
        unsupported: dict[str, str] = {}
        for index, entry in enumerate(graph.node):
            node = self._read_node(entry, index, opset, external, unsupported)
            if node is None:
                continue
            if node.operator == "Constant":
                tensors[node.outputs[0]] = self._read_constant(node)
            else:
                nodes.append(node)
        if unsupported:
            raise self._unsupported_error(unsupported)
        inputs = tuple(self._read_value(entry) for entry in graph.input if entry.name not in tensors)
        outputs = tuple(self._read_value(entry) for entry in graph.output)
        if not inputs or not outputs:
            raise ModelError(
                self.path,
                f"has {format_count(len(inputs), 'input')} and {format_count(len(outputs), 'output')}",
            )
        producer = f"{model.producer_name} {model.producer_version}".strip()
        return OnnxFile(tuple(nodes), tensors, weights, inputs, outputs, opset, producer, external.files)

    def _parse(self) -> Any:
        from google.protobuf.message import DecodeError

        # A limit far above the size would be allocated in full.
        limit = min(check_regular(self.path, ModelError), MAX_FILE_BYTES)
        content = read_regular(self.path, limit, ModelError, "an ONNX file")
        size = count_description_bytes(content, self.path)
        if size > MAX_DESCRIPTION_BYTES:
            problem = f"describes its network in {size:,} bytes"
            raise ModelError(self.path, problem, f"at most {MAX_DESCRIPTION_BYTES:,} are read")
        try:
            return self.onnx.ModelProto.FromString(content)
        except DecodeError as error:
            raise ModelError(
                self.path, "is a damaged or cut-off ONNX file", "export or download it again"
            ) from error

    def _read_opset(self, model: Any) -> int:
        versions = [entry.version for entry in model.opset_import if entry.domain in DOMAINS]
        if len(versions) != 1:
            raise ModelError(
                self.path, f"names {len(versions)} versions of ONNX's operators", "exactly one is needed"
            )
        newest = self.onnx.defs.onnx_opset_version()
        (opset,) = versions
        if not 1 <= opset <= newest:
            raise ModelError(
                self.path, f"has the opset {opset}, but the installed onnx supports 1 to {newest}", INSTALL
            )
        return int(opset)

    def _read_node(
        self, entry: Any, index: int, opset: int, external: ExternalData, unsupported: dict[str, str]
    ) -> OnnxNode | None:
        """Return a node; None if its operator is not supported, which is noted in ``unsupported``."""
        name = entry.name or f"{entry.op_type}_{index}"
        if entry.domain not in DOMAINS:
            unsupported.setdefault(f"{entry.domain}.{entry.op_type}", name)
            return None
        try:
            version = self.onnx.defs.get_schema(entry.op_type, opset, "").since_version
        except self.onnx.defs.SchemaError:
            unsupported.setdefault(entry.op_type, name)
            return None
        operator = OPERATORS.get(entry.op_type)
        if entry.op_type != "Constant" and (operator is None or version not in operator.versions):
            of_version = "" if operator is None else f" as of opset {version}"
            unsupported.setdefault(f"{entry.op_type}{of_version}", name)
            return None
        attributes = dict(self._default_attributes(entry.op_type, version))
        for attribute in entry.attribute:
            value = self._read_attribute(attribute, external, name)
            if entry.op_type != "Constant" and hasattr(value, "numpy"):
                value = value.float().numpy() if value.is_floating_point() else value.numpy()
            attributes[attribute.name] = value
        if not entry.output or not entry.output[0]:
            raise self.error(f"node {name!r}", "has no output")
        return OnnxNode(
            name,
            entry.op_type,
            tuple(entry.input),
            tuple(entry.output),
            attributes,
            version,
            _read_scope(entry),
        )

    def _default_attributes(self, operator: str, version: int) -> Mapping[str, Any]:
        """Return the standard's defaults of an operator's attributes."""
        key = (operator, version)
        if key not in self._defaults:
            schema = self.onnx.defs.get_schema(operator, version, "")
            self._defaults[key] = {
                name: _to_plain_value(self.onnx.helper.get_attribute_value(attribute.default_value))
                for name, attribute in schema.attributes.items()
                if attribute.default_value.type != self.onnx.AttributeProto.UNDEFINED
            }
        return self._defaults[key]

    def _read_attribute(self, attribute: Any, external: ExternalData, node: str) -> Any:
        kinds = self.onnx.AttributeProto
        location = f"node {node!r}, {attribute.name!r}"
        if attribute.type == kinds.TENSOR:
            return self._read_tensor(attribute.t, external, location)
        if attribute.type in (kinds.INT, kinds.INTS, kinds.FLOAT, kinds.FLOATS, kinds.STRING, kinds.STRINGS):
            return _to_plain_value(self.onnx.helper.get_attribute_value(attribute))
        raise self.error(location, "is an attribute of an unsupported kind")

    def _read_constant(self, node: OnnxNode) -> torch.Tensor:
        """Return the value of a ``Constant`` node."""
        import torch

        attributes = node.attributes
        if isinstance(attributes.get("value"), torch.Tensor):
            return attributes["value"]  # type: ignore[no-any-return]
        for name, dtype in (("float", torch.float32), ("int", torch.int64)):
            for key in (f"value_{name}", f"value_{name}s"):
                if key in attributes:
                    return torch.tensor(attributes[key], dtype=dtype)
        raise self.error(f"node {node.name!r}", "is a constant without a value")

    def _read_tensor(self, entry: Any, external: ExternalData, label: str) -> torch.Tensor:
        """Return a tensor of the file; its size is checked before memory is allocated."""
        import numpy as np
        import torch

        types = self.onnx.TensorProto
        try:
            dtype = np.dtype(self.onnx.helper.tensor_dtype_to_np_dtype(entry.data_type))
        except (KeyError, TypeError, ValueError) as error:
            raise self.error(label, f"has the unknown type {entry.data_type}") from error
        supported = entry.data_type in (types.BFLOAT16, types.BOOL) or dtype.kind in "fiu"
        if not supported or dtype in (np.dtype("uint16"), np.dtype("uint32"), np.dtype("uint64")):
            raise self.error(
                label, f"has the type {types.DataType.Name(entry.data_type)}, which is not supported"
            )
        shape = tuple(entry.dims)
        if any(size < 0 for size in shape):
            raise self.error(label, f"has the invalid shape {shape}")
        try:
            if entry.data_location == types.EXTERNAL:
                array = external.read(entry, dtype, shape, label)
            else:
                array = self.onnx.numpy_helper.to_array(entry)
        except ModelError:
            raise
        except (ValueError, TypeError, OverflowError, MemoryError) as error:
            raise self.error(label, f"holds values that do not match its shape {shape}") from error
        if entry.data_type == types.BFLOAT16:
            return torch.from_numpy(array.astype(np.float32)).to(torch.bfloat16)
        return torch.from_numpy(np.array(array, dtype=dtype.newbyteorder("=")))

    def _read_value(self, entry: Any) -> OnnxValue:
        import torch

        kind = entry.type.tensor_type
        shape = None
        if kind.HasField("shape"):
            shape = tuple(
                size.dim_value if size.HasField("dim_value") and size.dim_value > 0 else None
                for size in kind.shape.dim
            )
        types = self.onnx.TensorProto
        dtypes = {types.FLOAT: torch.float32, types.DOUBLE: torch.float64, types.FLOAT16: torch.float16,
                  types.BFLOAT16: torch.bfloat16}  # fmt: skip
        return OnnxValue(entry.name, shape, dtypes.get(kind.elem_type))

    def _unsupported_error(self, unsupported: Mapping[str, str]) -> ModelError:
        """Return the error that names the unsupported operators and the first node of each."""
        items = [f"{operator} (node {name!r})" for operator, name in unsupported.items()]
        extra = len(items) - MAX_UNSUPPORTED_NAMED
        names = ", ".join(items[:MAX_UNSUPPORTED_NAMED]) + (f" and {extra} more" if extra > 0 else "")
        plural = "s" if len(items) > 1 else ""
        return ModelError(
            self.path,
            f"uses the operator{plural} {names}, which the viewer does not support",
            "export the network from PyTorch with torch.export.save, or without them",
        )


def _to_plain_value(value: Any) -> Any:
    """Return an attribute's value with text as str and several values as a tuple."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, (str, int, float)):
        return value
    if isinstance(value, Sequence) or hasattr(value, "__iter__"):
        return tuple(_to_plain_value(item) for item in value)
    return value


def _read_scope(entry: Any) -> str:
    """Return the path of the module that torch's exporter recorded for a node; empty if there is none."""
    for pair in _metadata_entries(entry):
        if pair.key == "pkg.torch.onnx.name_scopes":
            scopes = re.findall(r"'([^']*)'", pair.value)
            return scopes[-2] if len(scopes) > 1 else ""
    return ""


def _metadata_entries(entry: Any) -> Iterator[Any]:
    yield from getattr(entry, "metadata_props", ())
