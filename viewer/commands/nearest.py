"""Find the scans of a cohort that a network sees as most like one scan."""

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

Scans are compared by what the network hands to its last layer. SCAN is a participant of the cohort, whose
features are in its folder, or a file, which the network is run on, prepared as the cohort's scans were."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("scan", metavar="SCAN", help="a participant, such as sub-07, or a scan")
    parser.add_argument("--cohort", metavar="DIR", required=True, help="the folder of a cohort")
    parser.add_argument(
        "-n",
        "--count",
        metavar="N",
        type=IntegerInRange(1, 100_000),
        default=5,
        help="number of scans (default: 5)",
    )
    parser.add_argument(
        "--among", metavar="COLUMN=VALUE", help="which participants, such as diagnosis=CN or age=60..75"
    )
    parser.add_argument("--model", metavar="M", help="the model's label, where there are several")
    parser.add_argument("--method", metavar="NAME", help="the method of the maps, where there are several")
    parser.add_argument("--card", metavar="FILE", help="the model's card, where it is not beside it")
    parser.add_argument("--trust", action="store_true", help="allow a model that contains code to run it")
    options.add_covariate_option(parser)
    options.add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the nearest scans, the nearest first, each with the file of its map."""
    from viewer.cohorts.nearest_scans import nearest

    with show_progress(arguments.quiet) as shown:
        found = nearest(
            arguments.scan,
            arguments.cohort,
            count=arguments.count,
            among=arguments.among,
            model=arguments.model,
            method=arguments.method,
            card=arguments.card,
            trust=arguments.trust,
            covariates=parse_covariates(arguments.set_covariate),
            progress=shown,
        )
    print_notes(found.sentences(), arguments.quiet)
    if arguments.json:
        entries = {
            "scan": found.of,
            "layer": found.layer,
            "compared": found.compared,
            "nearest": [_describe(one) for one in found.neighbours],
            "without_features": list(found.without_features),
        }
        print(format_json(entries))
        return 0
    columns = tuple(found.neighbours[0].participant.values)
    rows = [
        (
            one.participant.label,
            f"{one.distance:.3g}",
            *one.participant.values.values(),
            str(one.map or "none"),
        )
        for one in found.neighbours
    ]
    print(format_table(("participant", "distance", *columns, "map"), rows, right=(1,)))
    return 0


def _describe(one: Neighbour) -> dict[str, object]:
    return {
        "participant": one.participant.label,
        "distance": one.distance,
        "values": dict(one.participant.values),
        "map": None if one.map is None else str(one.map),
    }
