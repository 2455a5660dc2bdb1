"""Measure how a network's output changes when each region of an atlas is removed in turn."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from viewer.commands import inputs, options
from viewer.commands.console import format_json, format_table, print_notes, show_progress
from viewer.commands.option_values import IntegerInRange, parse_output_path

if TYPE_CHECKING:
    from viewer.methods.perturbation.region_occlusion import RegionEffect

EXAMPLE = """example:
  saliency-viewer regions mni152 --model demo --atlas aal.nii.gz --labels aal.json
  saliency-viewer regions scan.nii.gz --model network.pt --atlas aal.nii.gz --target 1 --csv effects.csv

An effect is the output for the scan minus the output for the scan without the region, before any softmax.
The atlas must be in the same space as the scan; if the headers do not confirm this, region names end in a
question mark."""

COLUMNS = ("region", "voxels", "ml", "effect")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    from viewer.methods.perturbation.fill import FILL_CHOICES, FILL_HELP

    options.add_scan_arguments(parser)
    options.add_model_options(parser)
    options.add_prepare_option(parser)
    parser.add_argument(
        "--atlas", metavar="ATLAS", required=True, help="a label image, or a series of probability maps"
    )
    parser.add_argument(
        "--labels",
        metavar="FILE",
        default="",
        help="file with the region names (default: the file beside the atlas)",
    )
    parser.add_argument("--target", metavar="T", help="the output to measure (default: the largest)")
    parser.add_argument("--fill", choices=FILL_CHOICES, default="black", help=f"{FILL_HELP} (default: black)")
    parser.add_argument(
        "--top",
        metavar="N",
        type=IntegerInRange(1),
        help="list only the regions with the N largest effects",
    )
    parser.add_argument("--csv", metavar="OUT", type=parse_output_path, help="also write the table as CSV")
    options.add_json_option(parser)
    options.add_computing_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the table, or write it as CSV."""
    path = None
    if arguments.csv is not None:
        path = inputs.check_output(arguments.csv, (".csv",))
        inputs.check_not_input(
            path, *inputs.scan_paths(arguments), arguments.model, arguments.card, arguments.atlas
        )
    scan = inputs.read_scan(arguments)
    print_notes((f"{scan.name}: {line}" for line in scan.notes), arguments.quiet)
    model = inputs.read_model(arguments)
    device = inputs.select_device(arguments)

    from viewer.methods.perturbation.region_effects import regions

    with show_progress(arguments.quiet) as progress:
        prepared = inputs.resolve_preparation(arguments, scan, model, progress)
        result = regions(
            model,
            scan,
            arguments.atlas,
            labels=arguments.labels or None,
            target=arguments.target,
            fill=arguments.fill,
            top=arguments.top,
            device=device,
            seed=arguments.seed,
            progress=progress,
            prepare=prepared,
        )
    print_notes(result.notes, arguments.quiet)
    if path is not None:
        print(result.save(path))
    if arguments.json:
        print(format_json(result.as_json()))
    elif path is None:
        print(f"effects on {result.target}")
        print(format_table(COLUMNS, [_format_row(row) for row in result], right_aligned=(1, 2, 3)))
    return 0


def _format_row(row: RegionEffect) -> tuple[str, ...]:
    volume = "" if row.millilitres is None else f"{row.millilitres:.2f}"
    return row.region, str(row.voxels), volume, f"{row.effect:+.4g}"
