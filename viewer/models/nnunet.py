"""Channel names from the ``dataset.json`` that nnU-Net saves next to its weights."""

from __future__ import annotations

from pathlib import Path

from viewer.errors import ModelError
from viewer.models.json_reader import read_json

NAMES = ("channel_names", "modality")
"""Entry in nnU-Net version 2 and version 1: ``{"0": "T1", "1": "FLAIR"}``."""


def channel_names(weights: Path, channels: int) -> tuple[str, ...]:
    """Return the names of ``channels`` channels; empty if they are not named or their number differs.

    The file is searched next to the weights and one folder above, as nnU-Net has a folder for each fold.
    """
    for folder in (weights.parent, weights.parent.parent):
        file = folder / "dataset.json"
        if not file.is_file():
            continue
        try:
            entries = read_json(file)
        except ModelError:
            return ()  # another program's file of that name: channel names are optional
        by_index: dict[str, object] = next(
            (entries[name] for name in NAMES if isinstance(entries.get(name), dict)), {}
        )
        names = tuple(by_index.get(str(index)) for index in range(channels))
        if len(by_index) == channels and all(isinstance(name, str) for name in names):
            return tuple(str(name) for name in names)
    return ()
