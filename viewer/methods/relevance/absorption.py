"""What biases and stabilisers take of the relevance, by the rules' formulas and not by what is missing."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch

from viewer.methods.relevance.chunking import iterate_chunks, take_chunk
from viewer.models.graph.operators.operator import never_cancelled

Tensor = torch.Tensor


@dataclass
class Absorption:
    """Sums, over one backward pass, of b_j s_j and ε_j s_j, where s_j = R_j / (z_j + ε_j) (Bach et al. 2015,
    section "Layer-wise relevance propagation", eq. 56 to 58).

    Both follow from s, b and ε alone. Nothing is derived from the relevance that arrives below: what is lost
    in any other way stays in the residual.
    """

    _biases: list[Tensor] = field(default_factory=list)
    _stabiliser: list[Tensor] = field(default_factory=list)

    def add_bias(self, s: Tensor, bias: Tensor | None, axis: int) -> None:
        """Add Σ_j b_j s_j; ``bias`` has a value for each place on an axis of ``s``, or else broadcasts."""
        if bias is None:
            return
        if bias.dim() != 1 or len(bias) != s.shape[axis]:
            self.add_constant(s * bias)
            return
        others = [dim for dim in range(s.dim()) if dim != axis % s.dim()]
        wide = at_least_single(s)
        sums = s.sum(others, dtype=wide) if others else s.to(wide)
        self._biases.append(torch.dot(sums, bias.to(wide)))

    def add_constant(self, relevance: Tensor) -> None:
        """Add what falls to a constant of the network: one that is added, or joined on (a class token)."""
        self._biases.append(relevance.sum(dtype=at_least_single(relevance)))

    def add_stabiliser(self, s: Tensor, z: Tensor, size: float | Tensor | None) -> None:
        """Add Σ_j ε_j s_j, where ε_j is ``size`` (of all, or of each sample) with the sign of z_j."""
        if size is None:
            return
        size = torch.as_tensor(size, dtype=z.dtype, device=z.device)
        for where in iterate_chunks(z.shape, never_cancelled):
            own = take_chunk(size, where, z.dim())
            share = torch.copysign(own, z[where] + 0.0).mul_(s[where])  # −0 becomes 0
            self._stabiliser.append(share.sum(dtype=at_least_single(share)))

    @property
    def biases(self) -> float:
        """What fell to biases, in units of the output."""
        return math.fsum(map(float, self._biases))

    @property
    def stabiliser(self) -> float:
        """What fell to ε, in units of the output."""
        return math.fsum(map(float, self._stabiliser))


def at_least_single(values: Tensor) -> torch.dtype:
    """The type to sum in: a sum of many half-precision numbers overflows their own."""
    return torch.promote_types(values.dtype, torch.float32)
