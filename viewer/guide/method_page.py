"""Page of a method, generated from its declaration."""

from __future__ import annotations

import inspect
import re
import shlex
from collections.abc import Iterable, Sequence
from itertools import pairwise

from viewer.bibliography import find_references
from viewer.checks.track_record.estimate_text import SCORES, format_estimate
from viewer.checks.track_record.shipped import describe_record, find_record, read_track_record
from viewer.guide.example_scans import (
    EXAMPLE_SCANS,
    PATTERN_COMMAND,
    VOXELS,
    example_commands,
    example_scans,
    picture_name,
)
from viewer.guide.lesion_scores import LesionTable
from viewer.guide.markdown import PROGRAM, code_block, escape, table
from viewer.methods.base import Family, Method, Requirement
from viewer.parameters import Parameter, format_range

LINE = 84
"""Maximum length of a line of a command."""

FAMILIES = {
    Family.FUNCTION: "How the output responds to small changes of the scan: slopes, not contributions.",
    Family.SIGNAL: "The part of the scan that the network responds to, in the units of the scan.",
    Family.ATTRIBUTION: "How much each voxel contributes to the output, for or against it.",
    Family.ACTIVATION: "Where a layer of the network is active, at the resolution of that layer.",
    Family.PERTURBATION: "What happens to the output when parts of the scan are removed.",
    Family.ADVERSARIAL: "How the scan would have to change for another output.",
    Family.NETWORK: "The behaviour of a network over many scans.",
}
"""Meaning of the maps of each family."""

NEEDS = {
    Requirement.FORWARD: "any network that predicts",
    Requirement.GRADIENT: "a differentiable network",
    Requirement.GRAPH: "a network whose operators can be read",
    Requirement.LAYER: "a layer",
    Requirement.COHORT: "several scans",
    Requirement.PATTERNS: f"patterns, fitted by `{PROGRAM} patterns fit`",
    Requirement.GENERATORS: f"generators, trained by `{PROGRAM} train generators`",
    Requirement.ATTENTION: "attention layers",
}


def method_page(method: type[Method], lesion_table: LesionTable) -> str:
    """Return the page of a method as Markdown.

    It states what the method shows and cannot show, when not to use it, its equation, its scores on known
    lesions and sources, its parameters and its source, with pictures of the example scans.
    """
    requirements = ", ".join(NEEDS[need] for need in sorted(method.requirements))
    parts = [
        f"# {method.title}",
        f"Family: {method.family} · needs {requirements} · `--method {method.name}`",
        f"**It shows** {escape(method.description)}.",
        f"**It cannot** {escape(method.limitations)}.",
    ]
    if method.not_for:
        parts += ["## When not to use it", escape(method.not_for)]
    parts += ["## Equation", *_equation(method), "## On the example scans", *_examples(method)]
    parts += ["## Known lesions", _format_scores(method, lesion_table)]
    parts += ["## Known sources", *_format_record(method)]
    parts += ["## Parameters", parameter_table(method.parameters(), "--set")]
    parts += ["## Source", *source_list(method.source)]
    parts.append("See also: [all methods](index.md), [the Method panel](../panels/method.md).")
    return "\n\n".join(parts) + "\n"


def _equation(method: type[Method]) -> list[str]:
    """Return the docstring of the class: its first line as a block, then its explanation."""
    first, _, rest = inspect.cleandoc(method.__doc__ or "").partition("\n\n")
    paragraphs = [escape(" ".join(part.split())) for part in rest.split("\n\n") if part.strip()]
    return [code_block(" ".join(first.split())), *paragraphs]


def _examples(method: type[Method]) -> list[str]:
    examples = example_scans(method)
    if not examples:
        return ["No example: the networks of the example scans have no attention layers."]
    parts = [
        f"The {VOXELS} largest voxels of each map, on the network's grid; positive orange, negative blue."
    ]
    for example in examples:
        picture = f"![{method.title}: {example.scan}](../pictures/{picture_name(method.name, example)})"
        parts += [example.caption, picture]
    if len(examples) < len(EXAMPLE_SCANS):
        parts.append("It is too slow for the other example scans, or their networks lack what it needs.")
    first = example_commands(method, examples[0])
    if Requirement.PATTERNS in method.requirements:
        first = (PATTERN_COMMAND, *first)
    return [*parts, "The first picture is made by", code_block("\n".join(map(command_line, first)), "sh")]


def command_line(words: Sequence[str]) -> str:
    """Return a command of this program as it is typed; a long command is split into several lines."""
    lines = [PROGRAM]
    options = [index for index, word in enumerate(words) if re.match("-[a-z-]", word)]
    for start, end in pairwise([0, *options, len(words)]):
        part = shlex.join(words[start:end])
        if lines[-1] != PROGRAM and len(f"{lines[-1]} {part}") > LINE:
            lines.append(part)
        elif part:
            lines[-1] += f" {part}"
    return " \\\n    ".join(lines)


def _format_scores(method: type[Method], lesion_table: LesionTable) -> str:
    row = lesion_table.rows.get(method.name)
    if row is None:
        return "Not in the [table](../lesion-table.md): it was not measured."
    sentence = (
        f"By overlap it ranks {row.rank} of {lesion_table.method_count} methods "
        "in the [table](../lesion-table.md)."
    )
    return (
        sentence + "\n\n" + table(lesion_table.columns, [[row.cells[name] for name in lesion_table.columns]])
    )


def _format_record(method: type[Method]) -> list[str]:
    entry = find_record(method.name)
    if entry is None:
        return ["Not in the [track record](../track-record.md): it was not measured."]
    kinds = [kind for kind in ("all", *read_track_record()["rests_on"]["kinds"]) if kind in entry]
    rows = [
        [kind, *(format_estimate(entry[kind][score]) for score in SCORES), str(entry[kind]["networks"])]
        for kind in kinds
    ]
    headings = ("Networks", "Mass in source", "AUC", "Pointing game", "Agreement of seeds", "Number")
    return [f"{describe_record(method.name)} ([track record](../track-record.md)).", table(headings, rows)]


def parameter_table(parameters: Sequence[Parameter], option: str = "") -> str:
    """Return a table of parameters; a sentence if there are none."""
    if not parameters:
        return "None."
    rows = [
        (
            f"`{parameter.name}`",
            f"`{parameter.default}`" if parameter.default != "" else "",
            _describe_parameter(parameter),
        )
        for parameter in parameters
    ]
    headings = (f"Parameter (`{option} NAME=VALUE`)" if option else "Parameter", "Default", "Meaning")
    return table(headings, rows)


def _describe_parameter(parameter: Parameter) -> str:
    parts = [parameter.help]
    if parameter.unit:
        parts.append(parameter.unit if parameter.unit.startswith("(") else f"in {parameter.unit}")
    if parameter.choices:
        parts.append(", ".join((*parameter.choices, *(("a file", "a folder") if parameter.scans else ()))))
    if limits := format_range(*parameter.limits):
        parts.append(limits)
    if parameter.source:
        parts.append(parameter.source)
    return escape("; ".join(parts))


def source_list(source: str) -> list[str]:
    """Return the source of a declaration, and the full references of the papers that it cites."""
    papers = "\n".join(f"- {escape(str(paper))}" for paper in find_references(source))
    return [escape(source) + ".", papers] if papers else [escape(source) + "."]


def methods_index(methods: Iterable[type[Method]]) -> str:
    """Return the page that lists all methods by family."""
    methods = tuple(methods)
    parts = [
        "# Methods",
        "Maps of one family answer the same question and can be compared; maps of two families cannot.",
    ]
    for family in Family:
        family_methods = [method for method in methods if method.family is family]
        if family_methods:
            lines = [
                f"- [{listed.title}]({listed.name}.md): {escape(listed.description)}"
                for listed in family_methods
            ]
            parts += [f"## {str(family).capitalize()}", FAMILIES[family], "\n".join(lines)]
    parts.append(
        "How well they find a known lesion is measured in [the table](../lesion-table.md); [the gallery]"
        "(../gallery.md) shows them side by side."
    )
    return "\n\n".join(parts) + "\n"


def gallery_page(methods: Iterable[type[Method]]) -> str:
    """Return the page with pictures of the methods on the first example scan."""
    example = EXAMPLE_SCANS[0]
    parts = [
        "# Gallery",
        f"{example.caption} Each picture shows the {VOXELS} largest voxels of a map.",
    ]
    for method in methods:
        if example in example_scans(method):
            picture = f"![{method.title}](pictures/{picture_name(method.name, example)})"
            page = f"methods/{method.name}.md"
            parts += [f"[{method.title}]({page})", picture]
    return "\n\n".join(parts) + "\n"
