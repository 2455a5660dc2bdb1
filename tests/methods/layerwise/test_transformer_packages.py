"""Transformers of other packages, with random weights: all methods run and have the right sums."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import viewer
from viewer.commands.benchmarks.network_matrix.cases import PACKAGES
from viewer.errors import MethodError
from viewer.methods.attention.gradient_attention import GradientAttention
from viewer.methods.attention.rollout import AttentionRollout
from viewer.methods.cam import GradCAM
from viewer.methods.deep_lift import DeepLift
from viewer.methods.gradient import Gradient
from viewer.methods.integrated_gradients import IntegratedGradients
from viewer.methods.lrp import LRPEpsilon

pytestmark = pytest.mark.slow


class Answer(nn.Module):
    """A network of which one answer is used."""

    def __init__(self, network: nn.Module, answer: Callable[[Any], torch.Tensor]) -> None:
        super().__init__()
        self.network, self.answer = network, answer

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.answer(self.network(x))


def monai_vit(projection: str) -> tuple[nn.Module, tuple[int, ...]]:
    nets = pytest.importorskip("monai.networks.nets")
    network = nets.ViT(
        1, (16,) * 3, (4,) * 3, 24, 48, 2, 2, projection, classification=True, num_classes=3,
        post_activation=None,
    )  # fmt: skip
    return Answer(network, lambda answer: answer[0]), (1, 1, 16, 16, 16)


def monai_unetr() -> tuple[nn.Module, tuple[int, ...]]:
    nets = pytest.importorskip("monai.networks.nets")
    network = nets.UNETR(1, 2, (32,) * 3, feature_size=4, hidden_size=24, mlp_dim=48, num_heads=2)
    return network, (1, 1, 32, 32, 32)


def monai_swin_unetr() -> tuple[nn.Module, tuple[int, ...]]:
    nets = pytest.importorskip("monai.networks.nets")
    network = nets.SwinUNETR(1, 2, feature_size=12, depths=(1,) * 4, num_heads=(1, 1, 2, 2))
    return network, (1, 1, 64, 32, 32)


def torch_encoder() -> tuple[nn.Module, tuple[int, ...]]:
    layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
    parts = (
        nn.Conv3d(1, 16, 4, stride=4), nn.Flatten(2), Transposed(),
        nn.TransformerEncoder(layer, 2, enable_nested_tensor=False), nn.Flatten(1), nn.Linear(64 * 16, 3),
    )  # fmt: skip
    return nn.Sequential(*parts), (1, 1, 16, 16, 16)


class Transposed(nn.Module):
    """Channels (N, C, tokens) as the last axis."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.transpose(1, 2)


def hugging_face(name: str, **settings: Any) -> tuple[nn.Module, tuple[int, ...]]:
    transformers = pytest.importorskip("transformers")
    size = settings["image_size"]
    config = getattr(transformers, f"{name}Config")(
        hidden_size=24, num_hidden_layers=2, num_attention_heads=2, num_channels=1, num_labels=3, **settings
    )
    network = getattr(transformers, f"{name}ForImageClassification")(config)
    return Answer(network, lambda answer: answer.logits), (1, 1, size, size)


def vit_pytorch(name: str) -> tuple[nn.Module, tuple[int, ...]]:
    if importlib.util.find_spec("vit_pytorch") is None:  # which imports torchvision, or what stands in for it
        pytest.skip("vit_pytorch is not installed")
    case = next(case for case in PACKAGES["vit_pytorch"]() if case.name == name)
    return case.make_network(), (1, *case.shape)


NETWORKS = {
    "MONAI ViT, convolution": lambda: monai_vit("conv"),
    "MONAI ViT, perceptron": lambda: monai_vit("perceptron"),
    "MONAI UNETR": monai_unetr,
    "MONAI SwinUNETR": monai_swin_unetr,
    "nn.TransformerEncoder": torch_encoder,
    "ViT": lambda: hugging_face("ViT", image_size=32, patch_size=8, intermediate_size=48),
    "DINOv2": lambda: hugging_face("Dinov2", image_size=28, patch_size=7),
    "DINOv2, registers": lambda: hugging_face(
        "Dinov2WithRegisters", image_size=28, patch_size=7, num_register_tokens=4
    ),
    "vit-pytorch ViT, 3D": lambda: vit_pytorch("vit_3d.ViT"),
}

STEEP_AT_ZERO = ("vit-pytorch ViT, 3D", "MONAI SwinUNETR")
"""Networks that normalise the image by its own variance, of which 16 points along a path see too little."""


def perturbed(network: nn.Module) -> nn.Module:
    """Return the network with class tokens, positions and biases that are not 0."""
    draw = torch.Generator().manual_seed(3)
    for parameter in network.parameters():
        parameter.data += 0.1 * torch.randn(parameter.shape, generator=draw)
    return network.eval()


@pytest.mark.timeout(1800)  # SwinUNETR takes minutes for some methods on one core
@pytest.mark.parametrize("name", NETWORKS)
def test_every_method_has_its_sum(name):
    torch.manual_seed(3)
    network, shape = NETWORKS[name]()
    x = torch.randn(shape)
    network = perturbed(network)
    model = viewer.Model.from_module(network, x)

    def explained(method):
        region = "all" if network(x).dim() > 2 else None
        return viewer.explain(model, x, method, target=1, region=region, device="cpu")

    leaf = x.clone().requires_grad_()
    output = network(leaf)[:, 1].sum()
    (expected,) = torch.autograd.grad(output, leaf)
    # Rounding in the instance norms of SwinUNETR shows in single precision; "bench networks" takes double.
    limit = 1e-3 if name == "MONAI SwinUNETR" else 1e-5
    assert abs(explained(Gradient()).data - expected.numpy()).max() <= limit * float(abs(expected).max())

    with torch.no_grad():
        rise = float(output - network(torch.zeros_like(x))[:, 1].sum())
    along = explained(IntegratedGradients(baseline="zero", steps=16, tolerance=0.0)).provenance
    assert along.residual is not None
    assert along.residual.expected == pytest.approx(rise, rel=1e-3, abs=1e-3)
    if name in STEEP_AT_ZERO:
        # What leads away from patches of zeros does it at once, between two points of the path.
        assert any("which is 0 there" in note for note in along.notes)
    else:
        # Of 16 points along the path the sum is not exact, and the difference of the outputs may be small.
        assert along.residual.absolute < 1e-2 * along.residual.sizes

    found = explained(DeepLift(baseline="zero"))
    assert abs(found.data.sum(dtype=np.float64) - rise) <= 1e-3 * max(abs(rise), 1e-2 * abs(found.data).sum())

    for attention in ("cp-lrp", "attnlrp"):
        residual = explained(LRPEpsilon(attention=attention)).provenance.residual
        assert residual is not None
        assert residual.absolute <= 1e-2 * abs(float(output.detach()))

    windows = name == "MONAI SwinUNETR"
    layer = "the bottleneck" if windows else "the tokens that enter the last attention"
    assert any(layer in note for note in explained(GradCAM()).provenance.notes)
    assert explained(AttentionRollout()).data.any()
    if windows:
        with pytest.raises(MethodError, match="not over all patches of one grid"):
            explained(GradientAttention())
    else:
        assert explained(GradientAttention()).data.any()
