"""What is damaged in a model's file is told in one line, in time and memory of the file's own size."""

from __future__ import annotations

import contextlib
import io
import json
import pickle
import struct
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from viewer.errors import ModelError
from viewer.models.inspect import inspect
from viewer.models.json_reader import parse_json
from viewer.models.loading import load_model
from viewer.models.model_card import card_from_json, read_card
from viewer.models.monai_bundle import read_bundle
from viewer.models.preprocessing import prepare
from viewer.models.pt2.json_value import JsonValue
from viewer.models.pt2.signature import _parse_tensor_info
from viewer.models.pt2.weights import tensor_from_bytes
from viewer.models.state_dict import read_state_dict
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan


def refusal_line(path: Path) -> str:
    """The line with which a file is refused, by looking at it and by loading it."""
    with pytest.raises(ModelError) as error:
        read_state_dict(path)
    line = str(error.value)
    assert str(path) in line
    assert len(line.splitlines()) == 1
    with contextlib.suppress(ModelError):
        inspect(path)
    return line


def test_one_byte(tmp_path: Path) -> None:
    (tmp_path / "a.pt").write_bytes(b"\x80")
    assert "is not a supported model file" in refusal_line(tmp_path / "a.pt")


@pytest.mark.parametrize("flag", [0x1, 0x20, 0x40, 0x2000, 0x800])
def test_flags_of_zip_that_python_does_not_read(tmp_path: Path, flag: int) -> None:
    path = tmp_path / "a.pt"
    torch.save({"w": torch.ones(3)}, path)
    content = bytearray(path.read_bytes())
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(signature)
        while at >= 0:
            value = struct.unpack_from("<H", content, at + place)[0] | flag
            struct.pack_into("<H", content, at + place, value)
            if flag == 0x800 and signature == b"PK\x03\x04":
                content[at + 30] = 0xFF  # the local name is not UTF-8
            at = content.find(signature, at + 4)
    path.write_bytes(content)
    refusal_line(path)


def test_members_that_lie_over_each_other(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    torch.save({"w": torch.ones(3), "v": torch.ones(3)}, path)
    content = bytearray(path.read_bytes())
    first = content.rfind(b"PK\x01\x02", 0, content.rfind(b"a/data/1"))
    second = content.rfind(b"PK\x01\x02", 0, first)
    content[first + 42 : first + 46] = content[second + 42 : second + 46]
    path.write_bytes(content)
    assert "lies over another member" in refusal_line(path)


def archive_of(path: Path, content: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/data.pkl", content)
        archive.writestr("a/data/0", bytes(12))
    return path


class Odd(pickle.Pickler):
    """Refers to what is outside in a way that torch does not know."""

    def persistent_id(self, obj: object) -> object:
        return ("storage", 1) if isinstance(obj, bytearray) else None


def test_pickles_that_no_torch_writes(tmp_path: Path) -> None:
    held = io.BytesIO()
    Odd(held, 2).dump({"w": bytearray(3)})
    line = refusal_line(archive_of(tmp_path / "a.pt", held.getvalue()))
    assert " at 0x" not in line
    # _codecs.encode, called with a number in place of arguments
    refusal_line(archive_of(tmp_path / "b.pt", b"\x80\x02c_codecs\nencode\nK\x01R."))
    refusal_line(archive_of(tmp_path / "c.pt", b"\x80\x02cnumpy\ndtype\n]\x85R."))
    huge = b"\x8b" + struct.pack("<i", 9000) + b"\x01" * 9000
    refusal_line(archive_of(tmp_path / "d.pt", b"\x80\x02}" + huge + b"K\x01s."))


@pytest.mark.parametrize(
    "entry",
    [
        {"dtype": [], "shape": [1], "data_offsets": [0, 4]},
        {"dtype": {}, "shape": [1], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [0, int("9" * 4000)], "data_offsets": [0, 0]},
        {"dtype": "F32", "shape": 5, "data_offsets": [0, 4]},
    ],
)
def test_headers_of_safetensors_that_make_no_sense(tmp_path: Path, entry: dict[str, object]) -> None:
    path = tmp_path / "a.safetensors"
    header = json.dumps({"w": entry}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(4))
    assert "tensor 'w'" in refusal_line(path)


def test_sizes_of_exported_programs_that_make_no_sense(tmp_path: Path) -> None:
    def meta(sizes: object) -> dict[str, object]:
        size = {"as_int": 0}
        return {
            "dtype": 7,
            "layout": 7,
            "sizes": sizes,
            "strides": [size],
            "storage_offset": size,
        }

    for sizes in (5, "a", [{"as_int": -1}], [{"as_int": 2**70}], [3]):
        with pytest.raises(ModelError, match="without a valid dtype or shape"):
            _parse_tensor_info({"use_pickle": False, "tensor_meta": meta(sizes)}, "w", tmp_path)
    described = meta([{"as_int": 0}, {"as_int": 2**62}]) | {"strides": [{"as_int": 1}] * 2}
    with pytest.raises(ModelError, match="claims the sizes"):
        tensor_from_bytes(JsonValue(described, "w"), bytearray(4))


def test_a_card_without_a_name() -> None:
    with pytest.raises(ModelError, match="entry 'name' is empty"):
        card_from_json({"name": " "}, "a.card.json")


def test_duplicate_entries_are_found_in_linear_time(tmp_path: Path) -> None:
    content = "{" + ",".join(f'"{n}":1' for n in range(80_000)) + ',"79999":1}'
    began = time.process_time()
    with pytest.raises(ModelError, match="has the entry '79999' twice"):
        parse_json(content, "a.json")
    assert time.process_time() - began < 2
    path = tmp_path / "a.card.json"
    path.write_text(content)
    with pytest.raises(ModelError, match="twice"):
        read_card(path)


def test_a_bundle_that_stands_for_more_than_memory_holds(tmp_path: Path) -> None:
    (tmp_path / "configs").mkdir()
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "model.pt").touch()
    entries: dict[str, object] = {f"l{n}": [f"@l{n + 1}"] * 100 for n in range(7)} | {"l7": 1}
    entries["network_def"] = {"_target_": "UNet", "channels": "@l0"}
    (tmp_path / "configs" / "inference.json").write_text(json.dumps(entries))
    began = time.process_time()
    with pytest.raises(ModelError, match=r"expands to more than 10,000 values|refers to itself"):
        read_bundle(tmp_path)
    assert time.process_time() - began < 2


def test_an_input_larger_than_memory_is_refused_before_it_is_taken() -> None:
    card = card_from_json(
        {
            "name": "huge",
            "input": {"placement": "field-of-view", "shape": [2048] * 3, "channels": 64, "repeat": True,
                      "intensity": {"scaling": "none"}},
        },
        "a.card.json",
    )  # fmt: skip
    scan = Scan(np.ones((4, 4, 4), np.float32), Grid((4, 4, 4), np.eye(4)), "scan")
    with pytest.raises(
        ModelError, match=r"huge: needs 2048 × 2048 × 2048 voxels, which take .* GB of memory"
    ):
        prepare(scan, card)


def test_a_name_that_no_file_can_have() -> None:
    for name in ("a\0.pt", "n" * 300 + ".pt", "~no-such-user-here/a.pt"):
        with pytest.raises(ModelError):
            load_model(name)
