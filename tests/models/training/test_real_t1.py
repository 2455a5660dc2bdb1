"""The shipped lesion networks on a T1 scan that is not simulated: an average of 152 real heads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from viewer.models.loading import load_model
from viewer.models.training.brain_simulator import SLICE, SLICES, BrainSimulator, z_score
from viewer.models.training.lesions import evaluate_lesions, slice_training_options
from viewer.scans.load import load_scan
from viewer.scans.resample import resample
from viewer.scans.scan import Scan
from viewer.scans.simulated_lesions import LesionShape


@pytest.fixture(scope="module")
def real_scan(real_data: Path) -> Scan:
    return load_scan(real_data / "scans" / "spm152.nii.gz")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["demo", "lesions-gaussian-2d", "lesions-square-2d"])
def test_it_has_no_lesion(real_scan: Scan, name: str) -> None:
    model = load_model(name)
    with torch.no_grad():
        answers = model.logits(model.prepare(real_scan).tensor).argmax(1)
    assert int(answers.sum()) == 0


@pytest.mark.parametrize("form", list(LesionShape), ids=str)
def test_lesions_planted_in_its_slices_are_found(real_scan: Scan, form: LesionShape) -> None:
    brain = resample(real_scan.data, real_scan.grid, SLICES)
    simulator = BrainSimulator(
        brain, SLICES, SLICE, lesion_options=slice_training_options((form,), 0).lesion_options
    )
    rng = np.random.default_rng(3)
    pairs = []
    for k in range(brain.shape[2]):
        piece = np.ascontiguousarray(brain[:, :, k : k + 1])
        sick, _ = simulator.add_lesions(piece, rng)
        pairs.append((z_score(sick)[:, :, 0], z_score(piece)[:, :, 0]))
    score = evaluate_lesions(load_model(f"lesions-{form}-2d").module(), pairs)
    assert score.true_negatives >= 27
    assert score.true_positives >= 25
