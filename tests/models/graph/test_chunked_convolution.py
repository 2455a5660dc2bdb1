"""Convolutions in chunks are those of the library as a whole, and can be cancelled between two chunks."""

from __future__ import annotations

import math

import pytest
import torch

from viewer.errors import Cancelled
from viewer.models.graph.operators import chunked_convolution
from viewer.models.graph.operators.chunked_convolution import (
    convolve_in_chunks,
    convolve_transposed_in_chunks,
)
from viewer.models.graph.operators.conv_geometry import ConvGeometry

onednn = pytest.mark.skipif(
    not torch.backends.mkldnn.is_available(), reason="PyTorch is built without oneDNN"
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
    "3d, one input channel of the transposed": ((1, 2, 19, 6, 5), (1, 2, 3, 3, 3), 1, 1, 1, 1),
    "3d, 20 slices": ((2, 3, 20, 6, 5), (2, 3, 3, 3, 3), 1, 0, 1, 1),
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
    found = convolve_transposed_in_chunks(s, weight, geometry, tuple(x.shape))
    assert found.is_contiguous()
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)


def test_cancellation_is_checked_between_chunks(monkeypatch):
    monkeypatch.setattr(chunked_convolution, "CHUNK_OPERATIONS", 40)
    monkeypatch.setattr(chunked_convolution, "ONEDNN_VALUES", 0)
    x, weight = torch.ones(1, 16, 8, 4, 4), torch.ones(16, 16, 3, 3, 3)
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
        convolve_transposed_in_chunks(
            torch.ones(1, 16, 8, 4, 4), weight, geometry, (1, 16, 8, 4, 4), third_time
        )


def test_chunked_convolution_is_differentiable(case, chunk_operations):
    x, weight, bias, geometry = case
    taken, expected = [], []
    for answers, way in ((taken, convolve_in_chunks), (expected, torch_convolution)):
        leaves = [tensor.clone().requires_grad_(True) for tensor in (x, weight, bias)]
        answers += torch.autograd.grad(way(*leaves, geometry).square().sum(), leaves)
    for found, wanted in zip(taken, expected, strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-10, atol=1e-10)


@pytest.fixture(params=[8, 16], ids=["8 channels at once", "16 channels at once"])
def width(request, monkeypatch):
    """How many channels fill a vector."""
    monkeypatch.setattr(chunked_convolution, "vector_width", lambda: request.param)
    return request.param


@onednn
@pytest.mark.parametrize("way", ["forward", "transposed"])
def test_few_output_channels_and_onednn_give_the_same_sums(case, chunk_operations, width, way):
    x, weight, bias, geometry = case
    expected = torch_convolution(leaf := x.clone().requires_grad_(True), weight, bias, geometry)
    if way == "forward":
        found = convolve_in_chunks(x.float(), weight.float(), bias.float(), geometry)
        expected = expected.detach()
    else:
        s = torch.randn(expected.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
        found = convolve_transposed_in_chunks(s.float(), weight.float(), geometry, tuple(x.shape))
        (expected,) = torch.autograd.grad(expected, leaf, s)
    assert found.is_contiguous()
    torch.testing.assert_close(found.double(), expected, rtol=1e-5, atol=1e-5)


@onednn
@pytest.mark.parametrize("outputs", [1, 3, 8])
@pytest.mark.parametrize("length", [5, 16, 21])
def test_slices_become_channels_where_the_output_has_few(outputs, length, width, monkeypatch):
    shapes = []
    convolution = chunked_convolution.convolution

    def record(x, weight, bias, geometry):
        shapes.append((len(weight), geometry.stride[0]))
        return convolution(x, weight, bias, geometry)

    monkeypatch.setattr(chunked_convolution, "convolution", record)
    x, weight, bias = torch.randn(2, 4, length, 6, 5), torch.randn(outputs, 4, 3, 3, 3), torch.randn(outputs)
    found = convolve_in_chunks(x, weight, bias, ConvGeometry((1,) * 3, (1,) * 3, (1,) * 3, 1))
    slices = max(min(width // outputs, length), 1)
    assert shapes == [(slices * outputs, slices)]
    torch.testing.assert_close(
        found, torch.nn.functional.conv3d(x, weight, bias, padding=1), rtol=1e-5, atol=1e-5
    )


@onednn
def test_a_strided_transposed_convolution_of_many_channels_gives_the_same_sums(monkeypatch):
    # Three chunks of four slices, each in three groups of 16 channels.
    monkeypatch.setattr(chunked_convolution, "CHUNK_OPERATIONS", 4 * 6 * 6 * 48 * 32 * 27 // 3)
    monkeypatch.setattr(chunked_convolution, "ONEDNN_VALUES", 4 * 32 * 6 - 1)
    monkeypatch.setattr(chunked_convolution, "vector_width", lambda: 16)
    geometry = ConvGeometry((2,) * 3, (1,) * 3, (1,) * 3, 1)
    checks, weight, s = [], torch.randn(32, 48, 3, 3, 3), torch.randn(1, 32, 12, 6, 6)
    found = convolve_transposed_in_chunks(s, weight, geometry, (1, 48, 23, 11, 11), lambda: checks.append(1))
    assert len(checks) == 9
    expected = torch.nn.functional.conv_transpose3d(s, weight, stride=2, padding=1)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-4)


@onednn
@pytest.mark.parametrize("way", ["forward", "transposed"])
def test_every_chunk_is_left_to_onednn(way, monkeypatch):
    # Four chunks, of ten slices, would be too small for a transposed convolution.
    monkeypatch.setattr(chunked_convolution, "CHUNK_OPERATIONS", 40 * 64 * 20 * 20 * 32 * 27 // 4)
    backends = []
    convolution = torch.convolution

    def record(x, weight, *rest):
        backends.append(torch._C._select_conv_backend(x, weight, *rest).name)
        return convolution(x, weight, *rest)

    monkeypatch.setattr(torch, "convolution", record)
    geometry = ConvGeometry((1,) * 3, (1,) * 3, (1,) * 3, 1)
    x = torch.randn(1, 64, 40, 20, 20)
    if way == "forward":
        convolve_in_chunks(x, torch.randn(32, 64, 3, 3, 3), None, geometry)
        assert backends == []  # It is called without PyTorch's choice.
    else:
        convolve_transposed_in_chunks(x, torch.randn(64, 32, 3, 3, 3), geometry, (1, 32, 40, 20, 20))
        # The name of oneDNN's transposed convolution is not known to Python.
        assert set(backends) == {"???"}


@pytest.mark.parametrize(
    ("channels", "kernel", "groups"), [(1, (7, 7, 7), 1), (4, (3, 3, 3), 4), (1, (3, 9, 9), 1)]
)
def test_where_onednn_takes_any_size_chunks_stay_small(channels, kernel, groups):
    geometry = ConvGeometry((1,) * 3, (0,) * 3, (1,) * 3, groups)
    x, weight = torch.empty(1, channels, 40, 20, 20), torch.empty(4, channels // groups, *kernel)
    assert chunked_convolution._min_onednn_slices(x, weight, geometry) == 1


def test_chunks_hold_whole_samples_or_slices(monkeypatch):
    monkeypatch.setattr(chunked_convolution, "CHUNK_OPERATIONS", 10)
    chunks = chunked_convolution._iterate_chunks
    assert list(chunks(5, 40, 4)) == [(slice(start, start + 2), 0, 40) for start in (0, 2, 4)]
    assert list(chunks(1, 40, 400)) == [(slice(0, 1), start, start + 1) for start in range(40)]
    assert list(chunks(1, 40, 40, min_slices=20)) == [(slice(0, 1), 0, 20), (slice(0, 1), 20, 40)]
    assert list(chunks(2, 5, 30, multiple=2)) == [
        (slice(sample, sample + 1), first, last)
        for sample in (0, 1)
        for first, last in ((0, 2), (2, 4), (4, 5))
    ]
    assert list(chunks(0, 40, 400)) == []


NETWORK_LAYERS = {
    "Eitel's first": (1, 8, 160),
    "Eitel's second": (8, 16, 156),
    "Eitel's third": (16, 32, 76),
    "Eitel's fourth": (32, 64, 74),
    "Eitel's fifth": (64, 64, 72),
    "64 channels in full": (64, 64, 160),
}


@pytest.mark.parametrize("way", ["forward", "transposed"])
@pytest.mark.parametrize("layer", NETWORK_LAYERS.values(), ids=NETWORK_LAYERS.keys())
def test_no_more_than_a_chunk_is_computed_between_two_checks(layer, way, monkeypatch):
    """Counts the multiplications that the library is asked for; nothing is computed."""
    inputs, outputs, edge = layer
    counts = [0]

    def count(places, weight):
        width = chunked_convolution.vector_width()
        lanes = math.ceil(len(weight) / width) * width
        counts[-1] += math.prod(places) * lanes * math.prod(weight.shape[1:])

    def convolution(x, weight, bias, geometry):
        size = geometry.output_size(tuple(x.shape[2:]), tuple(weight.shape[2:]))
        count(size, weight)
        return x.new_empty(1).expand((len(x), len(weight), *size))

    def transposed(s, weight, geometry, size):
        count(s.shape[2:], weight.transpose(0, 1))
        return s.new_empty(1).expand((len(s), weight.shape[1], *size))

    monkeypatch.setattr(chunked_convolution, "convolution", convolution)
    monkeypatch.setattr(chunked_convolution, "transposed_convolution", transposed)
    monkeypatch.setattr(chunked_convolution, "_lift_taps", lambda x, *_: x.expand(-1, 3, -1, -1, -1))
    geometry = ConvGeometry((1,) * 3, (1,) * 3, (1,) * 3, 1)
    weight = torch.empty(outputs, inputs, 3, 3, 3)
    small = torch.empty(1)
    if way == "forward":
        x = small.expand(1, inputs, edge, edge, edge)
        convolve_in_chunks(x, weight, None, geometry, lambda: counts.append(0))
    else:
        s = small.expand(1, outputs, edge, edge, edge)
        convolve_transposed_in_chunks(
            s, weight, geometry, (1, inputs, edge, edge, edge), lambda: counts.append(0)
        )
    assert 0 < max(counts) <= 1.8 * chunked_convolution.CHUNK_OPERATIONS
