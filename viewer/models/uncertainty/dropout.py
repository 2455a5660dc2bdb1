"""Monte Carlo dropout: the network with dropout enabled (Gal and Ghahramani 2016)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from viewer.errors import ModelError
from viewer.models.graph.dropout import DROPOUT, sample_dropout
from viewer.models.graph.dynamic_batch import make_batch_dynamic
from viewer.models.graph_module import GraphModule
from viewer.models.model import Model
from viewer.models.sliding_window import crop_window, make_sliding_windows
from viewer.models.uncertainty.member import Member
from viewer.preparation.prepared import Prepared
from viewer.scans.scan import Scan

if TYPE_CHECKING:
    import torch

NO_DROPOUT = (
    "has no dropout to enable",
    "use moves or ensemble; an exported network may have lost its dropout, its weights with a card have not",
)


def iterate_dropout_members(
    model: Model, source: Scan | Prepared | torch.Tensor, sample_count: int, seed: int
) -> Iterator[Member]:
    """Yield networks with different dropout masks; covariates are fixed.

    A member has the same masks for all windows, slices and samples: it is a single network.

    Raises
    ------
    ModelError
        The network has no operator graph, or no dropout.
    """
    x, network = _make_example(model, source)
    graph = network.graph(x).with_dropout
    if graph is None:
        raise ModelError(model.card.name, *NO_DROPOUT)
    rates = sorted({node.attributes["p"] for node in graph.nodes if node.operator == DROPOUT})
    for sample in range(sample_count):
        sampled_graph = make_batch_dynamic(sample_dropout(graph, (seed, sample)))
        module = GraphModule(sampled_graph, model.card.name)
        yield Member(network.with_module(module), {"sample": sample, "probabilities": rates})


def has_dropout(model: Model) -> bool | None:
    """Return whether a network has dropout to enable; None if only capturing its graph would show it.

    Fast, as the network is not run.
    """
    from torch.nn.modules.dropout import _DropoutNd

    module = model.module()
    if model.no_graph_reason:
        return False
    captured = model.captured_graphs
    if captured:
        return any(graph.with_dropout is not None for graph in captured)
    if isinstance(module, GraphModule):
        return module.graph.with_dropout is not None
    if any(isinstance(submodule, _DropoutNd) and submodule.p > 0 for submodule in module.modules()):
        return True
    return False if model.card.registered else None


def _make_example(model: Model, source: Scan | Prepared | torch.Tensor) -> tuple[torch.Tensor, Model]:
    """Return an input (1, C, spatial...) of images only, and the network for it."""
    if not isinstance(source, Scan | Prepared):
        if model.covariates:
            raise ModelError(
                model.card.name, "takes numbers in addition to the image", "give a scan with covariates"
            )
        return source[:1].to(model.dtype), model
    prepared = model.prepare(source)
    if prepared.covariates:
        model, prepared = model.with_fixed_covariates(prepared.covariates), prepared.without_covariates()
    x = prepared.tensor[:1]
    windows = make_sliding_windows(model.card.input, tuple(x.shape[2:]))
    return (x if windows is None else crop_window(x, next(windows.slices()))), model
