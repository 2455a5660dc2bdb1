"""Relevance absorbed by biases and stabilisers, computed from the rules' formulas."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch

from viewer.models.graph.operators.chunking import iterate_chunks, take_chunk
from viewer.models.graph.operators.operator import CheckCancelled, never_cancelled
from viewer.scans.provenance import AbsorbedRelevance

Tensor = torch.Tensor


@dataclass
class Absorption:
    """Sums, over one backward pass, of b_j s_j and ε_j s_j, where s_j = R_j / (z_j + ε_j).

    Bach et al. 2015, section "Layer-wise relevance propagation", eq. 56 to 58.

    Both are computed from s, b and ε alone, never from the relevance that reaches the inputs: relevance lost
    in any other way stays in the residual.
    """

    _biases: list[Tensor] = field(default_factory=list)
    _stabiliser: list[Tensor] = field(default_factory=list)
    _constants: list[Tensor] = field(default_factory=list)

    def add_bias(
        self, s: Tensor, bias: Tensor | None, axis: int, check: CheckCancelled = never_cancelled
    ) -> None:
        """Add Σ_j b_j s_j; ``bias`` has one value per index along ``axis`` of ``s``, or is broadcast."""
        if bias is None:
            return
        if bias.dim() != 1 or len(bias) != s.shape[axis]:
            for chunk in iterate_chunks(s.shape, check):
                self.add_bias_terms(s[chunk] * take_chunk(bias, chunk, s.dim()))
            return
        dims = [dim for dim in range(s.dim()) if dim != axis % s.dim()]
        dtype = accumulation_dtype(s)
        sums = s.sum(dims, dtype=dtype) if dims else s.to(dtype)
        self._biases.append(torch.dot(sums, bias.to(dtype)))

    def add_bias_terms(self, relevance: Tensor) -> None:
        """Add the relevance of biases, one value for each output."""
        self._biases.append(relevance.sum(dtype=accumulation_dtype(relevance)))

    def add_constant(self, relevance: Tensor) -> None:
        """Add the relevance of a constant that the network adds or concatenates, such as a class token."""
        self._constants.append(relevance.sum(dtype=accumulation_dtype(relevance)))

    def add_stabiliser(
        self, s: Tensor, z: Tensor, epsilon: float | Tensor | None, check: CheckCancelled = never_cancelled
    ) -> None:
        """Add Σ_j ε_j s_j, where ε_j is ``epsilon`` (one value, or one per sample) with the sign of z_j."""
        if epsilon is None:
            return
        epsilon = torch.as_tensor(epsilon, dtype=z.dtype, device=z.device)
        for chunk in iterate_chunks(z.shape, check):
            chunk_size = take_chunk(epsilon, chunk, z.dim())
            share = torch.copysign(chunk_size, z[chunk] + 0.0).mul_(s[chunk])  # −0 becomes 0
            self._stabiliser.append(share.sum(dtype=accumulation_dtype(share)))

    @property
    def total(self) -> AbsorbedRelevance:
        """Total absorbed relevance, in units of the output."""
        return AbsorbedRelevance(
            *(math.fsum(map(float, sums)) for sums in (self._biases, self._stabiliser, self._constants))
        )


def accumulation_dtype(values: Tensor) -> torch.dtype:
    """Return the type to sum in, at least float32: a sum of many half-precision values would overflow."""
    return torch.promote_types(values.dtype, torch.float32)
