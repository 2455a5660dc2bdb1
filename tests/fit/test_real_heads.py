"""ADnet and real scans: heads in the template's space fit, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fit_scans import HEADS, changed, registered, turned, upside_down

from viewer.fit.check_fit import check_fit
from viewer.models.activation_statistics import activation_statistics
from viewer.models.fit_report import FitVerdict
from viewer.models.loading import load_model
from viewer.models.model import Model
from viewer.scans.load import load_scan
from viewer.scans.scan import Scan


@pytest.fixture(scope="module")
def adnet(real_data: Path) -> Model:
    return load_model(real_data / "adnet" / "AD_pretrained_weights.pt")


def noise(scan: Scan) -> Scan:
    return changed(scan, np.random.default_rng(0).random(scan.grid.shape))


@pytest.mark.parametrize("name", HEADS)
def test_a_head_in_the_templates_space_fits(real_data: Path, adnet: Model, name: str) -> None:
    report = check_fit(adnet, registered(real_data, name), device="cpu")
    assert report.verdict is FitVerdict.OK, report.sentence


@pytest.mark.parametrize("name", HEADS)
@pytest.mark.parametrize("change", [upside_down, turned, noise])
def test_a_registered_head_that_was_turned_does_not(
    real_data: Path, adnet: Model, name: str, change: Callable[[Scan], Scan]
) -> None:
    report = check_fit(adnet, change(registered(real_data, name)), device="cpu")
    assert report.verdict is FitVerdict.UNFIT, report.sentence


@pytest.mark.parametrize("name", HEADS)
@pytest.mark.parametrize("change", [None, upside_down, turned, noise])
def test_a_raw_head_does_not(
    real_data: Path, adnet: Model, name: str, change: Callable[[Scan], Scan] | None
) -> None:
    scan = load_scan(real_data / HEADS[name])
    report = check_fit(adnet, scan if change is None else change(scan), device="cpu")
    print(f"{name}, {'raw' if change is None else change.__name__}: {report.verdict}")
    assert report.verdict is not FitVerdict.OK


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", HEADS)
def test_a_raw_head_fits_once_it_is_prepared(real_data: Path, adnet: Model, name: str) -> None:
    report = check_fit(adnet, load_scan(real_data / HEADS[name]), device="cpu", prepare="card")
    print(f"{name}, prepared: {report.verdict}")
    assert report.verdict is FitVerdict.OK, report.sentence


@pytest.mark.parametrize("path", ["maps/spmMotor.nii.gz", "atlas/aal.nii.gz"])
def test_an_image_of_another_kind_is_unfit(real_data: Path, adnet: Model, path: str) -> None:
    report = check_fit(adnet, load_scan(real_data / path), device="cpu")
    print(f"{path}: {report.verdict}")
    assert report.verdict is FitVerdict.UNFIT
    assert report.checks[0].verdict is FitVerdict.UNFIT


def test_a_blank_is_unfit(real_data: Path, adnet: Model) -> None:
    scan = load_scan(real_data / HEADS["example_brain_t1"])
    assert check_fit(adnet, changed(scan, scan.data * 0), device="cpu").verdict is FitVerdict.UNFIT


@pytest.mark.parametrize(
    ("name", "stripped", "distance"),
    [
        ("example_brain_t1", False, 0.275),
        ("t1_crop", False, 0.582),
        ("example_brain_t1", True, 0.671),
        ("t1_crop", True, 0.975),
    ],
)
def test_the_batch_norms_know_whole_heads(
    real_data: Path, adnet: Model, name: str, stripped: bool, distance: float
) -> None:
    x = adnet.prepare(registered(real_data, name, stripped)).tensor
    found = activation_statistics(adnet.module(), x).batch_norm_distance
    assert found == pytest.approx(distance, abs=0.01)


def test_adnet_says_alzheimers_of_an_empty_scan(real_data: Path, adnet: Model) -> None:
    report = check_fit(adnet, load_scan(real_data / HEADS["example_brain_t1"]), device="cpu")
    (empty,) = (one for one in report.checks if one.name == "empty scan")
    assert empty.value == "Alzheimer's disease, 99.9%"
