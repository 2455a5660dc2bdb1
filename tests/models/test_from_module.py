"""Networks from memory: whatever they give back, one answer is explained and said, or one line refuses."""

from __future__ import annotations

import copy
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import prune

from viewer.errors import ModelError
from viewer.fit.predict import predict
from viewer.methods.explain import explain
from viewer.models.input_spec import InputSpec
from viewer.models.model import Model
from viewer.models.model_card import Card, ModelKind
from viewer.models.state_dict import hash_state_dict
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan

EXAMPLE = torch.randn(1, 1, 6, 7, 8, generator=torch.Generator().manual_seed(2))


class ModelOutput(OrderedDict[str, Any]):
    """As transformers has it: a dictionary whose entries are attributes, too."""


@dataclass
class Result:
    logits: torch.Tensor
    state: torch.Tensor


class Body(nn.Module):
    """Two convolutions, whose results the networks below give back in many ways."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.first = nn.Conv3d(1, 4, 3, padding=1)
        self.head = nn.Conv3d(4, 2, 1)

    def parts(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        features = torch.relu(self.first(x))
        return self.head(features), features

    def row(self, x: torch.Tensor) -> torch.Tensor:
        return self.parts(x)[0].mean((2, 3, 4))

    def forward(self, x: torch.Tensor) -> Any:
        return self.row(x)


class DeepSupervision(Body):
    """nnU-Net: the same classes on ever coarser grids."""

    def forward(self, x: torch.Tensor) -> Any:
        whole, _ = self.parts(x)
        return [whole, nn.functional.avg_pool3d(whole, 2)]


class WithStates(Body):
    """MONAI's ViT: the answer and a list of hidden states."""

    def forward(self, x: torch.Tensor) -> Any:
        row, (_, features) = self.row(x), self.parts(x)
        return row, [features.flatten(2), features.flatten(2)]


class WithLoss(Body):
    """MONAI's SegResNetVAE: the answer and, in training, a loss."""

    def forward(self, x: torch.Tensor) -> Any:
        return self.parts(x)[0], None


class Mapped(Body):
    def forward(self, x: torch.Tensor) -> Any:
        return ModelOutput(state=self.parts(x)[1].flatten(1)[:, :2], logits=self.row(x))


class AsDataclass(Body):
    def forward(self, x: torch.Tensor) -> Any:
        return Result(self.row(x), self.parts(x)[1])


class OneEach(Body):
    """(N,), as after ``squeeze(1)``."""

    def forward(self, x: torch.Tensor) -> Any:
        return self.row(x)[:, 1]


class Squeezed(Body):
    """A lone scan loses its axis."""

    def forward(self, x: torch.Tensor) -> Any:
        return self.row(x)[:, 1:].squeeze()


def autograd_gradient(network: Body, label: int = 1) -> np.ndarray:
    """The derivative of the sum of an output by torch itself."""
    leaf = EXAMPLE.clone().requires_grad_(True)
    answer = network(leaf)
    if isinstance(answer, list | tuple):
        answer = answer[0]
    elif isinstance(answer, dict):
        answer = answer["logits"]
    elif isinstance(answer, Result):
        answer = answer.logits
    score = answer[:, label].sum() if answer.dim() > 1 else answer.sum()
    return torch.autograd.grad(score, leaf)[0].numpy()


@pytest.mark.parametrize("carded", [False, True], ids=["no card", "card"])
@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (DeepSupervision, "returns 2 tensors; explained: 0 (1×2×6×7×8)"),
        (WithStates, "returns 3 tensors; explained: 0 (1×2)"),
        (WithLoss, ""),
        (Mapped, "returns 2 tensors; explained: logits (1×2)"),
        (AsDataclass, "returns 2 tensors; explained: logits (1×2)"),
        (OneEach, ""),
        (Squeezed, ""),
    ],
)
def test_the_output_is_selected_and_noted(kind: type[Body], said: str, carded: bool) -> None:
    network = kind()
    before = copy.deepcopy(network.state_dict())
    outputs = 1 if kind in (OneEach, Squeezed) else 2
    card = Card("net", classes=tuple("ab"[:outputs])) if carded else None
    model = Model.from_module(network, EXAMPLE, card)
    assert len(model.card.classes) == outputs
    assert type(network) is kind
    target = outputs - 1
    found = explain(
        model,
        EXAMPLE,
        "gradient",
        target=target,
        region="all" if kind in (DeepSupervision, WithLoss) else None,
    )
    np.testing.assert_allclose(found.data, autograd_gradient(network, target), rtol=1e-4, atol=1e-6)
    assert any(said in note for note in found.provenance.notes) or not said
    assert any("tensors; explained:" in note for note in found.provenance.notes) == bool(said)
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, before[name])
    both = torch.cat([EXAMPLE, 2 * EXAMPLE])
    assert model.logits(both).shape[:2] == (2, outputs)


def test_layers_keep_their_names_where_one_of_several_is_explained() -> None:
    model = Model.from_module(WithStates(), EXAMPLE)
    assert [name for name, _ in model.module().named_modules()] == ["", "first", "head"]
    found = explain(model, EXAMPLE, "grad-cam", layer="first", target=0)
    assert np.isfinite(found.data).all()


class TwoHeads(Body):
    def forward(self, x: torch.Tensor) -> Any:
        return self.row(x), self.parts(x)[1].mean((2, 3, 4))[:, :3]


class States(Body):
    def forward(self, x: torch.Tensor) -> Any:
        return ModelOutput(last_hidden_state=self.parts(x)[1].flatten(2), pooler_output=self.row(x)).copy()


class Mean(Body):
    def forward(self, x: torch.Tensor) -> Any:
        return self.row(x).mean()


class Decided(Body):
    def forward(self, x: torch.Tensor) -> Any:
        return self.row(x).argmax(1)


class Text(Body):
    def forward(self, x: torch.Tensor) -> Any:
        return "ill"


class WithAge(Body):
    def forward(self, x: torch.Tensor, age: torch.Tensor) -> Any:
        return self.row(x) + age


class Wide(nn.Linear):
    """Takes rows of 6, and no scan."""


REFUSED = [
    (TwoHeads(), EXAMPLE, r"TwoHeads: returns 2 tensors: 0 \(1×2\), 1 \(1×3\), and none .* its prediction"),
    (States(), EXAMPLE, r"2 tensors: last_hidden_state \(1×4×336\), pooler_output \(1×2\)"),
    (Mean(), EXAMPLE, "Mean: returns one output for a whole batch"),
    (Decided(), EXAMPLE, "Decided: returns int64; leave out the argmax"),
    (Text(), EXAMPLE, "Text: returns no tensor"),
    (WithAge(), EXAMPLE, r"takes 2 inputs \(x, age\), but is given one as the example; give one"),
    (WithAge(), (EXAMPLE,), r"WithAge: is given 1 input; it takes x, age"),
    (WithAge(), (EXAMPLE, torch.ones(1, dtype=torch.int64)), "is given 1 of torch.int64 as its input 'age'"),
    (WithAge(), (EXAMPLE, 71.0), "WithAge: is given something other than tensors"),
    (WithAge(), {"x": EXAMPLE, "sex": torch.ones(1)}, "WithAge: has no input 'sex'; it takes x, age"),
    (Body(), None, "Body: is given NoneType as the example"),
    (Body(), torch.ones(1, 1, 6, 7, 8, dtype=torch.int64), "Body: is given 1×1×6×7×8 of torch.int64"),
    (Wide(5, 2), EXAMPLE, r"Wide: does not take the example of 1×1×6×7×8 \(a dense layer takes 5 values"),
    (nn.LazyLinear(2), EXAMPLE, "LazyLinear: has uninitialised weights; run it once on an example"),
    (nn.Linear(8, 2, device="meta"), EXAMPLE, "has no values for 'weight'"),
]  # fmt: skip


@pytest.mark.parametrize(("network", "example", "line"), REFUSED, ids=lambda value: type(value).__name__)
def test_what_cannot_be_explained_is_refused_in_one_line(network: nn.Module, example: Any, line: str) -> None:
    with pytest.raises(ModelError, match=line) as caught:
        Model.from_module(network, example)
    assert "\n" not in str(caught.value)


def test_one_of_two_heads_can_be_named() -> None:
    network = TwoHeads()
    model = Model.from_module(network, EXAMPLE, answer=1)
    assert len(model.card.classes) == 3
    assert model.notes == ("the network returns 2 tensors; explained: 1 (1×3)",)
    assert torch.equal(model.logits(EXAMPLE), network(EXAMPLE)[1])
    with pytest.raises(ModelError, match=r"returns no 2; it returns 0 \(1×2\), 1 \(1×3\)"):
        Model.from_module(network, EXAMPLE, answer=2)
    by_card = Model.from_module(network, EXAMPLE, Card("net", classes=("a", "b", "c")))
    assert torch.equal(by_card.logits(EXAMPLE), network(EXAMPLE)[1])


def test_a_quantised_network_is_refused_in_one_line() -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(336, 2))
    quantised = torch.ao.quantization.quantize_dynamic(network, {nn.Linear}, dtype=torch.qint8)
    with pytest.raises(ModelError, match=r"Sequential: is quantised \(at 1\), and has no derivative"):
        Model.from_module(quantised, EXAMPLE)


def _weight_normed() -> nn.Module:
    network = Body()
    nn.utils.weight_norm(network.first)
    nn.utils.weight_norm(network.head)
    return network


def _pruned() -> nn.Module:
    network = Body()
    prune.l1_unstructured(network.first, "weight", amount=0.5)
    prune.random_unstructured(network.head, "bias", amount=1)
    return network


@pytest.mark.filterwarnings("ignore:.*weight_norm")
@pytest.mark.parametrize("make", [_weight_normed, _pruned])
@pytest.mark.parametrize("method", ["gradient", "lrp-epsilon"])
def test_weights_that_hooks_compute_are_copied(make: Any, method: str) -> None:
    network = make()
    network(EXAMPLE)  # the weight is then no leaf
    model = Model.from_module(network, EXAMPLE)
    assert torch.allclose(model.logits(EXAMPLE), network(EXAMPLE), atol=1e-6)
    found = explain(model, EXAMPLE, method, target=1)
    if method == "gradient":
        np.testing.assert_allclose(found.data, autograd_gradient(network), rtol=1e-4, atol=1e-7)
    assert np.isfinite(found.data).all()


def test_weights_changed_afterwards_change_neither_map_nor_hash() -> None:
    network = Body()
    model = Model.from_module(network, EXAMPLE)
    before = explain(model, EXAMPLE, "gradient", target=1)
    assert model.hash == hash_state_dict(network.state_dict())
    with torch.no_grad():
        network.head.weight.mul_(3)
    after = explain(model, EXAMPLE, "gradient", target=1)
    np.testing.assert_array_equal(before.data, after.data)
    assert after.provenance.model["hash"] == model.hash == hash_state_dict(model.module().state_dict())
    assert Model.from_module(network, EXAMPLE).hash != model.hash


@pytest.mark.parametrize("kind", [torch.float64, torch.float16, torch.bfloat16])
def test_tensors_and_scans_are_given_in_the_networks_precision(kind: torch.dtype) -> None:
    network = Body().to(kind)
    card = Card("net", classes=("a", "b"), input=InputSpec((6, 7, 8)))
    model = Model.from_module(network, EXAMPLE, card)
    found = explain(model, EXAMPLE, "gradient", target=1)
    tolerance = 1e-6 if kind is torch.float64 else 0.05
    np.testing.assert_allclose(found.data, autograd_gradient(Body()), rtol=tolerance, atol=tolerance * 0.01)
    name = str(kind).removeprefix("torch.")
    assert f"converted from float32 to {name}" in found.provenance.notes[0]
    scan = Scan(EXAMPLE[0, 0].numpy(), Grid((6, 7, 8), np.eye(4)), "scan")
    assert sum(predict(model, scan).probabilities) == pytest.approx(1, abs=0.01)
    assert np.isfinite(explain(model, scan, "integrated-gradients", target=1).data).all()


def test_a_tensor_of_double_precision_is_taken_by_a_network_of_single() -> None:
    network = Body()
    model = Model.from_module(network, EXAMPLE.double())
    found = explain(model, EXAMPLE.double(), "gradient", target=1)
    np.testing.assert_allclose(found.data, autograd_gradient(network), rtol=1e-5, atol=1e-8)
    assert "converted from float64 to float32" in found.provenance.notes[0]


def test_a_dense_network_without_a_card_is_one_of_segmentation() -> None:
    assert Model.from_module(DeepSupervision(), EXAMPLE).card.kind is ModelKind.SEGMENTATION
