"""Saving of a trained network: its weights and its card."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from viewer.errors import ModelError
from viewer.files import is_file
from viewer.json_text import json_text
from viewer.models.model_card import Card, check_card_path, read_card
from viewer.scans.atomic_write import atomic_write

if TYPE_CHECKING:
    import torch


def save_network(network: torch.nn.Module, card: Card, folder: Path) -> Path:
    """Write NAME.safetensors, and NAME.card.json beside it; return the path of the weights.

    Parameters
    ----------
    network
        The network to save.
    card
        Its card, after which the files are named; the SHA-256 of the weights is filled in.
    folder
        Folder for the files; it is created if needed.

    Raises
    ------
    ModelError
        The files cannot be written, or would replace files that no earlier training run wrote.
    """
    from safetensors.torch import save

    path = folder / f"{card.name}.safetensors"
    check_card_path(path)
    check_weights_path(path)
    content = save({key: tensor.detach().contiguous() for key, tensor in network.state_dict().items()})
    full_card = replace(card, weights=hashlib.sha256(content).hexdigest())
    text = json_text(full_card.as_json())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (
            atomic_write(path.with_name(f"{card.name}.card.json")) as card_file,
            atomic_write(path) as weights,
        ):
            weights.write(content)
            card_file.write(text.encode())
    except OSError as error:
        raise ModelError(path, f"cannot be written ({error.strerror})") from error
    return path


def check_weights_path(path: Path) -> None:
    """Refuse to replace weights that no training run wrote: a run writes a card with their SHA-256.

    Raises
    ------
    ModelError
        There is a file of this name that does not match a card beside it.
    """
    if not (path.exists() or path.is_symlink()):
        return
    card_path = path.with_name(f"{path.stem}.card.json")
    try:
        digest = read_card(card_path).weights if is_file(card_path) else ""
        is_own = (
            bool(digest) and not path.is_symlink() and digest == hashlib.sha256(path.read_bytes()).hexdigest()
        )
    except (ModelError, OSError):
        is_own = False
    if not is_own:
        problem = "was not written by an earlier training run, and would be replaced"
        raise ModelError(path, problem, "choose another folder or name")
