"""Digits and their heatmaps: drawn, conserved, and saying what the paper says of both networks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from viewer.commands.reproduce_figures import taylor_2019
from viewer.commands.reproduce_figures.figure_output import FigureResult
from viewer.progress import Progress


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> FigureResult:
    return taylor_2019.taylor_digits(tmp_path_factory.mktemp("figures"), 0, Progress())


def test_it_is_drawn(made: FigureResult) -> None:
    head = made.files[0].read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(head[16:20], "big") > 2 * int.from_bytes(head[20:24], "big") > 1000
    assert "scikit-learn" in made.notes[0]


def test_relevance_sums_to_the_output_as_closely_as_the_paper_has_it(made: FigureResult) -> None:
    for network in ("dense", "convolutional"):
        assert made.numbers[f"{network}: largest residual"] < 8e-6


def test_the_convolutional_network_looks_at_the_strokes_and_the_dense_one_around_them(
    made: FigureResult,
) -> None:
    assert made.numbers["convolutional: share on the strokes"] > 0.5
    assert made.numbers["dense: share on the strokes"] < 0.4


def test_the_anti_heatmap_is_nearly_the_heatmap_negated(made: FigureResult) -> None:
    assert made.numbers["convolutional: correlation of heatmap and anti-heatmap"] < -0.9


def test_a_digit_is_misread(made: FigureResult) -> None:
    assert made.numbers["misread"]["is"] != made.numbers["misread"]["read as"]


def test_another_seed_shows_other_digits(tmp_path: Path, made: FigureResult) -> None:
    other = taylor_2019.taylor_digits(tmp_path, 1, Progress())
    assert other.numbers["dense: share on the strokes"] != made.numbers["dense: share on the strokes"]
    assert other.numbers["dense: read right"] == made.numbers["dense: read right"]
    assert np.isfinite(other.numbers["dense: largest residual"])
