"""Weights from every kind of file: honest ones are read, hostile ones run nothing and are refused by name."""

from __future__ import annotations

import argparse
import builtins
import io
import os
import pickle
import struct
import sys
import types
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file
from torch import nn

from viewer.errors import ModelError
from viewer.models.checkpoint import describe_checkpoint
from viewer.models.formats import ModelFormat, detect_format
from viewer.models.inspect import inspect
from viewer.models.state_dict import hash_file, hash_state_dict, read_state_dict

KINDS = [
    torch.float64,
    torch.float32,
    torch.float16,
    torch.bfloat16,
    torch.int64,
    torch.int32,
    torch.int16,
    torch.int8,
    torch.uint8,
    torch.bool,
]


def _state() -> OrderedDict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    base = torch.randn(40, generator=generator)
    state = OrderedDict((str(kind), (base * 10).to(kind).reshape(4, 10)) for kind in KINDS)
    state["scalar"] = torch.tensor(3)
    state["empty"] = torch.zeros(0, 3)
    state["transposed"] = torch.randn(3, 5, generator=generator).t()
    state["part"] = base[10:20]
    state["other part"] = base[20:30]
    state["parameter"] = nn.Parameter(torch.randn(2, generator=generator))
    return state


def _same(found: dict[str, torch.Tensor], expected: dict[str, torch.Tensor]) -> None:
    assert list(found) == list(expected)
    for name, tensor in expected.items():
        assert found[name].dtype == tensor.dtype
        assert torch.equal(found[name], tensor)
        assert not found[name].requires_grad


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
def test_a_state_dict_is_read(zipped: bool, tmp_path: Path, environment: str) -> None:
    path = tmp_path / "net.pt"
    torch.save(_state(), path, _use_new_zipfile_serialization=zipped)
    assert detect_format(path) is (ModelFormat.CHECKPOINT if zipped else ModelFormat.LEGACY)
    _same(read_state_dict(path), _state())
    listed = inspect(path).tensors
    assert {name: (f"torch.{tensor.dtype}", tensor.shape) for name, tensor in listed.items()} == {
        name: (str(tensor.dtype), tuple(tensor.shape)) for name, tensor in _state().items()
    }


def test_safetensors_are_read(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    state = {name: tensor.detach().clone().contiguous() for name, tensor in _state().items()}
    save_file(state, path, metadata={"made": "here"})
    found = read_state_dict(path)
    assert set(found) == set(state)
    assert all(torch.equal(found[name], tensor) for name, tensor in state.items())
    contents = inspect(path)
    assert contents.metadata == {"made": "here"}
    assert {name: tensor.shape for name, tensor in contents.tensors.items()} == {
        name: tuple(tensor.shape) for name, tensor in state.items()
    }


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(
    shapes=st.lists(st.lists(st.integers(0, 4), max_size=4), min_size=1, max_size=4),
    kind=st.sampled_from(KINDS),
    zipped=st.booleans(),
)
def test_the_description_agrees_with_torch(
    shapes: list[list[int]], kind: torch.dtype, zipped: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("weights") / "net.pt"
    state = {f"t{number}": torch.ones(shape).to(kind) for number, shape in enumerate(shapes)}
    torch.save(state, path, _use_new_zipfile_serialization=zipped)
    described = describe_checkpoint(path, detect_format(path))
    loaded = torch.load(path, weights_only=True)
    assert described.refusal_reason == ""
    assert {name: tensor.shape for name, tensor in described.tensors.items()} == {
        name: tuple(tensor.shape) for name, tensor in loaded.items()
    }


PREFIXES = ["module.", "model.", "net.", "network.", "_orig_mod.", "module.model."]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_wrappers_are_taken_off_the_names(prefix: str, tmp_path: Path) -> None:
    path = tmp_path / "net.pth"
    torch.save({prefix + name: tensor for name, tensor in _state().items()}, path)
    assert list(read_state_dict(path)) == list(_state())
    assert list(inspect(path).tensors) == list(_state())


def test_a_wrapper_that_only_some_names_have_stays(tmp_path: Path) -> None:
    path = tmp_path / "net.pth"
    torch.save({"model.a": torch.ones(1), "b": torch.ones(1)}, path)
    assert list(read_state_dict(path)) == ["model.a", "b"]


@pytest.mark.parametrize("entry", ["state_dict", "model_state_dict", "network_weights", "model", "net"])
def test_weights_inside_a_checkpoint_are_found(entry: str, tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pt"
    optimizer = {
        "state": {0: {"step": torch.tensor(3.0), "exp_avg": torch.ones(4)}},
        "param_groups": [{"lr": 0.1}],
    }
    torch.save({"epoch": 3, "optimizer": optimizer, entry: _state()}, path)
    _same(read_state_dict(path), _state())


def test_a_lightning_checkpoint_is_read_without_its_losses(tmp_path: Path, environment: str) -> None:
    path = tmp_path / "last.ckpt"
    state = {f"model.{name}": tensor for name, tensor in _state().items()} | {"loss.weight": torch.ones(2)}
    torch.save(
        {
            "epoch": 7,
            "global_step": 100,
            "pytorch-lightning_version": "2.4.0",
            "state_dict": state,
            "callbacks": {"ModelCheckpoint{'monitor': None}": {"best_model_score": torch.tensor(0.5)}},
            "hyper_parameters": {"lr": 1e-3, "milestones": [1, 2]},
        },
        path,
    )
    _same(read_state_dict(path), _state())
    assert inspect(path).metadata["pytorch-lightning_version"] == "2.4.0"


def _nnunet(**more: Any) -> dict[str, Any]:
    """What nnU-Net v2 writes: numpy numbers in its log, plans in its arguments."""
    return {
        "network_weights": _state(),
        "optimizer_state": {"state": {}, "param_groups": [{"lr": 0.01}]},
        "grad_scaler_state": None,
        "logging": {
            "mean_fg_dice": [np.float64(0.5), np.float32(0.25), np.int64(3)],
            "ema": [np.float64(0.1)],
        },
        "_best_ema": np.float64(0.87),
        "current_epoch": 1000,
        "init_args": {"plans": {"spacing": [1.0, 1.0, 1.0]}, "configuration": "3d_fullres", "fold": 0},
        "trainer_name": "nnUNetTrainer",
        "inference_allowed_mirroring_axes": (0, 1, 2),
        **more,
    }


def test_an_nnunet_checkpoint_is_read(tmp_path: Path, environment: str) -> None:
    path = tmp_path / "checkpoint_final.pth"
    torch.save(_nnunet(), path)
    _same(read_state_dict(path), _state())
    contents = inspect(path)
    assert contents.metadata["trainer_name"] == "nnUNetTrainer"
    assert any("numpy" in name for name in contents.names)


def test_numpy_numbers_of_the_time_before_numpy_2_are_read(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint_final.pth"
    torch.save(_nnunet(), path)
    renamed = tmp_path / "old.pth"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(renamed, "w") as new:
        for member in old.infolist():
            content = old.read(member)
            if member.filename.endswith("data.pkl"):
                assert b"numpy._core.multiarray" in content
                content = content.replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n")
            new.writestr(member.filename, content)
    _same(read_state_dict(renamed), _state())


def test_numpy_objects_are_not_let_through(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint_final.pth"
    torch.save(_nnunet(plans=np.array([1.0, 2.0])), path)
    with pytest.raises(ModelError, match="_reconstruct"):
        read_state_dict(path)


class _Calls:
    """Calls something when it is unpickled."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.call


def _raw(content: Any, protocol: int) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(pickle.dumps(content, protocol))

    return write


HOSTILE: dict[str, Callable[[Path, Any], None]] = {
    "zip": lambda path, evil: torch.save(evil, path),
    "legacy": lambda path, evil: torch.save(evil, path, _use_new_zipfile_serialization=False),
    "in a state_dict": lambda path, evil: torch.save({**_state(), "evil": evil}, path),
    "beside a state_dict": lambda path, evil: torch.save({"state_dict": _state(), "hparams": evil}, path),
    "in legacy": lambda path, evil: torch.save(
        {**_state(), "evil": evil}, path, _use_new_zipfile_serialization=False
    ),
    "as a key": lambda path, evil: torch.save({"state_dict": _state(), 1: [(evil,)]}, path),
    "in nnU-Net's log": lambda path, evil: torch.save(_nnunet(extra=evil), path),
    "in numpy's dtype": lambda path, evil: torch.save(_nnunet(extra=_Calls(np.dtype, evil)), path),
    **{
        f"raw, protocol {protocol}": (lambda path, evil, p=protocol: path.write_bytes(pickle.dumps(evil, p)))
        for protocol in range(6)
    },
    "behind torch's preface": lambda path, evil: path.write_bytes(
        pickle.dumps(0x1950A86A20F9469CFC6C, 2)
        + pickle.dumps(1001, 2)
        + pickle.dumps({"little_endian": True}, 2)
        + pickle.dumps(evil, 2)
    ),
    "as the preface": lambda path, evil: path.write_bytes(
        pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickle.dumps(evil, 2) + pickle.dumps({}, 2)
    ),
}


@pytest.mark.parametrize("ending", [".pt", ".ckpt", ".pth"])
@pytest.mark.parametrize("form", HOSTILE)
def test_a_hostile_pickle_runs_nothing_and_is_refused_by_name(
    form: str, ending: str, tmp_path: Path, marker: Path, hostile: Any, environment: str
) -> None:
    path = tmp_path / f"evil{ending}"
    HOSTILE[form](path, hostile)
    with pytest.raises(ModelError) as raised:
        read_state_dict(path)
    line = str(raised.value)
    assert line.startswith(str(path))
    assert "\n" not in line
    if not form.startswith(("raw, protocol 0", "raw, protocol 1")):
        assert f"would run {os.name if os.name == 'nt' else 'posix'}.system" in line
        assert inspect(path).refusal
    assert not marker.exists()


@pytest.mark.parametrize(
    ("function", "arguments", "name"),
    [
        (eval, ("open({!r}, 'w')",), "builtins.eval"),
        (builtins.exec, ("open({!r}, 'w')",), "builtins.exec"),
        (builtins.getattr, (bytes, "hex"), "builtins.getattr"),
        (builtins.open, ("{}", "w"), "open"),
        (os.mkdir, ("{}",), "posix.mkdir"),
        (torch.load, ("{}",), "torch.serialization.load"),
        (torch.Tensor, (10,), "torch.Tensor"),
        (bytearray, (10**12,), "builtins.bytearray"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_name_that_weights_do_not_need_is_refused(
    function: Any, arguments: tuple[Any, ...], name: str, tmp_path: Path, marker: Path, environment: str
) -> None:
    path = tmp_path / "evil.pt"
    filled = tuple(a.format(str(marker)) if isinstance(a, str) else a for a in arguments)
    torch.save({"state_dict": _state(), "x": _Calls(function, *filled)}, path)
    with pytest.raises(ModelError, match=name):
        read_state_dict(path)
    assert not marker.exists()


def test_our_list_of_names_holds_all_that_torch_finds_unsafe(tmp_path: Path, hostile: Any) -> None:
    path = tmp_path / "evil.pt"
    torch.save({"a": hostile, "b": argparse.Namespace(x=1), "c": Path("x"), "d": torch.ones(1)}, path)
    unsafe = set(torch.serialization.get_unsafe_globals_in_checkpoint(path))
    assert unsafe
    assert unsafe <= set(inspect(path).names)


def test_a_whole_pickled_network_is_refused_by_its_class(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    module = types.ModuleType("nets_of_someone")
    exec("from torch import nn\nclass Net3(nn.Sequential): pass", module.__dict__)
    sys.modules["nets_of_someone"] = module
    try:
        torch.save(module.Net3(nn.Conv3d(1, 2, 3)), path)
    finally:
        del sys.modules["nets_of_someone"]
    with pytest.raises(ModelError, match=r"whole pickled network \(nets_of_someone\.Net3\).*state_dict"):
        read_state_dict(path)


def test_a_namespace_of_settings_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "last.ckpt"
    torch.save({"state_dict": _state(), "hyper_parameters": argparse.Namespace(lr=1)}, path)
    with pytest.raises(ModelError, match=r"names argparse\.Namespace"):
        read_state_dict(path)


def _rewritten(path: Path, change: Callable[[str, bytes], bytes], packed: bool = False) -> Path:
    """The archive again, with its members' contents changed."""
    content = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(content, "w") as new:
        for member in old.infolist():
            kind = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
            new.writestr(member.filename, change(member.filename, old.read(member)), compress_type=kind)
    path.write_bytes(content.getvalue())
    return path


def _saved(path: Path) -> Path:
    torch.save({"w": torch.ones(1000)}, path)
    return path


def test_a_storage_that_claims_more_than_it_has_is_refused(tmp_path: Path) -> None:
    path = _saved(tmp_path / "net.pt")

    def change(name: str, content: bytes) -> bytes:
        many = b"M" + struct.pack("<H", 1000)
        assert not name.endswith("data.pkl") or many in content
        return (
            content.replace(many, b"J" + struct.pack("<i", 2_000_000_000))
            if name.endswith(".pkl")
            else content
        )

    with pytest.raises(ModelError, match="claims 8000000000 bytes and has 4000"):
        read_state_dict(_rewritten(path, change))


def test_a_tensor_that_claims_more_than_its_storage_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    torch.save({"w": torch.ones(1).expand(70_000)}, path)
    with pytest.raises(ModelError, match="claims more numbers than its storage has"):
        read_state_dict(path)


def test_a_packed_archive_is_refused(tmp_path: Path) -> None:
    path = _rewritten(_saved(tmp_path / "net.pt"), lambda name, content: content, packed=True)
    with pytest.raises(ModelError, match="is compressed"):
        read_state_dict(path)


def test_members_that_overlap_are_refused(tmp_path: Path) -> None:
    path = _saved(tmp_path / "net.pt")
    content = path.read_bytes()
    size = struct.pack("<II", 4000, 4000)
    assert content.count(size) >= 1
    path.write_bytes(content.replace(size, struct.pack("<II", 0x7FFF0000, 0x7FFF0000)))
    with pytest.raises(ModelError, match="claim"):
        read_state_dict(path)


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_file_that_is_cut_off_is_refused(share: float, zipped: bool, tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    torch.save(_state(), path, _use_new_zipfile_serialization=zipped)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ModelError) as raised:
        read_state_dict(path)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_safetensors_that_are_cut_off_are_refused(share: float, tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    save_file({"w": torch.ones(100)}, path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ModelError, match=str(path)):
        read_state_dict(path)


@pytest.mark.parametrize(
    "header",
    [
        b'{"w":{"dtype":"F32","shape":[1000000000],"data_offsets":[0,4]}}',
        b'{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4000000000]}}',
        b'{"w":{"dtype":"F32","shape":[1],"data_offsets":[8,4]}}',
        b'{"w":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}',
        b'{"w":{"dtype":"X","shape":[1],"data_offsets":[0,4]}}',
        b'{"w":3}',
        b'{"__metadata__":{"a":3},"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
        b"[1]",
        b"{" * 50,
    ],
)
def test_a_dishonest_safetensors_header_is_refused(header: bytes, tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + b"\0" * 4)
    for read in (read_state_dict, inspect):
        with pytest.raises(ModelError, match=str(path)):
            read(path)


def test_a_safetensors_header_longer_than_the_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    path.write_bytes((1 << 62).to_bytes(8, "little") + b"{}")
    with pytest.raises(ModelError, match="cut off"):
        read_state_dict(path)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ({"epoch": 3}, "its entries are 'epoch'"),
        ([torch.ones(2)], "holds no dictionary of tensors"),
        (torch.ones(2), "holds no dictionary of tensors"),
        ({}, "holds no dictionary of tensors"),
        ({"a": torch.ones(1), "b": "text"}, "its entries are 'a', 'b'"),
    ],
    ids=["numbers", "list", "tensor", "empty", "mixed"],
)
def test_what_holds_no_weights_is_refused(content: Any, line: str, tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    torch.save(content, path)
    with pytest.raises(ModelError, match=line):
        read_state_dict(path)


@pytest.mark.parametrize(
    "content", [b"", b"hello, this is a text and no network", b"\x00" * 100, b"PK\x03\x04abc"]
)
def test_other_files_are_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=str(path)):
        read_state_dict(path)


def test_hashes_follow_names_kinds_shapes_and_numbers(tmp_path: Path) -> None:
    state = _state()
    assert hash_state_dict(state) == hash_state_dict(dict(reversed(state.items())))
    changed = {**state, "scalar": torch.tensor(4)}
    renamed = {("other" if name == "scalar" else name): tensor for name, tensor in state.items()}
    reshaped = {**state, "part": state["part"].reshape(2, 5)}
    assert len({hash_state_dict(s) for s in (state, changed, renamed, reshaped)}) == 4
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    assert hash_file(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
