"""Channels of a convolution: one neuron each, a patch for every place, and none is unfolded."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from viewer.methods.patterns.layer import BLOCK, Block, Layer, Padding, Tensor, summed

SMALL = 20480
"""The product of a sample's first sizes up to which torch unfolds a convolution rather than ask oneDNN."""


@dataclass(frozen=True, eq=False)
class Convolution(Layer):
    """Channels of a convolution in one to three dimensions."""

    def means(self, inputs: Sequence[Tensor]) -> Tensor:
        """Over the input, without its border; (groups, channels of a group, 1...)."""
        x = inputs[0]
        found = x.mean((0, *range(2, x.dim())))
        return found.cpu().double().reshape(self.groups, -1, *(1,) * (len(self.patch) - 1))

    def centred(self, x: Tensor, means: Tensor) -> Tensor:
        """The border of zeros counts as zeros."""
        return x - means.to(x).reshape(1, -1, *(1,) * (x.dim() - 2))

    def blocks(self, inputs: Sequence[Tensor], output: Tensor, padding: Padding) -> Iterator[Block]:
        """Slabs along the first spatial axis."""
        x = inputs[0]
        spans = self._spans(tuple(x.shape[2:]), tuple(output.shape[2:]), padding)
        rest = math.prod(max(stop - start, 0) for start, stop in spans[1:])
        first, last = spans[0]
        if rest == 0 or last <= first:
            return
        row = rest * max(3 * self.neurons + self.groups, x.shape[1] * self.node.settings["stride"][0])
        rows = max(1, BLOCK // (len(x) * row))
        for start in range(first, last, rows):
            slab = ((start, min(start + rows, last)), *spans[1:])
            y = output[(slice(None), slice(None), *(slice(*span) for span in slab))]
            grouped = y.reshape(len(y), self.groups, -1, *y.shape[2:])
            yield Block(self._seen(x, slab), grouped)

    def correlated(self, x: Tensor, g: Tensor) -> Tensor:
        """The gradient at the weights of a convolution with g as the gradient at its output."""
        if not self._worth_pairing(x, g):
            return self._correlated(x, g)
        step = self.node.settings["stride"][0]
        reach = self.node.settings["dilation"][0] * (self.patch[1] - 1)
        half = g.shape[3] // 2
        length = (half - 1) * step + reach + 1
        both = torch.cat((x[:, :, :length], x[:, :, half * step : half * step + length]))
        found = self._correlated(both, torch.cat((g[:, :, :, :half], g[:, :, :, half : 2 * half])))
        if g.shape[3] % 2:
            found += self._correlated(x[:, :, 2 * half * step :], g[:, :, :, 2 * half :])
        return found

    def _worth_pairing(self, x: Tensor, g: Tensor) -> bool:
        """Whether torch would unfold this slab by itself, but not two half slabs as a batch.

        Of a single sample it measures the first axes only, and takes a flat slab in 3D for a small input.
        """
        flat = x.dim() == 5 and len(x) == 1 and x.shape[1] * x.shape[2] * x.shape[3] <= SMALL
        fast = x.dtype == torch.float32 and x.device.type == "cpu" and self.groups == 1
        return flat and fast and x.shape[1] >= 8 and g.shape[3] >= 2

    def _correlated(self, x: Tensor, g: Tensor) -> Tensor:
        settings = self.node.settings
        rows = g.shape[2]
        gradient = torch.ops.aten.convolution_backward(
            g.reshape(len(g), -1, *g.shape[3:]),
            x,
            x.new_empty(1).expand(self.groups * rows, *self.patch),
            None,
            settings["stride"],
            (0,) * (x.dim() - 2),
            settings["dilation"],
            False,
            (0,) * (x.dim() - 2),
            self.groups,
            (False, True, False),
        )[1]
        found: Tensor = gradient.reshape(self.groups, rows, *self.patch)
        return found

    def totals(self, block: Block, x: Tensor) -> Tensor:
        """One axis after the other: for every place in the kernel, the slices that it meets.

        The last axis first: its slices lie together in memory, and what they leave is small.
        """
        found, settings = x, self.node.settings
        for axis in reversed(range(len(self.patch) - 1)):
            size, step, far = block.y.shape[3 + axis], settings["stride"][axis], settings["dilation"][axis]
            place, length = 2 + axis, (size - 1) * step + 1
            # The kernel's axis stands where the summed one stood.
            met = [
                summed(found.narrow(place, j * far, length).movedim(place, 0)[::step], 0)
                for j in range(self.patch[1 + axis])
            ]
            found = torch.stack(met, place)
        return found.sum(0).reshape(self.groups, *self.patch)

    def patches(self, inputs: Sequence[Tensor], picked: Tensor, padding: Padding) -> Tensor:
        """Picked from a view of all of them, which takes no memory."""
        x, settings, rank = inputs[0], self.node.settings, len(self.patch) - 1
        view = self._seen(x, self._spans(tuple(x.shape[2:]), self._out(tuple(x.shape[2:])), padding))
        for axis in range(rank):
            reach = settings["dilation"][axis] * (self.patch[1 + axis] - 1)
            view = view.unfold(2 + axis, reach + 1, settings["stride"][axis])
        for axis, far in enumerate(settings["dilation"]):
            view = view.movedim(2 + rank + axis, 0)[::far].movedim(0, 2 + rank + axis)
        view = view.movedim(1, 1 + rank)
        index = torch.unravel_index(picked.to(x.device), view.shape[: 1 + rank])
        return view[index].reshape(len(picked), self.groups, -1)

    def places(self, output: Tensor, inputs: Sequence[Tensor], padding: Padding) -> int:
        """Samples times places."""
        spans = self._spans(tuple(inputs[0].shape[2:]), tuple(output.shape[2:]), padding)
        return len(output) * math.prod(max(stop - start, 0) for start, stop in spans)

    def _out(self, spatial: tuple[int, ...]) -> tuple[int, ...]:
        settings = self.node.settings
        each = zip(
            spatial,
            self.patch[1:],
            settings["stride"],
            settings["padding"],
            settings["dilation"],
            strict=True,
        )
        return tuple(
            (size + 2 * pad - far * (kernel - 1) - 1) // step + 1 for size, kernel, step, pad, far in each
        )

    def _spans(
        self, spatial: tuple[int, ...], out: tuple[int, ...], padding: Padding
    ) -> tuple[tuple[int, int], ...]:
        """First and last-but-one place along every axis that counts."""
        if padding is Padding.COUNT:
            return tuple((0, size) for size in out)
        settings = self.node.settings
        spans = []
        for axis, size in enumerate(spatial):
            step, pad = settings["stride"][axis], settings["padding"][axis]
            reach = settings["dilation"][axis] * (self.patch[1 + axis] - 1)
            spans.append((-(-pad // step), (size - 1 - reach + pad) // step + 1))
        return tuple(spans)

    def _seen(self, x: Tensor, spans: Sequence[tuple[int, int]]) -> Tensor:
        """The part of x, with its border of zeros, that the patches of some places lie in."""
        settings = self.node.settings
        cut: list[slice] = [slice(None), slice(None)]
        border: list[int] = []
        for axis, (start, stop) in enumerate(spans):
            step, pad = settings["stride"][axis], settings["padding"][axis]
            reach = settings["dilation"][axis] * (self.patch[1 + axis] - 1)
            low, high = start * step - pad, (stop - 1) * step - pad + reach + 1
            size = x.shape[2 + axis]
            cut.append(slice(max(low, 0), min(high, size)))
            border = [max(-low, 0), max(high - size, 0), *border]
        part = x[tuple(cut)]
        return torch.nn.functional.pad(part, border) if any(border) else part
