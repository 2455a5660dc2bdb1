"""First and second order of the saliency, equation (10) of Mørch et al. 1995, as printed and in full."""

from __future__ import annotations

import torch

from viewer.methods.saliency_1995.accuracy import Accuracy
from viewer.methods.saliency_1995.response import Response

Tensor = torch.Tensor


def expansions(response: Response, x: Tensor, wanted: frozenset[Accuracy]) -> dict[Accuracy, Tensor]:
    """Those of the three expansions that are wanted, shape (n,) each, for a block of voxels ``x`` (J, n).

    With g_ji = Σ_k s_jk b_ki the first order is 2/J Σ_j e_j g_ji x_ji and the whole Gauss–Newton second
    1/J Σ_j g_ji² x_ji². The printed one keeps Σ_k s_jk² b_ki² of g_ji², and needs the axes themselves. At a
    minimum with decay λ on all components the first order is 2 λ Σ_a (w_a · b_i)² with b_i of the unit axes,
    and so never negative; with fewer components, or pruned, it can be.
    """
    falls = response.linear_change(x)
    scans = response.scans
    first = torch.zeros_like(x[0])
    for slope, fall in zip(response.slopes, falls, strict=True):
        first -= slope @ fall / scans
    found = {Accuracy.FIRST: first}
    if Accuracy.SECOND_CROSS in wanted:
        found[Accuracy.SECOND_CROSS] = first + response.cost.quadratic(falls).sum(0) / scans
    if Accuracy.SECOND in wanted:
        axes = response.axes @ x
        second = (response.curvature @ (x * x)).mul_(axes.mul_(axes)).sum(0) / scans
        found[Accuracy.SECOND] = first + second
    return {accuracy: found[accuracy] for accuracy in found if accuracy in wanted}
