"""Strict JSON text, and printable file names, where the names may be in any encoding.

Python gives the bytes of a name that are not UTF-8 as lone surrogates (PEP 383). These cannot be encoded; as
JSON's own escapes they can be written, and read back as the same name.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

_SURROGATES = re.compile("[\ud800-\udfff]")


def json_text(entries: Any) -> str:
    """Return strict JSON, indented, with a line's end; it can always be encoded as UTF-8.

    Raises
    ------
    ValueError
        A number is not finite.
    """
    text = json.dumps(entries, indent=2, ensure_ascii=False, allow_nan=False)
    return _SURROGATES.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def to_json_value(value: object) -> object:
    """Return a value as JSON has it; numbers that are not finite become None, what is unknown its text."""
    if hasattr(value, "tolist"):
        value = value.tolist()  # of NumPy, which is not imported for it
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
    """Return a name as it can be shown anywhere: what is not Unicode in it becomes U+FFFD."""
    return _SURROGATES.sub("\ufffd", text)


def is_unicode(text: str) -> bool:
    """Return whether a text has no lone surrogates, and so can be encoded."""
    return _SURROGATES.search(text) is None
