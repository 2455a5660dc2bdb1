from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from viewer.models.loading import builtin_models
from viewer.scans.load import load_scan
from viewer.scans.map import Map
from viewer.scans.provenance import AbsorbedRelevance, Provenance, Residual

Run = Callable[..., Any]


def test_a_scan(run: Run, scan_file: Path) -> None:
    answer = run("info", scan_file)
    assert (answer.status, answer.err) == (0, "")
    lines = dict(line.split(maxsplit=1) for line in answer.out.splitlines())
    assert lines["scan"] == str(scan_file)
    assert lines["voxels"] == "16 × 18 × 14"
    assert lines["spacing"] == "3 × 3 × 3 mm"
    # In the file the first voxel axis runs to the left; its middle is at 24 − 3 · 7.5 = 1.5 mm.
    assert lines["middle"] == "R 1.5 A 5.5 S 9.5 mm"
    assert lines["axes"].startswith("RAS ")
    assert "NIfTI-1, int16, axes LAS" in lines["file"]


def test_a_scan_in_json(run: Run, scan_file: Path) -> None:
    facts = json.loads(run("info", scan_file, "--json").out)
    image = nib.as_closest_canonical(nib.load(scan_file))
    assert facts["kind"] == "scan"
    assert facts["affine"] == image.affine.tolist()
    assert facts["stored"]["affine"] == nib.load(scan_file).affine.tolist()
    assert facts["intensity"]["largest"] == float(image.get_fdata().max())
    assert len(facts["hash"]) == 64


def test_a_map_tells_how_it_was_made(run: Run, map_file: Path) -> None:
    facts = json.loads(run("info", map_file, "--json").out)
    assert facts["kind"] == "map"
    assert facts["provenance"]["method"] == "gradient"
    shown = run("info", map_file).out
    assert "method    gradient" in shown
    assert "target    patient" in shown


def test_what_biases_took_of_a_map_s_sum_is_told_beside_its_residual(
    run: Run, scan_file: Path, tmp_path: Path
) -> None:
    scan = load_scan(scan_file)
    residual = Residual("conservation", 1.25, 1.25, AbsorbedRelevance(0.75, 0.5))
    made = Provenance("lrp-epsilon", residual=residual)
    Map(np.zeros(scan.grid.shape, np.float32), scan.grid, "map", made).save(tmp_path / "map.nii")
    shown = " ".join(run("info", tmp_path / "map.nii").out.split())
    assert "residual conservation: sums to 1.25, should be 1.25" in shown
    assert "absorbed of the output: biases 0.75, stabiliser 0.5" in shown


def test_a_series_is_told_as_one(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "bold.nii"
    data = np.arange(4 * 5 * 6 * 3, dtype=np.float32).reshape(4, 5, 6, 3)
    nib.save(nib.Nifti1Image(data, np.eye(4)), path)
    assert "volumes   3; this is number 0" in run("info", path).out
    facts = json.loads(run("info", path, "--volume", 2, "--json").out)
    assert (facts["volumes"], facts["volume"]) == (3, 2)
    assert facts["intensity"]["largest"] == float(data[..., 2].max())
    answer = run("info", path, "--volume", 3)
    assert answer.status == 1
    assert "has no volume 3; it holds volumes 0 to 2" in answer.err


def test_a_model_is_told_without_loading_it(run: Run, model_file: Path) -> None:
    shown = run("info", model_file).out
    assert "classes       control, patient" in shown
    assert "input         20 × 20 × 20, field-of-view" in shown
    facts = json.loads(run("info", model_file, "--json").out)
    assert facts["kind"] == "model"
    assert facts["card"]["classes"] == ["control", "patient"]
    assert facts["tensors"]["conv1.weight"]["shape"] == [8, 1, 3, 3, 3]


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("ran"),))


def test_a_model_that_runs_code_is_told_and_does_not_run(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.chdir(tmp_path)
    torch.save({"a": Evil()}, "evil.pt", pickle_module=pickle)
    answer = run("info", "evil.pt")
    assert answer.status == 0
    assert "refused" in answer.out
    assert not Path("ran").exists()


def test_the_built_in_models(run: Run) -> None:
    entries = json.loads(run("info", "--models", "--json").out)
    assert [entry["model"] for entry in entries] == list(builtin_models())
    shown = run("info", "--models").out
    for name in builtin_models():
        assert name in shown


def test_the_built_in_scan(run: Run) -> None:
    facts = json.loads(run("info", "mni152", "--json").out)
    assert facts["shape"] == [197, 233, 189]
    assert facts["intensity"]["largest"] == 1


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("text.nii.gz", b"once upon a time", "is a text file, not an image"),
        ("empty.nii", b"", "empty"),
        ("notes.txt", b"hello", "is a text file, not an image"),
        ("bad.safetensors", b"\xff" * 40, "bad.safetensors"),
        ("empty.pt", b"", "empty.pt"),
        ("card.json", b"{}", "card.json"),
    ],
)
def test_what_is_nothing_known_is_one_line(
    run: Run, tmp_path: Path, name: str, content: bytes, line: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    answer = run("info", path)
    assert (answer.status, answer.out) == (1, "")
    assert str(path) in answer.err
    assert line in answer.err
    assert answer.err.count("\n") == 1


def test_a_truncated_scan_is_one_line(run: Run, scan_file: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.nii.gz"
    cut.write_bytes(scan_file.read_bytes()[:300])
    answer = run("info", cut)
    assert answer.status == 1
    assert answer.err.startswith(f"saliency-viewer info: {cut}: ")
    assert answer.err.count("\n") == 1


def test_a_file_that_is_not_there(run: Run, tmp_path: Path) -> None:
    answer = run("info", tmp_path / "no.nii")
    assert answer.status == 1
    assert answer.err.count("\n") == 1
    assert "no.nii" in answer.err


def test_a_session_that_carries_its_files(run: Run, scan_file: Path, tmp_path: Path) -> None:
    from viewer.scans.load import load_scan
    from viewer.session.session import Session
    from viewer.session.session_io import save_session

    session = Session()
    session.set_scan(load_scan(scan_file))
    path = save_session(session, tmp_path / "all.session.zip")
    answer = run("info", path, "--json")
    assert answer.status == 0, answer.err
    facts = json.loads(answer.out)
    assert facts["kind"] == "session"
    assert facts["scan"]["path"] == "scan/sub-01_T1w.nii.gz"
    path.write_bytes(b"PK")
    assert run("info", path).status == 1


def test_a_folder_of_dicom_is_a_scan(run: Run, tmp_path: Path) -> None:
    """The files are those of the DICOM tests in short: where they lie is tested there."""
    pydicom = pytest.importorskip("pydicom")
    for n in range(3):
        made = pydicom.Dataset()
        made.file_meta = pydicom.dataset.FileMetaDataset()
        made.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
        made.SOPClassUID, made.SOPInstanceUID = pydicom.uid.MRImageStorage, pydicom.uid.generate_uid()
        made.SeriesInstanceUID, made.Rows, made.Columns, made.SamplesPerPixel = "1.2", 4, 5, 1
        made.PhotometricInterpretation, made.BitsAllocated, made.BitsStored = "MONOCHROME2", 16, 16
        made.HighBit, made.PixelRepresentation, made.PixelSpacing = 15, 0, [1.0, 1.0]
        made.ImageOrientationPatient, made.ImagePositionPatient = [1, 0, 0, 0, 1, 0], [0.0, 0.0, 2.0 * n]
        made.PixelData = bytes(range(40))
        made.save_as(tmp_path / f"{n}.dcm", enforce_file_format=True)
    answer = run("info", tmp_path, "--json")
    assert (answer.status, answer.err) == (0, "")
    report = json.loads(answer.out)
    assert report["stored"]["format"] == "DICOM"
    assert sorted(report["spacing"]) == [1.0, 1.0, 2.0]


@pytest.mark.parametrize("option", [("--card", "nothing.json"), ("--trust",)])
def test_an_option_that_needs_the_model_loaded_is_refused_without_layers(
    run: Run, model_file: Path, option: tuple[str, ...]
) -> None:
    answer = run("info", model_file, *option)
    assert answer.status == 2
    assert f"{option[0]}: needs --layers, which loads the model" in answer.err
    assert answer.err.count("\n") == 1
    missing = run("info", model_file, "--layers", "--card", "nothing.json")
    assert missing.status == 1
    assert missing.err.count("\n") == 1
