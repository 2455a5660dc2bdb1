"""Patterns against unfolded patches in float64, and what fitting promises: resuming, refusing, reporting."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

import viewer
from viewer.errors import Cancelled, MethodError, ModelError, ScanError
from viewer.methods.patterns import fit
from viewer.methods.patterns.fit import fit_patterns
from viewer.methods.patterns.pattern_io import load_patterns
from viewer.methods.scan_sources import read_scan_list
from viewer.models.model import Model
from viewer.progress import Progress, ProgressStep

CONVOLUTIONS = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
SIZES = (9, 8, 7)


def random_tensor(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


class One(nn.Module):
    """One convolution and a mean over space."""

    def __init__(self, rank: int, **settings: object) -> None:
        super().__init__()
        torch.manual_seed(rank)
        self.conv = CONVOLUTIONS[rank](4, 6, 3, **settings)
        self.double()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.conv(x)).flatten(2).mean(2)


def unfolded(x: torch.Tensor, conv: nn.Module, *, skip: bool = False) -> np.ndarray:
    """Patches one by one, as the definition of a convolution has it: (places, channels, kernel...)."""
    values, found = x.numpy(), []
    rank = values.ndim - 2
    padded = np.pad(values, [(0, 0), (0, 0), *((pad, pad) for pad in conv.padding)])
    reach = [far * (size - 1) for far, size in zip(conv.dilation, conv.kernel_size, strict=True)]
    places = [range(0, padded.shape[2 + axis] - reach[axis], conv.stride[axis]) for axis in range(rank)]
    for sample in padded:
        for place in product(*places):
            inside = all(
                pad <= start and start + far < pad + size
                for start, far, pad, size in zip(place, reach, conv.padding, x.shape[2:], strict=True)
            )
            if inside or not skip:
                cut = [
                    slice(start, start + far + 1, step)
                    for start, far, step in zip(place, reach, conv.dilation, strict=True)
                ]
                found.append(sample[(slice(None), *cut)])
    return np.stack(found)


def by_definition(x: np.ndarray, w: np.ndarray, b: float, sign: int) -> np.ndarray:
    """Equation 7 for one neuron: x (places, patch), w (patch); ``sign`` 0 takes all places (equation 3)."""
    y = x @ w + b
    chosen = np.ones(len(y), bool) if sign == 0 else (y > 0 if sign > 0 else y <= 0)
    numerator = (x[chosen] * y[chosen, None]).mean(0) - x[chosen].mean(0) * y.mean()
    return numerator / (w @ numerator)


SETTINGS = [
    {},
    {"stride": 2, "padding": 1},
    {"dilation": 2, "padding": 2, "bias": False},
    {"groups": 2, "padding": 1},
    {"stride": 2, "padding": 2, "dilation": 2, "groups": 2},
]


@pytest.mark.sampled(3)
@pytest.mark.parametrize("padding", ["count", "skip"])
@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: "-".join(settings) or "plain")
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_patterns_equal_those_of_unfolded_patches(
    rank: int, settings: dict, padding: str, monkeypatch
) -> None:
    # Slabs of a row or two, so that their seams are looked at, too.
    monkeypatch.setattr("viewer.methods.patterns.layers.BLOCK_SIZE", 2000)
    network, x = One(rank, **settings), random_tensor(3, 4, *SIZES[:rank]) + 0.5
    found = fit_patterns(Model.from_module(network, x), [x], padding=padding).layers[0]
    patches = unfolded(x, network.conv, skip=padding == "skip")
    assert found.patches == len(patches)
    weight, groups = network.conv.weight.detach().numpy(), network.conv.groups
    bias = np.zeros(6) if network.conv.bias is None else network.conv.bias.detach().numpy()
    per = patches.shape[1] // groups
    for neuron in range(6):
        group, own = divmod(neuron, 6 // groups)
        seen = patches[:, group * per : (group + 1) * per].reshape(len(patches), -1)
        w = weight[neuron].ravel()
        assert float(found.active[group, own]) == pytest.approx((seen @ w + bias[neuron] > 0).mean())
        for sign, name in ((0, "linear"), (1, "positive"), (-1, "negative")):
            expected = by_definition(seen, w, bias[neuron], sign)
            pattern = getattr(found, name)[group, own].numpy().ravel()
            assert np.abs(pattern - expected).max() <= 1e-12 * np.abs(expected).max()
            assert float(w @ pattern) == pytest.approx(1.0, abs=1e-12)


class Branches(nn.Module):
    """A residual sum, two branches side by side, a difference, and a dense layer on tokens."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(5)
        self.stem = nn.Conv2d(1, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.block = nn.Conv2d(4, 4, 3, padding=1)
        self.token = nn.Linear(6, 3)
        self.head = nn.Linear(8, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.norm(self.stem(x)))
        both = x + self.block(x)
        apart = torch.relu(both) - x
        x = torch.cat((torch.relu(both), apart), 1)
        return self.head(torch.relu(self.token(x)).mean((2, 3)))


@pytest.fixture
def branches() -> tuple[nn.Module, torch.Tensor]:
    network = Branches().double().eval()
    with torch.no_grad():
        network.norm.running_mean.copy_(random_tensor(4, seed=8))
        network.norm.running_var.copy_(random_tensor(4, seed=9).abs() + 0.5)
    return network, random_tensor(4, 1, 5, 6, seed=3)


def test_sums_tokens_and_folded_norms_have_patterns_too(branches) -> None:
    network, x = branches
    found = fit_patterns(Model.from_module(network, x), [x]).layers
    assert [layer.key.split()[1] for layer in found] == ["conv", "conv", "add", "sub", "linear", "linear"]
    with torch.no_grad():
        first = torch.relu(network.norm(network.stem(x)))
        second = network.block(first)
        both = first + second
        tokens = torch.cat((torch.relu(both), torch.relu(both) - first), 1)
    for channel in range(4):
        pair = torch.stack((first[:, channel], second[:, channel]), -1).reshape(-1, 2).numpy()
        expected = by_definition(pair, np.array([1.0, 1.0]), 0.0, 1)
        np.testing.assert_allclose(found[2].positive[channel, 0], expected, rtol=1e-12)
        pair = torch.stack((torch.relu(both)[:, channel], first[:, channel]), -1).reshape(-1, 2).numpy()
        expected = by_definition(pair, np.array([1.0, -1.0]), 0.0, 1)
        np.testing.assert_allclose(found[3].positive[channel, 0], expected, rtol=1e-12)
    rows, weight = tokens.reshape(-1, 6).numpy(), network.token.weight.detach().numpy()
    for neuron in range(3):
        expected = by_definition(rows, weight[neuron], network.token.bias[neuron].item(), 1)
        np.testing.assert_allclose(found[4].positive[0, neuron], expected, rtol=0, atol=1e-12)
    scale = (network.norm.weight / (network.norm.running_var + network.norm.eps).sqrt()).detach()
    folded = (network.stem.weight.detach() * scale[:, None, None, None]).reshape(4, -1)
    ones = (folded * found[0].positive.reshape(4, -1)).sum(1)
    np.testing.assert_allclose(ones, 1.0, atol=1e-12)


def test_two_component_patterns_of_a_linear_relation_equal_the_linear_pattern() -> None:
    # x = a y + d with the same d around every y, so that d and y are independent to the last digit.
    y, d = np.linspace(-2, 3, 40), random_tensor(30, 4, seed=2).numpy()
    w = np.array([1.0, -2.0, 0.5, 1.0])
    d -= d.mean(0) + np.outer((d - d.mean(0)) @ w, w) / (w @ w)
    a = np.array([0.5, -0.25, 1.0, -0.5])
    x = torch.from_numpy((y[:, None, None] * a / (w @ a) + d).reshape(-1, 4))
    layer = nn.Linear(4, 1, bias=False).double()
    layer.weight.data = torch.from_numpy(w[None])
    found = fit_patterns(Model.from_module(layer, x), [x]).layers[0]
    np.testing.assert_allclose(found.linear[0, 0], a / (w @ a), atol=1e-12)
    np.testing.assert_allclose(found.positive, found.linear, atol=1e-12)
    np.testing.assert_allclose(found.negative, found.linear, atol=1e-12)


@pytest.mark.parametrize("mean", [0.0, 300.0, 1000.0])
def test_large_intensity_offsets_lose_no_precision(mean: float) -> None:
    network = One(3, padding=1)
    with torch.no_grad():
        network.conv.bias -= mean * network.conv.weight.sum((1, 2, 3, 4))
    x = random_tensor(4, 4, 10, 10, 10) + mean
    # Both are given the same numbers, those of float32, and compute in their own way.
    network.float()
    exact = fit_patterns(Model.from_module(network, x.float()), [x.float()], padding="skip", double=True)
    found = fit_patterns(Model.from_module(network, x.float()), [x.float()], padding="skip")
    for ours, theirs in zip(found.layers[:1], exact.layers[:1], strict=True):
        away = (ours.linear - theirs.linear).flatten(2).norm(dim=2) / theirs.linear.flatten(2).norm(dim=2)
        assert float(away.max()) < 2e-4


def test_inestimable_patterns_add_notes() -> None:
    x = random_tensor(200, 3).abs() + 0.1
    layer = nn.Linear(3, 4).double()
    layer.weight.data = torch.tensor([[1.0, 1, 1], [-1, -1, -1], [0, 0, 0], [1, -1, 0]]).double()
    layer.bias.data = torch.tensor([0.0, 0.0, 1.0, 0.0]).double()
    found = fit_patterns(Model.from_module(layer, x), [x]).layers[0]
    assert found.dead[0].tolist() == [False, True, False, False]
    assert found.tiny[0].tolist() == [False, False, True, False]
    np.testing.assert_allclose(found.positive[0, 1], [-1 / 3] * 3)
    assert found.positive[0, 2].tolist() == [0, 0, 0]
    assert "1 of 4 never fire and 1 of 4 have a tiny denominator" in found.note()


def test_a_denominator_whose_parts_cancel_is_tiny() -> None:
    # y is 1, 3, −1.5, −2.5: where it fires its variance is 1, and (2 − 2.5) (2 − 0) takes it away.
    x = torch.tensor([[-1.5], [0.5], [-4.0], [-5.0]]).double()
    layer = nn.Linear(1, 1).double()
    layer.weight.data, layer.bias.data = torch.ones(1, 1).double(), torch.tensor([2.5]).double()
    found = fit_patterns(Model.from_module(layer, x), [x]).layers[0]
    assert found.tiny.item()
    assert not found.dead.item()
    assert found.positive.item() == 1.0


# Files: resumed, refused


def tensors(path: Path) -> dict[str, torch.Tensor]:
    return load_file(path)


def test_interrupted_fit_resumes_exactly(branches, tmp_path, monkeypatch) -> None:
    network, x = branches
    model = Model.from_module(network, x)
    whole, resumed = tmp_path / "whole.safetensors", tmp_path / "resumed.safetensors"
    fit_patterns(model, [x], whole)
    monkeypatch.setattr(fit, "SECONDS_BETWEEN_SAVES", -1.0)
    seen: list[ProgressStep] = []

    def enough() -> bool:
        return any(step.message == "tensor 1.2" for step in seen) and seen[-1].message.startswith("add")

    with pytest.raises(Cancelled):
        fit_patterns(model, [x], resumed, progress=Progress(seen.append, enough))
    partial = tmp_path / "resumed.safetensors.partial"
    assert partial.is_file()
    assert not resumed.exists()
    names: list[str] = []
    fit_patterns(model, [x], resumed, progress=Progress(lambda step: names.append(step.message)))
    assert not partial.exists()
    assert resumed.read_bytes() == whole.read_bytes()
    with safe_open(resumed, "pt") as file:
        about = json.loads(file.metadata()["patterns"])
    assert about["hash"] == model.hash
    assert len({scan["hash"] for scan in about["scans"]}) == 4


def test_sums_of_other_settings_are_refused(branches, tmp_path, monkeypatch) -> None:
    network, x = branches
    model, path = Model.from_module(network, x), tmp_path / "p.safetensors"
    monkeypatch.setattr(fit, "SECONDS_BETWEEN_SAVES", -1.0)
    steps = iter(range(100000))
    with pytest.raises(Cancelled):
        fit_patterns(model, [x], path, progress=Progress(cancelled=lambda: next(steps) > 60))
    with pytest.raises(ModelError, match="other settings; delete it"):
        fit_patterns(model, [x], path, padding="skip")


def test_a_scan_that_comes_twice_counts_once(branches) -> None:
    network, x = branches
    model = Model.from_module(network, x)
    once, twice = fit_patterns(model, [x]), fit_patterns(model, [x, x[:2]])
    assert once.origin == twice.origin
    assert torch.equal(once.layers[0].positive, twice.layers[0].positive)


def test_file_metadata_describes_the_fit(branches, tmp_path) -> None:
    network, x = branches
    model, path = Model.from_module(network, x), tmp_path / "p.safetensors"
    found = fit_patterns(model, [x], path, padding="skip")
    read = load_patterns(path)
    assert read.origin == found.origin
    for ours, theirs in zip(read.layers, found.layers, strict=True):
        assert (ours.key, ours.label, ours.patches) == (theirs.key, theirs.label, theirs.patches)
        torch.testing.assert_close(ours.positive, theirs.positive.float())
        assert torch.equal(ours.dead, theirs.dead)


def test_damaged_files_are_refused_in_one_line(branches, tmp_path) -> None:
    network, x = branches
    path = tmp_path / "p.safetensors"
    fit_patterns(Model.from_module(network, x), [x], path)
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ModelError, match="cut"):
        load_patterns(cut)
    plain = tmp_path / "plain.safetensors"
    save_file({"x": torch.zeros(3)}, plain)
    with pytest.raises(ModelError, match="holds no patterns"):
        load_patterns(plain)
    with safe_open(path, "pt") as file:
        about = file.metadata()
    held = tensors(path)
    less = dict(list(held.items())[1:])
    save_file(less, plain, about)
    with pytest.raises(ModelError, match=r"holds no .* of 000 conv"):
        load_patterns(plain)
    key = next(name for name in held if name.endswith("/positive"))
    save_file({**held, key: held[key] * float("nan")}, plain, about)
    with pytest.raises(ModelError, match="not finite"):
        load_patterns(plain)
    with pytest.raises(ModelError, match="there is no such file"):
        load_patterns(tmp_path / "none.safetensors")


def test_networks_without_patterns_are_refused_by_name() -> None:
    x = random_tensor(2, 2, 6, 6)
    up = nn.Sequential(nn.ConvTranspose2d(2, 2, 2), nn.Flatten(), nn.Linear(98, 2)).double()
    with pytest.raises(MethodError, match="conv_transpose in 0 is a transposed convolution"):
        fit_patterns(Model.from_module(up, x), [x])
    bare = nn.Sequential(nn.ReLU(), nn.Flatten()).double()
    with pytest.raises(MethodError, match="neither convolutions nor dense layers"):
        fit_patterns(Model.from_module(bare, x), [x])
    with pytest.raises(MethodError, match="no scans"):
        fit_patterns(Model.from_module(bare, x), [])
    with pytest.raises(MethodError, match="no padding 'some'; choose count or skip"):
        fit_patterns(Model.from_module(bare, x), [x], padding="some")


def test_fitting_leaves_the_model_unchanged(branches) -> None:
    network, x = branches
    given, before = x.clone(), {name: tensor.clone() for name, tensor in network.state_dict().items()}
    fit_patterns(Model.from_module(network, x), [x])
    assert torch.equal(x, given)
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())


def test_lists_and_tables_name_scans(tmp_path) -> None:
    (tmp_path / "a.nii").touch()
    plain = tmp_path / "list.txt"
    plain.write_text("# two\na.nii\n\nmni152\n")
    assert read_scan_list(plain) == (tmp_path / "a.nii", "mni152")
    table = tmp_path / "table.tsv"
    table.write_text("subject\tscan\tvolume\n1\ta.nii\t2\n2\ta.nii\tn/a\n")
    assert read_scan_list(table) == ((tmp_path / "a.nii", 2), tmp_path / "a.nii")
    plain.write_text("b.nii\n")
    with pytest.raises(ScanError, match=r"list.txt, line 1: scan not found: .*b.nii"):
        read_scan_list(plain)
    plain.write_text("\n")
    with pytest.raises(ScanError, match="names no scans"):
        read_scan_list(plain)


def test_the_package_fits_patterns() -> None:
    assert viewer.fit_patterns is fit_patterns


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("rows", [5, 6])
def test_half_slabs_sum_to_the_full_slab(stride: int, rows: int) -> None:
    torch.manual_seed(1)
    network = nn.Sequential(nn.Conv3d(8, 5, 3, stride=stride), nn.Flatten(2)).float()
    size = (rows - 1) * stride + 3
    x = random_tensor(1, 8, size, 9, 9).float()
    alone = fit_patterns(Model.from_module(network, x.double().float()), [x]).layers[0]
    exact = fit_patterns(Model.from_module(network, x), [x], double=True).layers[0]
    torch.testing.assert_close(alone.positive, exact.positive, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(alone.linear, exact.linear, rtol=1e-3, atol=1e-4)
