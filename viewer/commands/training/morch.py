"""Train the network of Mørch et al. 1995 on a table of scans, and compute saliency maps of its voxels."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from viewer.commands import inputs, options
from viewer.commands.console import format_json, format_table, print_notes, show_progress
from viewer.commands.parser import UsageError
from viewer.commands.setting_options import add_setting_options, settings_from
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
    with show_progress(arguments.quiet) as shown:
        analysis = train_morch(
            folder,
            arguments.table,
            simulated=arguments.simulated,
            **settings_from(arguments, StudyPlan),
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
