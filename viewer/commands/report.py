"""Write a one-page report of a result: prediction, box, slices, clusters and checks."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from viewer.commands import inputs, options, view_options
from viewer.commands.console import print_notes, show_progress
from viewer.commands.option_values import parse_output_path
from viewer.commands.parser import UsageError

if TYPE_CHECKING:
    from viewer.checks.base import CheckResult
    from viewer.models.model import Model
    from viewer.progress import Progress
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan

EXAMPLE = """example:
  saliency-viewer report mni152 --map map.nii.gz -o result.pdf
  saliency-viewer report series/ --map map.nii.gz --model network.safetensors --kinds deletion,conservation \\
      --percentile 99.5 --atlas aal.nii.gz --pseudonym sub-01 --page -o result.html

The identity is taken from the DICOM header and the file name, or is --pseudonym. The prediction is taken from
the map's JSON, or computed with --model. Checks of the map are run if given with --kinds; "check" lists them.
For research only, not for diagnosis."""

SUFFIXES = (".html", ".htm", ".pdf")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    options.add_scan_arguments(parser)
    parser.add_argument("--map", metavar="MAP", required=True, help="the map")
    options.add_map_volume_option(parser)
    parser.add_argument(
        "-o",
        "--output",
        metavar="REPORT",
        type=parse_output_path,
        required=True,
        help="output file, .html or .pdf (A4)",
    )
    parser.add_argument(
        "--pseudonym",
        metavar="NAME",
        default="",
        help="name to use instead of the person's identity and the file name",
    )
    parser.add_argument(
        "--kinds", metavar="K,...", default="", help="checks of the map to run, with --model (default: none)"
    )
    parser.add_argument("--page", action="store_true", help="append the interactive page (HTML only)")
    view_options.add_threshold_options(parser)
    appearance = parser.add_argument_group("appearance of the pictures")
    view_options.add_box_options(appearance)
    view_options.add_convention_option(appearance)
    options.add_atlas_options(parser)
    options.add_model_options(parser, required=False)
    options.add_prepare_option(parser)
    options.add_computing_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the report, and print its path."""
    options.check_atlas_options(arguments)
    path = inputs.check_output(arguments.output, SUFFIXES)
    if arguments.page and path.suffix.lower() == ".pdf":
        raise UsageError("--page: a PDF cannot hold the interactive page")
    if arguments.kinds and arguments.model is None:
        raise UsageError("--kinds: checks run the network; name it with --model")
    files = (arguments.model, arguments.card, arguments.atlas, arguments.labels)
    used_files = (*files, arguments.transform, arguments.brain_mask)
    inputs.check_not_input(path, *inputs.scan_paths(arguments), arguments.map, *used_files)
    scan = inputs.read_scan(arguments)
    (map_,) = inputs.read_maps([arguments.map], arguments.map_volume)
    inputs.print_image_notes(arguments, scan, (map_,))

    from viewer.scene.result_report.report import report
    from viewer.scene.web_page.page import size_note
    from viewer.session.threshold_notes import threshold_notes
    from viewer.session.view import Convention

    view = inputs.clamp_view(arguments, scan, view_options.view_from(arguments))
    view = replace(view, convention=Convention(arguments.convention))
    print_notes(threshold_notes((map_,), view), arguments.quiet)
    with show_progress(arguments.quiet) as progress:
        model = None if arguments.model is None else inputs.read_model(arguments)
        prediction = inputs.predict_if_requested(arguments, scan, model, progress.subtask(0.0, 0.2))
        checks = _run_checks(arguments, scan, map_, model, progress.subtask(0.2, 0.6))
        atlas = inputs.read_atlas(arguments, progress.subtask(0.6, 0.7))
        report_path = report(
            scan,
            map_,
            path,
            view,
            prediction=prediction,
            model=model,
            atlas=atlas,
            checks=checks,
            pseudonym=arguments.pseudonym,
            interactive=arguments.page,
            progress=progress.subtask(0.7, 1.0),
        )
    note = size_note(report_path)
    print_notes([note] if note else [], arguments.quiet)
    print(report_path)
    return 0


def _run_checks(
    arguments: argparse.Namespace, scan: Scan, map_: Map, model: Model | None, progress: Progress
) -> tuple[CheckResult, ...]:
    """Return the results of the checks of ``--kinds``; empty if none is given."""
    kinds = inputs.parse_check_names(arguments.kinds)
    if kinds is None or model is None:
        return ()
    from viewer.checks.check_maps import check

    device = inputs.select_device(arguments)
    prepared = inputs.resolve_preparation(arguments, scan, model, progress)
    results = check(
        model, scan, map_, kinds=kinds, device=device, seed=arguments.seed, prepare=prepared,
        progress=progress,
    )  # fmt: skip
    return results.results
