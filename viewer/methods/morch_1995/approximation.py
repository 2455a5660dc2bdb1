"""The five accuracies of the saliency of Mørch et al. 1995, from the cheapest to the true one."""

from __future__ import annotations

from enum import StrEnum


class Approximation(StrEnum):
    """How closely δE is computed: the change of the training cost when a voxel is taken away.

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
    """What becomes of voxels without which the cost is smaller; footnote 7 reads them as zero."""

    ZERO = "zero"
    KEEP = "keep"
