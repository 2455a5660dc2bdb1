"""A network that is given only as a .pt2 file is a model like any other; a hostile one runs nothing."""

from __future__ import annotations

import copy
import io
import json
import pickle
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from viewer.errors import ModelError
from viewer.models.architectures.registry import find_architecture
from viewer.models.formats import ModelFormat
from viewer.models.graph.interpreter import run
from viewer.models.graph_module import GraphModule
from viewer.models.inspect import inspect
from viewer.models.loading import load_model
from viewer.models.model_card import Card, write_card

SHAPE = (1, 1, 32, 34, 36)


def _network() -> torch.nn.Module:
    torch.manual_seed(5)
    return find_architecture("eitel-3d", "test").build({}, "test")


@pytest.fixture(scope="module")
def archive() -> bytes:
    content = io.BytesIO()
    torch.export.save(torch.export.export(_network(), (torch.zeros(SHAPE),)), content)
    return content.getvalue()


@pytest.fixture
def exported(archive: bytes, tmp_path: Path, eitel_card: Card) -> Path:
    path = tmp_path / "net.pt2"
    path.write_bytes(archive)
    write_card(replace(eitel_card, architecture=""), tmp_path / "net.card.json")
    return path


def test_it_answers_as_the_network_it_was_exported_from(exported: Path) -> None:
    model = load_model(exported)
    x = torch.randn(SHAPE, requires_grad=True)
    torch.testing.assert_close(model.logits(x), _network()(x), rtol=1e-6, atol=1e-6)
    (gradient,) = torch.autograd.grad(model.logits(x)[0, 0], x)
    (expected,) = torch.autograd.grad(_network()(x)[0, 0], x)
    torch.testing.assert_close(gradient, expected)
    assert model.no_graph_reason == ""
    assert model.card.classes == ("without", "with")


def test_its_weights_have_the_gradient_that_those_of_the_network_have_once_they_require_one(
    exported: Path,
) -> None:
    module, network = copy.deepcopy(load_model(exported).module()), _network()
    x = torch.randn(2, *SHAPE[1:])
    assert not module(x).requires_grad
    module.requires_grad_(True)
    network(x).square().sum().backward()
    module(x).square().sum().backward()
    own = dict(module.named_parameters())
    expected = {name: one.grad for name, one in network.named_parameters()}
    assert set(own) == set(expected)
    for name, gradient in expected.items():
        torch.testing.assert_close(own[name].grad, gradient, rtol=1e-4, atol=1e-5)
    with torch.no_grad():
        assert not module(x).requires_grad


def test_its_parameters_have_their_names(exported: Path) -> None:
    module = load_model(exported).module()
    own = dict(_network().named_parameters())
    found = dict(module.named_parameters())
    assert {name: tuple(tensor.shape) for name, tensor in found.items()} == {
        name: tuple(tensor.shape) for name, tensor in own.items()
    }
    assert all(torch.equal(found[name], tensor) for name, tensor in own.items())
    assert not any(tensor.requires_grad for tensor in found.values())


def test_its_graph_is_that_of_the_file(exported: Path) -> None:
    model = load_model(exported)
    x = torch.randn(SHAPE)
    graph = model.graph(x)
    assert {node.operator for node in graph.nodes} >= {"conv", "relu", "max_pool", "linear"}
    torch.testing.assert_close(run(graph, x), model.logits(x))


def test_a_copy_shares_no_memory(exported: Path) -> None:
    module = load_model(exported).module()
    assert isinstance(module, GraphModule)
    other = copy.deepcopy(module)
    x = torch.randn(SHAPE)
    before = module(x)
    with torch.no_grad():
        other.get_parameter("head.bias").add_(1.0)
        torch.testing.assert_close(other(x), before + 1.0)
    assert torch.equal(module(x), before)
    doubled = other.double()
    assert doubled(x.double()).dtype == torch.float64
    assert module(x).dtype == torch.float32


def test_classes_are_numbered_by_the_graphs_output(exported: Path, eitel_card: Card) -> None:
    card = replace(eitel_card, architecture="", classes=())
    assert load_model(exported, card).card.classes == ("0", "1")


def test_without_a_card_its_entries_are_asked_for(exported: Path) -> None:
    exported.with_name("net.card.json").unlink()
    with pytest.raises(ModelError, match=r"no card found; describe its name, classes and input"):
        load_model(exported)


def test_what_it_holds_is_listed(exported: Path) -> None:
    contents = inspect(exported)
    assert contents.format is ModelFormat.EXPORTED
    assert contents.refusal == ""
    assert contents.card is not None
    assert {name: tensor.shape for name, tensor in contents.tensors.items()} == {
        name: tuple(tensor.shape) for name, tensor in _network().state_dict().items()
    }


def _rewritten(path: Path, change: Callable[[str, bytes], bytes], **more: bytes) -> None:
    with zipfile.ZipFile(path) as old:
        members = {member.filename: old.read(member) for member in old.infolist()}
    folder = next(iter(members)).partition("/")[0]
    with zipfile.ZipFile(path, "w") as new:
        for name, content in members.items():
            new.writestr(name, change(name, content))
        for name, content in more.items():
            new.writestr(f"{folder}/{name}", content)


def _pickled_weight(name: str, content: bytes) -> bytes:
    if not name.endswith("weights_config.json"):
        return content
    entries = json.loads(content)
    for entry in entries["config"].values():
        entry["use_pickle"] = True
    return json.dumps(entries).encode()


def test_a_pickled_weight_is_refused(exported: Path, marker: Path, hostile: Any, environment: str) -> None:
    def change(name: str, content: bytes) -> bytes:
        is_weight = "/data/weights/weight_" in name
        return pickle.dumps(hostile) if is_weight else _pickled_weight(name, content)

    _rewritten(exported, change)
    with pytest.raises(ModelError, match="pickle"):
        load_model(exported)
    assert "pickle" in inspect(exported).refusal
    assert not marker.exists()


def test_hostile_sample_inputs_are_never_opened(
    exported: Path, marker: Path, hostile: Any, environment: str
) -> None:
    def change(name: str, content: bytes) -> bytes:
        return pickle.dumps(hostile) if "sample_inputs" in name else content

    _rewritten(exported, change)
    load_model(exported)
    inspect(exported)
    assert not marker.exists()


def test_native_code_is_refused(exported: Path) -> None:
    _rewritten(exported, lambda name, content: content, **{"data/aotinductor/model/a.so": b"\x7fELF"})
    with pytest.raises(ModelError, match="native code"):
        load_model(exported)
    assert "native code" in inspect(exported).refusal


def test_tensors_with_impossible_names_are_refused(exported: Path) -> None:
    graph = load_model(exported).graph(torch.zeros(SHAPE))
    for name in ("forward", "a..b", ""):
        odd = replace(graph, constants={**graph.constants, name: torch.ones(1)})
        with pytest.raises(ModelError, match="impossible name"):
            GraphModule(odd, "net.pt2")
