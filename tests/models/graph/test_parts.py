"""Convolutions part by part are those of the library as a whole, and can be stopped between two parts."""

from __future__ import annotations

import pytest
import torch

from viewer.errors import Cancelled
from viewer.models.graph.operators import parts
from viewer.models.graph.operators.parts import Geometry, correlated, transposed

CASES = {
    "1d": ((2, 3, 11), (4, 3, 3), 1, 1, 1, 1),
    "1d, stride": ((1, 3, 12), (4, 3, 3), 3, 0, 1, 1),
    "2d, dilated": ((2, 3, 9, 8), (4, 3, 3, 2), 1, 2, 2, 1),
    "3d, padded": ((2, 2, 7, 6, 5), (4, 2, 3, 3, 3), 1, 1, 1, 1),
    "3d, padded wide": ((1, 2, 4, 6, 5), (3, 2, 3, 3, 3), 1, 3, 1, 1),
    "3d, groups": ((2, 4, 7, 6, 5), (6, 2, 2, 3, 1), 2, 1, 1, 2),
    "3d, one channel": ((2, 1, 7, 6, 9), (4, 1, 3, 3, 3), 1, 1, 1, 1),
    "3d, one channel, stride": ((1, 1, 9, 9, 10), (4, 1, 3, 3, 3), 2, 1, 2, 1),
    "3d, one channel, many taps": ((1, 1, 9, 9, 10), (4, 1, 7, 7, 7), 2, 3, 1, 1),
    "3d, one channel, flat kernel": ((1, 1, 9, 9, 10), (4, 1, 3, 3, 1), 1, 0, 1, 1),
    "3d, one place": ((1, 1, 3, 3, 3), (4, 1, 3, 3, 3), 1, 0, 1, 1),
}


@pytest.fixture(params=CASES.values(), ids=CASES.keys())
def case(request):
    """Input, weight, bias and geometry in double precision."""
    shape, kernel, stride, padding, dilation, groups = request.param
    make = torch.Generator().manual_seed(0)
    rank = len(shape) - 2
    x, weight, bias = (
        torch.randn(size, generator=make, dtype=torch.float64) for size in (shape, kernel, kernel[:1])
    )
    return x, weight, bias, Geometry((stride,) * rank, (padding,) * rank, (dilation,) * rank, groups)


@pytest.fixture(params=[1, 40, 700], ids=["slice by slice", "small parts", "few parts"])
def part(request, monkeypatch):
    """How much there is in one part."""
    monkeypatch.setattr(parts, "PART", request.param)
    return request.param


def whole(x, weight, bias, geometry):
    """The library's."""
    operator = (
        torch.nn.functional.conv1d,
        torch.nn.functional.conv2d,
        torch.nn.functional.conv3d,
    )[weight.dim() - 3]
    return operator(x, weight, bias, geometry.stride, geometry.padding, geometry.dilation, geometry.groups)


def test_parts_make_the_whole(case, part):
    x, weight, bias, geometry = case
    for given in (bias, None):
        expected = whole(x, weight, given, geometry)
        torch.testing.assert_close(correlated(x, weight, given, geometry), expected, rtol=1e-12, atol=1e-12)


def test_the_transpose_in_parts_is_the_transpose(case, part):
    x, weight, _, geometry = case
    leaf = x.clone().requires_grad_(True)
    output = whole(leaf, weight, None, geometry)
    s = torch.randn(output.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    (expected,) = torch.autograd.grad(output, leaf, s)
    found = transposed(s, weight, geometry, tuple(x.shape))
    assert found.is_contiguous()
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)


def test_it_is_asked_between_the_parts_whether_to_stop(monkeypatch):
    monkeypatch.setattr(parts, "PART", 40)
    x, weight = torch.ones(1, 2, 8, 4, 4), torch.ones(3, 2, 3, 3, 3)
    geometry = Geometry((1,) * 3, (1,) * 3, (1,) * 3, 1)
    asked: list[int] = []

    def third_time():
        asked.append(1)
        if len(asked) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        correlated(x, weight, None, geometry, third_time)
    asked.clear()
    with pytest.raises(Cancelled):
        transposed(torch.ones(1, 3, 8, 4, 4), weight, geometry, (1, 2, 8, 4, 4), third_time)


def test_a_derivative_can_be_taken_through_it(case, part):
    x, weight, bias, geometry = case
    taken, expected = [], []
    for answers, way in ((taken, correlated), (expected, whole)):
        leaves = [tensor.clone().requires_grad_(True) for tensor in (x, weight, bias)]
        answers += torch.autograd.grad(way(*leaves, geometry).square().sum(), leaves)
    for found, wanted in zip(taken, expected, strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-10, atol=1e-10)
