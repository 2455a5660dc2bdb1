"""The series against tanh itself, in more digits than either has."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from viewer.methods.morch_1995.perturbed_network import MAX_TERMS, count_terms, sum_series, tanh_derivatives


def test_derivatives_of_tanh():
    p = np.linspace(-4, 4, 41)
    h = np.tanh(p)
    slope = 1 - h**2
    by_hand = [slope, -h * slope, slope * (3 * h**2 - 1) / 3]
    for found, expected in zip(tanh_derivatives(h), by_hand, strict=False):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-15)


@pytest.mark.parametrize("reach", [1e-6, 1e-4, 3e-3, 2e-2, 0.1])
@pytest.mark.parametrize("rounding", [2.0**-24, 2.0**-53])
def test_what_is_cut_off_is_below_rounding(reach, rounding):
    terms = count_terms(reach, rounding)
    if terms is None:
        return
    p = np.linspace(-9, 9, 181, dtype=np.longdouble)[:, None]
    d = np.linspace(-1, 1, 21, dtype=np.longdouble)[None] * reach
    true = np.tanh(p - d) - np.tanh(p)
    derivatives = tanh_derivatives(np.tanh(p.astype(np.float64)))
    series = sum(derivatives[n].astype(np.longdouble) * (-d) ** (n + 1) for n in range(terms))
    first = np.abs(derivatives[0] * d) + np.longdouble(1e-300)
    # What the rounding of tanh to float64 does to its derivatives, and that of long double to a difference.
    slack = 8e-16 * np.abs(d) + 4e-19
    assert (np.abs(series - true) <= rounding * first + slack).all()


def test_many_voxels_need_few_terms_and_few_voxels_none_at_all():
    assert count_terms(1e-3, 2.0**-24) == 3
    assert count_terms(1.0, 2.0**-24) is None
    needed = [count_terms(reach, 2.0**-53) or MAX_TERMS + 1 for reach in np.geomspace(1e-6, 1, 20)]
    assert needed == sorted(needed)


def test_summed_is_the_polynomial():
    draw = torch.Generator().manual_seed(2)
    coefficients = [torch.randn(4, 3, dtype=torch.float64, generator=draw) for _ in range(5)]
    q = torch.randn(3, 7, dtype=torch.float64, generator=draw)
    x = torch.randn(4, 7, dtype=torch.float64, generator=draw)
    expected = sum(c @ q**n * x**n for n, c in enumerate(coefficients, start=1))
    torch.testing.assert_close(sum_series(coefficients, q, x), expected, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(sum_series(coefficients[:1], q, x), coefficients[0] @ q * x)
