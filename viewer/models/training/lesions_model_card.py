"""Files of a trained lesion network: its weights, and its card with the score."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from viewer.models.input_spec import InputSpec, IntensityScaling, IntensitySpec, Placement
from viewer.models.model_card import Card
from viewer.models.output_kind import OutputKind
from viewer.models.training.brain_simulator import MNI_3MM, SLICE, SLICES
from viewer.models.training.lesions import ARCHITECTURES, CLASSES, LesionScore, LesionTrainingOptions
from viewer.models.training.optimization import TrainedClassifier
from viewer.models.training.save_network import save_network
from viewer.scans.grid import Grid
from viewer.scans.simulated_lesions import LesionShape

FORM_WORDS = {LesionShape.GAUSSIAN: "round and soft", LesionShape.SQUARE: "square and sharp"}

INTENSITY = IntensitySpec(IntensityScaling.Z_SCORE, over="nonzero", background="kept")
"""The mean over the brain becomes zero, and the air is zero, too: zero voxels carry no information."""

SLICE_SPACING = 2.0
"""Distance in mm between the slices of a scan for a 2D network."""


def _affine(grid: Grid) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(value) for value in row) for row in grid.affine)


def lesions_input_spec(options: LesionTrainingOptions) -> InputSpec:
    """Return the network's input specification: the whole brain, or slices in the range of the training."""
    if options.dimensions == 3:
        return InputSpec(
            shape=MNI_3MM.shape,
            placement=Placement.AFFINE,
            affine=_affine(MNI_3MM),
            intensity=INTENSITY,
            space="affine",
            skull="removed",
        )
    step = SLICES.spacing[2]
    count = round((SLICES.shape[2] - 1) * step / SLICE_SPACING) + 1
    affine = np.array(SLICES.affine)
    affine[2, 2] = SLICE_SPACING
    grid = Grid((*SLICE.shape[:2], count), affine)
    return InputSpec(
        shape=SLICE.shape[:2],
        placement=Placement.AFFINE,
        affine=_affine(grid),
        slices=count,
        intensity=INTENSITY,
        space="affine",
        skull="removed",
    )


def lesions_card(trained: TrainedClassifier[LesionScore], options: LesionTrainingOptions, name: str) -> Card:
    """Return the card of the trained network.

    Parameters
    ----------
    trained, options
        The network and how it was trained.
    name
        Display name.
    """
    score = trained.score
    forms = " or ".join(FORM_WORDS[form] for form in options.shapes)
    kind = "both" if len(options.shapes) > 1 else str(options.shapes[0])
    is_2d = options.dimensions == 2
    scans, brains = ("axial slices", "slices") if is_2d else ("scans", "brains")
    shade = "darker or brighter" if options.lesion_options.bright_share < 1 else "brighter"
    low, high = options.lesion_options.radius
    planes = (
        f" A scan is presented as {lesions_input_spec(options).slices} slices, {SLICE_SPACING:g} mm apart; "
        "the "
        f"training slices pass through the centres of the lesions, whose radii are {low:g} to {high:g} mm."
        if is_2d
        else ""
    )
    return Card(
        name=name,
        architecture=ARCHITECTURES[options.dimensions],
        classes=CLASSES,
        output=OutputKind.SOFTMAX,
        input=lesions_input_spec(options),
        description=(
            f"Classifies {scans} as with or without artificial lesions. It was trained only on simulated "
            f"{scans}: the MNI152 T1 template without its skull, with random deformation, shading and noise, "
            f"each {'slice' if is_2d else 'brain'} once with a lesion ({forms}, {shade} than tissue) and "
            f"once without.{planes} On {score.lesioned_count} simulated {brains} outside the training set, "
            f"{score}. It has learned nothing about patients. Not for diagnosis."
        ),
        population="simulated: the MNI152 template with random deformation, shading and noise; no persons",
        not_for="scans of real people",
        training_statistics=trained.statistics,
        licence="MIT",
        citation=(
            "Network and lesions after Eitel, Melkonyan, Ritter: Feature visualization for convolutional "
            "neural network models trained on neuroimaging data (2021)"
        ),
        source=(
            f"saliency-viewer train lesions --kind {kind} {'--dimensions 2 ' if is_2d else ''}"
            f"--seed {options.seed} --threads {trained.threads} --name {name}"
        ),
    )


def save_lesions(
    trained: TrainedClassifier[LesionScore], options: LesionTrainingOptions, folder: Path, name: str
) -> Path:
    """Write NAME.safetensors, and NAME.card.json beside it; return the path of the weights.

    Raises
    ------
    ModelError
        The files cannot be written.
    """
    return save_network(trained.network, lesions_card(trained, options, name), folder)
