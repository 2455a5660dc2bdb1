"""How each operator carries patches on: what it does to a box, and what of the original it looks up.

An operator that is not local, or not known here, is given its changed inputs as a whole: exact, no faster.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from viewer.methods.perturbation.local.patches import (
    Patch,
    Sizes,
    Window,
    gathered,
    scattered,
    together,
)
from viewer.models.graph.nodes import Node
from viewer.models.graph.operators.operator import Inputs
from viewer.models.graph.operators.table import find

Values = Mapping[str, torch.Tensor]
Changed = Patch | torch.Tensor
"""A changed value: patches, or (B, ...) as a whole."""


@dataclass(frozen=True)
class Step(ABC):
    """One operator of the network on changed inputs.

    ``original`` gives the values that `caches` names, and constants, by their names; ``changed`` those that
    differ from them.
    """

    node: Node

    @property
    @abstractmethod
    def caches(self) -> frozenset[str]:
        """The names of the original's values that it looks up."""

    @abstractmethod
    def run(self, node: Node, original: Values, changed: Mapping[str, Changed]) -> Changed:
        """The changed output; ``node`` is the step's with its sizes resolved."""

    @property
    def source(self) -> str:
        """The name of the first input."""
        assert self.node.inputs[0] is not None
        return self.node.inputs[0]


def patch_of(changed: Mapping[str, Changed], name: str) -> Patch:
    """A changed value that is known to be patches."""
    found = changed[name]
    assert isinstance(found, Patch)
    return found


def forward(node: Node, inputs: Inputs) -> torch.Tensor:
    """The operator itself."""
    return find(node.operator).forward(node.settings, inputs)


def further(node: Node, original: Values) -> list[torch.Tensor | None]:
    """The inputs after the first, which are constants."""
    return [None if name is None else original[name] for name in node.inputs[1:]]


@dataclass(frozen=True)
class Pointwise(Step):
    """Every value by itself, or every voxel by itself."""

    @property
    def caches(self) -> frozenset[str]:
        """Nothing."""
        return frozenset()

    def run(self, node: Node, original: Values, changed: Mapping[str, Changed]) -> Changed:
        """The operator on the boxes."""
        patch = patch_of(changed, self.source)
        return Patch(forward(node, [patch.values, *further(node, original)]), patch.starts)


@dataclass(frozen=True)
class Sliding(Step):
    """A window that slides: convolutions and pools. Without a border of its own: that is in the boxes."""

    window: Window
    outputs: Sizes

    @property
    def caches(self) -> frozenset[str]:
        """What the windows see around the change."""
        return frozenset({self.source})

    def run(self, node: Node, original: Values, changed: Mapping[str, Changed]) -> Changed:
        """Every output that the change can reach."""
        patch = patch_of(changed, self.source)
        starts, size = self.window.reached(patch.starts, patch.size, self.outputs)
        around, wide = self.window.needed(starts, size)
        seen = gathered(original[self.source], patch, around, wide, self.window.fill)
        return Patch(self.slide(node, seen, original, starts, size), starts)

    def slide(
        self, node: Node, seen: torch.Tensor, original: Values, starts: np.ndarray, size: Sizes
    ) -> torch.Tensor:
        """The operator on what the windows see."""
        del starts, size
        bare = Node(node.name, node.operator, node.inputs, {**node.settings, **self.unbordered})
        return forward(bare, [seen, *further(node, original)])

    @property
    def unbordered(self) -> dict[str, object]:
        """The settings that lay no border and leave nothing over."""
        changes: dict[str, object] = {"padding": (0,) * len(self.outputs)}
        return changes | ({"ceil": False} if "ceil" in self.node.settings else {})


@dataclass(frozen=True)
class Averaging(Sliding):
    """An average pool: sums of the windows over what each of them is divided by."""

    divisors: torch.Tensor
    """(1, 1, outputs...)"""

    def slide(
        self, node: Node, seen: torch.Tensor, original: Values, starts: np.ndarray, size: Sizes
    ) -> torch.Tensor:
        """The sums, divided as at the same places of the original."""
        del original
        bare = {**node.settings, **self.unbordered, "divisor": 1, "count_padding": True}
        sums = forward(Node(node.name, node.operator, node.inputs, bare), [seen])
        return sums / gathered(self.divisors.to(sums), None, starts, size)


@dataclass(frozen=True)
class Padding(Step):
    """A border of one constant value around the space."""

    before: Sizes

    @property
    def caches(self) -> frozenset[str]:
        """Nothing: what changed only moves."""
        return frozenset()

    def run(self, node: Node, original: Values, changed: Mapping[str, Changed]) -> Changed:
        """The boxes, moved."""
        del node, original
        patch = patch_of(changed, self.source)
        return Patch(patch.values, patch.starts + np.array(self.before))


@dataclass(frozen=True)
class Joining(Step):
    """Several values of one size in space brought together: sums, products, and one after the other."""

    whole: Sizes

    @property
    def caches(self) -> frozenset[str]:
        """All of them: what has not changed in one may have in another."""
        return frozenset(name for name in self.node.inputs if name is not None)

    def run(self, node: Node, original: Values, changed: Mapping[str, Changed]) -> Changed:
        """The operator on boxes that hold every change."""
        names = [name for name in node.inputs if name is not None]
        patches = [patch_of(changed, name) for name in names if name in changed]
        starts, size = together(patches, self.whole)
        parts = [
            gathered(original[name], patch_of(changed, name) if name in changed else None, starts, size)
            for name in names
        ]
        return Patch(forward(node, parts), starts)


@dataclass(frozen=True)
class Gathering(Step):
    """A sum or mean over all of space: the original's, and what the change adds to it."""

    count: int
    """What the sum is divided by."""

    @property
    def caches(self) -> frozenset[str]:
        """The input and the output."""
        return frozenset({self.source, self.node.name})

    def run(self, node: Node, original: Values, changed: Mapping[str, Changed]) -> Changed:
        """The changed sums."""
        added = difference(original[self.source], patch_of(changed, self.source)).flatten(2).sum(2)
        before = original[node.name]
        return before + (added / self.count).reshape(len(added), *before.shape[1:])


@dataclass(frozen=True)
class Flattening(Step):
    """Space and channels made one axis; the boxes stay what they are until a dense layer takes them."""

    @property
    def caches(self) -> frozenset[str]:
        """Nothing."""
        return frozenset()

    def run(self, node: Node, original: Values, changed: Mapping[str, Changed]) -> Changed:
        """The boxes."""
        del node, original
        return patch_of(changed, self.source)


@dataclass(frozen=True)
class Dense(Step):
    """A dense layer on a flattened volume: the original's output, and what the change adds to it."""

    shape: tuple[int, ...]
    """(C, spatial...) of what was flattened."""

    @property
    def caches(self) -> frozenset[str]:
        """The input and the output."""
        return frozenset({self.source, self.node.name})

    def run(self, node: Node, original: Values, changed: Mapping[str, Changed]) -> Changed:
        """The changed outputs (B, out)."""
        patch = patch_of(changed, self.source)
        weight = node.inputs[1]
        assert weight is not None
        weights = original[weight].reshape(-1, *self.shape)
        added = difference(original[self.source].reshape(1, *self.shape), patch).flatten(1)
        rows = []
        for change, start in zip(added, patch.starts.tolist(), strict=True):
            box = tuple(slice(low, low + wide) for low, wide in zip(start, patch.size, strict=True))
            rows.append(weights[(slice(None), slice(None), *box)].reshape(len(weights), -1) @ change)
        return original[node.name] + torch.stack(rows)


@dataclass(frozen=True)
class Whole(Step):
    """An operator on its changed inputs as a whole."""

    patched: Mapping[str, tuple[int, ...]]
    """Of the inputs that come as patches, the shape (C, spatial...), flattened or not."""

    @property
    def caches(self) -> frozenset[str]:
        """Every input: what lies around the boxes, and what does not depend on the network's input."""
        return frozenset(name for name in self.node.inputs if name is not None)

    def run(self, node: Node, original: Values, changed: Mapping[str, Changed]) -> Changed:
        """The operator itself."""
        inputs: list[torch.Tensor | None] = []
        for name in node.inputs:
            value = None if name is None else changed.get(name)
            if isinstance(value, Patch):
                assert name is not None
                before = original[name]
                whole = scattered(before.reshape(1, *self.patched[name]), value)
                inputs.append(whole.reshape(len(whole), *before.shape[1:]))
            elif name is None or value is not None:
                inputs.append(value)
            else:
                inputs.append(original[name])
        return forward(node, inputs)


def difference(original: torch.Tensor, patch: Patch) -> torch.Tensor:
    """By how much the boxes differ from the original: (B, C, *size)."""
    return patch.values - gathered(original, None, patch.starts, patch.size)
