"""Mean and standard deviation of a stream of arrays, without storing them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]


class RunningMoments:
    """Mean and sum of squared deviations of every element in one pass, numerically stable (Welford 1962).

    Parameters
    ----------
    shape
        Shape of the arrays.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.count = 0
        self.mean: Doubles = np.zeros(shape)
        self._squares: Doubles = np.zeros(shape)

    def add(self, values: npt.NDArray[np.floating]) -> None:
        """Add one array."""
        self.count += 1
        delta = values - self.mean
        self.mean += delta / self.count
        self._squares += delta * (values - self.mean)

    @property
    def sd(self) -> Doubles:
        """Standard deviation, with N - 1 in the denominator; 0 for a single array."""
        return np.asarray(np.sqrt(self._squares / max(self.count - 1, 1)))
