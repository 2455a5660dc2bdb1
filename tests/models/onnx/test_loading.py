"""An ONNX file is a model like any other; what is not supported or hostile is refused in one line."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from tests.models.onnx.conftest import export, runtime_outputs  # noqa: E402
from viewer.errors import ModelError  # noqa: E402
from viewer.models.inspect import inspect  # noqa: E402
from viewer.models.layers import list_model_layers  # noqa: E402
from viewer.models.loading import load_model  # noqa: E402
from viewer.models.missing_card import MissingCardError  # noqa: E402
from viewer.models.model_card import Card  # noqa: E402
from viewer.models.onnx import onnx_file  # noqa: E402

SHAPE = (1, 1, 6, 7, 8)
CARD = {
    "name": "net", "classes": ["no", "yes"],
    "input": {"placement": "field-of-view", "shape": [6, 7, 8], "axes": "RAS",
              "intensity": {"scaling": "z-score"}},
}  # fmt: skip


class Small(nn.Module):
    """A convolution with a batch norm, pooling and two dense layers."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.features = nn.Sequential(nn.Conv3d(1, 4, 3), nn.BatchNorm3d(4), nn.ReLU(), nn.MaxPool3d(2))
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(4 * 2 * 2 * 3, 5), nn.ReLU(), nn.Linear(5, 2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.features(x))


def image(seed: int = 0, batch: int = 1) -> torch.Tensor:
    return torch.randn(batch, *SHAPE[1:], generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def small_file(tmp_path: Path) -> Path:
    (tmp_path / "net.card.json").write_text(json.dumps(CARD))
    axes = {"dynamic_axes": {"image": {0: "scans"}}}
    return export(Small().eval(), image(), tmp_path / "net.onnx", dynamo=False, opset_version=17, **axes)


def changed(path: Path, change: Callable[[Any], Any]) -> Path:
    """The file with its protobuf message changed."""
    model = onnx.load(path, load_external_data=False)
    change(model)
    path.write_bytes(model.SerializeToString())
    return path


def refusal(path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        load_model(path)
    line = str(caught.value)
    assert len(line.splitlines()) == 1
    assert str(path) in line
    return line


def test_it_answers_as_onnxruntime_and_keeps_the_card(small_file: Path) -> None:
    model = load_model(small_file)
    assert model.card.classes == ("no", "yes")
    for batch in (1, 3):
        x = image(1, batch)
        (expected,) = runtime_outputs(small_file, {"image": x.numpy()})
        torch.testing.assert_close(model.logits(x), torch.from_numpy(expected), rtol=1e-5, atol=1e-5)
    assert model.find_no_graph_reason(image()) == ""
    paths = [row.path for row in list_model_layers(model)]
    assert "features.0.Conv" in paths
    assert "head.3.Gemm" in paths


def test_info_lists_its_weights_inputs_and_outputs(small_file: Path) -> None:
    info = inspect(small_file)
    assert info.format == "ONNX"
    assert not info.refusal
    assert info.tensors["head.1.weight"].shape == (5, 48)
    assert info.metadata["inputs"] == "image (?×1×6×7×8)"
    assert "opset 17" in info.metadata["operators"]
    assert info.metadata["written by"].startswith("pytorch")


def test_without_a_card_the_error_knows_classes_and_input(small_file: Path) -> None:
    small_file.with_name("net.card.json").unlink()
    with pytest.raises(MissingCardError) as caught:
        load_model(small_file)
    assert caught.value.input_shape == SHAPE
    assert caught.value.known_card.classes == ("0", "1")
    assert caught.value.is_dense is False


def test_a_card_with_other_classes_or_channels_is_refused(small_file: Path) -> None:
    with pytest.raises(ModelError, match="has 2 outputs, but its card names 3 classes"):
        load_model(small_file, Card("net", classes=("a", "b", "c")))
    card = load_model(small_file).card
    assert card.input is not None
    with pytest.raises(ModelError, match="takes 1 channel, but its card says 2"):
        load_model(small_file, replace(card, input=replace(card.input, channels=2)))


def test_a_number_of_another_type_keeps_its_precision(tmp_path: Path) -> None:
    path = export(Small().eval().double(), image().double(), tmp_path / "net.onnx", dynamo=False)
    model = load_model(path, Card("net", classes=("no", "yes")))
    assert model.dtype == torch.float64
    expected = Small().eval().double()(image().double())
    torch.testing.assert_close(model.logits(image().double()), expected, rtol=1e-12, atol=1e-12)


def test_several_outputs_are_selected_by_the_cards_classes(tmp_path: Path) -> None:
    class Two(Small):
        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
            features = self.features(x)
            return features, self.head(features)

    path = export(Two().eval(), image(), tmp_path / "n.onnx", dynamo=False, output_names=["map", "logits"])
    model = load_model(path, Card("net", classes=("no", "yes")))
    torch.testing.assert_close(model.logits(image()), Small().eval()(image()), rtol=1e-5, atol=1e-5)
    assert any("explained: logits" in note for note in model.notes)


def test_an_image_and_an_age_are_taken_together(tmp_path: Path) -> None:
    class Aged(Small):
        def forward(self, image: torch.Tensor, age: torch.Tensor) -> torch.Tensor:
            return super().forward(image) + age

    network, path = Aged().eval(), tmp_path / "net.onnx"
    axes = {"image": {0: "n"}, "age": {0: "n"}}
    names = ["image", "age"]
    export(network, (image(), torch.ones(1, 1)), path, dynamo=False, input_names=names, dynamic_axes=axes)
    (tmp_path / "net.card.json").write_text(json.dumps(CARD | {"covariates": [{"name": "age"}]}))
    model = load_model(path)
    assert [one.name for one in model.covariates] == ["age"]
    x = model.pack_inputs(image(2), {"age": 70.0})
    expected = network(image(2), torch.tensor([[70.0]]))
    torch.testing.assert_close(model.logits(x), expected, rtol=1e-5, atol=1e-5)
    held = model.with_fixed_covariates((70.0,))
    torch.testing.assert_close(held.logits(image(2)), expected, rtol=1e-5, atol=1e-5)


def test_channels_on_the_last_axis_are_moved_there(tmp_path: Path) -> None:
    class Last(Small):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return super().forward(x.permute(0, 4, 1, 2, 3))

    path = export(Last().eval(), image().permute(0, 2, 3, 4, 1), tmp_path / "net.onnx", dynamo=False)
    (tmp_path / "net.card.json").write_text(json.dumps(CARD))
    model = load_model(path)
    assert any("channels as the last axis" in note for note in model.notes)
    torch.testing.assert_close(model.logits(image()), Small().eval()(image()), rtol=1e-5, atol=1e-5)


@pytest.mark.slow
def test_weights_in_a_file_beside_it_belong_to_the_model(tmp_path: Path) -> None:
    path = export(Small().eval(), image(), tmp_path / "net.onnx")
    data = tmp_path / "net.onnx.data"
    assert data.exists()
    card = Card("net", classes=("no", "yes"))
    model = load_model(path, card)
    torch.testing.assert_close(model.logits(image()), Small().eval()(image()), rtol=1e-5, atol=1e-5)
    content = bytearray(data.read_bytes())
    content[4] ^= 1
    data.write_bytes(content)
    assert load_model(path, card).hash != model.hash
    data.write_bytes(content[:100])
    assert "beyond the end of net.onnx.data" in refusal(path)
    data.unlink()
    with pytest.raises(ModelError, match=r"net\.onnx\.data: there is no such file"):
        load_model(path, card)


def external(path: Path, location: str, **entries: str) -> Path:
    """The file with one weight said to be in another file."""

    def change(model: Any) -> None:
        tensor = next(one for one in model.graph.initializer if one.name == "head.1.weight")
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in {"location": location, **entries}.items():
            entry = tensor.external_data.add()
            entry.key, entry.value = key, value

    return changed(path, change)


@pytest.mark.parametrize(
    "location", ["../secret.bin", "/etc/passwd", "a/../../secret.bin", "C:\\secret", "..\\secret", "", "a\0b"]
)
def test_weights_are_read_from_the_models_own_folder_only(small_file: Path, location: str) -> None:
    (small_file.parent.parent / "secret.bin").write_bytes(bytes(5 * 48 * 4))
    assert "own folder only" in refusal(external(small_file, location))


def test_a_link_out_of_the_folder_is_not_followed(small_file: Path) -> None:
    secret = small_file.parent.parent / "elsewhere.bin"
    secret.write_bytes(bytes(5 * 48 * 4))
    os.symlink(secret, small_file.parent / "weights.bin")  # noqa: PTH211
    assert "own folder only" in refusal(external(small_file, "weights.bin"))


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        ({"offset": "8"}, "beyond the end"),
        ({"offset": "-8"}, "names the invalid position"),
        ({"length": "12"}, "holds values that do not match its shape"),
        ({"offset": "9" * 30}, "names the invalid position"),
    ],
)
def test_false_positions_are_refused(small_file: Path, entries: dict[str, str], why: str) -> None:
    (small_file.parent / "w.bin").write_bytes(bytes(5 * 48 * 4))
    assert why in refusal(external(small_file, "w.bin", **entries))


def test_files_of_weights_are_no_pipes(small_file: Path) -> None:
    os.mkfifo(small_file.parent / "w.bin")
    with pytest.raises(ModelError, match="is a named pipe"):
        load_model(external(small_file, "w.bin"))


def test_unsupported_operators_are_named_with_their_nodes(small_file: Path) -> None:
    def change(model: Any) -> None:
        node = model.graph.node[0]
        node.op_type, node.name = "NonMaxSuppression", "boxes"
        model.graph.node[1].domain = "com.example"

    line = refusal(changed(small_file, change))
    assert "NonMaxSuppression (node 'boxes')" in line
    assert "com.example.Relu" in line
    assert inspect(small_file).refusal.startswith("uses the operators NonMaxSuppression")


def test_a_definition_that_is_not_known_is_refused(small_file: Path) -> None:
    def change(model: Any) -> None:
        model.opset_import[0].version = 6

    assert "Gemm as of opset 6" in refusal(changed(small_file, change))


def set_shape(model: Any, *dims: int) -> None:
    tensor = next(one for one in model.graph.initializer if one.name == "head.1.weight")
    del tensor.dims[:]
    tensor.dims.extend(dims)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda model: set_shape(model, 2**40, 2**20), "holds values that do not match its shape"),
        (lambda model: set_shape(model, -5, 48), "invalid shape"),
        (lambda model: set_shape(model, 4, 60), "is invalid"),
        (lambda model: model.graph.node[0].input.__setitem__(0, "nowhere"), "not computed before"),
        (lambda model: model.graph.node[1].output.__setitem__(0, "image"), "which already exists"),
        (lambda model: setattr(model.graph.output[0], "name", "nothing"), "which it does not compute"),
        (lambda model: setattr(model.opset_import[0], "version", 99), "has the opset 99"),
        (lambda model: model.opset_import.add(domain="ai.onnx", version=17), "names 2 versions"),
        (lambda model: model.graph.input.pop(), "has 0 inputs"),
        (lambda model: setattr(model.graph.initializer[0], "data_type", 8), "unknown type|not supported"),
    ],
)
def test_damaged_contents_are_refused(small_file: Path, change: Callable[[Any], Any], why: str) -> None:
    import re

    assert re.search(why, refusal(changed(small_file, change)))


def test_no_memory_is_taken_for_sizes_that_are_only_claimed(
    graph_file: Callable[..., Path], tmp_path: Path
) -> None:
    """A tensor of 2^50 values that a shape of a few bytes describes."""
    sizes = np.array([2**30, 2**20], np.int64)
    nodes = [
        helper.make_node("ConstantOfShape", ["sizes"], ["huge"], name="bomb"),
        helper.make_node("ReduceMax", ["huge"], ["m"], keepdims=0),
        helper.make_node("Add", ["x", "m"], ["y"]),
    ]
    (tmp_path / "net.card.json").write_text(json.dumps(CARD))
    assert "ConstantOfShape (node 'bomb')" in refusal(graph_file(nodes, SHAPE, {"sizes": sizes}))
    nodes = [helper.make_node("Tile", ["x", "sizes"], ["y"], name="bomb")]
    many = np.array([1, 1, 2**20, 2**20, 1], np.int64)
    assert "GB" in refusal(graph_file(nodes, SHAPE, {"sizes": many}))


def test_a_description_without_end_is_not_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_file, "MAX_DESCRIPTION_BYTES", 1000)
    path = export(Small().eval(), image(), tmp_path / "net.onnx", dynamo=False)
    assert "describes its network in" in refusal(path)


@pytest.mark.parametrize("share", [0.001, 0.01, 0.5, 0.99])
def test_a_cut_off_file_is_refused(small_file: Path, share: float) -> None:
    content = small_file.read_bytes()
    small_file.write_bytes(content[: max(int(share * len(content)), 1)])
    refusal(small_file)


def test_a_network_in_training_mode_is_refused(small_file: Path) -> None:
    path = small_file.with_name("train.onnx")
    export(Small(), image(), path, dynamo=False, training=torch.onnx.TrainingMode.TRAINING)
    (small_file.parent / "train.card.json").write_text(json.dumps(CARD))
    assert "evaluation mode" in refusal(path)


def test_integers_as_outputs_are_refused_with_the_remedy(tmp_path: Path) -> None:
    shape = helper.make_node("Shape", ["x"], ["y"])
    graph = helper.make_graph(
        [shape],
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, list(SHAPE))],
        [helper.make_tensor_value_info("y", TensorProto.INT64, [5])],
    )
    path = tmp_path / "net.onnx"
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    path.write_bytes(model.SerializeToString())
    (tmp_path / "net.card.json").write_text(json.dumps(CARD))
    assert "leave out the argmax" in refusal(path)


def test_weights_of_half_precision_and_scalars_are_read(tmp_path: Path) -> None:
    values = {
        "half": np.arange(6, dtype=np.float16).reshape(2, 3),
        "flag": np.array(True),
        "bytes": np.arange(3, dtype=np.uint8),
    }
    graph = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["y"])],
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, list(SHAPE))],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, list(SHAPE))],
        [numpy_helper.from_array(value, name) for name, value in values.items()],
    )
    path = tmp_path / "net.onnx"
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    path.write_bytes(model.SerializeToString())
    read = onnx_file.read_onnx(path).tensors
    for name, value in values.items():
        np.testing.assert_array_equal(read[name].numpy(), value)


def test_without_the_package_it_says_what_to_install(
    small_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import builtins

    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "onnx":
            raise ModuleNotFoundError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ModelError, match=r"the package onnx reads; install it: pip install .*\[onnx\]"):
        onnx_file.read_onnx(small_file)
