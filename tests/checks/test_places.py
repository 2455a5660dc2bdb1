"""Known places, and bodies taken away: by hand, against scikit-learn and SciPy, and both ways on maps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pytest
from scipy.stats import entropy
from sklearn.metrics import roc_auc_score

from tests.checks.conftest import ball
from viewer.checks.agreement import agreement
from viewer.checks.cases import case_as_it_is
from viewer.checks.check import Verdict
from viewer.checks.compare import MIXED, correlation
from viewer.checks.conservation import Conservation
from viewer.checks.known import known_place
from viewer.checks.localisation import Localisation, Truth, localised, truth_of
from viewer.checks.plot import Bars
from viewer.checks.removal import Removal, body_at, elsewhere, on_network, remove
from viewer.checks.subject import Case, Subject, subject_of
from viewer.errors import MethodError, ScanError
from viewer.methods.method import Family
from viewer.models.model import Model
from viewer.progress import Progress
from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.provenance import Absorbed, Provenance, Residual
from viewer.scans.scan import Scan


def test_the_numbers_are_those_of_the_libraries() -> None:
    draw = np.random.default_rng(0)
    inside = draw.random(500) < 0.1
    values = np.round(draw.random(500) + 0.5 * inside, 1)
    found = localised(values, inside)
    assert found["AUC"] == pytest.approx(roc_auc_score(inside, values), abs=1e-12)
    assert found["relevance mass"] == pytest.approx(values[inside].sum() / values.sum())
    assert found["chance"] == inside.mean()
    even = (1 - MIXED) * inside / inside.sum() + MIXED / 500
    own = (1 - MIXED) * values / values.sum() + MIXED / 500
    assert found["KL"] == pytest.approx(entropy(even, own), rel=1e-9)
    assert found["IoU"] == pytest.approx(found["relevance rank"] / (2 - found["relevance rank"]))


def test_a_perfect_map_and_its_opposite() -> None:
    inside = np.arange(100) < 20
    best = localised(inside.astype(float), inside)
    assert [best[name] for name in ("pointing game", "relevance mass", "relevance rank", "IoU", "AUC")] == [
        1
    ] * 5
    assert best["KL"] == pytest.approx(0, abs=1e-6)
    worst = localised((~inside).astype(float), inside)
    assert [worst[name] for name in ("pointing game", "relevance mass", "relevance rank", "AUC")] == [0] * 4
    nothing = localised(np.zeros(100), inside)
    assert nothing["AUC"] == 0.5
    assert nothing["relevance mass"] == 0


def test_an_honest_map_finds_the_spot_and_noise_does_not(honest: Case, noise: Case, spot: np.ndarray) -> None:
    check = Localisation(Truth("the spot", spot))
    found, lost = check.run(honest), check.run(noise)
    assert found.verdict is Verdict.HOLDS
    assert found.numbers["pointing game"] == 1
    assert found.numbers["relevance mass"] > 5 * found.numbers["chance"]
    assert lost.verdict is Verdict.FAILS
    assert Localisation().run(honest).verdict is Verdict.OPEN


def test_a_mask_is_carried_by_its_affine(subject: Subject, scan: Scan, spot: np.ndarray) -> None:
    fine = scan.grid.resized([2 * n for n in scan.grid.shape])
    places = np.moveaxis(np.indices(fine.shape), 0, -1)
    mask = np.linalg.norm(fine.to_world(places) - [13.5, 1.5, 7.5], axis=-1) < 7
    turned = mask[::-1].transpose(1, 0, 2)
    mirror = np.diag([-1.0, 1, 1, 1])
    mirror[0, 3] = fine.shape[0] - 1
    grid = Grid(fine.shape, fine.affine @ mirror).permuted((1, 0, 2))
    found = truth_of(subject, turned, grid, "mask").inside
    assert (found & spot).sum() > 0.9 * spot.sum()
    assert (found & ~spot).sum() < 0.25 * spot.sum()
    single = np.zeros(fine.shape)
    single[tuple(np.round(fine.to_voxel([13.5, 1.5, 7.5])).astype(int))] = 1
    assert truth_of(subject, single, fine, "one voxel").inside.sum() == 1
    away = np.array(fine.affine)
    away[:3, 3] += 900
    with pytest.raises(ScanError, match="nowhere: has no voxel"):
        truth_of(subject, mask, Grid(fine.shape, away), "nowhere")


def test_the_body_at_a_point_is_one_cluster_of_one_sign() -> None:
    grid = Grid((10, 6, 5), np.diag([2.0, 2, 2, 1]))
    values = np.zeros(grid.shape, np.float32)
    values[1:3, 1:3, 1:3] = 2
    values[3:5, 1:3, 1:3] = -2
    values[7:9, 2:4, 2] = 3
    found = body_at(values, grid, 1.0, (3.0, 3.0, 3.0))
    assert found.sum() == 8
    assert (values[found] == 2).all()
    assert (values[body_at(values, grid, 1.0, (19.0, 5.0, 4.0))] == 3).all()
    assert (values[body_at(values, grid, 1.0, (8.0, 3.0, 3.0))] == -2).all()
    with pytest.raises(MethodError, match="no voxel"):
        body_at(values, grid, 9.0, (0.0, 0.0, 0.0))


def test_bodies_elsewhere_have_the_shape_and_lie_in_the_head(subject: Subject, spot: np.ndarray) -> None:
    found = list(elsewhere(subject, spot, 5))
    assert len(found) == 5
    shape = np.argwhere(spot) - np.argwhere(spot).min(axis=0)
    for body in found:
        np.testing.assert_array_equal(np.argwhere(body) - np.argwhere(body).min(axis=0), shape)
        assert not (body & spot).any()
        assert subject.foreground[body].mean() > 0.9
    assert len({body.tobytes() for body in found}) == 5


def test_without_the_spot_the_network_sees_none(subject: Subject, scan: Scan, spot: np.ndarray) -> None:
    body = on_network(subject, spot, scan.grid)
    found = remove(subject, body, "inpaint", 4, Progress())
    assert found.before == subject.answer
    assert found.before[1] is not None
    assert found.after[1] is not None
    assert found.before[1] > 0.5 > found.after[1]
    assert found.volume == pytest.approx(27 * spot.sum())
    assert abs(found.change) > 5 * max(abs(change) for change in found.control_changes)


def test_removal_both_ways(honest: Case, noise: Case) -> None:
    found, lost = Removal().run(honest), Removal().run(noise)
    assert found.verdict is Verdict.HOLDS
    assert found.numbers["change"] < 0
    assert "of the strongest 2.00% of the head's voxels (the check's own cut" in found.sentence
    assert lost.verdict is not Verdict.HOLDS
    zero = Case(honest.subject, "negative", -np.abs(honest.values))
    assert Removal().run(zero).verdict is Verdict.OPEN


def test_a_body_that_speaks_against_the_output_fails(model: Model, scan: Scan, honest: Case) -> None:
    plain = subject_of(model, scan, "plain", device="cpu")
    turned = Removal().run(Case(plain, "turned", honest.values, kind=Family.ATTRIBUTION))
    assert turned.numbers["change"] > 0
    assert turned.verdict is Verdict.FAILS
    assert "rises" in turned.sentence
    slope = Removal().run(Case(plain, "slope", honest.values, kind=Family.FUNCTION))
    assert slope.verdict is Verdict.HOLDS
    assert "rises" not in slope.sentence


def test_the_residuals_verdict(subject: Subject, honest: Case) -> None:
    def case(found: float) -> Case:
        residual = Residual("conservation", 2.0, found)
        return Case(subject, "map", honest.values, honest.method, residual=residual)

    verdicts = [Conservation().run(case(found)).verdict for found in (2.01, 2.1, 2.9, -2.0)]
    assert verdicts == [Verdict.HOLDS, Verdict.DOUBTFUL, Verdict.FAILS, Verdict.FAILS]
    assert Conservation().run(honest).verdict is Verdict.OPEN
    assert "promises no sum" in Conservation().run(honest).sentence


@pytest.mark.parametrize(("biases", "verdict"), [(0.8, Verdict.HOLDS), (2.5, Verdict.DOUBTFUL)])
def test_what_biases_took_is_due_and_told(subject: Subject, honest: Case, biases: float, verdict: Verdict):
    residual = Residual("conservation", 2.0 - biases, 2.0 - biases, Absorbed(biases, 0.0))
    found = Conservation().run(Case(subject, "map", honest.values, honest.method, residual=residual))
    assert found.verdict is verdict
    share = f"biases took {50 * biases:.0f}% of the output's relevance"
    assert f"as it should; {share}, by the method's definition." in found.sentence
    assert isinstance(found.plot, Bars)
    assert found.plot.names == ("output", "biases", "stabiliser", "expected", "found")
    assert found.plot.values == pytest.approx((2.0, biases, 0.0, 2.0 - biases, 2.0 - biases))


def test_agreement_is_every_pairs(honest: Case, edges: Case, noise: Case) -> None:
    cases = (honest, edges, noise)
    found = agreement(cases)
    inside = honest.subject.foreground
    pearson = np.array(found.numbers["Pearson"])
    expected = np.corrcoef([case.values[inside].astype(float) for case in cases])
    np.testing.assert_allclose(pearson, expected, atol=1e-6)
    dice = np.array(found.numbers["Dice"])
    np.testing.assert_array_equal(dice, dice.T)
    assert (np.diag(dice) == 1).all()
    assert dice[0, 2] < 0.15
    assert dice[0, 1] > dice[0, 2]
    assert "Noise" in found.sentence
    assert correlation(honest.values[inside], edges.values[inside]) == pytest.approx(pearson[0, 1])
    assert agreement(cases[:1]).headline == "not run"


def test_a_region_of_an_atlas_is_known_by_number_and_by_name(
    subject: Subject, scan: Scan, spot: np.ndarray, tmp_path: Path
) -> None:
    labels = np.where(spot, 7, 0) + np.where(ball(scan.grid, (-13.5, 1.5, 7.5), 7), 3, 0)
    path = tmp_path / "atlas.nii.gz"
    nibabel.save(nibabel.Nifti1Image(labels.astype(np.uint8), scan.grid.affine), path)
    by_number = known_place(subject, path, "7")
    assert by_number is not None
    assert by_number.name == "region 7 (atlas)"
    np.testing.assert_array_equal(by_number.inside, spot)
    (tmp_path / "atlas.tsv").write_text("index\tname\n3\tHippocampus_L\n7\tHippocampus_R\n")
    for asked in ("7", "Hippocampus_R", "hippocampus_r"):
        named = known_place(subject, path, asked)
        assert named is not None
        assert named.name == "Hippocampus_R (atlas)"
        np.testing.assert_array_equal(named.inside, spot)
    with pytest.raises(ScanError, match=r"no region 'Amygdala'; there are Hippocampus_L, Hippocampus_R$"):
        known_place(subject, path, "Amygdala")
    whole = known_place(subject, path)
    assert whole is not None
    assert whole.inside.sum() == (labels > 0).sum()
    assert known_place(subject) is None


def test_a_region_of_an_atlas_in_another_space_is_doubtful(
    honest: Case, subject: Subject, scan: Scan, spot: np.ndarray, tmp_path: Path
) -> None:
    path = tmp_path / "atlas.nii.gz"
    # One voxel more along an axis: another grid than the scan's, which would be its own parcellation.
    labels = np.pad(np.where(spot, 7, 0), ((0, 1), (0, 0), (0, 0))).astype(np.uint8)
    image = nibabel.Nifti1Image(labels, scan.grid.affine)
    image.set_sform(scan.grid.affine, 4)
    nibabel.save(image, path)
    truth = known_place(subject, path, "7")
    assert truth is not None
    assert truth.name == "region 7 ? (atlas)"
    assert "the atlas atlas is in MNI space" in truth.doubt
    found = Localisation(truth).find(honest, Progress())
    assert truth.doubt in found.sentence
    assert found.numbers["doubt"] == truth.doubt


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"model": {"name": "x", "hash": "0" * 64}}, "another network"),
        ({"scan": {"name": "x", "hash": "0" * 64}}, "another scan"),
        ({"target": "another"}, "explains another"),
        ({"target": ""}, "explains no output"),
    ],
)
def test_agreement_leaves_out_what_explains_something_else(
    honest: Case, edges: Case, changed: dict[str, object], why: str
) -> None:
    subject = honest.subject
    made = Provenance(
        method="gradient",
        target=subject.target.name,
        model={"name": "x", "hash": subject.model.hash},
        scan={"name": "x", "hash": subject.scan.hash},
    )
    grid = subject.prepared.grid
    values = honest.values.reshape(grid.shape)
    own = case_as_it_is(subject, Map(values, grid, "own", made))
    other = case_as_it_is(subject, Map(values, grid, "other", replace(made, **changed)))
    found = agreement((edges, own, other))
    assert found.numbers["maps"] == [edges.name, "own"]
    assert why in found.numbers["left out"]["other"]
    assert "other" in found.sentence
    assert agreement((edges, own)).numbers["Dice"] == found.numbers["Dice"]
