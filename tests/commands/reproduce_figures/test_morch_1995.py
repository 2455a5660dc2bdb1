"""The four figures from small studies: they are drawn, and say what the paper's say."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest

from viewer.commands.reproduce_figures import morch_1995
from viewer.methods.morch_1995.approximation import Approximation
from viewer.progress import Progress
from viewer.scans.simulated_studies.study import FINGERS, SACCADES, pet_grid


@pytest.fixture(autouse=True)
def small(monkeypatch):
    loud = replace(SACCADES.physics, effect=0.25)
    for name, study in (("SACCADES", SACCADES), ("FINGERS", FINGERS)):
        fewer = replace(study, subject_count=4, grid=pet_grid(7.0), physics=loud)
        monkeypatch.setattr(morch_1995, name, fewer)


def size(path):
    """Width and height that a PNG tells."""
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")


@pytest.mark.parametrize(
    ("make", "where"),
    [
        (morch_1995.draw_saccades, lambda x, y, z: abs(x) < 25 and y < -65),
        (morch_1995.draw_fingers, lambda x, y, z: abs(x) > 15 and abs(y + 23) < 20 and z > 35),
    ],
)
@pytest.mark.slow
def test_bodies_stand_where_the_paper_has_them(make, where, tmp_path):
    made = make(tmp_path, 0, Progress())
    assert size(made.files[0]) == (1280, 960)
    assert where(*made.numbers["highest peak, mm"])
    assert made.numbers["retrained: AUC"] > 0.95
    assert made.numbers["re-fits"]["correlation"] > 0.999
    assert 0.5 < made.numbers["t: AUC"] <= 1
    assert "simulated" in made.notes[0]


@pytest.fixture
def tiny(monkeypatch):
    fewer = replace(
        SACCADES, subject_count=2, grid=pet_grid(14.0), physics=replace(SACCADES.physics, effect=0.25)
    )
    monkeypatch.setattr(morch_1995, "SACCADES", fewer)


@pytest.fixture
def drawn_maps(monkeypatch):
    """Return the maps that the box was asked to draw."""
    maps = []
    figure = import_module("viewer.scene.figure")
    monkeypatch.setattr(figure, "figure", lambda scan, shown, path, view: maps.append(shown))
    return maps


def expected(analysis, accuracy):
    """The closed forms of the paper, scan by scan and component by component, in float64."""
    X = np.asarray(analysis.cohort.matrix.values, dtype=np.float64)
    X = X - X.mean(axis=0)
    weights, (y,) = analysis.fit.weights, analysis.targets.Y
    B = X.T @ analysis.fit.components.P
    h = np.tanh(X @ B @ weights.w.T + weights.b)
    e = y - h @ weights.W[0] - weights.beta[0]
    s = (weights.W[0] * (1 - h**2)) @ weights.w
    first = 2 / len(y) * np.einsum("j,jk,ji,ik->i", e, s, X, B)
    if accuracy is Approximation.FIRST:
        return first
    if accuracy is Approximation.SECOND:
        return first + np.einsum("jk,ji,ik->i", s**2, X**2, B**2) / len(y)
    if accuracy is Approximation.SECOND_CROSS:
        return first + ((s @ B.T) ** 2 * X**2).mean(axis=0)
    if accuracy is Approximation.EXACT:
        p = X @ B @ weights.w.T + weights.b
        shifted = [np.tanh(p - np.outer(x, weights.w @ b)) for x, b in zip(X.T, B, strict=True)]
        errors = [y - one @ weights.W[0] - weights.beta[0] for one in shifted]
        return np.array([(error**2).mean() for error in errors]) - (e**2).mean()
    return None


@pytest.mark.parametrize("accuracy", [None, *Approximation])
def test_the_bodies_are_of_the_named_accuracy(accuracy, tiny, drawn_maps, tmp_path, monkeypatch):
    kept = []
    analyse = morch_1995._analyse_study
    monkeypatch.setattr(morch_1995, "_analyse_study", lambda *given: kept.append(analyse(*given)) or kept[-1])
    made = morch_1995.draw_saccades(tmp_path, 0, Progress(), *(() if accuracy is None else (accuracy,)))
    accuracy = accuracy or Approximation.SECOND
    assert made.numbers["shown"] == accuracy
    (shown,), ((analysis, _),) = drawn_maps, kept
    assert shown.name == f"simulated PET: {morch_1995.NAMES[accuracy]}"
    assert f"Shown: {morch_1995.NAMES[accuracy]};" in made.notes[1]
    values = shown.data[analysis.cohort.matrix.mask]
    assert values.min() >= 0
    wanted = expected(analysis, accuracy)
    if wanted is not None:
        np.testing.assert_allclose(values, np.maximum(wanted, 0), rtol=1e-3, atol=1e-4 * values.max())


def test_negative_saliencies_are_drawn_as_zero(tiny, drawn_maps, tmp_path, monkeypatch):
    maps = morch_1995._maps

    def lowered(analysis):
        return {
            name: replace(one, data=one.data - one.data.max() / 2) for name, one in maps(analysis).items()
        }

    monkeypatch.setattr(morch_1995, "_maps", lowered)
    morch_1995.draw_saccades(tmp_path, 0, Progress())
    assert drawn_maps[0].data.min() == 0 < drawn_maps[0].data.max()


@pytest.mark.slow
def test_three_columns_hardly_differ(tmp_path):
    made = morch_1995.columns(tmp_path, 0, Progress())
    width, height = size(made.files[0])
    assert height > width > 800
    numbers = made.numbers
    assert numbers["f2 with cross terms"] < numbers["f2"] < numbers["f1"] < 0.5
    assert {f"f1 at {z:+g} mm" for z in (-17, 0, 17)} <= set(numbers)


@pytest.mark.slow
def test_errors_fall_as_voxels_grow(tmp_path):
    made = morch_1995.errors(tmp_path, 0, Progress())
    assert size(made.files[0])[0] > 800
    rows = made.numbers["sub-samplings"]
    assert len(rows) == 9
    assert [row["I"] for row in rows] == sorted((row["I"] for row in rows), reverse=True)
    for name in ("f1", "f2", "f2 with cross terms"):
        assert made.numbers[f"slope of {name} against I"] < 0
        assert rows[0][name] < rows[-1][name]
    f1, f2 = (np.array([row[name] for row in rows]) for name in ("f1", "f2"))
    assert (f2 < f1).all()
