"""From a table to the maps: the planted place is found, everything is written, errors name the row."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from viewer.errors import Cancelled, MethodError, ModelError, ViewerError
from viewer.methods.morch_1995.approximation import Approximation, NegativeValues
from viewer.methods.morch_1995.pipeline import Analysis, add_maps, analyse, make_targets
from viewer.methods.morch_1995.study_plan import StudyPlan
from viewer.models.loading import load_model
from viewer.models.training.morch.fit import load_fit
from viewer.models.training.morch.training_options import Paradigm, TrainingOptions
from viewer.progress import Progress
from viewer.scans.cohort_preparation import CohortPreparation
from viewer.scans.load import load_map, load_scan
from viewer.scans.scan_table import ScanTable, read_table
from viewer.scans.simulated_studies.save import write_study
from viewer.scans.simulated_studies.study import FINGERS, SACCADES, pet_grid

QUICK = TrainingOptions(starts=1, hidden=3)


@pytest.fixture(scope="module")
def saccades(tmp_path_factory) -> ScanTable:
    study = replace(
        SACCADES, subject_count=4, grid=pet_grid(8.0), physics=replace(SACCADES.physics, effect=0.25)
    )
    return write_study(study, tmp_path_factory.mktemp("saccades"))


@pytest.fixture(scope="module")
def fingers(tmp_path_factory) -> ScanTable:
    study = replace(
        FINGERS, subject_count=4, grid=pet_grid(8.0), physics=replace(FINGERS.physics, effect=0.25)
    )
    return write_study(study, tmp_path_factory.mktemp("fingers"))


def area_under_curve(values, truth):
    above = (values[truth][:, None] > values[~truth][None]).mean()
    return above + 0.5 * (values[truth][:, None] == values[~truth][None]).mean()


def truth_of(table: ScanTable, analysis: Analysis) -> np.ndarray:
    return load_scan(table.path.parent / "truth.nii.gz").data[analysis.cohort.matrix.mask] > 0


def test_saccades_lead_to_the_visual_cortex(saccades, tmp_path):
    shown = []
    plan = StudyPlan(recipe=QUICK, refits=4, negative=NegativeValues.KEEP)
    analysis = analyse(saccades, plan, tmp_path, Progress(partial=shown.append))
    assert analysis.targets.paradigm is Paradigm.GRADED
    assert analysis.cross_validation.score > 0.7
    truth = truth_of(saccades, analysis)
    for map_ in analysis.saliency.maps.values():
        assert area_under_curve(map_.data[analysis.cohort.matrix.mask], truth) > 0.95
    assert [partial.saliency is None for partial in shown] == [True, True, False]
    assert shown[0].cross_validation is None


def test_fingers_lead_to_the_sensory_motor_cortex_and_all_of_it_is_written(fingers, tmp_path):
    analysis = analyse(fingers, StudyPlan(recipe=QUICK, refits=4), tmp_path)
    assert analysis.targets.classes == ("active", "rest")
    assert analysis.cross_validation.score > 0.8
    truth = truth_of(fingers, analysis)
    assert (
        area_under_curve(analysis.saliency.maps[Approximation.EXACT].data[analysis.cohort.matrix.mask], truth)
        > 0.95
    )
    names = {path.name for path in tmp_path.iterdir()}
    assert names >= {"scans.f32", "mask.nii.gz", "mean.nii.gz", "fit.safetensors", "fit.json"}
    told = json.loads((tmp_path / "fit.json").read_text())
    assert told["classes"] == ["active", "rest"]
    assert told["leave one subject out"]["right"] == analysis.cross_validation.score
    kept = load_fit(tmp_path / "fit.safetensors")
    np.testing.assert_array_equal(kept.minimum.parameters, analysis.fit.minimum.parameters)
    for approximation, map_ in analysis.saliency.maps.items():
        back = load_map(tmp_path / f"saliency-{approximation}.nii.gz")
        np.testing.assert_array_equal(back.data, map_.data)
        assert back.provenance.parameters["accuracy"] == str(approximation)
    model = load_model(tmp_path / "network.safetensors")
    assert model.card.classes == ("active", "rest")
    scan = load_scan(fingers.rows[0].scan_path)
    assert model.logits(model.prepare(scan).tensor).shape == (1, 2)


@pytest.mark.slow
def test_every_other_method_runs_on_the_network(fingers, tmp_path):
    from viewer.methods.base import Requirement
    from viewer.methods.explain import explain
    from viewer.methods.registry import list_methods

    analyse(fingers, StudyPlan(recipe=QUICK, approximations=()), tmp_path)
    model, scan = load_model(tmp_path / "network.safetensors"), load_scan(fingers.rows[1].scan_path)
    mask = load_scan(tmp_path / "mask.nii.gz").data > 0
    ran, refused = set(), {}
    for name, method in list_methods().items():
        if method.requirements & {
            Requirement.LAYER,
            Requirement.COHORT,
            Requirement.PATTERNS,
            Requirement.GENERATORS,
            Requirement.ATTENTION,
        }:
            continue
        try:
            map_ = explain(model, scan, name, target=1, device="cpu")
        except MethodError as error:
            refused[name] = str(error)
            continue
        ran.add(name)
        assert np.isfinite(map_.data).all()
        assert map_.data[mask].any()
    assert ran >= {"gradient", "integrated-gradients", "lrp", "deeplift", "guided-backprop"}
    # A network without convolutions has no feature maps to look at.
    assert all("convolution" in line for line in refused.values())


@pytest.mark.slow
def test_the_activation_grows_with_the_region_that_is_taken_away(fingers, tmp_path):
    plan = StudyPlan(recipe=QUICK, approximations=(Approximation.EXACT, Approximation.RETRAINED))
    cubed = analyse(fingers, replace(plan, cube=24.0), tmp_path)
    voxels = analyse(fingers, replace(plan, refits=0), tmp_path)
    for approximation in plan.approximations:
        assert (
            cubed.saliency.maps[approximation].data.max() > 3 * voxels.saliency.maps[approximation].data.max()
        )
    truth = load_scan(fingers.path.parent / "truth.nii.gz").data > 0
    assert (
        cubed.saliency.maps[Approximation.EXACT].data[truth].mean()
        > 2 * cubed.saliency.maps[Approximation.EXACT].data[~truth].mean()
    )


def test_atlas_regions_and_pruning(fingers, tmp_path):
    from viewer.scans.map import Map

    grid = pet_grid(4.0)
    points = grid.to_world(np.moveaxis(np.indices(grid.shape), 0, -1))
    labels = 1 + (points[..., 0] > 0) + 2 * (points[..., 2] > 40)
    Map(labels.astype(np.float32), grid, "atlas").save(tmp_path / "atlas.nii.gz")
    plan = StudyPlan(
        recipe=QUICK,
        pruned=0.3,
        approximations=(Approximation.EXACT,),
        atlas=tmp_path / "atlas.nii.gz",
        atlas_names=("", "left below", "right below", "left above", "right above"),
    )
    analysis = analyse(fingers, plan, tmp_path / "out")
    values = np.unique(analysis.saliency.maps[Approximation.EXACT].data[analysis.cohort.matrix.mask])
    assert len(values) == 4
    assert len(analysis.pruning_history) > 2
    assert analysis.as_json()["pruning"][-1]["parameters"] < analysis.pruning_history[0][0]


def rewritten(table: ScanTable, change, tmp_path: Path) -> ScanTable:
    lines = table.path.read_text().splitlines()
    rows = [change(number, line.split("\t")) for number, line in enumerate(lines[1:])]
    kept = [row for row in rows if row is not None]
    text = [lines[0], *("\t".join([str(table.path.parent / row[0]), *row[1:]]) for row in kept)]
    path = tmp_path / "t.tsv"
    path.write_text("\n".join(text) + "\n")
    return read_table(path)


@pytest.mark.parametrize(
    ("change", "plan", "says"),
    [
        (lambda n, row: [*row[:2], "3"], StudyPlan(), "t.tsv: y is 3 for every scan"),
        (lambda n, row: [*row[:2], "rest"], StudyPlan(), "t.tsv: y has only one class, 'rest'"),
        (
            lambda n, row: [*row[:2], "old" if n == 4 else "1"],
            StudyPlan(paradigm=Paradigm.GRADED),
            "line 6: y is 'old'",
        ),
        (lambda n, row: [*row[:2], row[1]], StudyPlan(), "y does not vary within subjects"),
        (
            lambda n, row: row,
            StudyPlan(recipe=TrainingOptions(decay=10.0)),
            "decay: of 10 leaves the network without weights",
        ),
        (lambda n, row: row if n < 1 else None, StudyPlan(), "t.tsv: has only one scan|y has only one class"),
        (
            lambda n, row: row,
            StudyPlan(recipe=TrainingOptions(components=29)),
            "29 were requested, but 32 scans prepared this way have 28",
        ),
    ],
)
def test_what_cannot_be_learned_is_said_in_one_line(fingers, tmp_path, change, plan, says):
    with pytest.raises(ViewerError, match=says) as caught:
        analyse(rewritten(fingers, change, tmp_path), plan, tmp_path / "out")
    assert "\n" not in str(caught.value)


def test_one_subject_is_trained_but_not_left_out(fingers, tmp_path):
    table = rewritten(fingers, lambda n, row: row if n < 8 else None, tmp_path)
    analysis = analyse(
        table, StudyPlan(recipe=QUICK, approximations=(Approximation.FIRST,)), tmp_path / "out"
    )
    assert analysis.cross_validation is None
    assert analysis.saliency is not None


def test_what_was_computed_before_a_failure_stays(fingers, tmp_path):
    plan = StudyPlan(recipe=QUICK, atlas=tmp_path / "none.nii.gz")
    with pytest.raises(ViewerError, match=r"none.nii.gz"):
        analyse(fingers, plan, tmp_path)
    assert load_fit(tmp_path / "fit.safetensors").minimum.converged
    assert json.loads((tmp_path / "fit.json").read_text())["leave one subject out"]
    before = (tmp_path / "scans.f32").stat().st_mtime_ns
    analyse(fingers, replace(plan, atlas=None, approximations=(Approximation.EXACT,)), tmp_path)
    assert (tmp_path / "scans.f32").stat().st_mtime_ns == before


def test_it_can_be_cancelled_at_any_time(fingers, tmp_path):
    for most in (2, 40, 90):
        calls = iter(range(10_000))

        def late(most=most, calls=calls):
            return next(calls) > most

        with pytest.raises(Cancelled):
            analyse(fingers, StudyPlan(recipe=QUICK), tmp_path, Progress(cancelled=late))
        assert not list(tmp_path.glob("*.part"))


def test_numbers_of_which_there_are_two_are_classes(fingers, saccades, tmp_path):
    table = rewritten(fingers, lambda n, row: [*row[:2], "1" if row[2] == "active" else "0"], tmp_path)
    assert make_targets(table).classes == ("0", "1")
    assert make_targets(table, Paradigm.GRADED).paradigm is Paradigm.GRADED
    assert len(make_targets(saccades, Paradigm.CLASSES).classes) == 8
    with pytest.raises(ModelError, match=r"constant|every scan"):
        make_targets(rewritten(fingers, lambda n, row: [*row[:2], "0"], tmp_path), Paradigm.GRADED)


def test_taking_means_out_can_be_left_out(fingers, tmp_path):
    plan = StudyPlan(CohortPreparation(subject_means=False), recipe=QUICK, approximations=())
    analysis = analyse(fingers, plan, tmp_path)
    assert analysis.fit.components.count == 31
    with pytest.raises(MethodError, match="y does not vary"):
        analyse(
            rewritten(fingers, lambda n, row: [*row[:2], row[1]], tmp_path), StudyPlan(), tmp_path / "out"
        )


def test_maps_asked_for_one_after_the_other_are_those_asked_for_at_once(fingers, tmp_path):
    plan = StudyPlan(
        recipe=QUICK, approximations=(Approximation.FIRST, Approximation.SECOND, Approximation.EXACT)
    )
    at_once = analyse(fingers, plan, tmp_path / "once").saliency
    found = analyse(fingers, replace(plan, approximations=()), tmp_path / "later")
    assert found.saliency is None
    for approximations in ((Approximation.SECOND,), (Approximation.EXACT, Approximation.FIRST)):
        found = add_maps(found, replace(plan, approximations=approximations), tmp_path / "later")
    assert set(found.saliency.maps) == set(at_once.maps)
    for approximation, map_ in at_once.maps.items():
        np.testing.assert_array_equal(found.saliency.maps[approximation].data, map_.data)
        assert (tmp_path / "later" / f"saliency-{approximation}.nii.gz").is_file()
    assert found.saliency.errors[Approximation.FIRST] == at_once.errors[Approximation.FIRST]
    assert set(json.loads((tmp_path / "later" / "fit.json").read_text())["maps"]) == set(
        map(str, at_once.maps)
    )
