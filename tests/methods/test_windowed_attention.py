"""Rollout and Grad-CAM of shifted, merged windows of tokens (Swin) against dense matrices in float64."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

import viewer
from viewer.errors import MethodError
from viewer.methods.attention.gradient_attention import GradientAttention
from viewer.methods.attention.rollout import AttentionRollout
from viewer.methods.attention.windowed_rollout import roll_out_windows
from viewer.methods.cam import GradCAM
from viewer.progress import Progress

WIDTH, HEADS, SIDE = 4, 2, 2


def to_windows(volume):
    """Cut (N, 2a, 2b, C) into windows (N·a·b, 4, C)."""
    count, high, wide, width = volume.shape
    cut = volume.reshape(count, high // SIDE, SIDE, wide // SIDE, SIDE, width)
    return cut.permute(0, 1, 3, 2, 4, 5).reshape(-1, SIDE * SIDE, width)


def from_windows(windows, like):
    count, high, wide, width = like.shape
    volume = windows.reshape(count, high // SIDE, wide // SIDE, SIDE, SIDE, width)
    return volume.permute(0, 1, 3, 2, 4, 5).reshape(count, high, wide, width)


def merged(volume):
    """Join every 2 by 2 tokens, as Swin does between stages."""
    return torch.cat([volume[:, i::2, j::2] for j in (0, 1) for i in (0, 1)], -1)


class Block(nn.Module):
    """Attention in windows of 2 by 2, shifted or not, and a dense layer."""

    def __init__(self, width: int, shift: int) -> None:
        super().__init__()
        self.shift = shift
        self.norm, self.qkv, self.out = (
            nn.LayerNorm(width),
            nn.Linear(width, 3 * width),
            nn.Linear(width, width),
        )
        self.dense = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 6), nn.GELU(), nn.Linear(6, width))
        self.bias = nn.Parameter(torch.zeros(HEADS, SIDE * SIDE, SIDE * SIDE))

    def forward(self, volume):
        shifted = self.norm(volume).roll((-self.shift,) * 2, (1, 2))
        windows = to_windows(shifted)
        parts = self.qkv(windows).reshape(len(windows), SIDE * SIDE, 3, HEADS, -1)
        query, key, value = parts.permute(2, 0, 3, 1, 4).unbind(0)
        self.weights = (query @ key.mT + self.bias).softmax(-1)
        joined = self.out((self.weights @ value).transpose(1, 2).flatten(2))
        volume = volume + from_windows(joined, volume).roll((self.shift,) * 2, (1, 2))
        return volume + self.dense(volume)


class Swin(nn.Module):
    """Patches of 2 by 2, a shifted block, merged tokens, a block, and the mean of the tokens."""

    def __init__(self, tokens: bool = False) -> None:
        super().__init__()
        self.tokens = tokens
        self.embed = nn.Conv2d(1, WIDTH, 2, stride=2)
        self.first, self.merge = Block(WIDTH, 1), nn.Linear(4 * WIDTH, 2 * WIDTH)
        self.second, self.last = Block(2 * WIDTH, 0), nn.LayerNorm(2 * WIDTH)
        self.head = nn.Linear(2 * WIDTH, 3)

    def forward(self, x):
        volume = self.second(self.merge(merged(self.first(self.embed(x).permute(0, 2, 3, 1)))))
        self.ending = self.last(volume.flatten(1, 2) if self.tokens else volume)
        return self.head(self.ending.flatten(1, -2).mean(1))


@pytest.fixture(params=[False, True], ids=["volume", "tokens"], scope="module")
def swin(request):
    network = Swin(request.param).double().eval()
    draw = torch.Generator().manual_seed(5)
    for parameter in network.parameters():
        parameter.data = 0.7 * torch.randn(parameter.shape, generator=draw, dtype=torch.float64)
    x = torch.randn(1, 1, 8, 16, generator=draw, dtype=torch.float64)
    return SimpleNamespace(network=network, x=x, model=viewer.Model.from_module(network, x))


def layer_matrix(block, places):
    """Return (Ā + I) / 2 of a block, from the weights of its windows and the tokens that are in them."""
    windows = to_windows(places.roll((-block.shift,) * 2, (1, 2)))[..., 0].numpy()
    matrix = 0.5 * np.eye(places.numel())
    for weights, ids in zip(block.weights.detach().numpy(), windows, strict=True):
        matrix[np.ix_(ids, ids)] += 0.5 * weights.mean(0)
    return matrix


@pytest.mark.sampled(2)
def test_rollout_follows_windows_through_shifts_and_merges(swin):
    found = viewer.explain(swin.model, swin.x, AttentionRollout(), target=1, device="cpu")
    with torch.no_grad():
        swin.network(swin.x)
    fine, coarse = torch.arange(32).reshape(1, 4, 8, 1), torch.arange(8).reshape(1, 2, 4, 1)
    joins = np.zeros((8, 32))
    for token, children in enumerate(merged(fine).flatten(0, 2).numpy()):
        joins[token, children] = 0.25
    matrix = layer_matrix(swin.network.second, coarse) @ joins @ layer_matrix(swin.network.first, fine)
    np.testing.assert_allclose(matrix.sum(1), 1)
    shares = torch.as_tensor(matrix.mean(0)).reshape(1, 1, 4, 8)
    expected = F.interpolate(shares, (8, 16), mode="bilinear", align_corners=False)
    np.testing.assert_allclose(found.data, expected.numpy(), rtol=1e-5)
    assert "(4×8) over 2 layers of windows, the mean over all tokens of the last" in found.provenance.notes[0]


def test_grad_cam_looks_at_the_last_norm_of_tokens(swin):
    found = viewer.explain(swin.model, swin.x, GradCAM(rectify=False), target=1, device="cpu")
    output = swin.network(swin.x)
    (gradient,) = torch.autograd.grad(output[0, 1], swin.network.ending)
    tokens = (gradient.flatten(1, -2).mean(1) * swin.network.ending.flatten(1, -2)).sum(-1)
    expected = F.interpolate(tokens.reshape(1, 1, 2, 4), (8, 16), mode="bilinear", align_corners=False)
    shown = expected.detach().numpy()
    np.testing.assert_allclose(found.data, shown, rtol=1e-5, atol=1e-6 * abs(shown).max())
    assert "(2×4, the last norm of a grid of tokens)" in found.provenance.notes[0]


def test_a_named_layer_with_its_channels_last_is_laid_out(swin):
    found = viewer.explain(swin.model, swin.x, GradCAM(rectify=False), target=1, device="cpu", layer="first")
    kept = {}
    hook = swin.network.first.register_forward_hook(lambda _m, _i, answer: kept.update(answer=answer))
    output = swin.network(swin.x)
    hook.remove()
    (gradient,) = torch.autograd.grad(output[0, 1], kept["answer"])
    volume = (gradient.mean((1, 2), keepdim=True) * kept["answer"]).sum(-1)[:, None]
    expected = F.interpolate(volume, (8, 16), mode="bilinear", align_corners=False).detach().numpy()
    np.testing.assert_allclose(found.data, expected, rtol=1e-5, atol=1e-6 * abs(expected).max())


def test_what_needs_one_grid_of_tokens_is_refused_in_one_line(swin):
    for method, problem in (
        (GradientAttention(), "not over all patches of one grid"),
        (AttentionRollout(query="0,0"), "has no row for each patch"),
    ):
        with pytest.raises(MethodError, match=problem):
            viewer.explain(swin.model, swin.x, method, target=1, device="cpu")


class Plain(nn.Module):
    """Two layers of attention over all tokens, the batch first."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Conv2d(1, WIDTH, 2, stride=2)
        layer = nn.TransformerEncoderLayer(WIDTH, HEADS, 6, batch_first=True)
        self.encoder, self.head = (
            nn.TransformerEncoder(layer, 2, enable_nested_tensor=False),
            nn.Linear(WIDTH, 2),
        )

    def forward(self, x):
        return self.head(self.encoder(self.embed(x).flatten(2).mT).mean(1))


def test_without_windows_the_rollout_is_the_product_of_the_layers():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network, x = Plain().double().eval(), torch.randn(1, 1, 6, 8, dtype=torch.float64)
    model = viewer.Model.from_module(network, x)
    whole = viewer.explain(model, x, AttentionRollout(), target=1, device="cpu").data
    graph = model.graph(x)
    names = tuple(node.name for node in graph.nodes if node.operator == "softmax")
    shares = roll_out_windows(graph, x, names, "conv", Progress())
    expected = F.interpolate(shares, (6, 8), mode="bilinear", align_corners=False)
    np.testing.assert_allclose(whole, expected.numpy(), rtol=1e-5)
