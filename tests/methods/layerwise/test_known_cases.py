"""Small networks whose answers are known: from Captum's own tests, from hand calculation, and in true 3D."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from viewer.methods.base import ExplanationRequest, Method, Target
from viewer.methods.cam import GradCAM, GuidedGradCAM
from viewer.methods.deep_lift import DeepLift
from viewer.methods.gradient import Gradient, InputTimesGradient
from viewer.methods.guided_backprop import DeconvNet, GuidedBackpropagation
from viewer.methods.lrp import LRPAlphaBeta, LRPEpsilon, LRPGamma, LRPZero
from viewer.models.model import Model


def ask(network: nn.Module, x: torch.Tensor, method: Method, target: int = 0, layer: str | None = None):
    x = x.double()
    model = Model.from_module(network.double().eval(), x)
    return method.explain(ExplanationRequest(model, x, Target(target, str(target)), layer))


def filled(layer: nn.Module, weight: object, bias: object = None) -> nn.Module:
    with torch.no_grad():
        layer.weight.copy_(torch.as_tensor(weight, dtype=layer.weight.dtype).expand_as(layer.weight))
        if layer.bias is not None:
            layer.bias.copy_(torch.as_tensor(0.0 if bias is None else bias).expand_as(layer.bias))
    return layer


class OneConvolution(nn.Module):
    """Captum's network of one convolution; lifted to 3D it gives the same numbers."""

    def __init__(self, deep: bool) -> None:
        super().__init__()
        make = nn.Conv3d(1, 2, (1, 3, 3)) if deep else nn.Conv2d(1, 2, 3)
        self.conv1 = filled(make, 1.0, [-50.0, -75.0])
        self.relu1 = nn.ReLU()
        rows = torch.ones(4, 8)
        rows[:, 5:] = -1
        self.fc1 = filled(nn.Linear(8, 4), rows)
        self.relu2 = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.relu2(self.fc1(self.relu1(self.conv1(x)).reshape(-1, 8)))


@pytest.fixture(params=[False, True], ids=["2D", "3D"])
def one(request: pytest.FixtureRequest) -> tuple[nn.Module, torch.Tensor]:
    shape = (1, 1, 1, 4, 4) if request.param else (1, 1, 4, 4)
    return OneConvolution(request.param), torch.arange(16.0).reshape(shape)


def close(found: torch.Tensor, expected: object, tolerance: float = 1e-9) -> None:
    wanted = torch.as_tensor(expected, dtype=torch.float64).reshape(-1)
    torch.testing.assert_close(found.reshape(-1), wanted, rtol=tolerance, atol=tolerance)


def test_guided_backpropagation(one):
    close(ask(*one, GuidedBackpropagation()).values, [[0, 1, 1, 1], [1, 3, 3, 2], [1, 3, 3, 2], [1, 2, 2, 1]])


def test_deconvnet(one):
    close(ask(*one, DeconvNet()).values, [[2, 3, 3, 1], [3, 5, 5, 2], [3, 5, 5, 2], [1, 2, 2, 1]])


def test_lrp_with_biases_counted(one):
    found = ask(*one, LRPEpsilon(epsilon=1e-9, relative=False, bias=True))
    close(found.values, [[0, 1, 2, 3], [0, 5, 6, 7], [0, 9, 10, 11], [0, 0, 0, 0]], 1e-6)


@pytest.mark.parametrize(
    ("layer", "expected"),
    [("conv1", [[11.25, 13.5], [20.25, 22.5]]), ("relu1", [[0, 4], [28, 32.5]])],
)
def test_grad_cam_at_a_layer(one, layer, expected):
    network, x = one
    found = ask(network, x, GradCAM(), layer=layer).values
    small = torch.tensor(expected, dtype=torch.float64).reshape((1, 1, *(1,) * (x.dim() - 4), 2, 2))
    mode = "trilinear" if x.dim() == 5 else "bilinear"
    torch.testing.assert_close(found, nn.functional.interpolate(small, x.shape[2:], mode=mode))


def test_guided_grad_cam_is_the_product(one):
    network, x = one
    product = (
        ask(network, x, GradCAM(), layer="relu1").values * ask(network, x, GuidedBackpropagation()).values
    )
    torch.testing.assert_close(ask(network, x, GuidedGradCAM(), layer="relu1").values, product)


class TwoDense(nn.Module):
    def __init__(self, activation: nn.Module, first: float = 2.0, second: float = 3.0) -> None:
        super().__init__()
        self.linear = filled(nn.Linear(3, 3, bias=False), first)
        self.activation = activation
        self.linear2 = filled(nn.Linear(3, 1, bias=False), second)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear2(self.activation(self.linear(x)))


DENSE = torch.tensor([[1.0, 2.0, 3.0]])


def with_a_negative_weight() -> nn.Module:
    network = TwoDense(nn.ReLU())
    with torch.no_grad():
        network.linear.weight[0, 0] = -2
    return network


def test_lrp_of_two_dense_layers():
    close(
        ask(TwoDense(nn.ReLU()), DENSE, LRPEpsilon(epsilon=1e-9, relative=False)).values, [18, 36, 54], 1e-7
    )


def test_lrp_of_a_batch_is_that_of_each_sample():
    found = ask(TwoDense(nn.ReLU()), torch.cat((DENSE, 3 * DENSE)), LRPZero()).values
    close(found, [[18, 36, 54], [54, 108, 162]])


def test_lrp_gamma_with_a_rule_of_its_own_for_one_layer():
    found = ask(with_a_negative_weight(), DENSE, LRPGamma(gamma=1.0, layers="linear2=gamma:0.25"))
    close(found.values, [28 / 3, 104 / 3, 52])
    assert found.residual.found == pytest.approx(96)


def test_lrp_alpha_one_beta_zero():
    close(ask(with_a_negative_weight(), DENSE, LRPAlphaBeta(alpha=1.0)).values, [12, 33.6, 50.4])


def test_lrp_epsilon_with_a_negative_weight():
    close(ask(with_a_negative_weight(), DENSE, LRPEpsilon(epsilon=0.0)).values, [6, 36, 54])


def test_alpha_beta_as_printed_does_not_conserve_and_says_so():
    printed = ask(with_a_negative_weight(), DENSE, LRPAlphaBeta(alpha=2.0, conserve=False))
    close(printed.values, [0, 134.4, 201.6])
    assert (printed.residual.expected, printed.residual.found) == pytest.approx((96, 336))


def test_alpha_beta_conserves_by_default():
    found = ask(with_a_negative_weight(), DENSE, LRPAlphaBeta(alpha=2.0))
    assert found.residual.found == pytest.approx(96)


def test_lrp_through_tanh():
    network = TwoDense(nn.Tanh(), 0.1, 0.1)
    close(ask(network, DENSE, LRPZero()).values, [0.0269, 0.0537, 0.0806], 5e-5)


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lin = filled(nn.Linear(2, 2, bias=False), 5.0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.lin(x) + x


def test_a_residual_sum_counts_its_relevance_once():
    found = ask(Residual(), torch.tensor([[2.0, 3.0]]), LRPZero(), target=1)
    close(found.values, [10, 18])
    assert found.residual.relative < 1e-12


class Pooled(nn.Module):
    def __init__(self, pool: nn.Module) -> None:
        super().__init__()
        self.pool = pool

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.pool(x).flatten(1)


def test_of_a_maximum_pool_the_winner_takes_all():
    x = torch.tensor([[[1.0, 2], [5, 6]], [[3, 4], [7, 8]]])[None, None]
    close(ask(Pooled(nn.MaxPool3d(2)), x, LRPZero()).values, [0, 0, 0, 0, 0, 0, 0, 8])


class Saturating(nn.Module):
    """2 relu(x1) + 2 relu(x2 − 1.5)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (2 * torch.relu(x[:, :1])) + (2 * torch.relu(x[:, 1:] - 1.5))


def test_deep_lift_of_two_rectifiers():
    found = ask(Saturating(), torch.tensor([[1.0, 2.0]]), DeepLift())
    close(found.values, [2, 1])
    assert found.residual.absolute < 1e-12


class Overlapping(nn.Module):
    """A maximum pool whose windows overlap, before a dense layer: where Captum 0.9 loses contributions."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(5)
        self.pool = nn.MaxPool3d(3, 1)
        self.head = nn.Linear(8, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.pool(x).flatten(1))


@pytest.mark.parametrize("baseline", ["zero", "mean", "blurred"])
def test_deep_lift_is_complete_where_pools_overlap(baseline):
    x = torch.randn(2, 1, 4, 4, 4, generator=torch.Generator().manual_seed(1))
    found = ask(Overlapping(), x, DeepLift(baseline=baseline, blur=1.0))
    assert found.residual.relative < 1e-12


class Minimum(nn.Module):
    """min(x1, x2) = x1 − relu(x1 − x2): where rescale gives one input all and RevealCancel shares."""

    def __init__(self) -> None:
        super().__init__()
        self.difference = filled(nn.Linear(2, 1, bias=False), [[1.0, -1.0]])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[:, :1] - torch.relu(self.difference(x))


def test_reveal_cancel_shares_a_minimum():
    x = torch.tensor([[5.0, 3.0]])
    close(ask(Minimum(), x, DeepLift()).values, [0, 3])
    # relu(x1 − x2) from 0: Δ⁺ = 5, Δ⁻ = −3, so z⁺ = ½(5 + 2 − 0) = 3.5 and z⁻ = ½(0 + 2 − 5) = −1.5.
    close(ask(Minimum(), x, DeepLift(rule="reveal-cancel-dense")).values, [1.5, 1.5])


class True3D(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = filled(nn.Conv3d(1, 1, 2), 1.0, -100.0)
        self.head = filled(nn.Linear(8, 1, bias=False), torch.tensor([[1.0, 1, 1, 1, 1, 1, 1, -1]]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(torch.relu(self.conv(x)).flatten(1))


VOLUME = torch.arange(27.0).reshape(1, 1, 3, 3, 3)
NONE = [0.0] * 9


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        (Gradient(), [*NONE, 1, 2, 1, 2, 2, 0, 1, 0, -1, 1, 2, 1, 2, 2, 0, 1, 0, -1]),
        (GuidedBackpropagation(), [*NONE, 1, 2, 1, 2, 3, 1, 1, 1, 0, 1, 2, 1, 2, 3, 1, 1, 1, 0]),
        (DeconvNet(), [1, 2, 1, 2, 4, 2, 1, 2, 1, 2, 4, 2, 4, 7, 3, 2, 3, 1, 1, 2, 1, 2, 3, 1, 1, 1, 0]),
        (LRPZero(bias=True), [*NONE, 9, 20, 11, 24, 26, 0, 15, 0, -17, 18, 38, 20, 42, 44, 0, 24, 0, -26]),
        (InputTimesGradient(), [*NONE, 9, 20, 11, 24, 26, 0, 15, 0, -17, 18, 38, 20, 42, 44, 0, 24, 0, -26]),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_volume_worked_out_in_full(method, expected):
    close(ask(True3D(), VOLUME, method).values, expected)


RESCALED = [
    *NONE, 1.7419, 4.3597, 2.6667, 6.2145, 5.2172, -1.6317, 4.8649, -0.5544, -6.1026,
    3.4839, 8.2835, 4.8485, 10.8753, 8.8291, -2.6807, 7.7838, -0.8663, -9.3333,
]  # fmt: skip


def test_deep_lift_of_the_volume_with_its_bias_at_the_reference():
    found = ask(True3D(), VOLUME, DeepLift())
    assert (found.residual.expected, found.residual.found) == pytest.approx((48, 48))
    torch.testing.assert_close(
        found.values.reshape(-1), torch.tensor(RESCALED, dtype=torch.float64), rtol=0, atol=6e-5
    )


def test_grad_cam_of_the_volume_before_its_rectifier():
    found = ask(True3D(), VOLUME, GradCAM(rectify=False), layer="conv").values
    small = torch.tensor([-12.0, -10, -6, -4, 6, 8, 12, 14], dtype=torch.float64).reshape(1, 1, 2, 2, 2)
    torch.testing.assert_close(found, nn.functional.interpolate(small, (3, 3, 3), mode="trilinear"))
