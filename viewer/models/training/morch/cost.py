"""Cost functions of one scan's outputs, with first and second derivatives.

Outputs ``F`` and targets ``Y`` have the shape (O, J): O outputs, J scans. Squared error is equation (2) of
Mørch et al. 1995; for classes, footnote 12 leaves the cost open, and cross-entropy is used here.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


class CostName(StrEnum):
    """Names of the cost functions."""

    SQUARED_ERROR = "squared-error"
    CROSS_ENTROPY = "cross-entropy"


class Cost(Protocol):
    """Interface of a cost function."""

    def losses(self, F: Array, Y: Array) -> Array:
        """Compute the cost of every scan, shape (J,)."""

    def gradients(self, F: Array, Y: Array) -> Array:
        """Compute its derivative with respect to the outputs, shape (O, J)."""

    def hessians(self, F: Array) -> Array:
        """Compute its second derivative with respect to the outputs, shape (O, O, J)."""


class SquaredError:
    """Squared error Σ_o (y_o − F_o)²."""

    def losses(self, F: Array, Y: Array) -> Array:
        """Compute the cost of every scan, shape (J,)."""
        return np.asarray(((Y - F) ** 2).sum(axis=0))

    def gradients(self, F: Array, Y: Array) -> Array:
        """Compute −2 (y − F)."""
        return 2.0 * (F - Y)

    def hessians(self, F: Array) -> Array:
        """Return 2 on the diagonal."""
        outputs, scans = F.shape
        return np.repeat(2.0 * np.eye(outputs)[:, :, None], scans, axis=2)


class BinaryCrossEntropy:
    """Cross-entropy of one output, the log odds of the second class; targets are 0 and 1."""

    def losses(self, F: Array, Y: Array) -> Array:
        """Compute log(1 + exp F) − y F."""
        return np.asarray((np.logaddexp(0.0, F) - Y * F).sum(axis=0))

    def gradients(self, F: Array, Y: Array) -> Array:
        """Compute the probability of the second class minus the target."""
        return self.probabilities(F) - Y

    def hessians(self, F: Array) -> Array:
        """Compute the product of the classes' probabilities."""
        p = self.probabilities(F)
        return np.asarray((p * (1.0 - p))[None])

    @staticmethod
    def probabilities(F: Array) -> Array:
        """Compute the probability of the second class, shape (1, J)."""
        return np.asarray(0.5 * (1.0 + np.tanh(0.5 * F)))


class CrossEntropy:
    """Cross-entropy after a softmax, one output per class; targets are one-hot."""

    def losses(self, F: Array, Y: Array) -> Array:
        """Compute log Σ exp F − F of the class."""
        return np.asarray(np.logaddexp.reduce(F, axis=0) - (Y * F).sum(axis=0))

    def gradients(self, F: Array, Y: Array) -> Array:
        """Compute the probabilities minus the targets."""
        return self.probabilities(F) - Y

    def hessians(self, F: Array) -> Array:
        """Compute diag(p) − p pᵀ."""
        p = self.probabilities(F)
        return np.asarray(np.eye(len(p))[:, :, None] * p[None] - p[:, None] * p[None])

    @staticmethod
    def probabilities(F: Array) -> Array:
        """Compute the probability of every class, shape (O, J)."""
        return np.asarray(np.exp(F - np.logaddexp.reduce(F, axis=0)))


def make_cost(name: CostName, outputs: int) -> Cost:
    """Return the cost of that name for a number of outputs; cross-entropy of one output has two classes."""
    if name is CostName.SQUARED_ERROR:
        return SquaredError()
    return BinaryCrossEntropy() if outputs == 1 else CrossEntropy()
