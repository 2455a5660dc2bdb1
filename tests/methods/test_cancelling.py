"""What a map's notes say where its values cancel, and where a reference without contrast makes them."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import viewer
from viewer.errors import MethodError
from viewer.methods.deep_lift import DeepLift
from viewer.methods.integrated_gradients import IntegratedGradients
from viewer.methods.lrp import LRPZero
from viewer.models.model import Model


def normalised(norm: nn.Module) -> tuple[Model, torch.Tensor]:
    torch.manual_seed(1)
    network = nn.Sequential(
        nn.Conv2d(1, 4, 3), norm, nn.ReLU(), nn.Conv2d(4, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(576, 2)
    )
    x = torch.rand(1, 1, 16, 16)
    return Model.from_module(network.eval(), x), x


@pytest.mark.parametrize("method", [DeepLift, IntegratedGradients])
@pytest.mark.parametrize("norm", [nn.InstanceNorm2d(4), nn.GroupNorm(2, 4), nn.LayerNorm((4, 14, 14))])
def test_constant_baseline_with_instance_norm_adds_a_note(method, norm):
    model, x = normalised(norm)
    notes = viewer.explain(model, x, method(), target=1, device="cpu").provenance.notes
    assert any("the reference is constant" in note and "blurred" in note for note in notes)
    notes = viewer.explain(model, x, method(baseline="blurred"), target=1, device="cpu").provenance.notes
    assert not any("the reference is constant" in note for note in notes)


def test_batch_norm_with_stored_statistics_adds_no_note():
    model, x = normalised(nn.BatchNorm2d(4))
    assert viewer.explain(model, x, DeepLift(), target=1, device="cpu").provenance.notes == ()


def test_cancelling_values_are_noted_as_noise():
    network = nn.Sequential(nn.Flatten(), nn.Linear(2, 1, bias=False), nn.Linear(1, 1, bias=False))
    for layer, weights in ((network[1], [[3.0, -5.998]]), (network[2], [[1.0]])):
        layer.weight.data = torch.tensor(weights)
    x = torch.tensor([[[[1.0, 0.5]]]])
    found = viewer.explain(Model.from_module(network, x), x, LRPZero(), target=0, device="cpu")
    # 3 and −2.999 sum to the output, 0.001: their sizes are 5999 times that.
    (note,) = found.provenance.notes
    said = "cancelling noise: the map's absolute values add up to 6e+03 times the expected sum"
    assert note.startswith(said)
    network[1].weight.data = torch.tensor([[3.0, -4.0]])
    found = viewer.explain(Model.from_module(network, x), x, LRPZero(), target=0, device="cpu")
    assert found.provenance.notes == ()


def test_rules_that_overflow_do_not_blame_the_scan():
    layers = []
    for _ in range(8):
        layer = nn.Linear(2, 2)
        # Of every sum 1 and −1 cancel, to 1e-7 and 1e-5; its bias alone carries it.
        layer.weight.data = torch.tensor([[1.0, -1.9999998], [1.0, -1.99998]])
        layer.bias.data = torch.tensor([1.0, 0.5])
        layers.append(layer)
    network = nn.Sequential(nn.Flatten(), *layers)
    x = torch.tensor([[[[1.0, 0.5]]]])
    model = Model.from_module(network, x)
    with torch.no_grad():
        assert torch.isfinite(network(x)).all()
    with pytest.raises(MethodError, match="the method's rules overflow") as caught:
        viewer.explain(model, x, LRPZero(bias=False), target=0, device="cpu")
    assert "intensities" not in str(caught.value)
    assert abs(viewer.explain(model, x, LRPZero(), target=0, device="cpu").data).max() < 10


def test_deep_taylor_says_where_its_map_is_negative():
    torch.manual_seed(4)
    network = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 2, 1)).eval()
    x = torch.rand(1, 1, 8, 8)
    with torch.no_grad():
        output = network(x)[0, 1]
    words = "negative where the explained output is below 0"
    for bias, negative in ((-float(output.min()) + 0.1, False), (-float(output.mean()), True)):
        network[2].bias.data[1] += bias
        model = Model.from_module(network, x)
        found = viewer.explain(model, x, "deep-taylor", target=1, region="all", device="cpu")
        assert bool((found.data < 0).any()) is negative
        assert any(note.startswith(words) for note in found.provenance.notes) is negative
        network[2].bias.data[1] -= bias


def test_what_biases_take_is_told_and_is_no_residual():
    torch.manual_seed(4)
    network = nn.Sequential(nn.Flatten(), nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 2))
    network[3].bias.data[:] = 5.0
    x = torch.rand(1, 1, 2, 2)
    model = Model.from_module(network, x)
    for counted in (True, False):
        found = viewer.explain(model, x, LRPZero(bias=counted), target=0, device="cpu")
        assert found.residual.relative < 1e-5
        assert any(note.startswith("biases ") for note in found.provenance.notes) is counted
