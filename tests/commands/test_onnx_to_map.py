"""A network that is given as ONNX goes from its file to a map, by the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from viewer.models.loading import load_model
from viewer.scans.load import load_map

pytest.importorskip("onnx")

Run = Callable[..., Any]


@pytest.fixture
def onnx_file(model_file: Path, tmp_path: Path) -> Path:
    """The small network as torch exports it; the card beside it names no architecture."""
    import warnings

    import torch

    path = tmp_path / "only.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        example = (torch.zeros(1, 1, 20, 20, 20),)
        torch.onnx.export(load_model(model_file).module().eval(), example, str(path), dynamo=False)
    card = json.loads(model_file.with_suffix(".card.json").read_text())
    del card["architecture"], card["arguments"]
    path.with_suffix(".card.json").write_text(json.dumps(card))
    return path


def test_prediction_and_map_are_those_of_the_weights_file(
    run: Run, scan_file: Path, model_file: Path, onnx_file: Path, tmp_path: Path
) -> None:
    found, told = {}, {}
    for name, model in (("onnx", onnx_file), ("weights", model_file)):
        answer = run("predict", scan_file, "--model", model, "--json")
        assert answer.status == 0, answer.err
        told[name] = json.loads(answer.out)["logits"]
        path = tmp_path / f"{name}.nii.gz"
        answer = run(
            "explain", scan_file, "--model", model, "--method", "gradient", "--device", "cpu", "-o", path
        )
        assert answer.status == 0, answer.err
        found[name] = load_map(path).data
    np.testing.assert_allclose(told["onnx"], told["weights"], rtol=1e-4, atol=1e-5)
    assert np.abs(found["weights"]).max() > 0
    np.testing.assert_allclose(found["onnx"], found["weights"], rtol=1e-4, atol=1e-6)


def test_info_tells_it_from_other_files(run: Run, onnx_file: Path, tmp_path: Path) -> None:
    assert "ONNX" in run("info", onnx_file).out
    contents = {
        "graph.pb": (b"\x0a\x20\x0a\x01x\x12\x0bPlaceholder", "frozen TensorFlow graph", "--graphdef"),
        "net.tflite": (b"\x1c\0\0\0TFL3\0\0\0\0", "TensorFlow Lite", "--tflite"),
        "net.h5": (b"\x89HDF\r\n\x1a\n" + bytes(40), "HDF5 (Keras)", "damaged"),
    }
    for name, (content, kind, hint) in contents.items():
        (tmp_path / name).write_bytes(content)
        answer = run("info", tmp_path / name)
        assert answer.status == 0, answer.err
        assert kind in answer.out
        assert hint in answer.out
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "saved_model.pb").write_bytes(b"\x08\x01")
    assert "--saved-model" in run("info", tmp_path / "saved").out
