"""No percentage that a network did not mean: a softmax along other axes, constant weights, activations."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

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
from viewer.models.model_card import Card, ModelKind
from viewer.models.output_kind import OutputKind, OutputType
from viewer.models.predict import Prediction
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan

pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit")

WAYS = ("graph", "eager", "torchscript")
"""The ways in which a network is read."""

Function = Callable[[torch.Tensor], torch.Tensor]


@pytest.fixture
def scan() -> Scan:
    """Noise on a grid of 2 mm."""
    data = np.random.default_rng(4).random((6, 6, 6), dtype=np.float32)
    return Scan(data, Grid((6, 6, 6), np.diag([2.0, 2.0, 2.0, 1.0])), "placed")


class Net(nn.Module):
    """Logits of many outputs, and an ending; a step that no graph can hold where ``eager``."""

    def __init__(self, outputs: int, ending: Function, eager: bool = False) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.conv = nn.Conv3d(1, 4, 3)
        self.line = nn.Linear(4, outputs)
        nn.init.normal_(self.line.weight, std=2.0)
        self.constants = nn.ParameterDict(
            {
                "merge": torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]),
                "noise": torch.tensor([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.2, 0.1, 0.7]]),
                "calibration": torch.tensor([[0.98]]),
                "ages": torch.tensor([[20.0, 50.0, 80.0]]),
                "prototypes": torch.randn(3, 4),
            }
        )
        self.ending, self.eager = ending, eager

    def logits(self, x: torch.Tensor) -> torch.Tensor:
        if self.eager and float(x.sum()) > 1e9:
            x = -x
        return self.line(torch.relu(self.conv(x)).mean((2, 3, 4)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.ending(self, self.logits(x))  # type: ignore[call-arg, arg-type]


def read_network(
    ending: Callable[[Net, torch.Tensor], torch.Tensor],
    outputs: int,
    way: str,
    folder: Path,
    **said: object,
) -> tuple[Model, Net]:
    """Return the model of a network with an ending, read in one of the `WAYS`, and the network."""
    network = Net(outputs, ending, way == "eager").eval()  # type: ignore[arg-type]
    example = torch.zeros(1, 1, 6, 6, 6)
    count = network(example).shape[1]
    card = replace(Card("net", classes=tuple("abcdef"[:count]), input=InputSpec((6, 6, 6))), **said)  # type: ignore[arg-type]
    if way != "torchscript":
        model = Model.from_module(network, example, card)
        assert bool(model.find_no_graph_reason(example)) == (way == "eager")
        return model, network
    path = folder / "net.pt"
    torch.jit.trace(network, example).save(str(path))  # type: ignore[no-untyped-call]
    return load_model(path, card=card, trust=True), network


def own_outputs(model: Model, network: Net, scan: Scan) -> list[float]:
    """What the network itself answers to the scan."""
    answer: list[float] = network(model.prepare(scan).tensor)[0].tolist()
    return answer


ENDINGS: dict[str, tuple[Callable[[Net, torch.Tensor], torch.Tensor], int]] = {
    "three heads": (lambda n, z: z.view(-1, 3, 2).softmax(2).flatten(1), 6),
    "three heads, turned": (lambda n, z: z.reshape(-1, 2, 3).softmax(1).flatten(1), 6),
    "over the batch": (lambda n, z: z.softmax(0), 3),
    "log-softmax heads": (lambda n, z: z.view(-1, 3, 2).log_softmax(2).flatten(1).exp(), 6),
    "calibrated": (lambda n, z: F.linear(z.sigmoid(), n.constants["calibration"]) + 0.01, 1),
    "calibrated product": (lambda n, z: z.sigmoid() @ n.constants["calibration"] + 0.01, 1),
    "mixture": (
        lambda n, z: torch.bmm(z[:, :3].softmax(1).unsqueeze(1), z[:, 3:].view(-1, 3, 2).softmax(2)).squeeze(
            1
        ),
        9,
    ),
    "merged": (lambda n, z: z.softmax(1) @ n.constants["merge"], 3),
    "merged, as a layer": (lambda n, z: F.linear(z.softmax(1), n.constants["merge"].t()), 3),
    "label noise": (lambda n, z: z.softmax(1) @ n.constants["noise"], 3),
    "shrunk": (lambda n, z: z.sigmoid() @ (0.9 * torch.eye(3)), 3),
    "normal distribution": (lambda n, z: torch.special.ndtr(z), 3),
}
"""Endings that give probabilities; with how many logits."""


@pytest.mark.sampled(3)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("form", ENDINGS)
def test_probabilities_are_those_that_the_network_answers(
    scan: Scan, tmp_path: Path, form: str, way: str
) -> None:
    ending, outputs = ENDINGS[form]
    if form == "normal distribution" and way == "graph":
        way = "eager"  # no operator graph can be built for it
    model, network = read_network(ending, outputs, way, tmp_path)
    found = predict(model, scan)
    own = own_outputs(model, network, scan)
    if form == "shrunk" and way != "graph":
        # Nobody knows how large weights are that are made while the network runs: the guess is in doubt.
        assert_doubted(found)
        return
    assert found.probabilities == pytest.approx(own, rel=1e-4, abs=1e-7)
    assert any("taken as" in note for note in found.notes)
    sums_to_one = abs(sum(own) - 1) < 1e-4
    kind = (
        OutputKind.SIGMOID if len(own) == 1 else OutputKind.SOFTMAX if sums_to_one else OutputKind.MULTI_LABEL
    )
    assert found.output is kind
    assert "guess" in found.guess


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "said", [{"output": OutputKind.MULTI_LABEL}, {"output_type": OutputType.PROBABILITIES}]
)
def test_a_card_is_followed_where_a_softmax_is_along_another_axis(
    scan: Scan, tmp_path: Path, said: dict[str, object], way: str
) -> None:
    ending, outputs = ENDINGS["three heads"]
    model, network = read_network(ending, outputs, way, tmp_path, **said)
    found = predict(model, scan)
    assert found.probabilities == pytest.approx(own_outputs(model, network, scan), rel=1e-4)
    assert found.output is OutputKind.MULTI_LABEL


@pytest.mark.parametrize("way", ["graph", "eager"])
def test_a_softmax_along_the_classes_is_left_out_also_where_it_is_reshaped(
    scan: Scan, tmp_path: Path, way: str
) -> None:
    forms: tuple[tuple[Callable[[Net, torch.Tensor], torch.Tensor], int], ...] = (
        (lambda n, z: z.softmax(-1), 3),
        (lambda n, z: z.view(-1, 1, 3).softmax(-1).squeeze(1), 3),
        (lambda n, z: z.view(-1, 3, 1, 1).softmax(1).flatten(1), 3),
        (lambda n, z: z.view(-1, 3, 1, 1).log_softmax(1).flatten(1), 3),
    )
    for ending, outputs in forms:
        model, network = read_network(ending, outputs, way, tmp_path)
        found = predict(model, scan)
        logits = network.logits(model.prepare(scan).tensor)
        assert found.logits == pytest.approx(logits[0].tolist(), rel=1e-4)
        assert found.probabilities == pytest.approx(logits.softmax(1)[0].tolist(), rel=1e-4)


@pytest.mark.parametrize("way", ["graph", "eager"])
def test_an_explanation_is_of_the_probability_where_that_is_the_output(
    scan: Scan, tmp_path: Path, way: str
) -> None:
    ending, outputs = ENDINGS["three heads"]
    model, network = read_network(ending, outputs, way, tmp_path)
    x = model.prepare(scan).tensor.requires_grad_(True)
    (oracle,) = torch.autograd.grad(network(x)[0, 3], x)
    found = explain(model, x.detach(), "gradient", target=3)
    np.testing.assert_allclose(found.data, oracle.numpy(), rtol=1e-3, atol=1e-8)
    assert any("the output itself" in note for note in found.provenance.notes)


NUMBERS: dict[str, tuple[Callable[[Net, torch.Tensor], torch.Tensor], int, str]] = {
    "elu + 1": (lambda n, z: F.elu(z) + 1, 3, "cannot be below 0"),
    "elu": (lambda n, z: F.elu(z), 3, "cannot be below -1"),
    "gelu": (lambda n, z: F.gelu(z), 3, "cannot be below -0.17"),
    "silu": (lambda n, z: F.silu(z), 3, "cannot be below -0.2785"),
    "normalize": (lambda n, z: F.normalize(z, dim=1), 3, "lie between -1 and 1"),
    "log10": (lambda n, z: z.softmax(1).log10(), 3, "cannot be above 0"),
    "log2": (lambda n, z: z.softmax(1).log2(), 3, "cannot be above 0"),
    "mean logarithm": (
        lambda n, z: (F.log_softmax(z, 1) + F.log_softmax(2 * z, 1)) / 2,
        2,
        "cannot be above 0",
    ),
    "mean of logarithms": (
        lambda n, z: torch.stack([F.log_softmax(z, 1), F.log_softmax(2 * z, 1)]).mean(0),
        2,
        "cannot be above 0",
    ),
    "expected age": (lambda n, z: F.linear(z.softmax(1), n.constants["ages"]), 3, "lie between"),
}
"""Endings that give neither logits nor probabilities, and what is known of their outputs."""


@pytest.mark.sampled(3)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("form", NUMBERS)
def test_confined_outputs_of_unknown_meaning_are_no_percentages(
    scan: Scan, tmp_path: Path, form: str, way: str
) -> None:
    ending, outputs, words = NUMBERS[form]
    model, network = read_network(ending, outputs, way, tmp_path)
    found = predict(model, scan)
    if form == "normalize" and way == "torchscript":
        # It is several operators there, of which the last alone confine nothing.
        assert_doubted(found)
        return
    assert found.probabilities == ()
    assert found.logits == pytest.approx(own_outputs(model, network, scan), rel=1e-4)
    assert words in format_prediction(found)
    assert "%" not in format_prediction(found)


def assert_doubted(found: Prediction) -> None:
    """Assert that no percentage stands there without doubt."""
    if found.probabilities:
        doubts = ("may not be logits", "if not, set", "as probabilities do; if so")
        assert any(doubt in note for note in found.notes for doubt in doubts), found.notes


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("ending", "outputs"),
    [
        (
            lambda n, z: F.linear(F.normalize(z, dim=1), F.normalize(n.constants["prototypes"], dim=1)),
            4,
        ),
        (lambda n, z: z / (1 + z.abs()), 3),
        (lambda n, z: z * z.sin(), 3),
        (lambda n, z: z.pow(3), 3),
    ],
    ids=["cosine", "softsign", "product", "cube"],
)
def test_outputs_that_may_not_be_logits_are_doubted(
    scan: Scan, tmp_path: Path, ending: Callable[[Net, torch.Tensor], torch.Tensor], outputs: int, way: str
) -> None:
    model, _ = read_network(ending, outputs, way, tmp_path)
    assert_doubted(predict(model, scan))


@pytest.mark.sampled(3)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "ending",
    [
        lambda n, z: z,
        lambda n, z: z * 2 + 1,
        lambda n, z: z - z.mean(1, keepdim=True),
        lambda n, z: F.linear(F.relu(z), n.constants["noise"] - 0.5),
        lambda n, z: F.layer_norm(z, (3,)),
        lambda n, z: F.avg_pool1d(z.repeat(1, 2).view(-1, 3, 2), 2).flatten(1),
        lambda n, z: (z + F.linear(z, n.constants["noise"])) / 2,
    ],
    ids=["linear", "scaled", "centred", "relu, linear", "norm", "pool", "sum"],
)
def test_plain_logits_are_not_doubted(
    scan: Scan, tmp_path: Path, ending: Callable[[Net, torch.Tensor], torch.Tensor], way: str
) -> None:
    model, network = read_network(ending, 3, way, tmp_path)
    found = predict(model, scan)
    own = network(model.prepare(scan).tensor).softmax(1)[0].tolist()
    assert found.probabilities == pytest.approx(own, rel=1e-4)
    assert not any("logits" in note for note in found.notes), found.notes


@pytest.mark.parametrize("way", ["graph", "eager"])
def test_weights_may_be_computed_of_constants(scan: Scan, tmp_path: Path, way: str) -> None:
    forms: tuple[Callable[[Net, torch.Tensor], torch.Tensor], ...] = (
        lambda n, z: F.gelu(z) @ n.constants["noise"].t(),
        lambda n, z: z * n.constants["noise"][0, 0].exp(),
    )
    for ending in forms:
        model, _ = read_network(ending, 3, way, tmp_path)
        assert not any("logits" in note for note in predict(model, scan).notes)


def test_several_outputs_between_zero_and_one_are_warned_of(scan: Scan, tmp_path: Path) -> None:
    def unseen(network: Net, z: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(1 / (1 + np.exp(-z.detach().numpy())))

    model, _ = read_network(unseen, 3, "eager", tmp_path)
    notes = predict(model, scan).notes
    assert any("the outputs lie between 0 and 1, as probabilities do" in note for note in notes)


NOT_FINITE = re.escape("net: its outputs for this input are not finite; look at")


@pytest.mark.parametrize(
    "ending",
    [lambda n, z: torch.log(z * 0 - 1), lambda n, z: z * 1e38 * 1e5],
    ids=["not a number", "infinite"],
)
@pytest.mark.parametrize("kind", [ModelKind.CLASSIFICATION, ModelKind.REGRESSION])
def test_a_prediction_that_is_no_number_is_refused(
    scan: Scan, tmp_path: Path, ending: Callable[[Net, torch.Tensor], torch.Tensor], kind: ModelKind
) -> None:
    model, _ = read_network(ending, 1, "graph", tmp_path, kind=kind)
    with pytest.raises(ModelError, match=NOT_FINITE):
        predict(model, scan)


def test_only_the_empty_scan_has_no_finite_outputs(scan: Scan, tmp_path: Path) -> None:
    """The scan's own answer is shown, and what becomes of an empty one is said."""
    model, _ = read_network(lambda n, z: z, 2, "graph", tmp_path)

    class Standardised(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            flat = x.flatten(1)
            return ((flat - flat.mean(1, keepdim=True)) / flat.std(1, keepdim=True))[:, :2]

    model = Model.from_module(Standardised(), torch.randn(1, 1, 6, 6, 6), model.card)
    found = predict(model, scan)
    assert len(found.logits) == 2
    assert np.isfinite(found.logits).all()
    assert "for an empty scan, the network predicts a nan, b nan" in found.remarks
