"""Shares of a map's inputs, from provenance that may be anyone's."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from viewer.scans.grid import Grid
from viewer.scans.input_shares import InputShare, describe_shares, input_shares
from viewer.scans.load import load_map
from viewer.scans.map import Map
from viewer.scans.provenance import Provenance


def test_images_come_before_numbers() -> None:
    inputs = {"covariates": {"age": {"share": 0.1}}, "channels": {"T1": {"share": 0.6}, "T2": {"share": 0.3}}}
    assert input_shares(inputs) == (InputShare("T1", 0.6), InputShare("T2", 0.3), InputShare("age", 0.1))
    assert describe_shares(inputs) == "share of |relevance|: T1 60.0%, T2 30.0%, age 10.0%"
    alone = {"covariates": {"age": {"share": 0.25}}, "image": {"share": 0.75}}
    assert [one.name for one in input_shares(alone)] == ["image", "age"]


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"channels": {"T1": {"share": 1.0}}},
        {"channels": {"T1": {"share": 1.0}}, "covariates": {"age": {}}},
    ],
)
def test_one_share_alone_says_nothing(inputs: dict[str, dict[str, dict[str, float]]]) -> None:
    assert input_shares(inputs) == ()
    assert describe_shares(inputs) == ""


@pytest.mark.parametrize("share", ["0.5", -0.1, 1.5, float("nan"), True, None, [1]])
def test_a_false_share_in_a_file_is_left_out_with_a_note(tmp_path: Path, share: object) -> None:
    inputs = {"channels": {"T1": {"share": 0.6}, "T2": {"share": 0.4}}}
    made = Provenance(method="deeplift", inputs=inputs)
    found = Map(np.ones((3, 3, 3), np.float32), Grid((3, 3, 3), np.eye(4)), "m", made)
    found.save(tmp_path / "m.nii.gz")
    assert len(input_shares(load_map(tmp_path / "m.nii.gz").provenance.inputs)) == 2
    path = tmp_path / "m.json"
    entries = json.loads(path.read_text())
    entries["inputs"]["channels"]["T2"]["share"] = share
    path.write_text(json.dumps(entries))
    read = load_map(tmp_path / "m.nii.gz")
    assert read.provenance.inputs == {}
    assert any("invalid entries, which are ignored: inputs" in note for note in read.notes)
