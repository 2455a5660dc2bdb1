"""Write a map of a DICOM series as DICOM: values, clusters and pictures that refer to the series."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from viewer.commands import inputs, options, view_options
from viewer.commands.console import format_json, print_notes, show_progress
from viewer.commands.option_values import parse_output_path
from viewer.commands.parser import UsageError
from viewer.files import exists, is_folder

EXAMPLE = """example:
  saliency-viewer dicom series/ --map map.nii.gz -o map-dicom
  saliency-viewer dicom series/ --map map.nii.gz --percentile 99.5 --smooth 4 --atlas aal.nii.gz \\
      --pseudonym sub-01 -o map-dicom

The output is a Parametric Map (32-bit floating point), a Segmentation with one segment per cluster, and
Secondary Captures of the box and the slices with "research only, not for diagnosis" in their pixels. The
files keep the patient identity of the series, so that an archive can file them; --pseudonym replaces it and
all UIDs. Needs: pip install saliency-viewer[dicom]"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    options.add_scan_arguments(parser)
    parser.add_argument("--map", metavar="MAP", required=True, help="the map of this scan")
    options.add_map_volume_option(parser)
    parser.add_argument(
        "-o",
        "--output",
        metavar="FOLDER",
        type=parse_output_path,
        required=True,
        help="output folder; existing files are never replaced",
    )
    parser.add_argument(
        "--pseudonym",
        metavar="NAME",
        default="",
        help="write this as patient name and ID, without any other patient data, and replace the UIDs "
        "(default: the identity in the series)",
    )
    parser.add_argument("--no-pictures", action="store_true", help="write no Secondary Captures")
    view_options.add_threshold_options(parser)
    appearance = parser.add_argument_group("appearance of the pictures")
    view_options.add_box_options(appearance)
    view_options.add_convention_option(appearance)
    options.add_atlas_options(parser)
    options.add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the files, and print their paths."""
    options.check_atlas_options(arguments)
    folder = Path(arguments.output)
    if exists(folder) and not is_folder(folder):
        raise UsageError(f"{folder}: is not a folder")
    scan = inputs.read_scan(arguments)
    (saliency,) = inputs.read_maps([arguments.map], arguments.map_volume)
    inputs.print_image_notes(arguments, scan, (saliency,))

    from viewer.scene.dicom_export.save_dicom import save_dicom
    from viewer.session.threshold_notes import threshold_notes
    from viewer.session.view import Convention

    view = inputs.clamp_view(arguments, scan, view_options.view_from(arguments))
    view = replace(view, convention=Convention(arguments.convention))
    print_notes(threshold_notes((saliency,), view), arguments.quiet)
    with show_progress(arguments.quiet) as progress:
        atlas = inputs.read_atlas(arguments, progress.subtask(0.0, 0.2))
        series = save_dicom(
            scan,
            saliency,
            folder,
            view,
            atlas=atlas,
            pseudonym=arguments.pseudonym,
            pictures=not arguments.no_pictures,
            progress=progress.subtask(0.2, 1.0),
        )
    print_notes(series.notes, arguments.quiet)
    if arguments.json:
        print(format_json({kind: str(path) for kind, path in series.files.items()}))
        return 0
    for path in series.files.values():
        print(path)
    return 0
