"""Beside Captum 0.9: equal where it is right; where it is wrong, right by completeness or by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.nn import functional

from viewer.methods.base import ExplanationRequest, Method, Requirement, Target
from viewer.methods.baseline import gaussian_blur
from viewer.methods.cam import GradCAM
from viewer.methods.deep_lift import DeepLift
from viewer.methods.gradient import Gradient, InputTimesGradient
from viewer.methods.guided_backprop import DeconvNet, GuidedBackpropagation
from viewer.methods.integrated_gradients import IntegratedGradients
from viewer.methods.lrp import LRPAlphaBeta, LRPComposite, LRPEpsilon, LRPZero
from viewer.methods.registry import list_methods
from viewer.models.model import Model

captum = pytest.importorskip("captum.attr")
EpsilonRule = pytest.importorskip("captum.attr._utils.lrp_rules").EpsilonRule

CLOSE = 1e-5


def randomized(network: nn.Module, seed: int = 3) -> nn.Module:
    """The network with weights of the usual spread, in double precision, in evaluation."""
    draw = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.Conv2d | nn.Conv3d | nn.Linear):
                nn.init.kaiming_normal_(module.weight, generator=draw)
                if module.bias is not None:
                    module.bias.normal_(0, 0.2, generator=draw)
            elif isinstance(module, nn.BatchNorm3d):
                module.running_mean.normal_(0, 0.3, generator=draw)
                module.running_var.uniform_(0.5, 2, generator=draw)
    return network.double().eval()


def flat() -> nn.Module:
    """A network of modules in 2D, without overlapping pools."""
    return randomized(
        nn.Sequential(
            nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(4, 6, 3), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(24, 3),
        )
    )  # fmt: skip


def deep() -> nn.Module:
    """The same in 3D, with a batch norm."""
    return randomized(
        nn.Sequential(
            nn.Conv3d(1, 4, 3, padding=1), nn.BatchNorm3d(4), nn.ReLU(), nn.MaxPool3d(2),
            nn.Conv3d(4, 6, 3), nn.ReLU(), nn.AvgPool3d(2), nn.Flatten(), nn.Linear(6, 3),
        )
    )  # fmt: skip


NETWORKS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "2D": (flat, (2, 1, 12, 12)),
    "3D": (deep, (2, 1, 8, 9, 8)),
}


@pytest.fixture(params=NETWORKS, scope="module")
def pair(request: pytest.FixtureRequest) -> tuple[nn.Module, torch.Tensor]:
    make, shape = NETWORKS[request.param]
    x = torch.randn(shape, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    return make(), x


def explained(network: nn.Module, x: torch.Tensor, method: Method, target: int = 1, layer: str | None = None):
    model = Model.from_module(network, x)
    return method.explain(ExplanationRequest(model, x, Target(target, str(target)), layer))


def equal(found: torch.Tensor, theirs: torch.Tensor) -> None:
    theirs = theirs.detach()
    size = float(theirs.abs().max())
    assert size > 0
    torch.testing.assert_close(found, theirs, rtol=0, atol=CLOSE * size)


@pytest.mark.parametrize(
    ("method", "theirs"),
    [
        (Gradient(), lambda f: captum.Saliency(f).attribute),
        (InputTimesGradient(), lambda f: captum.InputXGradient(f).attribute),
        (GuidedBackpropagation(), lambda f: captum.GuidedBackprop(f).attribute),
        (DeconvNet(), lambda f: captum.Deconvolution(f).attribute),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
@pytest.mark.filterwarnings("ignore:Setting forward:UserWarning")
def test_equal_to_captum(pair, method, theirs) -> None:
    network, x = pair
    more = {"abs": False} if isinstance(method, Gradient) else {}
    expected = theirs(network)(x.clone().requires_grad_(True), target=1, **more)
    equal(explained(network, x, method).values, expected)


def averaged(network: nn.Module) -> nn.Module:
    """The network with average pools for maximum pools."""
    kinds = {nn.MaxPool2d: nn.AvgPool2d, nn.MaxPool3d: nn.AvgPool3d}
    return nn.Sequential(*(kinds[type(part)](2) if type(part) in kinds else part for part in network))


@pytest.mark.filterwarnings("ignore:Setting forward:UserWarning")
@pytest.mark.parametrize("blur", [None, 1.0])
def test_deep_lift_equals_captums_where_no_maximum_is_pooled(pair, blur) -> None:
    network, x = averaged(pair[0]), pair[1]
    reference = torch.zeros_like(x) if blur is None else gaussian_blur(x, blur)
    expected = captum.DeepLift(network).attribute(x.clone().requires_grad_(True), reference, target=1)
    method = DeepLift() if blur is None else DeepLift(baseline="blurred", blur=blur)
    equal(explained(network, x, method).values, expected)


@pytest.mark.filterwarnings("ignore:Setting forward:UserWarning")
def test_deep_lift_is_complete_behind_a_maximum_pool_and_captums_is_not(pair) -> None:
    network, x = pair
    reference = gaussian_blur(x, 1.0)
    wanted = (network(x) - network(reference))[:, 1].detach()
    ours = explained(network, x, DeepLift(baseline="blurred", blur=1.0)).values.flatten(1).sum(1)
    torch.testing.assert_close(ours, wanted, rtol=1e-10, atol=0)
    theirs = captum.DeepLift(network).attribute(x.clone().requires_grad_(True), reference, target=1)
    assert bool(((theirs.flatten(1).sum(1) - wanted).abs() > 0.005 * wanted.abs()).all())


@pytest.mark.parametrize("rule", ["riemann_middle", "gausslegendre"])
def test_integrated_gradients_equal_captums(pair, rule) -> None:
    network, x = pair
    expected = captum.IntegratedGradients(network).attribute(x, target=1, n_steps=16, method=rule)
    equal(explained(network, x, IntegratedGradients(rule=rule, steps=16, tolerance=0.0)).values, expected)


def test_captums_trapezoid_misses_a_step(pair) -> None:
    # Its weights sum to (n − 1) / n: the sum misses f(x) − f(0) by that share, whatever the network.
    network, x = pair
    theirs = captum.IntegratedGradients(network).attribute(
        x, target=1, n_steps=16, method="riemann_trapezoid"
    )
    ours = explained(network, x, IntegratedGradients(rule="riemann_trapezoid", steps=16, tolerance=0.0))
    equal(ours.values * 15 / 16, theirs)


@pytest.mark.parametrize(("number", "mode"), [(0, "2D"), (3, "2D"), (0, "3D"), (4, "3D")])
def test_grad_cam_equals_captums_at_a_layer(number, mode) -> None:
    make, shape = NETWORKS[mode]
    network, x = make(), torch.randn(shape, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    small = captum.LayerGradCam(network, network[number]).attribute(x, target=1)
    kind = {"2D": "bilinear", "3D": "trilinear"}[mode]
    expected = functional.interpolate(small, x.shape[2:], mode=kind, align_corners=False)
    equal(explained(network, x, GradCAM(rectify=False), layer=str(number)).values, expected)


def test_lrp_epsilon_equals_captums() -> None:
    make, shape = NETWORKS["2D"]
    network, x = make(), torch.randn(shape, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    pristine, epsilon = make(), 0.25
    for number in (0, 3, 5, 6, 7):
        # Where values are only moved, there is no sum to stabilise.
        network[number].rule = EpsilonRule(1e-12 if number == 6 else epsilon)
    expected = captum.LRP(network).attribute(x, target=1)
    method = LRPEpsilon(epsilon=epsilon, relative=False, bias=True)
    equal(explained(pristine, x, method).values, expected)


class Functional(nn.Module):
    """The network in 3D, with rectifiers and pools called as functions; weights are the other's."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.first, self.norm, self.second, self.head = network[0], network[1], network[4], network[8]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.max_pool3d(functional.relu(self.norm(self.first(x))), 2)
        x = functional.avg_pool3d(torch.relu(self.second(x)), 2)
        return self.head(x.flatten(1))


class Reused(nn.Module):
    """The same, with one rectifier called twice."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.first, self.norm, self.second, self.head = network[0], network[1], network[4], network[8]
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.max_pool3d(self.relu(self.norm(self.first(x))), 2)
        x = functional.avg_pool3d(self.relu(self.second(x)), 2)
        return self.head(x.flatten(1))


@pytest.mark.sampled(2)
@pytest.mark.parametrize("kind", [Functional, Reused])
@pytest.mark.parametrize(
    "method",
    [GuidedBackpropagation(), DeconvNet(), DeepLift(), LRPEpsilon(), LRPAlphaBeta(), LRPComposite()],
    ids=lambda method: method.name,
)
def test_how_a_network_is_written_does_not_matter(kind, method) -> None:
    make, shape = NETWORKS["3D"]
    x = torch.randn(shape, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    network = make()
    torch.testing.assert_close(
        explained(kind(network), x, method).values,
        explained(network, x, method).values,
        rtol=1e-12,
        atol=1e-12,
    )


def test_captum_takes_a_rectifier_called_as_a_function_for_none() -> None:
    make, shape = NETWORKS["3D"]
    x = torch.randn(shape, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    network = Functional(make())
    with pytest.warns(UserWarning, match="backward hooks"):
        theirs = captum.GuidedBackprop(network).attribute(x.clone().requires_grad_(True), target=1)
    equal(explained(network, x, Gradient()).values, theirs)
    ours = explained(network, x, GuidedBackpropagation()).values
    assert float((ours - theirs).abs().max()) > 0.1 * float(ours.abs().max())


class Residual(nn.Module):
    """Two blocks that add what they were given; without biases, so that relevance is f(x) exactly."""

    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Conv3d(1, 1, 3, padding=1, bias=False)
        self.two = nn.Conv3d(1, 1, 3, padding=1, bias=False)
        self.head = nn.Linear(64, 2, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(x + self.one(x))
        x = torch.relu(x + self.two(x))
        return self.head(x.flatten(1))


def test_residual_sums_count_relevance_once() -> None:
    network = randomized(Residual())
    x = torch.randn(1, 1, 4, 4, 4, generator=torch.Generator().manual_seed(6), dtype=torch.float64)
    found = explained(network, x, LRPZero())
    assert float(found.values.sum()) == pytest.approx(float(network(x)[0, 1]), rel=1e-12)
    # Without biases and with rectifiers alone, LRP-0 is input times gradient.
    torch.testing.assert_close(found.values, explained(network, x, InputTimesGradient()).values)


class Overlapping(nn.Module):
    """Pools whose windows overlap, as in Eitel et al. 2021: kernels 3 and 4, strides 1 and 2."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv3d(1, 3, 3)
        self.relu = nn.ReLU()
        self.pool1 = nn.MaxPool3d(3, 1)
        self.conv2 = nn.Conv3d(3, 4, 3, padding=1)
        self.relu2 = nn.ReLU()
        self.pool2 = nn.MaxPool3d(4, 2)
        self.head = nn.Linear(32, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.pool1(self.relu(self.conv(x)))
        return self.head(self.pool2(self.relu2(self.conv2(x))).flatten(1))


@pytest.mark.filterwarnings("ignore:Setting forward:UserWarning")
def test_overlapping_pools_lose_nothing_here_and_something_in_captum() -> None:
    network = randomized(Overlapping())
    x = torch.randn(1, 1, 10, 10, 10, generator=torch.Generator().manual_seed(6), dtype=torch.float64)
    wanted = float((network(x) - network(torch.zeros_like(x)))[0, 1])
    assert float(explained(network, x, DeepLift()).values.sum()) == pytest.approx(wanted, rel=1e-9)
    theirs = float(captum.DeepLift(network).attribute(x.clone().requires_grad_(True), target=1).sum())
    assert abs(theirs - wanted) > 0.001 * abs(wanted)


# Steps are chosen by the sum over all that is asked at once; how many there are is fixed here.
ALONE = {
    "integrated-gradients": {"steps": 4, "tolerance": 0.0},
    "layer-integrated-gradients": {"steps": 4, "tolerance": 0.0},
    "layer-conductance": {"steps": 4, "tolerance": 0.0},
    "smoothgrad": {"samples": 3},
    "pattern-net": {"estimator": "filter"},
    "pattern-attribution": {"estimator": "filter"},
    "lime": {"samples": 30},
    "kernel-shap": {"samples": 60},
    "meaningful-perturbation": {"steps": 4},
    "extremal-perturbation": {"steps": 4},
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    "name",
    [
        name
        for name, method in list_methods().items()
        if not method.requirements & {Requirement.GENERATORS, Requirement.ATTENTION}
    ],
)
def test_a_map_does_not_depend_on_what_else_is_in_the_batch(name) -> None:
    network = randomized(Overlapping())
    draw = torch.Generator().manual_seed(8)
    batch = torch.randn(3, 1, 10, 10, 10, generator=draw, dtype=torch.float64)
    batch[1] *= 40
    method = list_methods()[name].from_parameters(ALONE.get(name, {}))
    together = explained(network, batch, method).values
    for index in range(3):
        alone = explained(network, batch[index : index + 1], method).values
        size = float(alone.abs().max())
        assert size > 0
        torch.testing.assert_close(together[index : index + 1], alone, rtol=0, atol=1e-10 * size)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("deep-taylor", {"input": "z-box"}),
        ("deeplift", {"rule": "reveal-cancel", "baseline": "mean"}),
        ("smoothgrad", {"samples": 3, "statistic": "variance"}),
        ("lrp-epsilon", {"epsilon": 0.3}),
    ],
)
def test_nor_with_other_parameters(name, values) -> None:
    network = randomized(Overlapping())
    draw = torch.Generator().manual_seed(8)
    batch = torch.randn(2, 1, 10, 10, 10, generator=draw, dtype=torch.float64)
    batch[1] = batch[1] * 40 - 5
    method = list_methods()[name].from_parameters(values)
    together = explained(network, batch, method).values
    for index in range(2):
        alone = explained(network, batch[index : index + 1], method).values
        size = float(alone.abs().max())
        torch.testing.assert_close(together[index : index + 1], alone, rtol=0, atol=1e-10 * size)
