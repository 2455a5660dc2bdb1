"""Reproduce a figure or a table of one of the papers, with its numbers."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

from viewer.commands import options
from viewer.commands.console import format_json, format_table, print_notes, show_progress
from viewer.commands.option_values import parse_output_path
from viewer.commands.parser import UsageError
from viewer.commands.reproduce_figures.figure_output import FigureResult
from viewer.methods.morch_1995.approximation import Approximation

EXAMPLE = """example:
  saliency-viewer reproduce --list
  saliency-viewer reproduce morch-1 -o figures
  saliency-viewer reproduce morch-1 --accuracy exact -o figures

FIGURE.json beside the pictures contains the numbers. Simulated data are labelled as such."""

_MORCH = "viewer.commands.reproduce_figures.morch_1995"
_KINDERMANS = "viewer.commands.reproduce_figures.kindermans_2017_maps"
_AGEING = "viewer.commands.reproduce_figures.taylor_2019_ageing"
_EITEL = "viewer.commands.reproduce_figures.eitel_2021"

WITH_ACCURACY = ("morch-1", "morch-3")
"""Figures whose function also takes an ``accuracy``, by default that of the paper."""

FIGURES = {
    "morch-1": (f"{_MORCH}:draw_saccades", "Mørch 1995, figure 1: saccades, clusters in the box"),
    "morch-2": (f"{_MORCH}:columns", "Mørch 1995, figure 2: exact, first and second order on three slices"),
    "morch-3": (f"{_MORCH}:draw_fingers", "Mørch 1995, figure 3: finger opposition, clusters in the box"),
    "morch-4": (
        f"{_MORCH}:errors",
        "Mørch 1995, figure 4: errors of both orders against the number of voxels",
    ),
    "taylor-digits": (
        "viewer.commands.reproduce_figures.taylor_2019:taylor_digits",
        "Taylor 2019, figures 4 to 6: heatmaps and anti-heatmaps of digits",
    ),
    "taylor-7": (f"{_AGEING}:sections", "Taylor 2019, figure 7: grey matter of one person in three sections"),
    "taylor-8-11": (
        f"{_AGEING}:elderly_and_young",
        "Taylor 2019, figures 8 to 11: heatmaps of an elderly and a young person, four sections",
    ),
    "taylor-age-bins": (
        f"{_AGEING}:averages",
        "Taylor 2019, section 3.3, over people: mean heatmaps of every age bin, and regions",
    ),
    "kindermans-4a": (
        "viewer.commands.reproduce_figures.kindermans_2017_degradation:degradation",
        "Kindermans 2017, figure 4a: degradation in the order of S_x, S_w, S_a, S_a+−, and at random",
    ),
    "ayyar-maps": (
        "viewer.commands.reproduce_figures.ayyar_2021:all_maps",
        "Ayyar 2021: every method side by side on one scan, slices and box",
    ),
    "lesion-scores": (
        "viewer.commands.reproduce_figures.lesion_scores:lesion_scores",
        "every method on simulated lesions with known positions: a table",
    ),
    "track-record": (
        "viewer.commands.reproduce_figures.track_record:track_record",
        "every method on sources that are known without changing the image: a table",
    ),
    "eitel-2": (f"{_EITEL}:layers_of_a_network", "Eitel 2021, figure 2: channels of every layer"),
    "eitel-3": (f"{_EITEL}:regularisers", "Eitel 2021, figure 3: one channel under every regulariser"),
    "eitel-4": (f"{_EITEL}:combinations", "Eitel 2021, figure 4: interpolations and combinations"),
    "kindermans-1": (
        f"{_KINDERMANS}:kinds_of_explanation",
        "Kindermans 2017, figure 1: function, signal and attribution of one brain side by side",
    ),
    "kindermans-2": (
        "viewer.commands.reproduce_figures.kindermans_2017:toy",
        "Kindermans 2017, figure 2: filter and pattern where the signal is known",
    ),
    "kindermans-3": (
        "viewer.commands.reproduce_figures.kindermans_2017:estimators",
        "Kindermans 2017, figure 3: quality of signal estimators by layer",
    ),
    "kindermans-4b": (
        f"{_KINDERMANS}:signal_estimators",
        "Kindermans 2017, figure 4b: signal and attribution by S_x, S_w, S_a and S_a+−",
    ),
    "kindermans-5": (
        f"{_KINDERMANS}:random_brains",
        "Kindermans 2017, figure 5: random brains with the network's predictions, by six methods",
    ),
}
"""Function and summary of each figure; a function takes folder, seed and progress, returns `FigureResult`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("figure", metavar="FIGURE", nargs="?", help="the figure; --list lists all")
    parser.add_argument("-o", "--output", metavar="DIR", type=parse_output_path, help="output folder")
    parser.add_argument(
        "--accuracy",
        metavar="NAME",
        choices=tuple(map(str, Approximation)),
        help=f"for {' and '.join(WITH_ACCURACY)}: {', '.join(Approximation)} (default: second-order, "
        "equation (10) as printed in the paper, without the terms between components)",
    )
    parser.add_argument("--list", action="store_true", help="list the figures")
    options.add_cpu_options(parser)
    options.add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Make the figure, and print its numbers and its path."""
    if arguments.list:
        summaries = {name: summary for name, (_, summary) in FIGURES.items()}
        print(
            format_json(summaries)
            if arguments.json
            else format_table(("figure", "shows"), list(summaries.items()))
        )
        return 0
    if arguments.figure is None:
        raise UsageError("give a FIGURE; --list lists them")
    if arguments.figure not in FIGURES:
        raise UsageError(f"no figure {arguments.figure!r}; choose from {', '.join(FIGURES)}")
    settings = {}
    if arguments.accuracy is not None:
        if arguments.figure not in WITH_ACCURACY:
            raise UsageError(f"--accuracy is for {' and '.join(WITH_ACCURACY)}, not for {arguments.figure}")
        settings["accuracy"] = Approximation(arguments.accuracy)
    if arguments.output is None:
        raise UsageError("give the output folder with -o DIR")
    folder = Path(arguments.output)
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder}: is not a folder")
    folder.mkdir(parents=True, exist_ok=True)

    import torch

    from viewer.scans.atomic_write import atomic_write

    if arguments.threads is not None:
        torch.set_num_threads(arguments.threads)
    module, _, function = FIGURES[arguments.figure][0].partition(":")
    with show_progress(arguments.quiet) as progress:
        result: FigureResult = getattr(import_module(module), function)(
            folder, arguments.seed, progress, **settings
        )
    numbers = format_json({"figure": arguments.figure, "notes": list(result.notes), **result.numbers})
    json_path = folder / f"{arguments.figure}.json"
    with atomic_write(json_path) as file:
        file.write(numbers.encode())
    print_notes(result.notes, arguments.quiet)
    if arguments.json:
        print(numbers)
        return 0
    rows = [row for name, value in result.numbers.items() for row in _flatten(name, value)]
    print(format_table(("number", "value"), rows))
    print(*result.files, json_path, sep="\n")
    return 0


def _flatten(name: str, value: object) -> Iterator[tuple[str, str]]:
    """Yield the rows of a number; those of a mapping are named ``name: key``."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flatten(f"{name}: {key}", inner)
    else:
        yield name, _format_value(value)


def _format_value(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(_format_value(entry) for entry in value)
    if value is None:
        return "n/a"
    if isinstance(value, float):
        return f"{value:.4g}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
