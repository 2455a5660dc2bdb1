"""The interval of a prediction on pages, in reports and below slices."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from viewer.checks.report import _make_prediction_chart
from viewer.models.model_card import ModelKind
from viewer.models.predict import Prediction
from viewer.models.uncertainty.kinds import UncertaintyKind
from viewer.models.uncertainty.prediction_spread import PredictionSpread
from viewer.scans.provenance import Provenance
from viewer.scene import slices_figure
from viewer.scene.web_page.facts import prediction_section
from viewer.session.view import View

CHANCES = np.linspace(0.6, 0.9, 30)
SPREAD = PredictionSpread(
    UncertaintyKind.DROPOUT, "probability", ("CN", "AD"), tuple((1 - p, p) for p in CHANCES.tolist()), 0
)
PREDICTION = Prediction(ModelKind.CLASSIFICATION, ("CN", "AD"), (0.0, 1.1), (0.25, 0.75), uncertainty=SPREAD)


def test_a_page_draws_the_interval_over_the_bar() -> None:
    text = prediction_section(PREDICTION, None, "net", None)
    ends = [
        [float(one) for one in found]
        for found in re.findall(r'<line class="interval" x1="([\d.]+)%" x2="([\d.]+)%" y1="3.5"', text)
    ]
    expected = [100 * np.percentile(values, (2.5, 97.5)) for values in (1 - CHANCES, CHANCES)]
    np.testing.assert_allclose(ends, expected, atol=1e-3)
    assert "interval" not in prediction_section(replace(PREDICTION, uncertainty=None), None, "net", None)


def test_a_report_draws_the_mean_with_its_interval() -> None:
    told, _, drawing = _make_prediction_chart(SPREAD).partition("</p>")
    assert "Prediction, %: mean, and 2.5th to 97.5th percentile of 30 dropout samples" in told
    drawn = ElementTree.fromstring(drawing)
    bars = [one for one in drawn.iter() if one.tag.endswith("rect")]
    whiskers = [one for one in drawn.iter() if one.get("class") == "interval"]
    assert len(bars) == len(whiskers) == 2
    start, length = float(bars[1].get("x", "")), float(bars[1].get("width", "")) / CHANCES.mean()
    found = re.match(r"M([\d.]+),\d+H([\d.]+)", whiskers[1].get("d", ""))
    assert found is not None
    low, high = ((float(end) - start) / length for end in found.groups())
    np.testing.assert_allclose((low, high), np.percentile(CHANCES, (2.5, 97.5)), atol=0.01)


def test_the_interval_stands_below_the_slices(
    head, blobs, grids, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid = grids["LAS"]
    shown = replace(
        blobs(grid, ((0.0, 0.0, 0.0), 1.0, 12.0)),
        provenance=Provenance(method="gradient", target="AD", prediction=PREDICTION.as_json()),
    )
    told = []
    write = slices_figure.write_figure
    monkeypatch.setattr(
        slices_figure, "write_figure", lambda *given: (told.append(" ".join(given[10])), write(*given))[1]
    )
    slices_figure.slices_figure(head(grid), shown, tmp_path / "slices.png", View())
    low, high = np.percentile(CHANCES, (2.5, 97.5))
    assert f"Prediction: AD {low:.1%} to {high:.1%}, mean 75.0%" in told[0]
    assert "CN" not in told[0]
