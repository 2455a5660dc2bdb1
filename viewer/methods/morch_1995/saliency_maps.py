"""Saliency maps: treatment of negative values, provenance, and a check by refitting."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.enums import enum_member
from viewer.methods.morch_1995.approximation import Approximation, NegativeValues
from viewer.methods.morch_1995.region_saliency import VoxelSets, compute_region_saliency, compute_set_saliency
from viewer.methods.morch_1995.voxel_saliency import compute_voxel_saliency
from viewer.models.training.morch.cost import Array
from viewer.models.training.morch.fit import Fit
from viewer.number_format import format_count
from viewer.progress import Progress
from viewer.scans.map import Map
from viewer.scans.masked_matrix import MaskedMatrix
from viewer.scans.provenance import Provenance


@dataclass(frozen=True, eq=False)
class RefitCheck:
    """Comparison of the retrained map with fully retrained networks.

    Parameters
    ----------
    voxels
        Indices of the checked voxels: the ``largest_count`` ones of the map first, then randomly drawn ones.
    map_values, refit_values
        Values by the map and by retraining, shape (voxels,).
    largest_count
        Number of ``voxels`` that are the largest of the map by absolute value. The Newton step is least
        accurate there, and a random sample of a million voxels rarely contains one of them.
    """

    voxels: npt.NDArray[np.int64]
    map_values: Array
    refit_values: Array
    largest_count: int = 0

    @property
    def correlation(self) -> float:
        """Pearson correlation over all checked voxels; nan if either is constant."""
        if np.ptp(self.map_values) == 0 or np.ptp(self.refit_values) == 0:
            return float("nan")
        return float(np.corrcoef(self.map_values, self.refit_values)[0, 1])

    @property
    def relative_error(self) -> float:
        """Norm ‖map − refits‖ over ‖refits‖ of the voxels drawn at random; nan if there are none."""
        return _relative_error(self.map_values[self.largest_count :], self.refit_values[self.largest_count :])

    @property
    def relative_error_of_largest(self) -> float:
        """Norm ‖map − refits‖ over ‖refits‖ of the largest voxels; nan if there are none."""
        return _relative_error(self.map_values[: self.largest_count], self.refit_values[: self.largest_count])

    def sentence(self) -> str:
        """Return the errors as a sentence."""
        count = len(self.voxels) - self.largest_count
        return (
            f"Against full re-fits: relative error {self.relative_error_of_largest:.2e} over the "
            f"{self.largest_count} largest voxels, {self.relative_error:.2e} over {count} drawn at random; "
            f"correlation {self.correlation:.6f}."
        )


def check_by_refits(
    fit: Fit,
    matrix: MaskedMatrix,
    retrained: Array,
    sample_size: int = 32,
    seed: int = 0,
    progress: Progress | None = None,
) -> RefitCheck:
    """Retrain the network without each of ``sample_size`` voxels, and compare.

    Half of the sample, rounded up, are the largest voxels of the map; the rest is drawn at random from the
    others. ``retrained`` is the map, shape (I,), with its negative values.

    Raises
    ------
    Cancelled
        Cancelled through ``progress``.
    """
    progress = progress or Progress()
    sample_size = min(sample_size, matrix.voxel_count)
    largest = (sample_size + 1) // 2
    order = np.argsort(-np.abs(retrained), kind="stable")
    generator = np.random.default_rng(seed)
    sampled = np.sort(generator.choice(order[largest:], sample_size - largest, replace=False))
    voxels = np.concatenate((order[:largest], sampled))
    refitted = np.empty(len(voxels))
    requested = frozenset({Approximation.RETRAINED})
    for index, voxel in enumerate(voxels):
        progress.step(index, len(voxels), "re-fits")
        x = np.asarray(matrix.values[:, voxel], dtype=np.float64)
        fall = np.outer(x, x @ fit.components.P)
        refitted[index] = compute_set_saliency(fit, fall, requested)[Approximation.RETRAINED]
    progress.step(1, 1, "re-fits")
    return RefitCheck(voxels, np.asarray(retrained[voxels]), refitted, largest)


def _relative_error(map_values: Array, refit_values: Array) -> float:
    if not len(refit_values):
        return float("nan")
    norm = float(np.linalg.norm(refit_values))
    return float(np.linalg.norm(map_values - refit_values)) / norm if norm else float("inf")


METHOD_NAME = "saliency-1995"
SOURCE = "Mørch et al. 1995, Visualization of neural networks using saliency maps"


@dataclass(frozen=True, eq=False)
class SaliencyMaps:
    """Maps, their errors, and the check by refits.

    Parameters
    ----------
    maps
        Maps in units of the training cost, on the scans' grid.
    errors
        f of equation (11) of every accuracy without retraining against the exact one; empty if the exact one
        was not requested.
    refit_check
        Check of the retrained map by full re-fits.
    """

    maps: dict[Approximation, Map]
    errors: dict[Approximation, float]
    refit_check: RefitCheck | None = None


def compute_saliency_maps(
    fit: Fit,
    matrix: MaskedMatrix,
    approximations: Iterable[Approximation],
    *,
    negative: NegativeValues = NegativeValues.ZERO,
    regions: VoxelSets | None = None,
    double: bool = False,
    device: str = "cpu",
    refits: int = 32,
    seed: int = 0,
    scan_notes: tuple[str, ...] = (),
    progress: Progress | None = None,
) -> SaliencyMaps:
    """Compute the map of every requested approximation.

    Parameters
    ----------
    fit, matrix
        The network and the scans it was trained on.
    approximations
        Maps to compute.
    negative
        Treatment of voxels whose removal lowers the cost.
    regions
        Sets of voxels to remove together, instead of single voxels; all voxels of a set get its value.
    double, device
        As for `compute_voxel_saliency`; regions are always computed in float64 on the CPU.
    refits, seed
        Number of voxels of the retrained map that are checked by full re-fits (half of them the largest), and
        the seed for drawing the others.
    scan_notes
        Notes on the scans for every map, such as that they are simulated.
    progress
        Updated as the computation proceeds.

    Raises
    ------
    MethodError
        The network was trained on other scans, or, with retraining, is not at a true minimum.
    Cancelled
        Cancelled through ``progress``.
    """
    progress = progress or Progress()
    negative = enum_member(NegativeValues, negative)
    requested = {enum_member(Approximation, approximation) for approximation in approximations}
    ordered = [approximation for approximation in Approximation if approximation in requested]
    start_time = time.perf_counter()
    check: RefitCheck | None = None
    if regions is None:
        saliency_progress = progress.subtask(
            0.0, 0.5 if Approximation.RETRAINED in ordered and refits else 1.0, "saliency"
        )
        values = compute_voxel_saliency(
            fit, matrix, ordered, double=double, device=device, progress=saliency_progress
        )
        seconds = time.perf_counter() - start_time
        if Approximation.RETRAINED in ordered and refits:
            refit_progress = progress.subtask(0.5, 1.0, "re-fits")
            check = check_by_refits(
                fit, matrix, values[Approximation.RETRAINED], refits, seed, refit_progress
            )
    else:
        by_region = compute_region_saliency(fit, matrix, regions, ordered, progress)
        values = {approximation: regions.to_voxels(value) for approximation, value in by_region.items()}
        seconds = time.perf_counter() - start_time
    errors = _errors(values)
    maps = {}
    for approximation in ordered:
        map_check = check if approximation is Approximation.RETRAINED else None
        map_values = values[approximation]
        lowered = int((map_values < 0).sum())
        if negative is NegativeValues.ZERO:
            map_values = np.maximum(map_values, 0.0)
        provenance = Provenance(
            method=METHOD_NAME,
            parameters=_parameters(approximation, negative, regions, double),
            target="training cost",
            seed=seed if map_check is not None else None,
            model=describe_network(fit),
            scan={"scans": matrix.scan_count, "voxels": matrix.voxel_count},
            seconds=seconds,
            device="cpu" if regions is not None else device,
            notes=(
                *scan_notes,
                *_notes(fit, approximation, negative, lowered, map_check, errors.get(approximation)),
            ),
        )
        maps[approximation] = Map(
            matrix.to_volume(map_values), matrix.grid, f"saliency, {approximation}", provenance
        )
    return SaliencyMaps(maps, errors, check)


def normalised_error(approximation: Array, exact: Array) -> float:
    """Compute equation (11): Σ (exact − approximation)² over Σ exact²."""
    return float(np.sum((exact - approximation) ** 2) / np.sum(exact**2))


def _errors(values: Mapping[Approximation, Array]) -> dict[Approximation, float]:
    if Approximation.EXACT not in values:
        return {}
    exact = values[Approximation.EXACT]
    expansions = (Approximation.FIRST, Approximation.SECOND, Approximation.SECOND_CROSS)
    return {
        approximation: normalised_error(values[approximation], exact)
        for approximation in expansions
        if approximation in values
    }


def describe_network(fit: Fit) -> Mapping[str, Any]:
    """Return the network in plain values, for a map's provenance."""
    sizes = fit.objective.sizes
    return {
        "source": SOURCE,
        "activation": str(fit.objective.activation),
        "components": sizes.components,
        "hidden": sizes.hidden,
        "outputs": sizes.outputs,
        "parameters": int(fit.objective.trainable.sum()),
        "cost": str(fit.objective.cost_name),
        "decay": fit.objective.decay,
        "error": fit.error,
        "gradient": fit.minimum.max_gradient,
        "smallest curvature": fit.minimum.eigenvalue_range[0],
    }


def _parameters(
    approximation: Approximation, negative: NegativeValues, regions: VoxelSets | None, double: bool
) -> dict[str, Any]:
    values: dict[str, Any] = {"accuracy": str(approximation), "negative": str(negative), "double": double}
    if regions is not None:
        values |= {"regions": len(regions.names), "double": True}
    return values


def _notes(
    fit: Fit,
    approximation: Approximation,
    negative: NegativeValues,
    negative_count: int,
    check: RefitCheck | None,
    error: float | None,
) -> tuple[str, ...]:
    notes = []
    if error is not None:
        notes.append(f"Normalised mean squared error against the exact map: {error:.3g}.")
    if approximation is Approximation.RETRAINED:
        notes.append(
            f"The cost is the training cost with its weight decay of {fit.objective.decay:g}; without decay "
            "retraining has no unique result."
        )
    if check is not None:
        notes.append(check.sentence())
    if negative_count:
        action = "Set to zero" if negative is NegativeValues.ZERO else "Kept"
        notes.append(f"{action}: {format_count(negative_count, 'voxel')} without which the cost is smaller.")
    return tuple(notes)
