"""Convolutions part by part are those of the library as a whole, and can be stopped between two parts."""

from __future__ import annotations

import pytest
import torch

from viewer.errors import Cancelled
from viewer.models.graph.operators import chunked_convolution
from viewer.models.graph.operators.chunked_convolution import (
    ConvGeometry,
    convolve_in_chunks,
    transpose_in_chunks,
)

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
    return x, weight, bias, ConvGeometry((stride,) * rank, (padding,) * rank, (dilation,) * rank, groups)


@pytest.fixture(params=[1, 40, 700], ids=["slice by slice", "small parts", "few parts"])
def chunk_operations(request, monkeypatch):
    """How much there is in one part."""
    monkeypatch.setattr(chunked_convolution, "CHUNK_OPERATIONS", request.param)
    monkeypatch.setattr(chunked_convolution, "ONEDNN_VALUES", 0)
    return request.param


def torch_convolution(x, weight, bias, geometry):
    """The library's."""
    operator = (
        torch.nn.functional.conv1d,
        torch.nn.functional.conv2d,
        torch.nn.functional.conv3d,
    )[weight.dim() - 3]
    return operator(x, weight, bias, geometry.stride, geometry.padding, geometry.dilation, geometry.groups)


def test_chunked_convolution_equals_convolution(case, chunk_operations):
    x, weight, bias, geometry = case
    for given in (bias, None):
        expected = torch_convolution(x, weight, given, geometry)
        torch.testing.assert_close(
            convolve_in_chunks(x, weight, given, geometry), expected, rtol=1e-12, atol=1e-12
        )


def test_chunked_transpose_equals_the_gradient(case, chunk_operations):
    x, weight, _, geometry = case
    leaf = x.clone().requires_grad_(True)
    output = torch_convolution(leaf, weight, None, geometry)
    s = torch.randn(output.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    (expected,) = torch.autograd.grad(output, leaf, s)
    found = transpose_in_chunks(s, weight, geometry, tuple(x.shape))
    assert found.is_contiguous()
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)


def test_cancellation_is_checked_between_chunks(monkeypatch):
    monkeypatch.setattr(chunked_convolution, "CHUNK_OPERATIONS", 40)
    monkeypatch.setattr(chunked_convolution, "ONEDNN_VALUES", 0)
    x, weight = torch.ones(1, 2, 8, 4, 4), torch.ones(3, 2, 3, 3, 3)
    geometry = ConvGeometry((1,) * 3, (1,) * 3, (1,) * 3, 1)
    checks: list[int] = []

    def third_time():
        checks.append(1)
        if len(checks) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        convolve_in_chunks(x, weight, None, geometry, third_time)
    checks.clear()
    with pytest.raises(Cancelled):
        transpose_in_chunks(torch.ones(1, 3, 8, 4, 4), weight, geometry, (1, 2, 8, 4, 4), third_time)


def test_chunked_convolution_is_differentiable(case, chunk_operations):
    x, weight, bias, geometry = case
    taken, expected = [], []
    for answers, way in ((taken, convolve_in_chunks), (expected, torch_convolution)):
        leaves = [tensor.clone().requires_grad_(True) for tensor in (x, weight, bias)]
        answers += torch.autograd.grad(way(*leaves, geometry).square().sum(), leaves)
    for found, wanted in zip(taken, expected, strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-10, atol=1e-10)


@pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="PyTorch is built without oneDNN")
@pytest.mark.parametrize("way", ["forward", "transposed"])
def test_every_chunk_is_left_to_onednn(way, monkeypatch):
    # Four chunks, of ten slices, would be too small.
    monkeypatch.setattr(chunked_convolution, "CHUNK_OPERATIONS", 40 * 64 * 20 * 20 * 8 * 27 // 4)
    backends = []
    convolution = torch.convolution

    def record(x, weight, *rest):
        backends.append(torch._C._select_conv_backend(x, weight, *rest).name)
        return convolution(x, weight, *rest)

    monkeypatch.setattr(torch, "convolution", record)
    geometry = ConvGeometry((1,) * 3, (1,) * 3, (1,) * 3, 1)
    x = torch.randn(1, 64, 40, 20, 20)
    if way == "forward":
        convolve_in_chunks(x, torch.randn(8, 64, 3, 3, 3), None, geometry)
    else:
        transpose_in_chunks(x, torch.randn(64, 8, 3, 3, 3), geometry, (1, 8, 40, 20, 20))
    # The name of oneDNN's transposed convolution is not known to Python.
    assert backends == ["Mkldnn" if way == "forward" else "???"] * 2


@pytest.mark.parametrize(
    ("channels", "kernel", "groups"), [(1, (7, 7, 7), 1), (4, (3, 3, 3), 4), (1, (3, 9, 9), 1)]
)
def test_where_onednn_takes_any_size_chunks_stay_small(channels, kernel, groups):
    geometry = ConvGeometry((1,) * 3, (0,) * 3, (1,) * 3, groups)
    x, weight = torch.empty(1, channels, 40, 20, 20), torch.empty(4, channels // groups, *kernel)
    assert chunked_convolution._onednn_slices(x, weight, geometry) == 1


def test_chunks_are_at_most_four_times_as_large(monkeypatch):
    monkeypatch.setattr(chunked_convolution, "CHUNK_OPERATIONS", 10)
    assert list(chunked_convolution._chunks(1, 40, 400, min_slices=30)) == [
        (0, start, start + 4) for start in range(0, 40, 4)
    ]


@pytest.mark.parametrize("way", ["forward", "transposed"])
def test_a_convolution_of_one_channel_asks_more_often(way, monkeypatch):
    operations = 40 * 20 * 20 * 8 * 27
    monkeypatch.setattr(chunked_convolution, "CHUNK_OPERATIONS", operations)
    monkeypatch.setattr(chunked_convolution, "ONEDNN_VALUES", 0)
    geometry = ConvGeometry((1,) * 3, (1,) * 3, (1,) * 3, 1)
    weight, checks = torch.randn(8, 1, 3, 3, 3), []
    if way == "forward":
        convolve_in_chunks(torch.randn(1, 1, 40, 20, 20), weight, None, geometry, lambda: checks.append(1))
    else:
        s = torch.randn(1, 8, 40, 20, 20)
        transpose_in_chunks(s, weight, geometry, (1, 1, 40, 20, 20), lambda: checks.append(1))
    assert len(checks) == chunked_convolution.LIFTED_SHARE
