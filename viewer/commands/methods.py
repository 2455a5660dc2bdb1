"""List the methods: what each shows, its limitations and its parameters."""

from __future__ import annotations

import argparse
from textwrap import wrap
from typing import Any

from viewer.bibliography import find_references
from viewer.checks.track_record.shipped import describe_record, find_record
from viewer.commands import options
from viewer.commands.console import format_json, print_notes
from viewer.commands.parser import UsageError
from viewer.parameters import format_range

EXAMPLE = """example:
  saliency-viewer methods
  saliency-viewer methods integrated-gradients --json"""

WIDTH = 100
INDENT = " " * 8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("name", metavar="NAME", nargs="*", help="show only these methods")
    options.add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the methods."""
    from viewer.errors import MethodError
    from viewer.methods.registry import find_method, list_methods, plugin_problems

    try:
        methods = [find_method(name) for name in arguments.name] or list(list_methods().values())
    except MethodError as error:
        raise UsageError(str(error)) from error
    print_notes(plugin_problems(), arguments.quiet)
    entries = [describe_method(method) for method in methods]
    print(format_json(entries) if arguments.json else "\n\n".join(_format_method(entry) for entry in entries))
    return 0


def describe_method(method: Any) -> dict[str, Any]:
    """Return a method's declaration as plain values."""
    return {
        "name": method.name,
        "title": method.title,
        "family": str(method.family),
        "needs": sorted(str(need) for need in method.requirements),
        "shows": method.description,
        "cannot": method.limitations,
        "not for": method.not_for,
        "source": method.source,
        "references": [str(paper) for paper in find_references(method.source)],
        "track_record": find_record(method.name),
        "parameters": [
            {
                "name": parameter.name,
                "type": parameter.kind.__name__,
                "default": parameter.default,
                "unit": parameter.unit,
                "limits": list(parameter.limits),
                "choices": list(parameter.choices),
                "help": parameter.help,
                "source": parameter.source,
                "scans": parameter.scans,
                "sizes": parameter.sizes,
            }
            for parameter in method.parameters()
        ],
    }


def _format_method(entry: dict[str, Any]) -> str:
    lines = [
        f"{entry['name']}: {entry['title']}",
        f"  family   {entry['family']}; needs {', '.join(entry['needs'])}",
        f"  shows    {entry['shows']}",
        f"  cannot   {entry['cannot']}",
    ]
    if entry["not for"]:
        lines += wrap(entry["not for"], WIDTH, initial_indent="  not for  ", subsequent_indent=" " * 11)
    if entry["track_record"] is not None:
        lines.append(f"  record   {describe_record(entry['name'])}")
    lines.append(f"  source   {entry['source']}")
    for paper in entry["references"]:
        lines += wrap(paper, WIDTH, initial_indent=" " * 11, subsequent_indent=" " * 11)
    for parameter in entry["parameters"]:
        lines.append(f"  --set {parameter['name']}={parameter['default']}")
        details = [parameter["help"]]
        if parameter["unit"]:
            details.append(f"in {parameter['unit']}")
        if parameter["choices"]:
            choices = [*parameter["choices"], *(["FILE", "FOLDER"] if parameter["scans"] else [])]
            details.append(" | ".join(choices))
        if limits := format_range(*parameter["limits"]):
            details.append(limits)
        if parameter["source"]:
            details.append(f"({parameter['source']})")
        lines += wrap("; ".join(details), WIDTH, initial_indent=INDENT, subsequent_indent=INDENT)
    return "\n".join(lines)
