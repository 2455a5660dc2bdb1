"""List what each region of an atlas, taken away in turn, takes from the network's answer."""

from __future__ import annotations

import argparse
import csv
import io
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from viewer.commands import options as shared
from viewer.commands.telling import as_json, note, progress, table

if TYPE_CHECKING:
    from viewer.methods.perturbation.region_occlusion import RegionEffect

EXAMPLE = """example:
  saliency-viewer regions mni152 --model demo --atlas aal.nii.gz --labels aal.json
  saliency-viewer regions scan.nii.gz --model network.pt --atlas aal.nii.gz --target 1 --csv effects.csv

An effect is the output for the scan less the output for the scan without the region, before any softmax.
The atlas has to be in the same space as the scan; where the headers do not say so, its names end in a
question mark."""

HEADS = ("region", "voxels", "ml", "effect")


def options(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    from viewer.methods.perturbation.fill import FILL_CHOICES, FILL_HELP

    shared.for_scan(parser)
    shared.for_model(parser)
    parser.add_argument(
        "--atlas", metavar="ATLAS", required=True, help="an image of labels, or volumes with probabilities"
    )
    parser.add_argument(
        "--labels", metavar="FILE", default="", help="the regions' names (default: the file beside the atlas)"
    )
    parser.add_argument("--target", metavar="T", help="the output that is looked at (default: the largest)")
    parser.add_argument("--fill", choices=FILL_CHOICES, default="black", help=f"{FILL_HELP} (default: black)")
    parser.add_argument(
        "--top", metavar="N", type=shared.whole(1), help="list only the regions with the N largest effects"
    )
    parser.add_argument("--csv", metavar="OUT", help="write the table there, for a spreadsheet")
    shared.for_json(parser)
    shared.for_computing(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the table, or write it."""
    path = None
    if arguments.csv is not None:
        path = shared.output(arguments.csv, (".csv",))
        shared.spare(path, arguments.scan, arguments.model, arguments.card, arguments.atlas)
    scan = shared.read_scan(arguments)
    note((f"{scan.name}: {line}" for line in scan.notes), arguments.quiet)
    model = shared.read_model(arguments)
    device = shared.settle(arguments)

    from viewer.methods.explain import explain
    from viewer.methods.perturbation.region_occlusion import RegionOcclusion, list_effects
    from viewer.methods.perturbation.segments import atlas_segments
    from viewer.scans.atlas import load_atlas
    from viewer.scans.atlas_space import MARK, space_mismatch
    from viewer.scans.atomic_write import atomic_write

    doubt = space_mismatch(load_atlas(arguments.atlas, arguments.labels or None), scan)
    notes = [doubt] if doubt else []
    note(notes, arguments.quiet)
    method = RegionOcclusion(atlas=arguments.atlas, labels=arguments.labels, fill=arguments.fill)
    with progress(arguments.quiet) as shown:
        found = explain(
            model,
            scan,
            method,
            target=arguments.target,
            device=device,
            seed=arguments.seed,
            progress=shown,
            grid="model",
        )
    rows = list_effects(found, atlas_segments(arguments.atlas, arguments.labels, found.grid))[: arguments.top]
    if doubt:
        rows = tuple(replace(row, region=f"{row.region} {MARK}") for row in rows)
    if path is not None:
        with atomic_write(path) as file:
            file.write(_csv(rows).encode())
        print(path)
    if arguments.json:
        told = {"target": found.provenance.target, "regions": [asdict(row) for row in rows]}
        print(as_json(told | ({"notes": notes} if notes else {})))
    elif path is None:
        print(f"effects on {found.provenance.target}")
        print(table(HEADS, [_line(row) for row in rows], right=(1, 2, 3)))
    return 0


def _line(row: RegionEffect) -> tuple[str, ...]:
    volume = "" if row.millilitres is None else f"{row.millilitres:.2f}"
    return row.region, str(row.voxels), volume, f"{row.effect:+.4g}"


def _csv(rows: tuple[RegionEffect, ...]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("region", "voxels", "millilitres", "effect"))
    writer.writerows((row.region, row.voxels, row.millilitres, row.effect) for row in rows)
    return text.getvalue()
