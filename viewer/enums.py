"""Convert text from users and files to members of an enumeration.

A `StrEnum` member equals its word but is not identical to it, and Qt, JSON, settings files and scripts hand
over plain words. Code that compares members with ``is`` may only see members.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

Member = TypeVar("Member", bound=StrEnum)


def enum_member(kind: type[Member], value: str, name: str = "") -> Member:
    """Return the member of ``kind`` that ``value`` is or spells; ``name`` says in the error what it sets.

    Raises
    ------
    ValueError
        There is no such member; the line lists those there are.
    """
    try:
        return kind(value)
    except ValueError:
        known = ", ".join(kind)
        raise ValueError(f"{name or kind.__name__.lower()}: {value!r} is unknown; choose {known}") from None


def coerce_fields(instance: object, **kinds: type[StrEnum]) -> None:
    """Turn fields of a frozen dataclass, by name, into members of their enumerations.

    Meant for ``__post_init__``. Raises ValueError as `enum_member` does.
    """
    for name, kind in kinds.items():
        object.__setattr__(instance, name, enum_member(kind, getattr(instance, name), name))
