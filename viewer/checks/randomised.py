"""Copies of a network with random weights; the network itself is never touched.

The copies are operator graphs that share everything with the network's own but the tensors that were drawn
anew. Of a network that gives no graph, its module is copied and the copy's parameters are overwritten.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from viewer.errors import ModelError
from viewer.models.model import Model

if TYPE_CHECKING:
    import torch

    from viewer.models.graph.nodes import OperatorGraph

WEIGHTED = frozenset({"conv", "conv_transpose", "linear", "matmul"})
"""Operators that open a stage; normalisation and the like belong to the stage before."""


@dataclass(frozen=True)
class Stage:
    """One layer with weights, or several that are drawn anew together: its name and its tensors' names."""

    name: str
    tensors: tuple[str, ...]


def stages(model: Model, x: torch.Tensor, most: int) -> tuple[Stage, ...]:
    """The network's layers with weights from the output to the input, joined to ``most`` groups at most.

    Raises
    ------
    ModelError
        There is nothing to draw anew.
    """
    graph = graph_of(model, x)
    found = _of_graph(graph) if graph is not None else _of_module(model.module())
    if not found:
        raise ModelError(model.card.name, "has no weights that could be drawn anew")
    return _joined(found[::-1], most)


def randomised(model: Model, x: torch.Tensor, tensors: Sequence[str], seed: int) -> Model:
    """A copy of the network in which these tensors are drawn anew.

    Every number of a tensor of two or more axes comes from a normal distribution with mean 0 and the tensor's
    own standard deviation; of a vector (a bias, a norm's scale) with its own mean, too. A tensor is drawn
    alike for a seed whatever else is drawn, so that a cascade changes one stage after the other.
    """
    import torch

    graph = graph_of(model, x)
    wanted = frozenset(tensors)
    if graph is None:
        module = copy.deepcopy(model.module())
        with torch.no_grad():
            for number, (name, tensor) in enumerate(module.named_parameters()):
                if name in wanted:
                    tensor.copy_(_drawn(tensor, seed, number))
        return Model(module, model.card, f"{model.hash}-random-{seed}", opaque=model.opaque)
    from viewer.models.graph_module import GraphModule

    constants = {
        name: _drawn(tensor, seed, number) if name in wanted else tensor
        for number, (name, tensor) in enumerate(graph.constants.items())
    }
    card = replace(model.card, architecture="", arguments={}, weights="")
    changed = GraphModule(replace(graph, constants=constants), model.card.name)
    return Model(changed, card, f"{model.hash}-random-{seed}")


def graph_of(model: Model, x: torch.Tensor) -> OperatorGraph | None:
    """The network's graph on the CPU, for inputs like ``x``; None where there can be none."""
    try:
        return model.graph(x.cpu())
    except ModelError:
        return None


def _drawn(tensor: torch.Tensor, seed: int, number: int) -> torch.Tensor:
    import numpy as np
    import torch

    draw = np.random.default_rng([seed, number]).standard_normal(tuple(tensor.shape))
    values = tensor.detach().double().cpu()
    spread = values.std(unbiased=False)
    # A batch norm's scale stands beside its channels as (C, 1, 1, 1): a vector all the same.
    vector = sum(size > 1 for size in tensor.shape) < 2
    mean = values.mean() if vector else values.new_zeros(())
    return (torch.from_numpy(np.asarray(draw)) * spread + mean).to(tensor)


def _of_graph(graph: OperatorGraph) -> list[Stage]:
    found: list[Stage] = []
    before: list[str] = []
    seen: set[str] = set()
    for node in graph.nodes:
        own = [
            name
            for name in node.inputs
            if name is not None
            and name not in seen
            and name in graph.constants
            and graph.constants[name].is_floating_point()
            and graph.constants[name].numel() > 1
        ]
        if not own:
            continue
        seen.update(own)
        if node.operator in WEIGHTED:
            found.append(Stage(node.path or node.name, (*before, *own)))
            before = []
        elif found:
            found[-1] = Stage(found[-1].name, (*found[-1].tensors, *own))
        else:
            before += own
    return found


def _of_module(module: torch.nn.Module) -> list[Stage]:
    found = []
    for path, part in module.named_modules():
        own = tuple(f"{path}.{name}" if path else name for name, _ in part.named_parameters(recurse=False))
        if own:
            found.append(Stage(path or type(part).__name__, own))
    return found


def _joined(found: Sequence[Stage], most: int) -> tuple[Stage, ...]:
    """Neighbours put together until no more than ``most`` are left, groups as equal as they can be."""
    count = min(len(found), max(most, 1))
    edges = [round(number * len(found) / count) for number in range(count + 1)]
    groups = []
    for begin, end in pairwise(edges):
        part = found[begin:end]
        name = part[0].name if len(part) == 1 else f"{part[0].name} to {part[-1].name}"
        groups.append(Stage(name, tuple(tensor for stage in part for tensor in stage.tensors)))
    return tuple(groups)
