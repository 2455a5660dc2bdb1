"""ONNX files: built by hand with `onnx.helper`, or exported by torch; onnxruntime as the oracle."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")


def runtime_outputs(path: Path, inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
    """What onnxruntime answers, without its own optimisations of the graph."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return session.run(None, inputs)


@pytest.fixture
def runtime() -> Callable[..., list[np.ndarray]]:
    return runtime_outputs


def write_graph(
    path: Path,
    nodes: Sequence[Any],
    shape: Sequence[int | str],
    constants: dict[str, np.ndarray] | None = None,
    opset: int = 17,
    outputs: Sequence[str] = ("y",),
    out_rank: int | None = None,
) -> Path:
    """Write a graph with the input x; the shapes of the outputs are left open."""
    from onnx import TensorProto, helper, numpy_helper

    graph = helper.make_graph(
        list(nodes),
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, list(shape))],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(value, name) for name, value in (constants or {}).items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], producer_name="by hand")
    model.ir_version = 6 if opset < 15 else 8 if opset < 19 else 10
    path.write_bytes(model.SerializeToString())
    return path


@pytest.fixture
def graph_file(tmp_path: Path) -> Callable[..., Path]:
    def write(*arguments: Any, **settings: Any) -> Path:
        return write_graph(tmp_path / "net.onnx", *arguments, **settings)

    return write


def export(
    module: nn.Module,
    x: torch.Tensor | tuple[torch.Tensor, ...],
    path: Path,
    dynamo: bool = True,
    **settings: Any,
) -> Path:
    """Export a module with one of torch's two exporters."""
    if dynamo:
        pytest.importorskip("onnxscript")
        settings.setdefault("verbose", False)
    inputs = x if isinstance(x, tuple) else (x,)
    settings.setdefault("input_names", ["image"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module, inputs, str(path), dynamo=dynamo, **settings)
    return path
