"""Network of Mørch et al. 1995 on the scans' projections: F = W tanh(w v + b) + β.

Equation (1) has no biases; without them ``b`` and ``β`` stay zero. The linear network has one hidden unit per
output, with identity activation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from viewer.models.training.morch.training_options import HiddenActivation

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LayerSizes:
    """Layer sizes: K components, A hidden units, O outputs."""

    components: int
    hidden: int
    outputs: int

    @property
    def parameter_count(self) -> int:
        """Number of weights and biases."""
        return self.hidden * (self.components + 1) + self.outputs * (self.hidden + 1)


@dataclass(frozen=True, eq=False)
class NetworkWeights:
    """Weights and biases: ``w`` (A, K), ``b`` (A,), ``W`` (O, A), ``β`` (O,), all float64.

    Their order in a vector: w row by row, b, W row by row, β.
    """

    w: Array
    b: Array
    W: Array
    beta: Array

    @property
    def sizes(self) -> LayerSizes:
        """K, A and O."""
        return LayerSizes(self.w.shape[1], self.w.shape[0], self.W.shape[0])

    def to_vector(self) -> Array:
        """Return all parameters in one vector."""
        return np.concatenate([self.w.ravel(), self.b, self.W.ravel(), self.beta])

    @classmethod
    def from_vector(cls, vector: Array, sizes: LayerSizes) -> NetworkWeights:
        """Return the parameters in a vector."""
        K, A, outputs = sizes.components, sizes.hidden, sizes.outputs
        ends = np.cumsum([A * K, A, outputs * A, outputs])
        w, b, W, beta = np.split(vector, ends[:-1])
        return cls(w.reshape(A, K), b, W.reshape(outputs, A), beta)


@dataclass(frozen=True, eq=False)
class ForwardState:
    """Hidden sums ``p`` (A, J), activations ``h`` (A, J) and their derivatives, and outputs ``F`` (O, J)."""

    p: Array
    h: Array
    first_derivatives: Array
    second_derivatives: Array
    F: Array


def forward(weights: NetworkWeights, activation: HiddenActivation, V: Array) -> ForwardState:
    """Run the network on the projections ``V``, shape (J, K)."""
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
    """Return a mask of the trainable parameters, shape (parameters,).

    A linear network gains nothing from a second layer, so its ``W`` stays the identity; its only bias is that
    of the output.
    """
    linear = activation is HiddenActivation.LINEAR
    mask = NetworkWeights(
        np.ones((sizes.hidden, sizes.components)),
        np.full(sizes.hidden, float(biases and not linear)),
        np.full((sizes.outputs, sizes.hidden), float(not linear)),
        np.full(sizes.outputs, float(biases)),
    )
    return mask.to_vector() > 0


def initial_weights(
    sizes: LayerSizes, activation: HiddenActivation, rng: np.random.Generator, V: Array
) -> NetworkWeights:
    """Return small random weights: the hidden sums have a standard deviation of about 0.5 over the scans."""
    if activation is HiddenActivation.LINEAR:
        w = np.zeros((sizes.hidden, sizes.components))
        W = np.eye(sizes.outputs)
    else:
        size = np.sqrt((V**2).sum() / len(V))
        w = rng.normal(0.0, 0.5 / size, (sizes.hidden, sizes.components))
        W = rng.normal(0.0, 1.0 / np.sqrt(sizes.hidden), (sizes.outputs, sizes.hidden))
    return NetworkWeights(w, np.zeros(sizes.hidden), W, np.zeros(sizes.outputs))
