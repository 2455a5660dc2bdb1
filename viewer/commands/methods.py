"""List every method: what it shows, what it cannot, and its parameters."""

from __future__ import annotations

import argparse
from textwrap import wrap
from typing import Any

from viewer.commands import options as shared
from viewer.commands.parser import WrongUse
from viewer.commands.telling import as_json, note

EXAMPLE = """example:
  saliency-viewer methods
  saliency-viewer methods integrated-gradients --json"""

WIDTH = 100
INDENT = " " * 8


def options(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("name", metavar="NAME", nargs="*", help="only these")
    shared.for_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the registry."""
    from viewer.errors import MethodError
    from viewer.methods.registry import find_method, list_methods, plugin_problems

    try:
        chosen = [find_method(name) for name in arguments.name] or list(list_methods().values())
    except MethodError as error:
        raise WrongUse(str(error)) from error
    note(plugin_problems(), arguments.quiet)
    entries = [describe(method) for method in chosen]
    print(as_json(entries) if arguments.json else "\n\n".join(_told(entry) for entry in entries))
    return 0


def describe(method: Any) -> dict[str, Any]:
    """A method's declaration as plain values."""
    return {
        "name": method.name,
        "title": method.title,
        "family": str(method.family),
        "needs": sorted(str(need) for need in method.requirements),
        "shows": method.description,
        "cannot": method.limitations,
        "source": method.source,
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
            }
            for parameter in method.parameters()
        ],
    }


def _told(entry: dict[str, Any]) -> str:
    lines = [
        f"{entry['name']}: {entry['title']}",
        f"  family   {entry['family']}; needs {', '.join(entry['needs'])}",
        f"  shows    {entry['shows']}",
        f"  cannot   {entry['cannot']}",
        f"  source   {entry['source']}",
    ]
    for parameter in entry["parameters"]:
        lines.append(f"  --set {parameter['name']}={parameter['default']}")
        about = [parameter["help"]]
        if parameter["unit"]:
            about.append(f"in {parameter['unit']}")
        if parameter["choices"]:
            about.append(" | ".join(parameter["choices"]))
        if span := _span(*parameter["limits"]):
            about.append(span)
        if parameter["source"]:
            about.append(f"({parameter['source']})")
        lines += wrap("; ".join(about), WIDTH, initial_indent=INDENT, subsequent_indent=INDENT)
    return "\n".join(lines)


def _span(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return ""
    if high is None:
        return f"{low:g} or more"
    return f"{high:g} or less" if low is None else f"{low:g} to {high:g}"
