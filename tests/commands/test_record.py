"""``record``: its table and its JSON, what it says where a network or a method will not do."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from viewer.checks.track_record import make_record
from viewer.checks.track_record.make_record import user_network_plan
from viewer.commands import record


@pytest.mark.slow
def test_it_prints_networks_and_methods_and_goes_on_from_its_records(  # type: ignore[no-untyped-def]
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whether so small a network learns its task depends on the machine's rounding.
    least = {"least_auc": 0.0, "least_reliance": 0.0}
    monkeypatch.setattr(
        make_record, "user_network_plan", lambda *given: replace(user_network_plan(*given), **least)
    )
    from viewer.models.architectures.registry import find_architecture

    shape = (24, 28, 24)
    network = find_architecture("eitel-3d", "test").build({"shape": shape, "padding": 1}, "test")
    save_file(network.state_dict(), tmp_path / "small.safetensors")
    card = {
        "name": "small",
        "architecture": "eitel-3d",
        "arguments": {"shape": list(shape), "padding": 1},
        "classes": ["a", "b"],
        "input": {
            "placement": "field-of-view",
            "shape": list(shape),
            "axes": "RAS",
            "intensity": {"scaling": "z-score", "over": "nonzero", "background": "kept"},
        },
    }
    (tmp_path / "small.card.json").write_text(json.dumps(card))
    torch.set_num_threads(1)
    line = (
        "record", "--model", tmp_path / "small.safetensors", "--method", "gradient", "--method", "attention",
        "--networks", 1, "--brains", 3, "--records", tmp_path / "some.jsonl",
    )  # fmt: skip
    shown = run(*line)
    assert shown.status == 0
    assert "mean/own/0" in shown.out
    assert "attention" in shown.err
    assert "fewer than 10 networks and brains are too narrow" in shown.err
    before = (tmp_path / "some.jsonl").read_text()
    again = run(*line, "--json", "--quiet")
    found = json.loads(again.out)
    assert found["rests_on"]["networks_trained"] == 1
    assert set(found["networks"]["mean/own/0"]) >= {"auc", "reliance", "learned"}
    assert (tmp_path / "some.jsonl").read_text() == before
    least["least_auc"] = 2.0
    none = run(*line[:-2], "--quiet", "--json")
    assert json.loads(none.out)["note"].endswith("No network counts: there are no scores.")


def test_what_cannot_be_measured_is_said_in_one_line(run) -> None:  # type: ignore[no-untyped-def]
    assert run("record", "--model", "demo", "--method", "no-such").status == 2
    answer = run("record", "--model", "age-bins", "--method", "gradient", "--quiet")
    assert answer.status == 1
    assert "has 3 outputs" in answer.err


def test_why_a_network_does_not_count() -> None:
    table = {
        "networks": {
            "mean/own/0": {"auc": 0.9, "reliance": 0.95, "learned": True},
            "mean/own/1": {"auc": 0.9, "reliance": 0.1, "learned": False},
            "mean/own/2": {"auc": 0.6, "reliance": 0.95, "learned": False},
        }
    }
    assert [row[-1] for row in record._make_network_rows(table)] == [
        "yes",
        "no: its outputs do not depend on the source",
        "no: it has not learned its task",
    ]
