"""Problems of a linear transform of a head to the template, from its matrix only."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]

UPRIGHT = 60.0
"""Largest rotation in degrees expected of a patient in a scanner."""

PLAUSIBLE_SCALES = (0.6, 1.8)
"""Template mm per scan mm. Adult heads have 0.9 to 1.35, those of newborns about 1.6."""


def transform_problems(matrix: Doubles) -> tuple[str, ...]:
    """Return reasons not to trust a matrix from a scan's mm to the template's (RAS+), as sentences.

    Its handedness, scales and rotation angle are checked.
    """
    problems = []
    scales = np.linalg.svd(matrix[:3, :3], compute_uv=False)
    if np.linalg.det(matrix[:3, :3]) < 0:
        problems.append("the transform swaps left and right")
    if scales.min() < PLAUSIBLE_SCALES[0] or scales.max() > PLAUSIBLE_SCALES[1]:
        problems.append(
            f"the transform scales by {scales.min():.2f} to {scales.max():.2f}, implausible for a head; "
            "is it the inverse, or of another scan?"
        )
    rotation = rotation_degrees(matrix)
    if rotation > UPRIGHT:
        problems.append(
            f"the head is rotated by {rotation:.0f}° relative to the file's header: the header may be "
            "wrong, and left and right cannot be told from the image; check the header"
        )
    return tuple(problems)


def rotation_degrees(matrix: Doubles) -> float:
    """Return the angle (0 to 180°) of the rotation nearest to an affine matrix (polar decomposition)."""
    u, _, vt = np.linalg.svd(matrix[:3, :3])
    rotation = u @ np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vt))]) @ vt
    return float(np.degrees(np.arccos(np.clip((np.trace(rotation) - 1) / 2, -1.0, 1.0))))
