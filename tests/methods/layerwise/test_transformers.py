"""Layouts of attention in published code: gradient and DeepLIFT against the module, LRP with its sums."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import viewer
from viewer.methods.baseline import make_baseline
from viewer.methods.deep_lift import DeepLift
from viewer.methods.deep_taylor import DeepTaylor
from viewer.methods.gradient import Gradient
from viewer.methods.lrp import LRPEpsilon


class Layout(nn.Module):
    """Patches, one attention, and a head; the attention is a subclass's."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 4, stride=4)
        self.qkv = nn.Linear(8, 24)
        self.head = nn.Linear(8, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tokens = self.conv(x).flatten(2).transpose(1, 2)
        return self.head((tokens + self.attend(tokens)).mean(1))

    def attend(self, tokens: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError


class Einsum(Layout):
    """MONAI's SABlock: queries, keys and values of one projection, joined by ``einsum``."""

    def attend(self, tokens: torch.Tensor) -> torch.Tensor:
        count, length, width = tokens.shape
        query, key, value = self.qkv(tokens).reshape(count, length, 3, 2, width // 2).permute(2, 0, 3, 1, 4)
        weights = (torch.einsum("blxd,blyd->blxy", query, key) * 0.5).softmax(-1)
        joined = torch.einsum("bhxy,bhyd->bhxd", weights, value)
        return joined.permute(0, 2, 1, 3).reshape(count, length, width)


class HeadsLast(Layout):
    """Queries of shape (batch, token, head, feature), never permuted."""

    def attend(self, tokens: torch.Tensor) -> torch.Tensor:
        query, key, value = self.qkv(tokens).chunk(3, -1)
        query, key, value = (part.unflatten(-1, (2, 4)) for part in (query, key, value))
        weights = torch.einsum("bqhd,bkhd->bhqk", query, key).softmax(-1)
        return torch.einsum("bhqk,bkhd->bqhd", weights, value).flatten(2)


class Scaled(Layout):
    """`scaled_dot_product_attention`, with a mask or without."""

    def __init__(self, mask: str = "") -> None:
        super().__init__()
        self.mask = mask

    def attend(self, tokens: torch.Tensor) -> torch.Tensor:
        query, key, value = (part.unflatten(-1, (2, 4)).mT for part in self.qkv(tokens).chunk(3, -1))
        query, key, value = (part.movedim(-1, 1) for part in (query, key, value))
        length = tokens.shape[1]
        mask = torch.ones(length, length, dtype=torch.bool).tril(1) if self.mask == "boolean" else None
        if self.mask == "infinite":
            mask = torch.full((length, length), float("-inf"), dtype=tokens.dtype).triu(1)
        joined = nn.functional.scaled_dot_product_attention(
            query, key, value, attn_mask=mask, is_causal=self.mask == "causal"
        )
        return joined.transpose(1, 2).flatten(2)


class FilledMask(Layout):
    """A fixed mask written with `masked_fill`."""

    def attend(self, tokens: torch.Tensor) -> torch.Tensor:
        query, key, value = self.qkv(tokens).chunk(3, -1)
        shut = torch.ones(tokens.shape[1], tokens.shape[1], dtype=torch.bool).triu(1)
        scores = (query @ key.mT).masked_fill(shut, float("-inf"))
        return scores.softmax(-1) @ value


class RootMeanSquare(Layout):
    """`nn.RMSNorm` before the attention, and on queries and keys."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.norm_q = nn.RMSNorm(8), nn.RMSNorm(8, eps=1e-6)

    def attend(self, tokens: torch.Tensor) -> torch.Tensor:
        query, key, value = self.qkv(self.norm(tokens)).chunk(3, -1)
        return (self.norm_q(query) @ self.norm_q(key).mT).softmax(-1) @ value


class Windows(Layout):
    """Shifted windows as in Swin: rolled, cut into windows of 2 by 2, masked, and put back."""

    def __init__(self) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.randn(4, 4))

    def attend(self, tokens: torch.Tensor) -> torch.Tensor:
        count, _, width = tokens.shape
        volume = tokens.reshape(count, 4, 4, width).roll((-1, -1), (1, 2))
        cut = volume.reshape(count, 2, 2, 2, 2, width).permute(0, 1, 3, 2, 4, 5).reshape(-1, 4, width)
        query, key, value = self.qkv(cut).chunk(3, -1)
        scores = query @ key.mT + self.bias
        scores = (scores.reshape(count, 4, 4, 4) + self.mask()).reshape(-1, 4, 4)
        joined = (scores.softmax(-1) @ value).reshape(count, 2, 2, 2, 2, width)
        return joined.permute(0, 1, 3, 2, 4, 5).reshape(count, 4, 4, width).roll((1, 1), (1, 2)).flatten(1, 2)

    def mask(self) -> torch.Tensor:
        return torch.zeros(4, 4, 4).masked_fill(torch.arange(64).reshape(4, 4, 4) % 5 == 0, -100.0)


class GroupedQueries(Layout):
    """`scaled_dot_product_attention` of four query heads with two heads of keys and values."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key_value = nn.Linear(8, 8), nn.Linear(8, 8)

    def attend(self, tokens: torch.Tensor) -> torch.Tensor:
        query = self.query(tokens).unflatten(-1, (4, 2)).transpose(1, 2)
        key, value = self.key_value(tokens).unflatten(-1, (2, 2, 2)).permute(2, 0, 3, 1, 4)
        joined = nn.functional.scaled_dot_product_attention(query, key, value, enable_gqa=True)
        return joined.transpose(1, 2).flatten(2)


class WrittenNorm(Layout):
    """Norms of queries and keys, and before the attention, written out in the ways of published code."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self.weight = nn.Parameter(torch.ones(8))

    def norm(self, x: torch.Tensor) -> torch.Tensor:
        if self.kind == "rsqrt":
            return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6))
        if self.kind == "quotient":
            return x / torch.sqrt((x * x).mean(-1, keepdim=True) + 1e-6) * self.weight
        if self.kind == "deviation":
            return (x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True) + 1e-6) * self.weight
        if self.kind == "variance":
            centred = x - x.mean(-1, keepdim=True)
            return centred * torch.rsqrt(x.var(-1, keepdim=True, unbiased=False) + 1e-6) * self.weight
        return nn.functional.normalize(x, dim=-1) * self.weight

    def attend(self, tokens: torch.Tensor) -> torch.Tensor:
        query, key, value = self.qkv(self.norm(tokens)).chunk(3, -1)
        return (self.norm(query) @ self.norm(key).mT).softmax(-1) @ value


class RotaryPositions(Layout):
    """Queries and keys turned by their position (RoPE), with halves or with neighbours as pairs."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def attend(self, tokens: torch.Tensor) -> torch.Tensor:
        query, key, value = (
            part.unflatten(-1, (2, 4)).transpose(1, 2) for part in self.qkv(tokens).chunk(3, -1)
        )
        place = torch.arange(tokens.shape[1], dtype=tokens.dtype)
        angle = place[:, None] * tokens.new_tensor([1.0, 0.1])
        query, key = self.turn(query, angle), self.turn(key, angle)
        joined = nn.functional.scaled_dot_product_attention(query, key, value)
        return joined.transpose(1, 2).flatten(2)

    def turn(self, x: torch.Tensor, angle: torch.Tensor) -> torch.Tensor:
        if self.kind == "halves":
            angle = torch.cat([angle, angle], -1)
            first, second = x.chunk(2, -1)
            return x * angle.cos() + torch.cat([-second, first], -1) * angle.sin()
        angle = angle.repeat_interleave(2, -1)
        turned = torch.stack([-x[..., 1::2], x[..., ::2]], -1).reshape(x.shape)
        return x * angle.cos() + turned * angle.sin()


class Split(Layout):
    """Heads in the first dimension of one projection: ``unbind`` of timm, ``split`` of GPT."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def attend(self, tokens: torch.Tensor) -> torch.Tensor:
        count, length, width = tokens.shape
        if self.kind == "unbind":
            query, key, value = (
                self.qkv(tokens).reshape(count, length, 3, 2, 4).permute(2, 0, 3, 1, 4).unbind(0)
            )
        else:
            parts = self.qkv(tokens).split([width, width, width], -1)
            query, key, value = (part.view(count, length, 2, 4).transpose(1, 2) for part in parts)
        joined = (query * 0.5 @ key.transpose(-2, -1)).softmax(-1) @ value
        return joined.transpose(1, 2).contiguous().view(count, length, width)


class PaintedMask(Windows):
    """MONAI's Swin: the mask is painted region by region into zeros, and then cut into windows."""

    def mask(self) -> torch.Tensor:
        image = torch.zeros(4, 4)
        for number, rows in enumerate((slice(-2), slice(-2, -1), slice(-1, None))):
            image[rows, :] = number
        cut = image.reshape(2, 2, 2, 2).permute(0, 2, 1, 3).reshape(4, 4)
        apart = cut[:, None] - cut[:, :, None]
        return apart.masked_fill(apart != 0, -100.0).masked_fill(apart == 0, 0.0)


class Encoder(nn.Module):
    """`nn.TransformerEncoder`, the batch first or second."""

    def __init__(self, batch_first: bool, norm_first: bool) -> None:
        super().__init__()
        self.batch_first = batch_first
        self.conv = nn.Conv2d(1, 8, 4, stride=4)
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=batch_first, norm_first=norm_first)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(8, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tokens = self.conv(x).flatten(2)
        tokens = tokens.permute((0, 2, 1) if self.batch_first else (2, 0, 1))
        return self.head(self.encoder(tokens).mean(int(self.batch_first)))


LAYOUTS = {
    "einsum": Einsum,
    "einsum, heads last": HeadsLast,
    "scaled": Scaled,
    "scaled, causal": lambda: Scaled("causal"),
    "scaled, boolean mask": lambda: Scaled("boolean"),
    "scaled, -inf mask": lambda: Scaled("infinite"),
    "filled mask": FilledMask,
    "rms norm": RootMeanSquare,
    "windows": Windows,
    "windows, mask painted": PaintedMask,
    "grouped queries": GroupedQueries,
    "unbind": lambda: Split("unbind"),
    "split": lambda: Split("split"),
    **{
        f"norm written out, {kind}": (lambda kind=kind: WrittenNorm(kind))
        for kind in ("rsqrt", "quotient", "deviation", "variance", "normalize")
    },
    **{f"rotary, {kind}": (lambda kind=kind: RotaryPositions(kind)) for kind in ("halves", "neighbours")},
    **{
        f"encoder, batch {'first' if batch else 'second'}, norm {'first' if norm else 'last'}": (
            lambda batch=batch, norm=norm: Encoder(batch, norm)
        )
        for batch in (True, False)
        for norm in (True, False)
    },
}


@pytest.fixture(params=LAYOUTS)
def network_and_input(request):
    torch.manual_seed(5)
    network = LAYOUTS[request.param]().double().eval()
    for parameter in network.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    return network, torch.randn(2, 1, 16, 16, dtype=torch.float64)


@pytest.mark.sampled(5)
def test_attention_in_every_layout(network_and_input):
    """The graph and the gradient are the module's, DeepLIFT is complete, and LRP accounts for its sum."""
    network, x = network_and_input
    model = viewer.Model.from_module(network, x[:1])
    graph = model.graph(x[:1])
    assert graph.input.shape[0] is None, "the batch is fixed"

    leaf = x.clone().requires_grad_()
    output = network(leaf)
    (expected,) = torch.autograd.grad(output[:, 1].sum(), leaf)
    found = viewer.explain(model, x, Gradient(), target=1, device="cpu").data
    assert abs(found - expected.numpy()).max() <= 1e-6 * abs(expected).max()  # maps are float32

    found = viewer.explain(model, x[:1], DeepLift(baseline="zero"), target=1, device="cpu").data
    with torch.no_grad():
        reference = make_baseline(model, x[:1], "zero", 4.0)
        rise = float((network(x[:1]) - network(reference))[0, 1])
    assert abs(found.sum() - rise) <= 1e-6 * max(abs(found).sum(), abs(rise))

    for method in (LRPEpsilon(), DeepTaylor()):
        attribution = viewer.explain(model, x[:1], method, target=1, device="cpu")
        residual = attribution.provenance.residual
        assert residual is not None
        assert abs(residual.found - residual.expected) <= 0.02 * abs(attribution.data).sum()
