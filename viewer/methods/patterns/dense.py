"""Rows of a dense layer, and channels of a sum of two branches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from viewer.methods.patterns.layer import BLOCK, Block, Layer, Padding, Tensor, summed


@dataclass(frozen=True, eq=False)
class Dense(Layer):
    """Rows of a dense layer."""

    def means(self, inputs: Sequence[Tensor]) -> Tensor:
        """By input; (1, in)."""
        rows = inputs[0].reshape(-1, inputs[0].shape[-1])
        return rows.mean(0).cpu().double()[None]

    def centred(self, x: Tensor, means: Tensor) -> Tensor:
        """Rows minus the means."""
        return x - means.to(x)

    def blocks(self, inputs: Sequence[Tensor], output: Tensor, padding: Padding) -> Iterator[Block]:
        """Rows, some at a time."""
        del padding
        x, y = (tensor.reshape(-1, tensor.shape[-1]) for tensor in (inputs[0], output))
        rows = max(1, BLOCK // max(x.shape[1], 3 * y.shape[1] + 1))
        for start in range(0, len(x), rows):
            yield Block(x[start : start + rows], y[start : start + rows, None])

    def correlated(self, x: Tensor, g: Tensor) -> Tensor:
        """Gᵀ x."""
        return (g[:, 0].T @ x)[None]

    def totals(self, block: Block, x: Tensor) -> Tensor:
        """The rows' sum."""
        del block
        return summed(x, 0)[None]

    def patches(self, inputs: Sequence[Tensor], picked: Tensor, padding: Padding) -> Tensor:
        """Rows of x."""
        del padding
        return inputs[0].reshape(-1, inputs[0].shape[-1])[picked][:, None]

    def places(self, output: Tensor, inputs: Sequence[Tensor], padding: Padding) -> int:
        """Rows."""
        del inputs, padding
        return output.numel() // output.shape[-1]


@dataclass(frozen=True, eq=False)
class Joined(Layer):
    """Channels of a sum (or difference) of two branches of one shape."""

    @property
    def inputs(self) -> int:
        """Both branches."""
        return 2

    def means(self, inputs: Sequence[Tensor]) -> Tensor:
        """By branch and channel; (channels, 2)."""
        return torch.stack([_by_channel(x).mean((0, 2)).cpu().double() for x in inputs], -1)

    def centred(self, x: Tensor, means: Tensor) -> Tensor:
        """Both branches minus their means."""
        return x - means.to(x)[None, :, :, None]

    def blocks(self, inputs: Sequence[Tensor], output: Tensor, padding: Padding) -> Iterator[Block]:
        """Places, some at a time."""
        del padding
        x, y = [_by_channel(tensor) for tensor in inputs], _by_channel(output)
        places = max(1, BLOCK // (4 * y.shape[0] * y.shape[1]))
        for start in range(0, y.shape[2], places):
            cut = (..., slice(start, start + places))
            yield Block(torch.stack([tensor[cut] for tensor in x], 2), y[cut][:, :, None])

    def correlated(self, x: Tensor, g: Tensor) -> Tensor:
        """One small product a channel."""
        return torch.einsum("ncrp,ncip->cri", g, x)

    def totals(self, block: Block, x: Tensor) -> Tensor:
        """Both branches' sums."""
        del block
        return summed(x, (0, 3))

    def patches(self, inputs: Sequence[Tensor], picked: Tensor, padding: Padding) -> Tensor:
        """Both branches' values."""
        del padding
        both = torch.stack([_by_channel(x).movedim(1, -1).flatten(0, 1) for x in inputs], -1)
        return both[picked]

    def places(self, output: Tensor, inputs: Sequence[Tensor], padding: Padding) -> int:
        """Samples times places."""
        del inputs, padding
        return output.numel() // output.shape[1]


def _by_channel(x: Tensor) -> Tensor:
    """(N, channels, places)."""
    return x.reshape(x.shape[0], x.shape[1], -1)
