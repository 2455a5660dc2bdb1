"""Validation of the records of a track record, whose file may be damaged or from any source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MAX_NUMBER = 1e9
MAX_SAMPLES = 10_000
SCORES = ("mass", "AUC", "pointing", "chance")


def is_valid_record(key: str, record: Mapping[str, Any]) -> bool:
    """Return whether a record has the entries of its kind, all of their types and finite.

    Keys are ``network/TASK/KIND/SEED`` and ``maps/TASK/KIND/METHOD``.
    """
    kind, *parts = key.split("/")
    if len(parts) != 3 or not all(parts):
        return False
    if kind == "network":
        return _is_network_record(record)
    if kind != "maps":
        return False
    if "cannot" in record:
        return isinstance(record["cannot"], str)
    return (
        _is_number(record.get("seconds"))
        and _are_all_valid(record.get("rows"), _is_row)
        and _are_all_valid(record.get("agreement"), _is_agreement)
    )


def _is_network_record(record: Mapping[str, Any]) -> bool:
    return (
        _is_share(record.get("auc"))
        and (record.get("reliance", "") is None or _is_share(record.get("reliance")))
        and isinstance(record.get("learned"), bool)
        and isinstance(record.get("weights"), str)
        and _is_index(record.get("steps"))
    )


def _is_row(row: Mapping[str, Any]) -> bool:
    return (
        _has_sample_index(row)
        and _is_network_name(row.get("network"))
        and all(_is_share(row.get(name)) for name in SCORES)
    )


def _is_agreement(entry: Mapping[str, Any]) -> bool:
    names, correlation = entry.get("networks"), entry.get("r", "")
    return (
        _has_sample_index(entry)
        and isinstance(names, list)
        and len(names) == 2
        and all(map(_is_network_name, names))
        and (correlation is None or (_is_number(correlation) and -1.001 <= correlation <= 1.001))
    )


def _are_all_valid(entries: object, is_valid: Any) -> bool:
    return isinstance(entries, list) and all(isinstance(entry, dict) and is_valid(entry) for entry in entries)


def _has_sample_index(entry: Mapping[str, Any]) -> bool:
    return _is_index(entry.get("sample")) and entry["sample"] < MAX_SAMPLES


def _is_network_name(name: object) -> bool:
    return isinstance(name, str) and name.count("/") == 2


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -MAX_NUMBER < value < MAX_NUMBER


def _is_share(value: object) -> bool:
    return _is_number(value) and 0 <= float(value) <= 1.001  # type: ignore[arg-type]


def _is_index(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MAX_NUMBER
