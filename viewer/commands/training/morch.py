"""Train the network of Mørch et al. 1995 on a table of scans, and compute saliency maps of its voxels."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from viewer.commands import inputs, options
from viewer.commands.console import format_json, format_table, print_notes, show_progress
from viewer.commands.parser import UsageError
from viewer.commands.setting_options import add_setting_options, collect_settings
from viewer.commands.training.output_options import add_output_option
from viewer.methods.morch_1995.study_plan import StudyPlan

if TYPE_CHECKING:
    from viewer.methods.morch_1995.pipeline import Analysis

EXAMPLE = """example:
  saliency-viewer train morch study.tsv -o out
  saliency-viewer train morch --simulated saccades -o out
  saliency-viewer train morch study.tsv --accuracy exact --atlas aal.nii.gz --labels aal.json -o out

The table is tab-separated, with one row per scan and the columns scan, subject and y; y is a number or a
class name. The output is the network (network.safetensors and its card, for use with --model), fit.json with
its numbers, and a map for each accuracy, saliency-ACCURACY.nii.gz. A second run on the same scans does not
read them again."""

STUDIES = ("saccades", "fingers")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("table", metavar="TABLE", nargs="?", help="a table of scans (.tsv, or .csv)")
    parser.add_argument(
        "--simulated", choices=STUDIES, help="simulate a study into DIR/study instead of reading a table"
    )
    add_output_option(parser)
    add_setting_options(parser, StudyPlan)
    options.add_computing_options(parser)
    options.add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Train the network, write it and its maps, and print the results."""
    if (arguments.table is None) == (arguments.simulated is None):
        raise UsageError("give a TABLE, or a study to simulate with --simulated")
    if arguments.labels is not None and arguments.atlas is None:
        raise UsageError("--labels: needs an --atlas, whose regions it names")
    folder = Path(arguments.output)
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder}: is not a folder")

    from viewer.methods.morch_1995.train_morch import train_morch
    from viewer.scans.simulated_studies.study import SIMULATED

    device = inputs.select_device(arguments)
    with show_progress(arguments.quiet) as progress:
        analysis = train_morch(
            folder,
            arguments.table,
            simulated=arguments.simulated,
            **collect_settings(arguments, StudyPlan),
            device=device,
            seed=arguments.seed,
            progress=progress,
        )
    simulated = arguments.simulated is not None
    print_notes((*((SIMULATED,) if simulated else ()), *analysis.cohort.notes), arguments.quiet)
    scores = score_maps(analysis, folder / "study") if simulated else {}
    if arguments.json:
        print(format_json(analysis.as_json() | scores | {"folder": str(folder)}))
    else:
        print(format_analysis(analysis, scores, folder))
    return 0


def score_maps(analysis: Analysis, study: Path) -> dict[str, dict[str, dict[str, float]]]:
    """Return how well the maps and a t-map localize the signal planted in a simulated study."""
    from viewer.methods.morch_1995.pipeline import score_maps

    scores = score_maps(analysis, study)
    return {
        "planted": {name: {"AUC": score.roc_auc, "overlap": score.dice} for name, score in scores.items()}
    }


def format_analysis(analysis: Analysis, scores: dict[str, dict[str, dict[str, float]]], folder: Path) -> str:
    """Return the numbers of an analysis as text."""
    numbers = analysis.as_json()
    network, training = numbers["network"], numbers["training"]
    rows = [
        ("scans", f"{numbers['scans']} of {numbers['subjects']} subjects, {numbers['voxels']:,} voxels"),
        ("network", f"{network['components']} components, {network['hidden']} {network['activation']} units"),
        ("training", f"{network['cost']} {training['error']:.4g}, decay {network['decay']:g}"),
    ]
    if analysis.cross_validation is not None:
        left_out = numbers["leave one subject out"]
        kind = "correlation" if "correlation" in left_out else "right"
        rows.append(
            ("subjects left out", f"{network['cost']} {left_out['cost']:.4g}, {kind} {left_out[kind]:.3f}")
        )
    for name, entry in numbers.get("maps", {}).items():
        error = entry.get("normalised error")
        error_text = "" if error is None else f", normalised error {error:.2e}"
        rows.append((f"map, {name}", f"largest {entry['largest']:.3g}{error_text}"))
    if "re-fits" in numbers:
        refits = numbers["re-fits"]
        rows.append(
            (
                "re-fits",
                f"{refits['voxels']} voxels, correlation {refits['correlation']:.6f}, relative error "
                f"{refits['relative error of the largest']:.1e} over the {refits['largest voxels']} largest, "
                f"{refits['relative error']:.1e} over the others",
            )
        )
    for name, score in scores.get("planted", {}).items():
        rows.append((f"planted, {name}", f"AUC {score['AUC']:.4f}, overlap {score['overlap']:.3f}"))
    rows.append(("written to", str(folder)))
    return format_table(("what", "result"), rows)
