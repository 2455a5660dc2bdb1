"""List the bodies of a map: how large and strong they are, where in mm, and in which region."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING

from viewer.commands import options as shared
from viewer.commands.figure import for_cut, threshold_of, ties_note
from viewer.commands.parser import WrongUse
from viewer.commands.telling import as_json, note, progress, table

if TYPE_CHECKING:
    from viewer.scans.cluster_table import ClusterRow
    from viewer.scans.threshold import SortedValues

EXAMPLE = """example:
  saliency-viewer clusters map.nii.gz --percentile 99 --min-cluster 50
  saliency-viewer clusters map.nii.gz --top 20 --atlas aal.nii.gz --labels aal.json --csv clusters.csv

Millimetres are to the right, anterior and superior. The share is of all relevance in the map. The atlas has
to be in the same space as the map; where the headers do not say so, its names end in a question mark."""

HEADS = ("", "voxels", "mm³", "peak", "R", "A", "S", "mean", "share", "region")


def options(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("map", metavar="MAP", help="the map")
    parser.add_argument(
        "--map-volume",
        "--volume",
        dest="volume",
        metavar="N",
        type=shared.whole(0),
        help="which volume of a series, counted from 0",
    )
    for_cut(parser)
    group = parser.add_argument_group("regions")
    group.add_argument(
        "--atlas", metavar="ATLAS", help="an image of labels, or a series of volumes with probabilities"
    )
    group.add_argument(
        "--labels",
        metavar="FILE",
        help="the regions' names: TSV, CSV, JSON, XML or a look-up table (default: beside it)",
    )
    shared.for_json(parser)
    parser.add_argument("--csv", metavar="OUT", help="write the table there, for a spreadsheet")


def run(arguments: argparse.Namespace) -> int:
    """Print the table, or write it."""
    if arguments.labels is not None and arguments.atlas is None:
        raise WrongUse("--labels names the regions of an --atlas, and none is given")
    path = None
    if arguments.csv is not None:
        path = shared.output(arguments.csv, (".csv",))
        shared.spare(path, arguments.map, arguments.atlas, arguments.labels)

    from viewer.scans.atlas import find_names_file, load_atlas
    from viewer.scans.atlas_space import atlas_for, atlas_warning
    from viewer.scans.atomic_write import atomic_write
    from viewer.scans.cluster_table import cluster_table, to_csv, to_json
    from viewer.scans.load import load_map
    from viewer.scans.origin import origin_notes
    from viewer.scans.smoothing import gaussian_smooth
    from viewer.scans.threshold import SortedValues
    from viewer.session.view import Sign

    with progress(arguments.quiet) as shown:
        found = load_map(arguments.map, arguments.volume)
        shared.note_images(arguments, None, (found,))
        atlas, notes = None, list(origin_notes(found, None))
        if arguments.atlas is not None:
            atlas = atlas_for(load_atlas(arguments.atlas, arguments.labels, shown.subtask(0.0, 0.8)), found)
            note((f"{atlas.name}: {line}" for line in atlas.notes), arguments.quiet)
            doubts = [atlas_warning(atlas)] if atlas_warning(atlas) else []
            note(doubts, arguments.quiet)
            notes += doubts
            if arguments.labels is None and find_names_file(Path(arguments.atlas)) is None:
                note([f"{atlas.name}: no names lie beside it; --labels names a file"], arguments.quiet)
        assert found.grid is not None
        sign = Sign(arguments.sign).number
        values = gaussian_smooth(found.data, found.grid, arguments.smooth)
        ranking = SortedValues(values, sign)
        value = ranking.cutoff(threshold_of(arguments))
        ties = [f"{found.name}: {line}" for line in ties_note(ranking, threshold_of(arguments))]
        note(ties, arguments.quiet)
        notes += ties
        rows = cluster_table(
            values, found.grid, value, sign, arguments.min_cluster, atlas, shown.subtask(0.8, 1.0),
            max_clusters=arguments.largest_clusters,
        )  # fmt: skip
    if path is not None:
        with atomic_write(path) as file:
            file.write(to_csv(rows).encode())
        print(path)
    if arguments.json:
        entries = {"map": str(arguments.map), "threshold": value, "clusters": to_json(rows)}
        print(as_json(entries | ({"notes": notes} if notes else {})))
    elif path is None:
        print(told(rows) if rows else _nothing(ranking, value, sign, arguments.min_cluster))
    return 0


def _nothing(ranking: SortedValues, value: float, sign: int, smallest: float) -> str:
    """What is said where there are no clusters; the threshold is infinite where no value takes part."""
    if value <= ranking.largest:
        return f"every body from {value:.4g} on is smaller than {smallest:g} mm³"
    if math.isfinite(value):
        return f"nothing reaches {value:.4g}"
    return {0: "every value is 0", 1: "no value is above 0", -1: "no value is below 0"}[sign]


def told(rows: list[ClusterRow]) -> str:
    """The table for a person."""
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
                f"{cluster.share:.1%}".replace("%", " %"),
                row.region,
            )
        )
    return table(HEADS, lines, right=range(9))
