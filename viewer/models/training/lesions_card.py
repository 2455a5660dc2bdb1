"""The files of a trained lesion network: its weights, and the card that says how well it does."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from viewer.errors import ModelError
from viewer.models.card import Card
from viewer.models.input import Input, Intensity, Placement, Scaling
from viewer.models.training.lesions import ARCHITECTURE, CLASSES, Course, Trained
from viewer.models.training.simulate import MNI_3MM
from viewer.scans.replacing import replacing
from viewer.scans.simulated import Form

LOOKS = {Form.GAUSSIAN: "round and soft", Form.SQUARE: "square and sharp"}

INPUT = Input(
    shape=MNI_3MM.shape,
    placement=Placement.AFFINE,
    affine=tuple(tuple(float(value) for value in row) for row in MNI_3MM.affine),
    intensity=Intensity(Scaling.Z_SCORE, over="nonzero", background="kept"),
)
"""The mean over the brain becomes zero, and so is the air: zero is a voxel of which nothing is known."""


def card_of(trained: Trained, course: Course, name: str, weights: str) -> Card:
    """What the trained network is, for whoever is given it.

    Parameters
    ----------
    trained, course
        The network and how it was trained.
    name
        What a person calls it.
    weights
        SHA-256 of its file.
    """
    score = trained.score
    forms = " or ".join(LOOKS[form] for form in course.forms)
    kind = "both" if len(course.forms) > 1 else str(course.forms[0])
    return Card(
        name=name,
        architecture=ARCHITECTURE,
        classes=CLASSES,
        input=INPUT,
        description=(
            "Tells scans with artificial lesions from scans without. All it was trained on is simulated: the "
            "MNI152 T1 template without its skull, bent, shaded and noised at random, each such brain once "
            f"with a lesion ({forms}, darker or brighter than tissue) and once without. On "
            f"{score.with_lesions} simulated brains that had no part in the training {score}. "
            "It knows nothing of patients. Not for diagnosis."
        ),
        licence="MIT",
        citation=(
            "Network and lesions after Eitel, Melkonyan, Ritter: Feature visualization for convolutional "
            "neural network models trained on neuroimaging data (2021)"
        ),
        source=f"saliency-viewer train lesions --kind {kind} --seed {course.seed} --name {name}",
        weights=weights,
    )


def save(trained: Trained, course: Course, folder: Path, name: str) -> Path:
    """Write NAME.safetensors, and NAME.card.json beside it; gives the path of the weights.

    Raises
    ------
    ModelError
        The files cannot be written.
    """
    from safetensors.torch import save as packed

    path = folder / f"{name}.safetensors"
    state = {key: tensor.detach().contiguous() for key, tensor in trained.network.state_dict().items()}
    content = packed(state)
    card = card_of(trained, course, name, hashlib.sha256(content).hexdigest())
    text = json.dumps(card.as_json(), indent=2, ensure_ascii=False) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with replacing(path.with_name(f"{name}.card.json")) as beside, replacing(path) as weights:
            weights.write(content)
            beside.write(text.encode())
    except OSError as error:
        raise ModelError(path, f"cannot be written ({error.strerror})") from error
    return path
