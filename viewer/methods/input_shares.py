"""What each input of a network got of a map: each image, and each number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.methods.base import Family, Method
from viewer.models.covariate import Covariate


def describe_inputs(
    values: npt.NDArray[np.float32],
    channels: Sequence[str],
    covariates: Sequence[Covariate],
    given: Mapping[str, float],
    method: Method,
) -> dict[str, Any]:
    """Return what each input got of a map (N, channels + covariates, ...), as plain values for JSON.

    ``sum`` is the relevance, for several samples a list; ``share`` is Σ|relevance| over that of all inputs.
    The slopes of a gradient by a number and by a voxel have different units: there, a covariate has none.
    Beside covariates the images are one entry, ``image``, where they are not told apart.

    Parameters
    ----------
    values
        The map on the network's grid.
    channels
        Names of the images; empty where their relevance was summed, or there is one.
    covariates
        The numbers in the map's last channels.
    given
        Values of the covariates by name in lower case, in their units.
    method
        The method of the map.
    """
    if not channels and not covariates:
        return {}
    count = values.shape[1] - len(covariates)
    flat = values.astype(np.float64).reshape(len(values), values.shape[1], -1)
    sums, sizes = flat.sum(-1), np.abs(flat).sum((0, 2))
    comparable = method.family is Family.ATTRIBUTION
    whole = float(sizes.sum() if comparable else sizes[:count].sum())
    entries: dict[str, Any] = {}
    if channels:
        entries["channels"] = {
            name: {"sum": _plain(sums[:, index]), "share": float(sizes[index] / whole) if whole else 0.0}
            for index, name in enumerate(channels)
        }
    elif comparable:
        share = float(sizes[:count].sum() / whole) if whole else 0.0
        entries["image"] = {"sum": _plain(sums[:, :count].sum(1)), "share": share}
    for index, covariate in enumerate(covariates, start=count):
        told: dict[str, Any] = {}
        if covariate.name.casefold() in given:
            told["value"] = given[covariate.name.casefold()]
        if covariate.unit:
            told["unit"] = covariate.unit
        told["sum"] = _plain(sums[:, index])
        if comparable:
            told["share"] = float(sizes[index] / whole) if whole else 0.0
        entries.setdefault("covariates", {})[covariate.name] = told
    return entries


def _plain(sums: npt.NDArray[np.float64]) -> float | list[float]:
    """Return one number, or one for each of several samples."""
    return float(sums[0]) if len(sums) == 1 else [float(one) for one in sums]
