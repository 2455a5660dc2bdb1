"""Files of Keras answer as Keras does; code in them is never run, and damage is told in one line.

The files and what Keras computes with them are written by ``make_files.py``.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

h5py = pytest.importorskip("h5py")

from viewer.errors import ModelError  # noqa: E402
from viewer.methods.explain import explain  # noqa: E402
from viewer.methods.lrp import LRPEpsilon  # noqa: E402
from viewer.models.inspect import inspect  # noqa: E402
from viewer.models.loading import load_model  # noqa: E402
from viewer.models.missing_card import MissingCardError  # noqa: E402
from viewer.models.model_card import Card  # noqa: E402

FILES = Path(__file__).parent / "files"
NAMES = sorted(path.name for path in FILES.iterdir() if path.suffix in (".keras", ".h5"))
CARD = {
    "name": "net", "classes": ["no", "yes"],
    "input": {"placement": "field-of-view", "shape": [8, 9, 10], "axes": "RAS",
              "intensity": {"scaling": "z-score"}},
}  # fmt: skip


def channels_first(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(array, -1, 1) if array.ndim > 2 else array))


@pytest.mark.parametrize("name", NAMES)
def test_it_answers_as_keras(name: str) -> None:
    kept = np.load(FILES / f"{Path(name).stem}.npz")
    x, expected = channels_first(kept["x"]), channels_first(kept["y"])
    model = load_model(FILES / name, Card("net", classes=tuple(map(str, range(expected.shape[1])))))
    torch.testing.assert_close(model.module()(x), expected, rtol=1e-5, atol=1e-6)
    assert model.find_no_graph_reason(x) == ""
    assert model.graph(x).input.shape[0] is None


@pytest.fixture
def classifier(tmp_path: Path) -> Path:
    path = tmp_path / "net.keras"
    shutil.copy(FILES / "classifier.keras", path)
    (tmp_path / "net.card.json").write_text(json.dumps(CARD))
    return path


@pytest.fixture
def classifier_h5(tmp_path: Path) -> Path:
    path = tmp_path / "net.h5"
    shutil.copy(FILES / "classifier.h5", path)
    (tmp_path / "net.card.json").write_text(json.dumps(CARD))
    return path


def test_its_final_softmax_is_known_and_its_layers_are_named(classifier: Path) -> None:
    model = load_model(classifier)
    x = channels_first(np.load(FILES / "classifier.npz")["x"])
    assert model.output_meaning(model.logits(x), x).kind == "softmax"
    paths = {node.path for node in model.graph(x).nodes}
    assert {"conv3d.Conv", "conv3d.Relu", "max_pooling3d.MaxPool", "dense_1.Gemm"} <= paths
    assert explain(model, x[:1], LRPEpsilon()).data.shape == x[:1].shape


def test_info_lists_weights_and_the_input(classifier: Path, classifier_h5: Path) -> None:
    for path, format_ in ((classifier, "Keras 3"), (classifier_h5, "HDF5 (Keras)")):
        info = inspect(path)
        assert info.format == format_
        assert not info.refusal
        assert info.tensors["conv3d.kernel"].shape == (3, 1, 3, 3, 3)
        assert info.metadata["inputs"] == "input_layer (?×1×8×9×10)"
        assert info.metadata["written by"].startswith("Keras 3")


def test_without_a_card_the_error_knows_classes_and_input(classifier: Path) -> None:
    classifier.with_name("net.card.json").unlink()
    with pytest.raises(MissingCardError) as caught:
        load_model(classifier)
    assert caught.value.input_shape == (1, 1, 8, 9, 10)
    assert caught.value.known_card.classes == ("0", "1")


def keras_2(path: Path, layers: list[dict[str, Any]], weights: dict[str, dict[str, np.ndarray]]) -> Path:
    """A Sequential model as Keras 2 writes it to HDF5."""
    described = {"class_name": "Sequential", "config": {"name": "sequential", "layers": layers}}
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(described).encode()
        file.attrs["keras_version"] = b"2.11.0"
        root = file.create_group("model_weights")
        for layer, arrays in weights.items():
            group = root.create_group(layer)
            group.attrs["weight_names"] = [f"{layer}/{name}:0".encode() for name in arrays]
            for name, array in arrays.items():
                group[f"{layer}/{name}:0"] = array
    return path


def entry(kind: str, name: str, **config: Any) -> dict[str, Any]:
    return {"class_name": kind, "config": {"name": name, **config}}


def test_a_file_of_keras_2_flattens_and_activates_as_it_did(tmp_path: Path) -> None:
    """The expected output is computed here, with the axes as Keras has them."""
    rng = np.random.default_rng(0)
    kernel = rng.standard_normal((1, 1, 1, 2, 3)).astype(np.float32)
    dense = rng.standard_normal((24, 2)).astype(np.float32)
    path = keras_2(
        tmp_path / "old.h5",
        [
            entry("Conv3D", "c", batch_input_shape=[None, 2, 2, 2, 2], filters=3, kernel_size=[1, 1, 1],
                  strides=[1, 1, 1], padding="valid", use_bias=False, activation="hard_sigmoid",
                  data_format="channels_last"),
            entry("Flatten", "f"),
            entry("Dense", "d", units=2, use_bias=False, activation="linear"),
        ],
        {"c": {"kernel": kernel}, "d": {"kernel": dense}},
    )  # fmt: skip
    x = rng.standard_normal((3, 2, 2, 2, 2)).astype(np.float32)
    expected = np.clip(0.2 * (x @ kernel[0, 0, 0]) + 0.5, 0, 1).reshape(3, -1) @ dense
    model = load_model(path, Card("net", classes=("no", "yes")))
    torch.testing.assert_close(
        model.module()(channels_first(x)), torch.from_numpy(expected), rtol=1e-5, atol=1e-5
    )


def test_channels_first_is_read_as_it_is(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    kernel = rng.standard_normal((1, 1, 1, 2, 3)).astype(np.float32)
    dense = rng.standard_normal((24, 2)).astype(np.float32)
    first = {"data_format": "channels_first"}
    path = keras_2(
        tmp_path / "old.h5",
        [
            entry("Conv3D", "c", batch_input_shape=[None, 2, 2, 2, 2], filters=3, kernel_size=[1, 1, 1],
                  strides=[1, 1, 1], use_bias=False, **first),
            entry("Flatten", "f", **first),
            entry("Dense", "d", units=2, use_bias=False),
        ],
        {"c": {"kernel": kernel}, "d": {"kernel": dense}},
    )  # fmt: skip
    x = rng.standard_normal((3, 2, 2, 2, 2)).astype(np.float32)
    expected = (np.moveaxis(x, 1, -1) @ kernel[0, 0, 0]).reshape(3, -1) @ dense
    model = load_model(path, Card("net", classes=("no", "yes")))
    torch.testing.assert_close(
        model.module()(torch.from_numpy(x)), torch.from_numpy(expected), rtol=1e-5, atol=1e-5
    )


def rewritten(path: Path, change: Callable[[dict[str, Any]], Any], version: str | None = None) -> Path:
    """The archive with its description changed."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    described = json.loads(members["config.json"])
    change(described)
    members["config.json"] = json.dumps(described).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def layer_of(described: dict[str, Any], kind: str) -> dict[str, Any]:
    return next(one for one in described["config"]["layers"] if one["class_name"] == kind)


def refusal(path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        load_model(path)
    line = str(caught.value)
    assert len(line.splitlines()) == 1
    assert str(path) in line
    return line


@pytest.mark.parametrize(
    ("kind", "entries", "words"),
    [
        ("Dropout", {"class_name": "Lambda"}, ("custom code (Lambda)", "dropout", "onnx")),
        ("ReLU", {"registered_name": "mine>Swish", "class_name": "Swish"}, ("custom code (mine>Swish)",)),
        ("ReLU", {"module": "my_package.layers"}, ("custom code",)),
        (
            "ReLU",
            {"class_name": "LSTM"},
            ("layer 're_lu'", "'LSTM', which the viewer does not support", "onnx"),
        ),
        ("ReLU", {"class_name": "Functional"}, ("'Functional', which the viewer does not support",)),
    ],
)
def test_layers_that_are_not_known_are_named(
    classifier: Path, kind: str, entries: dict[str, Any], words: tuple[str, ...]
) -> None:
    line = refusal(rewritten(classifier, lambda described: layer_of(described, kind).update(entries)))
    for word in words:
        assert word in line, line


@pytest.mark.parametrize(
    ("kind", "config", "why"),
    [
        ("Conv3D", {"activation": "exotic"}, "has the activation 'exotic'"),
        (
            "Conv3D",
            {"activation": {"class_name": "function", "config": "mine"}},
            "whose code is not available",
        ),
        ("Conv3D", {"filters": 5}, "has a weight of the shape"),
        ("Conv3D", {"use_bias": False}, "weights? too many"),
        ("Conv3D", {"data_format": "channels_first"}, "mixes layers"),
        ("Conv3D", {"padding": "causal"}, "has padding 'causal'"),
        ("Conv3D", {"kernel_size": [3, 3]}, "along 3 axes"),
        ("Conv3D", {"strides": [0, 1, 1]}, "along 3 axes"),
        ("BatchNormalization", {"axis": 1}, "along an axis other than the channels"),
        ("ReLU", {"threshold": 1.0}, "a ReLU with a threshold"),
        ("InputLayer", {"batch_shape": [None, 10]}, "which is not an image"),
        ("InputLayer", {"batch_shape": [None, 10**6, 10**6, 10**6, 1]}, "GB"),
        ("Dense", {"units": 7}, "layer 'dense'"),
    ],
)
def test_arguments_that_are_not_known_are_named(
    classifier: Path, kind: str, config: dict[str, Any], why: str
) -> None:
    path = rewritten(classifier, lambda described: layer_of(described, kind)["config"].update(config))
    card = Card("net", classes=("no", "yes"))
    with pytest.raises(ModelError, match=why) as caught:
        load_model(path, card)
    assert len(str(caught.value).splitlines()) == 1


def test_a_model_of_code_of_its_own_is_refused(classifier: Path) -> None:
    def change(described: dict[str, Any]) -> None:
        described.update({"class_name": "MyModel", "module": "my_package", "registered_name": "mine>MyModel"})

    assert "custom code (mine>MyModel) for the model" in refusal(rewritten(classifier, change))


def test_weights_alone_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.weights.h5"
    with zipfile.ZipFile(FILES / "classifier.keras") as archive:
        path.write_bytes(archive.read("model.weights.h5"))
    assert "holds no Keras network; save the whole model" in refusal(path)


def test_arrays_are_read_only_from_the_file_itself(classifier_h5: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.h5"
    with h5py.File(secret, "w") as file:
        file["kernel"] = np.zeros((3, 3, 3, 1, 3), np.float32)
    name = "model_weights/conv3d/sequential/conv3d/kernel"
    with h5py.File(classifier_h5, "a") as file:
        del file[name]
        file[name] = h5py.ExternalLink(str(secret), "/kernel")
    assert "is a link" in refusal(classifier_h5)
    raw = tmp_path / "raw.bin"
    raw.write_bytes(bytes(324))
    with h5py.File(classifier_h5, "a") as file:
        del file[name]
        file.create_dataset(name, (3, 3, 3, 1, 3), "f4", external=[(str(raw), 0, 324)])
    assert "stored in a way that Keras does not" in refusal(classifier_h5)


def test_no_memory_is_taken_for_sizes_that_are_only_claimed(classifier_h5: Path) -> None:
    name = "model_weights/conv3d/sequential/conv3d/kernel"
    with h5py.File(classifier_h5, "a") as file:
        del file[name]
        file.create_dataset(name, (2**20, 2**20, 3, 1, 3), "f4")
    assert "which its stored bytes do not match" in refusal(classifier_h5)
    with h5py.File(classifier_h5, "a") as file:
        del file[name]
        file.create_dataset(name, (2**20, 2**20, 3, 1, 3), "f4", chunks=True, compression="gzip")
    assert "stored in a way that Keras does not" in refusal(classifier_h5)


@pytest.mark.parametrize("share", [0.01, 0.3, 0.9])
@pytest.mark.parametrize("name", ["classifier.keras", "classifier.h5"])
def test_a_cut_off_file_is_refused(tmp_path: Path, name: str, share: float) -> None:
    path = tmp_path / name
    content = (FILES / name).read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    (tmp_path / "classifier.card.json").write_text(json.dumps(CARD))
    refusal(path)


def test_weights_of_another_layer_are_refused(classifier: Path) -> None:
    path = rewritten(classifier, lambda described: layer_of(described, "Conv3D").update(name="other"))
    assert "has the weights of 'conv3d' instead of 'other'" in refusal(path)
