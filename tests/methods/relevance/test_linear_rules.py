"""Every rule of linear operators against its flat formula on the operator's Jacobian, in float64."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from viewer.methods.relevance.linear_rules import AlphaBeta, Epsilon, Flat, Gamma, WSquare, ZBox, ZPlus
from viewer.models.graph.graph import Node
from viewer.models.graph.operators.operator import Save, SavedTensors
from viewer.models.graph.operators.registry import find_operator

sys.path.insert(0, str(Path(__file__).parents[2] / "oracles"))
import twins


def convolution(rank, *, stride=1, padding=0, dilation=1, groups=1, transposed=False):
    settings = {
        "stride": (stride,) * rank,
        "padding": (padding,) * rank,
        "dilation": (dilation,) * rank,
        "groups": groups,
    }
    if transposed:
        settings["output_padding"] = (stride - 1,) * rank
    return ("conv_transpose" if transposed else "conv", settings)


CASES = {
    "linear": (("linear", {}), (1, 7), (5, 7)),
    "conv1": (convolution(1, stride=2, padding=1), (1, 2, 9), (3, 2, 3)),
    "conv2": (convolution(2, padding=1, groups=2), (1, 4, 5, 4), (4, 2, 3, 3)),
    "conv2-dilated": (convolution(2, padding=2, dilation=2), (1, 2, 5, 6), (3, 2, 3, 3)),
    "conv3": (convolution(3, padding=1), (1, 2, 4, 3, 4), (3, 2, 3, 3, 3)),
    "conv3-stride": (convolution(3, stride=2, padding=1), (1, 1, 5, 4, 6), (2, 1, 3, 3, 3)),
    "transposed1": (convolution(1, stride=2, transposed=True), (1, 2, 4), (2, 3, 3)),
    "transposed2": (convolution(2, stride=2, padding=1, transposed=True), (1, 2, 3, 3), (2, 3, 3, 3)),
    "transposed3": (convolution(3, stride=2, groups=2, transposed=True), (1, 2, 2, 3, 2), (2, 1, 2, 2, 2)),
}


def setting(case, *, bias, nonnegative, gated=False):
    """A node, what was kept of it, the relevance at its output, and the twin's J, b, x, R."""
    (operator, settings), shape, weights = CASES[case]
    make = torch.Generator().manual_seed(0xB0D1E5)
    w = torch.randn(weights, generator=make, dtype=torch.float64)
    x = torch.randn(shape, generator=make, dtype=torch.float64)
    x = x.abs() if nonnegative else x
    outputs = weights[0] if operator != "conv_transpose" else weights[1] * settings["groups"]
    b = torch.randn(outputs, generator=make, dtype=torch.float64) if bias else None
    word = find_operator(operator)
    y = word.forward(settings, (x, w, b))
    R = torch.randn(y.shape, generator=make, dtype=torch.float64)
    if gated:
        R = R * (y > 0)
    node = Node("node", operator, ("x", "w", "b" if bias else None), settings)
    kept = SavedTensors(
        (x, w, b),
        (tuple(x.shape), tuple(w.shape), None if b is None else tuple(b.shape)),
        (True, False, False),
        y,
    )
    J, offset = twins.jacobian(lambda t: word.forward(settings, (t, w, b)), x)
    return node, kept, R, (x.reshape(-1).numpy(), J, offset, R.reshape(-1).numpy())


RULES = {
    "zero": (lambda n, b: Epsilon(n, bias=b), lambda x, J, o, R, b: twins.epsilon(x, J, o, R, bias=b)),
    "epsilon": (
        lambda n, b: Epsilon(n, bias=b, epsilon=0.3),
        lambda x, J, o, R, b: twins.epsilon(x, J, o, R, 0.3, bias=b),
    ),
    "epsilon-relative": (
        lambda n, b: Epsilon(n, bias=b, epsilon=0.2, relative=True),
        lambda x, J, o, R, b: twins.epsilon(x, J, o, R, 0.2, relative=True, bias=b),
    ),
    "gamma": (
        lambda n, b: Gamma(n, bias=b, gamma=0.7),
        lambda x, J, o, R, b: twins.gamma(x, J, o, R, 0.7, bias=b),
    ),
    "alpha-beta": (
        lambda n, b: AlphaBeta(n, bias=b, conserve=False),
        lambda x, J, o, R, b: twins.alpha_beta(x, J, o, R, bias=b),
    ),
    "w-square": (lambda n, b: WSquare(n), lambda x, J, o, R, b: twins.w_square(J, R)),
    "flat": (lambda n, b: Flat(n), lambda x, J, o, R, b: twins.flat(J, R)),
    "z-box": (
        lambda n, b: ZBox(n, low=-4.0, high=4.5),
        lambda x, J, o, R, b: twins.z_box(x, J, R, -4.0, 4.5),
    ),
}


@pytest.mark.parametrize("bias", [False, True], ids=["no bias", "bias"])
@pytest.mark.parametrize("nonnegative", [False, True], ids=["any x", "x ≥ 0"])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_its_flat_formula(rule, case, nonnegative, bias):
    make, twin = RULES[rule]
    for counted in (False, True):
        node, kept, R, (x, J, o, flat) = setting(case, bias=bias, nonnegative=nonnegative)
        found = make(nonnegative, counted).backward(node, R.clone(), kept)[0]
        expected = twin(x, J, o, flat, counted)
        np.testing.assert_allclose(found.reshape(-1).numpy(), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("bias", [False, True], ids=["no bias", "bias"])
@pytest.mark.parametrize("case", CASES)
def test_z_plus_is_its_flat_formula_for_inputs_that_are_not_negative(case, bias):
    node, kept, R, (x, J, _, flat) = setting(case, bias=bias, nonnegative=True)
    found = ZPlus(nonnegative=True).backward(node, R.clone(), kept)[0]
    np.testing.assert_allclose(found.reshape(-1).numpy(), twins.z_plus(x, J, flat), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("case", CASES)
def test_the_short_way_behind_a_relu_is_the_long_way(case):
    node, kept, R, (x, J, o, flat) = setting(case, bias=True, nonnegative=True, gated=True)
    for counted in (False, True):
        short, long = (
            Gamma(True, gated, counted, gamma=0.4).backward(node, R.clone(), kept)[0]
            for gated in (True, False)
        )
        expected = twins.gamma(x, J, o, flat, 0.4, bias=counted)
        np.testing.assert_allclose(short.reshape(-1).numpy(), expected, rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(long.reshape(-1).numpy(), expected, rtol=1e-10, atol=1e-10)


def test_gamma_is_one_rule_where_the_bias_alone_makes_an_output_positive():
    x, w = (torch.tensor([row], dtype=torch.float64) for row in ([0.39, 0.88, 0.76], [-1.0, -2.0, 0.5]))
    b = torch.tensor([10.0], dtype=torch.float64)
    node = Node("node", "linear", ("x", "w", "b"))
    kept = SavedTensors((x, w, b), ((1, 3), (1, 3), (1,)), (True, False, False), x @ w.T + b)
    R = torch.ones(1, 1, dtype=torch.float64)
    # By hand: z without b is −1.77, its favoured part 0.38; the weights are w + w⁺/4.
    heavier = torch.tensor([[-1.0, -2.0, 0.625]], dtype=torch.float64)
    by_hand = {False: x * heavier / (x @ heavier.T), True: x * heavier / (x @ heavier.T + 1.25 * b)}
    for counted, expected in by_hand.items():
        for gated in (True, False):
            found = Gamma(True, gated, counted).backward(node, R.clone(), kept)[0]
            torch.testing.assert_close(found, expected)


def test_epsilon_runs_no_convolution_again_where_biases_count():
    node, kept, R, _ = setting("conv3", bias=True, nonnegative=False)
    bare = Node("node", node.operator, ("x", "w", None), node.attributes)
    assert Save.OUTPUT in Epsilon(bias=True).saves(node, (True, False, False))
    assert Save.OUTPUT in Epsilon().saves(bare, (True, False, False))
    assert Epsilon().saves(node, (True, False, False)) == Save.INPUTS
    # What is kept as the output stands for z: nothing else is computed in its place.
    doubled = replace(kept, output=2 * kept.output)
    half = Epsilon(bias=True).backward(node, R.clone(), doubled)[0]
    torch.testing.assert_close(half, Epsilon(bias=True).backward(node, R.clone(), kept)[0] / 2)


def test_a_relative_epsilon_takes_the_bias_from_the_output():
    node, kept, R, _ = setting("conv3", bias=True, nonnegative=False)
    rule = Epsilon(epsilon=0.01, relative=True)
    assert Save.OUTPUT in rule.saves(node, (True, False, False))
    bias = kept.inputs[2].reshape(-1, 1, 1, 1)
    doubled = replace(kept, output=2 * (kept.output - bias) + bias)
    half = rule.backward(node, R.clone(), doubled)[0]
    torch.testing.assert_close(half, rule.backward(node, R.clone(), kept)[0] / 2)


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_lost_where_the_rule_conserves(case):
    node, kept, R, (_, J, _, _) = setting(case, bias=True, nonnegative=False)
    R = R * torch.from_numpy((J != 0).any(1)).reshape(R.shape)  # an output without inputs has none to give to
    for rule in (ZPlus(), WSquare(), Flat(), ZBox(low=-4.0, high=4.0), AlphaBeta(), Epsilon(), Gamma()):
        found = rule.backward(node, R.clone(), kept)[0]
        assert found.sum().item() == pytest.approx(R.sum().item(), rel=1e-9), rule


def test_an_output_carried_by_its_bias_alone_hands_its_relevance_to_all_its_inputs():
    x = torch.tensor([[1.0, 2.0]], dtype=torch.float64)
    w = torch.tensor([[-1.0, -1.0]], dtype=torch.float64)
    b = torch.tensor([10.0], dtype=torch.float64)
    node = Node("node", "linear", ("x", "w", "b"))
    kept = SavedTensors((x, w, b), ((1, 2), (1, 2), (1,)), (True, False, False))
    found = ZPlus(nonnegative=True).backward(node, torch.tensor([[6.0]], dtype=torch.float64), kept)[0]
    assert found.tolist() == [[3.0, 3.0]]


def test_no_rule_writes_into_what_it_was_given():
    node, kept, R, _ = setting("conv3", bias=True, nonnegative=False)
    before = [t.clone() for t in (kept.inputs[0], kept.inputs[1], kept.inputs[2], kept.output, R)]
    for make, _ in RULES.values():
        make(False, True).backward(node, R, kept)
    ZPlus().backward(node, R, kept)
    after = (kept.inputs[0], kept.inputs[1], kept.inputs[2], kept.output, R)
    assert all(torch.equal(one, two) for one, two in zip(before, after, strict=True))


def test_every_rule_says_that_it_needs_the_inputs():
    node = Node("node", "linear", ("x", "w", None))
    for rule in (Epsilon(), Gamma(), AlphaBeta(), ZPlus(), WSquare(), Flat(), ZBox()):
        assert Save.INPUTS in rule.saves(node, (True, False, False))
