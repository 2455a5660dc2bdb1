from __future__ import annotations

import numpy as np
import pytest
import torch
from captum.attr import IntegratedGradients as Oracle
from captum.testing.helpers.basic_models import BasicModel_MultiLayer
from torch import nn

from viewer.errors import Cancelled
from viewer.methods.explain import explain
from viewer.methods.input_gradient import compute_gradient
from viewer.methods.integrated_gradients import QUADRATURE_RULES
from viewer.models.model import Model
from viewer.progress import Progress, ProgressStep

NAME = "integrated-gradients"


class OfTwo(nn.Module):
    """A scalar function of two numbers, as Sundararajan et al. have it in their section 2."""

    def __init__(self, early: bool) -> None:
        super().__init__()
        self.early = early

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first, second = x[:, :1].relu(), x[:, 1:].relu()
        return torch.relu((x[:, :1] - 1).relu() - second if self.early else first - 1 - second)


@pytest.mark.parametrize("early", [True, False])
def test_implementation_invariance(early: bool) -> None:
    x = torch.tensor([[3.0, 1.0]])
    model = Model.from_module(OfTwo(early), x)
    found = explain(model, x, NAME, device="cpu", tolerance=1e-3, max_steps=8192)
    np.testing.assert_allclose(found.data, [[1.5, -0.5]], rtol=2e-3)
    assert found.residual is not None
    assert found.residual.expected == 1.0
    assert found.residual.relative <= 1e-3


@pytest.mark.sampled(2)
@pytest.mark.parametrize("rule", [rule for rule in QUADRATURE_RULES if rule != "riemann_trapezoid"])
@pytest.mark.parametrize("steps", [2, 7, 50])
def test_map_equals_captum(
    network: nn.Module, model: Model, batch: torch.Tensor, rule: str, steps: int
) -> None:
    found = explain(model, batch, NAME, target=1, device="cpu", rule=rule, steps=steps, tolerance=0).data
    network.first.inplace = False
    expected = Oracle(network).attribute(batch, target=1, n_steps=steps, method=rule).float()
    scale = float(expected.abs().max())
    torch.testing.assert_close(torch.from_numpy(found.copy()), expected, rtol=1e-5, atol=1e-6 * scale)


@pytest.mark.parametrize("kind", ["minimum", "mean"])
def test_custom_baseline_equals_captum(
    network: nn.Module, model: Model, batch: torch.Tensor, kind: str
) -> None:
    found = explain(model, batch, NAME, target=2, device="cpu", baseline=kind, tolerance=0).data
    network.first.inplace = False
    of = torch.amin if kind == "minimum" else torch.mean
    base = of(batch, (2, 3, 4), keepdim=True).expand_as(batch)
    oracle = Oracle(network)
    expected = oracle.attribute(batch, base, target=2, n_steps=32, method="riemann_middle").float()
    scale = float(expected.abs().max())
    torch.testing.assert_close(torch.from_numpy(found.copy()), expected, rtol=1e-5, atol=1e-6 * scale)


def test_a_linear_network_is_exact_in_one_step() -> None:
    torch.manual_seed(1)
    head = nn.Linear(5, 2)
    x = torch.randn(1, 5)
    found = explain(Model.from_module(head, x), x, NAME, target=0, device="cpu", steps=1)
    np.testing.assert_allclose(found.data, (x * head.weight[0]).detach().numpy(), rtol=1e-6)
    assert found.provenance.notes == ()


def test_multi_layer_network_equals_captum() -> None:
    x = torch.tensor([[20.0, 50.0, 30.0]])
    network = BasicModel_MultiLayer().eval()
    found = explain(Model.from_module(network, x), x, NAME, target=0, device="cpu", max_steps=4096)
    expected = Oracle(network).attribute(x, target=0, n_steps=200)
    np.testing.assert_allclose(found.data, expected.numpy(), rtol=5e-3)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("rule", QUADRATURE_RULES)
def test_steps_increase_until_the_tolerance_is_met(model: Model, batch: torch.Tensor, rule: str) -> None:
    x = batch[:1]
    options = {"target": 0, "device": "cpu", "rule": rule}
    few = explain(model, x, NAME, **options, steps=2, tolerance=0)
    many = explain(model, x, NAME, **options, steps=2, tolerance=1e-3, max_steps=4096)
    assert few.residual is not None
    assert many.residual is not None
    assert few.residual.relative > 1e-3 >= many.residual.relative
    (note,) = many.provenance.notes
    fixed = explain(model, x, NAME, **options, steps=int(note.split()[0]), tolerance=0)
    np.testing.assert_allclose(many.data, fixed.data, rtol=1e-5, atol=1e-7 * np.abs(fixed.data).max())


def test_no_path_point_is_evaluated_twice(
    model: Model, batch: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from viewer.methods import differentiable_network

    counts = []
    real = differentiable_network.compute_gradient

    def counted(model: Model, x: torch.Tensor, *rest: object) -> torch.Tensor:
        counts.append(len(x))
        return real(model, x, *rest)

    monkeypatch.setattr(differentiable_network, "compute_gradient", counted)
    options = {"target": 0, "device": "cpu", "steps": 2, "tolerance": 1e-6, "max_steps": 60}
    found = explain(model, batch[:1], NAME, **options)
    assert sum(counts) == 54
    assert any("after 54 steps" in note for note in found.provenance.notes)


def test_reaching_max_steps_adds_a_note(model: Model, batch: torch.Tensor) -> None:
    found = explain(model, batch[:1], NAME, target=0, device="cpu", steps=2, tolerance=1e-9, max_steps=5)
    assert found.residual is not None
    assert found.provenance.notes == (
        f"the sum misses f(x) − f(baseline) by {found.residual.relative:.2%} after 2 steps",
    )


def test_progress_is_monotonic(model: Model, batch: torch.Tensor) -> None:
    steps: list[ProgressStep] = []
    options = {"target": 0, "device": "cpu", "steps": 2, "tolerance": 1e-9, "max_steps": 200}
    explain(model, batch[:1], NAME, progress=Progress(steps.append), **options)
    fractions = [step.fraction for step in steps]
    assert fractions == sorted(fractions)
    assert any("of 162" in step.message for step in steps)


def test_residual_matches_the_map(model: Model, batch: torch.Tensor) -> None:
    x = batch[:1]
    found = explain(model, x, NAME, target=0, device="cpu", steps=3, tolerance=0)
    assert found.residual is not None
    difference = (model.logits(x) - model.logits(torch.zeros_like(x)))[0, 0].item()
    assert found.residual.kind == "completeness"
    assert found.residual.expected == pytest.approx(difference, abs=1e-7)
    assert found.residual.found == pytest.approx(found.data.sum(dtype=np.float64), rel=1e-6)


def test_input_equal_to_baseline_stops_at_once(model: Model) -> None:
    found = explain(model, torch.zeros(1, 2, 8, 9, 10), NAME, target=0, device="cpu")
    assert not found.data.any()
    assert found.residual is not None
    assert found.residual.absolute == 0
    assert found.provenance.notes == ()


def test_batches_of_any_size_give_the_same_map(
    model: Model, batch: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    maps = []
    for size in (1, 3, 32):
        monkeypatch.setattr("viewer.jobs.memory.batch_size", lambda *_, size=size: size)
        maps.append(explain(model, batch[:1], NAME, target=0, device="cpu", tolerance=0).data)
    for other in maps[1:]:
        np.testing.assert_allclose(other, maps[0], rtol=1e-5, atol=1e-7 * np.abs(maps[0]).max())


def test_batch_size_is_never_exceeded(
    model: Model, batch: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []

    def counted(model: Model, x: torch.Tensor, *rest: object) -> torch.Tensor:
        sizes.append(len(x))
        return compute_gradient(model, x, *rest)

    monkeypatch.setattr("viewer.methods.differentiable_network.compute_gradient", counted)
    monkeypatch.setattr("viewer.methods.differentiable_network.batch_size", lambda *_: 4)
    explain(model, batch[:1], NAME, target=0, device="cpu", steps=30, tolerance=0)
    assert max(sizes) == 4
    assert sizes.count(4) == 7
    assert sizes.count(2) == 1


@pytest.mark.slow
def test_out_of_memory_halves_the_batch_and_adds_a_note(
    model: Model, batch: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = batch[:1]
    whole = explain(model, x, NAME, target=0, device="cpu", steps=16, tolerance=0)

    def crowded(model: Model, x: torch.Tensor, *rest: object) -> torch.Tensor:
        if len(x) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return compute_gradient(model, x, *rest)

    monkeypatch.setattr("viewer.methods.differentiable_network.compute_gradient", crowded)
    found = explain(model, x, NAME, target=0, device="cpu", steps=16, tolerance=0)
    np.testing.assert_allclose(found.data, whole.data, rtol=1e-5, atol=1e-7 * np.abs(whole.data).max())
    assert any("memory ran out" in note for note in found.provenance.notes)


def test_progress_and_cancellation(model: Model, batch: torch.Tensor) -> None:
    steps: list[ProgressStep] = []
    progress = Progress(steps.append, lambda: len(steps) >= 200)
    with pytest.raises(Cancelled):
        explain(model, batch[:1], NAME, target=0, device="cpu", steps=4096, tolerance=0, progress=progress)
    assert len(steps) == 200
    assert any(step.message.startswith("step ") and step.message.endswith("of 4096") for step in steps)


@pytest.mark.slow
def test_the_published_network_on_the_template(real_data: object) -> None:
    from pathlib import Path

    from viewer.models.loading import load_model
    from viewer.scans.load import load_scan

    model = load_model(Path(str(real_data)) / "adnet" / "AD_pretrained_weights.pt")
    found = explain(model, load_scan("mni152"), NAME, target=1, device="cpu")
    assert found.residual is not None
    assert found.residual.relative < 0.01
