"""Check whether maps can be trusted: numbers, and a report with pictures."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from viewer.commands import inputs, options
from viewer.commands.console import format_duration, format_json, format_table, print_notes, show_progress
from viewer.commands.parser import UsageError

if TYPE_CHECKING:
    import torch

    from viewer.checks.base import Check, CheckResult
    from viewer.checks.context import CheckContext, Explanation
    from viewer.methods.base import Method
    from viewer.models.model import Model
    from viewer.progress import Progress
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan

EXAMPLE = """example:
  saliency-viewer check simulated-lesions --model demo --method input-times-gradient --method grad-cam
  saliency-viewer check sub-01_T1w.nii.gz --model network.pt --map sub-01_lrp.nii.gz \\
      --kinds deletion,randomisation --mask sub-01_lesion.nii.gz -o report.html

The estimated time is printed first. A map from a file is recomputed as its JSON describes, where that is
possible. The report is one HTML file that needs nothing else."""

CHECK_NAMES = ", ".join(
    (
        "conservation",
        "deletion",
        "removal",
        "localisation",
        "randomisation",
        "contrast",
        "repeatability",
        "stability",
        "agreement",
    )
)
"""Of the checks; written out, so that the help need not import them."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    options.add_scan_arguments(parser)
    options.add_model_options(parser)
    parser.add_argument(
        "--map", metavar="MAP", action="append", default=[], help="the file of a map; may be repeated"
    )
    options.add_map_volume_option(parser)
    parser.add_argument(
        "--method",
        metavar="NAME",
        action="append",
        default=[],
        help='a method to compute a map with, one of "saliency-viewer methods"; may be repeated',
    )
    parser.add_argument("--layer", metavar="PATH", help="the layer, for methods that use one")
    parser.add_argument(
        "--target", metavar="T", help="the output to explain (default: that of the map, or the largest)"
    )
    parser.add_argument(
        "--region",
        metavar="R",
        help="for a network with an output per voxel: the voxels to sum the class over",
    )
    parser.add_argument(
        "--kinds",
        metavar="K,...",
        default="",
        help=f"the checks to run: {CHECK_NAMES} (default: all that apply)",
    )
    parser.add_argument(
        "--mask",
        metavar="MASK",
        help="a region known to matter, to compare the map with: a mask or an atlas (default: the simulated "
        "lesions of the built-in scan)",
    )
    parser.add_argument(
        "--label",
        metavar="L",
        help="the region of an atlas, by number, or by name if a file beside the atlas gives names "
        "(default: every voxel above zero)",
    )
    parser.add_argument("-o", "--output", metavar="REPORT.html", help="where to write the report")
    options.add_json_option(parser)
    options.add_computing_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Check, print the numbers, and write the report."""
    path = None if arguments.output is None else inputs.check_output(arguments.output, (".html", ".htm"))
    if not arguments.map and not arguments.method:
        raise UsageError("which map? name files with --map, or methods with --method")
    if path is not None:
        inputs.check_not_input(path, arguments.scan, arguments.model, arguments.card, *arguments.map)
    kinds, methods = _parse_kinds(arguments.kinds), _find_methods(arguments.method)
    scan = inputs.read_scan(arguments)
    maps = inputs.read_maps(arguments.map, arguments.map_volume)
    model = inputs.read_model(arguments)
    inputs.print_image_notes(arguments, scan, maps, model)
    device = inputs.select_device(arguments)

    from viewer.checks.runner import estimate_duration, plugin_problems, run_checks, summarise_results

    print_notes(plugin_problems(), arguments.quiet)
    with show_progress(arguments.quiet) as shown:
        subject = _make_subject(arguments, model, scan, maps, device, shown.subtask(0, 0.02))
        checks = _select_checks(arguments, subject, kinds)
        again = any(one.needs_method for one in checks)
        cases = _make_cases(arguments, subject, maps, methods, again, shown.subtask(0.02, 0.1))
        estimated = estimate_duration(cases, checks)
        print_notes(
            [f"{len(cases)} maps, about {format_duration(estimated.seconds)} of checks"], arguments.quiet
        )
        results = run_checks(cases, checks, "agreement" in kinds, shown.subtask(0.1, 0.96))
        if path is not None:
            lines = _write_report(path, subject, cases, results, shown.subtask(0.96, 1))
            print_notes(lines, arguments.quiet)
    print_notes((f"{case.name}: {line}" for case in cases for line in case.notes), arguments.quiet)
    if arguments.json:
        output = {
            "scan": scan.name,
            "model": model.card.name,
            "target": subject.target.name,
            "seed": arguments.seed,
            "estimated seconds": round(estimated.seconds, 1),
            "summary": {
                case.name: summarise_results(one for one in results if one.map == case.name) for case in cases
            },
            "results": [one.as_json() for one in results],
        }
        print(format_json(output | ({"report": str(path)} if path is not None else {})))
        return 0
    rows = [(one.check, one.map or "all", str(one.verdict), one.headline) for one in results]
    print(format_table(("check", "map", "verdict", "number"), rows))
    for case in cases:
        print(f"{case.name}: {summarise_results(one for one in results if one.map == case.name)}")
    if path is not None:
        print(path)
    return 0


def _parse_kinds(text: str) -> tuple[str, ...]:
    """The checks that are wanted.

    Raises
    ------
    UsageError
        There is no such check.
    """
    from viewer.checks.runner import check_names

    known = check_names()
    wanted = tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip())) or known
    for word in wanted:
        if word not in known:
            raise UsageError(f"--kinds: no check {word!r}; there are {', '.join(known)}")
    return wanted


def _find_methods(names: list[str]) -> list[Method]:
    """The methods that are named.

    Raises
    ------
    UsageError
        There is no such method.
    """
    from viewer.errors import MethodError
    from viewer.methods.registry import find_method

    try:
        return [find_method(name)() for name in dict.fromkeys(names)]
    except MethodError as error:
        raise UsageError(str(error)) from error


def _make_subject(
    arguments: argparse.Namespace,
    model: Model,
    scan: Scan,
    maps: list[Map],
    device: torch.device,
    shown: Progress,
) -> CheckContext:
    """What is explained; the target is that of the first map, where none is asked for."""
    from viewer.checks.context import make_context

    target = arguments.target or next((one.provenance.target for one in maps if one.provenance.target), None)
    return make_context(model, scan, target, arguments.region, str(device), arguments.seed, shown)


def _make_cases(
    arguments: argparse.Namespace,
    subject: CheckContext,
    maps: list[Map],
    methods: list[Method],
    again: bool,
    shown: Progress,
) -> list[Explanation]:
    """The maps to check; those of files are made ``again`` where a check asks for that."""
    from viewer.checks.explanations import explain_with_method, explanation_as_given, explanation_from_map

    total = len(maps) + len(methods)
    parts = iter([shown.subtask(n / total, (n + 1) / total) for n in range(total)])
    cases = [
        explanation_from_map(subject, one, next(parts)) if again else explanation_as_given(subject, one)
        for one in maps
    ]
    return cases + [
        explain_with_method(subject, method, _layer_for(arguments, method), next(parts)) for method in methods
    ]


def _layer_for(arguments: argparse.Namespace, method: Method) -> str | None:
    from viewer.methods.base import Requirement

    return arguments.layer if method.accepts_layer or Requirement.LAYER in method.requirements else None


def _select_checks(
    arguments: argparse.Namespace, subject: CheckContext, kinds: tuple[str, ...]
) -> tuple[Check, ...]:
    from viewer.checks.localisation import find_ground_truth
    from viewer.checks.runner import make_checks

    if arguments.label is not None and arguments.mask is None:
        raise UsageError("--label: name the atlas with --mask")
    mask = None if arguments.mask is None else Path(arguments.mask)
    truth = find_ground_truth(subject, mask, arguments.label)
    if truth is not None and truth.doubt:
        print_notes([truth.doubt], arguments.quiet)
    if truth is None and not arguments.kinds:
        kinds = tuple(kind for kind in kinds if kind != "localisation")
    return make_checks(kinds, truth)


def _write_report(
    path: Path,
    subject: CheckContext,
    cases: list[Explanation],
    results: tuple[CheckResult, ...],
    shown: Progress,
) -> list[str]:
    """Write the report, with pictures of the box where they can be drawn; else a sentence says why not."""
    from viewer.checks.report import make_report
    from viewer.errors import ViewerError
    from viewer.scans.atomic_write import atomic_write
    from viewer.scene.figure import render_boxes

    boxes, notes = [], []
    try:
        boxes = render_boxes(
            subject.scan, [case.to_map(case.values, case.name) for case in cases], progress=shown
        )
    except ViewerError as error:
        notes.append(f"the report shows slices only: {error}")
    with atomic_write(path) as file:
        file.write(make_report(subject, cases, results, boxes=boxes).encode())
    return notes
