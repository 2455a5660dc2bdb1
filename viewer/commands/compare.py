"""Compare two maps: similarity measures, and overlap of their strongest voxels."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from viewer.commands import inputs, options
from viewer.commands.console import format_json, format_table, print_notes
from viewer.commands.option_values import FloatInRange

if TYPE_CHECKING:
    from viewer.checks.map_comparison import Comparison

EXAMPLE = """example:
  saliency-viewer compare gradient.nii.gz lrp.nii.gz
  saliency-viewer compare gradient.nii.gz lrp.nii.gz --share 5 --json

Voxels that are zero in both maps are ignored. The second map is resampled to the grid of the first."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("first", metavar="MAP1", help="a map file")
    parser.add_argument("second", metavar="MAP2", help="another map in the same space")
    options.add_map_volume_option(parser)
    parser.add_argument(
        "--share",
        metavar="P",
        type=FloatInRange(0, 100),
        default=1.0,
        help="percentage of voxels that count as the strongest, for Dice, IoU and AUC (default: 1)",
    )
    options.add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Read both maps, and print the measures."""
    from viewer.scans.origin import comparison_notes, origin_notes

    maps = inputs.read_maps((arguments.first, arguments.second), arguments.map_volume)
    inputs.print_image_notes(arguments, None, maps)

    from viewer.checks.map_comparison import compare

    comparison = compare(maps[0], maps[1], arguments.share / 100)
    print_notes(comparison.notes, arguments.quiet)
    if arguments.json:
        origin_lines = [f"{map_.name}: {line}" for map_ in maps for line in origin_notes(map_, None)]
        notes = [*origin_lines, *comparison_notes(maps), *comparison.notes]
        entries = {"first": arguments.first, "second": arguments.second, **comparison.as_json()}
        print(format_json(entries | ({"notes": notes} if notes else {})))
        return 0
    print(format_table(("number", "value", "meaning"), make_comparison_rows(comparison), right_aligned=(1,)))
    return 0


def make_comparison_rows(comparison: Comparison) -> list[tuple[str, str, str]]:
    """Return the measures as rows of text, each with its meaning."""
    top = f"the {comparison.top:,} strongest voxels of each"
    return [
        ("voxels", f"{comparison.voxels:,}", "in which at least one map is not zero"),
        ("Pearson", f"{comparison.pearson:.4f}", "correlation of the values, -1 to 1"),
        ("Spearman", f"{comparison.spearman:.4f}", "correlation of their ranks, -1 to 1"),
        (
            "L1 similarity",
            f"{comparison.l1_similarity:.4f}",
            "overlap of the distributions of |values|, 0 to 1",
        ),
        ("KL", f"{comparison.kl:.4f}", "divergence of the second from the first in nats, 0 is none"),
        ("KL, reversed", f"{comparison.kl_reverse:.4f}", "of the first from the second"),
        ("Dice", f"{comparison.dice:.4f}", f"overlap of {top} (chance: {comparison.dice_chance:.4f})"),
        ("IoU", f"{comparison.iou:.4f}", "the same as intersection over union"),
        (
            "AUC",
            f"{comparison.auc:.4f}",
            "how well the first finds the second's strongest voxels, chance 0.5",
        ),
        ("AUC, reversed", f"{comparison.auc_reverse:.4f}", "how well the second finds the first's"),
    ]
