"""The JSON beside a map: read where it makes sense, told where it does not, never a crash."""

from __future__ import annotations

import json
import os
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from viewer.errors import ScanError
from viewer.scans.grid import Grid
from viewer.scans.load import load_map
from viewer.scans.map import Map
from viewer.scans.provenance import AbsorbedRelevance, Provenance, Residual
from viewer.scans.sidecar import read_sidecar, sidecar_path, sidecar_text
from viewer.session.session import Session


@pytest.fixture
def image(tmp_path, noise):
    path = tmp_path / "map.nii.gz"
    nib.Nifti1Image(noise, np.eye(4)).to_filename(path)
    return path


def test_it_lies_beside(tmp_path):
    assert sidecar_path(tmp_path / "a.b.nii.gz") == tmp_path / "a.b.json"
    assert sidecar_path(tmp_path / "map.mgz") == tmp_path / "map.json"


def test_none(image):
    assert load_map(image).provenance == Provenance()
    assert load_map(image).notes == ()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "not valid JSON"),
        (b"not json", "not valid JSON"),
        (b"[1, 2]", "no JSON object"),
        (b'{"method": ', "not valid JSON"),
        (b"\xff\xfe\x00", "not valid JSON"),
        (b"[" * 200_000, "not valid JSON"),
        (b'{"seed": ' + b"9" * 10_000 + b"}", "not valid JSON"),
        (b'{"RepetitionTime": 2.0}', "does not say how the map was computed"),
        (b'{"method": 5, "target": "x"}', "ignored: method"),
        (b'{"method": "g", "seed": 1.5, "residual": {"kind": "x"}}', "ignored: seed, residual"),
        (
            b'{"method": "g", "parameters": [1], "notes": "a", "software": {"a": 1}}',
            "parameters, software, notes",
        ),
        (b'{"method": "g", "seconds": "fast", "residual": 3}', "ignored: residual, seconds"),
        (b'{"method": "g", "prediction": {"classes": ["a"]}}', "ignored: prediction"),
        (b'{"method": "g", "prediction": {"kind": "c", "classes": ["a", "b"], "logits": [1]}}', "prediction"),
        (b'{"method": "g", "prediction": {"kind": "c", "classes": ["a"], "logits": [1e999]}}', "prediction"),
        (b'{"method": "g", "prediction": {"kind": "c", "classes": 7, "logits": 7}}', "prediction"),
    ],
)
def test_odd_ones_are_told(image, content, expected):
    (image.parent / "map.json").write_bytes(content)
    found = load_map(image)
    assert len(found.notes) == 1
    assert expected in found.notes[0]
    assert "map.json" in found.notes[0]


def test_a_folder_of_that_name(image):
    (image.parent / "map.json").mkdir()
    assert load_map(image).provenance == Provenance()


def test_an_enormous_one_is_not_read(image):
    with (image.parent / "map.json").open("wb") as file:
        file.truncate(1 << 30)
    assert "too large" in load_map(image).notes[0]


def test_what_is_right_is_kept(image):
    entries = {
        "method": "gradient",
        "seed": True,
        "target": "b",
        "residual": {"kind": "c", "expected": 1, "found": 2},
    }
    (image.parent / "map.json").write_text(json.dumps(entries))
    provenance = load_map(image).provenance
    assert provenance.method == "gradient"
    assert provenance.target == "b"
    assert provenance.seed is None
    assert provenance.residual == Residual("c", 1.0, 2.0)


def test_what_biases_and_the_stabiliser_absorbed_is_read_as_it_is_written(image):
    residual = Residual("conservation", 1.2, 1.2, AbsorbedRelevance(0.75, 0.05))
    entries = Provenance("lrp-0", residual=residual).as_json()
    assert entries["residual"]["absorbed"] == {"biases": 0.75, "stabiliser": 0.05}
    (image.parent / "map.json").write_text(json.dumps(entries))
    assert load_map(image).provenance.residual == residual
    residual = Residual("conservation", 1.2, 1.2, AbsorbedRelevance(0.75, 0.05, 0.5), sizes=40.0)
    written = Provenance("lrp-0", residual=residual).as_json()
    (image.parent / "map.json").write_text(json.dumps(written))
    assert load_map(image).provenance.residual == residual
    assert "absorbed" not in Provenance("g", residual=Residual("c", 1.0, 2.0)).as_json()["residual"]
    entries["residual"]["absorbed"] = {"biases": "much"}
    (image.parent / "map.json").write_text(json.dumps(entries))
    assert load_map(image).provenance.residual is None


def test_the_prediction_is_read_as_it_is_written(image):
    said = {"kind": "regression", "classes": ["age"], "logits": [41.5], "value": 41.5, "unit": "years"}
    (image.parent / "map.json").write_text(json.dumps(Provenance("g", prediction=said).as_json()))
    assert load_map(image).provenance.prediction == said
    said = {"kind": "classification", "classes": ["a", "b"], "logits": [0, 1], "probabilities": [0.25, 0.75]}
    (image.parent / "map.json").write_text(json.dumps(Provenance("g", prediction=said).as_json()))
    assert load_map(image).provenance.prediction == said


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from([*Provenance.__dataclass_fields__, "kind", "expected", "found", "x"])


@given(st.dictionaries(names, values | st.dictionaries(names, values, max_size=3), max_size=6))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_json(tmp_path, entries):
    (tmp_path / "map.json").write_text(json.dumps(entries))
    provenance, notes = read_sidecar(tmp_path / "map.nii")
    assert isinstance(provenance, Provenance)
    assert len(notes) <= 1
    json.dumps(provenance.as_json())


def test_the_unit_is_told_where_the_values_promise_a_sum() -> None:
    grid = Grid((2, 2, 2), np.eye(4))
    promised = Provenance(method="lrp-0", residual=Residual("conservation", 2.0, 2.0))
    assert json.loads(sidecar_text(promised, grid))["units"] == "the model's output"
    assert "units" not in json.loads(sidecar_text(Provenance(method="features"), grid))


# What it may be written over


FOREIGN = ('{"RepetitionTime": 2.0}', '{"method": "PCASL"}', "not json", "[]")


@pytest.mark.parametrize("content", FOREIGN)
def test_a_json_that_nobody_named_is_never_replaced(tmp_path, noise, content):
    path, other = tmp_path / "sub.nii", tmp_path / "sub.json"
    other.write_text(content)
    made = Map(noise, Grid(noise.shape, np.eye(4)), "map", Provenance(method="gradient"))
    with pytest.raises(ScanError, match=r"sub\.json: was not written with a map"):
        made.save(path)
    assert other.read_text() == content
    assert not path.exists()


def test_a_json_that_is_a_folder_or_a_link_is_refused_before_the_image_is_written(tmp_path, noise):
    made = Map(noise, Grid(noise.shape, np.eye(4)), "map")
    (tmp_path / "a.json").mkdir()
    with pytest.raises(ScanError, match=r"a\.json: was not"):
        made.save(tmp_path / "a.nii")
    written = made.save(tmp_path / "b.nii")
    (tmp_path / "c.json").symlink_to(sidecar_path(written))
    with pytest.raises(ScanError, match=r"c\.json: was not"):
        made.save(tmp_path / "c.nii")
    assert not (tmp_path / "a.nii").exists()
    assert not (tmp_path / "c.nii").exists()


def test_a_map_is_written_over_with_its_json(tmp_path, noise):
    grid = Grid(noise.shape, np.eye(4))
    path = Map(noise, grid, "map", Provenance(method="lrp")).save(tmp_path / "a.nii.gz")
    Map(2 * noise, grid, "map").save(path)
    assert load_map(path).provenance.method == ""
    np.testing.assert_array_equal(load_map(path).data, 2 * noise)


def test_two_images_never_share_a_json(tmp_path, noise):
    made = Map(noise, Grid(noise.shape, np.eye(4)), "map", Provenance(method="lrp"))
    made.save(tmp_path / "a.nii.gz")
    before = (tmp_path / "a.json").read_bytes()
    with pytest.raises(ScanError, match=r"would share a\.json with a\.nii\.gz"):
        made.save(tmp_path / "a.nii")
    assert (tmp_path / "a.json").read_bytes() == before


def test_names_in_any_encoding_come_back(tmp_path, noise):
    scan_path = os.fsdecode(b"/data/M\xfcller.nii.gz")
    made = Map(noise, Grid(noise.shape, np.eye(4)), "map", Provenance(method="lrp", scan={"path": scan_path}))
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/M\xfcller_map.nii.gz"))
    made.save(path)
    again = load_map(path)
    assert os.fsencode(again.provenance.scan["path"]) == b"/data/M\xfcller.nii.gz"
    assert again.path == path
    sidecar_path(path).read_bytes().decode("utf-8")
    sidecar_path(path).unlink()
    assert load_map(path).name == "M\ufffdller_map"


def test_the_title_and_the_state_of_a_map_come_back_with_it(tmp_path: Path) -> None:
    grid = Grid((4, 5, 6), np.diag([2.0, 2.0, 2.0, 1.0]))
    made = Provenance(method="features", state="stopped at step 97 of 256")
    name = "Feature: conv1 (stopped at step 97 of 256)"
    Map(np.ones(grid.shape, np.float32), grid, name, made).save(tmp_path / "my-map2.nii.gz")
    found = load_map(tmp_path / "my-map2.nii.gz")
    assert found.name == name
    assert found.provenance.state == "stopped at step 97 of 256"
    found.save(tmp_path / "copy.nii.gz")
    assert load_map(tmp_path / "copy.nii.gz").name == name


def test_a_name_that_was_given_comes_back_with_the_map(tmp_path: Path) -> None:
    grid = Grid((3, 4, 5), np.eye(4))
    values = np.ones(grid.shape, np.float32)
    session = Session()
    made = Provenance(method="gradient", title="Gradient, ill")
    for number, provenance in enumerate((made, Provenance())):
        session.add_map(Map(values, grid, "before", provenance))
        session.rename_map(number, "What it sees")
        session.maps[number].map.save(tmp_path / "map.nii.gz")
        opened = load_map(tmp_path / "map.nii.gz")
        assert opened.name == "What it sees"
        assert (opened.provenance.method, opened.provenance.title) == (provenance.method, provenance.title)
        assert not opened.notes


def test_a_map_whose_sidecar_has_no_title_is_named_by_its_file(tmp_path: Path) -> None:
    grid = Grid((4, 5, 6), np.diag([2.0, 2.0, 2.0, 1.0]))
    Map(np.ones(grid.shape, np.float32), grid, "title").save(tmp_path / "file.nii.gz")
    assert load_map(tmp_path / "file.nii.gz").name == "file"
    (tmp_path / "file.json").write_text('{"method": "gradient", "title": "two\\nlines"}')
    assert load_map(tmp_path / "file.nii.gz").name == "two lines"
