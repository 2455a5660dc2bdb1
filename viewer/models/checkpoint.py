"""Contents of a PyTorch checkpoint and the check that it is safe to load, without loading it.

The pickle inside is only inspected (`viewer.models.pickle_inspector`). It is safe to load if every global in
it is on the lists below and every tensor lies within a storage that the file contains: unpickling then builds
only tensors, dictionaries and numbers, and takes no more memory than the file's size.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from viewer.errors import ModelError
from viewer.files import check_regular, open_regular
from viewer.models.formats import ModelFormat, open_archive, read_member
from viewer.models.pickle_inspector import (
    GlobalName,
    MalformedPickleError,
    PersistentId,
    PickleCall,
    PickleDescription,
    describe_pickle,
)
from viewer.models.tensor_info import TensorInfo

STORAGE_DTYPES = {
    "DoubleStorage": ("float64", 8),
    "FloatStorage": ("float32", 4),
    "HalfStorage": ("float16", 2),
    "BFloat16Storage": ("bfloat16", 2),
    "LongStorage": ("int64", 8),
    "IntStorage": ("int32", 4),
    "ShortStorage": ("int16", 2),
    "CharStorage": ("int8", 1),
    "ByteStorage": ("uint8", 1),
    "BoolStorage": ("bool", 1),
}

SAFE_GLOBALS = frozenset(
    {
        "collections.OrderedDict",
        "collections.Counter",
        "builtins.set",
        "torch.Size",
        "torch.device",
        "torch._utils._rebuild_tensor",
        "torch._utils._rebuild_tensor_v2",
        "torch._utils._rebuild_parameter",
        "torch.float64",
        "torch.float32",
        "torch.float16",
        "torch.bfloat16",
        "torch.int64",
        "_codecs.encode",
        *(f"torch.{storage}" for storage in STORAGE_DTYPES),
    }
)
"""Globals that weights files need. torch's own list is longer."""

NUMPY_GLOBALS = frozenset({"numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar", "numpy.dtype"})
"""Further globals in nnU-Net's checkpoints, for the numbers in their log."""

NUMPY_KINDS = frozenset({"f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"})

MAX_PICKLE_BYTES = 64 << 20
MAX_PREFACE_BYTES = 64 << 10
STATE_DICT_KEYS = (
    "state_dict",
    "network_weights",
    "model_state_dict",
    "model_state",
    "model",
    "net",
    "network",
)
"""Entries under which training programs save the weights."""


@dataclass(frozen=True)
class Checkpoint:
    """Contents of a checkpoint file.

    Parameters
    ----------
    format
        Zip archive or legacy format.
    tensors
        The weights, by their names in the file.
    state_dict_key
        Entry that contains the weights; empty if they are at the top level.
    global_names
        Every global that the pickle refers to.
    refusal_reason
        Why it is not safe to load; empty if it is.
    is_lightning, has_numpy_scalars
        Whether Lightning wrote it; whether it contains NumPy scalars.
    metadata
        Short entries next to the weights, such as the program's version.
    settings
        Entries next to the weights that are plain values, and those of nnU-Net's ``init_args``.
    """

    format: ModelFormat
    tensors: dict[str, TensorInfo]
    state_dict_key: str
    global_names: tuple[str, ...]
    refusal_reason: str
    is_lightning: bool = False
    has_numpy_scalars: bool = False
    metadata: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)


def describe_checkpoint(path: Path, kind: ModelFormat) -> Checkpoint:
    """Describe the contents of a checkpoint without unpickling or loading it.

    Raises
    ------
    ModelError
        The file is damaged, truncated, or not a checkpoint. A file that is unsafe to load is not an error
        here; its description has a ``refusal``.
    """
    try:
        if kind is ModelFormat.CHECKPOINT:
            description, sizes = _describe_zip(path)
        else:
            description, sizes = _describe_legacy(path)
    except MalformedPickleError as error:
        raise ModelError(
            path, f"holds a pickle that {error}", "save the network's state_dict again"
        ) from error
    names = tuple(str(name) for name in description.global_names)
    unsafe = _unsafe_globals(description)
    if unsafe:
        return Checkpoint(kind, {}, "", names, _refusal_reason(unsafe))
    wrapper, state = _find_state_dict(description.value)
    tensors: dict[str, TensorInfo] = {}
    refusal = "" if state else _no_tensors_reason(description.value)
    for name, value in state.items():
        tensor = _tensor_info(value)
        if isinstance(tensor, str):
            refusal = refusal or f"tensor {name!r} {tensor}"
        else:
            tensors[name] = tensor
    refusal = refusal or _unsafe_call_reason(description, sizes)
    entries = _as_dict(description.value)
    return Checkpoint(
        kind,
        tensors,
        wrapper,
        names,
        refusal,
        is_lightning="pytorch-lightning_version" in entries,
        has_numpy_scalars=any(name in NUMPY_GLOBALS for name in names),
        metadata={
            key: str(entries[key])
            for key in ("pytorch-lightning_version", "trainer_name", "epoch", "current_epoch", "global_step")
            if isinstance(entries.get(key), str) or _are_sizes((entries.get(key),))
        },
        settings=_plain_entries(entries) | _plain_entries(_as_dict(entries.get("init_args"))),
    )


def _plain_entries(entries: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the entries that are strings, numbers, or short lists of integers."""
    return {
        key: tuple(value) if isinstance(value, tuple | list) else value
        for key, value in entries.items()
        if isinstance(key, str) and (isinstance(value, str | bool | int | float) or _are_sizes(value))
    }


def _describe_zip(path: Path) -> tuple[PickleDescription, dict[str, int]]:
    with open_archive(path) as archive:
        members = {member.filename: member for member in archive.infolist()}
        sizes = {name: member.file_size for name, member in members.items()}
        pickle = next(name for name in sizes if name.endswith("data.pkl") and name.count("/") <= 1)
        if sizes[pickle] > MAX_PICKLE_BYTES:
            raise MalformedPickleError(f"has {sizes[pickle]} bytes, too many for a description of weights")
        content = read_member(archive, members[pickle], f"{path}, {pickle}")
    folder = pickle.removesuffix("data.pkl") + "data/"
    return describe_pickle(content), {
        name.removeprefix(folder): size for name, size in sizes.items() if name.startswith(folder)
    }


def _describe_legacy(path: Path) -> tuple[PickleDescription, dict[str, int]]:
    """Describe a file written before torch 1.6.

    It consists of three pickles of numbers, the main pickle, the keys of its storages, and the storages.
    """
    size = check_regular(path, ModelError)
    with open_regular(path, ModelError) as file:
        content = file.read(MAX_PICKLE_BYTES)
    offset = 0
    for _ in range(3):
        preface = describe_pickle(content[offset : offset + MAX_PREFACE_BYTES])
        if preface.global_names:
            return preface, {}
        offset += preface.length
        if offset == len(content):
            return preface, {}
    description = describe_pickle(content[offset:])
    if _unsafe_globals(description):
        return description, {}
    offset += description.length
    keys = describe_pickle(content[offset:])
    offset += keys.length
    sizes = {}
    remaining = size - offset
    for storage_id in description.persistent_ids:
        key, _, width, count = _read_storage(storage_id)
        if key not in sizes:
            sizes[key] = count * width
            remaining -= count * width
    if remaining < 0:
        raise MalformedPickleError("claims more numbers than the file holds; it may be cut off")
    return description, sizes


def _unsafe_globals(description: PickleDescription) -> list[str]:
    """Return the globals in the pickle that are not on the lists of safe ones."""
    names = (str(name) for name in description.global_names)
    return [name for name in names if name not in SAFE_GLOBALS and name not in NUMPY_GLOBALS]


def _as_dict(value: Any) -> dict[Any, Any]:
    if isinstance(value, dict):
        return value
    if isinstance(value, PickleCall) and isinstance(value.function, GlobalName):
        return value.items if str(value.function) == "collections.OrderedDict" else {}
    return {}


def _find_state_dict(value: Any) -> tuple[str, dict[str, Any]]:
    entries = _as_dict(value)
    for wrapper, state in [("", entries), *((key, _as_dict(entries.get(key))) for key in STATE_DICT_KEYS)]:
        if state and all(isinstance(name, str) and _is_tensor(item) for name, item in state.items()):
            return wrapper, state
    return "", {}


def _no_tensors_reason(value: Any) -> str:
    entries = [str(key) for key in _as_dict(value) if isinstance(key, str) or _are_sizes((key,))]
    if not entries:
        return "holds no dictionary of tensors"
    text = ", ".join(repr(entry) for entry in entries[:5])
    return f"holds no dictionary of tensors; its entries are {text}" + (", ..." if len(entries) > 5 else "")


REBUILD_FUNCTIONS = frozenset({"torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2"})


def _is_tensor(value: Any) -> bool:
    if not isinstance(value, PickleCall):
        return False
    return (
        str(value.function) in REBUILD_FUNCTIONS or str(value.function) == "torch._utils._rebuild_parameter"
    )


def _tensor_info(value: PickleCall) -> TensorInfo | str:
    """Return the tensor that a call would build, or the problem with it."""
    if str(value.function) == "torch._utils._rebuild_parameter":
        tensor_call = value.arguments[0] if isinstance(value.arguments, tuple) and value.arguments else None
        if not isinstance(tensor_call, PickleCall) or str(tensor_call.function) not in REBUILD_FUNCTIONS:
            return "is a parameter without a tensor"
        value = tensor_call
    arguments = value.arguments
    if not isinstance(arguments, tuple) or len(arguments) < 4 or not isinstance(arguments[0], PersistentId):
        return "is built in an unknown way"
    storage_id, offset, shape, strides = arguments[:4]
    if isinstance(shape, PickleCall) and isinstance(shape.arguments, tuple) and shape.arguments:
        shape = shape.arguments[0]
    if (
        not _are_sizes((offset,))
        or not _are_sizes(shape)
        or not _are_sizes(strides)
        or len(shape) != len(strides)
    ):
        return "has no valid shape"
    try:
        _, dtype, _, count = _read_storage(storage_id)
    except MalformedPickleError as error:
        return str(error)
    tensor = TensorInfo(dtype, tuple(shape))
    last_index = offset + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
    if tensor.numel and (tensor.numel > count or last_index >= count):
        return "claims more numbers than its storage has"
    return tensor


def _read_storage(storage_id: PersistentId) -> tuple[str, str, int, int]:
    """Return a storage's key, dtype, bytes per element, and number of elements."""
    key = storage_id.key
    if isinstance(key, tuple) and len(key) >= 5 and key[0] == "storage" and isinstance(key[1], GlobalName):
        storage_type = STORAGE_DTYPES.get(key[1].name) if key[1].module == "torch" else None
        if storage_type and isinstance(key[2], str) and isinstance(key[3], str) and _are_sizes((key[4],)):
            return key[2], storage_type[0], storage_type[1], key[4]
    raise MalformedPickleError("refers to an unknown storage")


def _unsafe_call_reason(description: PickleDescription, sizes: Mapping[str, int]) -> str:
    """Return why the calls in the pickle are not safe; empty if they are."""
    for storage_id in description.persistent_ids:
        try:
            key, _, width, count = _read_storage(storage_id)
        except MalformedPickleError as error:
            return str(error)
        if count * width > sizes.get(key, -1):
            return f"storage {key!r} claims {count * width} bytes and has {max(sizes.get(key, 0), 0)}"
    for call in description.calls:
        name = str(call.function) if isinstance(call.function, GlobalName) else ""
        first_argument = call.arguments[0] if isinstance(call.arguments, tuple) and call.arguments else None
        if not name:
            return "calls something without a name"
        if name in REBUILD_FUNCTIONS and isinstance(problem := _tensor_info(call), str):
            return f"a tensor in it {problem}"
        if not isinstance(call.arguments, tuple):
            return "calls something with invalid arguments"
        if name == "numpy.dtype" and not isinstance(first_argument, str):
            return "holds an invalid NumPy dtype"
        if name == "numpy.dtype" and first_argument not in NUMPY_KINDS:
            return f"holds numbers of the NumPy type {first_argument!r}"
        if name == "_codecs.encode" and call.arguments[1:] != ("latin1",):
            return "encodes a text in an unusual way"
    return ""


def _are_sizes(values: Any) -> bool:
    """Return whether the values are valid sizes, offsets or strides of a tensor."""
    if not isinstance(values, tuple | list) or len(values) > 16:
        return False
    return all(type(value) is int and 0 <= value < sys.maxsize for value in values)


DANGEROUS_MODULES = (
    "os",
    "posix",
    "nt",
    "subprocess",
    "builtins",
    "runpy",
    "sys",
    "shutil",
    "socket",
    "importlib",
)


def _refusal_reason(names: list[str]) -> str:
    dangerous = next((name for name in names if name.partition(".")[0] in DANGEROUS_MODULES), None)
    if dangerous is not None:
        return f"would run {dangerous} when loaded"
    if any(name.startswith("torch.nn.modules.") for name in names):
        class_name = next((name for name in names if not name.startswith("torch.")), names[0])
        return f"is a whole pickled network ({class_name}), which runs its own code when loaded"
    return f"names {names[0]}, which weights do not need, and would import it when loaded"
