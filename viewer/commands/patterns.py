"""Fit patterns of a network's neurons to scans, or measure the quality of their signal estimates."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from viewer.commands import inputs, options
from viewer.commands.console import format_json, format_table, print_notes, show_progress
from viewer.commands.option_values import IntegerInRange, parse_output_path
from viewer.commands.parser import UsageError

if TYPE_CHECKING:
    from viewer.methods.patterns.pattern_io import Patterns
    from viewer.methods.patterns.signal_quality import SignalQuality
    from viewer.methods.scan_sources import ScanSource
    from viewer.progress import Progress

EXAMPLE = """example:
  saliency-viewer patterns fit --model network.pt --scans training.tsv -o network.patterns.safetensors
  saliency-viewer patterns quality --model network.pt --scans others.tsv \\
      --patterns network.patterns.safetensors
  saliency-viewer explain scan.nii.gz --model network.pt --method pattern-attribution -o map.nii.gz

A list of scans is a text file with one path per line, or a table with a column "scan". To continue an
interrupted fit, repeat the command. The methods find patterns beside the network file, named
NAME.patterns.safetensors; give others with --set patterns=FILE. quality prints ρ of each layer (1 is best)
for scans that the patterns were not fitted to: one half of them is used to fit v, the other half to measure ρ
(Kindermans et al. 2017, figure 3)."""

ACTIONS = ("fit", "quality")
PADDINGS = ("count", "skip")
STREAMS = {"fit": 11, "quality": 12}
"""Random streams: quality is measured on simulated brains other than those used for the fit."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "action", metavar="{fit,quality}", choices=ACTIONS, help="fit patterns, or measure their quality"
    )
    options.add_model_options(parser)
    parser.add_argument(
        "--scans",
        metavar="LIST",
        default=[],
        nargs="+",
        help="a list of scans (.txt, .tsv, .csv), or scan files",
    )
    parser.add_argument(
        "--simulated",
        metavar="N",
        type=IntegerInRange(1, 10**4),
        default=0,
        help="use N simulated scans, as for the network demo; drawn with --seed",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE.safetensors",
        type=parse_output_path,
        help="fit: file to write the patterns to",
    )
    parser.add_argument("--patterns", metavar="FILE", help="quality: the patterns to measure")
    parser.add_argument(
        "--padding",
        choices=PADDINGS,
        default="count",
        help="fit: whether to include patches that overlap the zero padding (default: count)",
    )
    parser.add_argument(
        "--places",
        metavar="N",
        type=IntegerInRange(16, 10**6),
        default=2048,
        help="quality: patches drawn from each scan for each layer (default: 2048)",
    )
    options.add_json_option(parser)
    options.add_computing_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Fit and write, or measure and print."""
    return _run_fit(arguments) if arguments.action == "fit" else _run_quality(arguments)


def _run_fit(arguments: argparse.Namespace) -> int:
    if arguments.output is None:
        raise UsageError("give the output file with -o FILE.safetensors")
    if arguments.patterns is not None:
        raise UsageError("--patterns is an input of quality; fit writes to -o FILE.safetensors")
    path = inputs.check_output(arguments.output, (".safetensors",))
    inputs.check_not_input(path, arguments.model, arguments.card, *arguments.scans)
    _check_scans(arguments)
    model = inputs.read_model(arguments)
    device = inputs.select_device(arguments)

    from viewer.methods.patterns.fit import fit_patterns

    with show_progress(arguments.quiet) as progress:
        scans = _load_scans(arguments, progress.subtask(0, 0.3))
        subtask = progress.subtask(0.3, 1)
        patterns = fit_patterns(
            model, scans, path, padding=arguments.padding, device=device, progress=subtask
        )
    print_notes(patterns.notes(), arguments.quiet)
    layer_rows = _make_layer_rows(patterns)
    if arguments.json:
        print(format_json({"patterns": str(path), "scans": len(patterns.origin.scans), "layers": layer_rows}))
        return 0
    headings = ("layer", "neurons", "patches", "active", "never fire", "tiny denominator")
    rows = [
        [f"{row[heading]:.0%}" if heading == "active" else str(row[heading]) for heading in headings]
        for row in layer_rows
    ]
    print(format_table(headings, rows, right_aligned=(1, 2, 3, 4, 5)))
    print(path)
    return 0


def _run_quality(arguments: argparse.Namespace) -> int:
    if arguments.patterns is None:
        raise UsageError("give the patterns with --patterns FILE")
    if arguments.output is not None:
        raise UsageError("quality writes no file; leave -o out")
    _check_scans(arguments)
    model = inputs.read_model(arguments)
    inputs.select_device(arguments)

    from viewer.methods.patterns.pattern_io import load_patterns
    from viewer.methods.patterns.signal_quality import pattern_quality

    patterns = load_patterns(arguments.patterns)
    patterns.origin.check_model(model, Path(arguments.patterns))
    with show_progress(arguments.quiet) as progress:
        scans = _load_scans(arguments, progress.subtask(0, 0.3))
        subtask = progress.subtask(0.3, 1)
        quality = pattern_quality(
            model, patterns, scans, places=arguments.places, seed=arguments.seed, progress=subtask
        )
    print_notes((f"{line}; left out" for line in quality.left_out), arguments.quiet)
    print_notes(quality.notes, arguments.quiet)
    layers = [layer.as_json() for layer in quality.layers]
    if arguments.json:
        print(format_json({"layers": layers, "left out": list(quality.left_out)}))
    else:
        print(_format_quality(quality))
    return 0


def _check_scans(arguments: argparse.Namespace) -> None:
    if bool(arguments.scans) == bool(arguments.simulated):
        raise UsageError("give either --scans LIST or --simulated N")


def _load_scans(arguments: argparse.Namespace, progress: Progress) -> list[ScanSource]:
    from viewer.methods.scan_sources import read_scan_list
    from viewer.resource_files import BUILTIN_SCANS

    if arguments.simulated:
        from viewer.models.training.brain_simulator import simulate_scans

        stream = STREAMS[arguments.action]
        simulated = simulate_scans(
            arguments.simulated, arguments.seed, stream, lambda index: index % 4 >= 2, progress
        )
        return list(simulated)
    sources: list[ScanSource] = []
    for name in arguments.scans:
        if Path(name).suffix.lower() in (".txt", ".tsv", ".csv"):
            sources += read_scan_list(Path(name))
        else:
            sources.append(name if name in BUILTIN_SCANS else Path(name))
    return sources


def _make_layer_rows(patterns: Patterns) -> list[dict[str, Any]]:
    return [
        {
            "layer": layer.label,
            "neurons": layer.neuron_count,
            "patches": layer.patches,
            "active": float(layer.active.mean()),
            "never fire": int(layer.dead.sum()),
            "tiny denominator": int(layer.tiny.sum()),
        }
        for layer in patterns.layers
    ]


def _format_quality(quality: SignalQuality) -> str:
    if not quality.layers:
        return "no layer has enough patches; give more scans"
    names = tuple(quality.layers[0].rho)
    rows = [(layer.label, *(f"{layer.mean(name):.3f}" for name in names)) for layer in quality.layers]
    return format_table(
        ("layer", *(str(name) for name in names)), rows, right_aligned=tuple(range(1, len(names) + 1))
    )
