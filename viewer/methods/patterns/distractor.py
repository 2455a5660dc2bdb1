"""How much of a neuron's output can still be read from what an estimator leaves of its input.

With S(x) = a₊ wᵀx where the neuron fires and a₋ wᵀx elsewhere, the rest is d = x − a₊ y₊ − a₋ y₋, y₊ and y₋
being wᵀx in one regime and 0 in the other. All that is asked of d are its covariances, and these follow from
those of x, y₊ and y₋: one pass over the scans is enough for every estimator and every neuron, and the
covariance of d differs from that of x, which neurons share, by a matrix of rank four.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from viewer.methods.patterns.layer import Layer, Tensor

STILL = 1e-9
"""Below this share of the largest, d counts as not varying along a direction: float64's rounding."""


@dataclass(eq=False)
class Moments:
    """Sums over patches x and both regimes' answers z = (y₊, y₋), minus the means of the first patches.

    float64; (groups, ...) with the patch flat.
    """

    x_mean: Tensor
    z_mean: Tensor
    n: int
    x: Tensor
    xx: Tensor
    z: Tensor
    zx: Tensor
    zz: Tensor

    @property
    def sampling_noise(self) -> float:
        """Inputs over patches: the share of the mean variance by which a sample's covariance is uncertain."""
        return self.x.shape[1] / max(self.n, 1)

    @classmethod
    def empty(cls, x: Tensor, z: Tensor) -> Moments:
        """Nothing summed yet; x is (places, groups, inputs), z (places, groups, neurons, 2)."""
        groups, inputs, count = x.shape[1], x.shape[2], z.shape[2]
        zeros = x.new_zeros
        return cls(
            x_mean=x.mean(0),
            z_mean=z.mean(0),
            n=0,
            x=zeros(groups, inputs),
            xx=zeros(groups, inputs, inputs),
            z=zeros(groups, count, 2),
            zx=zeros(groups, count, 2, inputs),
            zz=zeros(groups, count, 2, 2),
        )

    def add(self, x: Tensor, z: Tensor) -> None:
        """Take in some places."""
        x, z = (x - self.x_mean).movedim(1, 0), (z - self.z_mean).movedim(1, 0)
        self.n += x.shape[1]
        self.x += x.sum(1)
        self.xx += x.mT @ x
        self.z += z.sum(1)
        self.zx += (z.flatten(2).mT @ x).reshape(self.zx.shape)
        self.zz += torch.einsum("gmki,gmkj->gkij", z, z)

    def covariances(self) -> tuple[Tensor, Tensor, Tensor]:
        """Of x with x (groups, inputs, inputs), z with x, and z with z."""
        x, z = self.x / self.n, self.z / self.n
        return (
            self.xx / self.n - x[:, :, None] * x[:, None],
            self.zx / self.n - z[..., None] * x[:, None, None],
            self.zz / self.n - z[..., None] * z[..., None, :],
        )


def regimes(layer: Layer, patches: Tensor) -> Tensor:
    """Both parts y₊ and y₋ of wᵀx, the regime being that of wᵀx + b: (places, groups, neurons, 2)."""
    y = torch.einsum("mgd,gkd->mgk", patches, layer.weight.flatten(2))
    on = y + layer.bias > 0
    return torch.stack((torch.where(on, y, 0.0), torch.where(on, 0.0, y)), -1)


def correlations(
    learned: Moments, held_out: Moments, positive: Tensor, negative: Tensor, ridge: float
) -> Tensor:
    """max_v corr(y, vᵀd) of every neuron: v by least squares on one half, the correlation on the other.

    Parameters
    ----------
    learned, held_out
        Moments of two sets of scans, neither of them those of the patterns.
    positive, negative
        a₊ and a₋, (groups, neurons of a group, inputs), float64.
    ridge
        What is added to the variance of every input while v is fitted, as a share of their mean. Without it
        v would read y from directions in which the inputs hardly vary at all.

    Returns
    -------
    (groups, neurons of a group); NaN for a neuron that does not vary.
    """
    v = _least_squares(learned, positive, negative, ridge)
    xx, zx, zz = held_out.covariances()
    both = torch.stack((positive, negative), 2)
    with_y = _with_y(zx, zz, both)
    along = (both * v[:, :, None]).sum(-1)
    read = (zx * v[:, :, None]).sum(-1)
    spread = ((v @ xx) * v).sum(-1) - 2 * (along * read).sum(-1)
    spread = spread + torch.einsum("gki,gkij,gkj->gk", along, zz, along)
    y = zz.sum((-1, -2))
    found = (v * with_y).sum(-1) / (spread.clamp(min=0) * y).sqrt()
    # −v is as good a reader as v: what is read with the other sign on held-out scans is read all the same.
    found = torch.where(spread > 0, found.abs(), 0.0)
    return torch.where(y > 0, found, torch.nan)


def _with_y(zx: Tensor, zz: Tensor, both: Tensor) -> Tensor:
    """cov(d, y), y = y₊ + y₋."""
    return zx.sum(2) - (zz.sum(-1)[..., None] * both).sum(2)


def _least_squares(moments: Moments, positive: Tensor, negative: Tensor, ridge: float) -> Tensor:
    """Give v = cov(d)⁻¹ cov(d, y), from the factor of cov(x) alone.

    Where x is made white, the covariance of d differs from the identity in four directions of a neuron's own,
    and is inverted there; directions along which d does not vary, as along w, are left out of v.
    """
    xx, zx, zz = moments.covariances()
    both = torch.stack((positive, negative), 2)
    groups, count, _, inputs = both.shape
    level = xx.diagonal(dim1=1, dim2=2).mean(1).clamp(min=torch.finfo(xx.dtype).tiny)
    added = torch.eye(inputs, dtype=xx.dtype) * (ridge * level)[:, None, None]
    factor = torch.linalg.cholesky(xx + added)
    # cov(d) = cov(x) + Uᵀ S U with the rows of U being a₊, a₋, cov(y₊, x), cov(y₋, x).
    U = torch.cat((both, zx), 2)
    eye = torch.eye(2, dtype=xx.dtype).expand(groups, count, 2, 2)
    S = torch.cat((torch.cat((zz, -eye), -1), torch.cat((-eye, torch.zeros_like(eye)), -1)), -2)
    sides = torch.cat((_with_y(zx, zz, both)[:, :, None], U), 2).reshape(groups, -1, inputs)
    white = torch.linalg.solve_triangular(factor, sides.mT, upper=False).mT
    white = white.reshape(groups, count, 5, inputs)
    plain, bent = white[:, :, 0], white[:, :, 1:]
    Q, R = torch.linalg.qr(bent.mT)
    own = R @ S @ R.mT
    sizes, axes = torch.linalg.eigh((own + own.mT) / 2)
    varies = 1 + sizes > STILL * sizes.abs().amax(-1, keepdim=True).clamp(min=1)
    inverse = torch.where(varies, 1 / torch.where(varies, 1 + sizes, 1.0), 0.0)
    # Outside the four directions v is as it stands; inside them, by the inverse.
    directions = Q @ axes
    parts = (directions.mT @ plain[..., None])[..., 0]
    bowed = plain + (directions @ (parts * (inverse - 1))[..., None])[..., 0]
    v: Tensor = torch.linalg.solve_triangular(factor.mT, bowed.mT, upper=True).mT
    return v
