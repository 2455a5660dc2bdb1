"""A written map lies exactly on its scan, and comes back as it was."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from viewer.errors import ScanError
from viewer.scans.atomic_write import atomic_write
from viewer.scans.grid import Grid
from viewer.scans.load import load_map, load_scan
from viewer.scans.map import Map
from viewer.scans.provenance import Provenance, Residual
from viewer.scans.save import save_map, save_volume

PROVENANCE = Provenance(
    method="integrated-gradients",
    parameters={"steps": 32, "baseline": "zero", "nested": {"a": [1, 2]}},
    target="Alzheimer's",
    layer="embedding.3",
    seed=0,
    model={"name": "ADnet", "hash": "abc"},
    scan={"name": "t1", "hash": "def"},
    residual=Residual("completeness", 2.5, 2.49),
    seconds=1.5,
    device="cpu",
    software={"torch": "2.13"},
    notes=("one", "two"),
)


def explained(scan, values=None):
    """A map on a scan's grid, as a method would answer it."""
    if values is None:
        values = np.random.default_rng(1).normal(size=scan.grid.shape)
    return Map(values.astype(np.float32), scan.grid, "map", PROVENANCE, scan.stored)


def same_place(written, source):
    """What FSLeyes and nibabel go by is equal, bit for bit, in NIfTI's 32 bits."""
    one, other = nib.load(written), nib.load(source)
    assert one.shape == other.shape[:3]
    np.testing.assert_array_equal(one.affine.astype(np.float32), other.affine.astype(np.float32))
    assert one.header["sform_code"] == other.header["sform_code"]
    return one, other


@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
def test_round_trip(placement, write, noise, tmp_path, ending):
    source = write(noise, placement)
    scan = load_scan(source)
    new = explained(scan)
    path = new.save(tmp_path / f"map{ending}")
    written, _ = same_place(path, source)
    np.testing.assert_array_equal(np.asarray(written.dataobj), scan.stored.from_canonical(new.data))
    assert written.get_data_dtype() == np.float32
    again = load_map(path)
    np.testing.assert_array_equal(again.data, new.data)
    np.testing.assert_array_equal(again.grid.affine, new.grid.affine)
    assert again.provenance == PROVENANCE
    assert again.notes == tuple(load_scan(source).notes)


@pytest.mark.parametrize(
    "name", ["scans/t1_crop.nii.gz", "scans/spm152.nii.gz", "maps/spmMotor.nii.gz", "atlas/aal.nii.gz"]
)
def test_exactly_over_real_files(real_data, tmp_path, name):
    scan = load_scan(real_data / name)
    path = explained(scan, np.zeros(scan.grid.shape)).save(tmp_path / "map.nii")
    written, source = same_place(path, real_data / name)
    assert written.header["qform_code"] == source.header["qform_code"]
    if source.header["qform_code"]:
        np.testing.assert_array_equal(
            written.get_qform().astype(np.float32), source.get_qform().astype(np.float32)
        )


def test_a_value_lands_on_its_own_voxel_of_the_real_scan(real_data, tmp_path):
    """Written in the scan's L I A order, the map of the scan is the scan, voxel for voxel."""
    source = real_data / "scans" / "t1_crop.nii.gz"
    scan = load_scan(source)
    path = explained(scan, scan.data).save(tmp_path / "map.nii")
    np.testing.assert_array_equal(np.asarray(nib.load(path).dataobj), np.asarray(nib.load(source).dataobj))


@pytest.mark.parametrize("codes", [(1, 0), (1, 1), (0, 4), (2, 4), (0, 0)])
def test_codes_are_kept(placement_named, noise, tmp_path, codes):
    placement = placement_named("oblique-LAS")
    image = nib.Nifti1Image(noise, placement)
    image.header.set_qform(placement)
    image.header.set_sform(placement)
    content = bytearray(image.to_bytes())
    header = nib.Nifti1Header(bytes(content[:348]), check=False)
    header["qform_code"], header["sform_code"] = codes
    content[:348] = header.binaryblock
    source = tmp_path / "scan.nii"
    source.write_bytes(content)
    path = explained(load_scan(source)).save(tmp_path / "map.nii")
    written, _ = same_place(path, source)
    assert (written.header["qform_code"], written.header["sform_code"]) == codes
    if codes[0]:
        np.testing.assert_array_equal(
            written.get_qform().astype(np.float32), nib.load(source).get_qform().astype(np.float32)
        )


def test_a_qform_that_cannot_shear_is_left_out(placement_named, write, noise, tmp_path):
    placement = placement_named("sheared")
    image = nib.Nifti1Image(noise, placement)
    image.set_sform(placement, 1)
    image.set_qform(placement, 1)
    source = write(noise, placement)
    image.to_filename(source)
    written, _ = same_place(explained(load_scan(source)).save(tmp_path / "map.nii"), source)
    assert written.header["qform_code"] == 0


def test_over_formats_without_codes(tmp_path, placement_named, noise):
    nib.MGHImage(noise, placement_named("oblique")).to_filename(tmp_path / "scan.mgz")
    scan = load_scan(tmp_path / "scan.mgz")
    written = nib.load(explained(scan).save(tmp_path / "map.nii.gz"))
    np.testing.assert_allclose(written.affine, nib.load(tmp_path / "scan.mgz").affine, atol=1e-5)
    assert written.header["sform_code"] == 2


def test_a_map_of_its_own_grid(tmp_path, placement, noise):
    """Without a file to match (or with one of another grid), the map's own grid is written."""
    grid = Grid(noise.shape, placement)
    for stored in (
        None,
        load_scan(save_volume(np.ones((3, 4, 5)), _stored((3, 4, 5)), tmp_path / "a.nii")).stored,
    ):
        path = Map(noise, grid, "map", stored=stored).save(tmp_path / "map.nii")
        written = nib.load(path)
        np.testing.assert_allclose(written.affine, placement, atol=1e-6)
        np.testing.assert_array_equal(np.asarray(written.dataobj), noise)


def _stored(shape):
    from viewer.scans.orientation import stored_orientation

    return stored_orientation(Grid(shape, np.eye(4)))


def test_a_mask_is_written_as_uint8(tmp_path):
    mask = np.random.default_rng(0).random((3, 4, 5)) > 0.5
    path = save_volume(mask, _stored((3, 4, 5)), tmp_path / "mask.nii.gz")
    image = nib.load(path)
    assert image.get_data_dtype() == np.uint8
    np.testing.assert_array_equal(load_scan(path).data, mask)
    np.testing.assert_array_equal(nib.as_closest_canonical(image).dataobj, mask)


def test_the_same_map_is_the_same_file(tmp_path, write, noise, placement):
    new = explained(load_scan(write(noise, placement)))
    one, other = new.save(tmp_path / "a.nii.gz"), new.save(tmp_path / "b.nii.gz")
    assert one.read_bytes() == other.read_bytes()


def test_the_json(tmp_path, write, noise, placement_named):
    source = write(noise, placement_named("LIA"))
    explained(load_scan(source)).save(tmp_path / "map.nii.gz")
    entries = json.loads((tmp_path / "map.json").read_text())
    assert entries["residual"]["relative"] == pytest.approx(0.01 / 2.5)
    assert entries["space"]["axes"] == "LIA"
    assert entries["space"]["shape"] == list(noise.shape)
    np.testing.assert_allclose(entries["space"]["affine"], placement_named("LIA"))
    assert entries["method"] == "integrated-gradients"


def test_the_json_is_strict(tmp_path, noise):
    odd = Provenance(
        method="gradient",
        parameters={
            "sigma": np.float32(0.5),
            "limit": np.inf,
            "shape": (1, 2),
            "path": Path("a"),
            "n": np.arange(2),
        },
        residual=Residual("conservation", 0.0, 1.0),
    )
    Map(noise, Grid(noise.shape, np.eye(4)), "map", odd).save(tmp_path / "map.nii")

    def refuse(word):
        raise AssertionError(word)

    entries = json.loads((tmp_path / "map.json").read_text(), parse_constant=refuse)
    assert entries["parameters"] == {"sigma": 0.5, "limit": None, "shape": [1, 2], "path": "a", "n": [0, 1]}
    assert entries["residual"]["relative"] is None
    assert load_map(tmp_path / "map.nii").residual == Residual("conservation", 0.0, 1.0)


@pytest.mark.parametrize("name", ["map.img", "map.mgz", "map", "map.json", "map.nii.bz2"])
def test_other_endings(tmp_path, noise, name):
    with pytest.raises(ScanError, match=r"ending.*use \.nii\.gz or \.nii"):
        Map(noise, Grid(noise.shape, np.eye(4)), "map").save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_map_of_a_bare_tensor(tmp_path, noise):
    with pytest.raises(ScanError, match="bare tensor"):
        Map(noise, None, "map").save(tmp_path / "map.nii")


def test_a_missing_folder(tmp_path, noise):
    with pytest.raises(ScanError, match="there is no folder"):
        Map(noise, Grid(noise.shape, np.eye(4)), "map").save(tmp_path / "no" / "map.nii")


def test_never_over_the_scan_itself(tmp_path, write, noise):
    source = write(noise, np.eye(4))
    scan = load_scan(source)
    new = Map(noise, scan.grid, "map", Provenance(scan={"path": str(source)}), scan.stored)
    before = source.read_bytes()
    with pytest.raises(ScanError, match="is the scan that the map explains"):
        new.save(source)
    assert source.read_bytes() == before


def test_a_failure_leaves_what_was_there(tmp_path, noise, monkeypatch):
    new = Map(noise, Grid(noise.shape, np.eye(4)), "map", PROVENANCE)
    path = new.save(tmp_path / "map.nii.gz")
    before = path.read_bytes()

    class Full:
        def __init__(self, *_, **__):
            pass

        def __enter__(self):
            raise OSError(28, "No space left on device")

        def __exit__(self, *_):
            raise AssertionError

    monkeypatch.setattr("viewer.scans.save.gzip.GzipFile", Full)
    with pytest.raises(ScanError, match=r"map\.nii\.gz: cannot be written \(No space left on device\)"):
        save_map(new, path)
    assert path.read_bytes() == before
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["map.json", "map.nii.gz"]


def test_an_interruption_leaves_nothing(tmp_path):
    def interrupted():
        with atomic_write(tmp_path / "map.nii") as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_as_readable_as_others(tmp_path):
    with atomic_write(tmp_path / "a") as file:
        file.write(b"x")
    (tmp_path / "b").write_bytes(b"x")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "b").stat().st_mode
