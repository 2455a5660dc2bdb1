"""Layers that do nothing, or that torch.export is puzzled by, in the graph."""

from __future__ import annotations

import torch
from torch import nn

from viewer.methods.explain import explain
from viewer.models.graph.capture import capture
from viewer.models.model import Model
from viewer.models.network_errors import describe_failure

X = torch.randn(1, 1, 6, 6, 6, generator=torch.Generator().manual_seed(1))


class WithIdentity(nn.Module):
    """Timm and MONAI put one where a network has no norm, no pool or no head."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv3d(1, 3, 3)
        self.norm = nn.Identity()
        self.line = nn.Linear(3, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.line(torch.relu(self.norm(self.conv(x))).mean((2, 3, 4)))


def test_an_identity_is_a_layer_like_any_other() -> None:
    network = WithIdentity()
    graph = capture(network.eval(), X)
    assert graph.resolve_layer("norm") == graph.resolve_layer("conv")
    model = Model.from_module(network, X)
    found, same = (explain(model, X, "grad-cam", layer=layer, target=1).data for layer in ("norm", "conv"))
    assert (found == same).all()
    assert type(network.norm).forward is nn.Identity.forward
    assert "forward" not in vars(network.norm)


class ShortcutA(nn.Module):
    """As the ResNets of MedicalNet pad the channels that they have too few of; ``data`` as they read them."""

    def __init__(self, data: bool) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.data = data
        self.conv = nn.Conv3d(1, 2, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        z = self.conv(x)
        zeros = torch.zeros(len(z), 1, *z.shape[2:], dtype=z.dtype)
        return torch.cat([z.data if self.data else z, zeros], 1).square().mean((2, 3, 4))


def test_values_that_are_read_as_data_are_part_of_the_network() -> None:
    network, plain = ShortcutA(data=True).eval(), ShortcutA(data=False).eval()
    model = Model.from_module(network, X)
    with torch.no_grad():
        torch.testing.assert_close(model.logits(X), plain(X))
    leaf = X.clone().requires_grad_()
    # Automatic differentiation of the network itself stops at the data.
    (expected,) = torch.autograd.grad(plain(leaf)[0, 1], leaf)
    found = explain(model, X, "gradient", target=1, device="cpu").data
    torch.testing.assert_close(torch.tensor(found), expected)


def test_a_tensor_that_is_taken_for_a_weight_is_told_in_words() -> None:
    error = RuntimeError("We found a fake tensor in the exported program constant's list.")
    assert (
        describe_failure(error) == "it creates an intermediate tensor that torch.export mistakes for a weight"
    )
