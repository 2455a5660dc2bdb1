"""Range of a network's values, and what else is known about them.

A network whose outputs cannot leave the range 0 to 1 outputs probabilities, however it computes them; a
network whose outputs cannot be negative does not output logits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeGuard

if TYPE_CHECKING:
    import torch

INF = math.inf
SLACK = 1e-6
"""Tolerance of a bound, for rounding in single precision."""


@dataclass(frozen=True)
class OutputRange:
    """Smallest and largest possible value.

    Parameters
    ----------
    low, high
        The bounds; infinite if there are none.
    is_log_probability
        Whether the values are natural logarithms of numbers between 0 and 1.
    is_linear
        Whether the values are those of a layer with weights or of a normalisation, as logits are; also if
        they were then moved, scaled, averaged or added to others.
    unit_sum_axis
        The axis along which the values add up to 1, counted from the last as −1; None if none is known.
    origin
        Name of the node, or tensor, that the values belong to, so that rules can recognise it.
    exceeds
        What the values are at least as large as when both are broadcast: the "size" of an origin or, on a
        logarithmic scale, its "exponentials"; and that origin.
    """

    low: float = -INF
    high: float = INF
    is_log_probability: bool = False
    is_linear: bool = False
    unit_sum_axis: int | None = None
    origin: Any = field(default=None, compare=False)
    exceeds: tuple[str, Any] | None = field(default=None, compare=False)

    def exceeds_origin_of(self, quantity: str, other: OutputRange) -> bool:
        """Return whether the values are at least as large as those of ``other`` in size or exponentials."""
        if self.exceeds is None or self.exceeds[0] != quantity:
            return False
        mine, theirs = self.exceeds[1], other.origin
        return mine is theirs or (isinstance(mine, str) and mine == theirs)

    @property
    def is_unlimited(self) -> bool:
        """Whether every number is possible, as for logits."""
        return self.low == -INF and self.high == INF

    @property
    def is_bounded(self) -> bool:
        """Whether both bounds are finite."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def is_probability(self) -> bool:
        """Whether no value can be below 0 or above 1."""
        return self.low >= -SLACK and self.high <= 1 + SLACK

    @property
    def has_both_signs(self) -> bool:
        """Whether values can be negative and positive, as logits are."""
        return self.low < 0 < self.high

    @property
    def text(self) -> str:
        """The bounds in words, to follow "the outputs"."""
        if self.low == -INF:
            return f"cannot be above {self.high:.4g}"
        if self.high == INF:
            return f"cannot be below {self.low:.4g}"
        return f"lie between {self.low:.4g} and {self.high:.4g}"


UNLIMITED = OutputRange()
LINEAR_RANGE = OutputRange(is_linear=True)
PROBABILITY = OutputRange(0.0, 1.0)
SIGNED_UNIT = OutputRange(-1.0, 1.0)
LOG_PROBABILITY = OutputRange(-INF, 0.0, is_log_probability=True)
POSITIVE = OutputRange(0.0)
ZERO = OutputRange(0.0, 0.0)


def as_range(value: object) -> OutputRange:
    """Return the range of an operand: a range unchanged, or that of a number's or constant tensor's values.

    Anything else is unlimited.
    """
    if isinstance(value, OutputRange):
        return value
    if is_tensor(value):
        if not value.numel() or value.is_complex():
            return UNLIMITED
        low, high = value.detach().double().aminmax()
        return OutputRange(float(low), float(high))
    if isinstance(value, (int, float)):
        return OutputRange(float(value), float(value)) if math.isfinite(value) else UNLIMITED
    return UNLIMITED


def is_tensor(value: object) -> TypeGuard[torch.Tensor]:
    """Return whether an operand is a constant tensor."""
    import torch

    return isinstance(value, torch.Tensor)


def is_constant(value: object) -> bool:
    """Return whether an operand is a number or a constant tensor."""
    return isinstance(value, (int, float)) or is_tensor(value)


def hull(*operands: object) -> OutputRange:
    """Return the smallest range that contains all parts."""
    ranges = [as_range(part) for part in operands] or [UNLIMITED]
    return OutputRange(
        min(part.low for part in ranges),
        max(part.high for part in ranges),
        all(part.is_log_probability for part in ranges),
        any(part.is_linear for part in ranges)
        and all(part.is_linear or part.low == part.high for part in ranges),
    )
