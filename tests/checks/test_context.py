"""What is checked: the network's answer, its target and the head; and maps from files made again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import torch

from tests.checks.conftest import Edges
from viewer.checks.base import CheckResult, Verdict
from viewer.checks.conservation import Conservation
from viewer.checks.context import CheckContext, Explanation, make_context
from viewer.checks.explanations import explain_with_method, explanation_from_map, resampled_explanation
from viewer.checks.parameter_randomisation import ParameterRandomisation
from viewer.checks.runner import run_checks
from viewer.errors import Cancelled, MethodError, ScanError
from viewer.methods.base import Attribution, ExplanationRequest
from viewer.methods.explain import explain
from viewer.methods.registry import find_method
from viewer.models.model import Model
from viewer.progress import Progress
from viewer.scans.grid import Grid
from viewer.scans.load import load_map
from viewer.scans.map import Map
from viewer.scans.provenance import Residual
from viewer.scans.scan import Scan


def test_default_target_is_the_largest_output(context: CheckContext, model: Model, scan: Scan) -> None:
    logits = model.logits(model.prepare(scan).tensor)[0].double()
    assert context.target.name == "spot"
    assert context.original_scores[0] == pytest.approx(float(logits[1]))
    assert context.original_scores[1] == pytest.approx(float(logits.softmax(0)[1]))
    assert make_context(model, scan, "plain", device="cpu").original_scores[0] == pytest.approx(
        float(logits[0])
    )
    head = scan.data > 0
    assert (context.foreground & head).sum() > 0.95 * head.sum()
    assert (context.foreground & ~head).sum() < 0.1 * head.sum()


def test_inputs_are_scored_in_order(context: CheckContext) -> None:
    def scaled(number: int) -> torch.Tensor:
        return context.x * (1 + number / 10)

    found = context.score_inputs(scaled, 40, Progress())
    for number in (0, 17, 39):
        logits = context.model.logits(scaled(number))[0].double()
        assert found.scores[number] == pytest.approx(float(logits[1]), rel=1e-5)
        assert found.probabilities is not None
        assert found.probabilities[number] == pytest.approx(float(logits.softmax(0)[1]), rel=1e-5)


def test_scoring_can_be_cancelled(context: CheckContext) -> None:
    with pytest.raises(Cancelled):
        context.score_inputs(lambda _: context.x, 3, Progress(cancelled=lambda: True))


def test_a_map_from_a_file_is_made_again_on_the_networks_voxels(
    context: CheckContext, model: Model, scan: Scan, tmp_path: Path
) -> None:
    path = tmp_path / "map.nii.gz"
    explain(model, scan, "gradient", device="cpu").save(path)
    found = explanation_from_map(context, load_map(path))
    assert found.method is not None
    assert found.unavailable_reason == ""
    own = explain(model, context.x, "gradient", device="cpu").data[0, 0]
    np.testing.assert_array_equal(found.values, own)
    assert "gives the same map" in found.notes[0]


def test_a_map_that_cannot_be_made_again_says_why(context: CheckContext, model: Model, scan: Scan) -> None:
    made = explain(model, scan, "gradient", device="cpu")
    provenance = made.provenance
    explanations = {
        "does not say which method": replace(made, provenance=type(provenance)()),
        "from another network": replace(made, provenance=replace(provenance, model={"hash": "x"})),
        "from another scan": replace(made, provenance=replace(provenance, scan={"hash": "x"})),
        "explains plain": replace(made, provenance=replace(provenance, target="plain")),
        "gives a different map": replace(made, data=made.data[::-1]),
        "could not be recomputed": replace(made, provenance=replace(provenance, method="unheard-of")),
    }
    for said, one in explanations.items():
        found = explanation_from_map(context, one)
        assert found.method is None
        assert said in found.unavailable_reason
        with pytest.raises(MethodError):
            found.recompute(Progress())


def test_a_map_elsewhere_is_refused(context: CheckContext) -> None:
    away = np.eye(4)
    away[:3, 3] = 900
    with pytest.raises(ScanError, match="within the network's field of view"):
        explanation_from_map(context, Map(np.ones((4, 4, 4), np.float32), Grid((4, 4, 4), away), "far"))


def test_a_map_on_another_grid_is_carried_by_its_affine(
    context: CheckContext, scan: Scan, spot: np.ndarray
) -> None:
    mirror = np.diag([-1.0, 1, 1, 1])
    mirror[0, 3] = scan.grid.shape[0] - 1
    grid = Grid(scan.grid.shape, scan.grid.affine @ mirror)
    found = explanation_from_map(context, Map(spot[::-1].astype(np.float32), grid, "LAS"))
    np.testing.assert_array_equal(found.values > 0.5, spot)


def test_importance_of_gradients_is_absolute_and_of_attributions_signed(
    honest: Explanation, context: CheckContext
) -> None:
    from viewer.methods.gradient import Gradient

    assert honest.importance.min() < 0
    assert explain_with_method(context, Gradient()).importance.min() >= 0


def test_a_change_that_turns_the_answer_matters_by_its_size(context: CheckContext) -> None:
    turned = explain_with_method(context, find_method("fgsm")())
    assert not turned.is_signed
    np.testing.assert_array_equal(turned.importance, np.abs(turned.values.astype(float)))
    share = explain_with_method(context, find_method("input-times-gradient")())
    assert share.is_signed
    np.testing.assert_array_equal(share.importance, share.values)


class Overflowing(Edges):
    """A method whose values are not finite."""

    name: ClassVar[str] = "overflowing"

    def explain(self, request: ExplanationRequest) -> Attribution:
        return Attribution(request.x / 0)


def test_a_method_whose_values_are_not_finite_is_refused_as_explain_refuses_it(
    context: CheckContext, scan: Scan
) -> None:
    with pytest.raises(MethodError) as told:
        explain(context.model, scan, Overflowing(), device="cpu")
    with pytest.raises(MethodError) as again:
        explain_with_method(context, Overflowing())
    assert "overflowing: the map has values that are not finite" in str(told.value)
    assert str(again.value) == str(told.value)


def test_a_map_recomputed_with_random_weights_that_overflows_does_not_depend_on_them(
    context: CheckContext,
) -> None:
    found = Explanation(context, "map", np.ones(context.shape, np.float32), Overflowing())
    (result,) = run_checks((found,), (ParameterRandomisation(),), with_agreement=False)
    assert result.verdict is Verdict.OPEN
    assert "values that are not finite" in result.sentence


def test_values_that_are_not_finite_count_as_zero_and_a_map_of_them_alone_is_refused(
    context: CheckContext, scan: Scan
) -> None:
    data = np.random.default_rng(1).random(scan.grid.shape, np.float32)
    data[0, 0, 0], data[1, 1, 1], data[2, 2, 2] = np.nan, np.inf, -np.inf
    found = resampled_explanation(context, Map(data, scan.grid, "some"))
    assert np.isfinite(found.values).all()
    assert np.abs(found.values).max() <= 1
    assert found.notes == ("3 voxels without a finite value, counted as 0",)
    nothing = Map(np.full(scan.grid.shape, np.nan, np.float32), scan.grid, "none")
    with pytest.raises(ScanError, match="none: has no finite values"):
        resampled_explanation(context, nothing)
    with pytest.raises(ScanError, match="empty: is zero everywhere"):
        resampled_explanation(context, Map(np.zeros(scan.grid.shape, np.float32), scan.grid, "empty"))


def test_where_nothing_is_expected_there_is_no_sum_to_check(context: CheckContext) -> None:
    def checked(expected: float, found: float) -> CheckResult:
        residual = Residual("completeness", expected, found).with_output_rounding(10.0)
        values = np.ones(context.shape, np.float32)
        return Conservation().run(Explanation(context, "map", values, residual=residual))

    assert checked(4e-6, -1e-6).sentence == "Not run: the map should add up to 0, and does."
    assert checked(4e-6, 0.5).verdict is Verdict.FAILS
    assert checked(4.0, 4.0).verdict is Verdict.HOLDS
