"""Convert text from users and files to members of an enumeration.

A `StrEnum` member equals its value but is not identical to it, and Qt, JSON, settings files and scripts pass
plain strings. Code that compares with ``is`` must therefore receive members.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

Member = TypeVar("Member", bound=StrEnum)


def enum_member(enum_type: type[Member], value: str, setting_name: str = "") -> Member:
    """Return the member of ``enum_type`` with this value; ``setting_name`` names the setting in the error.

    Raises
    ------
    ValueError
        There is no such member; the message lists the members.
    """
    try:
        return enum_type(value)
    except ValueError:
        names = ", ".join(enum_type)
        raise ValueError(
            f"{setting_name or enum_type.__name__.lower()}: {value!r} is unknown; choose {names}"
        ) from None


def coerce_fields(instance: object, **enum_types: type[StrEnum]) -> None:
    """Convert fields of a frozen dataclass, by name, to members of their enumerations.

    For use in ``__post_init__``. Raises ValueError as `enum_member` does.
    """
    for name, kind in enum_types.items():
        object.__setattr__(instance, name, enum_member(kind, getattr(instance, name), name))
