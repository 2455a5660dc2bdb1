"""Tables of a cohort's folder, and the scans that its maps name."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from nibabel.affines import apply_affine

import viewer
from tests.cohorts.cohort_files import write_table
from viewer.cohorts.cohort_folder import read_cohort_folder
from viewer.cohorts.cohort_table import read_cohort_table
from viewer.cohorts.participant_images import open_participant
from viewer.cohorts.run_cohort import cohort
from viewer.errors import ScanError
from viewer.scans.aligned_image import alignment_matrix

MAP = "smallGradient"


@pytest.fixture(scope="module")
def computed(model_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cohort of three, one of which failed."""
    path = write_table(tmp_path_factory.mktemp("cohort") / "data", 3)
    (path.parent / "02.nii.gz").write_bytes(b"no image")
    out = path.parent.parent / "maps"
    return cohort(path, model_file, "gradient", out, target="patient", workers=1).folder


@pytest.fixture
def results(computed: Path, tmp_path: Path) -> Path:
    """The cohort's folder, and its scans beside it, for one test."""
    copied = tmp_path / "copy"
    shutil.copytree(computed.parent, copied)
    for sidecar in copied.rglob("*_relevance.json"):
        sidecar.write_text(sidecar.read_text().replace(str(computed.parent), str(copied)))
    return copied / "maps"


@pytest.mark.slow
def test_predictions_failures_and_maps_are_those_of_the_folder(results: Path, model_file: Path) -> None:
    found = read_cohort_table(results)
    assert [row.label for row in found.rows] == ["sub-01", "sub-02", "sub-03"]
    assert found.columns == ("group", "age")
    assert (found.distinct_values("age"), found.distinct_values("group")) == (
        ("60", "61", "62"),
        ("control", "patient"),
    )
    assert (found.is_numeric("age"), found.is_numeric("group")) == (True, False)
    assert [found.map_status(row, MAP) == "" for row in found.rows] == [True, False, True]
    assert "02.nii.gz" in found.map_status(found.rows[1], MAP)
    scan = viewer.load_scan(results.parent / "data" / "03.nii.gz")
    told = viewer.predict(viewer.load_model(model_file), scan)
    predicted = found.predictions["sub-03", "small"]
    assert predicted.are_probabilities
    np.testing.assert_allclose(list(predicted.outputs.values()), told.probabilities, rtol=1e-6)
    assert ("sub-02", "small") not in found.predictions
    assert not found.notes


@pytest.mark.slow
def test_a_run_that_was_not_finished_is_told(results: Path) -> None:
    (results / "predictions.tsv").unlink()
    (results / "failures.tsv").unlink()
    found = read_cohort_table(results)
    assert found.map_status(found.rows[1], MAP) == "missing"
    assert found.notes == (
        "There is no predictions.tsv: the run was not finished; the same command continues it.",
    )


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("cohort.json", "{", "is not valid JSON"),
        (
            "cohort.json",
            '{"models": {"../x": {}}, "methods": {}, "settings": {}}',
            "which is not a valid network label",
        ),
        ("cohort.json", '{"models": {}, "methods": {"a b": {}}, "settings": {}}', "not a valid method name"),
        ("participants.tsv", "participant_id\nsub-../../etc\n", "letters and digits only"),
        ("participants.tsv", "participant_id\n", "lists no participants"),
        ("predictions.tsv", "participant_id\nx\n", "does not have the columns"),
        ("failures.tsv", "participant\tdesc_id\terror\nx\n", "has 1 column instead of 3"),
    ],
)
def test_a_damaged_or_foreign_folder_is_told_in_one_line(
    cohort_folder: Callable[..., Path], name: str, content: str, problem: str
) -> None:
    home = cohort_folder()
    (home / name).write_text(content)
    with pytest.raises(ScanError) as raised:
        read_cohort_table(home)
    assert problem in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_participant_s_scan_is_opened_if_it_is_still_the_same(results: Path) -> None:
    folder = read_cohort_folder(results)
    opened = open_participant(folder, folder.rows[2], MAP)
    assert opened.scan is not None
    assert opened.scan.hash == opened.map.provenance.scan["hash"]
    scan = results.parent / "data" / "03.nii.gz"
    scan.write_bytes((scan.parent / "01.nii.gz").read_bytes())
    opened = open_participant(folder, folder.rows[2], MAP)
    assert opened.scan is None
    assert "it has changed" in opened.problem
    scan.unlink()
    opened = open_participant(folder, folder.rows[2], MAP)
    assert opened.problem.startswith(f"{scan}: the scan of sub-03 is no longer there")
    with pytest.raises(ScanError, match=r"sub-02 has no map of smallGradient; failures\.tsv"):
        open_participant(folder, folder.rows[1], MAP)


def test_the_scan_of_a_map_in_the_template_is_placed_there(results: Path) -> None:
    """The map lies in the template's mm, and the scan, in its own: where the scan is moved, both coincide."""
    folder = read_cohort_folder(results)
    path = folder.derivatives.map_path(folder.rows[0], MAP)
    sidecar = path.with_name(path.name.replace(".nii.gz", ".json"))
    matrix = [[0.9, 0.1, 0, 5], [-0.1, 1.1, 0.05, -7], [0, 0, 1, 3], [0, 0, 0, 1]]
    entries = json.loads(sidecar.read_text())
    sidecar.write_text(json.dumps(entries | {"preparation": {"scan_affine": matrix}}))
    opened = open_participant(folder, folder.rows[0], MAP)
    assert opened.scan is not None
    moved = alignment_matrix(opened.scan)
    assert moved is not None
    np.testing.assert_allclose(moved, matrix, atol=1e-9)
    # Where nibabel finds the stored voxels, whose first axis runs to the left, moved by the matrix.
    image = nib.load(results.parent / "data" / "01.nii.gz")
    assert nib.aff2axcodes(image.affine) == ("L", "A", "S")
    weights = np.asarray(image.dataobj, dtype=float)
    centre = [(places * weights).sum() / weights.sum() for places in np.indices(weights.shape)]
    expected = apply_affine(matrix, apply_affine(image.affine, centre))
    weights = opened.scan.data.astype(float)
    centre = [(places * weights).sum() / weights.sum() for places in np.indices(weights.shape)]
    np.testing.assert_allclose(opened.scan.grid.to_world(centre), expected, atol=1e-3)
    session = viewer.Session()
    session.set_scan(opened.scan)
    session.add_map(opened.map)
    assert session.current_layer is not None
    assert session.current_layer.visible
    # Over the scan as its file has it, the map would be misplaced.
    session.set_scan(viewer.load_scan(results.parent / "data" / "01.nii.gz"))
    assert session.origin(opened.map).scan_relation == "same"
    sidecar.write_text(json.dumps(entries | {"preparation": {"scan_affine": [[1, 2], [3]]}}))
    assert "is invalid" in open_participant(folder, folder.rows[0], MAP).problem
