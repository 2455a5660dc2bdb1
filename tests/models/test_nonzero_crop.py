"""Input as nnU-Net prepares it: against its own package, where installed, and against SciPy in float64."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import numpy.typing as npt
import pytest
from scipy.ndimage import binary_fill_holes, gaussian_filter, map_coordinates, zoom

from tests.models.nnunet_results import CONFIGURATION, DATASET, PLANS
from viewer.errors import ModelError
from viewer.models.input_spec import InputSpec, IntensityScaling, Placement
from viewer.models.model_card import Card
from viewer.models.nnunet_plans import card_from_plans
from viewer.models.preprocessing import make_network_grid, prepare
from viewer.scans.grid import Grid
from viewer.scans.load import load_scan
from viewer.scans.multichannel_scan import make_multichannel_scan
from viewer.scans.scan import Scan

Doubles = npt.NDArray[np.float64]

POINT = np.array([6.0, -9.0, 14.0])
"""Middle of a bright blob in mm."""

AFFINES = {
    "RAS": np.array([[2, 0, 0, -42], [0, 2.2, 0, -50], [0, 0, 2.4, -40], [0, 0, 0, 1.0]]),
    "LAS": np.array([[-2, 0, 0, 40], [0, 2.2, 0, -50], [0, 0, 2.4, -40], [0, 0, 0, 1.0]]),
    "PSL": np.array([[0, 0, -2.4, 42], [-2, 0, 0, 40], [0, 2.2, 0, -40], [0, 0, 0, 1.0]]),
    "oblique": np.array(
        [[1.9, 0.3, -0.2, -37], [-0.35, 2.1, 0.3, -45], [0.3, -0.35, 2.3, -35], [0, 0, 0, 1.0]]
    ),
    "thick slices": np.array([[1, 0, 0, -20], [0, 1.1, 0, -28], [0, 0, 6, -38], [0, 0, 0, 1.0]]),
}
SHAPES = {"thick slices": (41, 37, 15)}


def _image(kind: str, folder: Path, seed: int = 0) -> Path:
    """Write an image with a blob, structure around it, zeros at its borders and a hole of zeros."""
    affine, shape = AFFINES[kind], SHAPES.get(kind, (43, 39, 37))
    places = (
        np.stack(np.meshgrid(*(np.arange(n) for n in shape), indexing="ij"), -1) @ affine[:3, :3].T
        + affine[:3, 3]
    )
    noise = gaussian_filter(np.random.default_rng(seed).normal(size=shape), 1.0)
    values = 100 + 40 * noise + 300 * np.exp(-((places - POINT) ** 2).sum(-1) / (2 * 5.0**2))
    outside = np.ones(shape, dtype=bool)
    outside[3:-4, 2:-3, 1:-2] = False
    values[outside] = 0
    i, j, k = (size // 3 for size in shape)
    values[i : i + 3, j : j + 3, k : k + 3] = 0
    path = folder / f"{kind}-{seed}.nii.gz"
    nib.save(nib.Nifti1Image(values.astype(np.float32), affine), path)
    return path


CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "z-score": ({}, {}),
    "z-score in the mask": ({"use_mask_for_norm": [True]}, {}),
    "CT": ({"normalization_schemes": ["CTNormalization"]}, {}),
    "none": ({"normalization_schemes": ["NoNormalization"]}, {}),
    "0 to 1": ({"normalization_schemes": ["RescaleTo01Normalization"]}, {}),
    "turned axes": ({"spacing": [2.0, 3.0, 2.5]}, {"transpose_forward": [2, 0, 1]}),
    "target of thick slices": ({"spacing": [7.0, 1.9, 2.0]}, {}),
    "linear, all axes": (
        {"resampling_fn_data_kwargs": {"is_seg": False, "order": 1, "order_z": 0, "force_separate_z": False}},
        {},
    ),
}


def _plans(case: str) -> dict[str, Any]:
    entries, outer = CASES[case]
    return deepcopy(PLANS | outer | {"configurations": {"3d_fullres": CONFIGURATION | entries}})


def _card(case: str, channels: int = 1) -> Card:
    plans = _plans(case)
    configuration = plans["configurations"]["3d_fullres"]
    configuration["normalization_schemes"] *= channels
    configuration["use_mask_for_norm"] *= channels
    names = {str(index): f"image{index}" for index in range(channels)}
    card, _ = card_from_plans(plans, DATASET | {"channel_names": names}, "3d_fullres", Path("folder"))
    return card


def _stored(path: Path) -> tuple[Doubles, list[float]]:
    """Return the voxels in nnU-Net's order, slowest axis first, and their spacing."""
    image = nib.load(path)
    zooms = np.linalg.norm(image.affine[:3, :3], axis=0)  # type: ignore[attr-defined]
    return image.get_fdata().transpose(2, 1, 0), zooms[::-1].tolist()  # type: ignore[attr-defined]


def _twin(paths: list[Path], case: str) -> Doubles:
    """Prepare images with NumPy and SciPy, as nnU-Net's paper says."""
    plans = _plans(case)
    configuration, order = plans["configurations"]["3d_fullres"], plans["transpose_forward"]
    stored = [_stored(path) for path in paths]
    data = np.stack([values.transpose(order) for values, _ in stored])
    spacing = np.array(stored[0][1])[order]
    mask = binary_fill_holes((data != 0).any(0))
    box = tuple(slice(one.min(), one.max() + 1) for one in np.nonzero(mask))
    data, mask = data[(slice(None), *box)], mask[box]
    wanted = np.array(configuration["spacing"])
    shape = tuple(round(a / b * n) for a, b, n in zip(spacing, wanted, mask.shape, strict=True))
    options = configuration["resampling_fn_data_kwargs"]
    thick = next((steps for steps in (spacing, wanted) if max(steps) / min(steps) > 3), None)
    axis = None if thick is None or options["force_separate_z"] is False else int(np.argmax(thick))
    scheme, inside = configuration["normalization_schemes"][0], configuration["use_mask_for_norm"][0]
    found = []
    for values in data:
        if scheme == "CTNormalization":
            values = (np.clip(values, -10, 90) - 40) / 20
        elif scheme == "RescaleTo01Normalization":
            values = (values - values.min()) / np.ptp(values)
        elif scheme == "ZScoreNormalization":
            seen = values[mask] if inside else values
            values = (values - seen.mean()) / seen.std()
            if inside:
                values[~mask] = 0
        found.append(_resize(values, shape, axis, options["order"]))
    return np.stack(found)


def _resize(values: Doubles, shape: tuple[int, ...], axis: int | None, order: int) -> Doubles:
    if axis is None:
        return _zoom(values, shape, order)
    layers = np.moveaxis(values, axis, 0)
    plane = tuple(size for number, size in enumerate(shape) if number != axis)
    layers = np.stack([_zoom(layer, plane, order) for layer in layers])
    across, *along = np.meshgrid(*(np.arange(size) for size in (shape[axis], *plane)), indexing="ij")
    across = len(layers) / shape[axis] * (across + 0.5) - 0.5
    nearest = map_coordinates(layers, np.array([across, *along]), order=0, mode="nearest")
    return np.moveaxis(nearest, 0, axis)


def _zoom(values: Doubles, shape: tuple[int, ...], order: int) -> Doubles:
    factors = [new / old for new, old in zip(shape, values.shape, strict=True)]
    found = zoom(values, factors, order=order, mode="nearest", grid_mode=True)
    assert found.shape == shape
    return np.clip(found, values.min(), values.max())


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", ["oblique", "thick slices"])
def test_it_equals_a_twin_in_float64(tmp_path: Path, kind: str, case: str) -> None:
    path = _image(kind, tmp_path)
    expected = _twin([path], case)
    found = prepare(load_scan(path), _card(case)).tensor[0].numpy()
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= 1e-5 * np.abs(expected).max()


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", AFFINES)
def test_it_equals_nnunets_own_preprocessing(tmp_path: Path, kind: str, case: str) -> None:
    pytest.importorskip("nnunetv2")
    preprocessors = pytest.importorskip("nnunetv2.preprocessing.preprocessors.default_preprocessor")
    handling = pytest.importorskip("nnunetv2.utilities.plans_handling.plans_handler")
    path = _image(kind, tmp_path)
    values, spacing = _stored(path)
    plans = handling.PlansManager(_plans(case))
    configuration = plans.get_configuration("3d_fullres")
    expected, _, _ = preprocessors.DefaultPreprocessor(verbose=False).run_case_npy(
        values[None], None, {"spacing": spacing}, plans, configuration, DATASET
    )
    found = prepare(load_scan(path), _card(case)).tensor[0].numpy()
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= 1e-5 * np.abs(expected).max()


def test_the_mask_of_several_images_is_that_of_all(tmp_path: Path) -> None:
    first, second = _image("LAS", tmp_path), _image("LAS", tmp_path, seed=1)
    image = nib.load(second)
    values = image.get_fdata()  # type: ignore[attr-defined]
    values[:, :, :12] = 0
    nib.save(nib.Nifti1Image(values.astype(np.float32), image.affine), second)  # type: ignore[attr-defined]
    scan = load_scan({"image0": first, "image1": second})
    found = prepare(scan, _card("z-score in the mask", 2)).tensor[0].numpy()
    expected = _twin([first, second], "z-score in the mask")
    assert np.abs(found - expected).max() <= 1e-5 * np.abs(expected).max()


def test_an_image_on_another_grid_is_brought_to_the_first_one(tmp_path: Path) -> None:
    first, second = load_scan(_image("LAS", tmp_path)), load_scan(_image("oblique", tmp_path))
    scan = make_multichannel_scan({"image0": first, "image1": second})
    found = prepare(scan, _card("z-score", 2))
    for index in range(2):
        assert np.abs(_middle(found.tensor[0, index].numpy(), found.grid) - POINT).max() < 1.5


def _middle(values: npt.NDArray[np.float32], grid: Grid) -> Doubles:
    """The middle of the blob in mm: the centre of mass of the brightest voxels."""
    weights = np.clip(values - 0.6 * values.max(), 0, None).astype(np.float64)
    voxels = np.stack(np.meshgrid(*(np.arange(n) for n in grid.shape), indexing="ij"), -1)
    return (grid.to_world(voxels) * weights[..., None]).sum((0, 1, 2)) / weights.sum()


@pytest.mark.parametrize("case", ["z-score", "turned axes"])
@pytest.mark.parametrize("kind", AFFINES)
def test_a_point_stays_where_it_is_in_mm_and_comes_back(tmp_path: Path, kind: str, case: str) -> None:
    scan = load_scan(_image(kind, tmp_path))
    prepared = prepare(scan, _card(case))
    assert prepared.grid.same_as(make_network_grid(_spec(case), scan))
    tolerance = 1.0 if kind == "thick slices" else 0.6
    values = prepared.tensor[0, 0].numpy()
    assert np.abs(_middle(values, prepared.grid) - POINT).max() < tolerance
    back = prepared.resample_to_scan(values, scan)
    assert np.abs(_middle(back, scan.grid) - POINT).max() < tolerance


def _spec(case: str) -> InputSpec:
    spec = _card(case).input
    assert spec is not None
    return spec


def test_axes_follow_the_file_and_not_the_world(tmp_path: Path) -> None:
    for kind, codes in (("RAS", "SAR"), ("LAS", "SAL"), ("PSL", "LSP")):
        assert "".join(prepare(load_scan(_image(kind, tmp_path)), _card("z-score")).grid.axcodes) == codes


def test_a_scan_of_zeros_and_one_of_a_single_voxel(tmp_path: Path) -> None:
    data = np.zeros((9, 8, 7), dtype=np.float32)
    grid = Grid((9, 8, 7), np.eye(4))
    with pytest.raises(ModelError, match="nothing: is zero everywhere"):
        prepare(Scan(data, grid, "nothing"), _card("none"))
    data[2, 3, 4] = 5
    found = prepare(Scan(data, grid, "dot"), _card("none"))
    assert found.tensor.flatten().tolist() == [5]


def test_a_card_says_it_in_json() -> None:
    entries = {
        "name": "n",
        "classes": ["a", "b"],
        "kind": "segmentation",
        "input": {
            "placement": "nonzero",
            "axes": "KJI",
            "spacing": [1, 1, 1],
            "window": [8, 8, 8],
            "interpolation": "cubic",
            "between_slices": "nearest",
            "intensity": {"scaling": "z-score", "over": "nonzero", "background": "kept"},
        },
    }
    from viewer.models.model_card import card_from_json

    card = card_from_json(entries, "card")
    assert card.as_json() == entries
    assert card.input is not None
    assert card.input.placement is Placement.NONZERO
    assert card.input.intensity.scaling is IntensityScaling.Z_SCORE
    for change, line in (
        ({"axes": "KKI"}, "it must be three letters such as RAS, LPS, SRA or KJI"),
        ({"interpolation": "fifth"}, "linear, nearest, cubic"),
        ({"shape": [8, 8, 8]}, "'input.shape' is not known here"),
    ):
        with pytest.raises(ModelError, match=line):
            card_from_json(entries | {"input": entries["input"] | change}, "card")  # type: ignore[operator]
