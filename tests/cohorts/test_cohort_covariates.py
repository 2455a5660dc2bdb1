"""Cohorts by a network that takes numbers of the table beside the image."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

import viewer
from tests.cohorts.cohort_files import write_table
from tests.methods.test_covariates import SHAPE, Atrophy
from viewer.cli import main
from viewer.cohorts.derivatives import Derivatives
from viewer.cohorts.map_maker import MapMaker
from viewer.cohorts.participants import read_participants
from viewer.cohorts.plan import CohortPlan, label_models, plan_entries
from viewer.methods.registry import find_method


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("network") / "atrophy.pt2"
    program = torch.export.export(Atrophy().eval(), (torch.zeros(1, 1, *SHAPE), torch.zeros(1, 2)))
    torch.export.save(program, path)
    card = {
        "name": "atrophy",
        "classes": ["control", "patient"],
        "input": {
            "placement": "field-of-view", "shape": list(SHAPE), "intensity": {"scaling": "maximum"}
        },
        "covariates": [{"name": "age", "unit": "years", "mean": 60, "sd": 10}, {"name": "sex"}],
    }  # fmt: skip
    path.with_suffix(".card.json").write_text(json.dumps(card))
    return path


def run(table: Path, network: Path, home: Path) -> list[bool]:
    """Make the maps of a table; return which were computed."""
    participants, derivatives = read_participants(table), Derivatives(home)
    method = find_method("gradient").from_parameters({})
    plan = CohortPlan(label_models([str(network)], [None]), (method,), "patient")
    derivatives.write_metadata(plan, plan_entries(plan, [viewer.load_model(network)], {}), participants)
    outcomes = [one for row in participants.rows for one in MapMaker(plan, derivatives).make_maps(row)]
    assert [one.error for one in outcomes] == [""] * len(participants.rows)
    return [one.computed for one in outcomes]


def test_a_map_is_kept_as_long_as_its_numbers_are_the_same(
    network: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, home = write_table(tmp_path / "data", 3), tmp_path / "maps"
    head, *rows = table.read_text().splitlines()
    table.write_text("\n".join([f"{head}\tsex", *(f"{row}\t{index % 2}" for index, row in enumerate(rows))]))
    assert run(table, network, home) == [True, True, True]
    assert run(table, network, home) == [False, False, False]
    table.write_text(table.read_text().replace("\t61\t", "\t81\t"))
    assert run(table, network, home) == [False, True, False]
    scan = str(tmp_path / "data" / "01.nii.gz")
    numbers = ["--set-covariate", "age=70", "--set-covariate", "sex=0"]
    assert main(["nearest", scan, "--cohort", str(home), *numbers, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["compared"] == 3
