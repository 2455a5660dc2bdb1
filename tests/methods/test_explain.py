from __future__ import annotations

import hashlib
import threading
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import viewer
from viewer.errors import Cancelled, MethodError, ViewerError
from viewer.methods.base import Attribution, ExplanationRequest, Method, Requirement
from viewer.methods.explain import explain
from viewer.methods.gradient import Gradient
from viewer.methods.registry import METHODS, find_method, list_methods
from viewer.models.input_spec import InputSpec
from viewer.models.model import Model
from viewer.models.model_card import Card
from viewer.models.predict import predict_prepared
from viewer.progress import Progress, ProgressStep
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan

IG = "integrated-gradients"


def fingerprint(module: nn.Module) -> str:
    """Every bit of a module: its weights, what counts as one, its mode, its hooks."""
    digest = hashlib.sha256()
    for name, tensor in sorted(module.state_dict().items()):
        digest.update(name.encode() + tensor.numpy().tobytes())
    for name, part in sorted(module.named_modules()):
        hooks = part._forward_hooks, part._forward_pre_hooks, part._backward_hooks
        digest.update(f"{name}{type(part)}{part.training}{[len(hook) for hook in hooks]}".encode())
    for name, weight in sorted(module.named_parameters()):
        digest.update(f"{name}{weight.requires_grad}{weight.grad}".encode())
    return digest.hexdigest()


def ways(model: Model) -> list[str]:
    return [
        entry.name for entry in METHODS if entry.requirements <= {Requirement.GRADIENT, Requirement.FORWARD}
    ]


def test_every_method_leaves_the_model_and_the_input_as_they_were(
    network: nn.Module, model: Model, batch: torch.Tensor
) -> None:
    before = fingerprint(network), fingerprint(model.module()), batch.clone()
    for name in ways(model):
        explain(model, batch, name, target=1, device="cpu")
    assert (fingerprint(network), fingerprint(model.module())) == before[:2]
    assert torch.equal(batch, before[2])
    assert not batch.requires_grad


def test_a_cancelled_method_leaves_the_model_as_it_was(
    network: nn.Module, model: Model, batch: torch.Tensor
) -> None:
    before = fingerprint(network), fingerprint(model.module())
    for name in ways(model):
        for after in (1, 2, 3, 4):
            steps: list[ProgressStep] = []
            progress = Progress(steps.append, lambda steps=steps, after=after: len(steps) >= after)
            with pytest.raises(Cancelled):
                explain(model, batch, name, target=1, device="cpu", progress=progress)
    assert (fingerprint(network), fingerprint(model.module())) == before


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    "name",
    [
        entry.name
        for entry in METHODS
        if not entry.requirements
        & {Requirement.LAYER, Requirement.PATTERNS, Requirement.GENERATORS, Requirement.ATTENTION}
    ],
)
def test_map_does_not_depend_on_the_batch(model: Model, batch: torch.Tensor, name: str) -> None:
    # As many steps as show whether scans are mixed up.
    few = {"steps": 8} if name in ("meaningful-perturbation", "extremal-perturbation") else {}
    method = find_method(name).from_parameters(few)
    together = explain(model, batch, method, device="cpu").data
    turned = explain(model, batch.flip(0), method, device="cpu").data[::-1]
    alone = np.concatenate([explain(model, batch[n : n + 1], method, device="cpu").data for n in range(3)])
    np.testing.assert_array_equal(together, alone)
    np.testing.assert_array_equal(together, turned)


def test_two_threads_may_explain_one_model(model: Model, batch: torch.Tensor) -> None:
    jobs = [(name, target) for name in ("gradient", IG) for target in (0, 1, 2)]
    alone = {job: explain(model, batch, job[0], target=job[1], device="cpu").data for job in jobs}
    found: dict[tuple[str, int], np.ndarray] = {}

    def work(job: tuple[str, int]) -> None:
        found[job] = explain(model, batch, job[0], target=job[1], device="cpu").data

    threads = [threading.Thread(target=work, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found.keys() == alone.keys()
    for job in jobs:
        np.testing.assert_array_equal(found[job], alone[job])


def test_the_largest_output_is_explained_sample_by_sample(model: Model, batch: torch.Tensor) -> None:
    winners = model.logits(batch.clone()).argmax(1).tolist()
    found = explain(model, batch, device="cpu").data
    for number, winner in enumerate(winners):
        expected = explain(model, batch[number : number + 1], target=winner, device="cpu").data
        np.testing.assert_array_equal(found[number : number + 1], expected)


def test_batch_residual_is_the_largest(model: Model, batch: torch.Tensor) -> None:
    options = {"target": 0, "device": "cpu", "steps": 3, "tolerance": 0}
    each = [explain(model, batch[n : n + 1], IG, **options).residual for n in range(3)]
    whole = explain(model, batch, IG, **options).residual
    assert whole is not None
    assert whole.relative == max(residual.relative for residual in each if residual is not None)


# A scan, its grid and back


class Sum(nn.Module):
    """Answers a weighted sum of its voxels, and that with the other sign."""

    def __init__(self, weights: torch.Tensor) -> None:
        super().__init__()
        self.weights = nn.Parameter(weights)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        value = (x * self.weights).flatten(1).sum(1, keepdim=True)
        return torch.cat([value, -value], 1)


def oblique() -> Grid:
    angle = np.deg2rad(20)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.diag([2.0, 1.5, 1.0]) @ np.array([[1, 0.1, 0], [0, 1, 0], [0, 0, 1]])
    affine[:3, 3] = [-20, 11, 5]
    return Grid((12, 10, 14), affine)


def card_with(size: tuple[int, ...], axes: str, channels: int = 1) -> Card:
    return Card(
        "sum", classes=("plus", "minus"), input=InputSpec(size, axes=axes, channels=channels, repeat=True)
    )


@pytest.fixture
def scan() -> Scan:
    grid = oblique()
    data = np.random.default_rng(4).uniform(1, 2, grid.shape).astype(np.float32)
    return Scan(data, grid, "sub-01", path=None)


def test_a_map_of_a_scan_lies_on_its_grid_left_and_right_kept(scan: Scan) -> None:
    weights = torch.zeros(1, 1, 14, 10, 12)
    # The network's axes run upwards, to the front and to the right: this is the scan's voxel 2, 1, 3.
    weights[0, 0, 3, 1, 2] = 5.0
    model = Model.from_module(Sum(weights), weights, card_with((14, 10, 12), "SAR"))
    found = explain(model, scan, "gradient", target="plus", device="cpu")
    assert found.grid is scan.grid
    assert found.stored is scan.stored
    assert np.unravel_index(np.abs(found.data).argmax(), found.data.shape) == (2, 1, 3)
    mirrored = Model.from_module(Sum(weights), weights, card_with((14, 10, 12), "SAL"))
    found = explain(mirrored, scan, "gradient", target="plus", device="cpu")
    assert np.unravel_index(np.abs(found.data).argmax(), found.data.shape) == (12 - 1 - 2, 1, 3)


def test_map_on_the_model_grid(scan: Scan) -> None:
    weights = torch.randn(1, 1, 7, 5, 6)
    model = Model.from_module(Sum(weights), weights, card_with((7, 5, 6), "SAR"))
    found = explain(model, scan, "gradient", target="minus", device="cpu", grid="model")
    assert found.data.shape == (7, 5, 6)
    assert found.grid is not None
    np.testing.assert_allclose(found.grid.centre, scan.grid.centre, atol=1e-9)
    with pytest.raises(MethodError, match="use scan, model or template"):
        explain(model, scan, "gradient", device="cpu", grid="both")  # type: ignore[arg-type]


def test_channels_are_summed_and_slices_stay_slices(scan: Scan) -> None:
    weights = torch.randn(1, 3, 12, 10)
    card = card_with((12, 10), "RAS", channels=3)
    model = Model.from_module(Sum(weights), weights, card)
    found = explain(model, scan, "gradient", target=0, device="cpu", grid="model")
    assert found.data.shape == (12, 10, 1)
    np.testing.assert_allclose(found.data[..., 0], weights[0].sum(0).numpy(), rtol=1e-6)
    assert any("3 input channels" in note for note in found.provenance.notes)
    assert any("its card says repeat" in note for note in found.provenance.notes)


def test_the_provenance_is_complete(scan: Scan) -> None:
    weights = torch.randn(1, 1, 7, 5, 6)
    model = Model.from_module(Sum(weights), weights, card_with((7, 5, 6), "SAR"))
    found = explain(model, scan, IG, target="min", device="cpu", seed=5, steps="4", tolerance=0.25)
    provenance = found.provenance
    assert provenance.method == IG
    assert provenance.parameters == replace(find_method(IG)(), steps=4, tolerance=0.25).parameter_values()
    assert provenance.target in ("plus", "minus")
    assert (provenance.model["name"], provenance.model["hash"]) == ("sum", model.hash)
    assert (provenance.scan["name"], provenance.scan["hash"]) == ("sub-01", scan.hash)
    assert (provenance.seed, provenance.layer) == (5, None)
    assert provenance.prediction == predict_prepared(model, model.prepare(scan)).as_json()
    assert provenance.residual is not None
    assert provenance.residual.relative < 1e-5
    assert provenance.seconds is not None
    assert provenance.device is not None
    assert provenance.device.startswith("cpu, ")
    assert {"saliency-viewer", "torch", "numpy", "python"} <= set(provenance.software)
    assert provenance.software["torch"] == torch.__version__
    assert found.name == f"Integrated gradients, {provenance.target}"


# What is asked wrongly


@pytest.mark.parametrize(
    ("call", "line"),
    [
        ({"method": "gradiant"}, "no such method; did you mean gradient"),
        ({"method": "gradient", "sing": "signed"}, "no parameter 'sing'; its parameters: sign"),
        ({"method": "gradient", "sign": "up"}, "no choice 'up'; choose signed, absolute"),
        ({"method": IG, "steps": 0}, "0 is out of range; choose at least 1"),
        ({"method": IG, "steps": 2.5}, "2.5 is not a whole number"),
        ({"target": "healthy"}, "no such class"),
        ({"target": 7}, "its outputs are 0, 1, 2"),
        ({"layer": "conv1"}, "has no use for the layer"),
        ({"device": "gpu"}, "choose auto, cpu, cuda, cuda:N or mps"),
        ({"device": "cuda:77"}, "cuda:77"),
    ],
)
def test_invalid_arguments_give_one_line_errors(
    model: Model, batch: torch.Tensor, call: dict[str, object], line: str
) -> None:
    with pytest.raises(ViewerError) as caught:
        explain(model, batch, **{"device": "cpu", **call})  # type: ignore[arg-type]
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("x", "line"),
    [
        (torch.zeros(5), "its shape is (5,)"),
        (torch.zeros(0, 2, 3), "its shape is (0, 2, 3)"),
        (torch.zeros(1, 2, 8, 9, 10, dtype=torch.int16), "its voxels are torch.int16"),
        (torch.full((1, 2, 8, 9, 10), torch.nan), "NaN or infinite"),
        (torch.zeros(1, 1, 8, 9, 10), "Small: does not take an input of 1×1×8×9×10"),
        (np.zeros((1, 2, 8, 9, 10)), "ndarray is neither a scan nor a tensor"),
    ],
)
def test_an_input_that_cannot_be_asked_about(model: Model, x: torch.Tensor, line: str) -> None:
    with pytest.raises(ViewerError) as caught:
        explain(model, x, device="cpu")
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_network_that_answers_neither_once_nor_at_every_voxel_is_refused() -> None:
    x = torch.zeros(1, 1, 4, 4, 4)
    model = Model.from_module(nn.Flatten(2), x)
    with pytest.raises(MethodError, match="its output for one scan is 1×1×64"):
        explain(model, x, device="cpu")


def test_non_finite_outputs_are_refused(model: Model) -> None:
    x = torch.full((1, 1, 4, 4, 4), 3e38)
    weights = torch.full((1, 1, 4, 4, 4), 3e38)
    with pytest.raises(MethodError, match="outputs for this input are not finite"):
        explain(Model.from_module(Sum(weights), torch.zeros_like(x)), x, device="cpu")


def test_out_of_memory_is_an_error(
    model: Model, batch: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(model: Model, x: torch.Tensor, progress: Progress) -> torch.Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")

    monkeypatch.setattr("viewer.methods.explain_sample.compute_outputs", full)
    with pytest.raises(ViewerError, match="memory: it ran out on a single scan"):
        explain(model, batch, device="cpu")


def test_methods_are_objects_too(model: Model, batch: torch.Tensor) -> None:
    by_name = explain(model, batch, "gradient", target=0, device="cpu", sign="absolute")
    by_object = explain(model, batch, Gradient(sign="absolute"), target=0, device="cpu")
    np.testing.assert_array_equal(by_name.data, by_object.data)
    assert explain(model, batch, Gradient(), target=0, device="cpu", sign="absolute").data.min() >= 0


class OfLayer(Method):
    name = "of-layer"
    title = "Of a layer"
    requirements = frozenset({Requirement.LAYER})

    def explain(self, request: ExplanationRequest) -> Attribution:
        assert request.layer == "conv1"
        return Attribution(request.x * float("nan") if request.seed else request.x)


def test_a_layer_must_be_named_and_known(model: Model, batch: torch.Tensor) -> None:
    with pytest.raises(MethodError, match="none is named; name one with --layer"):
        explain(model, batch, OfLayer(), device="cpu")
    with pytest.raises(MethodError, match="no such layer; its layers are first, conv1, norm"):
        explain(model, batch, OfLayer(), layer="conv9", device="cpu")
    assert explain(model, batch, OfLayer(), layer="conv1", device="cpu").provenance.layer == "conv1"


def test_non_finite_map_is_refused(model: Model, batch: torch.Tensor) -> None:
    with pytest.raises(MethodError, match="of-layer: the map has values that are not finite"):
        explain(model, batch, OfLayer(), layer="conv1", device="cpu", seed=1)


# The registry and the package


def test_every_method_is_declared_in_full() -> None:
    for name, entry in list_methods().items():
        assert name == entry.name == entry.name.lower()
        for word in (entry.title, entry.source, entry.description, entry.limitations):
            assert word.strip()
        assert entry.requirements
        assert entry().parameter_values() == entry.from_parameters({}).parameter_values()
        for parameter in entry.parameters():
            assert parameter.help
            assert parameter.parse(str(parameter.default), name) == parameter.default


def test_the_package_has_its_public_names(model: Model, batch: torch.Tensor) -> None:
    assert viewer.list_methods() == list_methods()
    assert viewer.explain is explain
    assert viewer.Model is Model
    assert viewer.Scan is Scan
    assert set(viewer.__all__) == set(dir(viewer))
    for name in viewer.__all__:
        assert getattr(viewer, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'explian'"):
        _ = viewer.explian


def test_the_name_of_a_map_tells_its_layer_and_its_volume(scan: Scan) -> None:
    weights = torch.randn(1, 8, 7, 5, 6)
    module = nn.Sequential(nn.Conv3d(1, 8, 3, padding=1), nn.ReLU(), Sum(weights))
    model = Model.from_module(module, torch.randn(1, 1, 7, 5, 6), card_with((7, 5, 6), "SAR"))
    found = explain(model, replace(scan, volume=3), "grad-cam", layer="1", target=0, device="cpu")
    assert found.name.endswith(", layer 1, volume 3")
    assert found.provenance.layer == "1"
    assert "layer" not in explain(model, scan, "gradient", target=0, device="cpu").name
