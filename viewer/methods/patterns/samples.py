"""Samples that patterns are fitted to: scans or tensors, one at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from viewer.methods.scan_sources import ScanSource, load_source

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model


@dataclass(frozen=True, eq=False)
class PatternSample:
    """One input of the network: its name, the SHA-256 of its source, and the tensor."""

    name: str
    hash: str
    x: torch.Tensor


def iterate_samples(model: Model, sources: Iterable[ScanSource | torch.Tensor]) -> Iterator[PatternSample]:
    """Yield scans preprocessed as the model's card says; for a tensor (N, C, spatial...), every sample.

    Raises
    ------
    ScanError
        A scan cannot be read.
    ModelError
        A scan cannot be preprocessed for the network.
    """
    import torch

    from viewer.models.state_dict import hash_state_dict

    for position, source in enumerate(sources, start=1):
        if isinstance(source, torch.Tensor):
            for index in range(len(source)):
                x = source[index : index + 1].detach()
                yield PatternSample(f"tensor {position}.{index}", hash_state_dict({"x": x}), x)
            continue
        scan = load_source(source, model.card)
        yield PatternSample(scan.name, scan.hash, model.prepare(scan).tensor)
