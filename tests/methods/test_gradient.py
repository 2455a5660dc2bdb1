from __future__ import annotations

import numpy as np
import pytest
import torch
from captum.attr import Saliency
from captum.testing.helpers.basic_models import BasicModel_ConvNet_One_Conv
from torch import nn

from viewer.errors import MethodError
from viewer.methods.explain import explain
from viewer.models.model import Model

VOXELS = torch.arange(27.0).view(1, 1, 3, 3, 3)


class Hand(nn.Module):
    """A network in true 3D whose gradient is known by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv3d(1, 1, 2)
        self.head = nn.Linear(8, 1, bias=False)
        nn.init.ones_(self.conv.weight)
        nn.init.constant_(self.conv.bias, -100.0)
        self.head.weight.data = torch.tensor([[1.0, 1, 1, 1, 1, 1, 1, -1]])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(torch.relu(self.conv(x)).flatten(1))


def test_the_gradient_of_a_network_worked_out_by_hand() -> None:
    found = explain(Model.from_module(Hand(), VOXELS), VOXELS, "gradient", target=0, device="cpu")
    expected = [0] * 9 + [1, 2, 1, 2, 2, 0, 1, 0, -1, 1, 2, 1, 2, 2, 0, 1, 0, -1]
    assert found.data.ravel().tolist() == expected


@pytest.mark.parametrize("target", [0, 1, 2])
def test_gradient_equals_captum(network: nn.Module, model: Model, batch: torch.Tensor, target: int) -> None:
    signed = explain(model, batch, "gradient", target=target, device="cpu").data
    absolute = explain(model, batch, "gradient", target=target, device="cpu", sign="absolute").data
    oracle = Saliency(network)
    # Captum's leaf may not be changed in place by the network's first layer.
    network.first.inplace = False
    expected = oracle.attribute(batch.clone().requires_grad_(), target, abs=False)
    torch.testing.assert_close(torch.from_numpy(signed.copy()), expected, rtol=1e-5, atol=1e-9)
    torch.testing.assert_close(torch.from_numpy(absolute.copy()), expected.abs(), rtol=1e-5, atol=1e-9)
    assert (signed < 0).any()


def test_the_network_with_one_convolution() -> None:
    x = torch.arange(16.0).view(1, 1, 4, 4)
    network = BasicModel_ConvNet_One_Conv().eval()
    found = explain(Model.from_module(network, x), x, target=0, device="cpu").data
    expected = Saliency(network).attribute(x.clone().requires_grad_(), 0, abs=False)
    assert found.tolist() == expected.tolist()


class Blind(nn.Module):
    """Answers without looking, or without a derivative."""

    def __init__(self, steps: bool) -> None:
        super().__init__()
        self.steps = steps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        means = x.flatten(1).mean(1, keepdim=True)
        return torch.cat([(means.detach() > 0).float(), means.detach() if self.steps else 0 * means], 1)


def test_an_output_without_a_derivative_is_an_error_where_there_is_no_graph() -> None:
    x = torch.ones(1, 1, 4, 4, 4)
    known = Model.from_module(Blind(steps=True), x)
    opaque = Model(known.module(), known.card, known.hash, no_graph_reason="TorchScript")
    with pytest.raises(MethodError, match=r"Blind: its output has no derivative.*only forward passes"):
        explain(opaque, x, "gradient", target=0, device="cpu")


def test_step_function_is_flat_and_detached_value_depends_on_input() -> None:
    x = torch.ones(1, 1, 4, 4, 4)
    model = Model.from_module(Blind(steps=True), x)
    assert not explain(model, x, "gradient", target=0, device="cpu").data.any()
    assert explain(model, x, "gradient", target=1, device="cpu").data == pytest.approx(1 / 64)


def test_an_output_that_does_not_depend_on_the_input_has_no_gradient() -> None:
    x = torch.ones(1, 1, 4, 4, 4)
    found = explain(Model.from_module(Blind(steps=False), x), x, "gradient", target=0, device="cpu")
    assert not found.data.any()


def test_gradient_is_computed_under_no_grad(model: Model, batch: torch.Tensor) -> None:
    with torch.no_grad():
        found = explain(model, batch, "gradient", target=0, device="cpu")
    assert found.data.any()


def test_the_maximum_over_channels_is_the_steepest_slope_of_each_voxel() -> None:
    """Ayyar et al. 2021, equation 6: |∂S/∂x|, maximal over the channels."""
    torch.manual_seed(1)
    network = nn.Sequential(nn.Conv3d(3, 4, 3), nn.Tanh(), nn.Flatten(), nn.Linear(4 * 8, 2)).eval()
    x = torch.randn(2, 3, 4, 4, 4, requires_grad=True)
    (slope,) = torch.autograd.grad(network(x)[:, 1].sum(), x)
    model = Model.from_module(network, x)
    found = explain(model, x, "gradient", target=1, sign="absolute", channels="maximum").data
    np.testing.assert_allclose(found.sum(1), slope.abs().amax(1).numpy(), atol=1e-7)
    assert ((found != 0).sum(1) == 1).all()
    signed = explain(model, x, "gradient", target=1, channels="maximum").data
    np.testing.assert_allclose(np.abs(signed), found)
    assert (signed < 0).any()
    assert np.allclose(explain(model, x, "gradient", target=1).data, slope.numpy(), atol=1e-7)
