from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
import torch

from viewer.commands.predict import format_prediction
from viewer.models.loading import load_model
from viewer.models.model_card import ModelKind
from viewer.models.predict import Prediction
from viewer.scans.load import load_scan

Run = Callable[..., Any]


def test_logits_and_probabilities(run: Run, scan_file: Path, model_file: Path) -> None:
    answer = run("predict", scan_file, "--model", model_file, "--json", "--device", "cpu")
    assert answer.status == 0, answer.err
    found = json.loads(answer.out)
    model = load_model(model_file)
    logits = model.logits(model.prepare(load_scan(scan_file)).tensor)[0].double()
    assert found["classes"] == ["control", "patient"]
    assert found["logits"] == pytest.approx(logits.tolist(), rel=1e-5)
    assert found["probabilities"] == pytest.approx(torch.softmax(logits, 0).tolist(), rel=1e-5)
    assert (found["model"], found["scan"]) == ("small", "sub-01_T1w")


def test_a_table_for_people(run: Run, scan_file: Path, model_file: Path) -> None:
    lines = run("predict", scan_file, "--model", model_file, "--device", "cpu").out.splitlines()
    assert lines[0].split() == ["index", "class", "logit", "probability"]
    assert [line.split()[:2] for line in lines[1:3]] == [["0", "control"], ["1", "patient"]]
    assert lines[3] == "output: softmax (guess: the card does not say; it has 2 outputs)"
    assert lines[4].startswith("fit: ")
    assert len(lines) == 5
    assert sum(line.endswith("largest") for line in lines) == 1


def test_a_regression_and_a_segmentation() -> None:
    age = Prediction(ModelKind.REGRESSION, ("age",), (61.25,), value=61.25, unit="years")
    assert format_prediction(age) == "61.25 years"
    parts = Prediction(ModelKind.SEGMENTATION, ("air", "tumour"), volumes=(1234567.0, 8910.0))
    assert format_prediction(parts).splitlines()[2].split() == ["1", "tumour", "8.91", "ml"]


def test_the_published_network_on_the_template(run: Run, real_data: Path) -> None:
    weights = real_data / "adnet" / "AD_pretrained_weights.pt"
    answer = run("predict", "mni152", "--model", weights, "--json", "--device", "cpu")
    assert json.loads(answer.out)["logits"] == pytest.approx([4.23, -4.07], abs=0.05)


@pytest.mark.parametrize("name", ["nothing.pt", "nothing"])
def test_a_model_that_is_not_there(run: Run, scan_file: Path, name: str) -> None:
    answer = run("predict", scan_file, "--model", name, "--quiet")
    assert answer.status == 1
    assert name in answer.err
    assert answer.err.count("\n") == 1


def test_a_scan_that_is_not_what_the_card_asks_for_is_told_by_predict_and_explain(
    run: Run, scan_file: Path, model_file: Path, tmp_path: Path
) -> None:
    # In scanner space, for a network that is shown scans in MNI space alone.
    answer = run("predict", scan_file, "--model", "demo", "--json")
    prediction = json.loads(answer.out)
    assert prediction["fit"]["verdict"] == "unfit"
    assert any(one.startswith("for an empty scan, the network predicts ") for one in prediction["notes"])
    assert set(prediction["empty"]) >= {"classes", "logits", "probabilities"}
    (line,) = [one for one in answer.err.splitlines() if one.startswith("unfit: ")]
    words = ("explain", scan_file, "--model", "demo", "--method", "gradient", "-o", tmp_path / "map.nii.gz")
    assert line in run(*words).err.splitlines()
    sidecar = json.loads((tmp_path / "map.json").read_text())
    assert line.removeprefix("unfit: ") in sidecar["notes"]
    assert sidecar["fit"] == prediction["fit"]


@pytest.mark.parametrize("command", ["predict", "explain", "check"])
def test_a_series_is_no_choice_for_a_network_of_several_images(
    run: Run, tmp_path: Path, model_file: Path, command: str
) -> None:
    """To be told to choose a volume, and then that one volume is not enough, would be two answers."""
    series = tmp_path / "four.nii.gz"
    nibabel.save(nibabel.Nifti1Image(np.ones((8, 8, 8, 4), np.float32), np.eye(4)), series)
    card = tmp_path / "net.card.json"
    wanted = {"placement": "field-of-view", "shape": [8, 8, 8], "intensity": {"scaling": "none"}}
    wanted["channel_names"] = ["T1c", "T1", "T2", "FLAIR"]
    card.write_text(json.dumps({"name": "net", "classes": ["a", "b"], "input": wanted}))
    more = [] if command == "predict" else ["--method", "gradient"]
    more += ["-o", tmp_path / "m.nii.gz"] if command == "explain" else []
    answer = run(command, series, "--model", model_file, "--card", card, *more)
    assert answer.status == 1
    assert "net: takes 4 images (T1c, T1, T2, FLAIR), but one scan is one image" in answer.err
    assert "--volume" not in answer.err
    assert answer.err.count("\n") == 1
