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
from viewer.checks.base import Verdict
from viewer.checks.conservation import Conservation
from viewer.checks.context import CheckContext, Explanation, make_context
from viewer.checks.explanations import resampled_explanation
from viewer.checks.localisation import (
    GroundTruth,
    Localisation,
    find_ground_truth,
    localisation_scores,
    make_ground_truth,
)
from viewer.checks.map_comparison import UNIFORM_SHARE
from viewer.checks.method_agreement import check_agreement
from viewer.checks.region_removal import (
    RegionRemoval,
    draw_control_regions,
    find_cluster,
    mask_to_network,
    remove_region,
)
from viewer.checks.svg_charts import BarChart
from viewer.errors import MethodError, ScanError
from viewer.methods.base import Family
from viewer.models.model import Model
from viewer.progress import Progress
from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.metrics import pearson_correlation
from viewer.scans.provenance import AbsorbedRelevance, Provenance, Residual
from viewer.scans.scan import Scan


def test_localisation_scores_equal_scikit_learn() -> None:
    draw = np.random.default_rng(0)
    inside = draw.random(500) < 0.1
    values = np.round(draw.random(500) + 0.5 * inside, 1)
    found = localisation_scores(values, inside)
    assert found["AUC"] == pytest.approx(roc_auc_score(inside, values), abs=1e-12)
    assert found["relevance mass"] == pytest.approx(values[inside].sum() / values.sum())
    assert found["chance"] == inside.mean()
    even = (1 - UNIFORM_SHARE) * inside / inside.sum() + UNIFORM_SHARE / 500
    own = (1 - UNIFORM_SHARE) * values / values.sum() + UNIFORM_SHARE / 500
    assert found["KL"] == pytest.approx(entropy(even, own), rel=1e-9)
    assert found["IoU"] == pytest.approx(found["relevance rank"] / (2 - found["relevance rank"]))


def test_a_perfect_map_and_its_opposite() -> None:
    inside = np.arange(100) < 20
    best = localisation_scores(inside.astype(float), inside)
    assert [best[name] for name in ("pointing game", "relevance mass", "relevance rank", "IoU", "AUC")] == [
        1
    ] * 5
    assert best["KL"] == pytest.approx(0, abs=1e-6)
    worst = localisation_scores((~inside).astype(float), inside)
    assert [worst[name] for name in ("pointing game", "relevance mass", "relevance rank", "AUC")] == [0] * 4
    nothing = localisation_scores(np.zeros(100), inside)
    assert nothing["AUC"] == 0.5
    assert nothing["relevance mass"] == 0


def test_faithful_map_is_localised_and_noise_is_not(
    honest: Explanation, noise: Explanation, spot: np.ndarray
) -> None:
    check = Localisation(GroundTruth("the spot", spot))
    found, lost = check.run(honest), check.run(noise)
    assert found.verdict is Verdict.HOLDS
    assert found.numbers["pointing game"] == 1
    assert found.numbers["relevance mass"] > 5 * found.numbers["chance"]
    assert lost.verdict is Verdict.FAILS
    assert Localisation().run(honest).verdict is Verdict.OPEN


def test_a_mask_is_carried_by_its_affine(context: CheckContext, scan: Scan, spot: np.ndarray) -> None:
    fine = scan.grid.resized([2 * n for n in scan.grid.shape])
    places = np.moveaxis(np.indices(fine.shape), 0, -1)
    mask = np.linalg.norm(fine.to_world(places) - [13.5, 1.5, 7.5], axis=-1) < 7
    turned = mask[::-1].transpose(1, 0, 2)
    mirror = np.diag([-1.0, 1, 1, 1])
    mirror[0, 3] = fine.shape[0] - 1
    grid = Grid(fine.shape, fine.affine @ mirror).permuted((1, 0, 2))
    found = make_ground_truth(context, turned, grid, "mask").mask
    assert (found & spot).sum() > 0.9 * spot.sum()
    assert (found & ~spot).sum() < 0.25 * spot.sum()
    single = np.zeros(fine.shape)
    single[tuple(np.round(fine.to_voxel([13.5, 1.5, 7.5])).astype(int))] = 1
    assert make_ground_truth(context, single, fine, "one voxel").mask.sum() == 1
    away = np.array(fine.affine)
    away[:3, 3] += 900
    with pytest.raises(ScanError, match="nowhere: has no voxel"):
        make_ground_truth(context, mask, Grid(fine.shape, away), "nowhere")


def test_the_body_at_a_point_is_one_cluster_of_one_sign() -> None:
    grid = Grid((10, 6, 5), np.diag([2.0, 2, 2, 1]))
    values = np.zeros(grid.shape, np.float32)
    values[1:3, 1:3, 1:3] = 2
    values[3:5, 1:3, 1:3] = -2
    values[7:9, 2:4, 2] = 3
    found = find_cluster(values, grid, 1.0, (3.0, 3.0, 3.0))
    assert found.sum() == 8
    assert (values[found] == 2).all()
    assert (values[find_cluster(values, grid, 1.0, (19.0, 5.0, 4.0))] == 3).all()
    assert (values[find_cluster(values, grid, 1.0, (8.0, 3.0, 3.0))] == -2).all()
    with pytest.raises(MethodError, match="no voxel"):
        find_cluster(values, grid, 9.0, (0.0, 0.0, 0.0))


def test_bodies_elsewhere_have_the_shape_and_lie_in_the_head(context: CheckContext, spot: np.ndarray) -> None:
    found = list(draw_control_regions(context, spot, 5))
    assert len(found) == 5
    shape = np.argwhere(spot) - np.argwhere(spot).min(axis=0)
    for body in found:
        np.testing.assert_array_equal(np.argwhere(body) - np.argwhere(body).min(axis=0), shape)
        assert not (body & spot).any()
        assert context.foreground[body].mean() > 0.9
    assert len({body.tobytes() for body in found}) == 5


def test_removing_the_spot_lowers_the_output(context: CheckContext, scan: Scan, spot: np.ndarray) -> None:
    body = mask_to_network(context, spot, scan.grid)
    found = remove_region(context, body, "inpaint", 4, Progress())
    assert found.before == context.original_scores
    assert found.before[1] is not None
    assert found.after[1] is not None
    assert found.before[1] > 0.5 > found.after[1]
    assert found.volume == pytest.approx(27 * spot.sum())
    assert abs(found.change) > 5 * max(abs(change) for change in found.control_changes)


def test_removal_passes_faithful_maps_and_fails_noise(honest: Explanation, noise: Explanation) -> None:
    found, lost = RegionRemoval().run(honest), RegionRemoval().run(noise)
    assert found.verdict is Verdict.HOLDS
    assert found.numbers["change"] < 0
    assert "of the strongest 2.00% of the head's voxels (the check's own threshold" in found.sentence
    assert lost.verdict is not Verdict.HOLDS
    zero = Explanation(honest.context, "negative", -np.abs(honest.values))
    assert RegionRemoval().run(zero).verdict is Verdict.OPEN


def test_region_against_the_output_fails(model: Model, scan: Scan, honest: Explanation) -> None:
    plain = make_context(model, scan, "plain", device="cpu")
    turned = RegionRemoval().run(
        Explanation(plain, "turned", honest.values, recorded_family=Family.ATTRIBUTION)
    )
    assert turned.numbers["change"] > 0
    assert turned.verdict is Verdict.FAILS
    assert "rises" in turned.sentence
    slope = RegionRemoval().run(Explanation(plain, "slope", honest.values, recorded_family=Family.FUNCTION))
    assert slope.verdict is Verdict.HOLDS
    assert "rises" not in slope.sentence


def test_the_residuals_verdict(context: CheckContext, honest: Explanation) -> None:
    def explanation(found: float) -> Explanation:
        residual = Residual("conservation", 2.0, found)
        return Explanation(context, "map", honest.values, honest.method, residual=residual)

    verdicts = [Conservation().run(explanation(found)).verdict for found in (2.01, 2.1, 2.9, -2.0)]
    assert verdicts == [Verdict.HOLDS, Verdict.DOUBTFUL, Verdict.FAILS, Verdict.FAILS]
    assert Conservation().run(honest).verdict is Verdict.OPEN
    assert "guarantees no sum" in Conservation().run(honest).sentence


@pytest.mark.parametrize(("biases", "verdict"), [(0.8, Verdict.HOLDS), (2.5, Verdict.DOUBTFUL)])
def test_what_biases_took_is_due_and_told(
    context: CheckContext, honest: Explanation, biases: float, verdict: Verdict
):
    residual = Residual("conservation", 2.0 - biases, 2.0 - biases, AbsorbedRelevance(biases, 0.0))
    found = Conservation().run(Explanation(context, "map", honest.values, honest.method, residual=residual))
    assert found.verdict is verdict
    share = f"biases absorbed {50 * biases:.0f}% of the output's relevance"
    assert f"as it should; {share}, by the method's definition." in found.sentence
    assert isinstance(found.plot, BarChart)
    assert found.plot.names == ("output", "biases", "stabiliser", "expected", "found")
    assert found.plot.values == pytest.approx((2.0, biases, 0.0, 2.0 - biases, 2.0 - biases))


def test_agreement_is_every_pairs(honest: Explanation, edges: Explanation, noise: Explanation) -> None:
    explanations = (honest, edges, noise)
    found = check_agreement(explanations)
    inside = honest.context.foreground
    pearson = np.array(found.numbers["Pearson"])
    expected = np.corrcoef([explanation.values[inside].astype(float) for explanation in explanations])
    np.testing.assert_allclose(pearson, expected, atol=1e-6)
    dice = np.array(found.numbers["Dice"])
    np.testing.assert_array_equal(dice, dice.T)
    assert (np.diag(dice) == 1).all()
    assert dice[0, 2] < 0.15
    assert dice[0, 1] > dice[0, 2]
    assert "Noise" in found.sentence
    assert pearson_correlation(honest.values[inside], edges.values[inside]) == pytest.approx(pearson[0, 1])
    assert check_agreement(explanations[:1]).headline == "not run"


def test_a_region_of_an_atlas_is_known_by_number_and_by_name(
    context: CheckContext, scan: Scan, spot: np.ndarray, tmp_path: Path
) -> None:
    labels = np.where(spot, 7, 0) + np.where(ball(scan.grid, (-13.5, 1.5, 7.5), 7), 3, 0)
    path = tmp_path / "atlas.nii.gz"
    nibabel.save(nibabel.Nifti1Image(labels.astype(np.uint8), scan.grid.affine), path)
    by_number = find_ground_truth(context, path, "7")
    assert by_number is not None
    assert by_number.name == "region 7 (atlas)"
    np.testing.assert_array_equal(by_number.mask, spot)
    (tmp_path / "atlas.tsv").write_text("index\tname\n3\tHippocampus_L\n7\tHippocampus_R\n")
    for query in ("7", "Hippocampus_R", "hippocampus_r"):
        named = find_ground_truth(context, path, query)
        assert named is not None
        assert named.name == "Hippocampus_R (atlas)"
        np.testing.assert_array_equal(named.mask, spot)
    with pytest.raises(ScanError, match=r"no region 'Amygdala'; there are Hippocampus_L, Hippocampus_R$"):
        find_ground_truth(context, path, "Amygdala")
    whole = find_ground_truth(context, path)
    assert whole is not None
    assert whole.mask.sum() == (labels > 0).sum()
    assert find_ground_truth(context) is None


def test_a_region_of_an_atlas_in_another_space_is_doubtful(
    honest: Explanation, context: CheckContext, scan: Scan, spot: np.ndarray, tmp_path: Path
) -> None:
    path = tmp_path / "atlas.nii.gz"
    # One voxel more along an axis: another grid than the scan's, which would be its own parcellation.
    labels = np.pad(np.where(spot, 7, 0), ((0, 1), (0, 0), (0, 0))).astype(np.uint8)
    image = nibabel.Nifti1Image(labels, scan.grid.affine)
    image.set_sform(scan.grid.affine, 4)
    nibabel.save(image, path)
    truth = find_ground_truth(context, path, "7")
    assert truth is not None
    assert truth.name == "region 7 ? (atlas)"
    assert "the atlas atlas is in MNI space" in truth.caveat
    found = Localisation(truth).evaluate(honest, Progress())
    assert truth.caveat in found.sentence
    assert found.numbers["doubt"] == truth.caveat


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
    honest: Explanation, edges: Explanation, changed: dict[str, object], why: str
) -> None:
    context = honest.context
    made = Provenance(
        method="gradient",
        target=context.target.name,
        model={"name": "x", "hash": context.model.hash},
        scan={"name": "x", "hash": context.scan.hash},
    )
    grid = context.prepared.grid
    values = honest.values.reshape(grid.shape)
    own = resampled_explanation(context, Map(values, grid, "own", made))
    other = resampled_explanation(context, Map(values, grid, "other", replace(made, **changed)))
    found = check_agreement((edges, own, other))
    assert found.numbers["maps"] == [edges.name, "own"]
    assert why in found.numbers["left out"]["other"]
    assert "other" in found.sentence
    assert check_agreement((edges, own)).numbers["Dice"] == found.numbers["Dice"]
