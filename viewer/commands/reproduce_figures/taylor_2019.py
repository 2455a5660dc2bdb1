"""Figures 4 to 6 of Taylor 2019: digits with positive and negative contributions to each output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.commands.reproduce_figures.figure_output import FigureResult, load_pyplot, save_figure
from viewer.methods.explain import explain
from viewer.models.loading import load_model
from viewer.models.model import Model
from viewer.models.training.digits import DigitImages, load_digit_images
from viewer.progress import Progress
from viewer.scans.map import Map

Floats = npt.NDArray[np.float32]

DENSE = (7, 2, 0)
"""Digits for the dense network in figure 4."""
CONVOLUTIONAL = (4, 3, 7, 6, 2, 8)
"""Digits for the convolutional network in figure 5, as in the paper."""

TRAINED_WITH = 0
"""Seed of the shipped networks, which determines their test digits."""

RULES: dict[str, object] = {"input": "z-box", "bounds": "given", "low": 0.0, "high": 1.0}
"""Rules: z⁺, and z^B at the pixels, whose range is 0 to 1."""

NOTE = (
    "scikit-learn's digits, enlarged from 8×8 to 20×20 in 28×28, none of them used in training; the paper "
    "uses MNIST. Heatmaps are shown on 0 to 1, anti-heatmaps on −1 to 0, each divided by its largest |value|."
)


@dataclass(frozen=True, eq=False)
class DigitColumn:
    """A digit and two maps of it, with the titles of the three images and of the column (``heading``)."""

    image: Floats
    maps: tuple[Floats, Floats]
    titles: tuple[str, str, str]
    heading: str = ""


def taylor_digits(folder: Path, seed: int, progress: Progress) -> FigureResult:
    """Draw heatmaps and anti-heatmaps of both networks, and of a misclassified digit."""
    _, test_images = load_digit_images(TRAINED_WITH)
    rng = np.random.default_rng(seed)
    numbers: dict[str, Any] = {}
    columns: list[DigitColumn] = []
    for index, (name, digits, above) in enumerate(
        (("digits-dense", DENSE, "dense"), ("digits-convolutional", CONVOLUTIONAL, "convolutional"))
    ):
        progress.step(index, 3, f"explaining the {above} network")
        model = load_model(name)
        outputs = _compute_outputs(model, test_images)
        correct = outputs.argmax(1) == test_images.labels
        numbers[f"{above}: read right"] = f"{int(correct.sum())} of {len(correct)}"
        residuals, correlations = [], []
        for digit_index, digit in enumerate(digits):
            image_index = int(rng.choice(np.flatnonzero(correct & (test_images.labels == digit))))
            heatmap = _explain_digit(model, test_images.images[image_index], "max")
            least_likely = int(outputs[image_index].argmin())
            anti_heatmap = _explain_digit(model, test_images.images[image_index], least_likely)
            residuals += [
                map_.residual.relative for map_ in (heatmap, anti_heatmap) if map_.residual is not None
            ]
            correlations.append(
                float(np.corrcoef(heatmap.data.ravel(), -np.abs(anti_heatmap.data).ravel())[0, 1])
            )
            columns.append(
                DigitColumn(
                    test_images.images[image_index, 0],
                    (_normalise(heatmap), -np.abs(_normalise(anti_heatmap))),
                    (f"{digit}", f"why {digit}", f"why not {least_likely}"),
                    "" if digit_index else f"{above} network",
                )
            )
        numbers[f"{above}: largest residual"] = float(max(residuals))
        numbers[f"{above}: correlation of heatmap and anti-heatmap"] = float(np.mean(correlations))
        numbers[f"{above}: share on the strokes"] = _share_on_strokes(columns[-len(digits) :])
    misread = _explain_misread_digit(model, test_images, outputs)
    numbers["misread"] = misread[1]
    columns.append(misread[0])
    path = folder / "taylor-digits.png"
    progress.step(2.5, 3, "drawing")
    _draw(columns, path)
    return FigureResult((path,), numbers, (NOTE,))


def _explain_misread_digit(
    model: Model, test_images: DigitImages, outputs: npt.NDArray[np.float32]
) -> tuple[DigitColumn, dict[str, int]]:
    """Return figure 6: the digit misclassified by the smallest margin, explained for both classes."""
    predicted = outputs.argmax(1)
    misread = np.flatnonzero(predicted != test_images.labels)
    margins = outputs[misread, predicted[misread]] - outputs[misread, test_images.labels[misread]]
    index = int(misread[margins.argmin()])
    image, truth, prediction = (
        test_images.images[index],
        int(test_images.labels[index]),
        int(predicted[index]),
    )
    maps = (
        _normalise(_explain_digit(model, image, prediction)),
        np.abs(_normalise(_explain_digit(model, image, truth))),
    )
    column = DigitColumn(
        image[0], maps, (f"{truth}, misread", f"why {prediction}", f"why {truth}"), "misread"
    )
    return column, {"is": truth, "read as": prediction}


def _compute_outputs(model: Model, test_images: DigitImages) -> npt.NDArray[np.float32]:
    import torch

    with torch.no_grad():
        return np.asarray(model.logits(torch.from_numpy(test_images.images)).numpy())


def _explain_digit(model: Model, image: Floats, target: str | int) -> Map:
    import torch

    x = torch.from_numpy(image)[None]
    return explain(model, x, "deep-taylor", target=target, device="cpu", **RULES)  # type: ignore[arg-type]


def _normalise(map_: Map) -> Floats:
    """Return a map divided by its largest absolute value."""
    values = map_.data[0, 0]
    return np.asarray(values / max(float(np.abs(values).max()), 1e-12), dtype=np.float32)


def _share_on_strokes(columns: Sequence[DigitColumn]) -> float:
    """Return the mean share of the heatmaps' relevance on pixels brighter than 0.5."""
    shares = [float(column.maps[0][column.image > 0.5].sum() / column.maps[0].sum()) for column in columns]
    return float(np.mean(shares))


def _draw(columns: Sequence[DigitColumn], path: Path) -> None:
    pyplot = load_pyplot()
    rows = 3
    fig, axes = pyplot.subplots(
        rows, len(columns), figsize=(1.15 * len(columns), 4.2), facecolor="white", layout="constrained"
    )
    styles: Sequence[Mapping[str, Any]] = (
        {"cmap": "gray", "vmin": 0, "vmax": 1},
        {"cmap": "afmhot", "vmin": 0, "vmax": 1},
        {"cmap": "bone_r", "vmin": -1, "vmax": 0},
    )
    for index, column in enumerate(columns):
        for row, image in enumerate((column.image, *column.maps)):
            ax = axes[row, index]
            style = styles[1] if row == 2 and image.max() > 0 else styles[row]
            ax.imshow(image, interpolation="nearest", **style)
            ax.set_xticks([])
            ax.set_yticks([])
            ax.set_xlabel(column.titles[row], fontsize=8)
        if column.heading:
            axes[0, index].set_title(column.heading, fontsize=9, loc="left")
    for row, name in enumerate(("digit", "heatmap", "anti-heatmap")):
        axes[row, 0].set_ylabel(name, fontsize=9)
    save_figure(fig, path)
