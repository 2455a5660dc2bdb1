"""Concept relevance propagation against dense formulas in float64, and channels ranked by their relevance."""

from __future__ import annotations

import csv

import numpy as np
import pytest
import torch
from torch import nn

import viewer
from tests.oracles import twins
from viewer.errors import MethodError
from viewer.methods.base import ExplanationRequest, Target
from viewer.methods.concept_relevance import ConceptRelevance, channel_sums
from viewer.methods.explain import explain
from viewer.methods.lrp import LRPComposite
from viewer.models.input_spec import InputSpec
from viewer.models.model import Model
from viewer.models.model_card import Card, ModelKind
from viewer.models.sliding_window import SlidingWindows

RULES = {"dense": "epsilon-absolute:0.1", "middle": "z-plus", "lower": "z-plus", "input": "w-square"}


def network(seed: int = 3) -> tuple[nn.Sequential, torch.Tensor]:
    draw = torch.Generator().manual_seed(seed)
    module = nn.Sequential(
        nn.Conv2d(1, 3, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(3, 4, 2), nn.ReLU(), nn.Flatten(), nn.Linear(16, 3),
    )  # fmt: skip
    module = module.double().eval()
    with torch.no_grad():
        for tensor in module.parameters():
            tensor.copy_(torch.randn(tensor.shape, generator=draw, dtype=torch.float64))
    return module, torch.rand((1, 1, 6, 6), generator=draw, dtype=torch.float64)


def request(module: nn.Module, x: torch.Tensor, layer: str | None = None) -> ExplanationRequest:
    return ExplanationRequest(Model.from_module(module, x), x, Target(1, "1"), layer)


def twin(module: nn.Sequential, x: torch.Tensor, layer: int, channel: int) -> tuple[np.ndarray, np.ndarray]:
    """Relevance of the layer's output and of the input, by the papers' sums on Jacobians.

    At the layer all channels but one are set to zero (Achtibat et al. 2023).
    """
    values = [x]
    for part in module:
        values.append(part(values[-1]).detach())
    relevance = np.zeros(3)
    relevance[1] = float(values[-1][0, 1])
    held = np.zeros(0)
    for index in reversed(range(len(module))):
        if index == layer:
            held = relevance.copy()
            kept = np.zeros(values[index + 1].shape)
            kept[:, channel] = relevance.reshape(kept.shape)[:, channel]
            relevance = kept.reshape(-1)
        part, below = module[index], values[index]
        if isinstance(part, nn.ReLU | nn.Flatten):
            continue
        if isinstance(part, nn.MaxPool2d):
            leaf = below.clone().requires_grad_(True)
            part(leaf).backward(torch.from_numpy(relevance).reshape(values[index + 1].shape))
            relevance = leaf.grad.numpy().reshape(-1)
            continue
        J, b = twins.jacobian(part, below)
        flat = below.reshape(-1).numpy()
        if isinstance(part, nn.Linear):
            relevance = twins.epsilon(flat, J, b, relevance, 0.1, bias=False)
        else:
            relevance = twins.w_square(J, relevance) if index == 0 else twins.z_plus(flat, J, relevance)
    return held, relevance


@pytest.mark.parametrize("layer", [1, 2, 4])
@pytest.mark.parametrize("channel", [0, 2])
def test_a_map_through_a_channel_is_the_papers_sum(layer: int, channel: int) -> None:
    module, x = network()
    held, expected = twin(module, x, layer, channel)
    method = ConceptRelevance(channel=str(channel), **RULES)
    asked = request(module, x, str(layer))
    np.testing.assert_allclose(method.layer_relevance(asked)[1].reshape(-1), held, rtol=1e-9, atol=1e-12)
    found = method.explain(asked)
    assert np.abs(expected).max() > 0
    np.testing.assert_allclose(found.values.reshape(-1), expected, rtol=1e-9, atol=1e-12)
    assert found.residual.relative < 1e-9


def test_maps_of_all_channels_sum_to_the_whole_map() -> None:
    module, x = network()
    whole = LRPComposite(**RULES).explain(request(module, x)).values
    parts = [
        ConceptRelevance(channel=str(number), **RULES).explain(request(module, x, "1")).values
        for number in range(3)
    ]
    torch.testing.assert_close(torch.stack(parts).sum(0), whole)
    together = ConceptRelevance(channel="0, 2", **RULES).explain(request(module, x, "1"))
    torch.testing.assert_close(together.values, parts[0] + parts[2])
    assert together.notes[0].startswith("what passes through channels 0, 2 of 1: ")


class Residual(nn.Module):
    """A block with a way around it."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.inner = nn.Conv2d(1, 3, 3, padding=1), nn.Conv2d(3, 3, 3, padding=1)
        self.head = nn.Linear(108, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.stem(x))
        return self.head(torch.relu(x + self.inner(x)).flatten(1))


def test_no_relevance_goes_around_the_layer() -> None:
    torch.manual_seed(4)
    module, x = Residual().double().eval(), torch.rand(1, 1, 6, 6, dtype=torch.float64)
    asked = request(module, x, "inner")
    whole = float(ConceptRelevance().layer_relevance(asked)[1].sum())
    parts = [ConceptRelevance(channel=str(number)).explain(asked) for number in range(3)]
    assert sum(float(part.values.sum()) for part in parts) == pytest.approx(whole, rel=1e-9)
    assert whole != pytest.approx(module(x)[0, 1].item(), rel=0.01)


class Tokens(nn.Module):
    """Patches as tokens, (N, tokens, channels), through one attention."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = nn.Conv2d(1, 8, 4, stride=4)
        self.norm = nn.LayerNorm(8)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.head = nn.Linear(8, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tokens = self.norm(self.patch(x).flatten(2).transpose(1, 2))
        return self.head((tokens + self.attention(tokens, tokens, tokens, need_weights=False)[0]).mean(1))


def test_channels_of_tokens_are_their_last_axis() -> None:
    torch.manual_seed(0)
    module, x = Tokens().eval(), torch.rand(1, 1, 16, 16)
    table = viewer.channels(Model.from_module(module, x), x, "norm", target=1, device="cpu")
    assert sorted(row.channel for row in table) == list(range(8))
    assert sum(row.share for row in table) == pytest.approx(1)
    found = ConceptRelevance(channel="7").explain(request(module, x, "norm"))
    assert found.values.shape == x.shape
    assert float(found.values.abs().max()) > 0


def test_channels_are_ranked_by_the_size_of_their_relevance(tmp_path) -> None:
    module, x = network()
    model = Model.from_module(module, x)
    held, _ = twin(module, x, 4, 0)
    sums = held.reshape(4, 4).sum(1)
    table = viewer.channels(model, x, "4", target=1, device="cpu", **RULES)
    assert (table.target, table.layer) == ("1", "4")
    assert [row.channel for row in table] == np.argsort(-np.abs(sums)).tolist()
    for row in table:
        assert row.relevance == pytest.approx(sums[row.channel], rel=1e-5)
        assert row.share == pytest.approx(abs(sums[row.channel]) / np.abs(sums).sum(), rel=1e-5)
    first = viewer.channels(model, x, "4", target=1, top=1, device="cpu", **RULES)
    assert first.rows == table.rows[:1]
    rows = list(csv.DictReader(table.save(tmp_path / "channels.csv").open()))
    assert [int(row["channel"]) for row in rows] == [row.channel for row in table]
    assert table.as_json()["channels"][0]["channel"] == table.rows[0].channel
    found = explain(model, x, "crp", target=1, layer="4", device="cpu", **RULES)
    assert any(f"channel {table.rows[0].channel} of 4" in note for note in found.provenance.notes)
    assert any("the most relevant one was taken" in note for note in found.provenance.notes)


def test_the_layer_is_that_of_grad_cam_where_none_is_named() -> None:
    module, x = network()
    model = Model.from_module(module, x)
    assert viewer.channels(model, x, target=1, device="cpu").layer == "relu_1"
    found = explain(model, x, "crp", target=1, channel="3", device="cpu")
    assert any("channel 3 of relu_1" in note for note in found.provenance.notes)
    assert found.name == "Concept relevance (CRP), channel 3, 1"


@pytest.mark.parametrize(
    ("channel", "message"),
    [
        ("seven", "crp: 'seven' is not a channel; write channel=7 or channel=7,12"),
        ("1,", "crp: '1,' is not a channel"),
        ("-1", "crp: '-1' is not a channel"),
        ("2,9", "crp: 4 has no channel 9; it has 0 to 3"),
    ],
)
def test_what_is_no_channel_is_refused(channel: str, message: str) -> None:
    module, x = network()
    with pytest.raises(MethodError) as caught:
        explain(Model.from_module(module, x), x, "crp", layer="4", channel=channel, device="cpu")
    assert message in str(caught.value)


def test_a_table_is_of_one_sample_and_of_all_channels() -> None:
    module, x = network()
    model = Model.from_module(module, x)
    with pytest.raises(MethodError, match="there are 2 samples"):
        viewer.channels(model, x.repeat(2, 1, 1, 1), "4", device="cpu")
    with pytest.raises(MethodError, match="has no parameter 'channel'"):
        viewer.channels(model, x, "4", device="cpu", channel="1")


def test_channels_of_windows_are_added() -> None:
    draw = torch.Generator().manual_seed(2)
    module = nn.Sequential(nn.Conv3d(1, 4, 3, padding=1), nn.ReLU(), nn.Conv3d(4, 2, 3, padding=1)).double()
    with torch.no_grad():
        for tensor in module.parameters():
            tensor.copy_(torch.randn(tensor.shape, generator=draw, dtype=torch.float64))
    x = torch.randn((1, 1, 8, 8, 20), generator=draw, dtype=torch.float64)
    spec = InputSpec(window=(8, 8, 12), overlap=0.34)
    card = Card("windowed", classes=("out", "in"), kind=ModelKind.SEGMENTATION, input=spec)
    table = viewer.channels(
        Model.from_module(module, x[..., :12], card), x, target=1, region="all", device="cpu", **RULES
    )
    assert table.layer == "relu"
    assert "explained in 2 of 2 windows of 8×8×12 voxels" in table.notes[-1]
    windows = SlidingWindows((8, 8, 20), (8, 8, 12), (2, 2, 4))
    method, expected = ConceptRelevance.from_parameters(RULES), torch.zeros(4, dtype=torch.float64)
    for place in windows.slices():
        target = Target(1, "in", torch.from_numpy(windows.weights(place)))
        shown = ExplanationRequest(Model.from_module(module, x[..., :12]), x[(..., *place)], target, "1")
        expected += channel_sums(method.layer_relevance(shown)[1], x)
    assert [row.relevance for row in table] == pytest.approx(
        [float(expected[row.channel]) for row in table], rel=1e-5
    )
