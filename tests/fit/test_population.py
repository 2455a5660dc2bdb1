"""Networks that were trained only on simulated brains."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fit_scans import ball

from viewer.fit.check_fit import check_fit
from viewer.fit.population import NAME, is_simulated
from viewer.models.fit_report import FitVerdict
from viewer.models.loading import load_model
from viewer.scans.load import load_scan


@pytest.mark.parametrize(
    ("notes", "verdict"), [((), FitVerdict.CAUTION), (("Simulated: a ball.",), FitVerdict.OK)]
)
def test_a_network_of_simulated_brains_is_not_believed_about_a_person(
    notes: tuple[str, ...], verdict: FitVerdict
) -> None:
    report = check_fit(load_model("demo"), replace(ball(74), notes=notes))
    found = {check.name: check for check in report.checks}[NAME]
    assert found.verdict is verdict
    assert ("is meaningless" in found.sentence) == (verdict is FitVerdict.CAUTION)


def test_cards_that_say_something_else_have_no_such_check() -> None:
    model = load_model("demo")
    model.card = replace(model.card, population="300 persons of 60 to 90 years")
    assert NAME not in {check.name for check in check_fit(model, ball(74)).checks}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["simulated-lesions", "simulated-head", "mni152"])
def test_built_in_scans_are_nobody_s(name: str) -> None:
    assert is_simulated(load_scan(name))
