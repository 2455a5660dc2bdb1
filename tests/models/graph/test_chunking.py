"""Functions of single values in chunks give what they give on the whole, and check for cancellation."""

from __future__ import annotations

import pytest
import torch

from viewer.errors import Cancelled
from viewer.models.graph.operators import chunking
from viewer.models.graph.operators.chunking import compute_in_chunks, multiply_in_chunks, update_in_chunks
from viewer.models.graph.operators.operator import SavedTensors, never_cancelled
from viewer.models.graph.operators.registry import OPERATORS, find_operator

SHAPES = ((7,), (5, 7), (3, 4, 5), (2, 3, 4, 5, 2))
ELEMENTWISE = {
    "relu": {},
    "leaky_relu": {"slope": 0.1},
    "sigmoid": {},
    "tanh": {},
    "exp": {},
    "elu": {"alpha": 1.0, "scale": 1.0, "input_scale": 1.0},
    "gelu": {"approximate": "none"},
    "silu": {},
    "clamp": {"low": -0.5, "high": 0.5},
    "hardtanh": {"low": -0.5, "high": 0.5},
    "pow": {"exponent": 2.0},
    "abs": {},
}


@pytest.fixture
def small_chunks(monkeypatch):
    """Chunks of four values, or one channel."""
    monkeypatch.setattr(chunking, "CHUNK_SIZE", 4)


@pytest.mark.parametrize("shape", SHAPES)
def test_chunks_give_the_same_values(shape, small_chunks):
    x, y = torch.randn(shape), torch.randn(shape[1:] if len(shape) > 1 else ())
    assert torch.equal(compute_in_chunks(torch.mul, x, y, check=never_cancelled), x * y)
    assert torch.equal(compute_in_chunks(torch.gt, x, y, check=never_cancelled), x > y)
    assert torch.equal(update_in_chunks(torch.Tensor.add_, x.clone(), y, check=never_cancelled), x + y)
    for owned in (False, True):
        given = x.clone()
        found = multiply_in_chunks(given, y, may_overwrite=owned, check=never_cancelled)
        assert torch.equal(found, x * y)
        assert (found.data_ptr() == given.data_ptr()) is owned


def test_every_chunk_checks_for_cancellation(small_chunks):
    checks = []
    compute_in_chunks(torch.abs, torch.randn(2, 3, 8), check=lambda: checks.append(1))
    assert len(checks) == 6

    def third():
        checks.append(1)
        if len(checks) == 9:
            raise Cancelled

    with pytest.raises(Cancelled):
        update_in_chunks(torch.Tensor.neg_, torch.randn(2, 3, 8), check=third)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_elementwise_operators_in_chunks(name, small_chunks):
    operator, settings = find_operator(name), ELEMENTWISE[name]
    x, checks = torch.randn(2, 3, 8, dtype=torch.float64), []
    whole = operator.forward(settings, (x,))
    assert operator.chunked_forward is not None
    found = operator.chunked_forward(settings, (x,), lambda: checks.append(1))
    torch.testing.assert_close(found, whole, rtol=1e-14, atol=0)
    assert len(checks) == 6
    gradient = torch.randn(whole.shape, dtype=torch.float64)
    leaf = x.clone().requires_grad_(True)
    (expected,) = torch.autograd.grad(operator.forward(settings, (leaf,)), leaf, gradient)
    kept = SavedTensors(
        (x,),
        (tuple(x.shape),),
        (True,),
        output=whole,
        sign=whole > 0,
        check_cancelled=lambda: checks.append(1),
    )
    torch.testing.assert_close(
        operator.backward(settings, gradient, kept)[0], expected, rtol=1e-12, atol=1e-14
    )
    assert len(checks) == 12


@pytest.mark.parametrize("name", [name for name, found in OPERATORS.items() if found.forward_in_place])
def test_operators_that_overwrite_their_input_do_so_in_chunks(name, small_chunks):
    operator, x, checks = find_operator(name), torch.randn(2, 3, 8), []
    rest = {
        "relu": (),
        "add": (torch.randn(2, 3, 8),),
        "affine": (torch.randn(3, 1), torch.randn(3, 1)),
    }[name]
    expected = operator.forward({}, (x, *rest))
    assert operator.forward_in_place is not None
    found = operator.forward_in_place({}, (x, *rest), lambda: checks.append(1))
    assert torch.equal(found, expected)
    assert found.data_ptr() == x.data_ptr()
    assert len(checks) == 6
