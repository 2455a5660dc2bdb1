"""Several images and numbers of one person: in a session, in a command, and as the origin of maps."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pytest

from viewer.commands import figure, inputs
from viewer.commands.parser import CommandParser
from viewer.errors import ViewerError
from viewer.scans.grid import Grid
from viewer.scans.load import load_scan
from viewer.scans.map import Map
from viewer.scans.multichannel_scan import MultichannelScan, make_multichannel_scan
from viewer.scans.origin import Relation, map_origin
from viewer.scans.provenance import Provenance
from viewer.scans.scan import Scan
from viewer.session.cli_export import figure_command
from viewer.session.open_session import open_session
from viewer.session.recovery import RecoveryFolder, recover
from viewer.session.session import Session
from viewer.session.session_io import read_session, save_session

SHAPE = (5, 6, 7)
NAMES = ("T1", "T2", "FLAIR")


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Three images, each in a file."""
    draw = np.random.default_rng(1)
    paths = {name: tmp_path / f"{name}.nii.gz" for name in NAMES}
    for path in paths.values():
        nibabel.save(nibabel.Nifti1Image(draw.random(SHAPE, np.float32), np.eye(4)), path)
    return paths


def describe(scan: Scan) -> list[tuple[str, str]]:
    assert isinstance(scan, MultichannelScan)
    return [(name, image.hash) for name, image in scan.images.items()]


@pytest.mark.parametrize("ending", ["json", "zip"])
def test_a_session_keeps_all_images_and_numbers(files: dict[str, Path], tmp_path: Path, ending: str) -> None:
    session = Session()
    scan = load_scan(files, covariates={"age": 71.5, "sex": 1})
    session.set_scan(scan)
    session.change(image="FLAIR")
    path = save_session(session, tmp_path / f"person.session.{ending}")
    opened = open_session(path)
    assert opened.view.image == "FLAIR"
    again = opened.scan
    assert again is not None
    assert describe(again) == describe(scan)
    assert isinstance(again, MultichannelScan)
    assert again.covariates == {"age": 71.5, "sex": 1}
    assert again.hash == scan.hash


def test_a_session_keeps_the_volumes_of_one_file(files: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "four.nii.gz"
    data = np.random.default_rng(2).random((*SHAPE, 3), np.float32)
    nibabel.save(nibabel.Nifti1Image(data, np.eye(4)), path)
    session = Session()
    session.set_scan(load_scan(path, channels=NAMES))
    again = open_session(save_session(session, tmp_path / "four.session.json")).scan
    assert again is not None
    assert session.scan is not None
    assert describe(again) == describe(session.scan)


def test_a_changed_image_is_named(files: dict[str, Path], tmp_path: Path) -> None:
    session = Session()
    session.set_scan(load_scan(files))
    path = save_session(session, tmp_path / "person.session.json")
    nibabel.save(nibabel.Nifti1Image(np.ones(SHAPE, np.float32), np.eye(4)), files["FLAIR"])
    with pytest.raises(ViewerError, match=r"FLAIR\.nii\.gz: has changed since the session was saved"):
        open_session(path)


@pytest.mark.parametrize(
    ("entry", "value", "named"),
    [
        ("images", {"T2": 1}, "'scan'"),
        ("images", [{"path": "T2.nii.gz"}], "'scan.images'"),
        ("images", [{"path": "T2.nii.gz", "name": "T1"}], "'scan.images'"),
        ("covariates", [71], "'scan'"),
        ("covariates", {"age": "old"}, "'scan.covariates'"),
    ],
)
def test_a_wrong_entry_is_named(
    files: dict[str, Path], tmp_path: Path, entry: str, value: object, named: str
) -> None:
    session = Session()
    session.set_scan(load_scan(files, covariates={"age": 71}))
    path = save_session(session, tmp_path / "person.session.json")
    entries = json.loads(path.read_text())
    entries["scan"][entry] = value
    path.write_text(json.dumps(entries))
    with pytest.raises(ViewerError, match=f"its entry {named} is invalid"):
        read_session(path)


def test_images_in_memory_are_recovered(tmp_path: Path) -> None:
    grid = Grid(SHAPE, np.eye(4))
    draw = np.random.default_rng(3)
    images = {name: Scan(draw.random(SHAPE), grid, name) for name in NAMES}
    session = Session()
    scan = make_multichannel_scan(images, {"age": 71})
    session.set_scan(scan)
    folder = RecoveryFolder(tmp_path / "window")
    assert folder.write(session.snapshot())
    assert not folder.write(session.snapshot())
    _, found, lost = recover(folder.path)
    assert not lost
    assert found.scan is not None
    assert describe(found.scan) == describe(scan)
    assert found.scan.path is None


def test_a_command_names_all_images_and_numbers(files: dict[str, Path]) -> None:
    session = Session()
    scan = load_scan(files, covariates={"age": 71})
    session.set_scan(scan)
    words = shlex.split(figure_command(session, "figure.png", (100, 100), 100))
    parser = CommandParser("figure", "", "")
    figure.add_arguments(parser)
    parser.add_argument("--quiet", action="store_true")
    arguments = parser.parse_args([word for word in words[2:] if word != "--transparent"])
    again = inputs.read_scan(arguments)
    assert again.hash == scan.hash


def test_numbers_make_no_other_scan_and_another_image_does(files: dict[str, Path]) -> None:
    scan = load_scan(files, covariates={"age": 71})
    assert isinstance(scan, MultichannelScan)
    listed = {name: {"hash": image.hash} for name, image in scan.images.items()}
    made = Provenance(method="gradient", scan={"hash": scan.hash, "channels": listed})
    shown = Map(np.zeros(SHAPE), scan.grid, "map", made)
    for current, relation in (
        (scan, Relation.SAME),
        (make_multichannel_scan(scan.images, {"age": 50}), Relation.SAME),
        (scan.first, Relation.SAME),
        (make_multichannel_scan(scan.images | {"T2": scan.first}), Relation.OTHER),
        (Scan(np.ones(SHAPE), scan.grid, "other"), Relation.OTHER),
    ):
        assert map_origin(shown, current).scan_relation is relation
    alone = replace(shown, provenance=Provenance(method="gradient", scan={"hash": scan.first.hash}))
    assert map_origin(alone, scan).scan_relation is Relation.SAME
