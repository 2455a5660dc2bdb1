"""Images given twice and numbers far from the training data get a caution."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel
import numpy as np
import pytest
import torch
from torch import nn

from viewer.cli import main
from viewer.fit.check_fit import check_fit
from viewer.models.covariate import Covariate
from viewer.models.fit_report import FitCheck, FitVerdict
from viewer.models.input_spec import InputChannel, InputSpec, IntensityScaling, IntensitySpec
from viewer.models.model import Model
from viewer.models.model_card import Card
from viewer.scans.grid import Grid
from viewer.scans.multichannel_scan import make_multichannel_scan
from viewer.scans.scan import Scan

SHAPE = (8, 9, 10)
CARD = Card(
    "tumour",
    classes=("low", "high"),
    input=InputSpec(
        SHAPE,
        channels=2,
        inputs=(InputChannel("T1"), InputChannel("FLAIR")),
        intensity=IntensitySpec(IntensityScaling.MAXIMUM),
    ),
    covariates=(Covariate("age", "years", mean=61.0, sd=12.0, scaling="z-score"), Covariate("sex")),
)


class Tumour(nn.Module):
    def forward(self, x: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
        return x.mean((2, 3, 4)) + numbers


def image(seed: int) -> Scan:
    data = np.random.default_rng(seed).uniform(1, 100, SHAPE).astype(np.float32)
    return Scan(data, Grid(SHAPE, np.diag([9.0, 9, 9, 1])), f"image{seed}")


@pytest.fixture
def model() -> Model:
    return Model.from_module(Tumour(), (torch.zeros(1, 2, *SHAPE), torch.zeros(1, 2)), CARD)


def checks(model: Model, second: Scan, age: float) -> dict[str, FitCheck]:
    scan = make_multichannel_scan({"T1": image(1), "FLAIR": second}, {"age": age, "sex": 1})
    return {one.name: one for one in check_fit(model, scan, device="cpu").checks}


def test_different_images_and_a_usual_age_are_in_order(model: Model) -> None:
    found = checks(model, image(2), 97.0)
    assert found["images"].verdict is FitVerdict.OK
    assert found["covariates"].verdict is FitVerdict.OK
    assert (found["covariates"].value, found["covariates"].expected) == ("age 97", "age 61 ± 12")


def test_an_image_that_is_given_twice_gets_a_caution(model: Model) -> None:
    found = checks(model, image(1), 71)["images"]
    assert (found.verdict, found.sentence) == (FitVerdict.CAUTION, "T1 and FLAIR are the same image")


@pytest.mark.parametrize("age", [900.0, 97.1, 24.9, -5.0])
def test_an_age_far_outside_of_the_training_data_gets_a_caution(model: Model, age: float) -> None:
    found = checks(model, image(2), age)["covariates"]
    assert found.verdict is FitVerdict.CAUTION
    assert found.sentence == f"age {age:g} is far outside of the training data, 61 ± 12"


def test_a_mistake_in_what_is_given_is_told_before_other_cautions(model: Model) -> None:
    found = list(checks(model, image(1), 900.0))
    assert found[:2] == ["images", "covariates"]


@pytest.mark.parametrize("command", ["predict", "fit"])
def test_commands_name_all_images_and_numbers(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = []
    for name, one in (("T1", image(1)), ("FLAIR", image(2))):
        path = tmp_path / f"{name.lower()}.nii.gz"
        nibabel.save(nibabel.Nifti1Image(np.asarray(one.data), one.grid.affine), path)
        words.append(f"{name}={path}")
    program = torch.export.export(Tumour(), (torch.zeros(1, 2, *SHAPE), torch.zeros(1, 2)))
    torch.export.save(program, tmp_path / "net.pt2")
    (tmp_path / "net.card.json").write_text(json.dumps(CARD.as_json()))
    given = [command, *words, "--model", str(tmp_path / "net.pt2"), "--quiet"]
    given += ["--set-covariate", "age=900", "--set-covariate", "sex=1"]
    assert main(given) == 0
    assert "inputs: T1 t1, FLAIR flair, age 900, sex 1" in capsys.readouterr().out.splitlines()
    assert main([*given, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["images"] == {"T1": str(tmp_path / "t1.nii.gz"), "FLAIR": str(tmp_path / "flair.nii.gz")}
    assert told["covariates"] == {"age": 900.0, "sex": 1.0}
