"""Where an integral from 0 to 1 is sampled, and how a sampling is made finer without starting again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]

RULES = ("riemann_left", "riemann_middle", "riemann_right", "riemann_trapezoid", "gausslegendre")


@dataclass(frozen=True)
class Sampling:
    """Samples to add to an integral: ``keep`` times what it was so far, plus the weighted sum of these.

    Parameters
    ----------
    points, weights
        Where in 0 to 1, and what each sample counts.
    keep
        What the samples taken before still count, all together.
    steps
        How many samples the integral then rests on.
    """

    points: Points
    weights: Points
    keep: float
    steps: int


def sampling(rule: str, steps: int) -> Sampling:
    """A first sampling with ``steps`` points, whose weights sum to 1.

    The trapezoid has its first and last point at the ends, and two at least.
    """
    places = np.arange(steps, dtype=np.float64)
    weights = np.full(steps, 1.0 / steps)
    if rule == "riemann_left":
        points = places / steps
    elif rule == "riemann_middle":
        points = (places + 0.5) / steps
    elif rule == "riemann_right":
        points = (places + 1.0) / steps
    elif rule == "riemann_trapezoid":
        points = np.linspace(0.0, 1.0, max(steps, 2))
        weights = np.full(points.size, 1.0 / (points.size - 1))
        weights[[0, -1]] /= 2
    else:
        points, weights = np.polynomial.legendre.leggauss(steps)
        points, weights = (points + 1) / 2, weights / 2
    return Sampling(points, weights, 0.0, points.size)


def finer(rule: str, steps: int) -> Sampling:
    """What makes a sampling of ``steps`` points one of twice as many; of three times for the middle rule.

    The points of Gauss and Legendre cannot be used again; of the other rules all can.
    """
    if rule == "gausslegendre":
        return sampling(rule, 2 * steps)
    if rule == "riemann_middle":
        sixths = np.arange(6 * steps, dtype=np.float64) / (6 * steps)
        points = sixths[(np.arange(6 * steps) % 6 == 1) | (np.arange(6 * steps) % 6 == 5)]
        return Sampling(points, np.full(points.size, 1 / (3 * steps)), 1 / 3, 3 * steps)
    gaps = steps - 1 if rule == "riemann_trapezoid" else steps
    points = (np.arange(gaps, dtype=np.float64) + 0.5) / gaps
    return Sampling(points, np.full(gaps, 0.5 / gaps), 0.5, steps + gaps)
