"""Slow dense twins of the relevance rules, in float64: the flat formulas on an operator's Jacobian.

Nothing of the program is used here. A linear operator y = J x + b is given by its Jacobian J (outputs by
inputs) and its bias b (outputs); relevance R of its outputs is handed down to its inputs exactly as the
papers' sums say. See Montavon et al. 2017 (deep Taylor: w², z⁺, z^B), Bach et al. 2015 (ε, αβ) and
Montavon et al. 2019 (γ).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

TINY = 1e-300


def jacobian(
    operator: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor
) -> tuple[np.ndarray, np.ndarray]:
    """J (outputs by inputs) and b (outputs) of an operator that is affine in one sample ``x``, float64."""
    zero = torch.zeros_like(x, dtype=torch.float64)
    bias = operator(zero).reshape(-1)
    columns = []
    for index in range(x.numel()):
        unit = zero.clone().reshape(-1)
        unit[index] = 1.0
        columns.append(operator(unit.reshape(x.shape)).reshape(-1) - bias)
    return torch.stack(columns, dim=1).detach().numpy(), bias.detach().numpy()


def ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Shares of each input in each output; an output without any share hands nothing down."""
    safe = np.where(np.abs(denominator) > TINY, denominator, 1.0)
    return np.where(np.abs(denominator)[:, None] > TINY, numerator / safe[:, None], 0.0)


def epsilon(x, J, b, R, epsilon=0.0, relative=False, bias=True):
    """R_i = Σ_j x_i w_ij / (z_j + ε sign z_j) R_j; sign 0 counts as 1; relative: ε times the rms of z."""
    z = J @ x + (b if bias else 0.0)
    size = epsilon * np.sqrt(np.mean(z**2)) if relative else epsilon
    return ratio(J * x, z + size * np.where(z < 0, -1.0, 1.0)).T @ R


def gamma(x, J, b, R, gamma=0.25, bias=True):
    """The generalised γ rule: parts that speak for the output's own sign weigh 1 + γ."""
    up = np.maximum
    z = J @ x + b
    b = b if bias else np.zeros_like(b)
    terms = J * x
    favoured = np.where(z[:, None] >= 0, up(terms, 0.0), -up(-terms, 0.0))
    favoured_bias = np.where(z >= 0, up(b, 0.0), -up(-b, 0.0))
    share = terms + gamma * favoured
    return ratio(share, share.sum(1) + b + gamma * favoured_bias).T @ R


def alpha_beta(x, J, b, R, alpha=2.0, beta=1.0, bias=True):
    """R_i = Σ_j (α z_ij⁺ / z_j⁺ − β z_ij⁻ / z_j⁻) R_j, the bias in the parts' sums where it counts."""
    b = b if bias else np.zeros_like(b)
    positive, negative = np.maximum(J * x, 0.0), np.minimum(J * x, 0.0)
    up = ratio(positive, positive.sum(1) + np.maximum(b, 0.0))
    down = ratio(negative, negative.sum(1) + np.minimum(b, 0.0))
    return (alpha * up - beta * down).T @ R


def z_plus(x, J, R):
    """R_i = Σ_j x_i w_ij⁺ / Σ_i' x_i' w_i'j⁺ R_j, for x ≥ 0; no bias. An output whose sum is 0 shares
    alike.
    """
    share = x * np.maximum(J, 0.0)
    stranded = np.where(share.sum(1) == 0, R, 0.0)
    return ratio(share, share.sum(1)).T @ R + flat(J, stranded)


def w_square(J, R):
    """R_i = Σ_j w_ij² / Σ_i' w_i'j² R_j."""
    return ratio(J**2, (J**2).sum(1)).T @ R


def flat(J, R):
    """R_i = Σ_j 1_ij / n_j R_j over the inputs that an output is connected to."""
    connected = (J != 0).astype(np.float64)
    return ratio(connected, connected.sum(1)).T @ R


def z_box(x, J, R, low, high):
    """R_i = Σ_j (x_i w_ij − l_i w_ij⁺ − h_i w_ij⁻) / Σ_i'(...) R_j for l ≤ x ≤ h."""
    share = J * x - np.maximum(J, 0.0) * low - np.minimum(J, 0.0) * high
    return ratio(share, share.sum(1)).T @ R
