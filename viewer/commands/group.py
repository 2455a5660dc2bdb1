"""Compute group maps and statistics of a cohort."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from viewer.commands import options
from viewer.commands.console import format_json, format_table, print_notes, show_progress
from viewer.commands.option_values import FloatInRange, IntegerInRange, parse_output_path
from viewer.commands.parser import UsageError

if TYPE_CHECKING:
    from viewer.cohorts.group_result import GroupResult
    from viewer.progress import Progress

EXAMPLE = """example:
  saliency-viewer group maps --contrast diagnosis:AD-CN --confound age -o results/ad-cn
  saliency-viewer group maps --covariate hippocampus --method lrp-epsilon --tfce \\
      --atlas aal.nii.gz -o results/hippocampus
  saliency-viewer group maps --person sub-07 --among diagnosis=CN -o results/sub-07

DIR is a folder written by "saliency-viewer cohort". The results are OUT_mean, OUT_sd, OUT_share (the share of
participants in whose map a voxel is among the strongest), OUT_effect, OUT_t, and −log10 of p: OUT_p-fwe
(largest |t|) and OUT_p-fdr; with --tfce also OUT_tfce and OUT_p-tfce, and with --person OUT_z; each .nii.gz.
With --atlas there is OUT_regions.tsv. OUT_participants.tsv lists the included and the excluded participants.
With --agreement, OUT_agreement.tsv has r and Dice (of the strongest voxels) of pairs of mean maps."""

SHOWN_REGIONS = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("folder", metavar="DIR", help="folder of a cohort")
    test = parser.add_mutually_exclusive_group()
    test.add_argument(
        "--contrast",
        metavar="COLUMN[:B-A]",
        help="compare two groups of a column of the participants table: mean of B minus mean of A",
    )
    test.add_argument("--covariate", metavar="COLUMN", help="slope over a numeric column (default: the mean)")
    test.add_argument(
        "--person",
        metavar="SUB|MAP",
        help="compare one participant, such as sub-07, or a map made in the same way, with the others",
    )
    test.add_argument(
        "--agreement",
        metavar="COLUMN",
        nargs="?",
        const="",
        help="compare the mean maps of all models and methods, and of a column's groups, in pairs",
    )
    parser.add_argument(
        "--among",
        metavar="COLUMN=VALUE",
        help="participants to include, such as diagnosis=CN or age=60..75; with --person, the others",
    )
    parser.add_argument(
        "--confound",
        metavar="COLUMN",
        action="append",
        default=[],
        help="regress out a column; may be repeated",
    )
    parser.add_argument("--model", metavar="M", help="label of the model, if there are several")
    parser.add_argument("--method", metavar="NAME", help="the method, if there are several")
    parser.add_argument(
        "--permutations",
        metavar="N",
        type=IntegerInRange(0, 1_000_000),
        help="number of permutations; p is at least 1 / (N + 1) (default: 1000)",
    )
    parser.add_argument("--tfce", action="store_true", help="also compute threshold-free cluster enhancement")
    parser.add_argument(
        "--atlas", metavar="ATLAS", help="an atlas in the maps' space, for a table of regions"
    )
    parser.add_argument("--labels", metavar="FILE", help="file with the region names of the atlas")
    parser.add_argument(
        "--percentile",
        metavar="P",
        type=FloatInRange(0, 100),
        default=99.0,
        help="percentile of a map's non-zero |values| from which voxels count as strongest (default: 99)",
    )
    parser.add_argument(
        "--same-space",
        action="store_true",
        help="treat the maps as registered to each other, even if their headers do not say so",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        type=parse_output_path,
        required=True,
        help="prefix of the output files",
    )
    options.add_json_option(parser)
    options.add_cpu_options(parser)


def _compute(arguments: argparse.Namespace, progress: Progress) -> GroupResult:
    from viewer.cohorts.group import DEFAULT_PERMUTATIONS, group
    from viewer.cohorts.person_in_group import compare_with_group
    from viewer.scans.threshold import Threshold, ThresholdKind

    shared = {
        "among": arguments.among,
        "model": arguments.model,
        "method": arguments.method,
        "threshold": Threshold(ThresholdKind.PERCENTILE, arguments.percentile),
        "same_space": arguments.same_space,
        "progress": progress,
    }
    if arguments.person is not None:
        return compare_with_group(arguments.folder, arguments.person, **shared)
    return group(
        arguments.folder,
        contrast=arguments.contrast,
        covariate=arguments.covariate,
        confounds=arguments.confound,
        permutations=DEFAULT_PERMUTATIONS if arguments.permutations is None else arguments.permutations,
        tfce=arguments.tfce,
        atlas=arguments.atlas,
        labels=arguments.labels,
        seed=arguments.seed,
        **shared,
    )


TESTING = ("confound", "permutations", "tfce", "atlas", "labels")
"""Options of a permutation test, which do not apply to ``--person`` and ``--agreement``."""


def _check_combination(arguments: argparse.Namespace) -> None:
    """Raise UsageError for an option that would have no effect."""
    excluded: tuple[str, ...] = ()
    if arguments.person is not None:
        kind, excluded = "--person", TESTING
    elif arguments.agreement is not None:
        kind, excluded = "--agreement", (*TESTING, "among", "model", "method")
    for name in excluded:
        if getattr(arguments, name) not in (None, [], False):
            raise UsageError(f"--{name}: has no effect with {kind}; leave it out")


def _check_names(arguments: argparse.Namespace) -> None:
    """Raise ScanError, before anything is computed, if the results cannot be saved under the names."""
    from pathlib import Path

    from viewer.cohorts.group_result import RESULT_NAMES, check_stem

    missing = set() if arguments.tfce else {"tfce", "p-tfce"}
    missing |= {"z"} if arguments.person is None else set()
    missing |= {"p-fwe"} if arguments.permutations == 0 else set()
    check_stem(
        Path(arguments.output),
        [name for name in RESULT_NAMES if name not in missing],
        arguments.atlas is not None,
    )


def run(arguments: argparse.Namespace) -> int:
    """Compute the results, write them, and print their paths."""
    from viewer.commands.inputs import check_output

    _check_combination(arguments)
    check_output(f"{arguments.output}_mean.nii.gz", (".nii.gz",))
    if arguments.agreement is not None:
        return _run_agreement(arguments)
    _check_names(arguments)
    with show_progress(arguments.quiet) as progress:
        result = _compute(arguments, progress)
    paths = result.save(arguments.output)
    left_out = [f"left out: {', '.join(result.left_out)}"] if result.left_out else []
    print_notes([*result.sentences(), *left_out], arguments.quiet)
    if arguments.json:
        print(
            format_json(
                {
                    "files": [str(path) for path in paths],
                    "participants": list(result.participants),
                    "left_out": list(result.left_out),
                    "effect": result.effect,
                    "significant_voxels": result.significant,
                    "smallest_p": result.smallest_p,
                    "regions": [vars(region) for region in result.regions],
                }
            )
        )
        return 0
    print("\n".join(map(str, paths)))
    if result.regions:
        from viewer.cohorts.group_regions import REGION_COLUMNS

        rows = [region.as_row() for region in result.regions[:SHOWN_REGIONS]]
        print(format_table(REGION_COLUMNS, rows, right_aligned=tuple(range(1, len(REGION_COLUMNS)))))
    return 0


def _run_agreement(arguments: argparse.Namespace) -> int:
    """Compare mean maps in pairs; write and print the table."""
    from pathlib import Path

    from viewer.cohorts.derivatives import check_table, write_table
    from viewer.cohorts.map_agreement import AGREEMENT_COLUMNS, map_agreement

    path = Path(f"{arguments.output}_agreement.tsv")
    check_table(path, AGREEMENT_COLUMNS)
    with show_progress(arguments.quiet) as progress:
        pairs = map_agreement(
            arguments.folder,
            groups=arguments.agreement or None,
            share=1 - arguments.percentile / 100,
            same_space=arguments.same_space,
            progress=progress,
        )
    rows = [pair.as_row() for pair in pairs]
    write_table(path, AGREEMENT_COLUMNS, rows)
    if arguments.json:
        print(format_json({"file": str(path), "pairs": [vars(pair) for pair in pairs]}))
        return 0
    print(path)
    print(format_table(AGREEMENT_COLUMNS, rows, right_aligned=tuple(range(2, len(AGREEMENT_COLUMNS)))))
    return 0
