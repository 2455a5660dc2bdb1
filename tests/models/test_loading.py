"""Models from files: bare weights with a card beside, inside or published; and what is missing is named."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from viewer.errors import ModelError
from viewer.models.architectures.registry import find_architecture
from viewer.models.loading import builtin_models, find_model, load_model
from viewer.models.model_card import Card, write_card
from viewer.models.state_dict import hash_file


def _network(name: str = "eitel-3d", **arguments: Any) -> torch.nn.Module:
    torch.manual_seed(3)
    return find_architecture(name, "test").build(arguments, "test")


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "squares.pt"
    torch.save(_network().state_dict(), path)
    return path


def _answers_alike(model: Any, module: torch.nn.Module) -> bool:
    x = torch.randn(1, 1, 36, 38, 34)
    with torch.no_grad():
        return torch.equal(model.logits(x), module(x))


def test_a_card_beside_the_weights(weights: Path, eitel_card: Card) -> None:
    write_card(eitel_card, weights.with_name("squares.card.json"))
    model = load_model(weights)
    assert model.card.as_json() == eitel_card.as_json()
    assert model.hash == hash_file(weights)
    assert model.path == weights
    assert _answers_alike(model, _network())
    module = model.module()
    assert not module.training
    assert not any(parameter.requires_grad for parameter in module.parameters())
    assert all(tensor.device.type == "cpu" for tensor in module.state_dict().values())


def test_a_card_given_as_a_file_or_as_it_is(weights: Path, eitel_card: Card, tmp_path: Path) -> None:
    elsewhere = write_card(eitel_card, tmp_path / "elsewhere.json")
    write_card(replace(eitel_card, name="another"), weights.with_name("squares.card.json"))
    assert load_model(weights, elsewhere).card.name == "squares"
    assert load_model(str(weights), str(elsewhere)).card.name == "squares"
    assert load_model(weights, replace(eitel_card, name="third")).card.name == "third"


def test_a_card_inside_safetensors(eitel_card: Card, tmp_path: Path) -> None:
    path = tmp_path / "squares.safetensors"
    save_file(_network().state_dict(), path, metadata={"card": json.dumps(eitel_card.as_json())})
    model = load_model(path)
    assert model.card.as_json() == eitel_card.as_json()
    assert _answers_alike(model, _network())
    write_card(replace(eitel_card, name="beside"), path.with_name("squares.card.json"))
    assert load_model(path).card.name == "beside"


def test_classes_are_numbered_where_nobody_names_them(weights: Path, eitel_card: Card) -> None:
    assert load_model(weights, replace(eitel_card, classes=())).card.classes == ("0", "1")


def test_arguments_are_inferred_from_the_weights(tmp_path: Path, eitel_card: Card) -> None:
    path = tmp_path / "three.pt"
    network = _network(classes=3, head="flatten", shape=(36, 38, 34))
    torch.save(network.state_dict(), path)
    card = replace(eitel_card, classes=("a", "b", "c"), arguments={"shape": [36, 38, 34]})
    assert _answers_alike(load_model(path, card), network)


def test_the_number_of_classes_may_come_from_the_card(tmp_path: Path) -> None:
    path = tmp_path / "tissue.pt"
    network = _network("meshnet", classes=4, channels=6, norm=True)
    torch.save({f"model.{name}": tensor for name, tensor in network.state_dict().items()}, path)
    model = load_model(path, Card("tissue", "meshnet", classes=("air", "csf", "grey", "white")))
    assert _answers_alike(model, network)


def test_half_precision_weights_answer_in_single(tmp_path: Path, eitel_card: Card) -> None:
    path = tmp_path / "half.pt"
    torch.save(_network().half().state_dict(), path)
    model = load_model(path, eitel_card)
    assert {tensor.dtype for tensor in model.module().state_dict().values()} == {torch.float32}
    assert _answers_alike(model, _network().half().float())


def test_weights_of_the_time_before_batch_norm_counted_batches(tmp_path: Path) -> None:
    path = tmp_path / "old.pt"
    network = _network("adnet")
    torch.save({k: v for k, v in network.state_dict().items() if "num_batches" not in k}, path)
    model = load_model(path, Card("old", "adnet", classes=("control", "patient")))
    x = torch.randn(1, 1, 73, 96, 96)
    with torch.no_grad():
        assert torch.equal(model.logits(x), network(x))


def test_published_weights_need_no_card(tmp_path: Path) -> None:
    path = tmp_path / "anything.pth"
    network = _network("adnet")
    torch.save({f"module.{name}": tensor for name, tensor in network.state_dict().items()}, path)
    model = load_model(path)
    assert model.card.name == "ADnet"
    assert model.card.input is not None
    assert model.card.classes == ("control", "Alzheimer's disease")


def test_known_weights_without_published_preparation_ask_for_a_card(weights: Path) -> None:
    with pytest.raises(ModelError) as raised:
        load_model(weights)
    line = str(raised.value)
    assert "look like eitel-3d" in line
    assert "classes and input in squares.card.json" in line


def test_unknown_weights_without_a_card_ask_for_one(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    torch.save({"a": torch.ones(2)}, path)
    with pytest.raises(ModelError, match=r"no card found, and the weights match no known network.*net\.card"):
        load_model(path)


def test_a_card_without_architecture_is_not_enough_for_bare_weights(weights: Path, eitel_card: Card) -> None:
    with pytest.raises(ModelError, match="its card lacks 'architecture'"):
        load_model(weights, replace(eitel_card, architecture=""))


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda s: {k: v for k, v in s.items() if k != "conv3.bias"}, "the tensor 'conv3.bias' is missing"),
        (lambda s: {**s, "extra": torch.ones(1)}, "it has an unexpected tensor 'extra'"),
        (
            lambda s: {**s, "conv2.weight": torch.ones(16, 8, 3, 3)},
            r"'conv2.weight' has the shape \(16, 8, 3, 3\), expected \(16, 8, 3, 3, 3\)",
        ),
        (lambda s: {"w": torch.ones(1)}, "the tensor 'conv1.weight' is missing"),
    ],
    ids=["missing", "too many", "shape", "another network"],
)
def test_weights_of_another_network_are_refused_by_their_first_tensor(
    change: Any, line: str, tmp_path: Path, eitel_card: Card
) -> None:
    path = tmp_path / "net.pt"
    torch.save(change(_network().state_dict()), path)
    with pytest.raises(ModelError, match=rf"net\.pt: does not match eitel-3d: {line}"):
        load_model(path, eitel_card)


def test_real_weights_of_another_network_are_refused(real_data: Path, eitel_card: Card) -> None:
    with pytest.raises(ModelError, match=r"does not match eitel-3d: the tensor 'conv1\.weight' is missing"):
        load_model(real_data / "adnet" / "AD_pretrained_weights.pt", eitel_card)


def test_a_card_that_asks_for_a_huge_network_takes_no_memory(weights: Path, eitel_card: Card) -> None:
    huge = replace(eitel_card, arguments={"head": "flatten", "shape": [4096, 4096, 4096]})
    with pytest.raises(ModelError, match=r"'head\.weight' has the shape"):
        load_model(weights, huge)


def test_a_card_for_other_weights_is_refused(weights: Path, eitel_card: Card) -> None:
    assert load_model(weights, replace(eitel_card, weights=hash_file(weights))).hash == hash_file(weights)
    with pytest.raises(ModelError, match="is not the file its card was written for"):
        load_model(weights, replace(eitel_card, weights="0" * 64))


def test_a_card_with_other_classes_is_refused(weights: Path, eitel_card: Card) -> None:
    with pytest.raises(ModelError, match="has 2 outputs, but its card names 3 classes"):
        load_model(weights, replace(eitel_card, classes=("a", "b", "c")))


def test_a_wrong_card_beside_is_named_itself(weights: Path) -> None:
    weights.with_name("squares.card.json").write_text('{"name": "x", "imput": {}}')
    with pytest.raises(ModelError, match=r"squares\.card\.json: entry 'imput' is not known here"):
        load_model(weights)


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="file not found"):
        load_model(tmp_path / "net.pt")
    with pytest.raises(ModelError, match="is neither a file nor a built-in model"):
        load_model("no-such-model")
    with pytest.raises(ModelError, match=r"gone\.json: there is no such file"):
        load_model(tmp_path / "net.pt", tmp_path / "gone.json")


def test_built_in_models_load_by_name() -> None:
    for name in builtin_models():
        model = load_model(name)
        assert model.path == find_model(name)
        assert model.card.input is not None
        assert model.card.licence


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("net.onnx", b"\x08\x07\x12\x07pytorch", "names 0 versions of ONNX's operators"),
        ("net.h5", b"\x89HDF\r\n\x1a\n" + b"\0" * 20, "is a damaged HDF5 file"),
        ("net.py", b"def build(): pass\n", r"net\.py:build"),
        ("net.txt", b"some text that is not a network", "is not a supported model file"),
        ("net.pt", b"", "is empty"),
    ],
)
def test_other_formats_say_what_to_do(name: str, content: bytes, line: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ModelError, match=line):
        load_model(path)


def test_a_folder_that_is_no_bundle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is a folder"):
        load_model(tmp_path)


def test_a_model_is_copied_to_a_device_once(weights: Path, eitel_card: Card) -> None:
    model = load_model(weights, eitel_card)
    meta = model.module("meta")
    assert meta is model.module("meta")
    assert next(meta.parameters()).device.type == "meta"
    assert next(model.module().parameters()).device.type == "cpu"
