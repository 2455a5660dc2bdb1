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
from viewer.scans.grid import Grid
from viewer.scans.kinds import FileKind, Format, image_format, recognise, stem
from viewer.scans.map import Map
from viewer.scans.provenance import Provenance

NIBABEL = Path(nib.__file__).parent / "tests" / "data"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("scans/t1_crop.nii.gz", FileKind.SCAN),
        ("scans/spm152.nii.gz", FileKind.SCAN),
        ("maps/spmMotor.nii.gz", FileKind.MAP),
        ("maps/mean_LRPmap_ADNI2_AD_pos.nii.gz", FileKind.MAP),
        ("maps/sensitivity_analysis_relevance_map.nii.gz", FileKind.MAP),
        ("atlas/aal.nii.gz", FileKind.ATLAS),
        ("adnet/AD_pretrained_weights.pt", FileKind.MODEL),
    ],
)
def test_real_files(real_data, name, kind):
    assert recognise(real_data / name) is kind


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("anatomical.nii", Format.NIFTI1),
        ("example4d.nii.gz", Format.NIFTI1),
        ("nifti1.hdr", Format.NIFTI1),
        ("example_nifti2.nii.gz", Format.NIFTI2),
        ("nifti2.hdr", Format.NIFTI2),
        ("analyze.hdr", Format.ANALYZE),
        ("test.mgz", Format.MGH),
        ("tiny.mnc", Format.MINC1),
        ("small.mnc", Format.MINC2),
        ("scaled+tlrc.BRIK", Format.AFNI),
        ("example4d+orig.BRIK.gz", Format.AFNI),
        ("T1.PAR", Format.PARREC),
        ("0.dcm", Format.DICOM),
    ],
)
def test_formats(name, form):
    assert image_format(NIBABEL / name) is form
    assert recognise(NIBABEL / name) is FileKind.SCAN


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("simple.trk", "fibre tracts"),
        ("README.rst", "text file"),
        ("tinypet.v", "not an image of a known format"),
    ],
)
def test_what_is_no_volume(name, told):
    with pytest.raises(ScanError, match=told):
        image_format(NIBABEL / name)
    assert recognise(NIBABEL / name) is FileKind.UNKNOWN


@pytest.mark.parametrize("name", ["participants.tsv", "study.CSV"])
def test_tables(tmp_path, name):
    assert recognise(tmp_path / name) is FileKind.TABLE


def test_surfaces():
    folder = Path(nib.__file__).parent / "gifti" / "tests" / "data"
    with pytest.raises(ScanError, match="GIFTI surface"):
        image_format(folder / "ascii.gii")


def test_a_saved_map_is_one(tmp_path, noise):
    new = Map(noise, Grid(noise.shape, np.eye(4)), "a", Provenance(method="gradient"))
    path = new.save(tmp_path / "a.nii.gz")
    assert recognise(path) is FileKind.MAP
    (tmp_path / "a.json").unlink()
    assert recognise(path) is FileKind.MAP


@pytest.mark.parametrize(
    ("intent", "kind"), [("t test", FileKind.MAP), ("label", FileKind.ATLAS), ("none", FileKind.SCAN)]
)
@pytest.mark.parametrize("image", [nib.Nifti1Image, nib.Nifti2Image])
@pytest.mark.parametrize("order", ["<", ">"])
def test_intent_codes(tmp_path, noise, intent, kind, image, order):
    header = image.header_class(endianness=order)
    header.set_intent(intent, (3,) if intent == "t test" else ())
    image(noise, np.eye(4), header).to_filename(tmp_path / "a.nii")
    assert recognise(tmp_path / "a.nii") is kind


def test_labels_beside_make_an_atlas(tmp_path, noise):
    nib.Nifti1Image(noise, np.eye(4)).to_filename(tmp_path / "regions.nii.gz")
    assert recognise(tmp_path / "regions.nii.gz") is FileKind.SCAN
    (tmp_path / "regions.json").write_text(json.dumps({"labels": ["none", "a"]}))
    assert recognise(tmp_path / "regions.nii.gz") is FileKind.ATLAS


@pytest.mark.parametrize(
    ("entries", "kind"),
    [
        ({"view": {}, "scan": "a.nii"}, FileKind.SESSION),
        ({"architecture": "adnet"}, FileKind.MODEL),
        ({"RepetitionTime": 2}, FileKind.UNKNOWN),
        ([1], FileKind.UNKNOWN),
    ],
)
def test_json(tmp_path, entries, kind):
    (tmp_path / "a.json").write_text(json.dumps(entries))
    assert recognise(tmp_path / "a.json") is kind


def test_nothing_is_no_crash(tmp_path):
    (tmp_path / "empty").touch()
    for path in (tmp_path, tmp_path / "empty", tmp_path / "missing.nii.gz", tmp_path / "missing.json"):
        assert recognise(path) is FileKind.UNKNOWN
    assert recognise("mni152") is FileKind.SCAN


def test_stems():
    assert stem(Path("sub-01_T1w.nii.gz")) == "sub-01_T1w"
    assert stem(Path("a.b.MGZ")) == "a.b"
    assert stem(Path("a+orig.BRIK.gz")) == "a+orig"
    assert stem(Path("weights.pt")) == "weights.pt"
    assert stem(Path(".nii")) == ".nii"


def test_nothing_heavy_is_imported():
    """The room is there before nibabel, scipy, nilearn or torch are."""
    modules = [
        "clusters",
        "describe",
        "foreground",
        "foreign",
        "header",
        "kinds",
        "map",
        "orientation",
        "plain",
    ]
    modules += ["reading", "replacing", "resample", "sidecar", "source", "streams", "threshold", "writing"]
    code = (
        f"import sys, importlib\nfor name in {modules}: importlib.import_module('viewer.scans.' + name)\n"
        "print([name for name in ('nibabel', 'scipy', 'nilearn', 'torch', 'skimage') if name in sys.modules])"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
