"""Strict JSON text, and printable file names, for file names in any encoding.

Python represents the bytes of a name that are not UTF-8 as lone surrogates (PEP 383). These cannot be
encoded, but can be written as JSON escapes and read back as the same name.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

_SURROGATES = re.compile("[\ud800-\udfff]")


def json_text(entries: Any) -> str:
    """Return strict, indented JSON with a final line break; it can always be encoded as UTF-8.

    Raises
    ------
    ValueError
        A number is not finite.
    """
    text = json.dumps(entries, indent=2, ensure_ascii=False, allow_nan=False)
    return _SURROGATES.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n"


def to_json_value(value: object) -> object:
    """Convert a value to JSON types; non-finite numbers become None, values of unknown types their text."""
    if hasattr(value, "tolist"):
        value = value.tolist()  # NumPy, without importing it
    if isinstance(value, Mapping):
        return {str(key): to_json_value(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_json_value(entry) for entry in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)


def printable(text: str) -> str:
    """Return a name that can be shown anywhere: lone surrogates become U+FFFD."""
    return _SURROGATES.sub("\ufffd", text)


def is_unicode(text: str) -> bool:
    """Return whether a text has no lone surrogates, so that it can be encoded."""
    return _SURROGATES.search(text) is None
