"""Every operator of the table, in every version of its definition, against onnxruntime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
from onnx import helper  # noqa: E402

from tests.models.onnx.conftest import runtime_outputs, write_graph  # noqa: E402
from viewer.models.onnx.network import OnnxNetwork  # noqa: E402
from viewer.models.onnx.onnx_file import read_onnx  # noqa: E402
from viewer.models.onnx.operators import OPERATORS  # noqa: E402

rng = np.random.default_rng(0)
VOLUME = (2, 3, 5, 6, 7)


def f(*shape: int) -> np.ndarray:
    return rng.standard_normal(shape).astype(np.float32)


def i(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def n(value: float) -> np.ndarray:
    return np.array(value, np.float32)


class Case:
    """One node whose first input is x, unless it is given as one of the others."""

    def __init__(
        self, operator: str, *inputs: Any, x: tuple[int, ...] = VOLUME, since: int = 0, until: int = 99,
        positive: bool = False, out: int = 1, chain: bool = False, **attributes: Any
    ) -> None:  # fmt: skip
        self.operator, self.inputs, self.x, self.since, self.until = operator, inputs, x, since, until
        self.positive, self.out, self.chain, self.attributes = positive, out, chain, attributes

    def versions(self) -> list[int]:
        return [one for one in OPERATORS[self.operator].versions if self.since <= one <= self.until]


def unary(*names: str, **settings: Any) -> list[Case]:
    return [Case(name, **settings) for name in names]


def binary(*names: str, **settings: Any) -> list[Case]:
    return [Case(name, other, **settings) for name in names for other in (f(3, 1, 1, 1), n(0.7))]


def reduced(name: str, until: int, **settings: Any) -> list[Case]:
    return [
        Case(name, axes=[2, -1], keepdims=0, until=until, **settings),
        Case(name, axes=[2, 3, 4], until=until, **settings),
        Case(name, i(2, -1), keepdims=0, since=until + 1, **settings),
        Case(name, i(2, 3, 4), since=until + 1, **settings),
        Case(name, **settings),
    ]


CASES = [
    Case("Conv", f(4, 3, 3, 3, 3), f(4)),
    Case("Conv", f(4, 3, 3, 2, 3), strides=[2, 1, 2], pads=[1, 0, 2, 0, 1, 1], dilations=[1, 2, 1]),
    Case("Conv", f(6, 1, 3, 3, 3), group=3, pads=[1] * 6),
    Case("Conv", f(4, 3, 3, 3, 3), auto_pad="SAME_UPPER", strides=[2, 2, 2]),
    Case("Conv", f(4, 3, 2, 2, 2), auto_pad="SAME_LOWER", strides=[2, 2, 2]),
    Case("Conv", f(4, 3, 2, 2, 2), auto_pad="VALID"),
    Case("Conv", f(4, 3, 3), x=(2, 3, 9)),
    Case("Conv", f(4, 3, 3, 3), x=(2, 3, 9, 8)),
    Case("ConvTranspose", f(3, 4, 2, 2, 2), f(4), strides=[2, 2, 2]),
    Case("ConvTranspose", f(3, 4, 3, 3, 3), strides=[2, 2, 2], pads=[1] * 6, output_padding=[1, 1, 1]),
    Case("ConvTranspose", f(3, 4, 3, 3, 3), strides=[2, 2, 2], pads=[0, 1, 0, 1, 1, 0]),
    Case("ConvTranspose", f(3, 2, 3, 3, 3), group=3, dilations=[2, 1, 1]),
    Case("Gemm", f(4, 3), f(4), x=(2, 3), transB=1),
    Case("Gemm", f(3, 4), f(2, 4), x=(2, 3), alpha=0.5, beta=2.0),
    Case("Gemm", f(2, 4), f(1), x=(2, 3), transA=1),
    Case("Gemm", f(3, 4), x=(2, 3), since=11),
    Case("MatMul", f(7, 4)),
    Case("MatMul", f(2, 3, 5, 7, 2)),
    Case("Einsum", f(7, 4), equation="bcdhw,wk->bdk"),
    Case("MaxPool", kernel_shape=[2, 2, 2], strides=[2, 2, 2]),
    Case("MaxPool", kernel_shape=[3, 3, 3], strides=[2, 2, 2], pads=[1] * 6),
    Case("MaxPool", kernel_shape=[2, 3, 2], pads=[0, 0, 1, 1, 2, 0]),
    Case("MaxPool", kernel_shape=[3, 3, 3], auto_pad="SAME_UPPER", strides=[2, 2, 2]),
    Case("MaxPool", kernel_shape=[2, 2, 2], strides=[2, 2, 2], ceil_mode=1, since=10),
    Case("MaxPool", kernel_shape=[2, 2, 2], dilations=[2, 1, 2], since=10),
    Case("AveragePool", kernel_shape=[2, 2, 2], strides=[2, 2, 2]),
    Case("AveragePool", kernel_shape=[3, 3, 3], pads=[1] * 6),
    Case("AveragePool", kernel_shape=[3, 3, 3], pads=[1] * 6, count_include_pad=1),
    Case("AveragePool", kernel_shape=[2, 2, 2], pads=[0, 0, 0, 1, 1, 1]),
    Case("AveragePool", kernel_shape=[2, 2, 2], pads=[0, 0, 0, 1, 1, 1], count_include_pad=1),
    Case("AveragePool", kernel_shape=[3, 3, 3], auto_pad="SAME_UPPER", strides=[2, 2, 2]),
    Case("AveragePool", kernel_shape=[2, 2, 2], strides=[2, 2, 2], ceil_mode=1, since=19),
    Case("GlobalAveragePool"),
    Case("GlobalMaxPool"),
    Case("BatchNormalization", f(3), f(3), f(3), np.abs(f(3)) + 0.1, epsilon=1e-3),
    Case("InstanceNormalization", f(3), f(3), epsilon=1e-3),
    Case("GroupNormalization", f(2), f(2), x=(2, 4, 5, 6, 7), num_groups=2, until=18),
    Case("GroupNormalization", f(4), f(4), x=(2, 4, 5, 6, 7), num_groups=2, since=21),
    Case("LayerNormalization", f(7), f(7)),
    Case("LayerNormalization", f(6, 7), axis=-2, epsilon=1e-3),
    *[Case(name, axis=axis) for name in ("Softmax", "LogSoftmax") for axis in (1, 2, 4)],
    Case("Softmax"),
    Case("Softmax", x=(2, 3)),
    Case("Dropout", until=10),
    Case("Dropout", n(0.5), since=12),
    Case("Dropout", n(0.5), np.array(False), since=12),
    *unary("Relu", "LeakyRelu", "Elu", "Celu", "ThresholdedRelu", "Selu", "Gelu", "Sigmoid", "HardSigmoid"),
    *unary("HardSwish", "Mish", "Tanh", "Softplus", "Softsign", "Erf", "Exp", "Abs", "Neg", "Sign", "Floor"),
    *unary("Ceil", "Round", "Sin", "Cos", "Reciprocal", "Identity"),
    *unary("Log", "Sqrt", positive=True),
    *[Case(name, alpha=0.3) for name in ("LeakyRelu", "Elu", "Celu", "ThresholdedRelu")],
    Case("Selu", alpha=1.5, gamma=0.9),
    Case("HardSigmoid", alpha=1 / 6, beta=0.5),
    Case("Gelu", approximate="tanh"),
    *[Case("PRelu", slope) for slope in (f(3, 1, 1, 1), f(1), f(7))],
    Case("Clip", min=-0.5, max=0.8, until=6),
    Case("Clip", min=0.0, until=6),
    Case("Clip", n(0), n(6), since=11),
    Case("Clip", n(0), since=11),
    Case("Clip", "", n(0.4), since=11),
    Case("Clip", since=11),
    *binary("Add", "Sub", "Mul", "Div", "Max", "Min", "Sum", "Mean"),
    Case("Sum", f(7), f(6, 1)),
    *[Case("Pow", exponent, positive=True) for exponent in (n(2), n(0.5), f(7))],
    Case("Mod", n(2.0), fmod=1),
    Case("Concat", f(2, 2, 5, 6, 7), axis=1),
    Case("Concat", f(2, 3, 5, 6, 1), axis=-1),
    Case("Reshape", i(0, -1, 7), until=13),
    Case("Reshape", i(2, 0, 30, -1)),
    *[Case("Flatten", axis=axis) for axis in (0, 1, 3)],
    Case("Flatten"),
    Case("Transpose", perm=[0, 2, 3, 4, 1]),
    Case("Transpose"),
    Case("Squeeze", x=(2, 3, 1, 1, 4), axes=[2, 3], until=11),
    Case("Squeeze", i(2, -2), x=(2, 3, 1, 1, 4), since=13),
    Case("Squeeze", x=(2, 3, 1, 1, 4)),
    Case("Unsqueeze", x=(2, 3), axes=[2, 3], until=11),
    Case("Unsqueeze", i(0, -1), x=(2, 3), since=13),
    Case("Split", axis=2, split=[2, 3], out=2, until=11),
    Case("Split", axis=3, out=2, until=13),
    Case("Split", i(2, 3), axis=2, out=2, since=13),
    Case("Split", axis=2, num_outputs=2, out=2, since=18),
    Case("Slice", starts=[1, 0], ends=[3, 2**31 - 1], axes=[2, 4], until=1),
    Case("Slice", i(1, -3), i(3, 2**62), i(2, 4), since=10),
    Case("Slice", i(-1, 5), i(-(2**62), 1), i(3, 4), i(-1, -2), since=10),
    Case("Slice", i(0, 1), i(2, 3), since=10),
    Case("Gather", i(2, 0), axis=2),
    Case("Gather", np.array(-1, np.int64), axis=1),
    Case("Gather", i(1, 2, 3), axis=4),
    Case("Gather", np.array([[0, 1], [2, 0]], np.int64), axis=1),
    Case("GatherElements", np.array([[[[[1]]]]], np.int64), x=(1, 1, 1, 1, 7), axis=4),
    Case("Expand", i(2, 3, 5, 6, 7), x=(2, 3, 1, 1, 7)),
    Case("Expand", i(4, 1, 3), x=(3, 1)),
    Case("Tile", i(1, 2, 1, 1, 2)),
    Case("Pad", pads=[0, 0, 1, 0, 2, 0, 0, 0, 1, 0], value=0.5, until=2),
    Case("Pad", pads=[0, 0, 1, 0, 2, 0, 0, 0, 1, 0], mode="edge", until=2),
    Case("Pad", i(0, 0, 1, 0, 2, 0, 0, 0, 1, 0), n(0.5), since=11),
    Case("Pad", i(0, 0, 0, 0, 2, 0, 0, 0, 1, 0), mode="edge", since=11),
    Case("Pad", i(0, 0, 1, 0, 2, 0, 0, 2, 1, 1), mode="reflect", since=11),
    Case("Pad", i(0, 0, -1, 0, 0, 0, 0, 0, -2, 0), since=11),
    Case("Pad", i(1, 2), n(0), i(3), since=18),
    Case("Pad", i(0, 0, 1, 0, 2, 0, 0, 2, 1, 1), mode="wrap", since=19),
    *[Case("Trilu", upper=upper) for upper in (0, 1)],
    Case("Trilu", np.array(1, np.int64)),
    *[case for name in ("ReduceMean", "ReduceL1", "ReduceL2", "ReduceProd") for case in reduced(name, 13)],
    *[case for name in ("ReduceSumSquare", "ReduceLogSumExp") for case in reduced(name, 13)],
    *[case for name in ("ReduceMax", "ReduceMin") for case in reduced(name, 13)],
    *reduced("ReduceSum", 11),
    Case("ReduceMean", noop_with_empty_axes=1, since=18),
    Case("Upsample", scales=[1.0, 1.0, 2.0, 2.0, 2.0], mode="nearest", until=7),
    Case("Upsample", np.array([1, 1, 2, 3, 1], np.float32), mode="nearest", since=9),
    Case("Resize", np.array([1, 1, 2, 3, 1], np.float32), mode="nearest", until=10),
]  # fmt: skip
NONE = np.zeros(0, np.float32)
for mode, transform, rounding in (
    ("nearest", "asymmetric", "floor"),
    ("nearest", "half_pixel", "round_prefer_floor"),
    ("nearest", "half_pixel", "round_prefer_ceil"),
    ("linear", "half_pixel", ""),
    ("linear", "pytorch_half_pixel", ""),
    ("linear", "align_corners", ""),
):
    settings = {"mode": mode, "coordinate_transformation_mode": transform, "since": 11}
    settings |= {"nearest_mode": rounding} if rounding else {}
    CASES += [
        Case("Resize", NONE, np.array([1, 1, 2, 3, 2], np.float32), **settings),
        Case("Resize", NONE, NONE, i(2, 3, 10, 12, 21), **settings),
    ]
CASES += [
    Case("Resize", "", "", i(10, 12, 14), axes=[2, 3, 4], mode="nearest", nearest_mode="floor", since=18,
         coordinate_transformation_mode="asymmetric"),
    Case("Resize", NONE, NONE, i(2, 3, 12, 14), x=(2, 3, 6, 7), mode="cubic", since=11),
]  # fmt: skip


def parameters() -> list[Any]:
    """Every case in every version; those between the first and the last only with --slow."""
    found = []
    for index, case in enumerate(CASES):
        versions = case.versions()
        for version in versions:
            marks = [] if version in (versions[0], versions[-1]) else [pytest.mark.slow]
            found.append(pytest.param(case, version, id=f"{case.operator}-{version}-{index}", marks=marks))
    return found


@pytest.mark.parametrize(("case", "version"), parameters())
def test_an_operator_computes_what_onnxruntime_does(tmp_path: Path, case: Case, version: int) -> None:
    constants = {f"c{at}": one for at, one in enumerate(case.inputs) if not isinstance(one, str)}
    names = ["x", *(one if isinstance(one, str) else f"c{at}" for at, one in enumerate(case.inputs))]
    outputs = [f"y{at}" for at in range(case.out)] if case.out > 1 else ["y"]
    node = helper.make_node(case.operator, names, outputs, name="the node", **case.attributes)
    path = write_graph(tmp_path / "net.onnx", [node], case.x, constants, max(version, 7), outputs)
    x = np.random.default_rng(1).standard_normal(case.x).astype(np.float32)
    x = np.abs(x) + 0.2 if case.positive else x
    read = read_onnx(path)
    assert read.nodes[0].version == version
    network = OnnxNetwork(read, "net.onnx")
    with torch.no_grad():
        found = network(torch.from_numpy(x))
    for name, expected in zip(outputs, runtime_outputs(path, {"x": x}), strict=True):
        one = found[name] if isinstance(found, dict) else found
        assert one.shape == expected.shape
        torch.testing.assert_close(one, torch.from_numpy(expected), rtol=1e-5, atol=1e-5)


ON_SIZES = frozenset(
    {
        *("Shape", "Size", "Range", "ConstantOfShape", "Cast", "CastLike", "Not", "And", "Or", "Where"),
        *("Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual"),
    }
)
"""Operators on sizes and conditions, which are compared in graphs of several nodes."""


def test_every_operator_of_the_table_is_compared() -> None:
    compared = {(case.operator, version) for case in CASES for version in case.versions()}
    listed = {(name, version) for name, operator in OPERATORS.items() for version in operator.versions}
    assert {one for one in listed - compared if one[0] not in ON_SIZES} == set()
    schemas = onnx.defs.get_all_schemas_with_history()
    assert listed <= {(one.name, one.since_version) for one in schemas if not one.domain}
