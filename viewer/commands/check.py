"""Check whether maps can be trusted: numbers, and a report with pictures."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from viewer.commands import inputs, options
from viewer.commands.console import (
    format_duration,
    format_json,
    format_table,
    print_caution,
    print_notes,
    show_progress,
)
from viewer.commands.option_values import parse_output_path
from viewer.commands.parser import UsageError
from viewer.number_format import format_count

if TYPE_CHECKING:
    from viewer.methods.base import Method

EXAMPLE = """example:
  saliency-viewer check simulated-lesions --model demo --method input-times-gradient --method grad-cam
  saliency-viewer check sub-01_T1w.nii.gz --model network.pt --map sub-01_lrp.nii.gz \\
      --kinds deletion,randomisation --mask sub-01_lesion.nii.gz -o report.html

The estimated time is printed first. If possible, a map from a file is recomputed as described in its JSON.
The report is a single, self-contained HTML file."""

CHECK_NAMES = ", ".join(
    (
        "conservation",
        "deletion",
        "removal",
        "sensitivity-n",
        "shortcuts",
        "localisation",
        "randomisation",
        "contrast",
        "repeatability",
        "stability",
        "agreement",
    )
)
"""Names of the checks, written out so that the help does not import them."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    options.add_scan_arguments(parser)
    options.add_model_options(parser)
    options.add_prepare_option(parser)
    parser.add_argument(
        "--map", metavar="MAP", action="append", default=[], help="a map file; may be repeated"
    )
    options.add_map_volume_option(parser)
    parser.add_argument(
        "--method",
        metavar="NAME",
        action="append",
        default=[],
        help='a method to compute a map with, see "saliency-viewer methods"; may be repeated',
    )
    parser.add_argument("--layer", metavar="PATH", help="the layer, for methods that use one")
    parser.add_argument(
        "--target", metavar="T", help="the output to explain (default: that of the map, or the largest)"
    )
    parser.add_argument(
        "--region",
        metavar="R",
        help="for a network with an output per voxel: the voxels over which the class output is summed",
    )
    parser.add_argument(
        "--kinds",
        metavar="K,...",
        default="",
        help=f"the checks to run: {CHECK_NAMES} (default: all that apply)",
    )
    parser.add_argument(
        "--mask",
        metavar="MASK",
        help="a region known to matter, to compare the map with: a mask or an atlas (default: the simulated "
        "lesions of the built-in scan)",
    )
    parser.add_argument(
        "--label",
        metavar="L",
        help="the region of an atlas: its number or, if a file beside the atlas gives names, its name "
        "(default: every voxel above zero)",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="REPORT.html",
        type=parse_output_path,
        help="where to write the report",
    )
    options.add_json_option(parser)
    options.add_computing_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the checks, print the numbers, and write the report."""
    path = None if arguments.output is None else inputs.check_output(arguments.output, (".html", ".htm"))
    if not arguments.map and not arguments.method:
        raise UsageError("no map: give files with --map, or methods with --method")
    if arguments.label is not None and arguments.mask is None:
        raise UsageError("--label: give the atlas with --mask")
    if path is not None:
        inputs.check_not_input(
            path, *inputs.scan_paths(arguments), arguments.model, arguments.card, *arguments.map
        )
    kinds, methods = inputs.parse_check_names(arguments.kinds), _find_methods(arguments.method)
    scan = inputs.read_scan(arguments)
    maps = inputs.read_maps(arguments.map, arguments.map_volume)
    model = inputs.read_model(arguments)
    inputs.print_image_notes(arguments, scan, maps, model)
    device = inputs.select_device(arguments)

    from viewer.checks.check_maps import plan_checks
    from viewer.checks.runner import plugin_problems

    print_notes(plugin_problems(), arguments.quiet)
    with show_progress(arguments.quiet) as progress:
        prepared = inputs.resolve_preparation(arguments, scan, model, progress)
        plan = plan_checks(
            model,
            scan,
            maps,
            methods,
            kinds=kinds,
            target=arguments.target,
            region=arguments.region,
            layer=arguments.layer,
            mask=arguments.mask,
            label=arguments.label,
            device=device,
            seed=arguments.seed,
            progress=progress.subtask(0, 0.1),
            prepare=prepared,
        )
        seconds = plan.duration_estimate.seconds
        count = len(plan.explanations)
        print_notes(
            [f"{format_count(count, 'map')}, about {format_duration(seconds)} of checks"], arguments.quiet
        )
        checked = plan.run(progress.subtask(0.1, 0.96))
        if path is not None:
            from viewer.scene.check_report import save_report

            save_report(checked, path, progress.subtask(0.96, 1, "Writing the report"))
    print_notes(checked.notes, arguments.quiet)
    print_caution(checked.context.fit, arguments.quiet)
    if arguments.json:
        inputs_given = inputs.describe_inputs(scan)
        print(
            format_json(
                inputs_given | checked.as_json() | ({"report": str(path)} if path is not None else {})
            )
        )
        return 0
    rows = [(result.check, result.map or "all", str(result.verdict), result.headline) for result in checked]
    print(format_table(("check", "map", "verdict", "number"), rows))
    print(f"fit: {checked.context.fit.verdict}")
    for name, sentence in checked.summary.items():
        print(f"{name}: {sentence}")
    if path is not None:
        print(path)
    return 0


def _find_methods(names: list[str]) -> list[Method]:
    """Return the methods with these names.

    Raises
    ------
    UsageError
        There is no such method.
    """
    from viewer.errors import MethodError
    from viewer.methods.registry import find_method

    try:
        return [find_method(name)() for name in dict.fromkeys(names)]
    except MethodError as error:
        raise UsageError(str(error)) from error
