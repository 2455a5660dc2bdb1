"""Prepare a scan for a network: bias field, brain mask, registration to MNI152."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from viewer.commands import inputs, options
from viewer.commands.console import format_duration, format_json, print_notes, show_progress
from viewer.commands.option_values import parse_output_path
from viewer.commands.parser import UsageError

if TYPE_CHECKING:
    from viewer.preparation.prepared import Prepared
    from viewer.preparation.requirements import Requirements

EXAMPLE = """example:
  saliency-viewer prepare sub-01_T1w.nii.gz --to mni152 -o prepared
  saliency-viewer prepare sub-01_T1w.nii.gz --model network.safetensors -o prepared --json

With --model, only the steps that its card requires are done ("space", "skull", "bias_corrected"). Output:
  NAME_mask.nii.gz       the brain mask, on the scan's grid
  NAME_to-mni152.json    the transform from scan to template in mm (RAS+), and how well it fits
  NAME_to-mni152.tfm     the same for ITK (ANTs, Slicer)
  NAME_prepared.nii.gz   the prepared scan
  NAME_preparation.json  the steps, their parameters and results
The template is symmetric: left and right are taken from the scan's header."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    options.add_scan_arguments(parser)
    group = parser.add_argument_group("requested preparation")
    source = group.add_mutually_exclusive_group(required=True)
    source.add_argument("--model", metavar="M", help="do what the card of this model requires")
    source.add_argument("--to", choices=("mni152",), help="register to this template")
    group.add_argument("--card", metavar="FILE", help="the model card, if it is not beside the model")
    group.add_argument(
        "--trust",
        action="store_true",
        help="allow the model to run code that it contains (TorchScript, Python)",
    )
    group.add_argument(
        "--kind",
        choices=("rigid", "similarity", "affine"),
        help="with --to: 6, 7 or 12 degrees of freedom (default: affine)",
    )
    group.add_argument(
        "--remove-skull", action="store_true", help="with --to: set voxels outside the brain to 0"
    )
    group.add_argument("--correct-bias", action="store_true", help="with --to: correct the bias field (N4)")
    group = parser.add_argument_group("existing results")
    group.add_argument("--mask", metavar="FILE", help="brain mask, instead of computing it")
    group.add_argument(
        "--transform",
        metavar="FILE",
        help="transform to the template, instead of computing it (JSON, ITK .tfm, FSL .mat)",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="DIR",
        type=parse_output_path,
        required=True,
        help="folder to write to",
    )
    options.add_json_option(parser)
    options.add_threads_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Prepare the scan, write the files and print their paths and how well the registration fits."""
    if arguments.model and (arguments.kind or arguments.remove_skull or arguments.correct_bias):
        raise UsageError("--kind, --remove-skull and --correct-bias need --to; the card sets them itself")
    scan = inputs.read_scan(arguments)
    print_notes((f"{scan.name}: {line}" for line in scan.notes), arguments.quiet)
    requirements = _read_requirements(arguments)

    import torch

    from viewer.preparation.pipeline import prepare
    from viewer.preparation.prepared_files import check_prepared_paths, prepared_paths, write_prepared

    template = requirements.template if requirements.registers else ""
    files = prepared_paths(scan, Path(arguments.output), template, has_mask=requirements.needs_mask)
    for path in files.values():
        inputs.check_not_input(path, *inputs.scan_paths(arguments), arguments.mask, arguments.transform)
    check_prepared_paths(files)
    if arguments.threads is not None:
        torch.set_num_threads(arguments.threads)
    with show_progress(arguments.quiet) as progress:
        prepared = prepare(
            scan, requirements, mask=arguments.mask, transform=arguments.transform, progress=progress
        )
        files = write_prepared(prepared, Path(arguments.output))
    print_notes(
        (f"{step.description}: {format_duration(step.seconds)}" for step in prepared.steps), arguments.quiet
    )
    # Printed even with --quiet, so that a badly prepared scan is not used by mistake.
    print_notes((f"{scan.name}: {line}" for line in prepared.problems), quiet=False)
    print(
        format_json(_describe_result(prepared, files)) if arguments.json else _format_result(prepared, files)
    )
    return 0


def _read_requirements(arguments: argparse.Namespace) -> Requirements:
    from viewer.preparation.requirements import Requirements, Skull, TargetSpace

    if arguments.to:
        skull = Skull.REMOVED if arguments.remove_skull else Skull.EITHER
        return Requirements(
            TargetSpace(arguments.kind or "affine"), skull, arguments.correct_bias, arguments.to
        )
    from viewer.models.card_requirements import card_requirements, missing_entries

    card = inputs.read_model(arguments).card
    missing = missing_entries(card)
    if missing:
        print_notes([f"the card of {card.name} does not say: {', '.join(missing)}"], arguments.quiet)
    return card_requirements(card)


def _describe_result(prepared: Prepared, files: dict[str, Path]) -> dict[str, Any]:
    summary: dict[str, Any] = {"scan": prepared.original.name, "worked": prepared.is_successful}
    if prepared.registration is not None:
        fit = prepared.registration
        summary |= {"dice": fit.dice, "correlation": fit.correlation, "coverage": fit.coverage}
        summary |= {"rotation": fit.rotation, "affine": fit.matrix.tolist()}
    if prepared.mask is not None:
        summary["brain_ml"] = prepared.mask.volume_ml
    summary |= {"seconds": prepared.seconds, "problems": list(prepared.problems)}
    summary["steps"] = [step.as_json() for step in prepared.steps]
    return summary | {"files": {name: str(path) for name, path in files.items()}}


def _format_result(prepared: Prepared, files: dict[str, Path]) -> str:
    lines = []
    if prepared.registration is not None:
        fit = prepared.registration
        lines += [f"dice {fit.dice:.4f}", f"correlation {fit.correlation:.4f}"]
    lines.append(f"seconds {prepared.seconds:.1f}")
    return "\n".join([*lines, *map(str, files.values())])
