"""A network that is run on a prepared scan: its input, the way back of its map, and what is said of it."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel
import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

import viewer
from viewer.checks.context import make_context
from viewer.errors import ScanError, ViewerError
from viewer.models.fit_report import FitVerdict
from viewer.models.input_spec import InputSpec, IntensityScaling, IntensitySpec, Placement
from viewer.models.model import Model
from viewer.models.model_card import Card
from viewer.preparation.brain_mask import BrainMask
from viewer.preparation.pipeline import prepare
from viewer.preparation.prepared import Prepared
from viewer.preparation.prepared_files import write_prepared
from viewer.preparation.registration import Registration
from viewer.preparation.requirements import Requirements
from viewer.scans.grid import Grid
from viewer.scans.load import load_map, load_scan
from viewer.scans.scan import Scan

MATRIX = np.array([[1.1, 0.1, 0.05, 4.0], [-0.1, 1.05, 0.1, -9.0], [0.02, -0.1, 1.2, 12.0], [0, 0, 0, 1]])
"""From the scan's mm to the template's."""

NETWORK_GRID = Grid((8, 9, 7), np.array([[6.0, 0, 0, -20], [0, 6, 0, -33], [0, 0, 6, -6], [0, 0, 0, 1]]))
SMALL_TEMPLATE = Grid((30, 30, 30), np.diag([3.0, 3, 3, 1]) + np.array([[0, 0, 0, -43.5]] * 3 + [[0] * 4]))

OBLIQUE = np.eye(4)
OBLIQUE[:3, :3] = Rotation.from_euler("xyz", (20, -15, 30), degrees=True).as_matrix() * 2.0
SHEARED = OBLIQUE @ np.array([[1, 0.2, 0, 0], [0, 1, -0.1, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
LIA = np.array([[-2.0, 0, 0, 0], [0, 0, 2, 0], [0, -2, 0, 0], [0, 0, 0, 1]])
STORED = {
    "RAS": np.diag([2.0, 2, 2, 1]),
    "LAS": np.diag([-2.0, 2, 2, 1]),
    "LIA": LIA,
    "oblique": OBLIQUE,
    "sheared": SHEARED,
    "thick slices": OBLIQUE @ np.diag([1, 1, 3, 1.0]),
}


def scan_file(folder: Path, affine: np.ndarray) -> Path:
    """Write noise around the middle of the network's grid, stored as the affine says."""
    extent = np.array([90.0, 96, 84])
    shape = np.maximum(np.rint(extent / np.linalg.norm(affine[:3, :3], axis=0)), 8).astype(int)
    placed = affine.copy()
    placed[:3, 3] = -affine[:3, :3] @ ((shape - 1) / 2)
    values = np.random.default_rng(0).uniform(50, 100, shape).astype(np.float32)
    image = nibabel.Nifti1Image(values, placed)
    image.set_sform(placed, 1)
    path = folder / "head.nii"
    nibabel.save(image, path)
    return path


def registration(correlation: float = 0.6, kind: str = "affine", matrix: np.ndarray = MATRIX) -> Registration:
    return Registration(matrix, kind, 0.97, correlation, 1.0, 0.0, "mni152")


def prepared_by(scan: Scan, **measured: object) -> Prepared:
    return prepare(scan, Requirements("affine"), transform=registration(**measured), grid=SMALL_TEMPLATE)


def spec(**entries: object) -> InputSpec:
    usual = {
        "shape": NETWORK_GRID.shape,
        "placement": Placement.AFFINE,
        "affine": tuple(map(tuple, NETWORK_GRID.affine.tolist())),
        "space": "affine",
        "intensity": IntensitySpec(IntensityScaling.NONE),
    }
    return InputSpec(**(usual | entries))


def linear_model(card_input: InputSpec, weights: np.ndarray) -> Model:
    """Return the network whose outputs are sums of the input's voxels times weights (outputs, spatial...)."""
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(weights[0].size, len(weights)))
    network[1].weight.data = torch.from_numpy(weights.reshape(len(weights), -1).astype(np.float32))
    card = Card("linear", classes=tuple("xyz"), input=card_input)
    return Model.from_module(network, torch.zeros(1, 1, *weights.shape[1:]), card)


def coordinates(grid: Grid) -> np.ndarray:
    """Return x, y and z in mm of every voxel, (3, *shape)."""
    return np.moveaxis(grid.to_world(np.moveaxis(np.indices(grid.shape), 0, -1)), -1, 0)


@pytest.fixture(scope="module")
def ramps() -> Model:
    """The network whose gradient at a voxel is its x, y or z in the template's mm."""
    return linear_model(spec(), coordinates(NETWORK_GRID))


@pytest.mark.parametrize("name", STORED)
def test_the_map_on_the_scan_as_given_is_where_the_network_saw_it(
    name: str, ramps: Model, tmp_path: Path
) -> None:
    scan = load_scan(scan_file(tmp_path, STORED[name]))
    made = prepared_by(scan)
    for axis, target in enumerate("xyz"):
        found = viewer.explain(
            ramps, scan, "gradient", target=target, prepare=made, device="cpu", sign="signed"
        )
        path = found.save(tmp_path / f"map-{axis}.nii")
        image = nibabel.load(path)
        original = nibabel.load(tmp_path / "head.nii")
        np.testing.assert_allclose(image.affine, original.affine, atol=1e-5)
        assert image.shape == original.shape
        voxels = np.argwhere(image.get_fdata() != 0)
        mm = nibabel.affines.apply_affine(original.affine, voxels)
        seen = nibabel.affines.apply_affine(MATRIX, mm)  # where the network saw them
        low, high = NETWORK_GRID.to_world((0, 0, 0)), NETWORK_GRID.to_world(np.array(NETWORK_GRID.shape) - 1)
        inner = ((seen > low) & (seen < high)).all(axis=1)
        assert inner.sum() > 200
        # The gradient's value there is the coordinate: it tells where it came from, to 0.001 mm.
        values = image.get_fdata()[tuple(voxels[inner].T)]
        np.testing.assert_allclose(values, seen[inner, axis], atol=1e-3)


@pytest.mark.parametrize("name", STORED)
def test_an_impulse_at_a_voxel_of_the_network_comes_back_at_its_mm(name: str, tmp_path: Path) -> None:
    scan = load_scan(scan_file(tmp_path, STORED[name]))
    voxel = (4, 4, 3)
    point = np.linalg.inv(MATRIX) @ [*NETWORK_GRID.to_world(voxel), 1]
    nearest = tuple(np.rint(scan.grid.to_voxel(point[:3])).astype(int))
    # The scan's grid moved so that the point is the centre of a voxel: the impulse must be 1 there.
    placed = scan.grid.affine.copy()
    placed[:3, 3] += point[:3] - scan.grid.to_world(nearest)
    moved = Scan(scan.data, Grid(scan.grid.shape, placed), "moved")
    weights = np.zeros((3, *NETWORK_GRID.shape))
    weights[(slice(None), *voxel)] = 1.0
    model = linear_model(spec(), weights)
    found = viewer.explain(model, moved, "gradient", target=0, prepare=prepared_by(moved), device="cpu")
    assert np.unravel_index(found.data.argmax(), found.data.shape) == nearest
    # Beside the tip a linear interpolation falls by 1/6 per mm at least: 1 to 1e-4 is 0.001 mm.
    assert found.data[nearest] == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("name", STORED)
def test_each_value_of_the_input_is_that_of_its_place_in_the_scan(name: str, tmp_path: Path) -> None:
    given = load_scan(scan_file(tmp_path, STORED[name]))
    # A ramp is interpolated without error, so that each value of the input says where it was taken from.
    for axis in range(3):
        scan = Scan(coordinates(given.grid)[axis].astype(np.float32), given.grid, "ramp")
        x = linear_model(spec(), np.ones((3, *NETWORK_GRID.shape))).prepare(prepared_by(scan))
        places = coordinates(NETWORK_GRID).reshape(3, -1)
        expected = (np.linalg.inv(MATRIX) @ np.vstack([places, np.ones(places.shape[1])]))[axis]
        np.testing.assert_allclose(x.tensor.numpy().ravel(), expected, atol=1e-3)


def test_the_network_is_shown_what_the_command_prepare_writes(ramps: Model, tmp_path: Path) -> None:
    scan = load_scan(scan_file(tmp_path, STORED["LIA"]))
    made = masked(scan)
    written = load_scan(write_prepared(made, tmp_path / "out")["prepared"])
    without = viewer.predict(ramps, written, "cpu")
    assert viewer.predict(ramps, scan, "cpu", prepare=made).logits == pytest.approx(without.logits, rel=1e-6)


@pytest.mark.parametrize(
    "placement",
    [
        {"placement": Placement.FIELD_OF_VIEW, "shape": (9, 8, 7), "affine": (), "axes": "SRA"},
        {"placement": Placement.SPACING, "shape": (9, 8, 7), "affine": (), "spacing": (4.0, 5.0, 6.0)},
        {"placement": Placement.FOREGROUND, "shape": (), "affine": (), "spacing": (5.0, 5.0, 5.0)},
    ],
    ids=["field-of-view", "spacing", "foreground"],
)
def test_a_preparation_that_moves_nothing_changes_nothing(
    placement: dict[str, object], tmp_path: Path
) -> None:
    scan = load_scan(scan_file(tmp_path, STORED["LAS"]))
    made = prepare(scan, Requirements("affine"), transform=registration(matrix=np.eye(4)), grid=scan.grid)
    card = spec(**placement, intensity=IntensitySpec(IntensityScaling.Z_SCORE, measured="scan"))
    model = Model(torch.nn.Identity(), Card("any", classes=("a",), input=card), "0" * 64)
    without, found = model.prepare(scan), model.prepare(made)
    assert found.grid.same_as(without.grid)
    np.testing.assert_allclose(found.tensor.numpy(), without.tensor.numpy(), atol=1e-6)


def test_the_grid_of_a_network_without_a_place_of_its_own_is_that_of_the_template(tmp_path: Path) -> None:
    scan = load_scan(scan_file(tmp_path, STORED["oblique"]))
    card = spec(placement=Placement.FIELD_OF_VIEW, shape=(10, 10, 10), affine=())
    model = Model(torch.nn.Identity(), Card("any", classes=("a",), input=card), "0" * 64)
    found = model.prepare(prepared_by(scan))
    assert found.template_grid.same_as(SMALL_TEMPLATE.resized((10, 10, 10)))
    assert found.grid.same_as(Grid((10, 10, 10), np.linalg.inv(MATRIX) @ found.template_grid.affine))


def test_volumes_are_those_of_the_person(tmp_path: Path) -> None:
    scan = load_scan(scan_file(tmp_path, STORED["RAS"]))
    found = linear_model(spec(), np.ones((3, *NETWORK_GRID.shape))).prepare(prepared_by(scan))
    assert found.grid.voxel_volume == pytest.approx(6.0**3 / np.linalg.det(MATRIX[:3, :3]))


def masked(scan: Scan, **measured: object) -> Prepared:
    centre = np.linalg.norm(coordinates(scan.grid), axis=0)
    mask = BrainMask(centre < 25, scan.grid, "by hand")
    wanted = Requirements("affine", skull="removed")
    return prepare(scan, wanted, mask=mask, transform=registration(**measured), grid=SMALL_TEMPLATE)


def test_results_say_how_the_scan_was_prepared(ramps: Model, tmp_path: Path) -> None:
    scan = load_scan(scan_file(tmp_path, STORED["oblique"]))
    made = masked(scan)
    prediction = viewer.predict(ramps, scan, "cpu", prepare=made).as_json()
    found = viewer.explain(ramps, scan, "gradient", target="x", prepare=made, device="cpu")
    sidecar = json.loads((found.save(tmp_path / "map.nii").with_suffix(".json")).read_text())
    for block in (prediction["preparation"], sidecar["preparation"], found.provenance.preparation):
        assert [step["name"] for step in block["steps"]] == ["brain-mask", "registration", "skull", "grid"]
        assert block["affine"] == MATRIX.tolist()
        assert block["mask"] == {"method": "by hand", "hash": made.mask.hash}
        assert "problems" not in block
    assert prediction["fit"]["checks"][0]["name"] == "preparation"
    assert prediction["fit"]["checks"][0]["verdict"] == "ok"
    assert sidecar["scan"]["hash"] == scan.hash
    assert load_map(tmp_path / "map.nii").provenance.preparation == found.provenance.preparation
    words = "the scan was prepared: brain mask given, registered to the template, skull removed, resampled"
    assert words in prediction["notes"]
    assert words in sidecar["notes"]


def test_the_relevance_in_brain_skull_and_air_is_told(ramps: Model, tmp_path: Path) -> None:
    scan = load_scan(scan_file(tmp_path, STORED["oblique"]))
    made = masked(scan)
    found = viewer.explain(ramps, scan, "gradient", target="x", prepare=made, device="cpu")
    sizes = np.abs(found.data)
    brain = float(sizes[made.mask.data].sum() / sizes.sum())
    assert 0.05 < brain < 0.95
    assert found.provenance.relevance["brain"] == pytest.approx(brain, abs=1e-5)
    assert sum(found.provenance.relevance[name] for name in ("brain", "skull", "air")) == pytest.approx(1)
    assert any(
        f"{brain:.0%} of the map's relevance lies in the brain" in one for one in found.provenance.notes
    )


def test_a_registration_that_failed_is_unfit_and_a_note(ramps: Model, tmp_path: Path) -> None:
    scan = load_scan(scan_file(tmp_path, STORED["oblique"]))
    made = masked(scan, correlation=0.1)
    assert made.problems
    prediction = viewer.predict(ramps, scan, "cpu", prepare=made)
    (check,) = [one for one in prediction.fit.checks if one.name == "preparation"]
    assert check.verdict is FitVerdict.UNFIT
    assert made.problems[0] in check.sentence
    assert prediction.fit.verdict is FitVerdict.UNFIT
    assert made.problems[0] in prediction.notes
    found = viewer.explain(ramps, scan, "gradient", target="x", prepare=made, device="cpu")
    assert made.problems[0] in found.provenance.notes
    assert found.provenance.preparation["problems"] == list(made.problems)
    fit = viewer.check_fit(ramps, scan, prepare=made, device="cpu")
    assert fit.checks[0] == check


def test_thick_slices_are_still_told_of_a_prepared_scan(ramps: Model, tmp_path: Path) -> None:
    scan = load_scan(scan_file(tmp_path, OBLIQUE @ np.diag([1, 1, 6, 1.0])))
    fit = viewer.check_fit(ramps, scan, prepare=prepared_by(scan), device="cpu")
    (check,) = [one for one in fit.checks if one.name == "field of view"]
    assert "2 × 2 × 12 mm" in check.sentence


def test_a_preparation_of_another_scan_is_refused(ramps: Model, tmp_path: Path) -> None:
    scan = load_scan(scan_file(tmp_path, STORED["RAS"]))
    other = Scan(scan.data + 1, scan.grid, "other")
    with pytest.raises(ScanError, match="prepare this scan"):
        viewer.predict(ramps, other, "cpu", prepare=prepared_by(scan))
    with pytest.raises(ValueError, match="'brain' is unknown; choose none, card"):
        viewer.predict(ramps, scan, "cpu", prepare="brain")


def test_a_missing_package_is_one_line(ramps: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "deepbet", None)
    scan = load_scan(scan_file(tmp_path, STORED["RAS"]))
    with pytest.raises(ViewerError, match="lacks the package deepbet") as refused:
        viewer.predict(ramps, scan, "cpu", prepare="card")
    assert "\n" not in str(refused.value)


@pytest.mark.slow
def test_checks_work_on_the_prepared_scan_and_say_so(tmp_path: Path) -> None:
    scan = load_scan(scan_file(tmp_path, STORED["oblique"]))
    made = masked(scan)
    model = linear_model(spec(), np.random.default_rng(1).normal(size=(3, *NETWORK_GRID.shape)))
    found = viewer.explain(model, scan, "input-times-gradient", target="x", prepare=made, device="cpu")
    checked = viewer.check(
        model, scan, found, kinds=["conservation", "deletion", "repeatability"], device="cpu", prepare=made
    )
    # The network's output for the prepared scan, and the map recomputed from its provenance, are the same.
    output = viewer.predict(model, scan, "cpu", prepare=made).logits[0]
    assert checked.context.original_scores[0] == pytest.approx(output, rel=1e-5)
    (explanation,) = checked.explanations
    assert explanation.unavailable_reason == ""
    assert "gives the same map" in explanation.notes[0]
    assert checked.as_json()["preparation"]["affine"] == MATRIX.tolist()
    assert any(one.startswith("the scan was prepared") for one in checked.notes)


def test_the_verdict_of_a_report_is_that_of_the_prepared_scan(tmp_path: Path) -> None:
    scan = load_scan(scan_file(tmp_path, STORED["oblique"]))
    made = masked(scan)
    model = linear_model(spec(), np.random.default_rng(1).normal(size=(3, *NETWORK_GRID.shape)))
    context = make_context(model, scan, "x", device="cpu", prepare=made)
    assert context.fit.as_json() == viewer.check_fit(model, scan, prepare=made, device="cpu").as_json()
    raw = make_context(model, scan, "x", device="cpu")
    assert raw.fit.as_json() == viewer.check_fit(model, scan, device="cpu").as_json()
    assert raw.fit.as_json() != context.fit.as_json()


def test_several_images_are_moved_by_the_transform_of_one(tmp_path: Path) -> None:
    given = load_scan(scan_file(tmp_path, STORED["oblique"]))
    other = Grid((40, 44, 20), np.diag([2.5, 2.5, 5.0, 1]) + np.array([[0, 0, 0, -48.0]] * 3 + [[0] * 4]))
    t1 = Scan(coordinates(given.grid)[0].astype(np.float32), given.grid, "t1")
    flair = Scan(coordinates(other)[1].astype(np.float32), other, "flair")
    scan = viewer.load_scan({"FLAIR": flair, "T1": t1})
    made = prepared_by(scan)
    card = Card("two", classes=("a",), input=spec(channels=2))
    x = Model(torch.nn.Identity(), card, "0" * 64).prepare(made).tensor
    places = coordinates(NETWORK_GRID).reshape(3, -1)
    expected = np.linalg.inv(MATRIX) @ np.vstack([places, np.ones(places.shape[1])])
    np.testing.assert_allclose(x[0, 0].numpy().ravel(), expected[1], atol=1e-3)
    np.testing.assert_allclose(x[0, 1].numpy().ravel(), expected[0], atol=1e-3)


def test_regions_of_an_atlas_in_the_template_are_removed_where_the_network_sees_them(tmp_path: Path) -> None:
    scan = load_scan(scan_file(tmp_path, STORED["LIA"]))
    x, y, z = coordinates(NETWORK_GRID)
    labels = (1 + (x > 0) + 2 * (y > -9) + 4 * (z > 12)).astype(np.int16)
    image = nibabel.Nifti1Image(labels, NETWORK_GRID.affine)
    image.set_sform(NETWORK_GRID.affine, 4)
    nibabel.save(image, tmp_path / "octants.nii")
    names = "".join(f"{n}\tregion-{n}\n" for n in range(1, 9))
    (tmp_path / "octants.tsv").write_text(f"index\tname\n{names}")
    weights = np.random.default_rng(2).normal(size=(3, *NETWORK_GRID.shape))
    model = linear_model(spec(), weights)
    made = prepared_by(scan)
    seen = model.prepare(made).tensor[0, 0].numpy()
    table = viewer.regions(model, scan, tmp_path / "octants.nii", target="x", device="cpu", prepare=made)
    assert table.notes == ()
    effects = {row.region: row.effect for row in table}
    for number in range(1, 9):
        # The network is linear: what is lost with a region is the sum of its voxels times their weights.
        expected = float((weights[0] * seen)[labels == number].sum())
        assert effects[f"region-{number}"] == pytest.approx(expected, abs=1e-2)
    voxels = {row.region: row.voxels for row in table}
    assert voxels == {f"region-{n}": int((labels == n).sum()) for n in range(1, 9)}
    # Without the preparation the same atlas is not known to fit, and its names say so.
    plain = viewer.regions(model, scan, tmp_path / "octants.nii", target="x", device="cpu")
    assert all(row.region.endswith(" ?") for row in plain)


def test_a_box_and_a_point_in_mm_are_those_of_the_scan_as_given(tmp_path: Path) -> None:
    scan = load_scan(scan_file(tmp_path, STORED["oblique"]))
    network = torch.nn.Conv3d(1, 2, 1)
    card = Card("dense", classes=("a", "b"), kind="segmentation", input=spec())
    model = Model.from_module(network, torch.zeros(1, 1, *NETWORK_GRID.shape), card)
    made = prepared_by(scan)
    box = ((-12.0, -10.0, -14.0), (9.0, 13.0, 8.0))
    text = "box:" + ",".join(f"{value:g}" for corner in box for value in corner)
    found = viewer.explain(
        model, scan, "gradient", target="b", region=text, prepare=made, device="cpu", grid="model"
    )
    # A 1 × 1 × 1 convolution has its gradient in the box alone: the box of the scan, not of the template.
    points = np.moveaxis(coordinates(made.grid_to_original(NETWORK_GRID)), 0, -1)
    inside = ((points >= box[0]) & (points <= box[1])).all(-1)
    assert 10 < inside.sum() < inside.size / 2
    np.testing.assert_array_equal(found.data != 0, inside)
