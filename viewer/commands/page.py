"""Write a scan and its maps as one HTML page: the box, linked slices, clusters and provenance.

It opens in a browser, offline and without other files.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

from viewer.commands import inputs, options, view_options
from viewer.commands.console import print_notes, show_progress
from viewer.commands.option_values import parse_output_path

EXAMPLE = """example:
  saliency-viewer page mni152 --map map.nii.gz -o result.html
  saliency-viewer page sub-01_T1w.nii.gz --map one.nii.gz --map other.nii.gz --percentile 99.5 \\
      --smooth 4 --glass --model network.safetensors --atlas aal.nii.gz -o result.html

The page contains the scan: share it as you would share the scan. Its threshold can be changed in a few levels
around the given one. The prediction is taken from the maps' JSON, or computed with --model."""

SUFFIXES = (".html", ".htm")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    options.add_scan_arguments(parser)
    parser.add_argument(
        "--map",
        metavar="MAP",
        action="append",
        default=[],
        help="a map; if repeated, the reader of the page chooses one; if omitted, only the scan is shown",
    )
    options.add_map_volume_option(parser)
    parser.add_argument(
        "-o",
        "--output",
        metavar="PAGE",
        type=parse_output_path,
        required=True,
        help="output file, .html",
    )
    view_options.add_threshold_options(parser)
    appearance = parser.add_argument_group("initial appearance")
    view_options.add_box_options(appearance)
    view_options.add_convention_option(appearance)
    options.add_atlas_options(parser)
    options.add_model_options(parser, required=False)
    options.add_prepare_option(parser)
    options.add_computing_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the page, and print its path."""
    options.check_atlas_options(arguments)
    path = inputs.check_output(arguments.output, SUFFIXES)
    files = (arguments.model, arguments.card, arguments.atlas, arguments.labels)
    used_files = (*files, arguments.transform, arguments.brain_mask)
    inputs.check_not_input(path, *inputs.scan_paths(arguments), *arguments.map, *used_files)
    scan = inputs.read_scan(arguments)
    maps = inputs.read_maps(arguments.map, arguments.map_volume)
    inputs.print_image_notes(arguments, scan, maps)

    from viewer.scene.web_page.page import page, size_note
    from viewer.session.threshold_notes import threshold_notes
    from viewer.session.view import Convention

    view = inputs.clamp_view(arguments, scan, view_options.view_from(arguments))
    view = replace(view, convention=Convention(arguments.convention))
    print_notes(threshold_notes(maps, view), arguments.quiet)
    with show_progress(arguments.quiet) as progress:
        model = None if arguments.model is None else inputs.read_model(arguments)
        prediction = inputs.predict_if_requested(arguments, scan, model, progress.subtask(0.0, 0.4))
        atlas = inputs.read_atlas(arguments, progress.subtask(0.4, 0.5))
        page_path = page(
            scan,
            maps,
            path,
            view,
            prediction=prediction,
            model=model,
            atlas=atlas,
            progress=progress.subtask(0.5, 1.0),
        )
    note = size_note(page_path)
    print_notes([note] if note else [], arguments.quiet)
    print(page_path)
    return 0
