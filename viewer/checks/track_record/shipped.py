"""The track record that is shipped with the program, and its summary of a method in one line."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from viewer.checks.track_record.estimate_text import format_estimate
from viewer.errors import ScanError
from viewer.number_format import format_count
from viewer.resource_files import resource_path
from viewer.scans.file_types import read_json_object

NAME = "track-record.json"


def record_path() -> Path:
    """Return the path of the shipped table."""
    return resource_path(NAME)


@cache
def read_track_record() -> Mapping[str, Any]:
    """Return the shipped table (`viewer.checks.track_record.table.make_table`); empty if there is none."""
    try:
        return read_json_object(record_path())
    except ScanError:
        return {}


def find_record(method_name: str, table: Mapping[str, Any] | None = None) -> Mapping[str, Any] | None:
    """Return a method's entry of a table, by default the shipped one; None if it is not in it."""
    table = read_track_record() if table is None else table
    entry: Mapping[str, Any] | None = table.get("methods", {}).get(method_name)
    return entry


def describe_record(method_name: str, table: Mapping[str, Any] | None = None) -> str:
    """Return a summary such as ``On known sources: 0.41 [0.36, 0.46], rank 7 of 31``; empty if not
    measured.
    """
    table = read_track_record() if table is None else table
    entry = find_record(method_name, table)
    if entry is None:
        return ""
    line = f"On known sources: {format_estimate(entry['all']['mass'])}"
    if entry["rank"] is not None:
        return f"{line}, rank {entry['rank']} of {table['rests_on']['ranked']}"
    kinds = [kind for kind in table["rests_on"]["kinds"] if kind in entry]
    if len(kinds) < len(table["rests_on"]["kinds"]):
        return f"{line}, only on {' and '.join(kinds)} networks"
    # The interval of so few brains would look more certain than that of a ranked method.
    mean, brains = entry["all"]["mass"][0], format_count(entry["all"]["brains"], "brain")
    return f"On known sources: {mean:.2f}, only on {brains}, not ranked"


def explain_record(method_name: str, table: Mapping[str, Any] | None = None) -> str:
    """Return the meaning of the number in that line, and the scores by kind of network, in several lines."""
    table = read_track_record() if table is None else table
    entry = find_record(method_name, table)
    if entry is None:
        return ""
    basis = table["rests_on"]
    lines = [
        f"Share of the map within the region that the class was computed from, mean and 95 % interval "
        f"(chance {basis['chance']:.2f}); {entry['all']['networks']} small networks, "
        f"{entry['all']['brains']} simulated brains; your network is not among them",
    ]
    for kind in basis["kinds"]:
        if kind in entry:
            mass, auc = (format_estimate(entry[kind][score]) for score in ("mass", "AUC"))
            lines.append(f"{kind}: {mass}, AUC {auc}")
    return "\n".join(lines)
