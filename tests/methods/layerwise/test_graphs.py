"""What holds for every method on the operator graph: files, layers, channels, cancelling, missing rules."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import pytest
import torch
from torch import nn

from viewer.errors import Cancelled, MethodError
from viewer.methods.base import ExplanationRequest, Method, Requirement, Target
from viewer.methods.deep_lift import DeepLift
from viewer.methods.deep_taylor import DeepTaylor
from viewer.methods.gradient import Gradient
from viewer.methods.lrp import LRPAlphaBeta, LRPEpsilon, LRPGamma, LRPZero
from viewer.methods.registry import list_methods
from viewer.models.graph.interpreter import run
from viewer.models.loading import load_model
from viewer.models.model import Model
from viewer.models.model_card import Card
from viewer.progress import Progress

FEW = {
    "integrated-gradients": {"steps": 3, "tolerance": 0.0},
    "smoothgrad": {"samples": 2},
    "pattern-net": {"estimator": "filter"},
    "pattern-attribution": {"estimator": "filter"},
    "lime": {"samples": 30},
    "kernel-shap": {"samples": 60},
    "meaningful-perturbation": {"steps": 4},
    "extremal-perturbation": {"steps": 4},
}
NOT_HERE = {Requirement.GENERATORS, Requirement.ATTENTION}
ALL = [name for name, method in list_methods().items() if not NOT_HERE & method.requirements]


class Network(nn.Module):
    """Convolutions in 2D or 3D with a residual sum, a rectifier used twice, and pools of both kinds."""

    def __init__(self, rank: int, last: nn.Module | None = None) -> None:
        super().__init__()
        conv = {2: nn.Conv2d, 3: nn.Conv3d}[rank]
        self.stem = conv(1, 4, 3, padding=1)
        self.norm = {2: nn.BatchNorm2d, 3: nn.BatchNorm3d}[rank](4)
        self.relu = nn.ReLU(inplace=True)
        self.pool = {2: nn.MaxPool2d, 3: nn.MaxPool3d}[rank](3, 1)
        self.block = conv(4, 4, 3, padding=1)
        self.average = {2: nn.AdaptiveAvgPool2d, 3: nn.AdaptiveAvgPool3d}[rank](2)
        self.last = last or nn.Identity()
        self.head = nn.Linear(4 * 2**rank, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.pool(self.relu(self.norm(self.stem(x))))
        x = self.relu(x + self.block(x))
        return self.head(self.last(self.average(x).flatten(1)))


def make_network(rank: int, last: nn.Module | None = None) -> tuple[nn.Module, torch.Tensor]:
    draw = torch.Generator().manual_seed(11)
    network = Network(rank, last).eval()
    with torch.no_grad():
        for name, tensor in (*network.named_parameters(), *network.named_buffers()):
            if tensor.is_floating_point():
                tensor.normal_(0, 0.4, generator=draw)
                if name == "norm.running_var":
                    tensor.abs_().add_(0.5)
    return network, torch.randn(1, 1, *(9, 8, 7)[:rank], generator=draw)


@pytest.fixture(params=[2, 3], ids=["2D", "3D"])
def model_and_input(request: pytest.FixtureRequest) -> tuple[Model, torch.Tensor]:
    network, x = make_network(request.param)
    return Model.from_module(network.double(), x.double()), x.double()


def method_of(name: str) -> Method:
    return list_methods()[name].from_parameters(FEW.get(name, {}))


def request(model: Model, x: torch.Tensor, layer: str | None = None, progress: Progress | None = None):
    return ExplanationRequest(model, x, Target(1, "1"), layer, progress=progress or Progress())


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Model, Model, torch.Tensor]:
    network, x = make_network(3)
    path = tmp_path_factory.mktemp("exported") / "network.pt2"
    torch.export.save(torch.export.export(network, (x,)), path)
    card = Card(name="network", architecture="", classes=("a", "b", "c"))
    return Model.from_module(network, x), load_model(path, card), x


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", ALL)
def test_a_module_and_its_exported_file_have_the_same_map(exported, name) -> None:
    eager, file, x = exported
    ours, theirs = (method_of(name).explain(request(model, x)).values for model in (eager, file))
    assert float(ours.abs().max()) > 0
    torch.testing.assert_close(theirs, ours, rtol=0, atol=1e-6 * float(ours.abs().max()))


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", ALL)
def test_nothing_is_changed_by_explaining_nor_by_cancelling(name) -> None:
    network, x = make_network(3)
    model = Model.from_module(network, x)
    module, given = model.module(), x.clone()
    before = deepcopy(module.state_dict())
    graph = model.graph(x)
    constants = {key: tensor.clone() for key, tensor in graph.constants.items()}
    seen: list[float] = []
    method_of(name).explain(request(model, x, progress=Progress(lambda step: seen.append(step.fraction))))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    checks = 0

    def enough() -> bool:
        nonlocal checks
        checks += 1
        return checks > len(seen) // 2

    with pytest.raises(Cancelled):
        method_of(name).explain(request(model, x, progress=Progress(cancelled=enough)))
    after = module.state_dict()
    assert all(torch.equal(after[key], tensor) for key, tensor in before.items())
    assert all(torch.equal(graph.constants[key], tensor) for key, tensor in constants.items())
    assert torch.equal(x, given)
    assert not module.training
    assert not any(part._forward_hooks or part._backward_hooks for part in module.modules())


@pytest.mark.parametrize("method", [LRPZero(), LRPGamma(), DeepTaylor()], ids=lambda method: method.name)
def test_cancelling_is_possible_before_every_operator(model_and_input, method) -> None:
    model, x = model_and_input
    operators = len(method.build_graph(request(model, x)).nodes)
    calls: list[int] = []
    method.explain(request(model, x, progress=Progress(cancelled=lambda: bool(calls.append(1)))))
    assert len(calls) >= 2 * operators
    for last in range(0, len(calls), 5):
        left = iter([False] * last)
        with pytest.raises(Cancelled):
            method.explain(request(model, x, progress=Progress(cancelled=lambda left=left: next(left, True))))


BEGUN = [LRPZero(bias=False), LRPGamma(bias=False), LRPAlphaBeta(), DeepTaylor()]


@pytest.mark.parametrize("method", BEGUN, ids=lambda method: method.name)
def test_a_channels_map_sums_to_its_activation(model_and_input, method) -> None:
    model, x = model_and_input
    channel = run(model.graph(x), x, None, "pool")[:, 2]
    assert float(channel.sum()) != 0
    found = replace(method, begin="pool:2").explain(request(model, x))
    assert found.values.shape == x.shape
    assert found.residual.expected == pytest.approx(float(channel.sum()), rel=1e-12)
    assert float(found.values.sum()) == pytest.approx(float(channel.sum()), rel=1e-9)


def test_a_channels_contributions_sum_to_its_difference(model_and_input) -> None:
    model, x = model_and_input
    graph = model.graph(x)
    both = [run(graph, value, None, "block")[:, 3].sum() for value in (x, torch.zeros_like(x))]
    found = DeepLift(begin="block:3").explain(request(model, x))
    assert float(found.values.sum()) == pytest.approx(float(both[0] - both[1]), rel=1e-9)


def test_a_channels_gradient_is_autograds() -> None:
    network, x = make_network(3)
    network, leaf = network.double(), x.double().requires_grad_(True)
    inner = network.norm(network.stem(leaf))[:, 1].sum()
    (expected,) = torch.autograd.grad(inner, leaf)
    guided = list_methods()["guided-backprop"].from_parameters({"begin": "norm:1"})
    found = guided.explain(request(Model.from_module(network, leaf.detach()), leaf.detach()))
    torch.testing.assert_close(found.values, expected)


def test_all_channels_of_a_layer_are_the_sum_of_each(model_and_input) -> None:
    model, x = model_and_input
    whole = LRPZero(begin="pool").explain(request(model, x)).values
    parts = [LRPZero(begin=f"pool:{channel}").explain(request(model, x)).values for channel in range(4)]
    torch.testing.assert_close(whole, torch.stack(parts).sum(0))


@pytest.mark.parametrize(
    "method", [LRPGamma(bias=False), DeepTaylor(), DeepLift()], ids=lambda method: method.name
)
@pytest.mark.parametrize("layer", ["pool", "block", "norm"])
def test_a_layers_map_says_what_the_layer_holds(model_and_input, method, layer) -> None:
    model, x = model_and_input
    # The block is one of two ways around, and holds a part only; what leads through one way holds all.
    found = method.explain(request(model, x, layer))
    assert found.values.shape == x.shape
    assert any(layer in note for note in found.notes)
    if layer != "block":
        assert found.residual.relative < 1e-9


@pytest.mark.parametrize("name", [name for name in ALL if list_methods()[name].accepts_layer])
def test_every_method_that_takes_a_layer_does(model_and_input, name) -> None:
    model, x = model_and_input
    found = method_of(name).explain(request(model, x, "pool")).values
    assert found.shape == x.shape
    assert bool(found.isfinite().all())
    assert float(found.abs().max()) > 0


def test_a_layer_without_spatial_axes_is_refused(model_and_input) -> None:
    model, x = model_and_input
    with pytest.raises(MethodError, match="layer head: it has no spatial axes"):
        LRPZero().explain(request(model, x, "head"))


def test_a_channel_that_is_not_there_is_refused(model_and_input) -> None:
    model, x = model_and_input
    with pytest.raises(MethodError, match="pool has no channel 9; it has 0 to 3"):
        LRPZero(begin="pool:9").explain(request(model, x))


class CumulativeProduct(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cumprod(x, 1)


def test_an_operator_without_a_rule_is_named_and_may_be_linearised() -> None:
    network, x = make_network(3, CumulativeProduct())
    model = Model.from_module(network, x)
    for kind in (LRPEpsilon, LRPAlphaBeta, DeepTaylor):
        with pytest.raises(MethodError, match=r"no rule for .*cumprod.*last.*set unruled to linearise"):
            kind().explain(request(model, x))
        found = kind(unruled="linearise").explain(request(model, x))
        assert bool(found.values.isfinite().all())
        assert any("last" in note and "derivative" in note for note in found.notes)
    with pytest.raises(MethodError, match=r"no rule for .*cumprod.*last"):
        DeepLift().explain(request(model, x))
    assert bool(Gradient().explain(request(model, x)).values.isfinite().all())


class BiasAlone(nn.Module):
    """A second layer one of whose outputs sees nothing but a silent neuron."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(2, 2), nn.Linear(2, 2)
        self.head = nn.Linear(2, 1, bias=False)
        with torch.no_grad():
            self.first.weight.copy_(torch.tensor([[1.0, 1.0], [-1.0, -1.0]]))
            self.first.bias.zero_()
            self.second.weight.copy_(torch.eye(2))
            self.second.bias.copy_(torch.tensor([0.0, 5.0]))
            self.head.weight.fill_(1.0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(torch.relu(self.second(torch.relu(self.first(x)))))


def test_what_stands_on_a_bias_alone_is_absorbed_in_lrp_and_shared_alike_by_deep_taylor() -> None:
    x = torch.tensor([[1.0, 2.0]])
    model = Model.from_module(BiasAlone(), x)
    for method in (LRPZero(), LRPGamma(), LRPAlphaBeta()):
        found = method.explain(ExplanationRequest(model, x, Target(0, "0")))
        assert (found.residual.explained_output, found.residual.found) == pytest.approx((8, 3))
    for rule in ("z-plus", "w-square", "z-box"):
        found = DeepTaylor(input=rule).explain(ExplanationRequest(model, x, Target(0, "0")))
        assert (found.residual.expected, found.residual.found) == pytest.approx((8, 8))


def test_bounds_are_those_of_what_the_first_layer_sees() -> None:
    """Behind a scaling and a border of zeros, z^B takes the scaled bounds of the scan."""

    class Scaled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm, self.conv = nn.BatchNorm2d(1), nn.Conv2d(1, 2, 3, padding=1)
            self.head = nn.Linear(2, 1, bias=False)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.head(torch.relu(self.conv(self.norm(x))).mean((2, 3)))

    torch.manual_seed(2)
    network = Scaled().double().eval().requires_grad_(False)
    network.norm.running_mean.fill_(0.3)
    network.norm.running_var.fill_(0.04)
    draw = torch.Generator().manual_seed(3)
    x = torch.rand(1, 1, 6, 5, generator=draw, dtype=torch.float64)
    low, high = (
        float(end) for end in network.norm(torch.tensor([0.0, 1.0]).double().reshape(2, 1, 1, 1)).flatten()
    )
    given = DeepTaylor(input="z-box", bounds="given", low=0.0, high=1.0)
    whole = given.explain(ExplanationRequest(Model.from_module(network, x), x, Target(0, "0")))

    class Rest(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.head = network.conv, network.head

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.head(torch.relu(self.conv(x)).mean((2, 3)))

    scaled = network.norm(x).detach()
    expected = DeepTaylor(input="z-box", bounds="given", low=low, high=high).explain(
        ExplanationRequest(Model.from_module(Rest(), scaled), scaled, Target(0, "0"))
    )
    torch.testing.assert_close(whole.values, expected.values)
