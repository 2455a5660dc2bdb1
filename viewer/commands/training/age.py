"""Train the network of Taylor 2019 that tells age from grey matter, on simulated people."""

from __future__ import annotations

import argparse

from viewer.commands.telling import as_json, duration, note, progress
from viewer.commands.training import where

EXAMPLE = """example:
  saliency-viewer train age -o networks

NAME.safetensors and NAME.card.json are written to the folder; the weights' path is printed, and is a model
for --model. The people are simulated, and so is their ageing: a cortex that grows thinner and ventricles
that grow larger. The card says how well the network does on others."""


def options(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    where.options(parser, "age-bins")
    where.computing(parser)


def run(arguments: argparse.Namespace) -> int:
    """Train, write, and print where the weights are."""
    folder, name = where.to(arguments, "age-bins")

    from viewer.models.training.age import CLASSES, AgeTrainingOptions, save_age, train_age

    course = AgeTrainingOptions(seed=arguments.seed)
    with progress(arguments.quiet) as shown:
        trained = train_age(course, shown)
    path = save_age(trained, course, folder, name)
    score = trained.score
    note([f"{trained.steps} steps in {duration(trained.seconds)}; on others {score}"], arguments.quiet)
    told = {
        "model": str(path),
        "steps": trained.steps,
        "seconds": round(trained.seconds, 1),
        "accuracy": score.accuracy,
        "right": dict(zip(CLASSES, zip(score.correct, score.total, strict=True), strict=True)),
    }
    print(as_json(told) if arguments.json else path)
    return 0
