"""Arithmetic on large tensors piece by piece: what is made on the way stays small, and it can be stopped."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import torch

from viewer.models.graph.operators.operator import CheckCancelled

CHUNK_SIZE = 2**20
"""Values in one piece: about what a cache holds."""

ChunkIndex = tuple[slice, ...]


def iterate_chunks(shape: Sequence[int], check: CheckCancelled, *, split: int = 2) -> Iterator[ChunkIndex]:
    """Slices along the first ``split`` dimensions, samples and channels, of about `CHUNK_SIZE` values each.

    ``check`` is asked before each of them whether to stop.
    """
    size = math.prod(shape)
    wholes: list[slice] = [slice(None)] * min(split, len(shape))
    if size <= CHUNK_SIZE or not wholes:
        check()
        yield tuple(wholes)
        return
    inner = size // shape[0]
    if inner > CHUNK_SIZE and len(wholes) > 1:
        for sample in range(shape[0]):
            step = max(1, CHUNK_SIZE // max(inner // shape[1], 1))
            for start in range(0, shape[1], step):
                check()
                yield slice(sample, sample + 1), slice(start, start + step)
        return
    step = max(1, CHUNK_SIZE // max(inner, 1))
    for start in range(0, shape[0], step):
        check()
        yield (slice(start, start + step), *wholes[1:])


def take_chunk(tensor: torch.Tensor, where: ChunkIndex, rank: int) -> torch.Tensor:
    """A piece of what broadcasts to ``rank`` dimensions; where it has one value for all, that one."""
    tensor = tensor.reshape((1,) * (rank - tensor.dim()) + tuple(tensor.shape))
    return tensor[tuple(slice(None) if tensor.shape[dim] == 1 else cut for dim, cut in enumerate(where))]


def output_buffer(tensor: torch.Tensor, owned: bool) -> torch.Tensor:
    """Where an answer of a tensor's shape can be written: into it, if it is nobody else's."""
    return tensor if owned and tensor.is_contiguous() else tensor.new_empty(tensor.shape)
