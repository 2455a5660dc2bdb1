"""Names of regions are facts only where headers or grids say that atlas and image lie in one space."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from viewer.scans.atlas import LabelAtlas, ProbabilityAtlas, RegionProbability, region_at
from viewer.scans.atlas_space import atlas_for_image, atlas_warning
from viewer.scans.grid import Grid
from viewer.scans.load import load_scan
from viewer.scans.map import Map
from viewer.scans.provenance import Provenance
from viewer.scans.scan import Scan, StoredOrientation
from viewer.scans.space import Space, coordinate_space
from viewer.scans.template_transform import TemplateTransform


def grid_of(shape: tuple[int, int, int], low: tuple[float, float, float], step: float = 1.0) -> Grid:
    affine = np.diag([step, step, step, 1.0])
    affine[:3, 3] = low
    return Grid(shape, affine)


ODD = grid_of((40, 44, 40), (-85.0, -120.0, -60.0), 4.0)
"""A grid that is none of a template's."""

SPM_2MM = grid_of((91, 109, 91), (-90.0, -126.0, -72.0), 2.0)


def scan(codes: tuple[int, int] | None, grid: Grid = ODD, path: Path | None = None) -> Scan:
    data = np.ones(grid.shape, np.float32)
    return Scan(data, grid, "head", stored=StoredOrientation(grid, xform_codes=codes), path=path)


def atlas(codes: tuple[int, int] | None = (0, 4), shift: float = 0.0) -> LabelAtlas:
    grid = grid_of((20, 22, 20), (-60.0 + shift, -90.0, -40.0), 5.0)
    labels = np.ones(grid.shape, np.int32)
    return LabelAtlas("aal", grid, labels, {1: "Insula_R"}, stored=StoredOrientation(grid, xform_codes=codes))


@pytest.mark.parametrize("codes", [(4, 4), (1, 4), (4, 0)])
def test_an_mni_atlas_names_regions_of_a_scan_whose_header_says_mni(codes: tuple[int, int]) -> None:
    found = atlas_for_image(atlas(), scan(codes))
    assert atlas_warning(found) == ""
    assert region_at(found, (0, 0, 0)) == "Insula_R"


@pytest.mark.parametrize(
    ("codes", "says"), [((1, 1), "scanner"), ((0, 2), "aligned"), ((4, 1), "scanner"), (None, "")]
)
def test_elsewhere_its_names_are_marked_and_it_says_why(codes: tuple[int, int] | None, says: str) -> None:
    found = atlas_for_image(atlas(), scan(codes))
    assert atlas_warning(found).startswith("the atlas aal is in MNI space, and head is not known to be")
    assert says in atlas_warning(found)
    assert region_at(found, (0, 0, 0)) == "Insula_R ?"
    assert found.regions == ("Insula_R",)


def test_a_talairach_atlas_does_not_name_regions_of_mni_space() -> None:
    assert "Talairach" in atlas_warning(atlas_for_image(atlas((0, 3)), scan((4, 4))))
    assert atlas_warning(atlas_for_image(atlas((0, 3)), scan((3, 3)))) == ""


def test_an_atlas_in_scanner_space_does_not_name_regions_of_a_template() -> None:
    assert "a scanner's space" in atlas_warning(atlas_for_image(atlas((1, 1)), scan((4, 4))))


@pytest.mark.parametrize("codes", [(1, 1), (2, 2), (0, 0), None])
@pytest.mark.parametrize("own", [(1, 1), (2, 2), (0, 0), None])
def test_of_what_no_header_names_nothing_is_said(
    codes: tuple[int, int] | None, own: tuple[int, int] | None
) -> None:
    assert atlas_warning(atlas_for_image(atlas(codes), scan(own))) == ""


def test_a_parcellation_on_the_scans_own_grid_fits_whatever_the_codes() -> None:
    own = LabelAtlas(
        "aseg", ODD, np.ones(ODD.shape, np.int32), {1: "a"}, stored=StoredOrientation(ODD, xform_codes=(4, 4))
    )
    assert atlas_warning(atlas_for_image(own, scan((1, 1)))) == ""


def test_an_atlas_that_lies_elsewhere_says_so() -> None:
    found = atlas_for_image(atlas(shift=1000.0), scan((4, 4)))
    assert atlas_warning(found) == "nothing of the atlas aal lies within head: its region names may be wrong"


def test_an_atlas_of_probabilities_follows_the_same_rule() -> None:
    grid = grid_of((20, 22, 20), (-60.0, -90.0, -40.0), 5.0)
    part = RegionProbability("Insula", grid, np.full(grid.shape, 0.5, np.float32))
    found = ProbabilityAtlas(
        "juelich", (part,), grid=grid, stored=StoredOrientation(grid, xform_codes=(4, 4))
    )
    assert atlas_warning(atlas_for_image(found, scan((4, 4)))) == ""
    assert atlas_for_image(found, scan((1, 1))).region_shares((0, 0, 0))[0].region == "Insula ?"


def test_a_doubt_ends_with_the_scan_that_raised_it() -> None:
    doubted = atlas_for_image(atlas(), scan((1, 1)))
    assert atlas_warning(doubted)
    assert atlas_warning(atlas_for_image(doubted, scan((4, 4)))) == ""
    assert atlas_warning(atlas_for_image(doubted, None)) == ""


def test_built_in_scans_and_maps_of_them_are_in_mni_space() -> None:
    for name in ("mni152", "simulated-lesions", "simulated-grey-matter"):
        assert atlas_warning(atlas_for_image(atlas(), load_scan(name))) == "", name
    made = Provenance(method="gradient", scan={"name": "x", "path": "simulated-lesions"})
    assert (
        atlas_warning(atlas_for_image(atlas(), Map(np.ones(ODD.shape, np.float32), ODD, "map", made))) == ""
    )


def test_a_grid_of_mni_space_in_common_use_is_taken_for_it_unless_the_header_says_scanner() -> None:
    assert coordinate_space(SPM_2MM, StoredOrientation(SPM_2MM, xform_codes=(2, 2))) is Space.MNI
    assert coordinate_space(SPM_2MM, None) is Space.MNI
    assert coordinate_space(SPM_2MM, StoredOrientation(SPM_2MM, xform_codes=(1, 1))) is Space.SCANNER
    assert coordinate_space(ODD, StoredOrientation(ODD, xform_codes=(2, 2))) is Space.ALIGNED


def test_real_files_are_told_apart(real_data: Path) -> None:
    from viewer.scans.atlas import load_atlas
    from viewer.scans.load import load_map

    aal = load_atlas(real_data / "atlas" / "aal.nii.gz", real_data / "atlas" / "aal.json")
    for scanner in ("scans/t1_crop.nii.gz", "heads/example_brain_t1.nii.gz"):
        assert atlas_warning(atlas_for_image(aal, load_scan(real_data / scanner))), scanner
    for template in ("maps/spmMotor.nii.gz", "maps/mean_LRPmap_ADNI2_AD_pos.nii.gz"):
        assert not atlas_warning(atlas_for_image(aal, load_map(real_data / template))), template
    assert not atlas_warning(atlas_for_image(aal, load_scan("mni152")))


MATRIX = np.array([[1.1, 0.1, 0.05, 4.0], [-0.1, 1.05, 0.1, -9.0], [0.02, -0.1, 1.2, 12.0], [0, 0, 0, 1]])


def octants() -> LabelAtlas:
    """An MNI atlas of eight regions around its origin, named by their sides: "RAS" is right, front, top."""
    grid = grid_of((91, 109, 91), (-90.0, -126.0, -72.0), 2.0)
    x, y, z = np.moveaxis(grid.to_world(np.moveaxis(np.indices(grid.shape), 0, -1)), -1, 0)
    labels = 1 + (x > 0) + 2 * (y > -18) + 4 * (z > 0)
    names = {1 + n: f"{'LR'[n & 1]}{'PA'[n >> 1 & 1]}{'IS'[n >> 2]}" for n in range(8)}
    stored = StoredOrientation(grid, xform_codes=(0, 4))
    return LabelAtlas("octants", grid, labels.astype(np.int32), names, stored=stored)


@pytest.mark.slow
def test_regions_of_a_scan_in_scanner_space_are_looked_up_through_its_transform_to_the_template() -> None:
    head = scan((1, 1))
    found = atlas_for_image(octants(), head, TemplateTransform(MATRIX, "affine"))
    assert atlas_warning(found) == ""
    turned = 0
    for point in np.random.default_rng(0).uniform(-50, 40, (50, 3)):
        there = (MATRIX @ [*point, 1])[:3]
        assert region_at(found, point) == region_at(octants(), there)
        turned += region_at(octants(), point) != region_at(octants(), there)
    assert turned > 5  # it would have been another region without the transform
    points = np.random.default_rng(1).uniform(-50, 40, (200, 3))
    moved = points @ MATRIX[:3, :3].T + MATRIX[:3, 3]
    assert found.region_shares(points) == octants().region_shares(moved)


def test_the_centre_of_a_region_is_where_the_scan_has_it() -> None:
    found = atlas_for_image(octants(), scan((1, 1)), TemplateTransform(MATRIX, "affine"))
    centre = found.region_centre("RAS")
    assert centre is not None
    np.testing.assert_allclose((MATRIX @ [*centre, 1])[:3], octants().region_centre("RAS"), atol=1e-9)
    assert region_at(found, centre) == "RAS"


def test_a_map_of_a_prepared_scan_has_the_transform_in_its_provenance() -> None:
    made = Provenance(method="gradient", preparation={"affine": MATRIX.tolist(), "kind": "affine"})
    shown = Map(np.ones(ODD.shape, np.float32), ODD, "map", made, StoredOrientation(ODD, xform_codes=(1, 1)))
    found = atlas_for_image(octants(), shown)
    assert atlas_warning(found) == ""
    assert region_at(found, (10, -30, -20)) == region_at(octants(), (MATRIX @ [10, -30, -20, 1])[:3])


@pytest.mark.parametrize(
    ("transform", "says"),
    [
        (TemplateTransform(MATRIX, "affine", ("registration failed",)), "registration failed"),
        (TemplateTransform(MATRIX, "rigid"), "rigid transform"),
    ],
)
def test_what_speaks_against_the_transform_speaks_against_the_names(
    transform: TemplateTransform, says: str
) -> None:
    found = atlas_for_image(octants(), scan((1, 1)), transform)
    assert says in atlas_warning(found)
    assert region_at(found, (0, 0, 0)) == region_at(octants(), (4, -9, 12)) + " ?"


def test_a_parcellation_on_the_scans_own_grid_is_not_looked_up_in_the_template() -> None:
    labels = np.ones(ODD.shape, np.int32)
    labels[ODD.shape[0] // 2 :] = 2
    own = LabelAtlas("aseg", ODD, labels, {1: "a", 2: "b"}, stored=StoredOrientation(ODD))
    head = scan((1, 1))
    shift = np.eye(4)
    shift[0, 3] = 60.0
    found = atlas_for_image(own, head, TemplateTransform(shift, "affine"))
    assert region_at(found, (-40.0, 0, 0)) == region_at(own, (-40.0, 0, 0)) == "a"
    assert atlas_warning(found) == ""


def test_a_transform_ends_with_its_scan() -> None:
    through = atlas_for_image(octants(), scan((1, 1)), TemplateTransform(MATRIX, "affine"))
    assert atlas_for_image(through, scan((4, 4))).region_shares((9, 9, 9)) == octants().region_shares(
        (9, 9, 9)
    )
    assert region_at(atlas_for_image(through, scan((1, 1))), (9, 9, 9)).endswith(" ?")
