"""File of a trained generator pair: its weights, with a card in the header."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from viewer.errors import ModelError
from viewer.files import check_regular, is_file
from viewer.scans.atomic_write import atomic_write

if TYPE_CHECKING:
    from viewer.models.model import Model
    from viewer.models.training.generator_network import GeneratorPair

GENERATORS_SUFFIX = ".generators.safetensors"
MAX_FILE_BYTES = 256 << 20


@dataclass(frozen=True)
class PairCard:
    """Description of a generator pair.

    Parameters
    ----------
    network, hash
        Name and SHA-256 of the classifier it was trained against.
    channels, dimensions, widths
        Size of the generators.
    description
        Training data and score, for the user.
    """

    network: str
    hash: str
    channels: int
    dimensions: int
    widths: tuple[int, ...]
    description: str = ""


def save_pair(pair: GeneratorPair, card: PairCard, path: Path) -> Path:
    """Write the weights, with the card in the header.

    Raises
    ------
    ModelError
        The file cannot be written.
    """
    from safetensors.torch import save

    check_pair_path(path)
    tensors = {name: tensor.detach().contiguous() for name, tensor in pair.state_dict().items()}
    content = save(tensors, {"generators": json.dumps(asdict(card), ensure_ascii=False)})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as file:
            file.write(content)
    except OSError as error:
        raise ModelError(path, f"cannot be written ({error.strerror})") from error
    return path


def check_pair_path(path: Path) -> None:
    """Refuse to replace a file that is not a generator pair.

    Raises
    ------
    ModelError
        There is a file of this name that is not a generator pair.
    """
    if not (path.exists() or path.is_symlink()):
        return
    try:
        if not path.is_symlink():
            load_pair(path)
            return
    except ModelError:
        pass
    raise ModelError(path, "is not a generator pair, and would be replaced", "choose another folder or name")


def load_pair(path: Path) -> tuple[GeneratorPair, PairCard]:
    """Load a pair and its card.

    Raises
    ------
    ModelError
        The file cannot be read, or contains no generators.
    """
    from safetensors import SafetensorError, safe_open
    from safetensors.torch import load_file

    from viewer.models.training.generator_network import GeneratorPair

    try:
        if check_regular(path, ModelError) > MAX_FILE_BYTES:
            raise ModelError(path, "is too large for a pair of generators")
        with safe_open(path, "pt") as file:
            header_text = (file.metadata() or {}).get("generators", "")
        card = _validate_card(json.loads(header_text), path) if header_text else None
        if card is None:
            raise ModelError(path, "holds no generators", "make them with saliency-viewer train generators")
        pair = GeneratorPair(card.channels, card.dimensions, card.widths)
        pair.load_state_dict(load_file(path))
    except OSError as error:
        raise ModelError(path, f"cannot be read ({error.strerror or error})") from error
    except (SafetensorError, ValueError, RuntimeError, TypeError, KeyError, AttributeError) as error:
        reason = str(error).partition("\n")[0].rstrip(":. ")
        raise ModelError(path, f"is damaged ({reason})") from error
    for parameter in pair.parameters():
        parameter.requires_grad_(False)
    return pair.eval(), card


def find_generators(model: Model) -> Path | None:
    """Return the generators' file beside a network's own; None if there is none."""
    if model.path is None:
        return None
    path = model.path.with_name(f"{model.path.name.partition('.')[0]}{GENERATORS_SUFFIX}")
    return path if is_file(path) else None


def _validate_card(entries: Any, path: Path) -> PairCard:
    """Return the card after checking its entries, which determine how much memory is allocated."""
    if not isinstance(entries, dict):
        raise ModelError(path, "is damaged (its header is invalid)")
    widths = entries.get("widths")
    sizes = [
        entries.get("channels"),
        entries.get("dimensions"),
        *(widths if isinstance(widths, list) else [None]),
    ]
    are_sizes = all(
        isinstance(size, int) and not isinstance(size, bool) and 1 <= size <= 512 for size in sizes
    )
    if not are_sizes or entries["dimensions"] not in (2, 3) or not 2 <= len(sizes) - 2 <= 8:
        raise ModelError(path, "is damaged (its header gives no sizes)")
    texts = {name: str(entries.get(name, "")) for name in ("network", "hash", "description")}
    return PairCard(
        channels=entries["channels"], dimensions=entries["dimensions"], widths=tuple(sizes[2:]), **texts
    )
