from __future__ import annotations

import numpy as np
import pytest

from viewer.methods.integrated_gradients import QUADRATURE_RULES, make_sampling, refine_sampling


@pytest.mark.parametrize("rule", QUADRATURE_RULES)
@pytest.mark.parametrize("steps", [2, 3, 16, 129])
def test_rules_integrate_polynomials_exactly(rule: str, steps: int) -> None:
    taken = make_sampling(rule, steps)
    assert len(taken.points) == len(taken.weights) == taken.steps == steps
    assert taken.previous_factor == 0
    assert taken.points.min() >= 0
    assert taken.points.max() <= 1
    np.testing.assert_allclose(taken.weights.sum(), 1, rtol=1e-12)
    off = {"riemann_left": -0.5 / steps, "riemann_right": 0.5 / steps}.get(rule, 0.0)
    np.testing.assert_allclose(taken.weights @ taken.points, 0.5 + off, rtol=1e-12)
    if rule == "gausslegendre":
        degree = min(2 * steps - 1, 40)
        np.testing.assert_allclose(taken.weights @ taken.points**degree, 1 / (degree + 1), rtol=1e-10)


def test_a_trapezoid_of_one_point_has_two() -> None:
    taken = make_sampling("riemann_trapezoid", 1)
    assert (taken.points.tolist(), taken.weights.tolist(), taken.steps) == ([0, 1], [0.5, 0.5], 2)


@pytest.mark.parametrize("rule", QUADRATURE_RULES)
@pytest.mark.parametrize("steps", [2, 5, 32])
def test_refined_sampling_equals_sampling_with_more_steps(rule: str, steps: int) -> None:
    first = make_sampling(rule, steps)
    found = dict(zip(first.points.round(12), first.weights, strict=True))
    count = steps
    for _ in range(2):
        more = refine_sampling(rule, count)
        found = {
            point: more.previous_factor * weight for point, weight in found.items() if more.previous_factor
        }
        for point, weight in zip(more.points.round(12), more.weights, strict=True):
            assert point not in found
            found[point] = weight
        count = more.steps
    expected = make_sampling(rule, count)
    assert count == expected.steps == len(found)
    points = np.array(sorted(found))
    np.testing.assert_allclose(points, expected.points, atol=1e-11)
    np.testing.assert_allclose([found[point] for point in points], expected.weights, rtol=1e-12)
