"""Export of a fit as a model: weights in safetensors, and a card."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from viewer.errors import ModelError
from viewer.models.input_spec import InputSpec, IntensityScaling, IntensitySpec, Placement
from viewer.models.model_card import Card, ModelKind, check_card_path, write_card
from viewer.models.output_kind import OutputKind
from viewer.models.training.morch.fit import Fit
from viewer.models.training.morch.training_options import Paradigm
from viewer.scans.atomic_write import atomic_write
from viewer.scans.blockwise import map_blocks
from viewer.scans.cohort import GLOBAL_MEAN, Cohort
from viewer.scans.masked_matrix import MaskedMatrix, block_width

CITATION = "Mørch et al., Visualization of neural networks using saliency maps, ICNN 1995"


def export_network(fit: Fit, cohort: Cohort, path: Path, remarks: tuple[str, ...] = ()) -> Path:
    """Write the network as safetensors, and its card beside it, with ``remarks`` in its description.

    Two classes get two logits, minus and plus half the log odds. A network trained on globally scaled scans
    takes a scan divided by its mean; the scale is included in its axes.

    Raises
    ------
    ModelError
        A file cannot be written, or the card would replace one that is not this network's.
    """
    from safetensors.numpy import save

    check_card_path(path)
    scale = GLOBAL_MEAN * cohort.grid_mean if cohort.grid_mean is not None else 1.0
    content = save(_tensors(fit, cohort.matrix, scale))
    try:
        with atomic_write(path) as file:
            file.write(content)
    except OSError as error:
        raise ModelError(path, f"cannot be written ({error.strerror})") from error
    card = _card(fit, cohort, path.stem, hashlib.sha256(content).hexdigest(), remarks)
    write_card(card, path.with_name(f"{path.stem}.card.json"))
    return path


def component_axes(fit: Fit, matrix: MaskedMatrix) -> npt.NDArray[np.float32]:
    """Compute the scaled axes Bᵀ, shape (K, I), in one pass over the scans."""
    import torch

    axes = np.empty((fit.components.count, matrix.voxel_count), dtype=np.float32)
    P = torch.from_numpy(np.ascontiguousarray(fit.components.P.T))

    def compute_block(block: slice) -> None:
        axes[:, block] = (P @ torch.from_numpy(matrix.values[:, block]).double()).numpy()

    for _ in map_blocks(matrix.voxel_count, block_width(matrix.scan_count), compute_block):
        pass
    return axes


def _tensors(fit: Fit, matrix: MaskedMatrix, scale: float) -> dict[str, npt.NDArray[np.generic]]:
    weights = fit.weights
    W, beta = weights.W, weights.beta
    if fit.targets.paradigm is Paradigm.GRADED:
        W, beta = W * fit.targets.deviation, beta * fit.targets.deviation + fit.targets.mean
    elif len(W) == 1:
        W, beta = np.concatenate([-W, W]) / 2, np.concatenate([-beta, beta]) / 2
    arrays = {
        "mean": matrix.mean / scale,
        "projection.weight": component_axes(fit, matrix) * np.float32(scale),
        "hidden.weight": weights.w,
        "hidden.bias": weights.b,
        "output.weight": W,
        "output.bias": beta,
    }
    tensors: dict[str, npt.NDArray[np.generic]] = {
        name: np.ascontiguousarray(value, dtype=np.float32) for name, value in arrays.items()
    }
    tensors["mask"] = np.flatnonzero(matrix.mask).astype(np.int64)
    return tensors


def _card(fit: Fit, cohort: Cohort, name: str, digest: str, remarks: tuple[str, ...]) -> Card:
    is_regression = fit.targets.paradigm is Paradigm.GRADED
    grid = cohort.matrix.grid
    scaling = IntensityScaling.NONE if cohort.grid_mean is None else IntensityScaling.MEAN
    means = " less their subject's mean" if cohort.preparation.subject_means else ""
    return Card(
        name=name,
        architecture="morch",
        arguments={"activation": str(fit.objective.activation)},
        classes=("y",) if is_regression else fit.targets.classes,
        kind=ModelKind.REGRESSION if is_regression else ModelKind.CLASSIFICATION,
        output=OutputKind.VALUE if is_regression else OutputKind.SOFTMAX,
        input=InputSpec(
            shape=grid.shape,
            placement=Placement.AFFINE,
            affine=tuple(tuple(float(value) for value in row) for row in grid.affine),
            intensity=IntensitySpec(scaling),
        ),
        description=(
            f"Principal components and a {fit.objective.activation} network, trained on "
            f"{cohort.matrix.scan_count} scans{means} of {cohort.table.path.name}. "
            + " ".join((*remarks, "For research; not for diagnosis."))
        ),
        citation=CITATION,
        weights=digest,
    )
