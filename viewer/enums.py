"""Convert text from users and files to members of an enumeration.

A `StrEnum` member equals its value but is not identical to it, and Qt, JSON, settings files and scripts pass
plain strings. Code that compares with ``is`` must therefore receive members.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

Member = TypeVar("Member", bound=StrEnum)


def enum_member(kind: type[Member], value: str, name: str = "") -> Member:
    """Return the member of ``kind`` with this value; ``name`` is the name of the setting in the error.

    Raises
    ------
    ValueError
        There is no such member; the message lists the members.
    """
    try:
        return kind(value)
    except ValueError:
        names = ", ".join(kind)
        raise ValueError(f"{name or kind.__name__.lower()}: {value!r} is unknown; choose {names}") from None


def coerce_fields(instance: object, **kinds: type[StrEnum]) -> None:
    """Convert fields of a frozen dataclass, by name, to members of their enumerations.

    For use in ``__post_init__``. Raises ValueError as `enum_member` does.
    """
    for name, kind in kinds.items():
        object.__setattr__(instance, name, enum_member(kind, getattr(instance, name), name))
