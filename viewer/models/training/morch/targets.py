"""Training targets of the scans: a graded value, or a class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from viewer.errors import ModelError
from viewer.models.training.morch.cost import Array, CostName
from viewer.models.training.morch.training_options import Paradigm


@dataclass(frozen=True, eq=False)
class Targets:
    """Training targets.

    Parameters
    ----------
    Y
        Shape (O, J). Standardised graded values; for two classes one row of 0 and 1; for more classes
        one-hot columns.
    paradigm
        Graded or classes.
    classes
        Names of the classes in order; empty for graded values.
    mean, deviation
        Mean and standard deviation of the graded values, to convert back to their units.
    """

    Y: Array
    paradigm: Paradigm
    classes: tuple[str, ...] = ()
    mean: float = 0.0
    deviation: float = 1.0

    @property
    def cost(self) -> CostName:
        """Squared error for graded values, cross-entropy for classes."""
        return CostName.SQUARED_ERROR if self.paradigm is Paradigm.GRADED else CostName.CROSS_ENTROPY

    @property
    def labels(self) -> Array:
        """Class index of each scan, shape (J,)."""
        return np.asarray(self.Y[0] if len(self.Y) == 1 else self.Y.argmax(axis=0))


def graded_targets(values: Sequence[float], subject: object) -> Targets:
    """Return targets from numbers; ``subject`` is their file.

    Raises
    ------
    ModelError
        All values are the same.
    """
    y = np.asarray(values, dtype=np.float64)
    deviation = float(y.std())
    if not deviation > 1e-12 * max(1.0, float(np.abs(y).max())):
        raise ModelError(subject, f"y is {y[0]:g} for every scan", "there is nothing to learn from")
    mean = float(y.mean())
    return Targets(((y - mean) / deviation)[None], Paradigm.GRADED, (), mean, deviation)


def class_targets(labels: Sequence[str], subject: object) -> Targets:
    """Return targets from class names, ordered by name; ``subject`` is their file.

    Raises
    ------
    ModelError
        There is only one class.
    """
    names = tuple(sorted(set(labels), key=_sort_key))
    if len(names) < 2:
        classes_text = f"only one class, {names[0]!r}" if names else "no class"
        raise ModelError(subject, f"y has {classes_text}", "at least two are needed")
    numbers = np.array([names.index(label) for label in labels])
    if len(names) == 2:
        return Targets(numbers[None].astype(np.float64), Paradigm.CLASSES, names)
    return Targets((np.arange(len(names))[:, None] == numbers).astype(np.float64), Paradigm.CLASSES, names)


def _sort_key(label: str) -> tuple[int, float, str]:
    try:
        return 0, float(label), label
    except ValueError:
        return 1, 0.0, label
