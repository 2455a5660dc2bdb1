"""Scores of a network for inputs that each differ from the original in a box, by local recomputation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy.typing as npt

from viewer.methods.input_gradient import find_graph

if TYPE_CHECKING:
    import numpy as np

    from viewer.methods.base import ExplanationRequest
    from viewer.methods.perturbation.incremental_network import IncrementalNetwork
    from viewer.methods.perturbation.incremental_operators import Patch


class IncrementalScorer:
    """Explained score S of the input and of changed inputs, by recomputing what a change can affect.

    ``original_score`` is S of the input.
    """

    def __init__(self, request: ExplanationRequest, network: IncrementalNetwork) -> None:
        self._request = request
        self._network = network
        self.original_score = float(request.target.score(network.output).double().sum())

    def score(self, patch: Patch) -> npt.NDArray[np.float64]:
        """Compute S of every changed input, (B,)."""
        import torch

        with torch.no_grad():
            outputs = self._network.outputs(patch, self._request.progress)
        scores: npt.NDArray[np.float64] = self._request.target.score(outputs).double().cpu().numpy()
        return scores


def find_incremental(request: ExplanationRequest) -> IncrementalScorer | None:
    """Return the scorer if the network's graph starts locally and its values fit in memory."""
    from viewer.jobs.memory import free_memory

    x = request.x
    graph = find_graph(request.model, x) if x.dim() > 2 else None
    if graph is None:
        return None
    from viewer.methods.perturbation.incremental_network import IncrementalNetwork, IncrementalPlan

    plan = IncrementalPlan.make(graph, tuple(x.shape[1:]))
    available = free_memory(x.device)
    if not plan.is_local or graph.output not in graph.input_dependent:
        return None
    if available is not None and plan.cache_bytes(x.element_size()) > available // 2:
        return None
    network = IncrementalNetwork(graph, plan, x, request.progress.without_reports())
    return IncrementalScorer(request, network)
