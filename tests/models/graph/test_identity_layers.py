"""Layers that do nothing, or that torch.export is puzzled by, in the graph."""

from __future__ import annotations

import torch
from torch import nn

from viewer.methods.explain import explain
from viewer.models.graph.capture import capture
from viewer.models.graph.lowering.aten_call import CaptureError
from viewer.models.model import Model

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
    assert graph.node_of("norm") == graph.node_of("conv")
    model = Model.from_module(network, X)
    found, same = (explain(model, X, "grad-cam", layer=layer, target=1).data for layer in ("norm", "conv"))
    assert (found == same).all()
    assert type(network.norm).forward is nn.Identity.forward
    assert "forward" not in vars(network.norm)


class ShortcutA(nn.Module):
    """As MONAI's ResNet 18 with shortcut A (MedicalNet) pads the channels that it has too few of."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv3d(1, 2, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        z = self.conv(x)
        zeros = torch.zeros(len(z), 1, *z.shape[2:], dtype=z.dtype)
        return torch.cat([z.data, zeros], 1).mean((2, 3, 4))


def test_a_tensor_that_is_taken_for_a_weight_is_told_in_words() -> None:
    try:
        capture(ShortcutA().eval(), X)
    except CaptureError as error:
        assert "fake tensor" not in str(error)  # noqa: PT017
        assert "takes for a weight (Tensor.data does: detach it)" in str(error)  # noqa: PT017
