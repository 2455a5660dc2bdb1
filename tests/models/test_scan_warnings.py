"""Warnings say what is known to differ from what a card asks for, and nothing where all is as it asks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from viewer.models.architectures.published import ADNET_CARD
from viewer.models.input_spec import InputSpec, IntensityScaling, IntensitySpec, Placement
from viewer.models.loading import load_model
from viewer.models.model_card import Card, ModelKind
from viewer.models.predict import Prediction, describe_empty_prediction, predict
from viewer.models.scan_warnings import scan_warnings
from viewer.scans.grid import Grid
from viewer.scans.load import load_scan
from viewer.scans.scan import Scan, StoredOrientation

GRID = Grid((60, 70, 60), np.array([[3.0, 0, 0, -89], [0, 3, 0, -124], [0, 0, 3, -71], [0, 0, 0, 1]]))
ANY = Card("any", classes=("a", "b"), input=InputSpec((8, 8, 8), Placement.FIELD_OF_VIEW))
TEMPLATE = replace(ANY, input=replace(ANY.input, space="affine"))
BRAIN = replace(ANY, input=replace(ANY.input, skull="removed"))
HEAD = replace(ANY, input=replace(ANY.input, skull="kept"))


def ball(radius: float, codes: tuple[int, int] | None = (4, 4), grid: Grid = GRID) -> Scan:
    """Tissue of 100 ± 10 within a radius in mm, 0 around it."""
    places = np.stack(np.meshgrid(*[np.arange(n) for n in grid.shape], indexing="ij"), axis=-1)
    inside = np.linalg.norm(grid.to_world(places) - grid.centre, axis=-1) < radius
    noise = np.random.default_rng(0).normal(100, 10, grid.shape)
    return Scan(
        (inside * noise).astype(np.float32), grid, "ball", stored=StoredOrientation(grid, codes=codes)
    )


def changed(scan: Scan, data: np.ndarray) -> Scan:
    return Scan(data.astype(np.float32), scan.grid, scan.name, stored=scan.stored)


@pytest.mark.parametrize("card", [ANY, TEMPLATE, BRAIN])
def test_a_brain_in_mni_space_is_not_warned_of(card: Card) -> None:
    assert scan_warnings(ball(74), card) == ()  # 1.7 litres


def test_a_card_that_asks_for_nothing_is_not_compared_with() -> None:
    assert scan_warnings(ball(88, (1, 1)), ANY) == ()
    assert scan_warnings(ball(88), replace(ANY, input=None)) == ()


@pytest.mark.parametrize(
    ("codes", "says"), [((1, 1), "says scanner"), ((0, 2), "says aligned"), (None, "does not say")]
)
def test_a_scan_that_is_not_known_to_be_in_mni_space(codes: tuple[int, int] | None, says: str) -> None:
    (line,) = scan_warnings(ball(74, codes), TEMPLATE)
    assert "not known to be" in line
    assert says in line
    fixed = replace(ANY, input=InputSpec((8, 8, 8), Placement.AFFINE, affine=tuple(map(tuple, np.eye(4)))))
    assert "not known to be" in scan_warnings(ball(74, codes), fixed)[0]


def test_a_head_for_a_network_of_brains_and_a_brain_for_one_of_heads() -> None:
    (line,) = scan_warnings(ball(88), BRAIN)
    assert "2.9 litres, more than any brain" in line
    assert scan_warnings(ball(88), HEAD) == ()
    (line,) = scan_warnings(ball(74), HEAD)
    assert "1.7 litres, less than a head" in line


def test_another_field_of_view_for_a_network_that_is_shown_all_of_it() -> None:
    wide = Grid((86, 86, 86), GRID.affine)
    (line,) = scan_warnings(ball(74, (4, 4), wide), TEMPLATE)
    assert "of 258 × 258 × 258 mm here" in line


def test_labels_masks_and_statistical_maps_are_told() -> None:
    scan = ball(74)
    labels = (scan.data != 0) * (1 + np.arange(GRID.shape[0])[:, None, None] // 6)
    (line,) = scan_warnings(changed(scan, labels), ANY)
    assert "an atlas of labels or a mask" in line
    assert "an atlas of labels" in scan_warnings(changed(scan, scan.data != 0), ANY)[0]
    (line,) = scan_warnings(changed(scan, scan.data - 100 * (scan.data != 0)), ANY)
    assert "of its values are negative" in line
    assert scan_warnings(changed(scan, scan.data * 0), ANY) == ("it is zero everywhere",)


def test_whole_numbers_of_a_scan_are_no_labels() -> None:
    scan = ball(74)
    assert scan_warnings(changed(scan, np.rint(scan.data)), ANY) == ()


def test_intensities_beyond_the_bounds_of_the_card() -> None:
    bounded = replace(
        ANY, input=replace(ANY.input, intensity=IntensitySpec(IntensityScaling.BOUNDS, bounds=(0.0, 1.0)))
    )
    (line,) = scan_warnings(ball(74), bounded)
    assert line == "100% of its values lie beyond 0 to 1, which the network asks for"
    scan = ball(74)
    assert scan_warnings(changed(scan, scan.data / 200), bounded) == ()


def test_what_an_empty_scan_gets_is_told_in_a_sentence() -> None:
    found = Prediction(ModelKind.CLASSIFICATION, ("control", "ill"), (0.0, 7.0), (0.001, 0.999))
    assert describe_empty_prediction(found) == "an empty scan gets ill, 99.9%"
    value = Prediction(ModelKind.REGRESSION, ("age",), (50.0,), value=50.0, unit="years")
    assert describe_empty_prediction(value) == "an empty scan gets 50 years"


@pytest.mark.parametrize("scan", ["mni152", "simulated-lesions"])
@pytest.mark.parametrize("card", ["demo", "lesions-square-2d", "age-bins", "adnet"])
def test_built_in_scans_fit_what_the_built_in_networks_ask_for(scan: str, card: str) -> None:
    checked_card = ADNET_CARD if card == "adnet" else load_model(card).card
    assert scan_warnings(load_scan(scan), checked_card) == ()


def test_a_prediction_carries_warnings_and_an_empty_scans_answer() -> None:
    model = load_model("demo")
    found = predict(model, load_scan("simulated-lesions"))
    assert found.warnings == ()
    empty = predict(model, ball(88, (1, 1))).empty
    assert found.empty is not None
    # The air is zero for this network, whatever the scan: an empty scan is the same one.
    assert empty is not None
    assert found.empty.logits == pytest.approx(empty.logits)
    assert found.remarks[0].startswith("an empty scan gets ")
    assert found.as_json()["notes"] == list(found.remarks)
    assert found.as_json()["empty"]["logits"] == list(found.empty.logits)


def test_real_scans_of_the_wrong_kind_are_told_for_adnet(real_data: Path) -> None:
    head = scan_warnings(load_scan(real_data / "scans" / "t1_crop.nii.gz"), ADNET_CARD)
    assert [word in " ".join(head) for word in ("MNI space", "litres", "256 × 256 × 256")] == [True] * 3
    assert "negative" in scan_warnings(load_scan(real_data / "maps" / "spmMotor.nii.gz"), ADNET_CARD)[0]
    assert "labels" in scan_warnings(load_scan(real_data / "atlas" / "aal.nii.gz"), ADNET_CARD)[0]


def test_adnet_says_alzheimers_of_an_empty_scan(real_data: Path) -> None:
    model = load_model(real_data / "adnet" / "AD_pretrained_weights.pt")
    found = predict(model, load_scan(real_data / "scans" / "t1_crop.nii.gz"))
    assert found.empty is not None
    assert found.empty.classes[found.empty.best or 0] == "Alzheimer's disease"
    assert found.empty.probabilities[1] == pytest.approx(0.999, abs=0.002)
