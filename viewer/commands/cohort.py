"""Compute the maps of many scans by several models and methods."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from viewer.commands import options
from viewer.commands.console import format_json, print_notes, show_progress
from viewer.commands.option_values import IntegerInRange, parse_output_path, parse_parameters
from viewer.commands.parser import UsageError
from viewer.number_format import format_count

if TYPE_CHECKING:
    from viewer.methods.base import Method

EXAMPLE = """example:
  saliency-viewer cohort participants.tsv --model network.pt2 --method lrp-epsilon --method gradient \\
      --target patient -o maps
  saliency-viewer cohort participants.tsv --model fold0.pt2 --model fold1.pt2 --method integrated-gradients \\
      --set integrated-gradients.steps=64 --target patient --prepare card -o maps

The table is tab-separated, with the columns participant_id and scan (scan_T1, scan_FLAIR for a model with
several input images) and any others; in a BIDS dataset the images are found by their names. To continue an
interrupted run, repeat the command: existing maps are kept. Failures are listed in failures.tsv in the output
folder, and the exit status is then 1."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "table", metavar="TABLE.tsv", help="a participants table, or the folder of a BIDS dataset"
    )
    parser.add_argument(
        "--model",
        metavar="M",
        action="append",
        required=True,
        help="a model, as for explain; may be repeated",
    )
    parser.add_argument(
        "--card", metavar="FILE", action="append", help="the model card; with several models, one for each"
    )
    parser.add_argument("--trust", action="store_true", help="allow models to run code that they contain")
    parser.add_argument(
        "--method", metavar="NAME", action="append", required=True, help="a method; may be repeated"
    )
    parser.add_argument(
        "--set",
        metavar="METHOD.PARAM=VALUE",
        action="append",
        default=[],
        help="set a parameter of a method; may be repeated",
    )
    parser.add_argument(
        "--target",
        metavar="T",
        action="append",
        help="the output to explain, as for explain; required for a model with several classes (max: the "
        "largest); for several models MODEL=T, where MODEL is the file name without its suffix",
    )
    parser.add_argument("--region", metavar="R", help="as for explain")
    parser.add_argument("--layer", metavar="PATH", help="the layer, for methods that explain one")
    parser.add_argument(
        "--prepare", choices=("none", "card"), default="none", help="as for explain (default: none)"
    )
    parser.add_argument(
        "--grid",
        choices=("template", "scan"),
        default="template",
        help="grid of the maps: template, the model's grid, in template coordinates for registered scans; "
        "scan, the grid of each scan (default: template)",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="DIR",
        type=parse_output_path,
        required=True,
        help="output folder",
    )
    options.add_json_option(parser)
    group = parser.add_argument_group("computing")
    group.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        default="local",
        help="address or scheduler file of a Dask cluster (default: processes on this machine)",
    )
    group.add_argument(
        "--workers",
        metavar="N",
        type=IntegerInRange(1, 1024),
        help="number of processes (default: as many as cores and memory allow)",
    )
    group.add_argument(
        "--threads",
        metavar="N",
        type=IntegerInRange(1, 1024),
        default=1,
        help="threads per process (default: 1)",
    )
    group.add_argument(
        "--seed",
        metavar="N",
        type=IntegerInRange(0, options.MAX_SEED),
        default=0,
        help="random seed (default: 0)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Compute the maps, and print the path of their folder."""
    if arguments.workers is not None and arguments.scheduler != "local":
        raise UsageError("--workers: cannot be combined with --scheduler, whose cluster has its own workers")
    if arguments.card and len(arguments.card) != len(arguments.model):
        raise UsageError("--card: give one for each --model, or none")
    methods = _make_methods(arguments.method, arguments.set)
    from viewer.cohorts.run_cohort import cohort

    with show_progress(arguments.quiet) as progress:
        result = cohort(
            arguments.table,
            arguments.model,
            methods,
            arguments.output,
            cards=dict(zip(arguments.model, arguments.card, strict=True)) if arguments.card else None,
            target=_parse_targets(arguments.target),
            region=arguments.region,
            layer=arguments.layer,
            seed=arguments.seed,
            prepare=arguments.prepare,
            grid=arguments.grid,
            trust=arguments.trust,
            scheduler=arguments.scheduler,
            workers=arguments.workers,
            threads=arguments.threads,
            progress=progress,
        )
    numbers = {"computed": result.computed, "kept": result.kept, "failed": len(result.failures)}
    print_notes(
        [
            f"{failure.participant}, {failure.description}: {failure.error}"
            for failure in result.failures[:10]
        ],
        False,
    )
    print_notes(
        [", ".join(f"{format_count(count, 'map')} {name}" for name, count in numbers.items())],
        arguments.quiet,
    )
    print(format_json({"folder": str(result.folder), **numbers}) if arguments.json else result.folder)
    return 1 if result.failures else 0


def _make_methods(names: list[str], settings: list[str]) -> list[Method]:
    """Return the methods with the given parameters. Raises UsageError."""
    from viewer.errors import MethodError
    from viewer.methods.registry import find_method

    values: dict[str, dict[str, object]] = {name: {} for name in names}
    for setting, value in parse_parameters(settings).items():
        method, dot, parameter = setting.partition(".")
        if not dot or method not in values:
            raise UsageError(f"--set {setting}: give METHOD.PARAM=VALUE with one of {', '.join(values)}")
        values[method][parameter] = value
    try:
        return [find_method(name).from_parameters(values[name]) for name in names]
    except MethodError as error:
        raise UsageError(str(error)) from error


def _parse_targets(options: list[str] | None) -> str | dict[str, str | int] | None:
    """Return one target for all networks, or targets by the networks' labels. Raises UsageError."""
    if not options:
        return None
    pairs = [text.partition("=") for text in options]
    if len(options) == 1 and not pairs[0][1]:
        return options[0]
    if not all(separator for _, separator, _ in pairs):
        raise UsageError("--target: give it once for all models, or MODEL=T for each")
    from viewer.cohorts.plan import model_label

    return {model_label(name): target for name, _, target in pairs}
