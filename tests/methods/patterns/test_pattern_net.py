"""PatternNet and PatternAttribution: the paper's toy, a dense twin in float64, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import viewer
from viewer.errors import Cancelled, MethodError, ModelError
from viewer.methods.patterns.fit import fit_patterns
from viewer.methods.patterns.pattern_net import PatternAttribution, PatternNet
from viewer.models.loading import load_model
from viewer.models.model import Model
from viewer.progress import Progress, ProgressStep


def random_tensor(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


# x = a y + ε d with a = (1, 0) and d = (1, 1), so that w = (1, −1) reads y; ε does not vary with y.
Y = torch.tensor([1.0, -1.0, 1.0, -1.0])
EPSILON = torch.tensor([1.0, 1.0, -1.0, -1.0])
X = torch.stack((Y + EPSILON, EPSILON), 1)


@pytest.fixture
def toy(tmp_path) -> tuple[Model, Path]:
    layer = nn.Linear(2, 1, bias=False)
    layer.weight.data = torch.tensor([[1.0, -1.0]])
    model = Model.from_module(layer, X)
    fit_patterns(model, [X], tmp_path / "toy.safetensors")
    return model, tmp_path / "toy.safetensors"


def test_patterns_find_the_signal_and_other_methods_the_filter(toy) -> None:
    model, path = toy

    def explain_samples(name: str, **parameters: object) -> np.ndarray:
        return viewer.explain(model, X, name, target=0, device="cpu", **parameters).data

    signal = torch.stack((Y, torch.zeros(4)), 1).numpy()
    np.testing.assert_array_equal(explain_samples("pattern-net", patterns=path), signal)
    np.testing.assert_array_equal(explain_samples("pattern-attribution", patterns=path), signal)
    np.testing.assert_array_equal(explain_samples("pattern-net", patterns=path, estimator="linear"), signal)
    w = np.array([1.0, -1.0])
    for name in ("gradient", "guided-backprop", "deconvnet"):
        np.testing.assert_array_equal(explain_samples(name), np.tile(w, (4, 1)))
    # The distractor is in what LRP-0 hands down, and the filter's direction in that of S_w.
    np.testing.assert_allclose(explain_samples("lrp-0"), w * X.numpy())
    by_filter = explain_samples("pattern-net", estimator="filter")
    np.testing.assert_allclose(by_filter, np.outer(Y, w / 2))


class Net(nn.Module):
    """What rules are needed for: residual sum, concatenation, max and average pools, a norm between both."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(2)
        self.stem = nn.Conv2d(1, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.pool = nn.MaxPool2d(2)
        self.block = nn.Conv2d(4, 4, 3, padding=1, stride=1)
        self.between = nn.BatchNorm2d(8)
        self.average = nn.AvgPool2d(2)
        self.head = nn.Linear(8, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.pool(torch.relu(self.norm(self.stem(x))))
        both = torch.relu(x + self.block(x))
        joined = torch.relu(self.between(torch.cat((both, x), 1)))
        return self.head(self.average(joined).mean((2, 3)))


@pytest.fixture(scope="module")
def fitted(tmp_path_factory) -> tuple[nn.Module, Model, torch.Tensor, Path]:
    network = Net().double().eval()
    with torch.no_grad():
        for number, norm in enumerate((network.norm, network.between)):
            norm.running_mean.copy_(random_tensor(norm.num_features, seed=number) / 4)
            norm.running_var.copy_(random_tensor(norm.num_features, seed=number + 5).abs() + 0.5)
            norm.weight.copy_(random_tensor(norm.num_features, seed=number + 9).abs() + 0.3)
    x = random_tensor(6, 1, 8, 8, seed=1)
    path = tmp_path_factory.mktemp("patterns") / "net.safetensors"
    fit_patterns(Model.from_module(network, x), [x], path)
    return network, Model.from_module(network, x), x, path


def twin(network: nn.Module, x: torch.Tensor, path: Path, target: int, attributes: bool) -> torch.Tensor:
    """The same by automatic differentiation of a forward run whose slopes are the patterns.

    Each layer's value is right, and its derivative the pattern's: y = D x + (W x + b − D x) held constant.
    """
    from viewer.methods.patterns.pattern_io import load_patterns

    learned = load_patterns(path)
    a = [layer.positive.double() for layer in learned.layers]

    def led(straight: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        return straight + (value - straight).detach()

    conv = nn.functional.conv2d
    scale = network.norm.weight / (network.norm.running_var + network.norm.eps).sqrt()
    weights = [network.stem.weight * scale[:, None, None, None], network.block.weight, None]
    weights.append(network.head.weight)
    directions = [
        direction.reshape(w.shape) * (w if attributes else 1) if w is not None else None
        for direction, w in zip(a, weights, strict=True)
    ]
    leaf = x.clone().requires_grad_(True)
    first = led(conv(leaf, directions[0], padding=1), network.norm(network.stem(leaf)))
    pooled = network.pool(torch.relu(first))
    second = led(conv(pooled, directions[1], padding=1), network.block(pooled))
    share = a[2].reshape(4, 2)[:, :, None, None]
    both = torch.relu(led(pooled * share[:, 0] + second * share[:, 1], pooled + second))
    joined = torch.cat((both, pooled), 1)
    between = network.between
    slope = (between.weight / (between.running_var + between.eps).sqrt())[:, None, None]
    joined = torch.relu(led(joined if attributes else joined / slope, between(joined)))
    averaged = network.average(joined)
    averaged = averaged if attributes else led(averaged * 4, averaged)
    mean = averaged.mean((2, 3))
    mean = mean if attributes else led(mean * averaged[0, 0].numel(), mean)
    out = led(mean @ directions[3].T, network.head(mean))
    value = out[:, target]
    return torch.autograd.grad((value * value.detach()).sum(), leaf)[0]


@pytest.mark.parametrize("kind", [PatternNet, PatternAttribution], ids=lambda kind: kind.name)
def test_map_equals_gradient_of_network_with_patterns_as_weights(fitted, kind) -> None:
    network, model, x, path = fitted
    found = viewer.explain(model, x, kind(patterns=str(path)), target=1, device="cpu").data
    expected = twin(network, x, path, 1, kind is PatternAttribution).numpy()
    size = np.abs(expected).max()
    assert size > 0
    # The file holds patterns in float32, and a map is float32.
    np.testing.assert_allclose(found, expected, atol=1e-6 * size)


def test_linear_network_conserves_the_output(tmp_path) -> None:
    # Without rectifiers and borders nothing is lost: each w ⊙ a sums to 1.
    torch.manual_seed(4)
    layers = (nn.Conv2d(1, 3, 3, bias=False), nn.Conv2d(3, 2, 3, bias=False), nn.Flatten())
    network = nn.Sequential(*layers, nn.Linear(2 * 9, 1, bias=False))
    x = random_tensor(5, 1, 7, 7).float()
    model = Model.from_module(network, x)
    path = tmp_path / "p.safetensors"
    fit_patterns(model, [x], path)
    found = viewer.explain(model, x, "pattern-attribution", patterns=path, target=0, device="cpu").data
    outputs = model.logits(x)[:, 0].detach().numpy()
    np.testing.assert_allclose(found.sum((1, 2, 3)), outputs, rtol=1e-3, atol=1e-4 * np.abs(outputs).max())


def test_notes_name_the_source_of_patterns(fitted) -> None:
    _, model, x, path = fitted
    found = viewer.explain(model, x[:1], "pattern-net", patterns=path, device="cpu")
    assert "patterns learned from 6 scans" in found.provenance.notes
    assert found.provenance.parameters["patterns"] == str(path)


def test_patterns_of_another_network_are_refused(fitted) -> None:
    network, _, x, path = fitted
    with torch.no_grad():
        network.head.bias += 1
        other = Model.from_module(network, x)
        network.head.bias -= 1
    with pytest.raises(ModelError, match=r"belongs to Net, not to this Net; fit them") as error:
        viewer.explain(other, x, "pattern-net", patterns=path, device="cpu")
    assert "\n" not in str(error.value)


def test_a_network_without_patterns_says_how_to_make_some(fitted) -> None:
    _, model, x, _ = fitted
    with pytest.raises(MethodError, match=r"needs the patterns of Net.*saliency-viewer patterns fit"):
        viewer.explain(model, x, "pattern-attribution", device="cpu")


def test_pattern_file_beside_the_model_is_found(tmp_path) -> None:
    from safetensors.torch import save_file

    from viewer.models.architectures.eitel import build_2d
    from viewer.models.model_card import Card

    torch.manual_seed(3)
    path = tmp_path / "small.safetensors"
    save_file(build_2d(2, "average", (24, 24), 1, 0.0).state_dict(), path)
    card = Card("small", architecture="eitel-2d", classes=("a", "b"), arguments={"padding": 1})
    model, x = load_model(path, card), random_tensor(2, 1, 24, 24).float()
    fit_patterns(model, [x], tmp_path / "small.patterns.safetensors")
    found = viewer.explain(model, x, "pattern-net", device="cpu")
    assert np.abs(found.data).max() > 0


class Gated(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 3, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv(x)
        return (x * torch.sigmoid(x)).mean((2, 3))


def test_an_operator_without_a_rule_is_named() -> None:
    x = random_tensor(1, 1, 6, 6).float()
    model = Model.from_module(Gated(), x)
    with pytest.raises(MethodError, match="there is no rule for mul"):
        viewer.explain(model, x, "pattern-net", estimator="filter", device="cpu")


def test_cancelling_leaves_the_model_unchanged(fitted) -> None:
    _, model, x, path = fitted
    before = {name: tensor.clone() for name, tensor in model.module().state_dict().items()}
    seen: list[ProgressStep] = []
    progress = Progress(seen.append, lambda: len(seen) > 12)
    with pytest.raises(Cancelled):
        viewer.explain(model, x, "pattern-net", patterns=path, device="cpu", progress=progress)
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.module().state_dict().items())
