"""Scores of a network for many changed inputs, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from viewer.errors import ModelError
from viewer.methods.input_gradient import compute_outputs

if TYPE_CHECKING:
    import torch

    from viewer.methods.base import ExplanationRequest

MAX_BATCH = 64

MakeInputs = Callable[[int, int], "torch.Tensor"]
"""Function that returns the changed inputs of a half-open range of numbers, (B, C, spatial...)."""


class BatchScorer:
    """Explained score S of the input and of changed inputs, in float64 on the CPU.

    ``notes`` say whether memory ran out.
    """

    def __init__(self, request: ExplanationRequest) -> None:
        from viewer.jobs.memory import batch_size, measure_saved_tensors

        self._request = request
        x = request.x
        try:
            self.original_score, saved_bytes = measure_saved_tensors(self._score_with_gradient)
        except ModelError:
            # Some networks run only without gradients, such as those that compute with NumPy internally.
            self.original_score, saved_bytes = float(self.score(x).sum()), 0
        # Without gradients, less is in memory at once than autograd saves, but at least a few layers.
        self._batch_size = batch_size(max(saved_bytes, 4 * x.nbytes), x.device, MAX_BATCH)
        self.notes: tuple[str, ...] = ()

    def score(self, inputs: torch.Tensor) -> torch.Tensor:
        """Compute S of every input, (B,)."""
        request = self._request
        outputs = compute_outputs(request.model, inputs, request.progress.without_reports())
        return request.target.score(outputs).detach().to("cpu").double()

    def iterate_scores(self, count: int, make_inputs: MakeInputs) -> Iterator[tuple[int, torch.Tensor]]:
        """Yield the first number and the scores S of each batch; the caller reports progress and cancels."""
        from viewer.jobs.memory import AdaptiveBatches

        batches = AdaptiveBatches(count, self._batch_size)

        def score_batch(start: int, stop: int) -> tuple[int, torch.Tensor]:
            self._request.progress.raise_if_cancelled()
            return start, self.score(make_inputs(start, stop))

        yield from batches.run(score_batch)
        self.notes = self.notes or batches.notes

    def score_all(self, count: int, make_inputs: MakeInputs, item_name: str) -> torch.Tensor:
        """Compute S of all changed inputs, (count,), and report progress after each batch."""
        import torch

        result = torch.zeros(count, dtype=torch.float64)
        progress = self._request.progress
        for start, scores in self.iterate_scores(count, make_inputs):
            result[start : start + len(scores)] = scores
            progress.step(start + len(scores), count, f"{item_name} {start + len(scores)} of {count}")
        return result

    def _score_with_gradient(self) -> float:
        import torch

        request = self._request
        with torch.enable_grad():
            leaf = request.x.detach().clone().requires_grad_(True)
            score = request.target.score(request.model.logits(leaf.clone()))
        return float(score.detach().double().sum())
