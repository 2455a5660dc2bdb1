"""Digits and their heatmaps: drawn, conserved, and saying what the paper says of both networks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from viewer.commands.reproduce_figures import taylor_2019
from viewer.commands.reproduce_figures.figure_output import FigureResult
from viewer.progress import Progress


@pytest.fixture(scope="module")
def figure_result(tmp_path_factory: pytest.TempPathFactory) -> FigureResult:
    return taylor_2019.taylor_digits(tmp_path_factory.mktemp("figures"), 0, Progress())


def test_it_is_drawn(figure_result: FigureResult) -> None:
    head = figure_result.files[0].read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(head[16:20], "big") > 2 * int.from_bytes(head[20:24], "big") > 1000
    assert "scikit-learn" in figure_result.notes[0]


def test_relevance_sums_to_the_output_as_closely_as_the_paper_has_it(figure_result: FigureResult) -> None:
    for network in ("dense", "convolutional"):
        assert figure_result.numbers[f"{network}: largest residual"] < 8e-6


def test_the_convolutional_network_looks_at_the_strokes_and_the_dense_one_around_them(
    figure_result: FigureResult,
) -> None:
    assert figure_result.numbers["convolutional: share on the strokes"] > 0.5
    assert figure_result.numbers["dense: share on the strokes"] < 0.4


def test_the_anti_heatmap_is_nearly_the_heatmap_negated(figure_result: FigureResult) -> None:
    assert figure_result.numbers["convolutional: correlation of heatmap and anti-heatmap"] < -0.9


def test_a_digit_is_misread(figure_result: FigureResult) -> None:
    assert figure_result.numbers["misread"]["is"] != figure_result.numbers["misread"]["read as"]


@pytest.mark.slow
def test_another_seed_shows_other_digits(tmp_path: Path, figure_result: FigureResult) -> None:
    other = taylor_2019.taylor_digits(tmp_path, 1, Progress())
    assert (
        other.numbers["dense: share on the strokes"] != figure_result.numbers["dense: share on the strokes"]
    )
    assert other.numbers["dense: read right"] == figure_result.numbers["dense: read right"]
    assert np.isfinite(other.numbers["dense: largest residual"])
