"""Approximations of the saliency of Mørch et al. 1995, from the cheapest to the exact one."""

from __future__ import annotations

from enum import StrEnum


class Approximation(StrEnum):
    """Approximation of δE, the change of the training cost when a voxel is removed.

    ``first-order``: the first term of equation (10).
    ``second-order``: equation (10) as printed, without cross terms between different components k.
    ``second-order-cross``: with the cross terms, the full Gauss–Newton second order.
    ``exact``: the change itself, with unchanged weights.
    ``retrained``: equation (4), the change after retraining the weights, by one Newton step.
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
