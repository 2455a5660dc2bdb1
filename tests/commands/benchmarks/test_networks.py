"""The matrix of networks and methods: its judgements, its records, and that nothing in it is at fault."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import torch
from torch import nn

from viewer.commands.benchmarks import networks
from viewer.commands.benchmarks.network_matrix import cells as judging
from viewer.commands.benchmarks.network_matrix.case import NetworkCase
from viewer.commands.benchmarks.network_matrix.cases import PACKAGES, select_cases
from viewer.commands.benchmarks.network_matrix.cells import (
    CAPTURE,
    FORWARD,
    METHODS,
    CellVerdict,
    MatrixCell,
    NetworkMeasurement,
    measure_network,
)
from viewer.errors import ViewerError
from viewer.methods.base import Attribution
from viewer.methods.deep_lift import DeepLift
from viewer.methods.gradient import Gradient
from viewer.methods.registry import list_methods
from viewer.progress import Progress

QUICK = {
    "torch": (
        "convolutions, batch norm",
        "inverted residual, ReLU6",
        "U-Net, instance norm",
        "TransformerEncoder, norm first",
        "one number",
    ),
    "monai": ("UNet", "DynUNet, deep supervision", "ViT", "Classifier"),
    "dynamic_network_architectures": ("PlainConvUNet, deep supervision",),
    "transformers": ("ViT", "Dinov2", "ConvNext"),
}
"""Networks of the default run, of packages that can be imported without torchvision."""


def tiny() -> nn.Module:
    return nn.Sequential(nn.Conv3d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(128, 2))


TINY = NetworkCase("torch", "tiny", tiny, (1, 6, 6, 6))


def faults(cells: list[MatrixCell]) -> list[str]:
    return [
        f"{cell.network}, {cell.method}: {cell.text}" for cell in cells if cell.verdict in networks.FAULTS
    ]


@pytest.mark.parametrize(
    ("package", "name"), [(package, name) for package in QUICK for name in QUICK[package]]
)
def test_nothing_is_at_fault(package: str, name: str) -> None:
    pytest.importorskip(package)
    case = next(case for case in PACKAGES[package]() if case.name == name)
    cells = measure_network(case, ("gradient", "deeplift", "lrp", "lrp-epsilon", "grad-cam", "occlusion"))
    assert not faults(cells)
    assert {cell.method: cell.verdict for cell in cells}[CAPTURE] is CellVerdict.RIGHT


@pytest.mark.slow
@pytest.mark.parametrize("case", select_cases(tuple(PACKAGES)), ids=lambda case: case.title)
def test_every_method_on_every_network(case: NetworkCase) -> None:
    pytest.importorskip(case.package)
    assert not faults(measure_network(case))


@pytest.mark.parametrize(
    ("method", "column"), [(Gradient, "gradient"), (DeepLift, "deeplift"), (DeepLift, "deeplift, blurred")]
)
def test_the_oracle_sees_a_wrong_map(monkeypatch: pytest.MonkeyPatch, method: type, column: str) -> None:
    right = method.explain

    def wrong(self: object, request: object) -> Attribution:
        answer = right(self, request)
        return dataclasses.replace(answer, values=1.1 * answer.values)

    assert [cell.verdict for cell in measure_network(TINY, (column,))] == [CellVerdict.RIGHT] * 3
    monkeypatch.setattr(method, "explain", wrong)
    assert measure_network(TINY, (column,))[-1].verdict is CellVerdict.WRONG


def test_every_column_is_a_method() -> None:
    assert {column.partition(",")[0] for column in METHODS} <= set(list_methods())


def test_errors_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    raised: Exception = ViewerError("lrp", "there is no rule for aten.topk.default (topk)")

    def fail(self: NetworkMeasurement, column: str, **more: object) -> None:
        raise raised

    monkeypatch.setattr(NetworkMeasurement, "explain", fail)
    assert measure_network(TINY, ("lrp",))[-1].verdict is CellVerdict.REFUSED
    raised = ViewerError("lrp", "The size of tensor a (2) must match the size of tensor b (3)")
    assert measure_network(TINY, ("lrp",))[-1].verdict is CellVerdict.TORCH_SENTENCE
    raised = RuntimeError("shape invalid")
    answer = measure_network(TINY, ("lrp",))[-1]
    assert (answer.verdict, answer.text) == (CellVerdict.TRACEBACK, "RuntimeError: shape invalid")


def test_batch_norms_have_the_statistics_of_the_inputs() -> None:
    case = NetworkCase(
        "torch", "norm", lambda: nn.Sequential(nn.Conv3d(1, 3, 1), nn.BatchNorm3d(3, eps=1e-9)), (1, 8, 8, 8)
    )
    network = case.make_network()
    normalised = (
        network(torch.cat([case.example_input(seed) for seed in range(100, 108)])).transpose(0, 1).flatten(1)
    )
    weight, bias = (network[1].get_parameter(name) for name in ("weight", "bias"))
    torch.testing.assert_close(normalised.mean(1), bias, atol=1e-4, rtol=0)
    torch.testing.assert_close(normalised.std(1), weight, atol=0.01, rtol=0)


def test_a_run_continues_after_what_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = dataclasses.replace(TINY, name="other")
    monkeypatch.setattr(networks, "select_cases", lambda packages: (TINY, other))
    monkeypatch.setattr(networks, "measure_network", lambda case: measure_network(case, ("gradient",)))
    records = tmp_path / "records.jsonl"
    networks.run(Progress(), records=records)
    lines = records.read_text().splitlines()
    assert [json.loads(line)["network"] for line in lines] == ["tiny"] * 3 + ["other"] * 3
    records.write_text("\n".join(lines[:3]) + "\n")
    measured: list[str] = []
    monkeypatch.setattr(networks, "measure_network", lambda case: measured.append(case.name) or [])
    rows = {row.name: row for row in networks.run(Progress(), records=records)}
    assert measured == ["other"]
    assert rows["torch tiny"].comparison.startswith("===")
    records.write_text("\n".join(lines)[:-9])
    assert len(networks.read_records(records)) == 5, "a line that a killed run left unfinished"
    wrong = json.loads(lines[0]) | {"error": "large"}
    for line in ('{"package": "torch"}', json.dumps(wrong)):
        records.write_text(line + "\n")
        with pytest.raises(ViewerError, match=r"records\.jsonl, line 1: is not a cell of the matrix"):
            networks.run(Progress(), records=records)
    records.write_text("[" * 100_000 + "\n")
    with pytest.raises(ViewerError, match=r"records\.jsonl: holds no records"):
        networks.run(Progress(), records=records)


def cell(method: str, verdict: CellVerdict, error: float | None = None) -> MatrixCell:
    return MatrixCell("torch", "net", method, verdict, error, text="why")


def test_the_counts() -> None:
    cells = [
        cell(CAPTURE, CellVerdict.RIGHT), cell(CAPTURE, CellVerdict.REFUSED),
        cell(FORWARD, CellVerdict.RIGHT),
        cell("gradient", CellVerdict.RIGHT), cell("gradient", CellVerdict.WRONG),
        cell("deeplift", CellVerdict.REFUSED), cell("deeplift", CellVerdict.RIGHT),
        cell("lrp", CellVerdict.CALM, 0.09), cell("lrp", CellVerdict.TOLD, 0.2),
        cell("lrp", CellVerdict.TRACEBACK),
    ]  # fmt: skip
    rows = {row.name: row for row in networks.make_total_rows(cells)}
    assert rows["captured"].value == 50
    assert rows["gradient equal to automatic differentiation"].value == 50
    assert rows["DeepLIFT complete to 1e-3, reference 0"].comparison.startswith("1 of 1;")
    assert rows["LRP, composite: residual below 10%"].comparison.startswith("1 of 3;")
    assert rows["cells: traceback"].value == 1


def test_the_command(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "select_cases", lambda packages: (TINY,))
    monkeypatch.setattr(judging, "METHODS", METHODS)
    answer = run("bench", "networks", "--packages", "torch", "--json")
    assert answer.status == 0
    rows = {row["name"]: row for row in json.loads(answer.out)["networks"]}
    assert rows["torch tiny"]["value"] >= 15
    assert rows["cells: traceback"]["value"] == 0
    assert "no networks of 'nose'; choose from" in run("bench", "networks", "--packages", "nose").err
    assert "only to the benchmark networks" in run("bench", "startup", "--packages", "torch").err
