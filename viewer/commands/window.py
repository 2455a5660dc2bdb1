"""Open the window with a scan, a model and maps; without arguments, with the demonstration."""

from __future__ import annotations

import argparse
from pathlib import Path

from viewer.commands import inputs, options
from viewer.commands.display import has_display
from viewer.commands.option_values import parse_covariates, parse_device
from viewer.commands.parser import UsageError
from viewer.errors import ViewerError
from viewer.files import exists
from viewer.resource_files import BUILTIN_SCANS

EXAMPLE = """example:
  saliency-viewer
  saliency-viewer sub-01_T1w.nii.gz --model network.pt --map map.nii.gz
  saliency-viewer T1=t1.nii.gz FLAIR=flair.nii.gz --model tumour.pt2 --set-covariate age=71"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "scan",
        metavar="SCAN",
        nargs="*",
        help='a scan file, or "mni152"; several images of one person as T1=FILE FLAIR=FILE; '
        "also a session, a map, a model or the folder of a cohort",
    )
    options.add_channel_options(parser)
    options.add_align_option(parser)
    parser.add_argument("--model", metavar="M", help="a model file, or the name of a built-in model")
    parser.add_argument("--map", metavar="MAP", action="append", default=[], help="a map; may be repeated")
    parser.add_argument("--session", metavar="S", help="a saved session")
    parser.add_argument("--cohort", metavar="DIR", help='folder of a cohort, from "saliency-viewer cohort"')
    parser.add_argument(
        "--device",
        metavar="D",
        type=parse_device,
        default="auto",
        help="device that computes maps (default: auto)",
    )
    options.add_language_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Open the window, and return when it is closed."""
    _check_files(arguments)
    if not has_display():
        raise ViewerError(
            "window",
            "there is no display to open it on",
            'set DISPLAY, or draw with "saliency-viewer figure"',
        )

    from viewer.window.launch import open_window
    from viewer.window.startup import StartupFiles

    _sort_by_type(arguments)
    images = inputs.scan_files(arguments)
    covariates = parse_covariates(arguments.set_covariate)
    several_images = len(images) > 1 or any(images) or bool(covariates and images)
    files = StartupFiles(
        None if several_images else images.get(""),
        arguments.model,
        tuple(arguments.map),
        arguments.session,
        tuple(images.items()) if several_images else (),
        arguments.channels or (),
        tuple(covariates.items()),
        arguments.align,
        arguments.cohort,
    )
    return open_window(files=files, device=arguments.device, language=arguments.language)


def _sort_by_type(arguments: argparse.Namespace) -> None:
    """Move a single file to the option of its type, since a desktop passes any file that was opened."""
    if len(arguments.scan) != 1 or not exists(Path(arguments.scan[0])):
        return
    from viewer.scans.file_types import FileType, detect_file_type

    (name,) = arguments.scan
    kind = detect_file_type(name)
    if kind is FileType.MAP:
        arguments.map.append(name)
    elif kind in (FileType.SESSION, FileType.MODEL, FileType.COHORT) and getattr(arguments, kind) is None:
        setattr(arguments, kind, name)
    else:
        return
    arguments.scan = []


def _check_files(arguments: argparse.Namespace) -> None:
    """Check the files named on the command line before a window opens.

    Raises
    ------
    ViewerError
        A file does not exist.
    UsageError
        Channels are named, but not exactly one file; or a single image is to be aligned.
    """
    if arguments.channels is not None and len(arguments.scan) != 1:
        raise UsageError("--channels: names the volumes of one file")
    if arguments.align and arguments.channels is None and len(arguments.scan) < 2:
        raise UsageError("--align: needs several images of a person, such as T1=FILE FLAIR=FILE")
    for name in (*inputs.scan_paths(arguments), *arguments.map, arguments.session, arguments.cohort):
        if name is not None and name not in BUILTIN_SCANS and not exists(Path(name)):
            raise ViewerError(name, "file not found")
