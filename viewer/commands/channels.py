"""Rank the channels of a layer by their relevance for one decision."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from viewer.commands import inputs, options
from viewer.commands.console import format_json, format_table, print_notes, show_progress
from viewer.commands.option_values import IntegerInRange, parse_output_path, parse_parameters
from viewer.commands.parser import UsageError
from viewer.number_format import format_share

if TYPE_CHECKING:
    from viewer.methods.channel_table import ChannelRelevance

EXAMPLE = """example:
  saliency-viewer channels simulated-lesions --model demo --layer relu5 --target lesion --top 5
  saliency-viewer explain simulated-lesions --model demo --method crp --layer relu5 --set channel=12 \\
      --target lesion -o through-channel.nii.gz

The relevance of a channel is the sum of the LRP relevance of its units, in units of the output; negative
relevance is evidence against the target. The second command maps the relevance that passes through one
channel. The rules are those of the method crp; --set changes them."""

COLUMNS = ("channel", "relevance", "share")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    options.add_scan_arguments(parser)
    options.add_model_options(parser)
    options.add_prepare_option(parser)
    parser.add_argument(
        "--layer",
        metavar="PATH",
        help='a layer listed by "saliency-viewer info M --layers" (default: the layer that Grad-CAM uses)',
    )
    parser.add_argument("--target", metavar="T", help="the output to explain (default: the largest)")
    parser.add_argument(
        "--region",
        metavar="R",
        help="for a network with an output per voxel: as for explain (default: above:0.5)",
    )
    parser.add_argument(
        "--set",
        metavar="PARAM=VALUE",
        action="append",
        default=[],
        help="set a rule of the method crp; may be repeated",
    )
    parser.add_argument(
        "--top",
        metavar="N",
        type=IntegerInRange(1),
        help="list only the N most relevant channels",
    )
    parser.add_argument("--csv", metavar="OUT", type=parse_output_path, help="also write the table as CSV")
    options.add_json_option(parser)
    options.add_computing_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the table, or write it as CSV."""
    path = None
    if arguments.csv is not None:
        path = inputs.check_output(arguments.csv, (".csv",))
        inputs.check_not_input(path, *inputs.scan_paths(arguments), arguments.model, arguments.card)
    rules = _parse_rules(arguments.set)
    scan = inputs.read_scan(arguments)
    print_notes((f"{scan.name}: {line}" for line in scan.notes), arguments.quiet)
    model = inputs.read_model(arguments)
    device = inputs.select_device(arguments)

    from viewer.methods.channel_table import channels

    with show_progress(arguments.quiet) as progress:
        prepared = inputs.resolve_preparation(arguments, scan, model, progress)
        table = channels(
            model,
            scan,
            arguments.layer,
            target=arguments.target,
            region=arguments.region,
            top=arguments.top,
            device=device,
            progress=progress,
            prepare=prepared,
            **rules,
        )
    print_notes(table.notes, arguments.quiet)
    if path is not None:
        print(table.save(path))
    if arguments.json:
        print(format_json(table.as_json()))
    elif path is None:
        print(f"channels of {table.layer}, relevance for {table.target}")
        print(format_table(COLUMNS, [_format_row(row) for row in table], right_aligned=(0, 1, 2)))
    return 0


def _parse_rules(settings: list[str]) -> dict[str, object]:
    """Return the given parameters of crp. Raises UsageError if one is invalid."""
    from viewer.errors import MethodError
    from viewer.methods.concept_relevance import ConceptRelevance

    rules: dict[str, object] = dict(parse_parameters(settings))
    if "channel" in rules:
        raise UsageError("--set channel: this command lists all channels; explain --method crp shows one")
    try:
        ConceptRelevance.from_parameters(rules)
    except MethodError as error:
        raise UsageError(str(error)) from error
    return rules


def _format_row(row: ChannelRelevance) -> tuple[str, ...]:
    return str(row.channel), f"{row.relevance:+.4g}", format_share(row.share, unit="%")
