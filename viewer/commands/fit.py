"""Check whether a scan is of the kind that a network was trained on."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from viewer.commands import inputs, options
from viewer.commands.console import format_json, format_table, print_notes, show_progress

if TYPE_CHECKING:
    from viewer.models.fit_report import FitReport

EXAMPLE = """example:
  saliency-viewer fit mni152 --model demo
  saliency-viewer fit sub-01_T1w.nii.gz --model network.safetensors --slow --json

Every check has a verdict: ok, caution, unfit or not measurable; the verdict on the scan is the worst of them.
The exit status is 0 for every verdict, and no other command rejects a scan because of it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    options.add_scan_arguments(parser)
    options.add_model_options(parser)
    options.add_prepare_option(parser)
    parser.add_argument(
        "--slow",
        action="store_true",
        help="also register the head to the template (half a minute), and repeat the prediction with the "
        "head moved by 3 mm and 3 degrees, resized, mirrored and blurred",
    )
    options.add_json_option(parser)
    options.add_computing_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the verdict and the result of every check."""
    scan = inputs.read_scan(arguments)
    print_notes((f"{scan.name}: {line}" for line in scan.notes), arguments.quiet)
    model = inputs.read_model(arguments)
    device = inputs.select_device(arguments)

    from viewer.fit.check_fit import check_fit

    mask = None
    if arguments.brain_mask is not None and arguments.prepare == "none":
        from viewer.scans.load import load_scan
        from viewer.scans.resample import resample

        mask_image = load_scan(arguments.brain_mask)
        mask = resample(mask_image.data, mask_image.grid, scan.grid, order=0) > 0.5
    with show_progress(arguments.quiet) as progress:
        prepared = inputs.resolve_preparation(arguments, scan, model, progress, allow_mask_alone=True)
        report = check_fit(
            model,
            scan,
            slow=arguments.slow,
            mask=mask,
            device=device,
            progress=progress,
            prepare=prepared,
        )
    facts = {"model": model.card.name, "scan": scan.name, **inputs.describe_inputs(scan)}
    text = "\n".join(filter(None, (inputs.format_inputs(scan), format_report(report))))
    print(format_json(facts | report.as_json()) if arguments.json else text)
    return 0


def format_report(report: FitReport) -> str:
    """Return the checks as a table, the sentences of those that are not ok, and the verdict."""
    rows = [
        (check.name, str(check.verdict), "" if check.value is None else str(check.value), check.expected)
        for check in report.checks
    ]
    table = format_table(("check", "verdict", "value", "expected"), rows)
    sentences = [f"{check.name}: {check.sentence}" for check in report.problems]
    return "\n".join([table, *sentences, f"{report.verdict}: {report.sentence}"])
