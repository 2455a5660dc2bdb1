"""The built-in networks on scans like those of their training, and on the same scans spoilt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pytest
from fit_scans import changed

from viewer.fit.check_fit import check_fit
from viewer.models.fit_report import FitVerdict
from viewer.models.loading import load_model
from viewer.models.model import Model
from viewer.models.training.brain_simulator import BrainSimulator
from viewer.models.training.simulated_ageing import GreyMatterSimulator, draw_age
from viewer.scans.grid import Grid
from viewer.scans.load import load_scan
from viewer.scans.resample import resample
from viewer.scans.scan import Scan

SIMULATED_NOTE = ("Simulated: no person's scan.",)

FITTING = {
    "demo": ("mni152", "simulated-lesions"),
    "lesions-square-2d": ("mni152", "simulated-lesions"),
    "lesions-gaussian-2d": ("mni152", "simulated-lesions"),
    "age-bins": ("simulated-grey-matter",),
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", FITTING)
@pytest.mark.parametrize("scan", ["mni152", "simulated-lesions", "simulated-grey-matter"])
def test_built_in_scans_fit_the_built_in_networks_of_their_kind(name: str, scan: str) -> None:
    report = check_fit(load_model(name), load_scan(scan), device="cpu")
    assert (report.verdict is FitVerdict.OK) == (scan in FITTING[name]), report.sentence


def other_scans(name: str, count: int) -> list[Scan]:
    """Simulated scans like those that a network was trained on."""
    spec = load_model(name).card.input
    assert spec is not None
    i, j, k = (*spec.shape, spec.slices)[:3]
    grid = Grid((i, j, k), np.array(spec.affine))
    draws = [np.random.default_rng([777, number]) for number in range(count)]
    if name == "age-bins":
        people = GreyMatterSimulator()
        maps = [people.simulate_map(draw_age(n % 3, draw), draw) for n, draw in enumerate(draws)]
        return [Scan(data, grid, "person", SIMULATED_NOTE) for data in maps]
    template = load_scan("mni152")
    simulator = BrainSimulator(template.data, template.grid, grid=grid)
    brains = [simulator.simulate_brain(draw) for draw in draws]
    shown = [
        simulator.add_lesions(b, draw)[0] if n % 2 else b
        for n, (b, draw) in enumerate(zip(brains, draws, strict=True))
    ]
    return [Scan(data, grid, "brain", SIMULATED_NOTE) for data in shown]


def rotated(scan: Scan, draw: np.random.Generator) -> Scan:
    """Return the scan turned by 30° about one of its axes."""
    angle, axis = np.deg2rad(30) * draw.choice([-1, 1]), int(draw.integers(3))
    matrix = np.eye(4)
    a, b = (one for one in range(3) if one != axis)
    matrix[a, a] = matrix[b, b] = np.cos(angle)
    matrix[a, b], matrix[b, a] = -np.sin(angle), np.sin(angle)
    centre = scan.grid.centre
    matrix[:3, 3] = centre - matrix[:3, :3] @ centre
    return changed(scan, resample(scan.data, Grid(scan.grid.shape, matrix @ scan.grid.affine), scan.grid))


def inverted(scan: Scan, draw: np.random.Generator) -> Scan:
    del draw
    return changed(scan, (scan.data.max() - scan.data) * (scan.data > 0))


def halved(scan: Scan, draw: np.random.Generator) -> Scan:
    """Return one half of the scan along one of its axes."""
    axis, side = int(draw.integers(3)), int(draw.integers(2))
    size = scan.grid.shape[axis]
    cut = slice(size // 2, None) if side else slice(0, size // 2)
    data = scan.data[tuple(cut if other == axis else slice(None) for other in range(3))]
    affine = np.array(scan.grid.affine)
    affine[:3, 3] = scan.grid.to_world([size // 2 * side if other == axis else 0 for other in range(3)])
    return changed(scan, data, Grid(data.shape, affine))


def noisy(scan: Scan, draw: np.random.Generator) -> Scan:
    """Return the scan with noise of 30 % of its brightest tissue, in the tissue alone."""
    inside = scan.data > 0
    level = 0.3 * np.percentile(scan.data[inside], 95)
    return changed(scan, np.maximum(scan.data + level * draw.standard_normal(scan.data.shape), 0) * inside)


SPOILT = (rotated, inverted, halved, noisy)


def share_ok(model: Model, scans: Sequence[Scan]) -> float:
    reports = [check_fit(model, scan, device="cpu") for scan in scans]
    return float(np.mean([report.verdict is FitVerdict.OK for report in reports]))


@pytest.fixture(scope="module")
def rates() -> Iterator[dict[tuple[str, str], float]]:
    """Share of ok by network and kind of scan; printed as a table after the last (shown by -s)."""
    found: dict[tuple[str, str], float] = {}
    yield found
    columns = ("held out", *(spoil.__name__ for spoil in SPOILT))
    rows = [name for name in FITTING if any(name == network for network, _ in found)]
    if not rows:
        return
    print("\nshare of scans that are ok" + "".join(f"{column:>11}" for column in columns))
    for name in rows:
        cells = (found.get((name, column)) for column in columns)
        print(f"{name:26}" + "".join("        n/a" if one is None else f"{one:11.1%}" for one in cells))


@pytest.mark.slow
@pytest.mark.parametrize("name", FITTING)
def test_other_scans_of_the_kind_fit(name: str, rates: dict[tuple[str, str], float]) -> None:
    share = share_ok(load_model(name), other_scans(name, 40))
    rates[name, "held out"] = share
    assert share >= 0.95


@pytest.mark.slow
@pytest.mark.parametrize("name", FITTING)
@pytest.mark.parametrize("spoil", SPOILT)
def test_spoilt_scans_do_not_fit(
    name: str, spoil: Callable[[Scan, np.random.Generator], Scan], rates: dict[tuple[str, str], float]
) -> None:
    draw = np.random.default_rng(99)
    spoilt = [spoil(scan, draw) for scan in other_scans(name, 20)]
    share = share_ok(load_model(name), spoilt)
    rates[name, spoil.__name__] = share
    assert share <= 0.05


@pytest.mark.sampled(2)
@pytest.mark.parametrize("spoil", SPOILT)
def test_one_spoilt_scan_does_not_fit(spoil: Callable[[Scan, np.random.Generator], Scan]) -> None:
    spoilt = spoil(load_scan("simulated-lesions"), np.random.default_rng(0))
    assert check_fit(load_model("demo"), spoilt, device="cpu").verdict is not FitVerdict.OK
