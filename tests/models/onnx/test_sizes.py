"""Shapes that a graph computes from the size of its input, for any batch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
from onnx import TensorProto, helper  # noqa: E402

from viewer.models.graph.capture import capture  # noqa: E402
from viewer.models.graph.interpreter import run  # noqa: E402
from viewer.models.onnx.network import OnnxNetwork  # noqa: E402
from viewer.models.onnx.onnx_file import read_onnx  # noqa: E402


def node(operator: str, inputs: str, output: str = "y", **attributes: Any) -> Any:
    return helper.make_node(operator, inputs.split(), output.split(), **attributes)


def ints(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def axes(opset: int, operator: str, x: str, y: str, axis: int) -> Any:
    return (
        node(operator, x, y, axes=[axis]) if opset < 13 else node(operator, f"{x} axis{axis}", y)
    )  # fmt: skip


def reshaped(opset: int) -> tuple[list[Any], dict[str, np.ndarray]]:
    """``x.view(x.shape[0], -1)`` as old exporters write it."""
    return [
        node("Shape", "x", "s"),
        node("Gather", "s zero", "n", axis=0),
        axes(opset, "Unsqueeze", "n", "n1", 0),
        node("Concat", "n1 rest", "t", axis=0),
        node("Reshape", "x t"),
    ], {"zero": np.array(0, np.int64), "rest": ints(-1), "axis0": ints(0)}


def expanded(opset: int) -> tuple[list[Any], dict[str, np.ndarray]]:
    """A class token for each sample: ``token.expand(n, -1, -1)``."""
    token = np.random.default_rng(2).standard_normal((1, 1, 4)).astype(np.float32)
    return [
        node("Shape", "x", "s"),
        node("Slice", "s zero one", "n"),
        node("Concat", "n ones", "t", axis=0),
        node("Shape", "t", "rank"),
        node("ConstantOfShape", "rank", "filled", value=helper.make_tensor("v", TensorProto.INT64, [1], [1])),
        node("Mul", "filled minus", "negative"),
        node("Equal", "t negative", "open"),
        node("Where", "open filled t", "sizes"),
        node("Expand", "token sizes", "tokens"),
        node("Reshape", "x flat", "rows"),
        node("Concat", "tokens rows", axis=1),
    ], {
        "zero": ints(0), "one": ints(1), "ones": ints(-1, -1), "minus": ints(-1), "token": token,
        "flat": ints(0, -1, 4),
    }  # fmt: skip


def masked(opset: int) -> tuple[list[Any], dict[str, np.ndarray]]:
    """Only positions before the middle are kept."""
    return [
        node("Shape", "x", "s"),
        node("Gather", "s last", "w", axis=0),
        node("Range", "zero w one", "positions"),
        node("Cast", "positions", "as_float", to=TensorProto.FLOAT),
        node("Div", "w two", "middle"),
        node("Cast", "middle", "bound", to=TensorProto.FLOAT),
        node("Less", "as_float bound", "before"),
        node("Not", "before", "after"),
        node("Or", "before after", "any"),
        node("And", "before any", "kept"),
        node("Where", "kept x nothing", "m"),
        node("Greater", "m nothing", "above"),
        node("Cast", "above", "weight", to=TensorProto.FLOAT),
        node("Mul", "m weight"),
    ], {
        "last": np.array(4, np.int64), "zero": np.array(0, np.int64), "one": np.array(1, np.int64),
        "two": np.array(2, np.int64), "nothing": np.array(0, np.float32),
    }  # fmt: skip


def resized(opset: int) -> tuple[list[Any], dict[str, np.ndarray]]:
    """Twice the size, computed from the shape."""
    return [
        node("Shape", "x", "s"),
        node("Slice", "s two five", "space"),
        node("Slice", "s zero two", "front"),
        node("Mul", "space two", "doubled"),
        node("Concat", "front doubled", "sizes", axis=0),
        node("Resize", "x none none sizes", mode="nearest", nearest_mode="floor",
             coordinate_transformation_mode="asymmetric"),
    ], {"zero": ints(0), "two": ints(2), "five": ints(5), "none": np.zeros(0, np.float32)}  # fmt: skip


def counted(opset: int) -> tuple[list[Any], dict[str, np.ndarray]]:
    """The sum over the voxels, divided by their number."""
    return [
        node("Size", "x", "all"),
        node("Shape", "x", "s"),
        node("Gather", "s zero", "n", axis=0),
        node("Div", "all n", "each"),
        node("Cast", "each", "count", to=TensorProto.FLOAT),
        node("Sqrt", "count", "root"),
        node("Reshape", "x flat", "rows"),
        node("Div", "rows root", "scaled"),
        node("ReduceSum", "scaled", keepdims=0, axes=[1])
        if opset < 13
        else node("ReduceSum", "scaled axis1", keepdims=0),
    ], {"zero": np.array(0, np.int64), "flat": ints(0, -1), "axis1": ints(1)}


SLOW = [pytest.param(opset, marks=pytest.mark.slow) for opset in (12, 15, 17, 19)]


@pytest.mark.parametrize("opset", [11, 13, 21, *SLOW])
@pytest.mark.parametrize("build", [reshaped, expanded, masked, resized, counted])
def test_it_answers_as_onnxruntime_for_any_batch(
    graph_file: Callable[..., Path], runtime: Callable[..., Any], build: Callable[..., Any], opset: int
) -> None:
    nodes, constants = build(opset)
    path = graph_file(nodes, ("N", 3, 4, 4, 6), constants, opset)
    network = OnnxNetwork(read_onnx(path), str(path))
    captured = capture(network, torch.zeros(1, 3, 4, 4, 6))
    assert captured.input.shape[0] is None
    for batch in (1, 3):
        x = torch.randn(batch, 3, 4, 4, 6, generator=torch.Generator().manual_seed(batch))
        (expected,) = runtime(path, {"x": x.numpy()})
        torch.testing.assert_close(network(x), torch.from_numpy(expected), rtol=1e-5, atol=1e-5)
        torch.testing.assert_close(run(captured, x), torch.from_numpy(expected), rtol=1e-5, atol=1e-5)


def test_a_batch_fixed_by_the_file_becomes_free_in_the_graph(
    graph_file: Callable[..., Path], runtime: Callable[..., Any]
) -> None:
    path = graph_file([node("Reshape", "x sizes")], (1, 2, 2, 2, 2), {"sizes": ints(1, 16)})
    captured = capture(OnnxNetwork(read_onnx(path), str(path)), torch.zeros(1, 2, 2, 2, 2))
    assert run(captured, torch.zeros(3, 2, 2, 2, 2)).shape == (3, 16)
