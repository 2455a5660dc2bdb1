"""Measure the program's speed and compare it with installed libraries."""

from __future__ import annotations

import argparse
from importlib import import_module
from math import isfinite
from pathlib import Path

from viewer.commands import options
from viewer.commands.benchmarks.measurement import BenchmarkResult
from viewer.commands.console import format_json, format_table, show_progress
from viewer.commands.option_values import parse_output_path
from viewer.commands.parser import UsageError

EXAMPLE = """example:
  saliency-viewer bench startup
  saliency-viewer bench device --device cuda
  saliency-viewer bench networks --packages torch,monai --records networks.jsonl
  saliency-viewer bench readme
  saliency-viewer bench --list"""

BENCHMARKS = {
    "startup": "viewer.commands.benchmarks.startup",
    "window": "viewer.commands.benchmarks.window",
    "scene": "viewer.commands.benchmarks.scene",
    "models": "viewer.commands.benchmarks.models",
    "methods": "viewer.commands.benchmarks.methods",
    "volumes": "viewer.commands.benchmarks.volumes",
    "occlusion": "viewer.commands.benchmarks.occlusion",
    "morch": "viewer.commands.benchmarks.morch",
    "features": "viewer.commands.benchmarks.features",
    "patterns": "viewer.commands.benchmarks.patterns",
    "cohort": "viewer.commands.benchmarks.cohort",
    "cohort-cost": "viewer.commands.benchmarks.cohort_cost",
    "networks": "viewer.commands.benchmarks.networks",
    "device": "viewer.commands.benchmarks.device.run",
    "readme": "viewer.commands.benchmarks.readme",
}
"""Module of each benchmark, with a docstring and ``run(progress)``, which returns rows; some take options."""

README = "readme"
"""Benchmark that runs others; excluded from the default selection."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("name", metavar="NAME", nargs="*", help="benchmarks to run (default: all but readme)")
    parser.add_argument("--list", action="store_true", help="list the benchmarks")
    parser.add_argument(
        "--packages",
        metavar="NAME,...",
        default="",
        help="networks: only networks of these packages (default: all installed packages)",
    )
    parser.add_argument(
        "--records",
        metavar="FILE",
        type=parse_output_path,
        help="networks: append every result to this file, and skip those already in it",
    )
    parser.add_argument(
        "--device",
        metavar="D",
        default="",
        help="device: auto, cpu, cuda, cuda:N or mps (default: auto)",
    )
    options.add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the rows of each benchmark."""
    for name in arguments.name:
        if name not in BENCHMARKS:
            raise UsageError(f"no benchmark {name!r}; choose from {', '.join(BENCHMARKS)}")
    if arguments.list:
        summaries = {
            name: (import_module(module).__doc__ or "").partition("\n")[0]
            for name, module in BENCHMARKS.items()
        }
        print(
            format_json(summaries)
            if arguments.json
            else format_table(("benchmark", "measures"), list(summaries.items()))
        )
        return 0
    names = list(dict.fromkeys(arguments.name)) or [name for name in BENCHMARKS if name != README]
    packages = _read_packages(arguments.packages)
    if (packages or arguments.records) and names != ["networks"]:
        raise UsageError("--packages and --records apply only to the benchmark networks")
    if arguments.device and names != ["device"]:
        raise UsageError("--device applies only to the benchmark device")
    module_options: dict[str, dict[str, object]] = {
        "networks": {
            "packages": packages,
            "records": None if arguments.records is None else Path(arguments.records),
        },
        "device": {"device": arguments.device or "auto"},
    }
    results: dict[str, list[BenchmarkResult]] = {}
    with show_progress(arguments.quiet) as progress:
        for index, name in enumerate(names):
            subtask = progress.subtask(index / len(names), (index + 1) / len(names), name)
            results[name] = list(import_module(BENCHMARKS[name]).run(subtask, **module_options.get(name, {})))
    if arguments.json:
        print(format_json({name: [row.as_json() for row in rows] for name, rows in results.items()}))
        return 0
    lines = [
        (name, row.name, _format_number(row.value), row.unit, row.comparison)
        for name, rows in results.items()
        for row in rows
    ]
    print(format_table(("benchmark", "measured", "value", "unit", "comparison"), lines, right_aligned=(2,)))
    return 0


def _read_packages(text: str) -> tuple[str, ...]:
    """Return the packages named by ``--packages``.

    Raises
    ------
    UsageError
        There are no benchmark networks of a package, or it is not installed.
    """
    from viewer.commands.benchmarks.network_matrix.cases import PACKAGES, installed_packages

    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    for name in names:
        if name not in PACKAGES:
            raise UsageError(f"no networks of {name!r}; choose from {', '.join(PACKAGES)}")
        if name not in installed_packages():
            raise UsageError(f"the package {name} is not installed; install it first")
    return names


def _format_number(value: float) -> str:
    if not isfinite(value):
        return "–"
    return f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"
