"""List the clusters of a map: size, strength, position in mm and atlas region."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from viewer.commands import inputs, options, view_options
from viewer.commands.console import format_json, format_table, print_notes, show_progress
from viewer.commands.option_values import IntegerInRange, parse_output_path
from viewer.commands.parser import UsageError
from viewer.number_format import format_share

if TYPE_CHECKING:
    from viewer.scans.cluster_table import ClusterRow

EXAMPLE = """example:
  saliency-viewer clusters map.nii.gz --percentile 99 --min-cluster 50
  saliency-viewer clusters map.nii.gz --top 20 --atlas aal.nii.gz --labels aal.json --csv clusters.csv

Coordinates are in mm to the right, anterior and superior. The share is relative to all relevance in the map,
of both signs. The atlas must be in the same space as the map; if the headers do not confirm this, region
names end in a question mark. For a map computed with --prepare card, or with --transform, regions of an atlas
in MNI space are looked up through the transform of the scan to the template."""

COLUMNS = ("", "voxels", "mm³", "peak", "R", "A", "S", "mean", "share", "region")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("map", metavar="MAP", help="the map")
    parser.add_argument(
        "--map-volume",
        "--volume",
        dest="volume",
        metavar="N",
        type=IntegerInRange(0),
        help="volume of a series, counted from 0",
    )
    view_options.add_threshold_options(parser)
    group = parser.add_argument_group("regions")
    group.add_argument("--atlas", metavar="ATLAS", help="a label image, or a series of probability maps")
    group.add_argument(
        "--labels",
        metavar="FILE",
        help="region names: TSV, CSV, JSON, XML or a look-up table (default: the file beside the atlas)",
    )
    group.add_argument(
        "--transform",
        metavar="FILE",
        help='transform of the scan to MNI152, from "saliency-viewer prepare" or another program (JSON, ITK '
        ".tfm, FSL .mat), for an atlas in MNI space (default: the one in the map's JSON, if any)",
    )
    options.add_json_option(parser)
    parser.add_argument("--csv", metavar="OUT", type=parse_output_path, help="also write the table as CSV")


def run(arguments: argparse.Namespace) -> int:
    """Print the table, or write it as CSV."""
    options.check_atlas_options(arguments)
    if arguments.transform is not None and arguments.atlas is None:
        raise UsageError("--transform: needs an --atlas, in which regions are looked up")
    path = None
    if arguments.csv is not None:
        path = inputs.check_output(arguments.csv, (".csv",))
        inputs.check_not_input(path, arguments.map, arguments.atlas, arguments.labels, arguments.transform)

    from viewer.scans.load import load_map
    from viewer.scans.origin import origin_notes
    from viewer.session.map_clusters import clusters

    with show_progress(arguments.quiet) as progress:
        map_image = load_map(arguments.map, arguments.volume)
        inputs.print_image_notes(arguments, None, (map_image,))
        atlas = inputs.read_atlas(arguments, progress.subtask(0.0, 0.8))
        result = clusters(
            map_image,
            view_options.threshold_from(arguments),
            sign=arguments.sign,
            min_cluster=arguments.min_cluster,
            largest_clusters=arguments.largest_clusters,
            smooth=arguments.smooth,
            atlas=atlas,
            transform=arguments.transform,
            progress=progress.subtask(0.8, 1.0),
        )
    notes = origin_notes(map_image, None)
    print_notes((line for line in result.notes if line not in notes), arguments.quiet)
    if path is not None:
        print(result.save(path))
    if arguments.json:
        print(format_json({"map": str(arguments.map)} | result.as_json()))
    elif path is None:
        print(format_clusters(result.rows) if result.rows else result.explanation)
    return 0


def format_clusters(rows: Sequence[ClusterRow]) -> str:
    """Return the table of clusters as text."""
    lines = []
    for row in rows:
        cluster = row.cluster
        lines.append(
            (
                str(row.number),
                str(cluster.voxels),
                f"{cluster.volume:.0f}",
                f"{cluster.peak:.4g}",
                *(f"{value:z.1f}" for value in cluster.peak_mm),
                f"{cluster.mean:.4g}",
                format_share(cluster.share),
                row.region,
            )
        )
    return format_table(COLUMNS, lines, right_aligned=range(9))
