"""Arithmetic on large tensors in chunks: intermediate results stay small, and the computation can be
cancelled.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import torch

from viewer.models.graph.operators.operator import CheckCancelled

CHUNK_SIZE = 2**20
"""Number of values in one chunk: about what fits in a CPU cache."""

ChunkIndex = tuple[slice, ...]


def iterate_chunks(
    shape: Sequence[int], check: CheckCancelled, *, split_dims: int = 2
) -> Iterator[ChunkIndex]:
    """Yield slices along ``split_dims`` leading dimensions (samples, channels), of about `CHUNK_SIZE` values.

    ``check`` is called before each chunk; it raises an error to cancel.
    """
    size = math.prod(shape)
    full_slices: list[slice] = [slice(None)] * min(split_dims, len(shape))
    if size <= CHUNK_SIZE or not full_slices:
        check()
        yield tuple(full_slices)
        return
    inner = size // shape[0]
    if inner > CHUNK_SIZE and len(full_slices) > 1:
        for sample in range(shape[0]):
            step = max(1, CHUNK_SIZE // max(inner // shape[1], 1))
            for start in range(0, shape[1], step):
                check()
                yield slice(sample, sample + 1), slice(start, start + step)
        return
    step = max(1, CHUNK_SIZE // max(inner, 1))
    for start in range(0, shape[0], step):
        check()
        yield (slice(start, start + step), *full_slices[1:])


def take_chunk(tensor: torch.Tensor, index: ChunkIndex, rank: int) -> torch.Tensor:
    """Return a chunk of a tensor that broadcasts to ``rank`` dimensions; dimensions of size 1 are kept."""
    tensor = tensor.reshape((1,) * (rank - tensor.dim()) + tuple(tensor.shape))
    return tensor[tuple(slice(None) if tensor.shape[dim] == 1 else chunk for dim, chunk in enumerate(index))]


def update_in_chunks(
    update: Callable[..., object], target: torch.Tensor, *operands: torch.Tensor, check: CheckCancelled
) -> torch.Tensor:
    """Return ``target`` after ``update(target, *operands)``, which changes it in place, for every chunk.

    ``update`` is elementwise; operands broadcast to the shape of ``target``.
    """
    if should_skip_chunking(target):
        update(target, *operands)
        return target
    rank = target.dim()
    for chunk in iterate_chunks(target.shape, check):
        update(target[chunk], *(take_chunk(operand, chunk, rank) for operand in operands))
    return target


def compute_in_chunks(
    compute: Callable[..., torch.Tensor], x: torch.Tensor, *operands: torch.Tensor, check: CheckCancelled
) -> torch.Tensor:
    """Return ``compute(x, *operands)``, computed chunk by chunk.

    ``compute`` is elementwise; operands broadcast to the shape of ``x``.
    """
    if should_skip_chunking(x, *operands):
        return compute(x, *operands)
    output: torch.Tensor | None = None
    rank = x.dim()
    for chunk in iterate_chunks(x.shape, check):
        values = compute(x[chunk], *(take_chunk(operand, chunk, rank) for operand in operands))
        if output is None:
            output = torch.empty(x.shape, dtype=values.dtype)
        output[chunk] = values
    assert output is not None
    return output


def multiply_in_chunks(
    x: torch.Tensor, factor: torch.Tensor, *, may_overwrite: bool, check: CheckCancelled
) -> torch.Tensor:
    """Return x · factor, which broadcasts to x; in the memory of x if it may be overwritten."""
    if may_overwrite:
        return update_in_chunks(torch.Tensor.mul_, x, factor, check=check)
    return compute_in_chunks(torch.mul, x, factor, check=check)


def should_skip_chunking(*tensors: torch.Tensor) -> bool:
    """Return whether to compute without chunks: for small tensors, on a GPU, or if autograd records it."""
    first = tensors[0]
    tracked = torch.is_grad_enabled() and any(tensor.requires_grad for tensor in tensors)
    return first.numel() <= CHUNK_SIZE or first.device.type != "cpu" or tracked


def make_output_buffer(tensor: torch.Tensor, may_overwrite: bool) -> torch.Tensor:
    """Return a tensor for the result: ``tensor`` itself if it may be overwritten, else a new one like it."""
    return tensor if may_overwrite and tensor.is_contiguous() else tensor.new_empty(tensor.shape)
