"""The one resampling, against SciPy, PyTorch's own in the plane, and the kernel's equations in float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import affine_transform

from viewer.methods.feature_visualization.affine_resampling import resample_affine, wrap_pad
from viewer.methods.feature_visualization.transforms import ImageTransform, rotation

SHAPES = [(11, 13), (9, 8, 10)]


def image_of(shape, channels=1):
    draw = np.random.default_rng(0)
    return torch.from_numpy(draw.standard_normal((1, channels, *shape)))


def turned(rank, angle=0.3):
    return rotation(angle, np.array([1.0, -2.0, 0.5]), rank) @ np.diag([0.9, 1.1, 0.8][:rank])


@pytest.mark.parametrize("shape", SHAPES, ids=["2d", "3d"])
@pytest.mark.parametrize(("name", "order"), [("linear", 1), ("nearest", 0)])
@pytest.mark.parametrize("outside", ["reflection", "wrap"])
def test_as_scipy(shape, name, order, outside):
    image = image_of(shape)
    matrix = turned(len(shape))
    shift = np.array([0.3, 1.7, -2.2][: len(shape)])
    mode = {"reflection": "reflect", "wrap": "grid-wrap"}[outside]
    wanted = affine_transform(image[0, 0].numpy(), matrix, shift, output_shape=shape, order=order, mode=mode)
    found = resample_affine(image, matrix, shift, shape, name, outside)[0, 0].numpy()
    if name == "linear":
        assert np.abs(found - wanted).max() < 1e-12
    else:
        # Places halfway between two voxels may go either way.
        assert (np.abs(found - wanted) < 1e-12).mean() > 0.999


def keys(d):
    d, a = abs(d), -0.75
    if d <= 1:
        return (a + 2) * d**3 - (a + 3) * d**2 + 1
    return a * d**3 - 5 * a * d**2 + 8 * a * d - 4 * a if d < 2 else 0.0


@pytest.mark.parametrize("shape", [(6, 7), (5, 6, 4)], ids=["2d", "3d"])
def test_cubic_as_the_kernel_says(shape):
    image = image_of(shape)[0, 0].numpy()
    rank = len(shape)
    matrix, shift = turned(rank), np.array([0.8, -0.6, 0.9][:rank])
    wanted = np.zeros(shape)
    for o in np.ndindex(*shape):
        place = matrix @ np.array(o) + shift
        base = np.floor(place).astype(int)
        for tap in np.ndindex(*(4,) * rank):
            at = base + np.array(tap) - 1
            weight = np.prod([keys(p - q) for p, q in zip(place, at, strict=True)])
            inside = tuple(
                int(min(q % (2 * n), 2 * n - 1 - q % (2 * n))) for q, n in zip(at, shape, strict=True)
            )
            wanted[o] += weight * image[inside]
    found = resample_affine(torch.from_numpy(image)[None, None], matrix, shift, shape, "cubic", "reflection")
    inside = tuple(slice(2, -2) for _ in shape) if rank == 2 else ()
    # PyTorch folds a place outside before it weighs, and so differs in the plane's outermost voxels.
    assert np.abs(found[0, 0].numpy()[inside] - wanted[inside]).max() < 1e-12


def test_cubic_in_space_is_pytorchs_in_every_plane():
    plane, matrix, shift = image_of((9, 10)), turned(2), np.array([0.4, 0.2])
    volume = plane[..., None].repeat(1, 1, 1, 1, 5)
    lifted = np.eye(3)
    lifted[:2, :2] = matrix
    flat = resample_affine(plane, matrix, shift, (9, 10), "cubic", "zeros")
    solid = resample_affine(volume, lifted, np.array([*shift, 0.0]), (9, 10, 5), "cubic", "zeros")
    assert (solid - flat[..., None]).abs().max() < 1e-12


@pytest.mark.parametrize("name", ["linear", "cubic", "nearest"])
@pytest.mark.parametrize("shape", [(6, 7), (5, 4, 6)], ids=["2d", "3d"])
def test_its_transpose_is_its_gradient(name, shape):
    rank = len(shape)
    matrix, shift = turned(rank), np.array([0.31, 0.72, -0.47][:rank])

    def of(image):
        return resample_affine(image, matrix, shift, shape, name, "wrap")

    x, g = image_of(shape).requires_grad_(True), image_of(shape, 1) * 2
    (back,) = torch.autograd.grad(of(x), x, g)
    step = torch.randn_like(x)
    assert torch.isclose((of(x + step) - of(x)).mul(g).sum(), (back * step).sum(), rtol=1e-10)


def test_repetition():
    image = torch.arange(3.0).reshape(1, 1, 3)
    assert wrap_pad(image, [4], [2])[0, 0].tolist() == [2, 0, 1, 2, 0, 1, 2, 0, 1]


def test_whole_voxels_are_not_interpolated():
    image = image_of((6, 8)).float()
    view = ImageTransform(np.eye(2), np.array([2.0, -1.0]), 1.0)
    seen = view.apply(image, (0, 0), (3, 2), "linear", "wrap")
    wanted = np.pad(np.roll(image[0, 0].numpy(), (-2, 1), (0, 1)), ((0, 3), (0, 2)), mode="wrap")
    assert (seen[0, 0].numpy() == wanted).all()
    # The same through the resampling, which is told a matrix that is not a whole number of voxels away.
    near = ImageTransform(np.eye(2) * (1 + 1e-12), np.array([2.0, -1.0]), 1.0)
    assert np.abs(near.apply(image, (0, 0), (3, 2), "linear", "wrap")[0, 0].numpy() - wanted).max() < 1e-5
