"""Activations of a layer: as a module gives them, kept within a budget, as pictures, and in mm."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from viewer.errors import Cancelled, ModelError
from viewer.models.activations import (
    ActivationCache,
    compute_activations,
    make_activation_map,
    make_thumbnails,
)
from viewer.models.input_spec import InputSpec
from viewer.models.model import Model
from viewer.models.model_card import Card
from viewer.models.preprocessing import PreparedInput
from viewer.progress import Progress
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv3d(1, 4, 3, stride=2, padding=1)
        self.act = nn.ReLU()
        self.pool = nn.MaxPool3d(2)
        self.head = nn.Linear(4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.act(self.stem(x))
        x = self.act(self.pool(x))
        return self.head(x.mean((2, 3, 4)))


X = torch.randn(1, 1, 16, 12, 8, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def net() -> Net:
    torch.manual_seed(6)
    return Net().eval()


@pytest.fixture
def model(net: Net) -> Model:
    return Model.from_module(net, X)


def test_activations_are_what_the_modules_give(net: Net, model: Model) -> None:
    with torch.no_grad():
        stem = net.stem(X)
        pool = net.pool(net.act(stem))
    for layer, expected in (("stem", stem), ("act@0", stem.relu()), ("pool", pool), ("head", net(X))):
        found = compute_activations(model, X, layer)
        assert found.shape == expected.shape[1:]
        np.testing.assert_allclose(found, expected[0].detach().numpy(), atol=1e-6)
    assert not any(module._forward_hooks for module in model.module().modules())


def test_unknown_layers_and_batches_are_refused(model: Model) -> None:
    with pytest.raises(ModelError, match="the network has no such layer"):
        compute_activations(model, X, "stern")
    opaque = Model(Net(), Card("script"), "0", no_graph_reason="TorchScript")
    with pytest.raises(ModelError, match="TorchScript gives no operator graph"):
        compute_activations(opaque, X, "stem")
    with pytest.raises(Cancelled):
        compute_activations(model, X, "stem", Progress(cancelled=lambda: True))
    with pytest.raises(ValueError, match="2 inputs given"):
        compute_activations(model, torch.cat((X, X)), "stem")


def test_the_cache_computes_once_and_drops_the_least_recently_used(model: Model) -> None:
    stem = compute_activations(model, X, "stem").nbytes
    pool = compute_activations(model, X, "pool").nbytes
    store = ActivationCache(stem + 2 * pool)
    first = store.compute(model, X, "stem")
    assert store.compute(model, X, "stem") is first
    assert not first.flags.writeable
    one = store.compute(model, X, "pool")
    other = store.compute(model, X + 1, "pool")
    assert not np.array_equal(one, other)
    assert (len(store), store.byte_count) == (3, stem + 2 * pool)
    assert store.compute(model, X, "stem") is first
    store.compute(model, X + 2, "pool")  # now the pool of X is the oldest
    assert store.byte_count <= store.max_bytes
    assert store.compute(model, X, "stem") is first
    assert store.compute(model, X + 1, "pool") is other
    assert store.compute(model, X, "pool") is not one
    store.clear()
    assert (len(store), store.byte_count) == (0, 0)


def test_values_larger_than_the_limit_are_not_cached(model: Model) -> None:
    store = ActivationCache(100)
    small = store.compute(model, X, "head")
    assert store.compute(model, X, "stem").shape == (4, 8, 6, 4)
    assert (len(store), store.byte_count) == (1, small.nbytes)


def test_thumbnails_are_the_middle_slices_from_black_to_white() -> None:
    values = np.zeros((3, 5, 4, 7), dtype=np.float32)
    values[0, :, :, 3] = np.arange(20).reshape(5, 4) * 10 - 40
    values[1, :, :, 2] = 1000.0  # beside the middle
    values[2, :, :, 3] = np.eye(5, 4) * -2
    found = make_thumbnails(values)
    assert (found.shape, found.dtype) == ((3, 5, 4), np.uint8)
    np.testing.assert_array_equal(found[0], np.rint(np.arange(20).reshape(5, 4) * 255 / 19))
    assert not found[1].any()
    np.testing.assert_array_equal(found[2], 255 - 255 * np.eye(5, 4))
    assert make_thumbnails(values, axis=0).shape == (3, 4, 7)
    np.testing.assert_array_equal(make_thumbnails(values[..., 3]), found)
    with pytest.raises(ModelError, match="a thumbnail needs 2 or 3"):
        make_thumbnails(values[:, 0, 0, 0])


def test_large_slices_are_made_of_means() -> None:
    slices = np.zeros((1, 10, 7), dtype=np.float32)
    slices[0, :4, :4] = [[0, 8, 8, 0]] * 4  # blocks of mean 4 and 4
    slices[0, 8:, 4:] = 8  # smaller blocks at the ends, of mean 8
    found = make_thumbnails(slices, max_size=4)
    assert found.shape == (1, 4, 3)
    slices[0, :4, :4] = 4
    np.testing.assert_array_equal(found[0, 3], make_thumbnails(slices, max_size=4)[0, 3])
    assert found[0, 3, 2] == 255


AFFINES = {
    "LAS": np.diag([-2.0, 2.0, 3.0, 1.0]),
    "oblique": np.array([[1.9, 0.4, 0, -30], [-0.4, 1.9, 0.2, -20], [0, -0.2, 2.9, 5], [0, 0, 0, 1.0]]),
    "LIA": np.array([[-2, 0, 0, 30], [0, 0, 2.5, -40], [0, -2, 0, 50], [0, 0, 0, 1.0]]),
}


@pytest.mark.parametrize("name", AFFINES)
def test_a_layer_behind_pools_lies_at_the_right_mm(name: str) -> None:
    """A bright block of 4×4×4 voxels is one voxel of the layer; its middle is the map's peak."""
    grid = Grid((20, 16, 12), AFFINES[name])
    data = np.zeros(grid.shape, dtype=np.float32)
    data[12:16, 8:12, 4:8] = 1
    scan = Scan(data, grid, "block")
    network = nn.Sequential(nn.AvgPool3d(2), nn.AvgPool3d(2), nn.Flatten(), nn.Linear(60, 2))
    model = Model(network.eval(), Card("pools", classes=("a", "b")), "0")
    prepared = PreparedInput(torch.from_numpy(data)[None, None], grid)
    values = compute_activations(model, prepared.tensor, "1")
    assert values.shape == (1, 5, 4, 3)
    found = make_activation_map(model, prepared, scan, "1", 0, values)
    assert found.grid is scan.grid
    middle = grid.to_world(np.array([13.5, 9.5, 5.5]))
    weights = found.data / found.data.sum()
    centre = (grid.to_world(np.moveaxis(np.indices(grid.shape), 0, -1)) * weights[..., None]).sum((0, 1, 2))
    np.testing.assert_allclose(centre, middle, atol=1e-3)
    peak = np.unravel_index(found.data.argmax(), found.data.shape)
    assert np.abs(np.array(peak) - [13.5, 9.5, 5.5]).max() == 0.5
    assert (found.provenance.layer, dict(found.provenance.parameters)) == ("1", {"channel": 0})


def test_a_scan_of_other_axes_than_the_network_s(placed: Scan) -> None:
    """Through the card's placement and back: the brightest place of a strided layer is the blob's."""
    wanted = InputSpec((32, 40, 36), axes="SPL")
    network = nn.Sequential(nn.AvgPool3d(4, 4), nn.Flatten(), nn.Linear(8 * 10 * 9, 2)).eval()
    model = Model(network, Card("turned", classes=("a", "b"), input=wanted), "0")
    prepared = model.prepare(placed)
    values = compute_activations(model, prepared.tensor, "0")
    found = make_activation_map(model, prepared, placed, "0", 0, values)
    peak = placed.grid.to_world(np.unravel_index(found.data.argmax(), found.data.shape))
    assert np.linalg.norm(peak - np.array([13.0, -17.0, 21.0])) < 8


def test_a_map_of_what_has_no_place_is_refused(model: Model) -> None:
    grid = Grid((16, 12, 8), np.eye(4))
    scan = Scan(X[0, 0].numpy(), grid, "noise")
    prepared = PreparedInput(X, grid)
    with pytest.raises(ModelError, match="its output is not spatial"):
        make_activation_map(model, prepared, scan, "head", 0, compute_activations(model, X, "head"))
    with pytest.raises(ModelError, match="it has no channel 4; it has 0 to 3"):
        make_activation_map(model, prepared, scan, "stem", 4, compute_activations(model, X, "stem"))
