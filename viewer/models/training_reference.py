"""Reference of a network's training scans, stored in a card so that other scans can be compared with it.

A reference is the mean and standard deviation of a feature vector (quantiles of the intensities, a coarse
image, activations) over the training scans, and a limit for the distance from that mean.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from viewer.models.json_reader import JsonReader

if TYPE_CHECKING:
    import torch

    from viewer.progress import Progress

Doubles = npt.NDArray[np.float64]

ENTRY = "references"
"""Entry of a card's ``training_statistics``."""

MAX_FEATURES = 1 << 14

QUANTILES = (1.0, 5.0, 25.0, 50.0, 75.0, 95.0, 99.0)

IMAGE_CELLS = 10
"""Cells of the coarse image along each axis."""

MAX_SCANS = 64
"""Largest number of training scans that are measured, evenly spaced."""

MAX_SLICES = 8
"""Largest number of slices of a scan that a 2D network is run on for its activations."""

SD_FLOOR = 0.1
"""Smallest standard deviation of a feature, as a fraction of the root mean square over all features: that of
cells that are always empty is 0."""

LIMIT_SD = 3.0
"""Limit of the logarithm of a scan's distance, in standard deviations above the training scans' mean."""


@dataclass(frozen=True, eq=False)
class FeatureReference:
    """Distribution of a vector of features over the training scans.

    Parameters
    ----------
    mean, sd
        Mean and standard deviation of every feature, shape (features,).
    limit
        Distance from the mean that a scan of the same kind rarely exceeds.
    """

    mean: Doubles
    sd: Doubles
    limit: float

    @classmethod
    def fit(cls, rows: Sequence[Sequence[float]] | Doubles) -> FeatureReference:
        """Return the reference of at least three training scans, (scans, features).

        The limit is derived from each scan's distance to the reference of all others: the mean of its
        logarithm plus `LIMIT_SD` standard deviations, but at least the largest distance.
        """
        values = np.asarray(rows, dtype=np.float64)
        count = len(values)
        if count < 3:
            raise ValueError(f"{count} scans give no reference")
        distances = np.array(
            [
                cls._from_values(np.delete(values, index, axis=0), 1.0).distance(row)
                for index, row in enumerate(values)
            ]
        )
        logs = np.log(np.maximum(distances, 1e-9))
        limit = max(float(np.exp(logs.mean() + LIMIT_SD * logs.std(ddof=1))), float(distances.max()))
        return cls._from_values(values, limit)

    @classmethod
    def _from_values(cls, values: Doubles, limit: float) -> FeatureReference:
        """Return mean and standard deviation of scans; the latter has a floor, `SD_FLOOR`."""
        sd = values.std(0, ddof=1)
        floor = SD_FLOOR * float(np.sqrt(np.mean(sd**2)))
        return cls(values.mean(0), np.maximum(sd, max(floor, 1e-9)), limit)

    def distance(self, values: npt.ArrayLike) -> float:
        """Return the root mean square of (x − mean)/sd over the features.

        Raises
        ------
        ValueError
            The number of features differs.
        """
        features = np.asarray(values, dtype=np.float64)
        if features.shape != self.mean.shape:
            raise ValueError(f"{features.size} features, but the training scans have {self.mean.size}")
        return float(np.sqrt(np.mean(((features - self.mean) / self.sd) ** 2)))

    def as_json(self) -> dict[str, Any]:
        """Return plain values; the vectors are strings of numbers, to keep the card short."""
        return {"mean": _to_text(self.mean), "sd": _to_text(self.sd), "limit": float(f"{self.limit:.4g}")}

    @classmethod
    def read(cls, reader: JsonReader) -> FeatureReference:
        """Read an entry of ``references``. Raises ModelError naming what is wrong."""
        mean, sd = (_from_text(reader, name) for name in ("mean", "sd"))
        limit = reader.number("limit")
        if mean.shape != sd.shape or not (sd > 0).all():
            raise reader.error("sd", "is not understood", "it must have a number above 0 for each mean")
        if not limit > 0:
            raise reader.error("limit", f"is {limit:g}", "it must be above 0")
        reader.reject_unknown(("mean", "sd", "limit"))
        return cls(mean, sd, limit)


@dataclass(frozen=True, eq=False)
class TrainingReference:
    """References of a card to the scans that a network was trained on.

    Parameters
    ----------
    intensities, image, outline, activations
        References of `intensity_features`, `coarse_image`, `coarse_outline`, and of the statistics of the
        activations; None if the card has none.
    batch_norms
        Reference of the logarithm of the batch-norm distance, a single feature.
    """

    intensities: FeatureReference | None = None
    image: FeatureReference | None = None
    outline: FeatureReference | None = None
    activations: FeatureReference | None = None
    batch_norms: FeatureReference | None = None

    def as_json(self) -> dict[str, Any]:
        """Return plain values, without unknown entries."""
        return {
            name: reference.as_json()
            for name in REFERENCES
            if (reference := getattr(self, name, None)) is not None
        }


REFERENCES = ("intensities", "image", "outline", "activations", "batch_norms")


def read_training_reference(statistics: Mapping[str, Any], subject: object) -> TrainingReference:
    """Return the references in a card's ``training_statistics``; those that it lacks are None.

    Raises
    ------
    ModelError
        A reference is not valid; ``subject`` names the network in the message.
    """
    reader = JsonReader(statistics, subject, "training_statistics.").nested(ENTRY)
    references = {name: FeatureReference.read(reader.nested(name)) for name in REFERENCES if reader.has(name)}
    return TrainingReference(**references)


def intensity_features(x: torch.Tensor) -> list[float]:
    """Return the fraction of an input (N, C, spatial...) that is not background, and quantiles of its values.

    Channels are pooled.
    """
    background = find_background(x).cpu().numpy()
    values = x.detach().float().cpu().numpy()[~background].astype(np.float64)
    if not values.size:
        return [0.0, *(0.0 for _ in QUANTILES)]
    return [values.size / background.size, *np.percentile(values, QUANTILES).tolist()]


def find_background(x: torch.Tensor) -> torch.Tensor:
    """Return the mask of values equal to the input's first, if it is over 5 %; otherwise an empty mask."""
    background = x == x.reshape(-1)[0]
    if float(background.float().mean()) <= 0.05:
        return background & False
    return background


def coarse_outline(x: torch.Tensor) -> list[float]:
    """Return the fraction of each cell of `coarse_image` that is not background."""
    return coarse_image((~find_background(x)).float())


def coarse_image(x: torch.Tensor) -> list[float]:
    """Return an input as a coarse image: means over the cells of a grid with `IMAGE_CELLS` per side.

    Parameters
    ----------
    x
        (1, C, spatial...), or (slices, C, X, Y), whose slices are the third axis. Channels are averaged.
    """
    from torch.nn import functional

    volume = x.detach().float().cpu().mean(1)
    if len(volume) > 1:
        volume = volume.permute(1, 2, 0)[None]
    i, j, k = (min(IMAGE_CELLS, length) for length in (*volume.shape[1:], 1)[:3])
    if volume.ndim == 4:
        cells = functional.adaptive_avg_pool3d(volume[None], (i, j, k))
    else:
        cells = functional.adaptive_avg_pool2d(volume[None], (i, j))
    means: list[float] = cells.flatten().tolist()
    return means


def select_slices(x: torch.Tensor) -> torch.Tensor:
    """Return the input, or at most `MAX_SLICES` of its slices, evenly spaced."""
    if len(x) <= MAX_SLICES:
        return x
    indices = np.linspace(0, len(x) - 1, MAX_SLICES).round().astype(int)
    return x[indices.tolist()]


def make_training_statistics(
    network: torch.nn.Module, inputs: Sequence[torch.Tensor], progress: Progress | None = None
) -> dict[str, Any]:
    """Measure at most `MAX_SCANS` training scans and return the card's ``training_statistics``.

    Parameters
    ----------
    network
        The network in evaluation mode.
    inputs
        Training scans as network inputs, each (1, C, spatial...) or (slices, C, X, Y). The result is empty
        for fewer than three.
    progress
        Updated for every scan, and checked for cancellation.
    """
    from viewer.models.activation_statistics import activation_statistics

    if len(inputs) < 3:
        return {}
    indices = np.unique(np.linspace(0, len(inputs) - 1, min(len(inputs), MAX_SCANS)).round().astype(int))
    inputs = [inputs[index] for index in indices]
    measurements = []
    for index, x in enumerate(inputs):
        if progress is not None:
            progress.step(index, len(inputs), f"measuring training scan {index + 1} of {len(inputs)}")
        measurements.append(activation_statistics(network, select_slices(x)))
    distances = [measurement.batch_norm_distance for measurement in measurements]
    reference = TrainingReference(
        FeatureReference.fit([intensity_features(x) for x in inputs]),
        FeatureReference.fit([coarse_image(x) for x in inputs]),
        FeatureReference.fit([coarse_outline(x) for x in inputs]),
        FeatureReference.fit([measurement.layer_statistics for measurement in measurements])
        if measurements[0].layer_statistics
        else None,
        FeatureReference.fit([[math.log(distance)] for distance in distances if distance])
        if all(distances)
        else None,
    )
    return {
        "scans": len(inputs),
        "channels": [_channel_statistics(inputs, index) for index in range(inputs[0].shape[1])],
        ENTRY: reference.as_json(),
    }


def _channel_statistics(inputs: Sequence[torch.Tensor], index: int) -> dict[str, Any]:
    """Return mean, standard deviation and quantiles of one channel over all scans."""
    voxels = [x[:, index].detach().float().cpu().numpy().ravel()[::7] for x in inputs]
    values = np.concatenate(voxels).astype(np.float64)
    percentiles = np.percentile(values, QUANTILES)
    quantiles = {
        f"{percent:g}": _round_significant(value)
        for percent, value in zip(QUANTILES, percentiles, strict=True)
    }
    return {
        "mean": _round_significant(values.mean()),
        "sd": _round_significant(values.std()),
        "quantiles": quantiles,
    }


def _round_significant(value: float) -> float:
    return float(f"{value:.5g}")


def _to_text(values: Doubles) -> str:
    return " ".join(f"{value:.3g}" for value in values)


def _from_text(reader: JsonReader, name: str) -> Doubles:
    words = reader.text(name).split()
    try:
        values = np.array([float(word) for word in words])
    except ValueError:
        values = np.empty(0)
    if not 0 < values.size <= MAX_FEATURES or not np.isfinite(values).all():
        raise reader.error(name, "is not understood", f"it must be 1 to {MAX_FEATURES} finite numbers")
    return values
