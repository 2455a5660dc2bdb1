"""What outputs mean: a probability is the network's own, however it ends and whatever its card leaves out."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from viewer.commands.predict import format_prediction
from viewer.errors import ModelError
from viewer.fit.predict import predict
from viewer.methods.explain import explain
from viewer.models.input_spec import InputSpec
from viewer.models.loading import load_model
from viewer.models.model import Model
from viewer.models.model_card import Card, ModelKind, card_from_json, write_card
from viewer.models.output_kind import OutputKind, OutputType
from viewer.models.output_meaning import decide_output
from viewer.models.predict import prediction_from_json
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan

pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit")

CARD = Card("net", classes=("patient",), input=InputSpec((8, 8, 8)))


@pytest.fixture
def placed() -> Scan:
    """Noise on a grid of 2 mm."""
    data = np.random.default_rng(4).random((8, 8, 8), dtype=np.float32)
    return Scan(data, Grid((8, 8, 8), np.diag([2.0, 2.0, 2.0, 1.0])), "placed")


class Head(nn.Module):
    """A convolution, a mean, a line, and an ending; a step that no graph can hold where ``eager``."""

    def __init__(self, outputs: int, ending: nn.Module | None = None, eager: bool = False) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.conv = nn.Conv3d(1, 4, 3)
        self.line = nn.Linear(4, outputs)
        self.ending = ending or nn.Identity()
        self.eager = eager

    def logits(self, x: torch.Tensor) -> torch.Tensor:
        if self.eager and float(x.sum()) > 1e9:
            x = -x
        return self.line(torch.relu(self.conv(x)).mean((2, 3, 4))) - 3.0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.ending(self.logits(x))


class Squeezed(Head):
    """One number a scan, as many trainers with binary cross-entropy write it."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(self.logits(x)).squeeze(1).unsqueeze(1)


class Dense(nn.Module):
    """Answers the same at every voxel block, whatever it is given."""

    def __init__(self, answer: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("answer", answer)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.answer.expand(len(x), *self.answer.shape[1:]) + 0 * x.mean()


@pytest.mark.parametrize("eager", [False, True], ids=["graph", "eager"])
@pytest.mark.parametrize("make", [Head, Squeezed], ids=["plain", "squeezed"])
@pytest.mark.parametrize("said", [OutputKind.SIGMOID, None])
def test_a_sigmoid_that_the_network_ends_in_is_not_taken_twice(
    placed: Scan, said: OutputKind | None, make: type[Head], eager: bool
) -> None:
    network = make(1, nn.Sigmoid(), eager)
    model = Model(network.eval(), replace(CARD, output=said), "0")
    x = model.prepare(placed).tensor
    found = predict(model, placed)
    own = float(network(x).detach())
    assert 0.01 < own < 0.2
    assert found.probabilities == pytest.approx((own,), rel=1e-5)
    assert found.logits == pytest.approx((float(network.logits(x)),), rel=1e-5)
    assert found.output is OutputKind.SIGMOID
    assert bool(found.guess) == (said is None)
    assert f"{own:.2%}" in format_prediction(found)


def test_one_logit_is_a_sigmoid_and_the_guess_is_said(placed: Scan) -> None:
    network = Head(1)
    model = Model(network.eval(), CARD, "0")
    found = predict(model, placed)
    logit = network(model.prepare(placed).tensor).double()
    assert found.probabilities == pytest.approx((float(torch.sigmoid(logit)),), rel=1e-5)
    guess = "output: sigmoid (guess: the card does not say; it has one output)"
    assert guess in format_prediction(found).splitlines()
    assert found.as_json()["guess"] == guess
    assert found.as_json()["output"] == "sigmoid"
    assert found.best is None
    assert found.predicted_indices == ()


@pytest.mark.parametrize("said", [OutputKind.SIGMOID, None])
def test_one_output_tells_two_classes_apart(placed: Scan, said: OutputKind | None) -> None:
    network = Head(1)
    card = replace(CARD, classes=("control", "patient"), output=said)
    model = Model(network.eval(), card, "0")
    x = model.prepare(placed).tensor
    found = predict(model, placed)
    p = float(torch.sigmoid(network(x).double()))
    assert found.probabilities == pytest.approx((1 - p, p), rel=1e-5)
    assert found.best == 0
    logits = torch.tensor(found.logits)
    assert torch.sigmoid(logits).tolist() == pytest.approx(found.probabilities, rel=1e-5)
    mine, other = (explain(model, x, "gradient", target=name) for name in ("patient", "control"))
    (oracle,) = torch.autograd.grad(network(x.requires_grad_(True))[0, 0], x)
    np.testing.assert_allclose(mine.data, oracle.numpy(), atol=1e-7)
    np.testing.assert_allclose(other.data, -oracle.numpy(), atol=1e-7)


@pytest.mark.parametrize("ending", [None, nn.Sigmoid()], ids=["logits", "sigmoid"])
def test_labels_do_not_share_a_probability(placed: Scan, ending: nn.Module | None) -> None:
    network = Head(3, ending)
    said = None if ending else OutputKind.MULTI_LABEL
    card = replace(CARD, classes=("WT", "TC", "ET"), output=said)
    found = predict(model := Model(network.eval(), card, "0"), placed)
    oracle = torch.sigmoid(network.logits(model.prepare(placed).tensor))[0]
    assert found.probabilities == pytest.approx(tuple(oracle.tolist()), rel=1e-5)
    assert found.output is OutputKind.MULTI_LABEL
    assert found.best is None


@pytest.mark.parametrize("ending", [nn.Softmax(1), nn.LogSoftmax(1), None])
@pytest.mark.parametrize("eager", [False, True], ids=["graph", "eager"])
def test_several_outputs_are_a_softmax(placed: Scan, ending: nn.Module | None, eager: bool) -> None:
    network = Head(3, ending, eager)
    found = predict(model := Model(network.eval(), replace(CARD, classes=("a", "b", "c")), "0"), placed)
    oracle = torch.softmax(network.logits(model.prepare(placed).tensor), 1)[0]
    assert found.probabilities == pytest.approx(tuple(oracle.tolist()), rel=1e-5)
    assert found.output is OutputKind.SOFTMAX
    assert "guess" in found.guess


def test_the_value_of_a_regression_is_what_the_network_answers(placed: Scan) -> None:
    """A network may squash an age to 0 to 1 itself: that, and no logit, is its value."""
    network = Head(1, nn.Sigmoid())
    model = Model(network.eval(), replace(CARD, kind=ModelKind.REGRESSION), "0")
    x = model.prepare(placed).tensor
    found = predict(model, placed)
    assert found.value == pytest.approx(float(network(x)), rel=1e-6)
    assert found.output is OutputKind.VALUE
    leaf = x.clone().requires_grad_(True)
    (oracle,) = torch.autograd.grad(network(leaf).sum(), leaf)
    np.testing.assert_allclose(explain(model, x, "gradient").data, oracle.numpy(), rtol=1e-4, atol=1e-8)


def test_torchscript_that_ends_in_a_sigmoid_is_not_squashed_twice(tmp_path: Path, placed: Scan) -> None:
    network = Head(1, nn.Sigmoid()).eval()
    path = tmp_path / "net.pt"
    torch.jit.trace(network, torch.zeros(1, 1, 8, 8, 8)).save(str(path))  # type: ignore[no-untyped-call]
    model = load_model(path, card=CARD, trust=True)
    found = predict(model, placed)
    assert found.probabilities == pytest.approx((float(network(model.prepare(placed).tensor)),), rel=1e-5)
    assert found.logits == pytest.approx((float(network.logits(model.prepare(placed).tensor)),), rel=1e-4)


def test_independent_labels_of_a_segmentation_may_overlap_and_leave_background(placed: Scan) -> None:
    answer = torch.full((1, 3, 8, 8, 8), -2.0)
    answer[:, 0, :4] = 1.0
    answer[:, 1, :2] = 3.0
    answer[:, 2, 0, 0, 0] = 0.5
    card = replace(
        CARD, classes=("WT", "TC", "ET"), kind=ModelKind.SEGMENTATION, output=OutputKind.MULTI_LABEL
    )
    model = Model(Dense(answer), card, "0")
    found = predict(model, placed)
    voxel = placed.grid.voxel_volume * placed.data.size / 512
    assert found.volumes == pytest.approx((256 * voxel, 128 * voxel, voxel))
    notes = explain(model, placed, "gradient", target="ET").provenance.notes
    assert any("sum of ET over 1 voxel" in note for note in notes)
    largest = explain(model, placed, "gradient").provenance
    assert largest.target == "WT"


def test_a_mask_of_one_output_leaves_background(placed: Scan) -> None:
    answer = torch.full((1, 1, 8, 8, 8), -2.0)
    answer[:, 0, :2] = 3.0
    card = replace(CARD, classes=("lesion",), kind=ModelKind.SEGMENTATION)
    found = predict(Model(Dense(answer), card, "0"), placed)
    voxel = placed.grid.voxel_volume * placed.data.size / 512
    assert found.volumes == pytest.approx((128 * voxel,))
    both = replace(card, classes=("background", "lesion"))
    found = predict(Model(Dense(answer), both, "0"), placed)
    assert found.volumes == pytest.approx((384 * voxel, 128 * voxel))


def test_a_card_that_contradicts_the_network_is_refused(placed: Scan) -> None:
    with pytest.raises(ModelError, match="has 3 outputs, but its card says 'sigmoid'"):
        decide_output(replace(CARD, output=OutputKind.SIGMOID), 3)
    network = Head(2, nn.Softmax(1))
    card = replace(CARD, classes=("a", "b"), output=OutputKind.MULTI_LABEL)
    with pytest.raises(
        ModelError, match="net: ends in a softmax, but its card says 'multi-label'; say 'softmax'"
    ):
        predict(Model(network.eval(), card, "0"), placed)


@pytest.mark.parametrize(
    ("entries", "line"),
    [
        ({"output": "logits"}, "must be one of softmax, sigmoid, multi-label, value"),
        ({"output": "value", "kind": "classification"}, "'output' is 'value' for a classification"),
        ({"output": "softmax", "kind": "regression"}, "'output' is 'softmax' for a regression"),
        ({"output": "sigmoid", "classes": ["a", "b", "c"]}, "is 'sigmoid' for 3 classes"),
    ],
)
def test_a_card_that_contradicts_itself_is_refused(entries: dict[str, object], line: str) -> None:
    with pytest.raises(ModelError, match=line):
        card_from_json({"name": "net", **entries}, "net.card.json")


def test_a_card_that_says_value_is_of_a_regression(tmp_path: Path) -> None:
    card = card_from_json({"name": "net", "classes": ["age"], "output": "value"}, "net.card.json")
    assert card.kind is ModelKind.REGRESSION
    assert '"output": "value"' in write_card(card, tmp_path / "net.card.json").read_text()


def test_what_is_a_guess_stands_in_the_sidecar(placed: Scan, tmp_path: Path) -> None:
    from viewer.scans.load import load_map

    model = Model(Head(1).eval(), CARD, "0")
    found = explain(model, placed, "gradient")
    found.save(tmp_path / "map.nii.gz")
    told_again = load_map(tmp_path / "map.nii.gz").provenance.prediction
    assert told_again["output"] == "sigmoid"
    assert "guess" in told_again["guess"]
    assert told_again["probabilities"] == pytest.approx(predict(model, placed).probabilities)


class Ending(nn.Module):
    """An ending that is not a plain softmax or sigmoid to whoever reads the last operator alone."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        if self.kind == "scaled":
            return z.softmax(1) * 1.0
        if self.kind == "exponential":
            return z.log_softmax(1).exp()
        p = z[:, :1].sigmoid()
        return torch.cat((1 - p, p), 1)


@pytest.mark.parametrize("said", [None, OutputKind.SOFTMAX])
@pytest.mark.parametrize("kind", ["scaled", "exponential", "complement"])
def test_outputs_that_add_up_to_one_are_probabilities_as_they_are(
    placed: Scan, kind: str, said: OutputKind | None
) -> None:
    network = Head(2, Ending(kind)).eval()
    card = replace(CARD, classes=("control", "patient"), output=said)
    model = Model.from_module(network, torch.zeros(1, 1, 8, 8, 8), card)
    found = predict(model, placed)
    expected = network(model.prepare(placed).tensor)[0]
    assert found.probabilities == pytest.approx(expected.tolist(), rel=1e-5)
    assert any("taken as probabilities as they are" in note for note in found.notes)


class Function(nn.Module):
    """A function as a module."""

    def __init__(self, function: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return self.function(z)


SIGMOIDS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "sigmoid, clamp": lambda z: z.sigmoid().clamp(1e-6, 1 - 1e-6),
    "sigmoid, clip": lambda z: torch.clip(z.sigmoid(), 1e-6, 1 - 1e-6),
    "sigmoid, index": lambda z: z.sigmoid()[..., 0],
    "sigmoid, cast": lambda z: z.sigmoid().double(),
    "one less the sigmoid": lambda z: 1 - (-z).sigmoid(),
    "tanh": lambda z: 0.5 * (1 + torch.tanh(z / 2)),
    "quotient": lambda z: 1 / (1 + torch.exp(-z)),
    "log-sigmoid, exp": lambda z: F.logsigmoid(z).exp(),
    "expit": torch.special.expit,
    "mean of two": lambda z: (z.sigmoid() + z.sigmoid()) / 2,
}
"""Ways to write a sigmoid."""

WAYS = ("graph", "eager", "torchscript")
"""The ways in which a network is read."""


def ends_in(
    function: Callable[[torch.Tensor], torch.Tensor], outputs: int, way: str, card: Card, folder: Path
) -> tuple[Model, Head]:
    """Return the model of a network that ends in a function, read in one of the `WAYS`."""
    network = Head(outputs, Function(function), way == "eager").eval()
    example = torch.zeros(1, 1, 8, 8, 8)
    if way != "torchscript":
        model = Model.from_module(network, example, card)
        assert bool(model.find_no_graph_reason(example)) == (way == "eager")
        return model, network
    path = folder / "net.pt"
    torch.jit.trace(network, example).save(str(path))  # type: ignore[no-untyped-call]
    return load_model(path, card=card, trust=True), network


@pytest.mark.sampled(3)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("said", [OutputKind.SIGMOID, None])
@pytest.mark.parametrize("form", SIGMOIDS)
def test_a_sigmoid_is_not_taken_twice_however_it_is_written(
    placed: Scan, tmp_path: Path, form: str, said: OutputKind | None, way: str
) -> None:
    model, network = ends_in(SIGMOIDS[form], 1, way, replace(CARD, output=said), tmp_path)
    found = predict(model, placed)
    logit = float(network.logits(model.prepare(placed).tensor))
    assert found.probabilities == pytest.approx((1 / (1 + math.exp(-logit)),), rel=1e-4)
    assert found.logits == pytest.approx((logit,), rel=1e-3)
    assert found.output is OutputKind.SIGMOID
    assert not any("wrong" in note for note in found.notes)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("function", "outputs", "kind"),
    [
        (F.hardsigmoid, 1, OutputKind.SIGMOID),
        (lambda z: z.softmax(1)[:, 1:2], 2, OutputKind.SIGMOID),
        (lambda z: z.sigmoid().cumprod(1), 3, OutputKind.MULTI_LABEL),
        (lambda z: z.softmax(1) * 1.0, 3, OutputKind.SOFTMAX),
        (lambda z: z.softmax(1).clamp(1e-6, 1.0), 3, OutputKind.SOFTMAX),
    ],
    ids=["hardsigmoid", "one of a softmax", "cumulative product", "softmax times 1", "softmax, clamp"],
)
def test_outputs_that_cannot_leave_zero_to_one_are_shown_as_they_are(
    placed: Scan, tmp_path: Path, function: Any, outputs: int, kind: OutputKind, way: str
) -> None:
    count = 1 if kind is OutputKind.SIGMOID else outputs
    model, network = ends_in(function, outputs, way, replace(CARD, classes=tuple("abc"[:count])), tmp_path)
    found = predict(model, placed)
    own = network(model.prepare(placed).tensor)[0].tolist()
    assert found.probabilities == pytest.approx(own, rel=1e-5)
    assert found.output is kind
    assert any("taken as probabilities as they are" in note for note in found.notes)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("said", [OutputKind.SIGMOID, None])
def test_logarithms_of_probabilities_are_exponentiated(
    placed: Scan, tmp_path: Path, said: OutputKind | None, way: str
) -> None:
    model, network = ends_in(F.logsigmoid, 1, way, replace(CARD, output=said), tmp_path)
    found = predict(model, placed)
    logit = network.logits(model.prepare(placed).tensor)
    assert found.probabilities == pytest.approx((float(torch.sigmoid(logit)),), rel=1e-5)
    assert found.logits == pytest.approx((float(logit),), rel=1e-4)
    assert any("taken as logarithms of probabilities" in note for note in found.notes)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("function", "outputs", "words"),
    [
        (lambda z: 100 * z.sigmoid(), 1, "lie between 0 and 100"),
        (lambda z: z.sigmoid().clone().mul_(100), 1, "lie between 0 and 100"),
        (F.softplus, 1, "cannot be below 0"),
        (lambda z: F.softplus(z) + 1, 3, "cannot be below 1"),
        (lambda z: 10 * z.tanh(), 3, "lie between -10 and 10"),
    ],
    ids=["percent", "percent in place", "softplus", "evidence", "scaled tanh"],
)
def test_confined_outputs_of_unknown_meaning_are_shown_as_numbers(
    placed: Scan, tmp_path: Path, function: Any, outputs: int, words: str, way: str
) -> None:
    model, network = ends_in(function, outputs, way, replace(CARD, classes=tuple("abc"[:outputs])), tmp_path)
    found = predict(model, placed)
    own = network(model.prepare(placed).tensor)[0].tolist()
    assert found.probabilities == ()
    assert found.logits == pytest.approx(own, rel=1e-5)
    assert found.output is OutputKind.VALUE
    read = format_prediction(found)
    assert f"{own[0]:.4g}" in read
    assert "%" not in read
    assert "not as a probability" in read
    assert words in read
    assert prediction_from_json(found.as_json()) == replace(
        found, notes=(), empty_scan_prediction=None, fit=None
    )
    assert explain(model, placed, "gradient", target="a").provenance.prediction["output"] == "value"


def test_a_sigmoid_s_card_does_not_make_percent_a_probability(placed: Scan, tmp_path: Path) -> None:
    card = replace(CARD, output=OutputKind.SIGMOID)
    model, _ = ends_in(lambda z: 100 * z.sigmoid(), 1, "graph", card, tmp_path)
    assert predict(model, placed).probabilities == ()


def test_a_card_that_says_logits_is_followed(placed: Scan, tmp_path: Path) -> None:
    card = replace(CARD, classes=("a", "b", "c"), output_type=OutputType.LOGITS)
    model, network = ends_in(lambda z: 10 * z.tanh(), 3, "graph", card, tmp_path)
    own = network(model.prepare(placed).tensor).softmax(1)[0].tolist()
    assert predict(model, placed).probabilities == pytest.approx(own, rel=1e-5)


def test_what_the_card_says_of_outputs_counts_where_no_operator_tells(placed: Scan, tmp_path: Path) -> None:
    def unseen(z: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(1 / (1 + np.exp(-z.detach().numpy())))

    silent, network = ends_in(unseen, 1, "eager", CARD, tmp_path)
    own = float(network(silent.prepare(placed).tensor))
    assert any("the ones shown are wrong" in note for note in predict(silent, placed).notes)
    for given, expected in (
        (OutputType.PROBABILITIES, own),
        (OutputType.LOGITS, 1 / (1 + math.exp(-own))),
    ):
        model, _ = ends_in(unseen, 1, "eager", replace(CARD, output_type=given), tmp_path)
        found = predict(model, placed)
        assert found.probabilities == pytest.approx((expected,), rel=1e-5)
        assert not any("wrong" in note for note in found.notes)


def test_a_plain_logit_between_zero_and_one_is_not_warned_of(placed: Scan) -> None:
    for ending in (nn.Identity(), nn.Sigmoid()):
        network = Head(1, ending).eval()
        with torch.no_grad():
            network.line.bias += 0.5 - network.logits(torch.zeros(1, 1, 8, 8, 8))[0]
        model = Model.from_module(network, torch.zeros(1, 1, 8, 8, 8), CARD)
        found = predict(model, placed)
        assert 0 < found.logits[0] < 1
        assert found.notes == model.prepare(placed).notes


@pytest.mark.parametrize(
    ("function", "given", "line"),
    [
        (torch.sigmoid, OutputType.LOGITS, "ends in a sigmoid, but its card says 'logits'; say 'prob"),
        (nn.Identity(), OutputType.PROBABILITIES, "outputs -.*, but its card says 'probabilities'"),
    ],
)
def test_a_card_that_contradicts_what_the_outputs_are_is_refused(
    placed: Scan, tmp_path: Path, function: Any, given: OutputType, line: str
) -> None:
    model, _ = ends_in(function, 1, "graph", replace(CARD, output_type=given), tmp_path)
    with pytest.raises(ModelError, match=line):
        predict(model, placed)


def test_an_output_type_is_read_and_written(tmp_path: Path) -> None:
    entries = {"name": "net", "classes": ["a"], "output_type": "log-probabilities"}
    card = card_from_json(entries, "net.card.json")
    assert card.output_type is OutputType.LOG_PROBABILITIES
    assert '"output_type": "log-probabilities"' in write_card(card, tmp_path / "n.card.json").read_text()
    with pytest.raises(ModelError, match="must be one of logits, probabilities, log-probabilities"):
        card_from_json({**entries, "output_type": "percent"}, "net.card.json")
    with pytest.raises(ModelError, match="'output_type' does not apply to a regression"):
        card_from_json({**entries, "output": "value"}, "net.card.json")


def test_a_mask_of_confined_numbers_is_refused(placed: Scan) -> None:
    class Percent(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return 100 * torch.sigmoid(x)

    card = replace(CARD, classes=("lesion",), kind=ModelKind.SEGMENTATION)
    model = Model.from_module(Percent(), torch.zeros(1, 1, 8, 8, 8), card)
    with pytest.raises(ModelError, match="at every voxel, and the outputs lie between 0 and 100; set"):
        predict(model, placed)
