"""Results folder of an nnU-Net on the command line: what it is, its prediction, and where its map lies."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from tests.models.nnunet_results import changed_plans, write_results

Run = Callable[..., Any]
ON_CPU = ("--device", "cpu", "--threads", 1)
POINT = np.array([7.0, -8.0, 5.0])

AFFINES = {
    "LAS": (np.array([[-2, 0, 0, 31], [0, 2.2, 0, -38], [0, 0, 2.1, -30], [0, 0, 0, 1.0]]), (32, 34, 30)),
    "oblique": (
        np.array([[1.9, 0.3, -0.2, -32], [-0.35, 2.1, 0.3, -35], [0.3, -0.35, 2.3, -30], [0, 0, 0, 1.0]]),
        (32, 34, 30),
    ),
    "thick slices": (
        np.array([[1.5, 0, 0, -24], [0, 1.6, 0, -30], [0, 0, 6, -30], [0, 0, 0, 1.0]]),
        (34, 36, 12),
    ),
}


def _scan(kind: str, folder: Path) -> Path:
    affine, shape = AFFINES[kind]
    values = np.random.default_rng(7).uniform(50, 100, shape)
    values[:2], values[:, -3:], values[:, :, :1] = 0, 0, 0
    path = folder / "head.nii.gz"
    nib.save(nib.Nifti1Image(values.astype(np.float32), affine), path)
    return path


@pytest.mark.parametrize("kind", AFFINES)
@pytest.mark.sampled(2)
def test_the_map_of_a_place_lies_at_that_place_on_the_scan(run: Run, tmp_path: Path, kind: str) -> None:
    scan = _scan(kind, tmp_path)
    plans = changed_plans(spacing=[2.5, 2.0, 2.0])
    results = write_results(tmp_path, plans, inference_allowed_mirroring_axes=(2,))
    output = tmp_path / "map.nii.gz"
    corners = ",".join(f"{value:g}" for value in (*(POINT - 3.5), *(POINT + 3.5)))
    answer = run(
        *("explain", scan, "--model", results, "--method", "gradient", "--target", "lesion"),
        *("--region", f"box:{corners}", "-o", output, *ON_CPU),
    )
    assert answer.status == 0, answer.err
    written = nib.load(output)
    assert written.shape == AFFINES[kind][1]
    np.testing.assert_allclose(written.affine, AFFINES[kind][0], atol=1e-5)
    weights = written.get_fdata() ** 2
    places = np.stack(np.meshgrid(*(np.arange(n) for n in weights.shape), indexing="ij"), -1)
    middle = (places * weights[..., None]).sum((0, 1, 2)) / weights.sum()
    found = written.affine[:3, :3] @ middle + written.affine[:3, 3]
    assert np.abs(found - POINT).max() < 3.0, found  # a turned axis would be 10 mm away
    described = json.loads((tmp_path / "map.json").read_text())
    assert described["model"]["path"] == str(results)


def test_info_and_predict_say_what_is_taken_and_what_is_a_guess(run: Run, tmp_path: Path) -> None:
    results = write_results(tmp_path, folds=("0", "1"), inference_allowed_mirroring_axes=None)
    told = run("info", results)
    assert told.status == 0
    for line in (
        "nnU-Net results folder",
        "Dataset042_Lesion 3d_fullres (from: plans.json)",
        "nnunet-3d",
        "background, lesion",
        "the mean of the outputs of the folds 0, 1; choose the fold 0 to use only its network",
        "guess: the training scans were stored in the same orientation as this one, as nnU-Net assumes",
    ):
        assert line in told.out
    answer = run("predict", _scan("LAS", tmp_path), "--model", results, "--json", *ON_CPU)
    assert answer.status == 0, answer.err
    prediction = json.loads(answer.out)
    assert prediction["classes"] == ["background", "lesion"]
    assert any("the mean of the outputs of the folds 0, 1" in note for note in prediction["notes"])


@pytest.mark.slow
def test_a_fold_is_chosen_by_its_number(run: Run, tmp_path: Path) -> None:
    results, scan = write_results(tmp_path, folds=("0", "1")), _scan("LAS", tmp_path)
    words = ("predict", scan, "--model", results, "--json", *ON_CPU)
    told = [json.loads(run(*words, "--fold", fold).out)["notes"] for fold in (0, "1")]
    assert ["only the network of fold_0" in " ".join(notes) for notes in told] == [True, False]
    assert "only the network of fold_1" in " ".join(told[1])
    for folder, fold, message in (
        (results, "7", "has no fold '7'; it has 0, 1"),
        (scan, "0", "has no folds"),
    ):
        answer = run("predict", scan, "--model", folder, "--fold", fold, *ON_CPU)
        assert (answer.status, answer.err.count("\n")) == (1, 1)
        assert message in answer.err


def test_layers_are_called_by_their_own_names(run: Run, tmp_path: Path) -> None:
    answer = run("info", write_results(tmp_path), "--layers")
    assert answer.status == 0, answer.err
    assert "encoder.stages.2.0.convs.1.conv" in answer.out
    assert "all_modules" not in answer.out
