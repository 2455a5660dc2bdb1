"""Options of the training commands, and the run that they share."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from viewer.commands import options
from viewer.commands.console import format_duration, format_json, print_notes, show_progress
from viewer.commands.option_values import parse_output_path
from viewer.commands.parser import UsageError


def add_output_option(parser: argparse.ArgumentParser) -> None:
    """Add the output folder."""
    parser.add_argument(
        "-o",
        "--output",
        metavar="DIR",
        type=parse_output_path,
        required=True,
        help="output folder",
    )


def add_output_options(parser: argparse.ArgumentParser, default: str) -> None:
    """Add the output folder and the name of the files."""
    add_output_option(parser)
    parser.add_argument("--name", metavar="NAME", help=f"name of the two files (default: {default})")


def add_computing_options(parser: argparse.ArgumentParser) -> None:
    """Add the threads, the seed, and ``--json``."""
    options.add_cpu_options(parser)
    options.add_json_option(parser)


def train_and_print(
    arguments: argparse.Namespace, network: str, path_key: str = "model", **training_options: object
) -> int:
    """Train a network, write it, and print the path of its file; ``path_key`` is the path's key in the JSON.

    Raises
    ------
    UsageError
        The name is not a valid file name, or the folder is a file.
    """
    folder = check_output(arguments)

    import torch

    from viewer.models.training.train import train

    if arguments.threads is not None:
        torch.set_num_threads(arguments.threads)
    with show_progress(arguments.quiet) as progress:
        trained = train(
            network,
            folder,
            name=arguments.name or None,
            seed=arguments.seed,
            progress=progress,
            **training_options,  # type: ignore[arg-type]
        )
    steps = f"{trained.steps} steps in " if trained.steps else ""
    score_text = trained.score if path_key != "model" else f"on held-out data {trained.score}"
    print_notes([f"{steps}{format_duration(trained.seconds)}; {score_text}"], arguments.quiet)
    numbers = trained.as_json()
    print(format_json({path_key: numbers.pop("model"), **numbers}) if arguments.json else trained.path)
    return 0


def check_output(arguments: argparse.Namespace) -> Path:
    """Return the folder after checking it and the name, before anything is computed.

    Raises
    ------
    UsageError
        The name is not a valid file name, or the folder is a file.
    """
    folder = Path(arguments.output)
    if arguments.name and not re.fullmatch(r"[\w.+-]+", arguments.name):
        raise UsageError(f"--name {arguments.name}: use letters, digits, dots and dashes")
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder}: is not a folder")
    return folder
