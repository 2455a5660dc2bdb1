"""Find the scans of a cohort that are most similar to one scan in the features of a network."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from viewer.commands import options
from viewer.commands.console import format_json, format_table, print_notes, show_progress
from viewer.commands.option_values import IntegerInRange, parse_covariates

if TYPE_CHECKING:
    from viewer.cohorts.nearest_scans import Neighbour

EXAMPLE = """example:
  saliency-viewer nearest sub-07 --cohort maps
  saliency-viewer nearest sub-99_T1w.nii.gz --cohort maps -n 10 --among diagnosis=CN --model adnet --json

Scans are compared by the input of the network's last layer. SCAN is a participant of the cohort, whose
features are stored in its folder, or a file; the network is then run on it, prepared like the cohort."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("scan", metavar="SCAN", help="a participant, such as sub-07, or a scan")
    parser.add_argument("--cohort", metavar="DIR", required=True, help="folder of a cohort")
    parser.add_argument(
        "-n",
        "--count",
        metavar="N",
        type=IntegerInRange(1, 100_000),
        default=5,
        help="number of scans (default: 5)",
    )
    parser.add_argument(
        "--among", metavar="COLUMN=VALUE", help="participants to search, such as diagnosis=CN or age=60..75"
    )
    parser.add_argument("--model", metavar="M", help="label of the model, if there are several")
    parser.add_argument("--method", metavar="NAME", help="method of the maps, if there are several")
    parser.add_argument("--card", metavar="FILE", help="the model card, if it is not beside the model")
    parser.add_argument("--trust", action="store_true", help="allow the model to run code that it contains")
    options.add_covariate_option(parser)
    options.add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the nearest scans in order of distance, each with the file of its map."""
    from viewer.cohorts.nearest_scans import nearest

    with show_progress(arguments.quiet) as progress:
        result = nearest(
            arguments.scan,
            arguments.cohort,
            count=arguments.count,
            among=arguments.among,
            model=arguments.model,
            method=arguments.method,
            card=arguments.card,
            trust=arguments.trust,
            covariates=parse_covariates(arguments.set_covariate),
            progress=progress,
        )
    print_notes(result.sentences(), arguments.quiet)
    if arguments.json:
        entries = {
            "scan": result.reference_name,
            "layer": result.layer,
            "compared": result.compared_count,
            "nearest": [_describe_neighbour(neighbour) for neighbour in result.neighbours],
            "without_features": list(result.without_features),
        }
        print(format_json(entries))
        return 0
    columns = tuple(result.neighbours[0].participant.values)
    rows = [
        (
            neighbour.participant.label,
            f"{neighbour.distance:.3g}",
            *neighbour.participant.values.values(),
            str(neighbour.map or "none"),
        )
        for neighbour in result.neighbours
    ]
    print(format_table(("participant", "distance", *columns, "map"), rows, right_aligned=(1,)))
    return 0


def _describe_neighbour(neighbour: Neighbour) -> dict[str, object]:
    return {
        "participant": neighbour.participant.label,
        "distance": neighbour.distance,
        "values": dict(neighbour.participant.values),
        "map": None if neighbour.map is None else str(neighbour.map),
    }
