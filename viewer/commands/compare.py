"""Compare two maps in numbers: how alike they are, and where each is strongest."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from viewer.commands import options as shared
from viewer.commands.telling import as_json, note, table

if TYPE_CHECKING:
    from viewer.checks.map_comparison import Comparison

EXAMPLE = """example:
  saliency-viewer compare gradient.nii.gz lrp.nii.gz
  saliency-viewer compare gradient.nii.gz lrp.nii.gz --share 5 --json

Voxels in which both maps are zero take no part. The second map is carried onto the first's grid."""


def options(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("first", metavar="MAP1", help="a map's file")
    parser.add_argument("second", metavar="MAP2", help="another, of the same space")
    shared.for_map_volume(parser)
    parser.add_argument(
        "--share",
        metavar="P",
        type=shared.number(0, 100),
        default=1.0,
        help="per cent of the voxels that count as the strongest, for Dice, IoU and AUC (default: 1)",
    )
    shared.for_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Read both, and print the numbers."""
    from viewer.scans.origin import notes_on_several, origin_notes

    maps = shared.read_maps((arguments.first, arguments.second), arguments.map_volume)
    shared.note_images(arguments, None, maps)

    from viewer.checks.map_comparison import compare

    found = compare(maps[0], maps[1], arguments.share / 100)
    note(_ties(found), arguments.quiet)
    if arguments.json:
        told = [f"{one.name}: {line}" for one in maps for line in origin_notes(one, None)]
        notes = [*told, *notes_on_several(maps), *_ties(found)]
        entries = {"first": arguments.first, "second": arguments.second, **found.as_json()}
        print(as_json(entries | ({"notes": notes} if notes else {})))
        return 0
    print(table(("number", "value", "meaning"), rows(found), right=(1,)))
    return 0


def _ties(found: Comparison) -> list[str]:
    """Which map has no clear set of strongest voxels, where one has not."""
    return [
        f"{count:,} voxels of the {which} map are tied at the end of its {found.top:,} strongest; "
        "Dice, IoU and AUC count each of them in part"
        for which, count in (("first", found.tied), ("second", found.tied_second))
        if count
    ]


def rows(found: Comparison) -> list[tuple[str, str, str]]:
    """The numbers for a person, each with what it means."""
    top = f"the {found.top:,} strongest voxels of either"
    return [
        ("voxels", f"{found.voxels:,}", "in which at least one map is not zero"),
        ("Pearson", f"{found.pearson:.4f}", "correlation of the values, -1 to 1"),
        ("Spearman", f"{found.spearman:.4f}", "correlation of their ranks, -1 to 1"),
        (
            "L1 similarity",
            f"{found.l1_similarity:.4f}",
            "what the distributions of |values| share, 0 to 1",
        ),
        ("KL", f"{found.kl:.4f}", "divergence of the second from the first in nats, 0 is none"),
        ("KL, reversed", f"{found.kl_reverse:.4f}", "of the first from the second"),
        ("Dice", f"{found.dice:.4f}", f"overlap of {top} (chance: {found.dice_chance:.4f})"),
        ("IoU", f"{found.iou:.4f}", "the same as intersection over union"),
        ("AUC", f"{found.auc:.4f}", "how well the first finds the second's strongest voxels, chance 0.5"),
        ("AUC, reversed", f"{found.auc_reverse:.4f}", "how well the second finds the first's"),
    ]
