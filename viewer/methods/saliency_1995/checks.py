"""What must hold of a network before its saliency is computed."""

from __future__ import annotations

from viewer.errors import MethodError
from viewer.models.training.morch.fit import Fit
from viewer.scans.masked_matrix import MaskedMatrix


def check_fit(fit: Fit, matrix: MaskedMatrix) -> None:
    """Refuse scans that the network was not trained on.

    Raises
    ------
    MethodError
        There are more or fewer of them.
    """
    if len(fit.components.V) != matrix.scans:
        raise MethodError(
            "saliency",
            f"the network was trained on {len(fit.components.V)} scans, these are {matrix.scans}",
            "give the scans it was trained on",
        )


def check_minimum(fit: Fit) -> None:
    """Refuse a network whose retraining has no definite answer.

    Raises
    ------
    MethodError
        Its gradient is not zero, or its cost falls in some direction.
    """
    if not fit.minimum.converged:
        raise MethodError(
            "retrained",
            f"the network is at no true minimum (gradient {fit.minimum.gradient:.1e}, smallest curvature "
            f"{fit.minimum.curvature[0]:.1e})",
            "train it with more decay",
        )
