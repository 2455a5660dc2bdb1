"""What the trainings from simulated data are told alike: where to, under which name, with which seed."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from viewer.commands import options as shared
from viewer.commands.parser import WrongUse


def options(parser: argparse.ArgumentParser, usual: str) -> None:
    """The folder, and the name of the files."""
    parser.add_argument("-o", "--output", metavar="DIR", required=True, help="the folder to write to")
    parser.add_argument("--name", metavar="NAME", help=f"of the two files (default: {usual})")


def computing(parser: argparse.ArgumentParser) -> None:
    """Threads and seed."""
    shared.for_processor(parser)
    shared.for_json(parser)


def to(arguments: argparse.Namespace, usual: str) -> tuple[Path, str]:
    """The folder and the name, checked before anything is computed; torch is told of the threads.

    Raises
    ------
    WrongUse
        The name is none, or the folder is a file.
    """
    folder = Path(arguments.output)
    name = arguments.name or usual
    if not re.fullmatch(r"[\w.+-]+", name):
        raise WrongUse(f"--name {name}: letters, digits, dots and dashes make a name")
    if folder.exists() and not folder.is_dir():
        raise WrongUse(f"{folder}: is no folder")

    import torch

    if arguments.threads is not None:
        torch.set_num_threads(arguments.threads)
    return folder, name
