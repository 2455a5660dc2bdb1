"""Occlusion against Captum's, and the local way against the plain one."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from captum.attr import Occlusion as Oracle
from captum.testing.helpers.basic_models import BasicModel_MultiLayer
from torch import nn

from viewer.errors import Cancelled, MethodError
from viewer.methods.base import Attribution, ExplanationRequest, Target
from viewer.methods.explain import explain
from viewer.methods.perturbation.fill import FILL_CHOICES
from viewer.methods.perturbation.occlusion import Occlusion, WindowGrid
from viewer.methods.perturbation.window_size import WindowSize
from viewer.models.input_spec import InputSpec
from viewer.models.loading import load_model
from viewer.models.model import Model
from viewer.models.model_card import Card, ModelKind
from viewer.progress import Progress, ProgressStep
from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.scan import Scan

LOCAL, WHOLE = "that each can affect was run again", "the whole network was run"


@cache
def network(rank: int = 3, channels: int = 1) -> nn.Module:
    conv, pool = (nn.Conv3d, nn.MaxPool3d) if rank == 3 else (nn.Conv2d, nn.MaxPool2d)
    torch.manual_seed(rank)
    built = nn.Sequential(
        conv(channels, 3, 3, padding=1), nn.ReLU(), pool(3, 2), conv(3, 4, 3), nn.Softplus(), nn.Flatten()
    )
    size = built(torch.zeros(1, channels, *(13, 11, 12)[:rank])).shape[1]
    return nn.Sequential(*built, nn.Linear(size, 3)).double().eval()


def random_input(rank: int = 3, channels: int = 1) -> torch.Tensor:
    return torch.randn(
        1, channels, *(13, 11, 12)[:rank], dtype=torch.float64, generator=torch.Generator().manual_seed(5)
    )


def run_method(
    net: nn.Module, x: torch.Tensor, method: Occlusion, target: int = 1, seed: int = 0
) -> Attribution:
    return method.explain(
        ExplanationRequest(modelled(net, x.shape), x, Target(target, str(target)), seed=seed)
    )


@cache
def modelled(net: nn.Module, shape: torch.Size) -> Model:
    return Model.from_module(net, torch.zeros(shape, dtype=torch.float64))


@pytest.mark.parametrize("rank", [2, 3], ids=["2D", "3D"])
@pytest.mark.parametrize(("window", "stride"), [(4, 2), (5, 3), (3, 3), (6, 4), (20, 8)])
@pytest.mark.parametrize("local", [True, False], ids=["local", "plain"])
def test_map_equals_captum(rank: int, window: int, stride: int, local: bool) -> None:
    net, x = network(rank), random_input(rank)
    found = run_method(net, x, Occlusion(window=window, stride=stride, local=local))
    sizes = tuple(min(window, size) for size in x.shape[2:])
    steps = tuple(min(stride, size) for size in sizes)
    expected = Oracle(net).attribute(x, (1, *sizes), (1, *steps), target=1).detach().double()
    torch.testing.assert_close(found.values, expected, rtol=1e-6, atol=1e-7)
    assert (LOCAL if local else WHOLE) in found.notes[0]


@pytest.mark.parametrize(("window", "stride"), [((3, 5, 8), (3, 2, 4)), ("2,11,1", "1,4,1"), ((4, 6, 2), 2)])
@pytest.mark.parametrize("local", [True, False], ids=["local", "plain"])
def test_windows_that_are_no_cubes_equal_captum(window: object, stride: object, local: bool) -> None:
    net, x = network(3), random_input(3)
    found = run_method(net, x, Occlusion(window=window, stride=stride, local=local))
    sizes, steps = (WindowSize.parse(value, "").voxels(3, None, "") for value in (window, stride))
    expected = Oracle(net).attribute(x, (1, *sizes), (1, *steps), target=1).detach().double()
    torch.testing.assert_close(found.values, expected, rtol=1e-6, atol=1e-7)
    assert f"windows of {'×'.join(map(str, sizes))} voxels" in found.notes[0]


@pytest.mark.parametrize("fill", FILL_CHOICES)
def test_incremental_forward_equals_full_forward_for_every_fill(fill: str) -> None:
    net, x = network(channels=2), random_input(channels=2)
    options = {"window": 5, "stride": 3, "fill": fill, "value": 0.4, "blur": 1.5}
    local, plain = (run_method(net, x, Occlusion(**options, local=way), seed=3) for way in (True, False))
    assert float(local.values.abs().max()) > 1e-3
    torch.testing.assert_close(local.values, plain.values, rtol=1e-9, atol=1e-12)


def test_features_without_space_equal_captum() -> None:
    x = torch.tensor([[20.0, 50.0, 30.0]])
    model = Model.from_module(BasicModel_MultiLayer().eval(), x)
    for values, expected in (
        ({"window": 1, "stride": 1}, [[80, 200, 120]]),
        ({"window": 2, "stride": 1, "fill": "value", "value": 10.0}, [[200, 220, 240]]),
        ({"window": 2, "stride": 2}, [[280, 280, 120]]),
    ):
        found = explain(model, x, "occlusion", target=0, device="cpu", **values)
        np.testing.assert_allclose(found.data, expected, rtol=1e-6)


def test_windows_that_change_nothing_have_no_effect_and_are_not_run() -> None:
    net, x = network(), random_input()
    x[:, :, :7] = 0
    found = run_method(net, x, Occlusion(window=3, stride=3)).values
    assert not found[:, :, :6].any()
    assert found[:, :, 9:].abs().min() > 0


def test_a_regression_s_expected_value_is_explained() -> None:
    net, x = network(), random_input()
    card = Card(
        "age", classes=("a", "b", "c"), kind=ModelKind.REGRESSION, values=(20.0, 50.0, 80.0), unit="years"
    )
    model = Model.from_module(net, x, card)
    local, plain = (
        explain(model, x, "occlusion", device="cpu", window=4, stride=4, local=way) for way in (True, False)
    )
    np.testing.assert_allclose(local.data, plain.data, rtol=1e-6, atol=1e-9)

    def years(inputs: torch.Tensor) -> torch.Tensor:
        return (net(inputs).softmax(1) * torch.tensor([20.0, 50.0, 80.0])).sum(1)

    expected = Oracle(years).attribute(x, (1, 4, 4, 4), (1, 4, 4, 4)).detach()
    np.testing.assert_allclose(local.data, expected, rtol=1e-6, atol=1e-9)


def test_a_dense_prediction_is_explained_over_its_region() -> None:
    torch.manual_seed(2)
    net = nn.Sequential(nn.Conv2d(1, 3, 3, padding=1), nn.Tanh(), nn.Conv2d(3, 2, 3, padding=1)).eval()
    x = torch.randn(1, 1, 9, 10)
    model = Model.from_module(net, x)
    region = np.zeros((9, 10))
    region[2:5, 3:8] = 1
    options = {"target": 1, "device": "cpu", "region": region, "window": 3, "stride": 2}
    local, plain = (explain(model, x, "occlusion", **options, local=way) for way in (True, False))
    np.testing.assert_allclose(local.data, plain.data, rtol=1e-5, atol=1e-6)
    mask = torch.from_numpy(region).float()
    oracle = Oracle(lambda inputs: (net(inputs)[:, 1] * mask).sum((1, 2)))
    expected = oracle.attribute(x, (1, 3, 3), (1, 2, 2)).detach()
    np.testing.assert_allclose(local.data, expected, rtol=1e-4, atol=1e-5)


def test_a_network_that_shows_no_operators_is_explained(tmp_path: Path) -> None:
    net, x = deepcopy(network()).float(), random_input().float()
    torch.jit.trace(net, x).save(tmp_path / "net.pt")
    card = Card("net", classes=("a", "b", "c"))
    model = load_model(tmp_path / "net.pt", card, trust=True)
    assert model.no_graph_reason
    found = explain(model, x, "occlusion", target=1, device="cpu", window=4, stride=2)
    expected = Oracle(net).attribute(x, (1, 4, 4, 4), (1, 2, 2, 2), target=1).detach()
    np.testing.assert_allclose(found.data, expected, rtol=1e-4, atol=1e-6)
    assert "no operator graph can be built for the network: TorchScript" in found.provenance.notes[0]
    assert WHOLE in found.provenance.notes[1]


def test_gaps_between_windows_are_refused() -> None:
    with pytest.raises(MethodError, match="leave gaps"):
        run_method(network(), random_input(), Occlusion(window=3, stride=4))
    with pytest.raises(MethodError, match="windows of 3×9×9 voxels every 2×2×10 voxels leave gaps"):
        run_method(network(), random_input(), Occlusion(window="3,9,9", stride="2,2,10"))


# The windows


def test_every_window_is_looked_at_once_and_the_coarse_ones_first() -> None:
    lattice = WindowGrid((30, 21, 9), (4, 4, 4), (2, 2, 2))
    rounds = lattice.refinement_rounds()
    places = np.concatenate([some for _, some in rounds])
    assert len(places) == len(lattice) == len({tuple(place) for place in places.tolist()})
    assert [step for step, _ in rounds] == [8, 4, 2, 1]
    seen = 0
    for step, some in rounds:
        seen += len(some)
        assert (some % step == 0).all()
        assert seen == np.prod([-(-count // step) for count in lattice.counts])


def test_unknown_windows_are_filled_from_coarser_ones() -> None:
    lattice = WindowGrid((9, 1), (1, 1), (1, 1))
    effects, known = np.zeros((9, 1)), np.zeros((9, 1), dtype=bool)
    effects[[0, 4, 8], 0], known[[0, 4, 8], 0] = [1, 2, 3], True
    effects[2, 0], known[2, 0] = 7, True
    np.testing.assert_array_equal(lattice.fill_unknown(effects, known, 2)[:, 0], [1, 1, 7, 1, 2, 2, 2, 2, 3])


def test_partial_maps_come_before_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viewer.methods.perturbation.occlusion.SECONDS_BETWEEN_PREVIEWS", 0.0)
    shown: list[Attribution] = []
    net, x = network(), random_input()
    model = modelled(net, x.shape)
    request = ExplanationRequest(model, x, Target(0, "0"), progress=Progress(partial=shown.append))
    whole = Occlusion(window=3, stride=1).explain(request).values
    away = [float((part.values - whole).abs().mean()) for part in shown]
    assert len(shown) > 10
    assert all(part.values.shape == whole.shape for part in shown)
    assert away[-1] < 0.5 * away[0]


def test_cancellation() -> None:
    steps: list[ProgressStep] = []
    net, x = network(), random_input()
    progress = Progress(steps.append, lambda: len(steps) > 2)
    request = ExplanationRequest(modelled(net, x.shape), x, Target(0, "0"), progress=progress)
    with pytest.raises(Cancelled):
        Occlusion(window=3, stride=2).explain(request)
    assert len(steps) == 3


@pytest.mark.slow
def test_out_of_memory_halves_the_batch_and_adds_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    from viewer.methods.perturbation import incremental_network as home

    net, x = network(), random_input()
    whole = run_method(net, x, Occlusion(window=4, stride=2)).values
    real = home.IncrementalNetwork.outputs

    def crowded(self, patch, progress=None):
        if len(patch.values) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return real(self, patch, progress)

    monkeypatch.setattr(home.IncrementalNetwork, "outputs", crowded)
    found = run_method(net, x, Occlusion(window=4, stride=2))
    torch.testing.assert_close(found.values, whole, rtol=1e-9, atol=1e-12)
    assert any("memory ran out" in note for note in found.notes)


def test_too_little_memory_falls_back_to_full_forward(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viewer.jobs.memory.free_memory", lambda device: 1000)
    found = run_method(network(), random_input(), Occlusion(window=4, stride=4))
    assert WHOLE in found.notes[0]


def test_of_a_scan_the_partial_maps_lie_on_its_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viewer.methods.perturbation.occlusion.SECONDS_BETWEEN_PREVIEWS", 0.0)
    grid = Grid((16, 12, 14), np.array([[-2.0, 0, 0, 9], [0, 2, 0.3, -8], [0, 0, 2, -3], [0, 0, 0, 1]]))
    data = np.random.default_rng(1).uniform(1, 2, grid.shape).astype(np.float32)
    scan = Scan(data, grid, "sub-01")
    net = deepcopy(network()).float()
    card = Card("net", classes=("a", "b", "c"), input=InputSpec((13, 11, 12)))
    model = Model.from_module(net, torch.zeros(1, 1, 13, 11, 12), card)
    shown: list[Map] = []
    options = {"target": 1, "device": "cpu", "window": 4, "stride": 2}
    found = explain(model, scan, "occlusion", progress=Progress(partial=shown.append), **options)
    assert len(shown) > 3
    assert all(part.grid is found.grid for part in shown)
    assert np.abs(shown[-1].data - found.data).max() < 0.2 * np.abs(found.data).max()
