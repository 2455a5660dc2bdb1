"""Shares of a map that each input of a network receives: each image and each covariate."""

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
    covariate_values: Mapping[str, float],
    method: Method,
) -> dict[str, Any]:
    """Return each input's part of a map (N, channels + covariates, ...), as plain values for JSON.

    ``sum`` is the relevance (a list for several samples); ``share`` is Σ|relevance| divided by its total over
    all inputs. Derivatives with respect to a covariate and to a voxel have different units: maps other than
    attributions give covariates no ``share``. For an attribution with covariates but without image names, the
    images have one entry, ``image``.

    Parameters
    ----------
    values
        The map on the network's grid.
    channels
        Names of the images; empty if their relevance was summed, or if there is only one.
    covariates
        Covariates in the map's last channels.
    covariate_values
        Values of the covariates by name in lower case, in their units.
    method
        The method of the map.
    """
    if not channels and not covariates:
        return {}
    count = values.shape[1] - len(covariates)
    per_channel = values.astype(np.float64).reshape(len(values), values.shape[1], -1)
    sums, sizes = per_channel.sum(-1), np.abs(per_channel).sum((0, 2))
    comparable = method.family is Family.ATTRIBUTION
    total = float(sizes.sum() if comparable else sizes[:count].sum())
    entries: dict[str, Any] = {}
    if channels:
        entries["channels"] = {
            name: {
                "sum": _to_plain_value(sums[:, index]),
                "share": float(sizes[index] / total) if total else 0.0,
            }
            for index, name in enumerate(channels)
        }
    elif comparable:
        share = float(sizes[:count].sum() / total) if total else 0.0
        entries["image"] = {"sum": _to_plain_value(sums[:, :count].sum(1)), "share": share}
    for index, covariate in enumerate(covariates, start=count):
        entry: dict[str, Any] = {}
        if covariate.name.casefold() in covariate_values:
            entry["value"] = covariate_values[covariate.name.casefold()]
        if covariate.unit:
            entry["unit"] = covariate.unit
        entry["sum"] = _to_plain_value(sums[:, index])
        if comparable:
            entry["share"] = float(sizes[index] / total) if total else 0.0
        entries.setdefault("covariates", {})[covariate.name] = entry
    return entries


def _to_plain_value(sums: npt.NDArray[np.float64]) -> float | list[float]:
    """Return one number, or one for each of several samples."""
    return float(sums[0]) if len(sums) == 1 else [float(value) for value in sums]
