"""JSON as a file holds it, and names as people read them, where names of files may be in any encoding.

Python gives the bytes of a name that are not UTF-8 as lone surrogates (PEP 383). These cannot be encoded; as
JSON's own escapes they can be written, and read back as the same name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

_SURROGATES = re.compile("[\ud800-\udfff]")


def json_text(entries: Any, default: Callable[[Any], Any] | None = None) -> str:
    """Return strict JSON, indented, with a line's end; it can always be encoded as UTF-8.

    ``default`` makes plain values of what JSON does not know.

    Raises
    ------
    ValueError
        A number is not finite.
    """
    text = json.dumps(entries, indent=2, ensure_ascii=False, allow_nan=False, default=default)
    return _SURROGATES.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def readable(text: str) -> str:
    """Return a name as it can be shown anywhere: what is no Unicode in it becomes U+FFFD."""
    return _SURROGATES.sub("\ufffd", text)


def is_unicode(text: str) -> bool:
    """Return whether a text has no lone surrogates, and so can be encoded."""
    return _SURROGATES.search(text) is None
