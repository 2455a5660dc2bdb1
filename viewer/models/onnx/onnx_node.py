"""Operators, inputs and outputs of an ONNX file as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class OnnxValue:
    """An input or output: its name, its shape with None for sizes that are not fixed, and its dtype."""

    name: str
    shape: tuple[int | None, ...] | None
    dtype: torch.dtype | None

    @property
    def text(self) -> str:
        """Name and shape as text."""
        sizes = ("?",) if self.shape is None else ("?" if size is None else str(size) for size in self.shape)
        return f"{self.name} ({'×'.join(sizes)})"


@dataclass(frozen=True)
class OnnxNode:
    """One operator.

    Parameters
    ----------
    name
        Name in the file, or operator and index if it has none.
    operator
        Operator of the standard.
    inputs, outputs
        Names of values; empty for an omitted one.
    attributes
        Attributes by name, with the standard's defaults.
    version
        Opset in which this definition of the operator appeared.
    scope
        Path of the PyTorch module it was exported from, if the exporter recorded it.
    """

    name: str
    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    version: int = 1
    scope: str = ""
