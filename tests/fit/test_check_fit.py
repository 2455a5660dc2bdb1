"""All checks together: nothing is refused, and nothing is silent."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from fit_scans import ball, changed
from torch import nn

from viewer.fit.check_fit import check_fit, list_checks
from viewer.fit.predict import predict
from viewer.models.fit_report import FitCheck, FitReport, FitVerdict, fit_report_from_json
from viewer.models.model import Model
from viewer.models.model_card import Card
from viewer.scans.load import load_scan

OK, CAUTION, UNFIT, UNKNOWN = (
    FitCheck(str(verdict), verdict, f"it is {verdict}", 1.0, "2")
    for verdict in (FitVerdict.OK, FitVerdict.CAUTION, FitVerdict.UNFIT, FitVerdict.NOT_MEASURABLE)
)


@pytest.mark.parametrize(
    ("checks", "verdict"),
    [
        ((OK, UNKNOWN), FitVerdict.OK),
        ((OK, CAUTION, OK), FitVerdict.CAUTION),
        ((CAUTION, UNFIT, OK), FitVerdict.UNFIT),
        ((UNKNOWN,), FitVerdict.CAUTION),
    ],
)
def test_the_worst_verdict_counts(checks: tuple[FitCheck, ...], verdict: FitVerdict) -> None:
    report = FitReport(checks)
    assert report.verdict is verdict
    assert fit_report_from_json(report.as_json()) == report
    assert report.as_json()["checks"][0].keys() == {"name", "value", "expected", "verdict", "sentence"}


def test_the_sentence_names_the_most_severe_reason() -> None:
    assert FitReport((CAUTION, UNFIT)).sentence == (
        "the scan does not fit the network: it is unfit (and 1 more)"
    )
    assert FitReport((OK, UNKNOWN)).sentence == "no check found a problem; 1 of 2 checks could be run"


def test_a_scan_that_cannot_be_prepared_is_unfit_and_no_error(card: Callable[..., Card]) -> None:
    from viewer.models.input_spec import IntensityScaling, IntensitySpec

    asked = card(intensity=IntensitySpec(IntensityScaling.Z_SCORE, over="nonzero"), space="affine")
    model = Model(nn.Sequential(nn.Flatten(), nn.Linear(12 * 14 * 12, 2)), asked, "0" * 64)
    report = check_fit(model, changed(ball(74), ball(74).data * 0), device="cpu")
    assert report.verdict is FitVerdict.UNFIT
    assert len(report.checks) == len(list_checks(has_relevance=False))


def test_a_network_of_tensors_takes_no_scan(card: Callable[..., Card]) -> None:
    model = Model.from_module(nn.Sequential(nn.Flatten(), nn.Linear(8, 2)), torch.zeros(1, 1, 2, 2, 2))
    report = check_fit(model, ball(74), device="cpu")
    assert report.verdict in (FitVerdict.OK, FitVerdict.CAUTION)
    assert any(one.verdict is FitVerdict.NOT_MEASURABLE for one in report.checks)


def test_training_statistics_that_are_not_understood_are_told(card: Callable[..., Card]) -> None:
    from dataclasses import replace

    wrong = replace(card(), training_statistics={"references": {"image": {"mean": "1 x", "sd": "1 1"}}})
    network = nn.Sequential(nn.Flatten(), nn.Linear(12 * 14 * 12, 2))
    report = check_fit(Model(network, wrong, "0" * 64), ball(74), device="cpu")
    (pose,) = (one for one in report.checks if one.name == "pose")
    assert pose.verdict is FitVerdict.NOT_MEASURABLE
    assert "training_statistics.references.image.mean" in pose.sentence


def test_a_prediction_carries_the_report(card: Callable[..., Card]) -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(12 * 14 * 12, 2))
    model = Model(network, card(skull="kept"), "0" * 64)
    found = predict(model, ball(60), "cpu")
    assert found.fit is not None
    assert found.fit.verdict is FitVerdict.CAUTION
    assert found.as_json()["fit"] == found.fit.as_json()


def test_the_network_is_not_changed() -> None:
    from viewer.models.loading import load_model

    model = load_model("demo")
    scan = load_scan("simulated-lesions")
    x = model.prepare(scan).tensor
    before = model.logits(x)
    check_fit(model, scan, device="cpu")
    assert np.array_equal(model.logits(x).detach().numpy(), before.detach().numpy())
    assert not any(module._forward_hooks for module in model.module().modules())


def test_a_report_is_printed_as_its_verdict_and_sentence() -> None:
    found = repr(FitReport((OK, UNKNOWN)))
    assert found == "<FitReport ok: no check found a problem; 1 of 2 checks could be run>"
    assert repr(FitReport(())) == "<FitReport caution: whether the scan fits the network was not checked>"
