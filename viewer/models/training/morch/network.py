"""The network of Mørch et al. 1995 on the scans' projections: F = W tanh(w v + b) + β.

Equation (1) has no biases; without them ``b`` and ``β`` stay zero. The linear network is the one whose
hidden units, one an output, hand on what they are given.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


class HiddenActivation(StrEnum):
    """What a hidden unit does to its sum."""

    TANH = "tanh"
    LINEAR = "linear"


@dataclass(frozen=True)
class LayerSizes:
    """K components in, A hidden units, O outputs."""

    components: int
    hidden: int
    outputs: int

    @property
    def parameters(self) -> int:
        """How many weights and biases there are."""
        return self.hidden * (self.components + 1) + self.outputs * (self.hidden + 1)


@dataclass(frozen=True, eq=False)
class NetworkWeights:
    """The parameters: ``w`` (A, K), ``b`` (A,), ``W`` (O, A), ``β`` (O,), all float64.

    In a vector they stand in this order: w row by row, b, W row by row, β.
    """

    w: Array
    b: Array
    W: Array
    beta: Array

    @property
    def sizes(self) -> LayerSizes:
        """K, A and O."""
        return LayerSizes(self.w.shape[1], self.w.shape[0], self.W.shape[0])

    def vector(self) -> Array:
        """All parameters in one vector."""
        return np.concatenate([self.w.ravel(), self.b, self.W.ravel(), self.beta])

    @classmethod
    def of(cls, vector: Array, sizes: LayerSizes) -> NetworkWeights:
        """The parameters that stand in a vector."""
        K, A, outputs = sizes.components, sizes.hidden, sizes.outputs
        ends = np.cumsum([A * K, A, outputs * A, outputs])
        w, b, W, beta = np.split(vector, ends[:-1])
        return cls(w.reshape(A, K), b, W.reshape(outputs, A), beta)


@dataclass(frozen=True, eq=False)
class ForwardState:
    """The network at some inputs: sums ``p`` (A, J), ``h`` (A, J), its derivatives, outputs ``F`` (O, J)."""

    p: Array
    h: Array
    first: Array
    second: Array
    F: Array


def forward(weights: NetworkWeights, activation: HiddenActivation, V: Array) -> ForwardState:
    """The network at the projections ``V``, shape (J, K)."""
    p = weights.w @ V.T + weights.b[:, None]
    if activation is HiddenActivation.TANH:
        h = np.tanh(p)
        first = 1.0 - h * h
        second = -2.0 * h * first
    else:
        h, first, second = p, np.ones_like(p), np.zeros_like(p)
    return ForwardState(p, h, first, second, weights.W @ h + weights.beta[:, None])


def trainable_parameters(
    sizes: LayerSizes, activation: HiddenActivation, biases: bool
) -> npt.NDArray[np.bool_]:
    """Which parameters are trained, shape (parameters,).

    A linear network has nothing to gain from a second layer, so its ``W`` stays the identity; and its only
    bias is that of the output.
    """
    linear = activation is HiddenActivation.LINEAR
    free = NetworkWeights(
        np.ones((sizes.hidden, sizes.components)),
        np.full(sizes.hidden, float(biases and not linear)),
        np.full((sizes.outputs, sizes.hidden), float(not linear)),
        np.full(sizes.outputs, float(biases)),
    )
    return free.vector() > 0


def initial_weights(
    sizes: LayerSizes, activation: HiddenActivation, generator: np.random.Generator, V: Array
) -> NetworkWeights:
    """Small random weights: the hidden sums start with a deviation of about a half over the scans."""
    if activation is HiddenActivation.LINEAR:
        w = np.zeros((sizes.hidden, sizes.components))
        W = np.eye(sizes.outputs)
    else:
        size = np.sqrt((V**2).sum() / len(V))
        w = generator.normal(0.0, 0.5 / size, (sizes.hidden, sizes.components))
        W = generator.normal(0.0, 1.0 / np.sqrt(sizes.hidden), (sizes.outputs, sizes.hidden))
    return NetworkWeights(w, np.zeros(sizes.hidden), W, np.zeros(sizes.outputs))
