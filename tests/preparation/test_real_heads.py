"""Brain mask and registration of real heads, against the masks and affines of an independent program."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from viewer.preparation.brain_mask import extract_brain
from viewer.preparation.registration import dice, register_to_template
from viewer.scans.load import load_scan

HEADS = {
    "t1_crop": ("scans/t1_crop.nii.gz", 0.54),
    "example_brain_t1": ("heads/example_brain_t1.nii.gz", 0.57),
}
"""File, and the least correlation with MNI152 inside its brain."""


def itk_affine(path: Path) -> np.ndarray:
    """The 4 by 4 matrix (template to head, LPS) of ITK's text, read without ITK."""
    parameters = path.read_text().partition("\nParameters:")[2].split("\n")[0].split()
    numbers = np.array(parameters, dtype=float)
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = numbers[:9].reshape(3, 3), numbers[9:]
    return matrix


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", HEADS)
def test_mask_and_affine_agree_with_another_program(real_data: Path, name: str) -> None:
    file, correlation = HEADS[name]
    scan = load_scan(real_data / file)
    mask = extract_brain(scan)
    overlap = dice(mask.data, load_scan(real_data / f"heads/{name}_mask.nii.gz").data > 0.5)
    found = register_to_template(scan, mask)
    print(f"{name}: Dice {overlap:.4f} in {mask.seconds:.0f} s, in the template {found.dice:.4f}")
    print(f"{name}: correlation {found.correlation:.4f} in {found.seconds:.0f} s")
    assert overlap >= 0.96
    assert found.correlation >= correlation
    assert found.problems == ()
    lps = np.diag([-1.0, -1.0, 1.0, 1.0])
    difference = np.abs(lps @ found.inverse @ lps - itk_affine(real_data / f"heads/{name}_to_mni_affine.txt"))
    print(f"{name}: matrices differ by {difference[:3, :3].max():.3f}, {difference[:3, 3].max():.2f} mm")
    assert difference[:3, :3].max() <= 0.05
    assert difference[:3, 3].max() <= 3.0


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_head_turned_by_45_degrees_has_the_same_brain_and_place(real_data: Path, axis: int) -> None:
    from scipy.spatial.transform import Rotation

    from viewer.scans.grid import Grid
    from viewer.scans.scan import Scan
    from viewer.scans.transform_problems import rotation_degrees

    scan = load_scan(real_data / HEADS["example_brain_t1"][0])
    vector = np.zeros(3)
    vector[axis] = np.pi / 4
    move = np.eye(4)
    move[:3, :3] = Rotation.from_rotvec(vector).as_matrix()
    turned = Scan(scan.data, Grid(scan.grid.shape, move @ scan.grid.affine), "turned")
    before, after = (register_to_template(one, extract_brain(one)) for one in (scan, turned))
    change = after.matrix @ move @ before.inverse
    assert rotation_degrees(change) < 2.0
    centre = np.array([0.0, -18.0, 10.0, 1.0])
    assert np.linalg.norm((change @ centre - centre)[:3]) < 2.0


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_prepared_scan_does_not_depend_on_the_order_of_the_file_and_is_the_same_bits_twice(
    real_data: Path, tmp_path: Path
) -> None:
    import nibabel as nib

    from viewer.preparation.pipeline import prepare
    from viewer.preparation.requirements import Requirements

    image = nib.load(real_data / HEADS["example_brain_t1"][0])
    found = set()
    for number, axes in enumerate((None, None, "SPR", "AIL")):
        turned = image
        if axes is not None:
            own, other = nib.io_orientation(image.affine), nib.orientations.axcodes2ornt(axes)
            turned = image.as_reoriented(nib.orientations.ornt_transform(own, other))
        nib.save(turned, tmp_path / f"{number}.nii.gz")
        prepared = prepare(load_scan(tmp_path / f"{number}.nii.gz"), Requirements("affine", skull="removed"))
        assert prepared.registration is not None
        found.add((prepared.registration.matrix.tobytes(), prepared.scan.hash))
    assert len(found) == 1
