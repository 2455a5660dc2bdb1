"""Measure how fast the program is, beside the peers that are installed."""

from __future__ import annotations

import argparse
from importlib import import_module

from viewer.commands import options as shared
from viewer.commands.benchmarks.row import Row
from viewer.commands.parser import WrongUse
from viewer.commands.telling import as_json, progress, table

EXAMPLE = """example:
  saliency-viewer bench startup
  saliency-viewer bench --list"""

BENCHMARKS = {
    "startup": "viewer.commands.benchmarks.startup",
    "window": "viewer.commands.benchmarks.window",
    "scene": "viewer.commands.benchmarks.scene",
    "models": "viewer.commands.benchmarks.models",
    "methods": "viewer.commands.benchmarks.methods",
    "occlusion": "viewer.commands.benchmarks.occlusion",
    "morch": "viewer.commands.benchmarks.morch",
    "features": "viewer.commands.benchmarks.features",
    "patterns": "viewer.commands.benchmarks.patterns",
}
"""Name to module; each has a docstring and ``run(progress)``, which answers rows."""


def options(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("name", metavar="NAME", nargs="*", help="which benchmarks (default: all)")
    parser.add_argument("--list", action="store_true", help="say which benchmarks there are")
    shared.for_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the rows of each benchmark."""
    for name in arguments.name:
        if name not in BENCHMARKS:
            raise WrongUse(f"no benchmark {name!r}; there are {', '.join(BENCHMARKS)}")
    if arguments.list:
        summaries = {
            name: (import_module(home).__doc__ or "").partition("\n")[0] for name, home in BENCHMARKS.items()
        }
        print(
            as_json(summaries)
            if arguments.json
            else table(("benchmark", "measures"), list(summaries.items()))
        )
        return 0
    names = list(dict.fromkeys(arguments.name)) or list(BENCHMARKS)
    found: dict[str, list[Row]] = {}
    with progress(arguments.quiet) as shown:
        for number, name in enumerate(names):
            part = shown.subtask(number / len(names), (number + 1) / len(names), name)
            found[name] = list(import_module(BENCHMARKS[name]).run(part))
    if arguments.json:
        print(as_json({name: [row.as_json() for row in rows] for name, rows in found.items()}))
        return 0
    lines = [
        (name, row.name, _number(row.value), row.unit, row.comparison)
        for name, rows in found.items()
        for row in rows
    ]
    print(table(("benchmark", "measured", "value", "unit", "beside"), lines, right=(2,)))
    return 0


def _number(value: float) -> str:
    return f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"
