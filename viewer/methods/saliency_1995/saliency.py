"""The saliency as maps: what becomes of negative values, and how each map was made."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from viewer.enums import enum_member
from viewer.methods.saliency_1995.accuracy import Accuracy, Negative
from viewer.methods.saliency_1995.refits import RefitCheck, check_by_refits
from viewer.methods.saliency_1995.regions import Regions, region_saliency
from viewer.methods.saliency_1995.voxels import voxel_saliency
from viewer.models.training.morch.cost import Array
from viewer.models.training.morch.fit import Fit
from viewer.progress import Progress
from viewer.scans.map import Map
from viewer.scans.masked_matrix import MaskedMatrix
from viewer.scans.provenance import Provenance

NAME = "saliency-1995"
SOURCE = "Mørch et al. 1995, Visualization of neural networks using saliency maps"


@dataclass(frozen=True, eq=False)
class Saliency:
    """What came of it.

    Parameters
    ----------
    maps
        In units of the training cost, on the scans' grid.
    errors
        f of equation (11), of every other accuracy without retraining against the exact one; empty where
        that was not asked for.
    check
        Of the retrained map, by full re-fits.
    """

    maps: dict[Accuracy, Map]
    errors: dict[Accuracy, float]
    check: RefitCheck | None = None


def saliency_maps(
    fit: Fit,
    matrix: MaskedMatrix,
    accuracies: Iterable[Accuracy],
    *,
    negative: Negative = Negative.ZERO,
    regions: Regions | None = None,
    double: bool = False,
    device: str = "cpu",
    refits: int = 32,
    seed: int = 0,
    about: tuple[str, ...] = (),
    progress: Progress | None = None,
) -> Saliency:
    """The map of every accuracy.

    Parameters
    ----------
    fit, matrix
        The network and the scans it was trained on.
    accuracies
        Which maps.
    negative
        What becomes of voxels without which the cost is smaller.
    regions
        Sets of voxels to take away together, instead of single voxels; each shows its value on all of its
        voxels.
    double, device
        As of `voxel_saliency`; regions are always computed in float64 on the CPU.
    refits, seed
        How many voxels of the retrained map are checked by full re-fits (half of them the largest), and what
        draws the others.
    about
        Sentences on the scans that go with every map, such as that they are simulated.
    progress
        Told how far it is.

    Raises
    ------
    MethodError
        The network was trained on other scans, or, with retraining, stands at no true minimum.
    Cancelled
        ``progress`` asked to stop.
    """
    progress = progress or Progress()
    negative = enum_member(Negative, negative)
    asked = {enum_member(Accuracy, accuracy) for accuracy in accuracies}
    wanted = [accuracy for accuracy in Accuracy if accuracy in asked]
    start = time.perf_counter()
    check: RefitCheck | None = None
    if regions is None:
        main = progress.subtask(0.0, 0.5 if Accuracy.RETRAINED in wanted and refits else 1.0, "saliency")
        values = voxel_saliency(fit, matrix, wanted, double=double, device=device, progress=main)
        seconds = time.perf_counter() - start
        if Accuracy.RETRAINED in wanted and refits:
            last = progress.subtask(0.5, 1.0, "re-fits")
            check = check_by_refits(fit, matrix, values[Accuracy.RETRAINED], refits, seed, last)
    else:
        found = region_saliency(fit, matrix, regions, wanted, progress)
        values = {accuracy: regions.spread(value) for accuracy, value in found.items()}
        seconds = time.perf_counter() - start
    errors = _errors(values)
    maps = {}
    for accuracy in wanted:
        told = check if accuracy is Accuracy.RETRAINED else None
        shown = values[accuracy]
        lowered = int((shown < 0).sum())
        if negative is Negative.ZERO:
            shown = np.maximum(shown, 0.0)
        provenance = Provenance(
            method=NAME,
            parameters=_parameters(accuracy, negative, regions, double),
            target="training cost",
            seed=seed if told is not None else None,
            model=describe(fit),
            scan={"scans": matrix.scans, "voxels": matrix.voxels},
            seconds=seconds,
            device="cpu" if regions is not None else device,
            notes=(*about, *_notes(fit, accuracy, negative, lowered, told, errors.get(accuracy))),
        )
        maps[accuracy] = Map(matrix.volume(shown), matrix.grid, f"saliency, {accuracy}", provenance)
    return Saliency(maps, errors, check)


def normalised_error(approximation: Array, exact: Array) -> float:
    """Equation (11): Σ (exact − approximation)² over Σ exact²."""
    return float(np.sum((exact - approximation) ** 2) / np.sum(exact**2))


def _errors(values: Mapping[Accuracy, Array]) -> dict[Accuracy, float]:
    if Accuracy.EXACT not in values:
        return {}
    exact = values[Accuracy.EXACT]
    expansions = (Accuracy.FIRST, Accuracy.SECOND, Accuracy.SECOND_CROSS)
    return {
        accuracy: normalised_error(values[accuracy], exact) for accuracy in expansions if accuracy in values
    }


def describe(fit: Fit) -> Mapping[str, Any]:
    """The network in plain values, for a map's provenance."""
    sizes = fit.objective.sizes
    return {
        "source": SOURCE,
        "activation": str(fit.objective.activation),
        "components": sizes.components,
        "hidden": sizes.hidden,
        "outputs": sizes.outputs,
        "parameters": int(fit.objective.free.sum()),
        "cost": str(fit.objective.cost_name),
        "decay": fit.objective.decay,
        "error": fit.error,
        "gradient": fit.minimum.gradient,
        "smallest curvature": fit.minimum.curvature[0],
    }


def _parameters(
    accuracy: Accuracy, negative: Negative, regions: Regions | None, double: bool
) -> dict[str, Any]:
    values: dict[str, Any] = {"accuracy": str(accuracy), "negative": str(negative), "double": double}
    if regions is not None:
        values |= {"regions": len(regions.names), "double": True}
    return values


def _notes(
    fit: Fit,
    accuracy: Accuracy,
    negative: Negative,
    lowered: int,
    check: RefitCheck | None,
    error: float | None,
) -> tuple[str, ...]:
    notes = []
    if error is not None:
        notes.append(f"Normalised mean squared error against the exact map: {error:.3g}.")
    if accuracy is Accuracy.RETRAINED:
        notes.append(
            f"The cost is the training cost with its weight decay of {fit.objective.decay:g}; without decay "
            "retraining has no definite answer."
        )
    if check is not None:
        notes.append(check.sentence())
    if lowered:
        done = "set to zero" if negative is Negative.ZERO else "kept"
        notes.append(f"{lowered:,} voxels without which the cost is smaller were {done}.")
    return tuple(notes)
