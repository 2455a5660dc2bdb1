"""DeepLIFT where a network moves, flattens or joins the axis of the batch: attention, transformers, masks."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import viewer
from viewer.methods.deep_lift import DeepLift


class SequenceFirst(nn.Module):
    """Tokens on axis 0 and the batch on axis 1, as in `nn.TransformerEncoder` by default."""

    def __init__(self, *, first: bool = True, norm: bool = True) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 4, stride=4)
        self.norm = nn.LayerNorm(8) if norm else nn.Linear(8, 8)
        self.relu = nn.ReLU()
        self.head = nn.Linear(8, 3)
        self.first = first

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tokens = self.conv(x).flatten(2).permute(*((2, 0, 1) if self.first else (0, 2, 1)))
        return self.head(self.relu(self.norm(tokens)).mean(0 if self.first else 1))


class QKV(nn.Module):
    """Attention as timm writes it: one projection, reshaped, permuted and unbound along axis 0."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 4, stride=4)
        self.qkv = nn.Linear(8, 24)
        self.head = nn.Linear(8, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tokens = self.conv(x).flatten(2).transpose(1, 2)
        count, length, width = tokens.shape
        parts = self.qkv(tokens).reshape(count, length, 3, 2, width // 2).permute(2, 0, 3, 1, 4)
        query, key, value = parts.unbind(0)
        weights = (query @ key.transpose(-2, -1) * 0.5).softmax(-1)
        joined = (weights @ value).transpose(1, 2).reshape(count, length, width)
        return self.head((tokens + joined).mean(1))


class Attention(nn.Module):
    """`nn.MultiheadAttention`, its batch first or second, with or without a mask."""

    def __init__(self, *, batch_first: bool, mask: str = "") -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 4, stride=4)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=batch_first)
        self.head = nn.Linear(8, 3)
        self.batch_first = batch_first
        self.mask = mask

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tokens = self.conv(x).flatten(2)
        tokens = tokens.permute(0, 2, 1) if self.batch_first else tokens.permute(2, 0, 1)
        mask = None
        if self.mask == "infinite":
            mask = torch.full((16, 16), float("-inf")).triu(1)
        elif self.mask == "boolean":
            mask = torch.ones(16, 16, dtype=torch.bool).triu(1)
        answer, _ = self.attention(tokens, tokens, tokens, need_weights=False, attn_mask=mask)
        return self.head(answer.mean(1 if self.batch_first else 0))


class Causal(nn.Module):
    """Scaled dot-product attention under its own causal mask."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 4, stride=4)
        self.head = nn.Linear(8, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tokens = self.conv(x).flatten(2).transpose(1, 2)
        joined = nn.functional.scaled_dot_product_attention(tokens, tokens, tokens, is_causal=True)
        return self.head(joined.mean(1))


class Encoder(nn.Module):
    """`nn.TransformerEncoder`, its batch second, or first with the norm first."""

    def __init__(self, *, batch_first: bool, norm_first: bool) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 4, stride=4)
        layer = nn.TransformerEncoderLayer(
            8, 2, 16, dropout=0.0, batch_first=batch_first, norm_first=norm_first
        )
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(8, 3)
        self.batch_first = batch_first

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tokens = self.conv(x).flatten(2)
        tokens = tokens.permute(0, 2, 1) if self.batch_first else tokens.permute(2, 0, 1)
        return self.head(self.encoder(tokens).mean(1 if self.batch_first else 0))


class Stacked(nn.Module):
    """Parts of the channels stacked on a new axis 0, and summed over it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 9, 3, stride=2)
        self.relu = nn.ReLU()
        self.head = nn.Linear(3, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        z = torch.stack(self.relu(self.conv(x)).split(3, 1), 0).sum(0)
        return self.head(z.tanh().mean((2, 3)))


class Flattened(nn.Module):
    """The batch and the channels made one axis, and taken apart again."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 6, 3, stride=2)
        self.shared = nn.Conv2d(1, 2, 3)
        self.head = nn.Linear(12, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        z = torch.relu(self.conv(x))
        each = torch.relu(self.shared(z.reshape(-1, 1, *z.shape[2:])))
        return self.head(each.reshape(len(x), 12, -1).mean(-1))


class Largest(nn.Module):
    """The three ways to take the largest value other than max pooling."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 6, 3)
        self.pool = nn.AdaptiveMaxPool2d(3)
        self.head = nn.Linear(18, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        z = self.conv(x)
        pooled = self.pool(z)
        parts = (pooled.mean((2, 3)), z.amax((2, 3)), pooled.flatten(2).max(2).values)
        return self.head(torch.cat(parts, 1))


class Divided(nn.Module):
    """One value divided by another."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 6, 3)
        self.head = nn.Linear(6, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        z = self.conv(x)
        return self.head((z / (1.5 + z.abs().sum(1, keepdim=True)) / 2.5).mean((2, 3)))


class Masked(nn.Module):
    """Values that a fixed mask shuts or chooses among."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 6, 3)
        self.register_buffer("mask", torch.arange(196).reshape(14, 14) % 3 == 0)
        self.head = nn.Linear(6, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        z = torch.relu(self.conv(x)).masked_fill(self.mask, 0.5)
        return self.head(torch.where(self.mask.T, z, z.tanh()).mean((2, 3)))


NETWORKS = {
    "masked": Masked,
    "sequence first": lambda: SequenceFirst(),
    "qkv": QKV,
    "attention, batch first": lambda: Attention(batch_first=True),
    "attention, batch second": lambda: Attention(batch_first=False),
    "attention, -inf mask": lambda: Attention(batch_first=True, mask="infinite"),
    "attention, boolean mask": lambda: Attention(batch_first=False, mask="boolean"),
    "causal": Causal,
    "encoder, batch second": lambda: Encoder(batch_first=False, norm_first=False),
    "encoder, norm first": lambda: Encoder(batch_first=True, norm_first=True),
    "stacked": Stacked,
    "flattened": Flattened,
    "largest": Largest,
    "divided": Divided,
}


def make_network(build) -> tuple[nn.Module, torch.Tensor]:
    torch.manual_seed(5)
    network = build().eval()
    for parameter in network.parameters():
        # Biases that are not 0, so that the reference is not a special case.
        parameter.data += 0.1 * torch.randn_like(parameter)
    return network, torch.randn(2, 1, 16, 16)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("baseline", ["zero", "blurred"])
@pytest.mark.parametrize("name", NETWORKS)
def test_the_map_is_complete_wherever_the_batch_lies(name, baseline):
    from viewer.methods.baseline import make_baseline as reference_of

    network, x = make_network(NETWORKS[name])
    model = viewer.Model.from_module(network, x[:1])
    reference = reference_of(model, x, baseline, 4.0)
    with torch.no_grad():
        expected = (network(x) - network(reference))[:, 1]
    for number in range(len(x)):
        found = viewer.explain(
            model, x[number : number + 1], DeepLift(baseline=baseline), target=1, device="cpu"
        )
        size = max(abs(float(expected[number])), 0.01 * float(abs(found.data).sum()))
        assert abs(float(found.data.sum()) - float(expected[number])) <= 1e-4 * size


@pytest.mark.parametrize("norm", [True, False])
def test_tokens_first_and_batch_first_have_one_map(norm):
    first, x = make_network(lambda: SequenceFirst(norm=norm))
    second = SequenceFirst(first=False, norm=norm).eval()
    second.load_state_dict(first.state_dict())
    maps = [
        viewer.explain(
            viewer.Model.from_module(network, x[:1]), x[:1], DeepLift(baseline="zero"), target=1, device="cpu"
        ).data
        for network in (first, second)
    ]
    assert abs(maps[0] - maps[1]).max() <= 1e-5 * abs(maps[1]).max()
    if not norm:  # Captum takes a norm for linear, and joins the two halves on axis 0, too.
        captum = pytest.importorskip("captum.attr")
        peer = captum.DeepLift(second).attribute(x[:1].clone(), torch.zeros_like(x[:1]), target=1)
        assert abs(maps[0] - peer.detach().numpy()).max() <= 1e-5 * abs(maps[1]).max()


def test_stacked_parts_are_what_captum_makes_of_them():
    captum = pytest.importorskip("captum.attr")

    class Sum(nn.Module):
        """The same network as `Stacked` in a form that keeps the batch on axis 0."""

        def __init__(self, other: Stacked) -> None:
            super().__init__()
            self.conv, self.relu, self.head, self.tanh = other.conv, other.relu, other.head, nn.Tanh()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            a, b, c = self.relu(self.conv(x)).split(3, 1)
            return self.head(self.tanh(a + b + c).mean((2, 3)))

    network, x = make_network(Stacked)
    model = viewer.Model.from_module(network, x[:1])
    found = viewer.explain(model, x[:1], DeepLift(baseline="zero"), target=1, device="cpu").data
    peer = captum.DeepLift(Sum(network)).attribute(x[:1].clone(), torch.zeros_like(x[:1]), target=1)
    assert abs(found - peer.detach().numpy()).max() <= 1e-5 * abs(found).max()
