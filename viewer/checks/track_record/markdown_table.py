"""Markdown of a track record's table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from viewer.checks.track_record.estimate_text import format_estimate


def to_markdown(table: Mapping[str, Any]) -> str:
    """Return the tables of the methods, of the methods by kind of network, and of the networks."""
    return (
        "\n\n".join(
            "\n".join(lines) for lines in (_method_lines(table), _kind_lines(table), _network_lines(table))
        )
        + "\n"
    )


def _method_lines(table: Mapping[str, Any]) -> Iterator[str]:
    yield "| method | rank | mass in source | AUC | pointing game | agreement of seeds | networks | brains |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for name, entry in table["methods"].items():
        overall = entry["all"]
        cells = [
            f"`{name}`",
            str(entry["rank"] or "–"),
            *(format_estimate(overall[score]) for score in ("mass", "AUC", "pointing", "agreement")),
            str(overall["networks"]),
            str(overall["brains"]),
        ]
        yield f"| {' | '.join(cells)} |"


def _kind_lines(table: Mapping[str, Any]) -> Iterator[str]:
    kinds = table["rests_on"]["kinds"]
    yield f"| mass in source | {' | '.join(kinds)} |"
    yield f"| --- |{' ---: |' * len(kinds)}"
    for name, entry in table["methods"].items():
        cells = [format_estimate(entry[kind]["mass"]) if kind in entry else "–" for kind in kinds]
        yield f"| `{name}` | {' | '.join(cells)} |"


def _network_lines(table: Mapping[str, Any]) -> Iterator[str]:
    yield "| network | AUC | follows the source | counts |"
    yield "| --- | ---: | ---: | --- |"
    for name, entry in table["networks"].items():
        reliance = "–" if entry["reliance"] is None else f"{entry['reliance']:.2f}"
        yield f"| {name} | {entry['auc']:.3f} | {reliance} | {'yes' if entry['learned'] else 'no'} |"
