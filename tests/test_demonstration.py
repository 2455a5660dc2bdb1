"""What the program opens with, held against the truth that was planted, and made again from its parts."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pytest

from viewer.fit.predict import predict
from viewer.methods.explain import explain
from viewer.models.loading import load_model
from viewer.models.model import Model
from viewer.resource_files import resource_path
from viewer.scans.load import load_map, load_scan
from viewer.scans.map import Map
from viewer.scans.resample import resample
from viewer.scans.scan import Scan
from viewer.scans.simulated_lesions import DEMONSTRATION, insert_lesions
from viewer.session.demo import comparison_map, demo_files


@pytest.fixture(scope="module")
def scan() -> Scan:
    return load_scan(demo_files()[0])


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(demo_files()[1])


@pytest.fixture(scope="module")
def shown() -> Map:
    path = demo_files()[2]
    assert path is not None
    return load_map(path)


def test_the_network_finds_lesions_in_the_scan(scan: Scan, model: Model) -> None:
    said = predict(model, scan)
    assert said.best is not None
    assert said.classes[said.best] == "lesion"
    assert said.probabilities[said.best] > 0.99


def test_the_card_says_that_all_of_it_is_simulated(model: Model) -> None:
    card = model.card
    assert "simulated" in card.description
    assert "Not for diagnosis" in card.description
    assert "balanced accuracy" in card.description
    assert card.source.startswith("saliency-viewer train lesions")
    assert card.licence == "MIT"
    assert card.weights == model.hash


def test_the_map_was_made_of_this_scan_by_this_network(scan: Scan, model: Model, shown: Map) -> None:
    told = shown.provenance
    assert told.method == "integrated-gradients"
    assert told.target == "lesion"
    assert told.scan["hash"] == scan.hash
    assert told.model["hash"] == model.hash
    assert shown.grid is not None
    assert shown.grid.same_as(model.prepare(scan).grid)
    assert shown.residual is not None
    assert shown.residual.relative < 0.01
    assert float(shown.data.sum(dtype=np.float64)) == pytest.approx(shown.residual.found, rel=1e-4)


@pytest.mark.parametrize("name", ["integrated-gradients", "lrp-epsilon"])
def test_the_map_tells_of_no_machine(name: str) -> None:
    text = resource_path(f"demo/{name}.json").read_text()
    assert not [value for value in json.loads(text)["model"].values() if str(value).startswith("/")]


def test_relevance_gathers_at_every_lesion(scan: Scan, shown: Map) -> None:
    assert shown.grid is not None
    healthy = load_scan("mni152")
    density = np.abs(shown.data).sum() / np.count_nonzero(shown.data)
    for lesion in DEMONSTRATION:
        _, share = insert_lesions(healthy.data, healthy.grid, [lesion])
        inside = resample(share, scan.grid, shown.grid) > 0.3
        assert shown.data[inside].sum() > 0
        assert np.abs(shown.data[inside]).mean() > 4 * density


@pytest.fixture
def one_thread() -> Iterator[None]:
    """As the shipped map was made; and threads that wait for each other are slow on a busy machine."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("one_thread")
@pytest.mark.slow
def test_the_compared_map_made_again_is_the_same(scan: Scan, model: Model) -> None:
    path = comparison_map()
    assert path is not None
    compared = load_map(path)
    parameters = dict(compared.provenance.parameters)
    again = explain(model, scan, "lrp-epsilon", target="lesion", grid="model", device="cpu", **parameters)
    largest = float(np.abs(compared.data).max())
    np.testing.assert_allclose(again.data, compared.data, atol=1e-3 * largest)


@pytest.mark.usefixtures("one_thread")
@pytest.mark.slow
def test_made_again_it_is_the_same_map(scan: Scan, model: Model, shown: Map) -> None:
    parameters = dict(shown.provenance.parameters)
    again = explain(
        model, scan, "integrated-gradients", target="lesion", grid="model", device="cpu", **parameters
    )
    largest = float(np.abs(shown.data).max())
    np.testing.assert_allclose(again.data, shown.data, atol=1e-3 * largest)
