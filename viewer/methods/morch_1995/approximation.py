"""Five approximations of the saliency of Mørch et al. 1995, from the cheapest to the exact one."""

from __future__ import annotations

from enum import StrEnum


class Approximation(StrEnum):
    """Approximation of δE, the change of the training cost when a voxel is removed.

    ``first-order``: the first term of equation (10).
    ``second-order``: equation (10) as it is printed, without the terms between different components k.
    ``second-order-cross``: with those terms, which is the whole Gauss–Newton second order.
    ``exact``: the change itself, the weights as they are.
    ``retrained``: equation (4), the change after the weights have been trained again, by one Newton step.
    """

    FIRST = "first-order"
    SECOND = "second-order"
    SECOND_CROSS = "second-order-cross"
    EXACT = "exact"
    RETRAINED = "retrained"


class NegativeValues(StrEnum):
    """Treatment of voxels whose removal lowers the cost; footnote 7 sets them to zero."""

    ZERO = "zero"
    KEEP = "keep"
