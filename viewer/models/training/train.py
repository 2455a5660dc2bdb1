"""Training of the built-in networks in one call: lesions, age, digits, generators."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from viewer.errors import ModelError
from viewer.progress import Progress

if TYPE_CHECKING:
    from viewer.models.model import Model
    from viewer.scans.scan import Scan

NETWORKS = ("lesions", "age", "digits", "generators")
LESION_KINDS = {"gaussian": ("gaussian",), "square": ("square",), "both": ("gaussian", "square")}
LAYERS = ("dense", "convolutional")
GENERATOR_STEPS = 1500


@dataclass(frozen=True)
class TrainedNetwork:
    """Trained network and its score on test data.

    Parameters
    ----------
    path
        Its file, for `viewer.load_model` (generators: for the method "generated-difference").
    score
        Score on test data, as a clause.
    seconds
        Duration of the training.
    numbers
        Numbers of the score, plain values by name.
    steps
        Number of optimiser steps; None if epochs are counted.
    """

    path: Path
    score: str
    seconds: float
    numbers: Mapping[str, Any]
    steps: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "numbers", MappingProxyType(dict(self.numbers)))

    def as_json(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        steps = {} if self.steps is None else {"steps": self.steps}
        return {"model": str(self.path), **steps, "seconds": round(self.seconds, 1), **self.numbers}


def train(
    network: str,
    folder: str | Path,
    *,
    name: str | None = None,
    kind: str = "both",
    dimensions: int = 3,
    layers: str = "dense",
    model: Model | None = None,
    scans: str | Path | Sequence[Scan] | None = None,
    steps: int = GENERATOR_STEPS,
    seed: int = 0,
    progress: Progress | None = None,
) -> TrainedNetwork:
    """Train one of the built-in networks, on the CPU with torch's number of threads.

    The files are NAME.safetensors and NAME.card.json; for generators NAME.generators.safetensors.

    Parameters
    ----------
    network : str
        ``"lesions"`` (Eitel et al. 2021: simulated brains with and without lesions), ``"age"`` (Taylor
        2019: age bins from simulated grey matter), ``"digits"`` (Taylor 2019: scikit-learn's digits), or
        ``"generators"`` (Charachon 2021: two that change and preserve a network's prediction).
    folder : str or Path
        Folder for the files; it is created if needed.
    name : str, optional
        Name of the files: letters, digits, dots and dashes. The default contains the network and its options.
    kind : str
        For lesions: ``"gaussian"`` (round with soft edges), ``"square"`` (with sharp edges) or ``"both"``.
    dimensions : int
        For lesions: 3 for whole brains at 3 mm, 2 for axial slices of 140 x 192 pixels.
    layers : str
        For digits: ``"dense"`` or ``"convolutional"``.
    model : Model, optional
        For generators: the network whose prediction they preserve and change; it is not modified.
    scans : str or Path or sequence of Scan, optional
        For generators: a table with one row per scan, or scans. The default simulates brains with lesions.
    steps : int
        For generators: number of optimiser steps.
    seed : int
        Seed of every random draw.
    progress : Progress, optional
        Updated after every step, and checked for cancellation.

    Returns
    -------
    TrainedNetwork
        The file's path, the score on test data, and the duration in seconds.

    Raises
    ------
    ModelError
        There is no such network, name, kind or layers, or a file cannot be written.
    ViewerError
        A table or a scan cannot be read, or a package is missing.
    Cancelled
        Cancelled through ``progress``; no file is written.

    Examples
    --------
    >>> import viewer
    >>> trained = viewer.train("digits", "networks", name="digits")
    >>> trained.numbers["accuracy"] > 0.9
    True
    >>> viewer.load_model(trained.path).card.architecture
    'taylor-mnist-dense'
    """
    if name is not None:
        check_name(name)
    folder = Path(folder)
    if network == "lesions":
        return _train_lesions(folder, name, kind, dimensions, seed, progress)
    if network == "age":
        return _train_age(folder, name, seed, progress)
    if network == "digits":
        return _train_digits(folder, name, layers, seed, progress)
    if network == "generators":
        return _train_generators(folder, name, model, scans, steps, seed, progress)
    raise ModelError(network, "no such network to train", f"choose {', '.join(NETWORKS)}")


def check_name(name: str) -> None:
    """Raise ModelError if a name is not a valid file name."""
    if not re.fullmatch(r"[\w.+-]+", name):
        raise ModelError(f"name {name}", "is not a file name", "use letters, digits, dots and dashes")


def _train_lesions(
    folder: Path, name: str | None, kind: str, dimensions: int, seed: int, progress: Progress | None
) -> TrainedNetwork:
    from viewer.models.training import lesions, lesions_model_card
    from viewer.models.training.save_network import check_weights_path
    from viewer.scans.simulated_lesions import LesionShape

    if kind not in LESION_KINDS:
        raise ModelError(f"kind {kind}", "no such lesions", f"choose {', '.join(LESION_KINDS)}")
    if dimensions not in (2, 3):
        raise ModelError(f"{dimensions} dimensions", "are not supported", "choose 2 or 3")
    shapes = tuple(LesionShape(shape) for shape in LESION_KINDS[kind])
    is_2d = dimensions == 2
    options = (
        lesions.slice_training_options(shapes, seed) if is_2d else lesions.LesionTrainingOptions(shapes, seed)
    )
    model_name = name or default_name("lesions", kind, dimensions)
    check_weights_path(folder / f"{model_name}.safetensors")
    trained = lesions.train_lesions(options, progress)
    path = lesions_model_card.save_lesions(trained, options, folder, model_name)
    score = trained.score
    numbers = {
        "balanced accuracy": score.balanced_accuracy,
        "lesions found": [score.true_positives, score.lesioned_count],
        f"{score.unit} cleared": [score.true_negatives, score.healthy_count],
    }
    return TrainedNetwork(path, str(score), trained.seconds, numbers, trained.steps)


def _train_age(folder: Path, name: str | None, seed: int, progress: Progress | None) -> TrainedNetwork:
    from viewer.models.training import age
    from viewer.models.training.save_network import check_weights_path

    options = age.AgeTrainingOptions(seed=seed)
    model_name = name or default_name("age")
    check_weights_path(folder / f"{model_name}.safetensors")
    trained = age.train_age(options, progress)
    path = age.save_age(trained, options, folder, model_name)
    score = trained.score
    counts = zip(score.correct, score.total, strict=True)
    numbers = {"accuracy": score.accuracy, "right": dict(zip(age.CLASSES, counts, strict=True))}
    return TrainedNetwork(path, str(score), trained.seconds, numbers, trained.steps)


def _train_digits(
    folder: Path, name: str | None, layers: str, seed: int, progress: Progress | None
) -> TrainedNetwork:
    from viewer.models.training import digits
    from viewer.models.training.save_network import check_weights_path

    if layers not in LAYERS:
        raise ModelError(f"layers {layers}", "no such layers", f"choose {' or '.join(LAYERS)}")
    options = digits.DigitTrainingOptions(digits.DigitNetwork(layers), seed)
    model_name = name or default_name("digits", layers)
    check_weights_path(folder / f"{model_name}.safetensors")
    trained = digits.train_digits(options, progress)
    path = digits.save_digits(trained, options, folder, model_name)
    score = trained.score
    numbers = {"right": [score.correct, score.total], "accuracy": score.correct / score.total}
    return TrainedNetwork(path, str(score), trained.seconds, numbers)


def _train_generators(
    folder: Path,
    name: str | None,
    model: Model | None,
    scans: str | Path | Sequence[Scan] | None,
    steps: int,
    seed: int,
    progress: Progress | None,
) -> TrainedNetwork:
    from viewer.models.training.generator_curriculum import (
        GeneratorTrainingOptions,
        train_on_lesions,
        train_on_scans,
    )
    from viewer.models.training.generator_files import GENERATORS_SUFFIX, check_pair_path, save_pair

    if model is None:
        raise ModelError("generators", "explain a network, but none is given", "give the model")
    options = GeneratorTrainingOptions(steps=steps, seed=seed)
    fallback = model.path.name.partition(".")[0] if model.path else model.card.name
    path = folder / f"{name or fallback}{GENERATORS_SUFFIX}"
    check_pair_path(path)
    if scans is None:
        training = train_on_lesions(model, options, progress)
    else:
        scan_list = load_table_scans(scans) if isinstance(scans, str | Path) else list(scans)
        training = train_on_scans(model, scan_list, options, progress)
    save_pair(training.trained.pair, training.card, path)
    score, detection = training.score, training.detection
    numbers: dict[str, Any] = {"scans": score.scan_count, "kept": score.preserved, "turned": score.changed}
    if detection is not None:
        numbers |= {
            "lesions": detection.scan_count,
            "area under ROC": detection.auc,
            "largest in the lesion": detection.hits,
        }
    trained = training.trained
    return TrainedNetwork(path, training.card.description, trained.seconds, numbers, trained.steps)


def default_name(network: str, option: str = "", dimensions: int = 3) -> str:
    """Return the default name of a network's files."""
    if network == "age":
        return "age-bins"
    return f"{network}-{option}{'-2d' if dimensions == 2 else ''}"


def load_table_scans(table: str | Path) -> list[Scan]:
    """Return the scans of a table. Raises ViewerError if one cannot be read."""
    from viewer.scans.load import load_scan
    from viewer.scans.scan_table import read_table

    return [load_scan(row.scan_path, row.volume) for row in read_table(Path(table)).rows]
