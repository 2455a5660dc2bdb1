"""Reading of weights files; no code in a file is ever run."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from viewer.errors import ModelError
from viewer.files import open_regular
from viewer.models.checkpoint import NUMPY_KINDS, Checkpoint, describe_checkpoint
from viewer.models.formats import ModelFormat, detect_format
from viewer.models.model_card import Card
from viewer.models.safetensors_header import read_header
from viewer.models.tensor_info import strip_prefixes

if TYPE_CHECKING:
    import torch


WHOLE_NETWORK = (
    "export it with torch.export.save, or save its state_dict() for an architecture that its card names"
)
"""Remedy for a pickle of a network with its code."""


def read_state_dict(path: Path) -> dict[str, torch.Tensor]:
    """Return the tensors in a safetensors file or a PyTorch checkpoint, on the CPU, by the network's names.

    Wrappers of training programs are removed: an entry such as ``state_dict``, a prefix such as ``module.``.
    A checkpoint is inspected first; it is loaded only if it refers only to tensors and containers, and with
    an explicit ``weights_only=True``, because an environment variable can turn that default off.

    Raises
    ------
    ModelError
        The file is damaged, has no weights, or would run code; the message names the unsafe global.
    """
    kind = detect_format(path)
    if kind is ModelFormat.SAFETENSORS:
        state = _from_safetensors(path)
        renamed = strip_prefixes(list(state), drop_others=False)
    elif kind in (ModelFormat.CHECKPOINT, ModelFormat.LEGACY):
        checkpoint = describe_checkpoint(path, kind)
        if checkpoint.refusal_reason:
            raise ModelError(path, checkpoint.refusal_reason, WHOLE_NETWORK)
        state = _from_checkpoint(path, checkpoint)
        renamed = strip_prefixes(list(state), drop_others=checkpoint.is_lightning)
    else:
        raise ModelError(path, f"is {kind}, not a file of weights")
    return {name: state[stored_name] for stored_name, name in renamed.items()}


def _from_safetensors(path: Path) -> dict[str, torch.Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not read_header(path).tensors:
        raise ModelError(path, "holds no tensors")
    try:
        state: dict[str, torch.Tensor] = load_file(path, device="cpu")
    except (SafetensorError, OSError, RuntimeError, ValueError, TypeError, KeyError) as error:
        raise ModelError(path, f"cannot be loaded ({error})", "save or download it again") from error
    return state


def _from_checkpoint(path: Path, checkpoint: Checkpoint) -> dict[str, torch.Tensor]:
    import pickle
    import struct

    import torch

    allowed = _numpy_safe_globals() if checkpoint.has_numpy_scalars else []
    try:
        with torch.serialization.safe_globals(allowed):
            content: Any = torch.load(path, map_location="cpu", weights_only=True)
    except (
        pickle.UnpicklingError,
        RuntimeError,
        ValueError,
        TypeError,
        AttributeError,
        LookupError,
        ArithmeticError,
        AssertionError,
        EOFError,
        OSError,
        struct.error,
    ) as error:
        message = str(error).strip().partition("\n")[0]
        raise ModelError(path, f"cannot be loaded ({message})", "save or download it again") from error
    state = content[checkpoint.state_dict_key] if checkpoint.state_dict_key else content
    return {name: tensor.detach() for name, tensor in state.items()}


def _numpy_safe_globals() -> list[Any]:
    """Return the safe globals for NumPy scalars, under both names of NumPy's module."""
    import numpy as np

    scalar = np.float64(0).__reduce__()[0]
    aliases = [(scalar, f"numpy.{package}.multiarray.scalar") for package in ("core", "_core")]
    return [*aliases, np.dtype, *(type(np.dtype(kind)) for kind in sorted(NUMPY_KINDS))]


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal.

    Raises
    ------
    ModelError
        The file cannot be read.
    """
    try:
        with open_regular(path, ModelError) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(path, f"cannot be read ({error.strerror})") from error


def hash_state_dict(state: Mapping[str, torch.Tensor]) -> str:
    """Return the SHA-256 of names, dtypes, shapes and values of a network's tensors, whatever their order.

    Raises
    ------
    ModelError
        An entry is neither a tensor nor a number, a string or None.
    """
    import torch

    digest = hashlib.sha256()
    for name in sorted(state):
        value: object = state[name]
        if value is None or isinstance(value, bool | int | float | str):
            digest.update(f"{name} {value!r}\n".encode())
            continue
        if not isinstance(value, torch.Tensor):
            raise ModelError(name, f"is {type(value).__name__} among a network's weights, which has no hash")
        tensor = state[name].detach().cpu().contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def verified_hash(path: Path, card: Card, other_files: Sequence[Path] = ()) -> str:
    """Return the SHA-256 of the weights file; with ``other_files``, that of all files' hashes, in order.

    Raises
    ------
    ModelError
        The card belongs to other weights.
    """
    digest = hash_file(path)
    if other_files:
        digest = hashlib.sha256("".join([digest, *map(hash_file, other_files)]).encode()).hexdigest()
    if card.weights and card.weights != digest:
        raise ModelError(
            path,
            "is not the file its card was written for",
            f"the card's 'weights' is {card.weights[:12]}..., the file's SHA-256 is {digest[:12]}...",
        )
    return digest
