"""How far a map is from the sum it must have, and when its name must say so."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.origin import add_origin_to_name, origin_notes
from viewer.scans.provenance import AbsorbedRelevance, Provenance, Residual
from viewer.scans.scan import Scan
from viewer.scans.sidecar import read_sidecar, sidecar_text


@pytest.mark.parametrize(
    ("expected", "found", "warning"),
    [
        (2.0, 2.19, ""),
        (2.0, 2.56, "residual 28%"),
        (-1.0, 2.0, "residual 300%"),
        (1e-3, 5e10, "residual 5e+13 times the expected sum"),
        (0.0, 0.0, ""),
        (0.0, 0.5, "residual: the sum is 0.5 instead of 0"),
    ],
)
def test_a_residual_above_a_tenth_is_told_beside_the_name(expected, found, warning):
    assert Residual("conservation", expected, found).warning == warning


@pytest.mark.parametrize(
    ("output", "biases", "stabiliser", "text"),
    [
        (2.0, 0.0, 0.0, ""),
        (2.0, 0.84, 0.0, "biases absorbed 42% of the output's relevance"),
        (-2.0, -0.84, 0.006, "biases absorbed 42% and ε added 0.3% of the output's relevance"),
        (2.0, 0.0, 1e-6, ""),
        (1e-3, -5e7, 0.0, "biases added 5·10¹²% of the output's relevance"),
        (0.0, 0.5, 0.0, "biases absorbed 0.5 where the output is 0"),
    ],
)
def test_what_was_absorbed_is_told_as_a_share_of_the_output(output, biases, stabiliser, text):
    due = output - biases - stabiliser
    residual = Residual("conservation", due, due, AbsorbedRelevance(biases, stabiliser))
    assert residual.absorbed_text == text
    assert residual.relative == 0
    assert residual.warning == (text.removesuffix("'s relevance") if abs(biases) > abs(output) else "")


def test_a_map_of_nothing_is_complete_where_nothing_is_due() -> None:
    assert Residual("completeness", 0.0, 0.0).relative == 0.0
    assert math.isinf(Residual("completeness", 0.0, 0.1).relative)
    assert Residual("completeness", -2.0, -1.0).relative == 0.5


def test_rounding_of_outputs_is_no_sum(tmp_path: Path) -> None:
    small = Residual("completeness", 4e-7, 0.0)
    assert small.relative == 1
    rounded = small.with_output_rounding(10.0)
    assert (rounded.expected, rounded.relative, rounded.warning) == (0.0, 0.0, "")
    assert Residual("completeness", 4e-7, -3e-7).with_output_rounding(10.0).relative == 0
    missed = Residual("completeness", 4e-7, 0.5).with_output_rounding(10.0)
    assert missed.warning == "residual: the sum is 0.5 instead of 0"
    true = Residual("completeness", 4e-7, 0.0).with_output_rounding(0.01)
    assert (true.expected, true.relative) == (4e-7, 1)
    path = tmp_path / "map.json"
    path.write_text(sidecar_text(Provenance("deeplift", residual=rounded), Grid((2, 2, 2), np.eye(4))))
    assert read_sidecar(tmp_path / "map.nii")[0].residual == rounded


def test_the_name_that_is_drawn_over_a_scan_says_the_residual():
    grid = Grid((2, 2, 2), np.eye(4))
    scan = Scan(np.zeros(grid.shape, np.float32), grid, "head")
    made = Provenance("lrp-epsilon", residual=Residual("conservation", 1.0, 0.72))
    shown = Map(np.zeros(grid.shape, np.float32), grid, "LRP-ε, lesion", made)
    assert add_origin_to_name(shown, scan).name == "LRP-ε, lesion (residual 28%)"


def test_values_that_cancel_are_named_beside_the_map():
    grid = Grid((2, 2, 2), np.eye(4))
    scan = Scan(np.zeros(grid.shape, np.float32), grid, "head")

    def shown(residual: Residual) -> Map:
        return Map(
            np.zeros(grid.shape, np.float32), grid, "DeepLIFT", Provenance("deeplift", residual=residual)
        )

    calm = Residual("completeness", -2.0, -2.0, sizes=1999.0)
    assert (calm.warning, calm.cancellation) == ("", 999.5)
    noise = Residual("completeness", -2.0, -2.0, sizes=2e6)
    assert noise.warning == "cancelling noise"
    assert add_origin_to_name(shown(noise), scan).name == "DeepLIFT (cancelling noise)"
    assert origin_notes(shown(noise), scan) == (
        "cancelling noise (completeness: the map sums to −2 instead of −2; absolute values sum to 1e+06 "
        "times the output)",
    )
    both = Residual("conservation", 1.0, 0.72, sizes=5e4)
    assert both.warning == "residual 28%, cancelling noise"
    # Compared with the output, most of which biases may absorb.
    assert not Residual("conservation", 0.01, 0.01, AbsorbedRelevance(9.99, 0.0), sizes=100.0).is_cancelling
    assert not Residual("conservation", 0.0, 0.0, sizes=1.0).is_cancelling


def test_three_that_absorb_are_enumerated():
    residual = Residual("conservation", 1.0, 1.0, AbsorbedRelevance(1.0, 1.0, 1.0))
    assert residual.absorbed_text == (
        "biases absorbed 25%; ε absorbed 25% and class tokens, positions and padding absorbed 25% of the "
        "output's relevance"
    )
