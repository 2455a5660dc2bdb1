"""The score of a simulated study's maps: the area and the overlap of what was planted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from viewer.errors import ScanError
from viewer.methods.morch_1995.approximation import Approximation
from viewer.methods.morch_1995.pipeline import analyse, score_maps
from viewer.methods.morch_1995.study_plan import StudyPlan
from viewer.models.training.morch.training_options import TrainingOptions
from viewer.scans.load import load_scan
from viewer.scans.simulated_studies.save import write_study
from viewer.scans.simulated_studies.study import SACCADES, pet_grid


def test_maps_and_t_are_scored_against_what_was_planted(tmp_path):
    study = replace(
        SACCADES, subject_count=3, grid=pet_grid(9.0), physics=replace(SACCADES.physics, effect=0.3)
    )
    table = write_study(study, tmp_path / "study")
    plan = StudyPlan(
        recipe=TrainingOptions(starts=1, hidden=2), approximations=(Approximation.FIRST, Approximation.EXACT)
    )
    analysis = analyse(table, plan, tmp_path / "out")
    found = score_maps(analysis, tmp_path / "study")
    assert set(found) == {"first-order", "exact", "t"}
    mask = analysis.cohort.matrix.mask
    truth = load_scan(tmp_path / "study" / "truth.nii.gz").data[mask] > 0
    for approximation, map_ in analysis.saliency.maps.items():
        values, score = map_.data[mask], found[str(approximation)]
        assert score.roc_auc == pytest.approx(roc_auc_score(truth, values), abs=1e-12)
        assert 0.9 < score.roc_auc <= 1
        largest = np.argsort(values, kind="stable")[-truth.sum() :]
        assert score.dice == pytest.approx(truth[largest].mean())
    assert found["t"].roc_auc > 0.9
    assert set(score_maps(replace(analysis, saliency=None), tmp_path / "study")) == {"t"}
    with pytest.raises(ScanError, match="truth"):
        score_maps(analysis, tmp_path)
