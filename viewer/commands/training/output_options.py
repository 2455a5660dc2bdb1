"""Options shared by trainings on simulated data: output folder, file name, threads and seed."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from viewer.commands import options
from viewer.commands.parser import UsageError


def add_output_options(parser: argparse.ArgumentParser, default: str) -> None:
    """Add the output folder and the name of the files."""
    parser.add_argument("-o", "--output", metavar="DIR", required=True, help="the folder to write to")
    parser.add_argument("--name", metavar="NAME", help=f"name of the two files (default: {default})")


def add_computing_options(parser: argparse.ArgumentParser) -> None:
    """Add threads and seed."""
    options.add_cpu_options(parser)
    options.add_json_option(parser)


def output_folder_and_name(arguments: argparse.Namespace, default: str) -> tuple[Path, str]:
    """Return the folder and the name, checked before computing; set torch's number of threads.

    Raises
    ------
    UsageError
        The name is none, or the folder is a file.
    """
    folder = Path(arguments.output)
    name = arguments.name or default
    if not re.fullmatch(r"[\w.+-]+", name):
        raise UsageError(f"--name {name}: letters, digits, dots and dashes make a name")
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder}: is no folder")

    import torch

    if arguments.threads is not None:
        torch.set_num_threads(arguments.threads)
    return folder, name
