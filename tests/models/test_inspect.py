"""What a file holds is told quickly and without torch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from viewer.errors import ModelError
from viewer.models.architectures.registry import find_architecture
from viewer.models.inspect import inspect
from viewer.models.model_card import Card, write_card


def test_published_weights_are_named(real_data: Path) -> None:
    contents = inspect(real_data / "adnet" / "AD_pretrained_weights.pt")
    assert contents.looks_like == "adnet"
    assert contents.card is not None
    assert contents.card.name == "ADnet"
    assert contents.card_source == "published"
    assert contents.refusal == ""
    state = torch.load(contents.path, weights_only=True)
    assert {name: tensor.shape for name, tensor in contents.tensors.items()} == {
        name: tuple(tensor.shape) for name, tensor in state.items()
    }
    assert contents.parameter_count == sum(tensor.numel() for tensor in state.values())


def _files(folder: Path, card: Card) -> list[Path]:
    state = find_architecture("eitel-3d", "test").build({}, "test").state_dict()
    paths = [folder / name for name in ("a.pt", "b.pt", "c.safetensors")]
    torch.save(state, paths[0])
    torch.save(state, paths[1], _use_new_zipfile_serialization=False)
    save_file(state, paths[2], metadata={"card": json.dumps(card.as_json())})
    write_card(card, folder / "a.card.json")
    return paths


def test_torch_is_not_imported(tmp_path: Path, eitel_card: Card) -> None:
    paths = _files(tmp_path, eitel_card)
    code = (
        "import sys, json; from pathlib import Path; from viewer.models.inspect import inspect; "
        "found = [inspect(Path(path)).as_json() for path in sys.argv[1:]]; "
        "print(json.dumps([found, 'torch' in sys.modules]))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code, *map(str, paths)], capture_output=True, text=True, check=True
    )
    found, imported = json.loads(answer.stdout)
    assert not imported
    assert [entry["looks_like"] for entry in found] == ["eitel-3d"] * 3
    assert [entry.get("card_from") for entry in found] == ["a.card.json", None, "metadata"]
    assert found[2]["card"] == eitel_card.as_json()
    assert found[0]["tensors"]["head.weight"] == {"dtype": "float32", "shape": [2, 64]}


def test_a_hostile_file_is_described_with_its_refusal(tmp_path: Path, marker: Path, hostile: Any) -> None:
    path = tmp_path / "evil.pt"
    torch.save({"weight": torch.ones(1), "x": hostile}, path)
    entries = inspect(path).as_json()
    assert "would run" in entries["refusal"]
    assert any(name.endswith(".system") for name in entries["names"])
    assert not marker.exists()


def test_what_is_no_model_is_an_error(tmp_path: Path) -> None:
    for name, content in {"a.pt": b"", "b.pt": b"text, not a network", "c.safetensors": b"12345678{"}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ModelError, match=name):
            inspect(tmp_path / name)
    with pytest.raises(ModelError, match="there is no such file"):
        inspect(tmp_path / "absent.pt")


def test_formats_that_cannot_be_loaded_say_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "net.tflite").write_bytes(b"\x1c\0\0\0TFL3\0\0\0\0")
    assert "tf2onnx" in inspect(tmp_path / "net.tflite").refusal
