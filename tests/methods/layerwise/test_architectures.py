"""Every registered architecture, with random weights: relevance and contributions sum to what they must.

Weights are He et al.'s normal ones, biases and the statistics of batch norms are random, too. LRP-0 divides
by sums that may be near 0, and on networks with random biases its relevances grow with every layer (to 1e11
of an output of 1 in ResNet-18): in single precision it is held to 1e-4 on the networks without their biases,
where it is input times gradient; with biases it is held, in double precision, to 1e-9 of all the relevance
there is.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass

import pytest
import torch
from torch import nn

from viewer.methods.base import ExplanationRequest, Method, Target
from viewer.methods.deep_lift import DeepLift
from viewer.methods.deep_taylor import DeepTaylor
from viewer.methods.lrp import LRPAlphaBeta, LRPGamma, LRPZero
from viewer.models.architectures.registry import list_architectures
from viewer.models.model import Model

LIMIT = 1e-4
WEIGHTED = (nn.Conv2d, nn.Conv3d, nn.ConvTranspose3d, nn.Linear)
BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


@dataclass(frozen=True)
class Case:
    """Arguments and input size that are small for the architecture."""

    shape: tuple[int, ...]
    arguments: dict[str, object]
    heavy: bool = False
    rectifier: bool = True


CASES = {
    "adnet": Case((48, 96, 96), {}, heavy=True),
    "eitel-3d": Case((14, 13, 16), {"shape": (14, 13, 16), "head": "flatten", "padding": 1}),
    "eitel-2d": Case((33, 30), {"shape": (33, 30)}),
    "morch": Case((4, 5, 6), {"voxels": 50, "components": 6, "hidden": 4}, rectifier=False),
    "taylor-age-3d": Case((76, 76, 76), {"shape": (76, 76, 76)}, heavy=True),
    "taylor-mnist-dense": Case((28, 28), {}),
    "taylor-mnist-cnn": Case((28, 28), {}),
    "sfcn": Case((32, 32, 32), {"channels": (4, 8, 16, 16, 16, 8), "classes": 5}),
    "meshnet": Case((9, 8, 7), {"dilations": (1, 2, 4, 1), "norm": True}),
    "resnet-10-3d": Case((12, 12, 12), {"shortcut": "A", "stride": 2}),
    "resnet-18-3d": Case((16, 16, 16), {}, heavy=True),
    "resnet-34-3d": Case((16, 16, 16), {"shortcut": "A", "stride": 2}, heavy=True),
    "resnet-50-3d": Case((16, 16, 16), {"stride": 2}, heavy=True),
    "densenet-121-3d": Case((32, 32, 32), {}, heavy=True),
    "unet-3d": Case((8, 12, 8), {"widths": (4, 8, 8), "strides": (2, 2)}, rectifier=False),
    "nnunet-3d": Case(
        (8, 12, 8),
        {
            "widths": (4, 8, 8),
            "kernels": (3,) * 9,
            "strides": (1, 1, 1, 1, 2, 2, 2, 2, 2),
            "encoder": "residual",
            "encoder_blocks": (1, 2, 1),
            "decoder_blocks": (1, 1),
        },
        rectifier=False,
    ),
    "vgg-16-2d": Case((32, 32), {"classes": 3}, heavy=True),
}


def test_every_architecture_is_among_the_cases() -> None:
    assert set(CASES) == set(list_architectures())


def randomised(network: nn.Module) -> nn.Module:
    """The network with random weights, biases, and statistics of its batch norms."""
    draw = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, WEIGHTED):
                nn.init.kaiming_normal_(module.weight, generator=draw)
                if module.bias is not None:
                    module.bias.normal_(0, 0.1, generator=draw)
            elif isinstance(module, BATCH_NORMS):
                module.running_mean.normal_(0, 0.3, generator=draw)
                module.running_var.uniform_(0.5, 2, generator=draw)
                module.weight.uniform_(0.5, 1.5, generator=draw)
                module.bias.normal_(0, 0.2, generator=draw)
        for name, buffer in network.named_buffers():
            if name == "mask":
                buffer.copy_(torch.randperm(120, generator=draw)[: len(buffer)])
            elif name == "mean":
                buffer.normal_(generator=draw)
    return network


def without_biases(network: nn.Module) -> nn.Module:
    """A copy in which nothing is added anywhere."""
    bare = deepcopy(network)
    with torch.no_grad():
        for name, tensor in (*bare.named_parameters(), *bare.named_buffers()):
            if name.rpartition(".")[2] in ("bias", "running_mean", "mean"):
                tensor.zero_()
    return bare


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(name, marks=[pytest.mark.slow] if case.heavy else []) for name, case in CASES.items()
    ],
)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def network(name: str) -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return randomised(list_architectures()[name].build(CASES[name].arguments, "test")).eval()


@pytest.fixture(scope="module")
def x(name: str) -> torch.Tensor:
    draw = torch.Generator().manual_seed(2)
    return torch.randn(1, 1, *CASES[name].shape, generator=draw).abs()


@pytest.fixture(scope="module")
def model(network: nn.Module, x: torch.Tensor) -> Model:
    return Model.from_module(network, x)


def explained(model: Model, x: torch.Tensor, method: Method):
    return method.explain(ExplanationRequest(model, x, Target(0, "0")))


CONSERVING = {
    "gamma": LRPGamma(bias=False),
    "alpha-beta": LRPAlphaBeta(),
    "w-square": DeepTaylor(input="w-square"),
    "z-box": DeepTaylor(input="z-box"),
    "z-plus": DeepTaylor(input="z-plus"),
    "norms-passed": DeepTaylor(batch_norm="pass"),
}


@pytest.mark.parametrize("method", CONSERVING.values(), ids=CONSERVING)
@pytest.mark.sampled(4)
def test_relevance_sums_to_the_output(model: Model, x: torch.Tensor, method: Method) -> None:
    found = explained(model, x, method)
    assert found.residual.expected == pytest.approx(float(Target(0, "0").score(model.logits(x))), rel=1e-4)
    assert found.residual.relative < LIMIT


@pytest.mark.parametrize("method", [m for m in CONSERVING.values() if m.name == "deep-taylor"], ids=str)
def test_deep_taylor_gives_one_output_relevance_of_one_sign(
    model: Model, x: torch.Tensor, method: Method
) -> None:
    if model.logits(x).dim() > 2:
        pytest.skip("a dense prediction is a sum of outputs of either sign")
    found = explained(model, x, method)
    signed = found.values * (1 if found.residual.expected > 0 else -1)
    assert float(signed.min()) >= -1e-6 * float(signed.max())


@pytest.mark.parametrize("rule", ["rescale", "reveal-cancel"])
@pytest.mark.parametrize("baseline", ["zero", "blurred"])
def test_contributions_sum_to_the_difference(
    name: str, model: Model, x: torch.Tensor, rule: str, baseline: str
) -> None:
    if name in ("unet-3d", "nnunet-3d") and baseline == "zero":
        pytest.skip("a uniform reference has no variance to divide by: in double precision below")
    found = explained(model, x, DeepLift(rule=rule, baseline=baseline, blur=1.0))
    assert found.residual.relative < LIMIT


@pytest.mark.parametrize("rule", ["rescale", "reveal-cancel"])
def test_contributions_are_complete_behind_an_instance_norm_of_a_uniform_reference(rule: str) -> None:
    case = CASES["unet-3d"]
    network = randomised(list_architectures()["unet-3d"].build(case.arguments, "test")).double()
    x = torch.randn(1, 1, *case.shape, generator=torch.Generator().manual_seed(2)).abs().double()
    assert explained(Model.from_module(network, x), x, DeepLift(rule=rule)).residual.relative < 1e-9


@pytest.mark.sampled(4)
def test_lrp_zero_without_biases(name: str, network: nn.Module, x: torch.Tensor) -> None:
    bare = without_biases(network)
    found = explained(Model.from_module(bare, x), x, LRPZero())
    assert found.residual.relative < LIMIT
    if CASES[name].rectifier:
        leaf = x.clone().requires_grad_(True)
        (gradient,) = torch.autograd.grad(Target(0, "0").score(bare(leaf)).sum(), leaf)
        expected = x * gradient
        size = float(expected.abs().max())
        torch.testing.assert_close(found.values, expected, rtol=0, atol=LIMIT * size)


@pytest.mark.sampled(3)
def test_lrp_zero_is_input_times_gradient_where_biases_count(
    name: str, network: nn.Module, x: torch.Tensor
) -> None:
    # Of ReLU networks, as the biases count in the sums (Ancona et al. 2018, proposition 1).
    if not CASES[name].rectifier:
        return
    leaf = x.double().requires_grad_(True)
    double = deepcopy(network).double()
    found = explained(Model.from_module(double, leaf.detach()), leaf.detach(), LRPZero())
    (gradient,) = torch.autograd.grad(Target(0, "0").score(double(leaf)).sum(), leaf)
    expected = leaf.detach() * gradient
    torch.testing.assert_close(found.values, expected, rtol=0, atol=1e-7 * float(expected.abs().max()))


@pytest.mark.sampled(4)
def test_lrp_zero_with_biases_left_out_of_the_sums(network: nn.Module, x: torch.Tensor) -> None:
    double = deepcopy(network).double()
    found = explained(Model.from_module(double, x.double()), x.double(), LRPZero(bias=False))
    there = max(float(found.values.abs().sum()), abs(found.residual.expected))
    assert found.residual.absolute < 1e-9 * there
