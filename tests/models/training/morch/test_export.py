"""The exported network, read back as any model, says what the fit says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from viewer.errors import ModelError
from viewer.models.loading import load_model
from viewer.models.training.morch.export import component_axes, export_network
from viewer.models.training.morch.network import forward
from viewer.models.training.morch.targets import class_targets, graded_targets
from viewer.models.training.morch.training import train_network
from viewer.models.training.morch.training_options import HiddenActivation, TrainingOptions
from viewer.scans.cohort import Cohort
from viewer.scans.cohort_preparation import CohortPreparation, Scaling
from viewer.scans.confounds import confound_basis
from viewer.scans.grid import Grid
from viewer.scans.masked_matrix import MaskedMatrix
from viewer.scans.scan import Scan
from viewer.scans.scan_table import ScanRow, ScanTable

SHAPE = (7, 6, 5)
GRID = Grid(SHAPE, np.array([[-3.0, 0.2, 0, 9], [0, 3, 0.1, -8], [0, 0, 4, -7], [0, 0, 0, 1]]))
J = 12


@pytest.fixture(scope="module")
def scans():
    """Twelve scans whose mean inside the mask is 50, and the mask."""
    rng = np.random.default_rng(1)
    mask = np.zeros(SHAPE, dtype=bool)
    mask[1:6, 1:5, :4] = True
    data = np.where(mask, 50 + rng.normal(0, 4, size=(J, *SHAPE)), 0.0)
    data[:, 2, 2, 2] += np.arange(J)
    data *= 50 / data[:, mask].mean(axis=1)[:, None, None, None]
    return data.astype(np.float32), mask


def cohort_of(scans, scaling=Scaling.GLOBAL) -> Cohort:
    data, mask = scans
    rows = tuple(ScanRow(n + 2, Path("a.nii"), "s", str(n)) for n in range(J))
    table = ScanTable(Path("t.tsv"), rows)
    values = data[:, mask].astype(np.float64)
    mean = values.mean(axis=0)
    matrix = MaskedMatrix((values - mean).astype(np.float32), mean.astype(np.float32), mask, GRID)
    ratio = float(data.mean(axis=(1, 2, 3)).mean() / 50) if scaling is Scaling.GLOBAL else None
    preparation = CohortPreparation(scaling=scaling, subject_means=False)
    return Cohort(table, preparation, matrix, confound_basis(table, False, ()), ratio)


LEVELS = [float(n) for n in range(J)]
WORDS = ["low" if n < 6 else "high" for n in range(J)]
THREE = [str(n // 4) for n in range(J)]


@pytest.mark.parametrize(
    "targets", [graded_targets(LEVELS, "t"), class_targets(WORDS, "t"), class_targets(THREE, "t")]
)
@pytest.mark.parametrize("activation", list(HiddenActivation))
@pytest.mark.parametrize("scaling", list(Scaling))
def test_it_is_a_model_like_any_other(scans, tmp_path, targets, activation, scaling):
    cohort = cohort_of(scans, scaling)
    fit = train_network(cohort.matrix.gram(), targets, TrainingOptions(activation=activation))
    path = export_network(fit, cohort, tmp_path / "network.safetensors")
    model = load_model(path)
    assert model.card.classes == (targets.classes or ("y",))
    # In other units: what a scanner gives is not yet scaled.
    loud = 17.0 if scaling is Scaling.GLOBAL else 1.0
    for number in (0, 7):
        scan = Scan(scans[0][number] * np.float32(loud), GRID, "scan")
        prepared = model.prepare(scan)
        assert prepared.grid.same_as(GRID)
        answer = model.logits(prepared.tensor)[0].numpy()
        F = forward(fit.weights, fit.objective.activation, fit.components.V[number][None]).F[:, 0]
        if not targets.classes:
            expected = F * targets.deviation + targets.mean
        elif len(F) == 1:
            expected = np.array([-F[0], F[0]]) / 2
        else:
            expected = F
        np.testing.assert_allclose(answer, expected, rtol=0, atol=2e-4 * max(1.0, np.abs(expected).max()))


def test_two_classes_keep_their_probability(scans, tmp_path):
    import torch

    cohort = cohort_of(scans)
    fit = train_network(cohort.matrix.gram(), class_targets(WORDS, "t"), TrainingOptions())
    model = load_model(export_network(fit, cohort, tmp_path / "n.safetensors"))
    logits = model.logits(model.prepare(Scan(scans[0][3], GRID, "scan")).tensor)
    expected = 1 / (1 + np.exp(-fit.state.F[0, 3]))
    assert float(torch.softmax(logits, 1)[0, 1]) == pytest.approx(expected, abs=1e-4)


def test_axes_have_unit_length_but_for_their_scale(scans):
    cohort = cohort_of(scans)
    fit = train_network(cohort.matrix.gram(), graded_targets(LEVELS, "t"), TrainingOptions(components=6))
    B = component_axes(fit, cohort.matrix).astype(np.float64) * fit.components.scale
    np.testing.assert_allclose(B @ B.T, np.eye(6), atol=1e-5)


def test_a_scan_elsewhere_is_refused(scans, tmp_path):
    from viewer.errors import ModelError

    cohort = cohort_of(scans)
    fit = train_network(cohort.matrix.gram(), graded_targets(LEVELS, "t"), TrainingOptions())
    model = load_model(export_network(fit, cohort, tmp_path / "n.safetensors"))
    away = np.array(GRID.affine)
    away[2, 3] += 300
    with pytest.raises(ModelError, match="does not reach the grid"):
        model.prepare(Scan(scans[0][0], Grid(SHAPE, away), "away"))


def test_a_card_of_another_network_is_never_replaced(scans, tmp_path):
    cohort = cohort_of(scans)
    fit = train_network(cohort.matrix.gram(), graded_targets(LEVELS, "t"), TrainingOptions())
    card = tmp_path / "net.card.json"
    card.write_text("somebody's")
    with pytest.raises(ModelError, match=r"net\.card\.json: is not the card of this network"):
        export_network(fit, cohort, tmp_path / "net.safetensors")
    assert card.read_text() == "somebody's"
    assert not (tmp_path / "net.safetensors").exists()
    path = export_network(fit, cohort, tmp_path / "other.safetensors")
    assert export_network(fit, cohort, path) == path
