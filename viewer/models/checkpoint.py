"""What a PyTorch checkpoint holds and whether it may be loaded, found out without loading it.

The pickle inside is read as a description (`viewer.models.pickles`). It may be loaded when every name in
it is on the list below, and every tensor lies inside a storage that the file really has: then unpickling
builds tensors, dictionaries and numbers, and takes no more memory than the file's size.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from viewer.errors import ModelError
from viewer.files import check_regular, open_regular
from viewer.models.formats import Format, open_archive, read_member
from viewer.models.pickles import Call, Description, Malformed, Name, Stored, describe
from viewer.models.tensors import Tensor

STORAGES = {
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

HARMLESS = frozenset(
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
        *(f"torch.{storage}" for storage in STORAGES),
    }
)
"""What a file of weights names. torch's own list is longer; what is missing here, no weights need."""

NUMPY = frozenset({"numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar", "numpy.dtype"})
"""What nnU-Net's checkpoints name besides, for the numbers in their log."""

NUMPY_KINDS = frozenset({"f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"})

LONGEST_PICKLE = 64 << 20
LONGEST_PREFACE = 64 << 10
DEEPEST_PREFIX = 3
WRAPPED = ("state_dict", "network_weights", "model_state_dict", "model_state", "model", "net", "network")
"""The entries under which training programs keep the weights."""


@dataclass(frozen=True)
class Checkpoint:
    """What the file holds.

    Parameters
    ----------
    format
        Zip archive or the format before it.
    tensors
        The weights, by the names in the file.
    wrapper
        The entry they stand under; empty where they are the whole.
    names
        Every importable thing that the pickle names.
    refusal
        Why it may not be loaded; empty where it may.
    lightning, numpy
        Whether Lightning wrote it; whether it holds numpy's numbers.
    metadata
        Short entries beside the weights that a reader wants to know, such as the program's version.
    """

    format: Format
    tensors: dict[str, Tensor]
    wrapper: str
    names: tuple[str, ...]
    refusal: str
    lightning: bool = False
    numpy: bool = False
    metadata: dict[str, str] = field(default_factory=dict)


def describe_checkpoint(path: Path, kind: Format) -> Checkpoint:
    """Read the description. The file is neither unpickled nor loaded.

    Raises
    ------
    ModelError
        It is damaged, cut off, or no checkpoint at all. What would be dangerous to load is no error here but
        the ``refusal``.
    """
    try:
        if kind is Format.CHECKPOINT:
            description, sizes = _from_archive(path)
        else:
            description, sizes = _from_stream(path)
    except Malformed as error:
        raise ModelError(
            path, f"holds a pickle that {error}", "save the network's state_dict again"
        ) from error
    names = tuple(str(name) for name in description.names)
    foreign = _foreign(description)
    if foreign:
        return Checkpoint(kind, {}, "", names, _refusal(foreign))
    wrapper, found = _weights(description.value)
    tensors: dict[str, Tensor] = {}
    refusal = "" if found else _nothing(description.value)
    for name, value in found.items():
        tensor = _tensor(value)
        if isinstance(tensor, str):
            refusal = refusal or f"tensor {name!r} {tensor}"
        else:
            tensors[name] = tensor
    refusal = refusal or _check_all(description, sizes)
    outer = _mapping(description.value)
    return Checkpoint(
        kind,
        tensors,
        wrapper,
        names,
        refusal,
        lightning="pytorch-lightning_version" in outer,
        numpy=any(name in NUMPY for name in names),
        metadata={
            key: str(outer[key])
            for key in ("pytorch-lightning_version", "trainer_name", "epoch", "current_epoch", "global_step")
            if isinstance(outer.get(key), str) or _wholes((outer.get(key),))
        },
    )


def _from_archive(path: Path) -> tuple[Description, dict[str, int]]:
    with open_archive(path) as archive:
        members = {member.filename: member for member in archive.infolist()}
        sizes = {name: member.file_size for name, member in members.items()}
        pickle = next(name for name in sizes if name.endswith("data.pkl") and name.count("/") <= 1)
        if sizes[pickle] > LONGEST_PICKLE:
            raise Malformed(f"has {sizes[pickle]} bytes, too many for a description of weights")
        content = read_member(archive, members[pickle], f"{path}, {pickle}")
    folder = pickle.removesuffix("data.pkl") + "data/"
    return describe(content), {
        name.removeprefix(folder): size for name, size in sizes.items() if name.startswith(folder)
    }


def _from_stream(path: Path) -> tuple[Description, dict[str, int]]:
    """The format before 1.6: three pickles of numbers, the pickle, its storages' keys, and the storages."""
    size = check_regular(path, ModelError)
    with open_regular(path, ModelError) as file:
        content = file.read(LONGEST_PICKLE)
    place = 0
    for _ in range(3):
        preface = describe(content[place : place + LONGEST_PREFACE])
        if preface.names:
            return preface, {}
        place += preface.length
        if place == len(content):
            return preface, {}
    description = describe(content[place:])
    if _foreign(description):
        return description, {}
    place += description.length
    keys = describe(content[place:])
    place += keys.length
    sizes = {}
    room = size - place
    for stored in description.stored:
        key, _, width, count = _storage(stored)
        if key not in sizes:
            sizes[key] = count * width
            room -= count * width
    if room < 0:
        raise Malformed("claims more numbers than the file holds; it may be cut off")
    return description, sizes


def _foreign(description: Description) -> list[str]:
    """The names in the pickle that no weights need."""
    names = (str(name) for name in description.names)
    return [name for name in names if name not in HARMLESS and name not in NUMPY]


def _mapping(value: Any) -> dict[Any, Any]:
    if isinstance(value, dict):
        return value
    if isinstance(value, Call) and isinstance(value.function, Name):
        return value.items if str(value.function) == "collections.OrderedDict" else {}
    return {}


def _weights(value: Any) -> tuple[str, dict[str, Any]]:
    outer = _mapping(value)
    for wrapper, inner in [("", outer), *((key, _mapping(outer.get(key))) for key in WRAPPED)]:
        if inner and all(isinstance(name, str) and _is_tensor(item) for name, item in inner.items()):
            return wrapper, inner
    return "", {}


def _nothing(value: Any) -> str:
    entries = [str(key) for key in _mapping(value) if isinstance(key, str) or _wholes((key,))]
    if not entries:
        return "holds no dictionary of tensors"
    shown = ", ".join(repr(entry) for entry in entries[:5])
    return f"holds no dictionary of tensors; its entries are {shown}" + (", ..." if len(entries) > 5 else "")


REBUILD = frozenset({"torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2"})


def _is_tensor(value: Any) -> bool:
    if not isinstance(value, Call):
        return False
    return str(value.function) in REBUILD or str(value.function) == "torch._utils._rebuild_parameter"


def _tensor(value: Call) -> Tensor | str:
    """The tensor that a call would build, or what is wrong with it."""
    if str(value.function) == "torch._utils._rebuild_parameter":
        inner = value.arguments[0] if isinstance(value.arguments, tuple) and value.arguments else None
        if not isinstance(inner, Call) or str(inner.function) not in REBUILD:
            return "is a parameter of no tensor"
        value = inner
    arguments = value.arguments
    if not isinstance(arguments, tuple) or len(arguments) < 4 or not isinstance(arguments[0], Stored):
        return "is built in a way that is not known"
    stored, offset, shape, strides = arguments[:4]
    if isinstance(shape, Call) and isinstance(shape.arguments, tuple) and shape.arguments:
        shape = shape.arguments[0]
    if not _wholes((offset,)) or not _wholes(shape) or not _wholes(strides) or len(shape) != len(strides):
        return "has no proper shape"
    try:
        _, dtype, _, count = _storage(stored)
    except Malformed as error:
        return str(error)
    tensor = Tensor(dtype, tuple(shape))
    last = offset + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
    if tensor.count and (tensor.count > count or last >= count):
        return "claims more numbers than its storage has"
    return tensor


def _storage(stored: Stored) -> tuple[str, str, int, int]:
    """A storage's key, kind of number, bytes a number, and count."""
    key = stored.key
    if isinstance(key, tuple) and len(key) >= 5 and key[0] == "storage" and isinstance(key[1], Name):
        found = STORAGES.get(key[1].name) if key[1].module == "torch" else None
        if found and isinstance(key[2], str) and isinstance(key[3], str) and _wholes((key[4],)):
            return key[2], found[0], found[1], key[4]
    raise Malformed("refers to a storage that is not known")


def _check_all(description: Description, sizes: Mapping[str, int]) -> str:
    """Why the calls in the pickle may not be made; empty where they may."""
    for stored in description.stored:
        try:
            key, _, width, count = _storage(stored)
        except Malformed as error:
            return str(error)
        if count * width > sizes.get(key, -1):
            return f"storage {key!r} claims {count * width} bytes and has {max(sizes.get(key, 0), 0)}"
    for call in description.calls:
        name = str(call.function) if isinstance(call.function, Name) else ""
        first = call.arguments[0] if isinstance(call.arguments, tuple) and call.arguments else None
        if not name:
            return "calls something that has no name"
        if name in REBUILD and isinstance(problem := _tensor(call), str):
            return f"a tensor in it {problem}"
        if not isinstance(call.arguments, tuple):
            return "calls something with what are no arguments"
        if name == "numpy.dtype" and not isinstance(first, str):
            return "holds odd numbers"
        if name == "numpy.dtype" and first not in NUMPY_KINDS:
            return f"holds numbers of numpy's kind {first!r}"
        if name == "_codecs.encode" and call.arguments[1:] != ("latin1",):
            return "encodes a text in an unusual way"
    return ""


def _wholes(values: Any) -> bool:
    """Whether these are sizes, offsets or strides as a real tensor has them."""
    if not isinstance(values, tuple | list) or len(values) > 16:
        return False
    return all(type(value) is int and 0 <= value < sys.maxsize for value in values)


RUNS = (
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


def _refusal(foreign: list[str]) -> str:
    worst = next((name for name in foreign if name.partition(".")[0] in RUNS), None)
    if worst is not None:
        return f"would run {worst} when loaded"
    if any(name.startswith("torch.nn.modules.") for name in foreign):
        own = next((name for name in foreign if not name.startswith("torch.")), foreign[0])
        return f"is a whole pickled network ({own}), which runs its own code when loaded"
    return f"names {foreign[0]}, which is nothing that weights need, and would import it when loaded"
