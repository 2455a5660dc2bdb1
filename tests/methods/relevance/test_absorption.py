"""What biases and ε absorb, against dense twins in float64: with it, relevance sums to the output exactly."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import viewer
from viewer.methods.base import ExplanationRequest, Method, Target
from viewer.methods.deep_taylor import DeepTaylor
from viewer.methods.lrp import LRPAlphaBeta, LRPComposite, LRPEpsilon, LRPGamma, LRPZero
from viewer.methods.relevance.absorption import Absorption
from viewer.methods.relevance.linear_rules import Epsilon
from viewer.models.model import Model
from viewer.scans.map import Map
from viewer.scans.provenance import AbsorbedRelevance

sys.path.insert(0, str(Path(__file__).parents[2] / "oracles"))
import twins


class Skipping(nn.Module):
    """A residual block, then a concatenation with a learnt constant."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.token, self.shift = nn.Parameter(torch.rand(1, 2, 6, 6)), nn.Parameter(torch.randn(4, 1, 1))
        self.last = nn.Linear(6 * 36, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.first(x)) + self.shift
        x = torch.relu(x + self.second(x))
        return self.last(torch.cat((self.token.expand(len(x), -1, -1, -1), x), 1).flatten(1))


class Twice(nn.Module):
    """Two branches of a convolution each, concatenated."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = nn.Conv2d(1, 3, 3), nn.Conv2d(1, 2, 3)
        self.last = nn.Conv2d(5, 2, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        joined = torch.cat((torch.relu(self.one(x)), torch.tanh(self.two(x))), 1)
        return self.last(joined).flatten(1)


NETWORKS = {
    "plain": lambda: nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(64, 2)),
    "transposed": lambda: nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.ReLU(), nn.ConvTranspose2d(2, 3, 2, 2), nn.Flatten(), nn.Linear(192, 2)
    ),
    "batch norm": lambda: nn.Sequential(
        nn.BatchNorm2d(1), nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(64, 2)
    ),
    "layer norm": lambda: nn.Sequential(
        nn.Flatten(), nn.Linear(36, 8), nn.LayerNorm(8), nn.ReLU(), nn.Linear(8, 2)
    ),
    "group norm": lambda: nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.GroupNorm(2, 4), nn.ReLU(), nn.Flatten(), nn.Linear(64, 2)
    ),
    "pools": lambda: nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 4, 1), nn.AvgPool2d(2), nn.Flatten(),
        nn.Linear(4, 2),
    ),
    "residual": Skipping,
    "concatenated": Twice,
}  # fmt: skip

METHODS = {
    "zero": LRPZero(),
    "epsilon": LRPEpsilon(epsilon=0.1),
    "epsilon-absolute": LRPEpsilon(epsilon=0.05, relative=False),
    "epsilon-no-bias": LRPEpsilon(epsilon=0.1, bias=False),
    "gamma": LRPGamma(),
    "alpha-beta": LRPAlphaBeta(bias=True),
    "alpha-beta-no-bias": LRPAlphaBeta(),
    "composite": LRPComposite(bias=True),
    "deep-taylor": DeepTaylor(),
}


def randomized(network: nn.Module) -> nn.Module:
    draw = torch.Generator().manual_seed(7)
    network = network.double().eval()
    with torch.no_grad():
        for name, tensor in (*network.named_parameters(), *network.named_buffers()):
            if name.endswith("running_var"):
                tensor.uniform_(0.5, 2.0, generator=draw)
            elif tensor.is_floating_point():
                tensor.normal_(0.1, 0.5, generator=draw)
    return network


def run_method(network: nn.Module, method: Method, x: torch.Tensor):
    return method.explain(ExplanationRequest(Model.from_module(network, x), x, Target(1, "1")))


@pytest.fixture(scope="module")
def x() -> torch.Tensor:
    return torch.rand(1, 1, 6, 6, generator=torch.Generator().manual_seed(3)).double() + 0.1


@pytest.fixture(scope="module", params=NETWORKS)
def model(request: pytest.FixtureRequest, x: torch.Tensor) -> Model:
    return Model.from_module(randomized(NETWORKS[request.param]()), x)


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_the_map_and_what_is_absorbed_sum_to_the_output(model: Model, method: Method, x: torch.Tensor):
    residual = method.explain(ExplanationRequest(model, x, Target(1, "1"))).residual
    output = float(model.logits(x)[0, 1])
    assert residual.explained_output == pytest.approx(output, rel=1e-9)
    size = max(abs(output), *map(abs, residual.absorbed.parts.values()))
    assert residual.found == pytest.approx(residual.expected, abs=1e-9 * size)


@pytest.mark.parametrize("relative", [False, True])
def test_what_is_absorbed_is_that_of_a_dense_twin(x: torch.Tensor, relative: bool):
    network = randomized(NETWORKS["plain"]())
    found = run_method(network, LRPEpsilon(epsilon=0.1, relative=relative), x).residual.absorbed
    biases = stabiliser = 0.0
    with torch.no_grad():
        values = [x, network[:2](x).flatten(1), network(x)]
    relevance = np.array([0.0, float(values[-1][0, 1])])
    for layer, below in ((network[3], values[1]), (network[0], values[0])):
        jacobian, bias = twins.jacobian(layer, below)
        z = jacobian @ below.detach().numpy().reshape(-1) + bias
        size = 0.1 * np.sqrt(np.mean(z**2)) if relative else 0.1
        sign = np.where(z < 0, -1.0, 1.0)
        biases += float((bias / (z + size * sign) * relevance).sum())
        stabiliser += float((size * sign / (z + size * sign) * relevance).sum())
        flat = below.detach().numpy().reshape(-1)
        relevance = twins.epsilon(flat, jacobian, bias, relevance, 0.1, relative)
    assert found.biases == pytest.approx(biases, rel=1e-10)
    assert found.stabiliser == pytest.approx(stabiliser, rel=1e-10)


class Preactivated(nn.Module):
    """A batch norm that no layer can take up: a ReLU stands before it, and behind it."""

    def __init__(self, norm: nn.Module) -> None:
        super().__init__()
        self.first, self.norm = nn.Conv2d(1, 4, 3), norm
        self.second, self.last = nn.Conv2d(4, 4, 3, padding=1), nn.Linear(64, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.first(x))
        return self.last(torch.relu(x + self.second(torch.relu(self.norm(x)))).flatten(1))


ONE_RULE = {name: method for name, method in METHODS.items() if name not in ("epsilon-no-bias", "composite")}
"""Without its bias a scaling is not a sum that ε could damp; a composite's rules go by their number."""


@pytest.fixture(scope="module")
def scaled(x: torch.Tensor) -> tuple[Model, Model]:
    """A network with a batch norm, and with a convolution that computes the same."""
    network = randomized(Preactivated(nn.BatchNorm2d(4)))
    norm = network.norm
    written = randomized(Preactivated(nn.Conv2d(4, 4, 1, groups=4)))
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    with torch.no_grad():
        for name in ("first", "second", "last"):
            getattr(written, name).load_state_dict(getattr(network, name).state_dict())
        written.norm.weight.copy_(scale.reshape(4, 1, 1, 1))
        written.norm.bias.copy_(norm.bias - norm.running_mean * scale)
    return Model.from_module(network, x), Model.from_module(written, x)


@pytest.mark.parametrize("method", ONE_RULE.values(), ids=ONE_RULE)
def test_a_batch_norm_is_the_convolution_that_computes_the_same(
    scaled: tuple[Model, Model], method: Method, x: torch.Tensor
):
    found, expected = (method.explain(ExplanationRequest(each, x, Target(1, "1"))) for each in scaled)
    assert found.residual.explained_output == pytest.approx(expected.residual.explained_output, rel=1e-9)
    torch.testing.assert_close(found.values, expected.values, rtol=1e-9, atol=1e-12)
    assert found.residual.absorbed.biases == pytest.approx(
        expected.residual.absorbed.biases, rel=1e-9, abs=1e-12
    )


def one_neuron(bias: float) -> Map:
    network = nn.Sequential(nn.Flatten(), nn.Linear(2, 1)).double()
    network[1].weight.data[:], network[1].bias.data[:] = 2.0, bias
    x = torch.tensor([[[[3.0, 0.0]]]], dtype=torch.float64)
    return viewer.explain(Model.from_module(network, x), x, LRPZero(), target=0, device="cpu")


def test_a_bias_takes_its_share_of_one_neuron():
    # Bach et al. 2015, eq. 56: z = 2 · 3 + 2 · 0 + 4 = 10, of which the bias is 4.
    found = one_neuron(4.0)
    residual = found.residual
    assert (residual.explained_output, residual.expected, residual.found) == pytest.approx((10.0, 6.0, 6.0))
    assert residual.absorbed.biases == pytest.approx(4.0)
    assert found.provenance.notes == (
        "biases absorbed 40% of the output's relevance, by the method's definition",
    )


def test_what_a_rule_loses_by_a_fault_stays_in_the_residual(x: torch.Tensor, monkeypatch: pytest.MonkeyPatch):
    network, share = randomized(NETWORKS["plain"]()), Epsilon.propagate
    right = run_method(network, LRPEpsilon(), x).residual
    monkeypatch.setattr(Epsilon, "propagate", lambda *args: 0.9 * share(*args))
    wrong = run_method(network, LRPEpsilon(), x).residual
    assert right.relative < 1e-9
    assert wrong.relative > 0.05


def test_an_operator_without_a_rule_stays_in_the_residual(x: torch.Tensor):
    class Squared(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.last = nn.Linear(36, 2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.last(x.pow(torch.tensor(2.0, dtype=x.dtype)).flatten(1))

    found = run_method(randomized(Squared()), LRPZero(unruled="linearise"), x).residual
    # The derivative of x² times x is 2 x²: twice what arrives.
    assert found.found == pytest.approx(2 * found.expected, rel=1e-5)


def test_a_branch_around_a_layer_is_no_bias(x: torch.Tensor):
    class Past(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.middle, self.last = nn.Conv2d(1, 1, 1, bias=False), nn.Linear(36, 2, bias=False)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.last((self.middle(x) + x).flatten(1))

    network = randomized(Past())
    request = ExplanationRequest(Model.from_module(network, x), x, Target(1, "1"))
    found = LRPZero().explain(replace(request, layer="middle")).residual
    assert found.absorbed.biases == 0.0
    assert found.found != pytest.approx(found.expected, rel=0.05)


def test_what_biases_add_beyond_the_output_is_told_by_the_name():
    found = one_neuron(-4.0)
    assert found.warning == "biases added 200% of the output"
    assert found.residual.relative < 1e-9
    assert found.residual.absorption_exceeds_output


def test_sums_of_half_precision_do_not_overflow():
    s, ones = torch.full((1, 1, 300), 300.0, dtype=torch.float16), torch.ones(1, dtype=torch.float16)
    absorption = Absorption()
    absorption.add_bias(s, ones, 1)
    absorption.add_constant(s)
    absorption.add_stabiliser(s, s, 1.0)
    assert absorption.total == AbsorbedRelevance(90_000.0, 90_000.0, 90_000.0)


class Tokens(nn.Module):
    """Patches behind a class token, with positions and one attention, in which all tokens are read."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Conv2d(1, 4, 2, stride=2, bias=False)
        self.token = nn.Parameter(torch.ones(1, 1, 4))
        self.position = nn.Parameter(torch.ones(1, 10, 4))
        self.value, self.last = nn.Linear(4, 4, bias=False), nn.Linear(4, 2, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        patches = self.embed(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.token.expand(len(x), -1, -1), patches], 1) + self.position
        weights = (tokens @ tokens.transpose(1, 2)).softmax(-1)
        return self.last((weights @ self.value(tokens)).mean(1))


@pytest.mark.parametrize("method", [LRPZero(), LRPComposite(), DeepTaylor()], ids=lambda one: one.name)
def test_what_falls_to_tokens_and_positions_is_told_apart_from_biases(method: Method, x: torch.Tensor):
    residual = run_method(randomized(Tokens()), method, x).residual
    # Positions of a fixed number of tokens are a shift, which LRP-0 counts as a bias.
    assert (residual.absorbed.biases == 0) is (method.name != "lrp-0")
    assert residual.absorbed.constants != 0
    assert residual.found == pytest.approx(residual.expected, rel=1e-5)
    assert "class tokens, positions and padding" in residual.absorbed_text


@pytest.mark.parametrize("method", [LRPZero(), LRPComposite(), DeepTaylor()], ids=lambda one: one.name)
@pytest.mark.parametrize("pad", [nn.ConstantPad2d(2, 0.3), nn.ZeroPad2d(2), nn.ReflectionPad2d(2)])
def test_what_falls_to_padding_is_no_residual(pad: nn.Module, method: Method, x: torch.Tensor):
    network = nn.Sequential(pad, nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(3 * 64, 2))
    residual = run_method(randomized(network), method, x).residual
    assert residual.found == pytest.approx(residual.expected, abs=1e-6 * abs(residual.explained_output))
    # With the w² rule the padding takes part by its weights alone; LRP-0 gives what is 0 nothing.
    lost = not isinstance(pad, nn.ReflectionPad2d) and (method.name != "lrp-0" or pad.value != 0)
    assert (abs(residual.absorbed.constants) > 1e-3 * abs(residual.explained_output)) is lost
