"""The quality ρ: against least squares on explicit rests, and on data whose signal is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from viewer.errors import MethodError
from viewer.methods.patterns import signal_quality as module
from viewer.methods.patterns.fit import fit_patterns
from viewer.methods.patterns.signal_quality import SignalEstimator, pattern_quality
from viewer.models.model import Model


def random_tensor(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def by_rests(halves: list[np.ndarray], w: np.ndarray, b: float, positive, negative) -> float:
    """ρ of one neuron as it is defined: v by least squares on d itself, then a correlation."""
    rests, answers = [], []
    for x in halves:
        y = x @ w
        direction = np.where((y + b > 0)[:, None], positive, negative)
        rests.append(x - direction * y[:, None])
        answers.append(y)
    d, y = rests[0] - rests[0].mean(0), answers[0] - answers[0].mean()
    v = np.linalg.lstsq(d, y, rcond=1e-6)[0]
    return 1 - abs(np.corrcoef(rests[1] @ v, answers[1])[0, 1])


@pytest.fixture
def network() -> tuple[nn.Module, Model, torch.Tensor]:
    torch.manual_seed(3)
    built = nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1, stride=2, groups=2), nn.ReLU(), nn.Conv2d(4, 3, 3), nn.Flatten()
    )
    built = nn.Sequential(*built, nn.Linear(3 * 9, 2)).double()
    x = random_tensor(24, 2, 10, 10, seed=5)
    # Neighbours alike, so that there is something to be estimated.
    x = x + 2 * x.roll(1, 2) + x.roll(1, 3) + 0.5
    return built, Model.from_module(built, x), x


def test_rho_equals_least_squares_on_the_distractors(network) -> None:
    built, model, x = network
    learned = fit_patterns(model, [x[:8]])
    found = pattern_quality(model, learned, [x[8:]], places=10**6, ridge=1e-6)
    assert found.left_out[-1] == "linear in 4: 8 patches for 27 inputs are too few"
    unfold = nn.functional.unfold
    halves = [unfold(part, 3, padding=1, stride=2) for part in (x[8::2], x[9::2])]
    halves = [part.movedim(1, 2).flatten(0, 1).numpy() for part in halves]
    layer, conv = learned.layers[0], built[0]
    for neuron in range(4):
        group, own = divmod(neuron, 2)
        seen = [part[:, group * 9 : (group + 1) * 9] for part in halves]
        w, b = conv.weight[neuron].detach().numpy().ravel(), conv.bias[neuron].item()
        directions = {
            SignalEstimator.FILTER: (w / (w @ w), w / (w @ w)),
            SignalEstimator.LINEAR: (layer.linear[group, own].numpy().ravel(),) * 2,
            SignalEstimator.TWO: tuple(
                getattr(layer, name)[group, own].numpy().ravel() for name in ("positive", "negative")
            ),
        }
        for estimator, (positive, negative) in directions.items():
            expected = by_rests(seen, w, b, positive, negative)
            assert float(found.layers[0].rho[estimator][neuron]) == pytest.approx(expected, abs=1e-4)


def test_linear_signal_is_best_estimated_by_its_pattern() -> None:
    # x = a y + d in ten dimensions, with distractors that w must cancel.
    draw = np.random.default_rng(1)
    a, basis = draw.standard_normal(10), draw.standard_normal((5, 10))
    w = a - np.linalg.lstsq(basis.T, a, rcond=None)[0] @ basis
    w /= w @ a
    y = draw.standard_normal((3000, 1))
    x = torch.from_numpy(y * a + draw.standard_normal((3000, 5)) @ basis + 0.01).reshape(30, 100, 10)
    layer = nn.Linear(10, 1, bias=False).double()
    layer.weight.data = torch.from_numpy(w[None])
    model = Model.from_module(layer, x)
    learned = fit_patterns(model, [x[:10]])
    found = pattern_quality(model, learned, [x[10:]], seed=2).layers[0]
    means = {estimator: found.mean(estimator) for estimator in SignalEstimator}
    assert means[SignalEstimator.LINEAR] > 0.9
    assert means[SignalEstimator.TWO] > 0.85
    assert means[SignalEstimator.LINEAR] > means[SignalEstimator.FILTER] + 0.2
    assert means[SignalEstimator.FILTER] > means[SignalEstimator.RANDOM]
    assert means[SignalEstimator.RANDOM] < 0.2


def test_dependence_on_nearly_constant_directions_adds_a_note() -> None:
    """Two inputs vary by a ten-thousandth of the others, and the whole signal can be read from them."""
    draw = np.random.default_rng(4)
    y = draw.standard_normal((12_000, 1))
    wide = draw.standard_normal((12_000, 4))
    tiny = 1e-4 * (y + 0.1 * draw.standard_normal((12_000, 2)))
    x = torch.from_numpy(np.concatenate((wide + y, tiny), 1)).reshape(40, 300, 6)
    layer = nn.Linear(6, 1, bias=False).double()
    layer.weight.data = torch.tensor([[1.0, 1.0, 1.0, 1.0, 0.0, 0.0]], dtype=torch.float64) / 4
    model = Model.from_module(layer, x)
    found = pattern_quality(model, fit_patterns(model, [x[:20]]), [x[20:]]).layers[0]
    assert found.ridge == pytest.approx(6 / found.patches[0])
    sure = pattern_quality(model, fit_patterns(model, [x[:20]]), [x[20:]], ridge=1e-12).layers[0]
    assert sure.mean(SignalEstimator.FILTER) < found.mean(SignalEstimator.FILTER) - 0.1
    assert not sure.uncertain_estimators


def test_dependence_of_rho_on_the_ridge_is_reported(network) -> None:
    _, model, x = network
    learned = fit_patterns(model, [x[:8]])
    found = pattern_quality(model, learned, [x[8:]], places=10**6, ridge=1.0)
    report = found.layers[0].as_json()
    smaller = pattern_quality(model, learned, [x[8:]], places=10**6, ridge=0.01).layers[0].as_json()
    assert report["ridge"] == 1.0
    assert report["rho with a hundredth of the ridge"] == pytest.approx(smaller["rho"])
    moved = [n for n in report["rho"] if abs(report["rho"][n] - smaller["rho"][n]) > 0.1]
    assert [str(name) for name in found.layers[0].uncertain_estimators] == moved
    assert all(name in " ".join(found.notes) for name in moved)


def test_patch_sampling_is_reproducible(network) -> None:
    _, model, x = network
    learned = fit_patterns(model, [x[:8]])
    first, again, other = (pattern_quality(model, learned, [x[8:]], places=12, seed=s) for s in (1, 1, 2))
    assert first.layers[0].patches == (8 * 12, 8 * 12)
    assert torch.equal(first.layers[0].rho[SignalEstimator.TWO], again.layers[0].rho[SignalEstimator.TWO])
    assert not torch.equal(first.layers[0].rho[SignalEstimator.TWO], other.layers[0].rho[SignalEstimator.TWO])


def test_scans_of_the_patterns_are_refused(network) -> None:
    _, model, x = network
    learned = fit_patterns(model, [x[:8]])
    with pytest.raises(MethodError, match="was used to fit the patterns"):
        pattern_quality(model, learned, [x[7:]])
    with pytest.raises(MethodError, match="give two or more"):
        pattern_quality(model, learned, [x[8:9]])


def test_wide_layers_are_left_out_by_name(network, monkeypatch) -> None:
    _, model, x = network
    monkeypatch.setattr(module, "MAX_INPUTS", 20)
    found = pattern_quality(model, fit_patterns(model, [x[:8]]), [x[8:]])
    assert found.left_out[0] == "conv in 2: 36 inputs, more than 20"
    assert [layer.label for layer in found.layers] == ["conv in 0"]
    report = found.layers[0].as_json()
    assert report["neurons"] == report["varying"] == 4
    assert set(report["rho"]) == {"random", "S_w", "S_a", "S_a+-"}


def test_constant_inputs_and_silent_neurons_break_nothing() -> None:
    x = random_tensor(40, 30, 6, seed=9)
    x[..., 4] = 1.5
    x[..., 5] = x[..., 0]
    layer = nn.Linear(6, 4).double()
    with torch.no_grad():
        layer.weight[1] = 0
        layer.weight[2] = torch.tensor([0.0, 0, 0, 0, 1, 0])
        layer.bias[3] = -100
    model = Model.from_module(layer, x)
    found = pattern_quality(model, fit_patterns(model, [x[:10]]), [x[10:]]).layers[0]
    for estimator in SignalEstimator:
        rho = found.rho[estimator]
        assert torch.isnan(rho).tolist() == [False, True, True, False]
        assert 0 <= float(rho[0]) <= 1
    assert found.as_json()["varying"] == 2
