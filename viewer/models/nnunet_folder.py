"""Results folder of nnU-Net version 2: plans, and a checkpoint for each fold.

``DATASET/TRAINER__PLANS__CONFIGURATION/`` has plans.json, dataset.json and ``fold_0/checkpoint_final.pth``.
The folder stands for the mean of the outputs of all folds, as nnU-Net predicts; a fold's folder, or a
checkpoint in it, stands for that single network.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from viewer.errors import ModelError
from viewer.files import is_file, is_folder
from viewer.models.checkpoint import Checkpoint, describe_checkpoint
from viewer.models.formats import ModelFormat, detect_format
from viewer.models.json_reader import read_json
from viewer.models.model_card import Card, find_card
from viewer.models.nnunet_plans import card_from_plans

PLANS = "plans.json"
DATASET = "dataset.json"
CHECKPOINTS = ("checkpoint_final.pth", "checkpoint_best.pth")
"""Checkpoints of a fold, in nnU-Net's order of preference."""

FOLD = re.compile(r"fold_(\d{1,3}|all)")
MAX_FOLDS = 20

TRAINER = "nnUNetTrainer"

TRAINER_VARIANTS = (
    *("Adam", "Adan", "BN", "Benchmark", "CELoss", "CosAnneal", "DA5", "Dice", "NoDA", "NoDeepSupervision"),
    *("NoMirroring", "Topk", "VanillaAdam", "_DASegOrd0", "_noDummy2DDA", "_onlyMirror01"),
    *("_probabilisticOversampling", "_warmup"),
)
"""Suffixes of nnU-Net's own trainers. At most they change the norm, which the weights show."""

OWN_TRAINER = re.compile(rf"{TRAINER}(_\d+epochs?(_NoMirroring)?)?")


@dataclass(frozen=True)
class NnunetResults:
    """Networks of a results folder.

    Parameters
    ----------
    folder
        The results folder.
    checkpoints
        Weights of each fold.
    card
        Card of each network, and of their mean.
    notes
        Assumptions, and the folds that are used.
    checkpoint
        Contents of the first checkpoint.
    """

    folder: Path
    checkpoints: tuple[Path, ...]
    card: Card
    notes: tuple[str, ...]
    checkpoint: Checkpoint = field(repr=False)


def find_results_folder(path: Path) -> Path | None:
    """Return the results folder that a path is, or that contains the fold or checkpoint; else None."""
    folder = path if is_folder(path) else path.parent
    if FOLD.fullmatch(folder.name):
        folder = folder.parent
    elif not is_folder(path):
        return None
    return folder if is_file(folder / PLANS) else None


def is_nnunet_checkpoint(path: Path, kind: ModelFormat) -> bool:
    """Return whether a file is a checkpoint in a results folder, without a card of its own next to it."""
    weights = kind in (ModelFormat.CHECKPOINT, ModelFormat.LEGACY)
    return weights and find_card(path) is None and find_results_folder(path) is not None


def list_files(path: Path) -> tuple[Path, ...]:
    """Return the files that a path in a results folder needs: plans, dataset.json and checkpoints.

    Raises
    ------
    ModelError
        There is no checkpoint.
    """
    folder = find_results_folder(path)
    assert folder is not None
    checkpoints, _ = _choose_checkpoints(path, folder)
    return (folder / PLANS, folder / DATASET, *checkpoints)


def find_folds(folder: Path) -> dict[str, Path]:
    """Return the folder of each fold by its name, such as "0" or "all", in order.

    Raises
    ------
    ModelError
        There are none, or more than `MAX_FOLDS`.
    """
    try:
        folds = {match[1]: child for child in folder.iterdir() if (match := FOLD.fullmatch(child.name))}
    except OSError as error:
        raise ModelError(folder, f"cannot be read ({error.strerror})") from error
    if not folds:
        raise ModelError(folder, "has no folder fold_0 or another fold", "open a folder of trained networks")
    if len(folds) > MAX_FOLDS:
        raise ModelError(folder, f"has {len(folds)} folds", f"{MAX_FOLDS} at most are read; open one of them")
    return dict(sorted(folds.items(), key=lambda entry: (len(entry[0]), entry[0])))


def select_fold(path: Path, fold: str | int) -> Path:
    """Return the folder of one fold of a results folder, by its number or name.

    Parameters
    ----------
    path
        A results folder, or a fold or a checkpoint in it.
    fold
        ``0``, ``"fold_0"``, or ``"all"`` for the network that nnU-Net trains on all scans.

    Raises
    ------
    ModelError
        The path is not a results folder, or has no such fold.
    """
    folder = find_results_folder(path)
    if folder is None:
        raise ModelError(path, "is not an nnU-Net results folder and has no folds", "omit the fold")
    folds = find_folds(folder)
    selected = folds.get(str(fold).removeprefix("fold_"))
    if selected is None:
        raise ModelError(folder, f"has no fold {str(fold)[:40]!r}", f"it has {', '.join(folds)}")
    return selected


def list_selectable_paths(path: Path) -> tuple[Path, ...]:
    """Return the paths that can be opened: the results folder (mean of its folds), and each fold's folder.

    Raises
    ------
    ModelError
        There are no folds, or more than `MAX_FOLDS`.
    """
    folder = find_results_folder(path)
    if folder is None:
        return ()
    trained = [fold for fold in find_folds(folder).values() if find_checkpoint(fold) is not None]
    return (folder, *trained) if len(trained) > 1 else ()


def find_checkpoint(fold: Path) -> Path | None:
    """Return the checkpoint of a fold: the final one, else the best one; None if there is none."""
    return next((fold / name for name in CHECKPOINTS if is_file(fold / name)), None)


def read_results(path: Path) -> NnunetResults:
    """Read what a results folder, a fold's folder or a checkpoint contains, without loading weights.

    Raises
    ------
    ModelError
        A file is missing, damaged or unsafe, or requires something that is not supported.
    """
    folder = find_results_folder(path)
    if folder is None:
        raise ModelError(path, f"has no {PLANS} in it or above it", "open an nnU-Net results folder")
    checkpoints, notes = _choose_checkpoints(path, folder)
    first_checkpoint = checkpoints[0]
    description = describe_checkpoint(first_checkpoint, detect_format(first_checkpoint))
    if description.refusal_reason:
        raise ModelError(
            first_checkpoint, description.refusal_reason, "open the checkpoint that nnU-Net wrote"
        )
    if not is_file(folder / DATASET):
        raise ModelError(
            folder, f"lacks {DATASET}, which names channels and labels", "copy it beside the plans"
        )
    plans, dataset = read_json(folder / PLANS), read_json(folder / DATASET)
    configuration, configuration_notes = _find_configuration(description, folder)
    card, guesses = card_from_plans(plans, dataset, configuration, folder)
    assert card.input is not None
    card = replace(
        card, input=replace(card.input, mirror_axes=_read_mirror_axes(description, first_checkpoint))
    )
    if card.arguments["norm"] != "batch" and any(
        name.endswith(".running_mean") for name in description.tensors
    ):
        card = replace(card, arguments={**card.arguments, "norm": "batch", "affine": True})
    return NnunetResults(
        folder,
        checkpoints,
        card,
        (*notes, *configuration_notes, *guesses, *_trainer_notes(description, folder)),
        description,
    )


def _choose_checkpoints(path: Path, folder: Path) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Return the checkpoints that a path stands for, and notes on the choice."""
    if is_file(path):
        return (path,), (f"only the network of {path.parent.name}, {path.name}",)
    folds = find_folds(folder)
    if path != folder:
        checkpoint = find_checkpoint(path)
        if checkpoint is None:
            raise ModelError(path, f"has neither {' nor '.join(CHECKPOINTS)}", "open another fold")
        others = ", ".join(name for name in folds)
        return (checkpoint,), (f"only the network of {path.name}, {checkpoint.name} (folds: {others})",)
    trained = {name: checkpoint for name, fold in folds.items() if (checkpoint := find_checkpoint(fold))}
    if len(trained) > 1:
        trained.pop("all", None)  # as in nnU-Net: trained on all scans, it is not part of the mean
    final = {name: file for name, file in trained.items() if file.name == CHECKPOINTS[0]}
    used = final or trained
    if not used:
        raise ModelError(folder, f"has {' nor '.join(CHECKPOINTS)} in none of its folds")
    unused = [name for name in folds if name not in used]
    notes = [_folds_note(used, unused)]
    if not final:
        notes.append(f"{CHECKPOINTS[1]} is used: there is no {CHECKPOINTS[0]}")
    return tuple(used.values()), tuple(notes)


def _folds_note(used_folds: dict[str, Path], unused_folds: list[str]) -> str:
    """Return a note on which folds are used, and how to choose another."""
    names = ", ".join(used_folds)
    rest = f"; not used: {', '.join(unused_folds)}" if unused_folds else ""
    if len(used_folds) == 1:
        return f"the network of fold {names}{rest}"
    first = next(iter(used_folds))
    return (
        f"the mean of the outputs of the folds {names}{rest}; choose the fold {first} to use only its network"
    )


def _find_configuration(checkpoint: Checkpoint, folder: Path) -> tuple[str, tuple[str, ...]]:
    """Return the name of the configuration, and a note if it is a guess."""
    configuration = checkpoint.settings.get("configuration")
    if isinstance(configuration, str) and configuration:
        return configuration, ()
    parts = folder.name.split("__")
    if len(parts) == 3:
        return parts[2], (f"guess: the configuration is {parts[2]}, from the folder's name",)
    raise ModelError(
        folder,
        "does not state its configuration",
        "name it TRAINER__PLANS__CONFIGURATION, as nnU-Net does",
    )


def _read_mirror_axes(checkpoint: Checkpoint, file: Path) -> tuple[int, ...]:
    """Return the axes along which nnU-Net mirrors the input at inference; none in older checkpoints."""
    axes = checkpoint.settings.get("inference_allowed_mirroring_axes", ())
    if not isinstance(axes, tuple) or len(set(axes)) < len(axes) or not set(axes) <= {0, 1, 2}:
        raise ModelError(file, f"its 'inference_allowed_mirroring_axes' are {str(axes)[:60]}")
    return tuple(sorted(axes))


def _trainer_notes(checkpoint: Checkpoint, folder: Path) -> Iterator[str]:
    trainer = checkpoint.settings.get("trainer_name")
    trainer = trainer if isinstance(trainer, str) else folder.name.partition("__")[0]
    variants = tuple(TRAINER + variant for variant in TRAINER_VARIANTS)
    if not OWN_TRAINER.fullmatch(trainer) and not trainer.startswith(variants):
        yield f"guess: the trainer {trainer[:80]} does not change what the network computes"
    if is_file(folder / "postprocessing.pkl"):
        yield "nnU-Net's postprocessing of the segmentation is not applied"
