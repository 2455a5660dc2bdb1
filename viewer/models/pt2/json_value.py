"""Reader of untrusted JSON: every entry is read by name and type, and errors name the entry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from viewer.errors import ModelError


class JsonValue:
    """One value in a JSON file, and its position in the file."""

    def __init__(self, value: Any, location: str) -> None:
        self.value = value
        self.location = location

    def error(self, problem: str, remedy: str = "") -> ModelError:
        """Return an error about this value."""
        return ModelError(self.location, problem, remedy)

    def has(self, name: str) -> bool:
        """Return whether a mapping has an entry."""
        return name in self.mapping()

    def __getitem__(self, name: str) -> JsonValue:
        """Return an entry of a mapping.

        Raises
        ------
        ModelError
            It is missing.
        """
        if name not in self.mapping():
            raise self.error(f"has no entry {name}")
        return JsonValue(self.value[name], f"{self.location}, {name[:80]}")

    def mapping(self) -> dict[str, Any]:
        """Return the value as a mapping."""
        if not isinstance(self.value, dict):
            raise self.error("is not a mapping")
        return self.value

    def items(self) -> Iterator[tuple[str, JsonValue]]:
        """Yield the entries of a mapping."""
        for name in self.mapping():
            yield name, self[name]

    def list(self) -> list[JsonValue]:
        """Return the entries of a list."""
        if not isinstance(self.value, list):
            raise self.error("is not a list")
        return [JsonValue(value, f"{self.location} {index}") for index, value in enumerate(self.value)]

    def text(self) -> str:
        """Return the value as text."""
        if not isinstance(self.value, str):
            raise self.error("is not text")
        return self.value

    def integer(self) -> int:
        """Return the value as an integer of at most 64 bits."""
        if isinstance(self.value, bool) or not isinstance(self.value, int) or abs(self.value) >= 2**63:
            raise self.error("is not a whole number")
        return self.value

    def number(self) -> float:
        """Return the value as a number; infinities and NaN are written as words."""
        special = {"Infinity": float("inf"), "-Infinity": float("-inf"), "NaN": float("nan")}
        if isinstance(self.value, str) and self.value in special:
            return special[self.value]
        if isinstance(self.value, bool) or not isinstance(self.value, (int, float)):
            raise self.error("is not a number")
        try:
            return float(self.value)
        except OverflowError as error:
            raise self.error("is not a number") from error

    def boolean(self) -> bool:
        """Return the value as true or false."""
        if not isinstance(self.value, bool):
            raise self.error("is neither true nor false")
        return self.value

    def single_item(self) -> tuple[str, JsonValue]:
        """Return the only entry of a mapping, whose name gives its kind (a tagged union)."""
        items = [
            (name, entry) for name, entry in self.items() if entry.value is not None or name == "as_none"
        ]
        if len(items) != 1:
            raise self.error(f"has {len(items)} kinds instead of one")
        return items[0]


def parse_json_value(text: str, location: str) -> JsonValue:
    """Parse a JSON text.

    Raises
    ------
    ModelError
        It is not valid JSON, or nested too deeply.
    """
    try:
        return JsonValue(json.loads(text), location)
    except (ValueError, RecursionError) as error:
        raise ModelError(location, "is not valid JSON") from error
