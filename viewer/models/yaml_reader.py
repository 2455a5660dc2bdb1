"""Reader of untrusted YAML: only plain values, of limited size and nesting, without aliases.

PyYAML's safe loader builds no objects. Aliases (``*name``) are refused, because nested ones can expand to
more values than fit in memory.
"""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from viewer.errors import ModelError
from viewer.files import read_regular
from viewer.json_text import is_unicode

MAX_YAML_BYTES = 1 << 18
"""Largest configuration in bytes; usual ones have a few thousand."""

MAX_DEPTH = 50


class YamlLimitError(yaml.YAMLError):  # type: ignore[misc]
    """The text uses aliases, is nested too deeply, or has an entry twice."""


class _PlainLoader(yaml.SafeLoader):  # type: ignore[misc]
    """Loader of plain values."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Compose a node, unless it is an alias or too deep."""
        if self.check_event(yaml.AliasEvent):
            raise YamlLimitError(f"uses the alias *{self.peek_event().anchor}")
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise YamlLimitError(f"is nested in more than {MAX_DEPTH} levels")
        node: yaml.Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Construct a mapping without duplicate scalar keys."""
        names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if len(set(names)) < len(names):
            duplicate = next(name for name, count in Counter(names).items() if count > 1)
            raise YamlLimitError(f"has the entry {duplicate[:60]!r} twice")
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


def read_yaml(path: Path) -> dict[str, Any]:
    """Return the mapping in a YAML file as JSON values; keys and dates become strings.

    Raises
    ------
    ModelError
        The file cannot be read, is larger than `MAX_YAML_BYTES`, or contains something else.
    """
    content = read_regular(path, MAX_YAML_BYTES, ModelError, "a configuration")
    try:
        value = yaml.load(content, Loader=_PlainLoader)  # noqa: S506  a subclass of the safe loader
    except YamlLimitError as error:
        raise ModelError(path, str(error), "write plain values") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        location = f" in line {mark.line + 1}" if mark is not None else ""
        problem = " ".join(str(error.problem or error.context or "damaged").split())
        raise ModelError(path, f"is not YAML ({problem[:120]}{location})") from error
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError, TypeError) as error:
        message = " ".join(str(error).split())[:120]
        raise ModelError(path, f"is not YAML ({message})") from error
    if not isinstance(value, dict):
        raise ModelError(path, "holds no YAML mapping", "it must begin with an entry such as 'network_def:'")
    entries: dict[str, Any] = _to_json(value, path)
    return entries


def _to_json(value: Any, path: Path) -> Any:
    """Return a value as a JSON value.

    Raises
    ------
    ModelError
        It has another type, or is a number that is not finite.
    """
    if isinstance(value, dict):
        return {str(key): _to_json(item, path) for key, item in value.items()}
    if isinstance(value, list):
        return [_to_json(item, path) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise ModelError(path, f"holds {value}, which is not a JSON number")
    if isinstance(value, str) and not is_unicode(value):
        raise ModelError(path, "holds half of a surrogate pair", "its strings must be Unicode")
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    raise ModelError(path, f"holds a value of the kind {type(value).__name__}", "write plain values")
