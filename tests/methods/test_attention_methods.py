"""Attention rollout, gradient-weighted attention and Grad-CAM on tokens against their equations."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

import viewer
from viewer.errors import MethodError
from viewer.methods.attention.gradient_attention import GradientAttention
from viewer.methods.attention.rollout import AttentionRollout
from viewer.methods.cam import FEM, GradCAM, GradCAMPlusPlus
from viewer.methods.deep_lift import DeepLift

WIDTH, HEADS, DEPTH = 6, 2, 2
GRID = (2, 3, 2)
PATCHES = 12


class Vit(nn.Module):
    """A small 3D transformer that keeps its attention weights and the tokens before each attention.

    ``patches``: cut by a convolution ("conv"), by reshaping ("reshape"), with a norm before they are
    projected ("norm"), or with their grid's axes joined only behind it ("grid"). ``extra``: tokens before the
    patches; with some, the first is read, without, the mean.
    """

    def __init__(self, patches: str = "conv", extra: int = 1) -> None:
        super().__init__()
        self.patches = patches
        self.embed = nn.Conv3d(1, WIDTH, 4, stride=4) if patches == "conv" else nn.Linear(64, WIDTH)
        self.cut_norm = nn.LayerNorm(64) if patches in ("norm", "grid") else nn.Identity()
        self.extra = nn.Parameter(torch.zeros(1, extra, WIDTH)) if extra else None
        self.position = nn.Parameter(torch.zeros(1, PATCHES + extra, WIDTH))
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(DEPTH))
        self.qkv = nn.ModuleList(nn.Linear(WIDTH, 3 * WIDTH) for _ in range(DEPTH))
        self.dense = nn.ModuleList(nn.Linear(WIDTH, WIDTH) for _ in range(DEPTH))
        self.head = nn.Linear(WIDTH, 3)

    def embedded(self, x: torch.Tensor) -> torch.Tensor:
        if self.patches == "conv":
            return self.embed(x).flatten(2).transpose(1, 2)
        a, b, c = GRID
        cut = x.reshape(len(x), 1, a, 4, b, 4, c, 4).permute(0, 2, 4, 6, 3, 5, 7, 1)
        if self.patches == "grid":
            return self.embed(self.cut_norm(cut.reshape(len(x), a, b, c, 64))).reshape(len(x), -1, WIDTH)
        return self.embed(self.cut_norm(cut.reshape(len(x), a * b * c, 64)))

    def run(self, x: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor], list[torch.Tensor]]:
        tokens = self.embedded(x)
        if self.extra is not None:
            tokens = torch.cat([self.extra.expand(len(x), -1, -1), tokens], 1)
        tokens = tokens + self.position
        attention, entering = [], []
        for norm, qkv, dense in zip(self.norms, self.qkv, self.dense, strict=True):
            entering.append(norm(tokens))
            parts = qkv(entering[-1]).reshape(len(x), tokens.shape[1], 3, HEADS, -1)
            query, key, value = parts.permute(2, 0, 3, 1, 4).unbind(0)
            attention.append((query @ key.transpose(-2, -1) / 3**0.5).softmax(-1))
            joined = (attention[-1] @ value).transpose(1, 2).reshape(tokens.shape)
            tokens = tokens + dense(joined)
            tokens = tokens + F.gelu(tokens)
        read = tokens.mean(1) if self.extra is None else tokens[:, 0]
        return self.head(read), attention, entering

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.run(x)[0]


KINDS = {
    "class token": lambda: Vit(),
    "registers": lambda: Vit(extra=4),
    "mean": lambda: Vit(extra=0),
    "reshaped patches": lambda: Vit("reshape", 0),
    "reshaped patches, class token": lambda: Vit("reshape"),
    "normalised patches": lambda: Vit("norm"),
    "normalised patches on a grid": lambda: Vit("grid", 0),
}


@pytest.fixture(params=KINDS)
def vit(request):
    network = KINDS[request.param]().double().eval()
    draw = torch.Generator().manual_seed(2)
    for parameter in network.parameters():
        parameter.data = 0.6 * torch.randn(parameter.shape, generator=draw, dtype=torch.float64)
    x = torch.randn(2, 1, 8, 12, 8, generator=draw, dtype=torch.float64)
    return network, viewer.Model.from_module(network, x[:1]), x


def enlarged(network: Vit, tokens: np.ndarray, x: torch.Tensor) -> np.ndarray:
    """Return the patches' values on the input's grid."""
    extra = 0 if network.extra is None else network.extra.shape[1]
    volume = torch.as_tensor(tokens[extra:]).reshape(1, 1, *GRID)
    return F.interpolate(volume, x.shape[2:], mode="trilinear", align_corners=False).numpy()


def read_row(network: Vit, matrix: np.ndarray) -> np.ndarray:
    return matrix.mean(0) if network.extra is None else matrix[0]


@pytest.mark.sampled(2)
def test_rollout_multiplies_the_attention_of_all_layers(vit):
    network, model, x = vit
    found = viewer.explain(model, x, AttentionRollout(), target=1, device="cpu")
    for number in range(len(x)):
        with torch.no_grad():
            layers = [each[0].numpy() for each in network.run(x[number : number + 1])[1]]
        matrix = np.eye(layers[0].shape[-1])
        for weights in layers:
            matrix = (0.5 * sum(weights) / HEADS + 0.5 * np.eye(len(matrix))) @ matrix
        np.testing.assert_allclose(matrix.sum(1), 1)
        expected = enlarged(network, read_row(network, matrix), x)
        np.testing.assert_allclose(found.data[number], expected[0], rtol=1e-5, atol=1e-7)
    assert "2×3×2" in found.provenance.notes[0]


@pytest.mark.sampled(2)
def test_gradient_attention_adds_what_raises_the_output(vit):
    network, model, x = vit
    found = viewer.explain(model, x, GradientAttention(), target=1, device="cpu")
    for number in range(len(x)):
        output, attention, _ = network.run(x[number : number + 1])
        gradients = torch.autograd.grad(output[0, 1], attention)
        matrix = np.eye(attention[0].shape[-1])
        for weights, gradient in zip(attention, gradients, strict=True):
            product = (weights * gradient).detach()[0].numpy()
            matrix = matrix + np.maximum(product, 0).mean(0) @ matrix
        expected = enlarged(network, read_row(network, matrix - np.eye(len(matrix))), x)
        np.testing.assert_allclose(found.data[number], expected[0], rtol=1e-5, atol=1e-6 * expected.max())


@pytest.mark.sampled(2)
def test_grad_cam_looks_at_the_tokens_that_enter_the_last_attention(vit):
    network, model, x = vit
    found = viewer.explain(model, x[:1], GradCAM(rectify=False), target=1, device="cpu")
    output, _, entering = network.run(x[:1])
    (gradient,) = torch.autograd.grad(output[0, 1], entering[-1])
    extra = 0 if network.extra is None else network.extra.shape[1]
    weights = gradient[0, extra:].mean(0)
    tokens = (entering[-1][0] @ weights).detach().numpy()
    expected = enlarged(network, tokens, x)
    np.testing.assert_allclose(found.data, expected, rtol=1e-5, atol=1e-6 * abs(expected).max())
    assert "the tokens that enter the last attention" in found.provenance.notes[0]
    left_out = {
        0: "",
        1: "the class token is left out",
        4: "4 tokens without a place in the image are left out",
    }
    assert left_out[extra] in found.provenance.notes[0]
    for method in (GradCAMPlusPlus(), FEM()):
        assert viewer.explain(model, x[:1], method, target=1, device="cpu").data.any()


@pytest.mark.sampled(2)
def test_a_named_layer_of_tokens_is_laid_out(vit):
    _, model, x = vit
    by_name = viewer.explain(model, x[:1], GradCAM(), target=1, device="cpu", layer="norms.1").data
    np.testing.assert_array_equal(
        by_name, viewer.explain(model, x[:1], GradCAM(), target=1, device="cpu").data
    )


METHODS = [AttentionRollout(), GradientAttention()]


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_a_network_without_attention_is_refused(method):
    network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    x = torch.randn(1, 1, 8, 8)
    model = viewer.Model.from_module(network, x)
    with pytest.raises(MethodError, match="the network has no attention; choose another method"):
        viewer.explain(model, x, method, target=1, device="cpu")


class Windowed(nn.Module):
    """Attention within windows of four tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Conv2d(1, 4, 2, stride=2)
        self.qkv = nn.Linear(4, 12)
        self.head = nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tokens = self.embed(x).flatten(2).transpose(1, 2).reshape(len(x), -1, 4, 4)
        query, key, value = self.qkv(tokens).chunk(3, -1)
        return self.head(((query @ key.transpose(-2, -1)).softmax(-1) @ value).mean((1, 2)))


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_patches_in_another_order_are_refused(method):
    class Transposed(Vit):
        def embedded(self, x: torch.Tensor) -> torch.Tensor:
            cut = x.reshape(len(x), 2, 4, 3, 4, 2, 4).permute(0, 1, 3, 5, 2, 4, 6).reshape(len(x), *GRID, 64)
            return self.embed(self.cut_norm(cut)).transpose(1, 3).reshape(len(x), -1, WIDTH)

    x = torch.randn(1, 1, 8, 12, 8)
    model = viewer.Model.from_module(Transposed("grid").eval(), x)
    with pytest.raises(
        MethodError, match=r"positions of its tokens in the image do not follow .*; choose LRP"
    ):
        viewer.explain(model, x, method, target=1, device="cpu")


@pytest.mark.parametrize(
    ("method", "problem"),
    [
        (GradientAttention(), "not over all patches of one grid"),
        (AttentionRollout(), "no residual connection"),
    ],
)
def test_attention_within_windows_is_refused(method, problem):
    x = torch.randn(1, 1, 8, 8)
    model = viewer.Model.from_module(Windowed(), x)
    with pytest.raises(MethodError, match=problem):
        viewer.explain(model, x, method, target=1, device="cpu")


@pytest.mark.sampled(2)
@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("norm_first", [True, False])
def test_the_encoder_of_torch_has_a_map(batch_first, norm_first):
    class Encoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed = nn.Conv2d(1, 8, 4, stride=4)
            layer = nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=batch_first, norm_first=norm_first)
            self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
            self.head = nn.Linear(8, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            tokens = self.embed(x).flatten(2)
            tokens = tokens.permute(0, 2, 1) if batch_first else tokens.permute(2, 0, 1)
            return self.head(self.encoder(tokens).mean(1 if batch_first else 0))

    torch.manual_seed(1)
    network, x = Encoder().eval(), torch.randn(1, 1, 16, 12)
    model = viewer.Model.from_module(network, x)
    for method in (*METHODS, GradCAM(rectify=False)):
        found = viewer.explain(model, x, method, target=1, device="cpu")
        assert "4×3" in found.provenance.notes[0]
        assert found.data.any()


def test_a_norm_of_patches_is_told_beside_a_constant_reference():
    x = torch.randn(1, 1, 8, 12, 8)
    for patches, told in (("norm", True), ("reshape", False)):
        model = viewer.Model.from_module(Vit(patches).eval(), x)
        notes = viewer.explain(model, x, DeepLift(baseline="zero"), target=1, device="cpu").provenance.notes
        assert any("the variance of its own input (layer_norm in cut_norm)" in note for note in notes) == told
