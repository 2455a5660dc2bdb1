"""Train the network of Mørch et al. 1995 on a table of scans, and map the saliency of its voxels."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from viewer.commands import inputs, options
from viewer.commands.console import format_json, format_table, print_notes, show_progress
from viewer.commands.parser import UsageError

if TYPE_CHECKING:
    from viewer.methods.morch_1995.pipeline import Analysis

EXAMPLE = """example:
  saliency-viewer train morch study.tsv -o out
  saliency-viewer train morch --simulated saccades -o out
  saliency-viewer train morch study.tsv --accuracy exact --atlas aal.nii.gz --labels aal.json -o out

The table has a row a scan and the columns scan, subject and y, with tabs between them; y is a number or the
name of a class. Written are the network (network.safetensors and its card, a model for --model), fit.json
with its numbers, and a map for each accuracy, saliency-ACCURACY.nii.gz. A second call on the same scans
does not read them again."""

ACCURACIES = ("first-order", "second-order", "second-order-cross", "exact", "retrained")
STUDIES = ("saccades", "fingers")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("table", metavar="TABLE", nargs="?", help="a table of scans (.tsv, or .csv)")
    parser.add_argument(
        "--simulated", choices=STUDIES, help="simulate a study into DIR/study instead of reading a table"
    )
    parser.add_argument("-o", "--output", metavar="DIR", required=True, help="the folder to write to")
    _add_scan_options(parser.add_argument_group("the scans"))
    _add_network_options(parser.add_argument_group("the network"))
    _add_map_options(parser.add_argument_group("the map"))
    options.add_computing_options(parser)
    options.add_json_option(parser)


def _add_scan_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--mask", metavar="FILE", help="mask image; voxels above zero are included (default: computed)"
    )
    group.add_argument(
        "--mask-level",
        metavar="SHARE",
        type=options.FloatInRange(0, 1),
        default=0.5,
        help="threshold of the computed mask, relative to the mean scan's mean in the head (default: 0.5)",
    )
    group.add_argument(
        "--no-global-scaling", action="store_true", help="leave each scan's intensity as it is"
    )
    group.add_argument(
        "--keep-subject-means", action="store_true", help="do not subtract each subject's mean scan"
    )
    group.add_argument(
        "--remove",
        metavar="COLUMN",
        action="append",
        default=[],
        help="regress a covariate out of every voxel",
    )


def _add_network_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--y",
        choices=("graded", "classes"),
        help="type of y (default: classes for words or two distinct numbers)",
    )
    group.add_argument(
        "--hidden",
        metavar="A",
        type=options.IntegerInRange(1, 1000),
        default=5,
        help="hidden units (default: 5)",
    )
    group.add_argument(
        "--components",
        metavar="K",
        type=options.IntegerInRange(1),
        help="principal components (default: all)",
    )
    group.add_argument("--linear", action="store_true", help="use a linear model instead of tanh units")
    group.add_argument(
        "--no-biases", action="store_true", help="use the network as printed in the paper, without biases"
    )
    group.add_argument(
        "--decay",
        metavar="D",
        type=options.FloatInRange(0),
        default=0.01,
        help="weight decay; without it the retrained solution is not unique (default: 0.01)",
    )
    group.add_argument(
        "--starts",
        metavar="N",
        type=options.IntegerInRange(1, 1000),
        default=4,
        help="random starts (default: 4)",
    )
    group.add_argument(
        "--prune",
        metavar="SHARE",
        type=options.FloatInRange(0, 0.99),
        default=0.0,
        help="fraction of weights to prune by optimal brain damage before the map (default: 0)",
    )


def _add_map_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--accuracy",
        choices=ACCURACIES,
        action="append",
        default=[],
        help="a map to compute; may be repeated (default: all)",
    )
    group.add_argument(
        "--negative",
        choices=("zero", "keep"),
        default="zero",
        help="voxels without which the cost is smaller (default: zero)",
    )
    sets = group.add_mutually_exclusive_group()
    sets.add_argument(
        "--cubes",
        metavar="MM",
        type=options.FloatInRange(0),
        help="remove cubes of this edge length instead of voxels",
    )
    sets.add_argument("--atlas", metavar="FILE", help="remove the regions of an atlas instead of voxels")
    group.add_argument("--labels", metavar="FILE", help="the atlas' names: a JSON file with a list 'labels'")
    group.add_argument(
        "--refits",
        metavar="N",
        type=options.IntegerInRange(0, 100_000),
        default=32,
        help="voxels on which the retrained map is checked by full re-fits, half of them its largest "
        "(default: 32)",
    )
    group.add_argument("--double", action="store_true", help="compute the map in float64")


def run(arguments: argparse.Namespace) -> int:
    """Train, map, write, and print what came of it."""
    if (arguments.table is None) == (arguments.simulated is None):
        raise UsageError("give a TABLE, or a study to simulate with --simulated")
    if arguments.labels is not None and arguments.atlas is None:
        raise UsageError("--labels are the names of an --atlas")
    folder = Path(arguments.output)
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder}: is no folder")

    from viewer.methods.morch_1995.train_morch import train_morch
    from viewer.scans.simulated_studies.study import SIMULATED

    device = inputs.select_device(arguments)
    with show_progress(arguments.quiet) as shown:
        analysis = train_morch(
            folder,
            arguments.table,
            simulated=arguments.simulated,
            mask=arguments.mask,
            mask_level=arguments.mask_level,
            global_scaling=not arguments.no_global_scaling,
            subject_means=not arguments.keep_subject_means,
            remove=arguments.remove,
            y=arguments.y,
            hidden=arguments.hidden,
            components=arguments.components,
            linear=arguments.linear,
            biases=not arguments.no_biases,
            decay=arguments.decay,
            starts=arguments.starts,
            prune=arguments.prune,
            accuracy=arguments.accuracy or ACCURACIES,
            negative=arguments.negative,
            cubes=arguments.cubes,
            atlas=arguments.atlas,
            labels=arguments.labels,
            refits=arguments.refits,
            double=arguments.double,
            device=device,
            seed=arguments.seed,
            progress=shown,
        )
    simulated = arguments.simulated is not None
    print_notes((*((SIMULATED,) if simulated else ()), *analysis.cohort.notes), arguments.quiet)
    found = score_maps(analysis, folder / "study") if simulated else {}
    if arguments.json:
        print(format_json(analysis.as_json() | found | {"folder": str(folder)}))
    else:
        print(format_analysis(analysis, found, folder))
    return 0


def score_maps(analysis: Analysis, study: Path) -> dict[str, dict[str, dict[str, float]]]:
    """Return how well the maps and a t-map localize the signal planted in a simulated study."""
    from viewer.methods.morch_1995.pipeline import score_maps

    found = score_maps(analysis, study)
    return {"planted": {name: {"AUC": one.area, "overlap": one.overlap} for name, one in found.items()}}


def format_analysis(analysis: Analysis, found: dict[str, dict[str, dict[str, float]]], folder: Path) -> str:
    """Return the numbers of an analysis as text."""
    numbers = analysis.as_json()
    network, training = numbers["network"], numbers["training"]
    rows = [
        ("scans", f"{numbers['scans']} of {numbers['subjects']} subjects, {numbers['voxels']:,} voxels"),
        ("network", f"{network['components']} components, {network['hidden']} {network['activation']} units"),
        ("training", f"{network['cost']} {training['error']:.4g}, decay {network['decay']:g}"),
    ]
    if analysis.left_out is not None:
        left = numbers["leave one subject out"]
        kind = "correlation" if "correlation" in left else "right"
        rows.append(("subjects left out", f"{network['cost']} {left['cost']:.4g}, {kind} {left[kind]:.3f}"))
    for name, entry in numbers.get("maps", {}).items():
        error = entry.get("normalised error")
        beside = "" if error is None else f", normalised error {error:.2e}"
        rows.append((f"map, {name}", f"largest {entry['largest']:.3g}{beside}"))
    if "re-fits" in numbers:
        check = numbers["re-fits"]
        rows.append(
            (
                "re-fits",
                f"{check['voxels']} voxels, correlation {check['correlation']:.6f}, relative error "
                f"{check['relative error of the largest']:.1e} over the {check['largest voxels']} largest, "
                f"{check['relative error']:.1e} over the others",
            )
        )
    for name, score in found.get("planted", {}).items():
        rows.append((f"planted, {name}", f"AUC {score['AUC']:.4f}, overlap {score['overlap']:.3f}"))
    rows.append(("written to", str(folder)))
    return format_table(("what", "result"), rows)
