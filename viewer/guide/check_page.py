"""Page of a check, generated from its declaration."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from viewer.checks import method_agreement
from viewer.checks.base import Check
from viewer.guide.example_scans import CHECK_COMMAND
from viewer.guide.markdown import code_block, escape
from viewer.guide.method_page import command_line, parameter_table, source_list
from viewer.parameters import Parameter


@dataclass(frozen=True)
class CheckEntry:
    """Declaration of a check.

    Parameters
    ----------
    name, title, question
        As in the *Trust* panel.
    measure
        Measured quantity.
    reading
        How to read the result.
    limits
        Limits of the interpretation.
    source
        Citations; "" if there are none.
    parameters
        Parameters.
    recomputes_map
        Whether the check computes the map again.
    """

    name: str
    title: str
    question: str
    measure: str
    reading: str
    limits: str
    source: str = ""
    parameters: tuple[Parameter, ...] = ()
    recomputes_map: bool = False


def check_entry(check: type[Check]) -> CheckEntry:
    """Return the declaration of a check of one map."""
    declared = tuple(
        Parameter(field_.name, type(field_.default), field_.default, **field_.metadata)
        for field_ in fields(check)
        if "help" in field_.metadata
    )
    return CheckEntry(
        check.name,
        check.title,
        check.question,
        inspect.cleandoc(check.__doc__ or ""),
        check.reading,
        check.limits,
        check.source,
        declared,
        check.needs_method,
    )


def agreement_entry() -> CheckEntry:
    """Return the declaration of the check that compares several maps."""
    return CheckEntry(
        method_agreement.NAME,
        method_agreement.TITLE,
        method_agreement.QUESTION,
        "Correlation and overlap of every pair of maps of one scan.",
        method_agreement.READING,
        method_agreement.LIMITS,
    )


def check_page(check: CheckEntry, results: Sequence[Mapping[str, Any]] = ()) -> str:
    """Return the page of a check as Markdown; ``results`` are its results on the demonstration, if any."""
    parts = [f"# {check.title}", f"**{escape(check.question)}**", f"`--kinds {check.name}`"]
    parts += ["## What it measures", escape(" ".join(check.measure.split()))]
    if check.recomputes_map:
        parts.append("It computes the map again, and therefore needs the method, not only the map's file.")
    if check.reading:
        parts += ["## How to read it", escape(check.reading)]
    parts += ["## Limits", escape(check.limits)]
    if results:
        parts.append("## On the demonstration")
        for result in results:
            of_map = f" of *{escape(str(result['map']))}*" if result["map"] else ""
            parts.append(
                f"{escape(str(result['headline']))}{of_map}, verdict: {result['verdict']}. "
                f"{escape(str(result['sentence']))}"
            )
        parts += ["Printed by", code_block(command_line(CHECK_COMMAND), "sh")]
    if check.parameters:
        parts += ["## Parameters", parameter_table(check.parameters)]
    if check.source:
        parts += ["## Source", *source_list(check.source)]
    parts.append("See also: [all checks](index.md), [the Trust panel](../panels/trust.md).")
    return "\n\n".join(parts) + "\n"


def checks_index(checks: Sequence[CheckEntry]) -> str:
    """Return the page that lists all checks and explains their verdicts."""
    lines = [f"- [{check.title}]({check.name}.md): {escape(check.question)}" for check in checks]
    return (
        "\n\n".join(
            (
                "# Checks",
                "A map can look convincing and be wrong. Each check addresses one question about it and "
                "gives a number, a plot, a sentence and a verdict: it **holds**, is **doubtful**, **fails**, "
                "or stays **open** if there is nothing to judge. No check proves that a map is right; a map "
                "that fails the check with random weights should not be shown as an explanation.",
                "\n".join(lines),
                "Run them in [the Trust panel](../panels/trust.md), or by",
                code_block(command_line(CHECK_COMMAND), "sh"),
            )
        )
        + "\n"
    )
