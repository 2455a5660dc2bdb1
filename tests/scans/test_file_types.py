"""What a file is, from a glance at it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from viewer.errors import ScanError
from viewer.scans.file_types import FileType, ImageFormat, detect_file_type, detect_image_format, image_stem
from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.provenance import Provenance

NIBABEL = Path(nib.__file__).parent / "tests" / "data"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("scans/t1_crop.nii.gz", FileType.SCAN),
        ("scans/spm152.nii.gz", FileType.SCAN),
        ("maps/spmMotor.nii.gz", FileType.MAP),
        ("maps/mean_LRPmap_ADNI2_AD_pos.nii.gz", FileType.MAP),
        ("maps/sensitivity_analysis_relevance_map.nii.gz", FileType.MAP),
        ("atlas/aal.nii.gz", FileType.ATLAS),
        ("adnet/AD_pretrained_weights.pt", FileType.MODEL),
    ],
)
def test_real_files(real_data, name, kind):
    assert detect_file_type(real_data / name) is kind


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("anatomical.nii", ImageFormat.NIFTI1),
        ("example4d.nii.gz", ImageFormat.NIFTI1),
        ("nifti1.hdr", ImageFormat.NIFTI1),
        ("example_nifti2.nii.gz", ImageFormat.NIFTI2),
        ("nifti2.hdr", ImageFormat.NIFTI2),
        ("analyze.hdr", ImageFormat.ANALYZE),
        ("test.mgz", ImageFormat.MGH),
        ("tiny.mnc", ImageFormat.MINC1),
        ("small.mnc", ImageFormat.MINC2),
        ("scaled+tlrc.BRIK", ImageFormat.AFNI),
        ("example4d+orig.BRIK.gz", ImageFormat.AFNI),
        ("T1.PAR", ImageFormat.PARREC),
        ("0.dcm", ImageFormat.DICOM),
    ],
)
def test_formats(name, form):
    assert detect_image_format(NIBABEL / name) is form
    assert detect_file_type(NIBABEL / name) is FileType.SCAN


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("simple.trk", "fibre tracts"),
        ("README.rst", "text file"),
        ("tinypet.v", "not an image of a known format"),
    ],
)
def test_what_is_no_volume(name, expected):
    with pytest.raises(ScanError, match=expected):
        detect_image_format(NIBABEL / name)
    assert detect_file_type(NIBABEL / name) is FileType.UNKNOWN


@pytest.mark.parametrize("name", ["participants.tsv", "study.CSV"])
def test_tables(tmp_path, name):
    assert detect_file_type(tmp_path / name) is FileType.TABLE


def test_surfaces():
    folder = Path(nib.__file__).parent / "gifti" / "tests" / "data"
    with pytest.raises(ScanError, match="GIFTI surface"):
        detect_image_format(folder / "ascii.gii")


def test_a_saved_map_is_one(tmp_path, noise):
    new = Map(noise, Grid(noise.shape, np.eye(4)), "a", Provenance(method="gradient"))
    path = new.save(tmp_path / "a.nii.gz")
    assert detect_file_type(path) is FileType.MAP
    (tmp_path / "a.json").unlink()
    assert detect_file_type(path) is FileType.MAP


@pytest.mark.parametrize(
    ("intent", "kind"), [("t test", FileType.MAP), ("label", FileType.ATLAS), ("none", FileType.SCAN)]
)
@pytest.mark.parametrize("image", [nib.Nifti1Image, nib.Nifti2Image])
@pytest.mark.parametrize("order", ["<", ">"])
def test_intent_codes(tmp_path, noise, intent, kind, image, order):
    header = image.header_class(endianness=order)
    header.set_intent(intent, (3,) if intent == "t test" else ())
    image(noise, np.eye(4), header).to_filename(tmp_path / "a.nii")
    assert detect_file_type(tmp_path / "a.nii") is kind


def test_labels_beside_make_an_atlas(tmp_path, noise):
    nib.Nifti1Image(noise, np.eye(4)).to_filename(tmp_path / "regions.nii.gz")
    assert detect_file_type(tmp_path / "regions.nii.gz") is FileType.SCAN
    (tmp_path / "regions.json").write_text(json.dumps({"labels": ["none", "a"]}))
    assert detect_file_type(tmp_path / "regions.nii.gz") is FileType.ATLAS


@pytest.mark.parametrize(
    ("entries", "kind"),
    [
        ({"view": {}, "scan": "a.nii"}, FileType.SESSION),
        ({"architecture": "adnet"}, FileType.MODEL),
        ({"RepetitionTime": 2}, FileType.UNKNOWN),
        ([1], FileType.UNKNOWN),
    ],
)
def test_json(tmp_path, entries, kind):
    (tmp_path / "a.json").write_text(json.dumps(entries))
    assert detect_file_type(tmp_path / "a.json") is kind


def test_nothing_is_no_crash(tmp_path):
    (tmp_path / "empty").touch()
    for path in (tmp_path, tmp_path / "empty", tmp_path / "missing.nii.gz", tmp_path / "missing.json"):
        assert detect_file_type(path) is FileType.UNKNOWN
    assert detect_file_type("mni152") is FileType.SCAN


def test_stems():
    assert image_stem(Path("sub-01_T1w.nii.gz")) == "sub-01_T1w"
    assert image_stem(Path("a.b.MGZ")) == "a.b"
    assert image_stem(Path("a+orig.BRIK.gz")) == "a+orig"
    assert image_stem(Path("weights.pt")) == "weights.pt"
    assert image_stem(Path(".nii")) == ".nii"


def test_nothing_heavy_is_imported():
    """The room is there before nibabel, scipy, nilearn or torch are."""
    modules = [
        "clusters",
        "describe",
        "foreground",
        "nibabel_formats",
        "nifti_header",
        "file_types",
        "map",
        "orientation",
        "nifti_analyze_mgh",
    ]
    modules += ["load", "atomic_write", "resample", "sidecar", "image_source", "safe_io", "threshold", "save"]
    code = (
        f"import sys, importlib\nfor name in {modules}: importlib.import_module('viewer.scans.' + name)\n"
        "print([name for name in ('nibabel', 'scipy', 'nilearn', 'torch', 'skimage') if name in sys.modules])"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
