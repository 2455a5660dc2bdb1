"""AttnLRP and CP-LRP of one transformer block against their equations, written out in float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import viewer
from viewer.methods.lrp import LRPComposite, LRPEpsilon, LRPZero

LENGTH, WIDTH, HEADS = 9, 6, 2


class Block(nn.Module):
    """Patches, a pre-norm attention block with a residual sum, the mean over tokens, and a head."""

    def __init__(self, mask: str = "") -> None:
        super().__init__()
        self.embed = nn.Conv2d(1, WIDTH, 4, stride=4)
        self.norm = nn.LayerNorm(WIDTH)
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.head = nn.Linear(WIDTH, 3)
        self.mask = mask

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tokens = self.embed(x).flatten(2).transpose(1, 2)
        parts = self.qkv(self.norm(tokens)).reshape(len(x), LENGTH, 3, HEADS, -1)
        query, key, value = parts.permute(2, 0, 3, 1, 4).unbind(0)
        scores = query @ key.transpose(-2, -1) / (WIDTH / HEADS) ** 0.5
        if self.mask:
            scores = scores + shut(self.mask)
        joined = (scores.softmax(-1) @ value).transpose(1, 2).reshape(len(x), LENGTH, WIDTH)
        return self.head((tokens + self.out(joined)).mean(1))


def shut(kind: str) -> torch.Tensor:
    """A causal mask of −∞, or of a number so large that nothing is left."""
    value = {"infinite": -torch.inf, "large": torch.finfo(torch.float32).min}[kind]
    return torch.full((LENGTH, LENGTH), value, dtype=torch.float64).triu(1)


def make_block(mask: str = "") -> tuple[Block, torch.Tensor]:
    draw = torch.Generator().manual_seed(4)
    network = Block(mask).double().eval()
    for parameter in network.parameters():
        parameter.data = torch.randn(parameter.shape, generator=draw, dtype=torch.float64) * 0.7
    return network, torch.randn(1, 1, 12, 12, generator=draw, dtype=torch.float64)


def linear(x, W, b, R):
    """LRP-0 of y = W x + b: R_i = Σ_j x_i W_ji / y_j R_j (Achtibat et al. 2024, eq. 8), with b in y."""
    s = R / (x @ W.T + b)
    return x * (s @ W)


def norm_backward(x, w, b, R, eps=1e-5):
    """Centring by LRP-0 (it is linear), 1/σ and w by the identity rule (Proposition 3.4), b as a bias."""
    u = x - x.mean(-1, keepdims=True)
    scaled = w * u / np.sqrt(u.var(-1, keepdims=True) + eps)
    R_u = scaled / (scaled + b) * R
    C = np.eye(x.shape[-1]) - 1 / x.shape[-1]
    return x * ((R_u / u) @ C)


def twin(network: Block, image: torch.Tensor, target: int, attention: str) -> np.ndarray:
    """The map of one image by the equations, with explicit loops over heads."""
    p = {name: tensor.detach().numpy() for name, tensor in network.named_parameters()}
    patches = image[0, 0].numpy().reshape(3, 4, 3, 4).transpose(0, 2, 1, 3).reshape(LENGTH, 16)
    E = p["embed.weight"].reshape(WIDTH, 16)
    T = patches @ E.T + p["embed.bias"]
    u = T - T.mean(-1, keepdims=True)
    N = u / np.sqrt(u.var(-1, keepdims=True) + 1e-5) * p["norm.weight"] + p["norm.bias"]
    Q, K, V = np.split(N @ p["qkv.weight"].T + p["qkv.bias"], 3, axis=-1)
    d = WIDTH // HEADS
    mask = shut(network.mask).numpy() if network.mask else np.zeros((LENGTH, LENGTH))
    S, A, mixed = [], [], []
    for h in range(HEADS):
        part = slice(h * d, (h + 1) * d)
        S.append(Q[:, part] @ K[:, part].T / np.sqrt(d))
        weights = np.exp(S[h] + mask - (S[h] + mask).max(-1, keepdims=True))
        A.append(weights / weights.sum(-1, keepdims=True))
        mixed.append(A[h] @ V[:, part])
    J = np.concatenate(mixed, -1)
    B = J @ p["out.weight"].T + p["out.bias"]
    Y = T + B
    m = Y.mean(0)
    f = m @ p["head.weight"].T + p["head.bias"]
    R = np.zeros(3)
    R[target] = f[target]
    R_m = linear(m, p["head.weight"], p["head.bias"], R)
    R_Y = Y / LENGTH / m * R_m
    R_T, R_B = T / Y * R_Y, B / Y * R_Y
    R_J = linear(J, p["out.weight"], p["out.bias"], R_B)
    R_Q, R_K, R_V = np.zeros_like(Q), np.zeros_like(K), np.zeros_like(V)
    for h in range(HEADS):
        part = slice(h * d, (h + 1) * d)
        half = 2.0 if attention == "attnlrp" else 1.0
        s = R_J[:, part] / (half * mixed[h])
        R_V[:, part] = V[:, part] * (A[h].T @ s)  # proposition 3.3
        if attention == "cp-lrp":
            continue
        R_A = A[h] * (s @ V[:, part].T)
        R_S = np.zeros_like(R_A)
        for j in range(LENGTH):  # proposition 3.1, for every row of the softmax
            for i in range(LENGTH):
                R_S[j, i] = S[h][j, i] * (R_A[j, i] - A[h][j, i] * R_A[j].sum())
        s = R_S / (2 * (Q[:, part] @ K[:, part].T))
        R_Q[:, part] = Q[:, part] * (s @ K[:, part])
        R_K[:, part] = K[:, part] * (s.T @ Q[:, part])
    R_N = linear(N, p["qkv.weight"], p["qkv.bias"], np.concatenate([R_Q, R_K, R_V], -1))
    R_T = R_T + norm_backward(T, p["norm.weight"], p["norm.bias"], R_N)
    R_x = linear(patches, E, p["embed.bias"], R_T)
    return R_x.reshape(3, 3, 4, 4).transpose(0, 2, 1, 3).reshape(12, 12)


@pytest.mark.parametrize("mask", ["", "infinite", "large"])
@pytest.mark.parametrize("attention", ["cp-lrp", "attnlrp"])
def test_a_transformer_block_follows_the_equations(attention, mask):
    network, image = make_block(mask)
    model = viewer.Model.from_module(network, image)
    found = viewer.explain(model, image, LRPZero(attention=attention), target=1, device="cpu")
    expected = twin(network, image, 1, attention)
    # The product's ε of 1e-6 and the map's float32 are all that differs.
    assert abs(found.data[0, 0] - expected).max() <= 1e-4 * abs(expected).max()


@pytest.mark.parametrize("attention", ["cp-lrp", "attnlrp"])
@pytest.mark.parametrize("method", [LRPEpsilon, LRPComposite])
def test_what_biases_and_the_softmax_absorb_accounts_for_the_sum(method, attention):
    network, image = make_block("infinite")
    model = viewer.Model.from_module(network, image)
    found = viewer.explain(model, image, method(attention=attention), target=1, device="cpu")
    residual = found.provenance.residual
    assert residual is not None
    assert np.isfinite(found.data).all()
    assert residual.absolute <= 1e-3 * abs(found.data).sum()


def test_the_two_rules_differ():
    network, image = make_block()
    model = viewer.Model.from_module(network, image)
    maps = [
        viewer.explain(model, image, LRPZero(attention=rule), target=1, device="cpu").data
        for rule in ("cp-lrp", "attnlrp")
    ]
    assert abs(maps[0] - maps[1]).max() > 0.05 * abs(maps[0]).max()


@pytest.mark.slow
def test_attnlrp_is_that_of_its_authors():
    """LRP-eXplains-Transformers, the authors' package, on the same block; it needs no weights."""
    lxt = pytest.importorskip("lxt.explicit.functional")
    network, image = make_block()
    patches = image[0, 0].reshape(3, 4, 3, 4).permute(0, 2, 1, 3).reshape(1, LENGTH, 16).requires_grad_()
    tiny = 1e-12
    weight = network.embed.weight.reshape(WIDTH, 16)
    tokens = lxt.linear_epsilon(patches, weight, network.embed.bias, tiny)
    norm = lxt.layer_norm(tokens, network.norm.weight, network.norm.bias, 1e-5)
    parts = lxt.linear_epsilon(norm, network.qkv.weight, network.qkv.bias, tiny)
    query, key, value = parts.reshape(1, LENGTH, 3, HEADS, -1).permute(2, 0, 3, 1, 4).unbind(0)
    scores = lxt.mul2(lxt.matmul(query, key.mT, False, tiny), (WIDTH / HEADS) ** -0.5)
    joined = lxt.matmul(lxt.softmax(scores, -1), value, False, tiny).transpose(1, 2).reshape(tokens.shape)
    joined = lxt.linear_epsilon(joined, network.out.weight, network.out.bias, tiny)
    mean = lxt.mean(lxt.add2(tokens, joined, False, tiny), 1, False, tiny)
    output = lxt.linear_epsilon(mean, network.head.weight, network.head.bias, tiny)
    output[0, 1].backward(output[0, 1].detach())
    assert patches.grad is not None
    expected = patches.grad.reshape(3, 3, 4, 4).permute(0, 2, 1, 3).reshape(12, 12).numpy()
    model = viewer.Model.from_module(network, image)
    found = viewer.explain(model, image, LRPZero(attention="attnlrp"), target=1, device="cpu").data[0, 0]
    assert abs(found - expected).max() <= 1e-4 * abs(expected).max()
