"""The preparation of the scan in a session: observed, kept with its scan, saved and opened again."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pytest

import viewer
from viewer.errors import ViewerError
from viewer.models.model import Model
from viewer.preparation.brain_mask import BrainMask
from viewer.preparation.pipeline import prepare
from viewer.preparation.prepared import Prepared, StepRecord
from viewer.preparation.registration import Registration
from viewer.preparation.requirements import Requirements
from viewer.scans.atlas import LabelAtlas, region_at
from viewer.scans.atlas_space import atlas_warning
from viewer.scans.grid import Grid
from viewer.scans.load import load_scan
from viewer.scans.map import Map
from viewer.scans.provenance import Provenance
from viewer.scans.scan import Scan, StoredOrientation
from viewer.session.network_command import explain_command, predict_command
from viewer.session.recovery import RecoveryFolder, recover
from viewer.session.session import Session

MATRIX = np.array([[1.1, 0.1, 0.05, 4.0], [-0.1, 1.05, 0.1, -9.0], [0.02, -0.1, 1.2, 12.0], [0, 0, 0, 1]])
TEMPLATE = Grid((20, 22, 18), np.diag([5.0, 5, 5, 1]) + np.array([[0, 0, 0, -45.0]] * 3 + [[0] * 4]))


@pytest.fixture
def scan(tmp_path: Path) -> Scan:
    """A scan in scanner space, stored L I A."""
    affine = np.array([[-4.0, 0, 0, 40], [0, 0, 4, -42], [0, -4, 0, 38], [0, 0, 0, 1]])
    values = np.random.default_rng(0).uniform(50, 100, (20, 19, 22)).astype(np.float32)
    image = nibabel.Nifti1Image(values, affine)
    image.set_sform(affine, 1)
    image.set_qform(affine, 1)
    nibabel.save(image, tmp_path / "head.nii.gz")
    return load_scan(tmp_path / "head.nii.gz")


def prepared_by(scan: Scan, skull: str = "removed", correlation: float = 0.55) -> Prepared:
    inside = np.random.default_rng(1).random(scan.grid.shape) > 0.4
    for axis in range(3):
        np.moveaxis(inside, axis, 0)[[0, -1]] = False
    mask = BrainMask(inside, scan.grid, "by hand", 1.5)
    made = Registration(MATRIX, "affine", 0.96, correlation, 1.0, 2.5, "mni152", "SimpleITK")
    wanted = Requirements("affine", skull=skull)
    return prepare(scan, wanted, mask=mask if skull == "removed" else None, transform=made, grid=TEMPLATE)


@pytest.fixture
def session(scan: Scan) -> Session:
    shown = Session()
    shown.set_scan(scan)
    return shown


def test_a_preparation_is_told_to_whoever_shows_it_and_resets_the_prediction(
    session: Session, scan: Scan
) -> None:
    told: list[str] = []
    session.subscribe(lambda: told.append("preparation"), "preparation")
    session.subscribe(lambda: told.append("prediction"), "prediction")
    made = prepared_by(scan)
    session.set_preparation(made)
    assert sorted(told) == ["prediction", "preparation"]
    assert session.preparation.registration is made.registration
    session.set_preparation(None)
    assert session.preparation is None
    assert told.count("preparation") == 2


def test_another_scan_ends_it_and_the_same_with_another_age_does_not(session: Session, scan: Scan) -> None:
    session.set_preparation(prepared_by(scan))
    session.set_scan(viewer.load_scan({"": scan}, covariates={"age": 71.0}))
    assert session.preparation is not None
    assert session.preparation.original.covariates == {"age": 71.0}
    assert session.preparation.native.covariates == {"age": 71.0}
    told: list[int] = []
    session.subscribe(lambda: told.append(1), "preparation")
    session.set_scan(Scan(scan.data + 1, scan.grid, "other"))
    assert session.preparation is None
    assert told == [1]
    with pytest.raises(ValueError, match="another scan"):
        session.set_preparation(prepared_by(scan))


@pytest.mark.slow
def test_the_region_under_the_crosshair_is_looked_up_through_the_transform(
    session: Session, scan: Scan
) -> None:
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    affine[:3, 3] = (-91, -126, -72)
    grid = Grid((91, 109, 91), affine)
    points = grid.to_world(np.moveaxis(np.indices(grid.shape), 0, -1))
    labels = np.where(points[..., 0] > 0, 2, 1) * (np.abs(points).max(-1) < 25)
    labels = labels.astype(np.int32)
    stored = StoredOrientation(grid, xform_codes=(0, 4))
    session.set_atlas(LabelAtlas("sides", grid, labels, {1: "left", 2: "right"}, stored=stored))
    point = (-2.0, -3.0, 5.0)  # x is 1.75 mm in the template: 1.1 · -2 + 0.1 · -3 + 0.05 · 5 + 4
    assert region_at(session.atlas, point) == "left ?"
    session.set_preparation(prepared_by(scan))
    assert atlas_warning(session.atlas) == ""
    assert region_at(session.atlas, point) == "right"
    session.set_preparation(prepared_by(scan, correlation=0.1))
    assert region_at(session.atlas, point) == "right ?"
    assert "registration failed" in atlas_warning(session.atlas)
    session.set_preparation(None)
    assert region_at(session.atlas, point) == "left ?"


def assert_same(found: Prepared | None, made: Prepared) -> None:
    assert found is not None
    assert found.as_json() == made.as_json()
    assert found.requirements == made.requirements
    assert found.problems == made.problems
    np.testing.assert_array_equal(found.scan.data, made.scan.data)
    np.testing.assert_array_equal(found.native.data, made.native.data)
    assert found.scan.grid.same_as(made.scan.grid, 0.0)
    if made.mask is not None:
        np.testing.assert_array_equal(found.mask.data, made.mask.data)
        assert found.mask.method == made.mask.method
        assert found.mask.hash == made.mask.hash


@pytest.mark.parametrize("skull", ["removed", "kept"])
@pytest.mark.parametrize("ending", [".session.json", ".session.zip"])
def test_it_is_saved_with_the_session_and_comes_back_the_same(
    session: Session, scan: Scan, tmp_path: Path, ending: str, skull: str
) -> None:
    made = prepared_by(scan, skull)
    session.set_preparation(made)
    path = viewer.save_session(session, tmp_path / f"one{ending}")
    found = viewer.open_session(path)
    assert_same(found.preparation, made)
    # Saved once more, it takes the mask's file that is there.
    before = sorted(one.name for one in tmp_path.iterdir())
    viewer.save_session(session, path)
    assert sorted(one.name for one in tmp_path.iterdir()) == before


def test_the_mask_is_an_image_that_other_programs_read(session: Session, scan: Scan, tmp_path: Path) -> None:
    made = prepared_by(scan)
    session.set_preparation(made)
    viewer.save_session(session, tmp_path / "one.session.json")
    entry = json.loads((tmp_path / "one.session.json").read_text())["preparation"]
    assert entry["registration"]["affine"] == MATRIX.tolist()
    mask, head = nibabel.load(tmp_path / entry["mask"]["path"]), nibabel.load(tmp_path / "head.nii.gz")
    np.testing.assert_allclose(mask.affine, head.affine, atol=1e-5)
    inside = scan.stored.from_canonical(made.mask.data.astype(np.float32)) > 0
    np.testing.assert_array_equal(mask.get_fdata() > 0, inside)


def test_a_mask_that_changed_since_is_told(session: Session, scan: Scan, tmp_path: Path) -> None:
    session.set_preparation(prepared_by(scan))
    path = viewer.save_session(session, tmp_path / "one.session.json")
    name = json.loads(path.read_text())["preparation"]["mask"]["path"]
    image = nibabel.load(tmp_path / name)
    nibabel.save(nibabel.Nifti1Image(1 - image.get_fdata(), image.affine), tmp_path / name)
    with pytest.raises(ViewerError, match="has changed since the session was saved"):
        viewer.open_session(path)


def test_a_file_of_another_is_not_written_over(session: Session, scan: Scan, tmp_path: Path) -> None:
    (tmp_path / "one-mask.nii.gz").write_text("somebody's")
    session.set_preparation(prepared_by(scan))
    path = viewer.save_session(session, tmp_path / "one.session.json")
    assert (tmp_path / "one-mask.nii.gz").read_text() == "somebody's"
    assert viewer.open_session(path).preparation is not None


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (("registration", "affine"), [[0.0] * 4] * 4),
        (("registration", "affine"), "x"),
        (("registration", "kind"), "warp"),
        (("registration", "correlation"), None),
        (("grid", "shape"), [4000, 4000, 4000]),
        (("grid", "shape"), [4, 4]),
        (("requirements", "space"), "elsewhere"),
        (("requirements", "template"), "colin27"),
        (("mask",), 7),
        (("steps",), "many"),
        (("steps",), [{"name": 3}]),
    ],
)
@pytest.mark.sampled(3)
def test_an_entry_that_makes_no_sense_is_named(
    session: Session, scan: Scan, tmp_path: Path, keys: tuple[str, ...], value: object
) -> None:
    session.set_preparation(prepared_by(scan))
    path = viewer.save_session(session, tmp_path / "one.session.json")
    entries = json.loads(path.read_text())
    place = entries["preparation"]
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    path.write_text(json.dumps(entries))
    with pytest.raises(ViewerError, match=r"its entry '(preparation|mask)' is invalid"):
        viewer.open_session(path)


@pytest.mark.slow
def test_it_comes_back_after_a_crash(session: Session, scan: Scan, tmp_path: Path) -> None:
    made = prepared_by(scan)
    session.set_preparation(made)
    folder = RecoveryFolder(tmp_path / "home" / "one")
    assert folder.write(session.snapshot())
    assert not folder.write(session.snapshot())
    _, shown, lost = recover(folder.path)
    assert not lost
    assert_same(shown.preparation, made)


def test_a_session_without_a_preparation_is_written_as_before(session: Session, tmp_path: Path) -> None:
    path = viewer.save_session(session, tmp_path / "one.session.json")
    assert "preparation" not in json.loads(path.read_text())
    assert viewer.open_session(path).preparation is None


def demo_session(scan: Scan, **card: object) -> Session:
    shown = Session()
    shown.set_scan(scan)
    model = viewer.load_model("demo")
    asked = replace(model.card, input=replace(model.card.input, **card))
    shown.set_model(Model(model.module(), asked, model.hash, model.path))
    return shown


def test_the_command_of_a_prediction_prepares_as_the_card_asks_for(scan: Scan) -> None:
    session = demo_session(scan, space="affine", skull="removed")
    assert shlex.split(predict_command(session))[1:] == ["predict", str(scan.path), "--model", "demo"]
    found = prepared_by(scan)
    session.set_preparation(replace(found, steps=tuple(map(as_found, found.steps))))
    assert shlex.split(predict_command(session))[-2:] == ["--prepare", "card"]
    session.set_preparation(found)
    with pytest.raises(ViewerError, match="with a brain-mask that was given"):
        predict_command(session)
    session = demo_session(scan, space="affine", skull="kept")
    session.set_preparation(replace(found, steps=tuple(map(as_found, found.steps))))
    with pytest.raises(ViewerError, match="differently from what the card requires"):
        predict_command(session)


def as_found(step: StepRecord) -> StepRecord:
    methods = {"brain-mask": "deepbet", "registration": "SimpleITK"}
    named = {"method": methods[step.name]} if step.name in methods else {}
    return replace(step, parameters={**step.parameters, **named})


def test_the_command_of_a_map_computes_it_again(scan: Scan) -> None:
    from viewer.commands import explain
    from viewer.commands.parser import CommandParser

    session = demo_session(scan, space="affine", skull="removed")
    found = prepared_by(scan)
    found = replace(found, steps=tuple(map(as_found, found.steps)))
    made = Provenance(
        method="smoothgrad",
        parameters={"samples": 7, "inner": "gradient"},
        target="lesion",
        seed=3,
        model={"hash": session.model.hash},
        scan={"name": scan.name, "hash": scan.hash},
        preparation=found.as_json(),
    )
    command = explain_command(session, Map(scan.data, scan.grid, "map", made), "again.nii.gz")
    program, name, *words = shlex.split(command)
    assert (program, name) == ("saliency-viewer", "explain")
    parser = CommandParser("explain", "", "")
    explain.add_arguments(parser)
    read = parser.parse_args(words)
    assert (read.method, read.target, read.seed, read.prepare) == ("smoothgrad", "lesion", 3, "card")
    assert sorted(read.set) == ["inner=gradient", "samples=7"]
    assert (read.scan, read.model, read.output) == ([str(scan.path)], "demo", "again.nii.gz")
    other = replace(made, scan={"name": "x", "hash": "f" * 64})
    with pytest.raises(ViewerError, match="not computed by this network for this scan"):
        explain_command(session, Map(scan.data, scan.grid, "map", other), "again.nii.gz")
