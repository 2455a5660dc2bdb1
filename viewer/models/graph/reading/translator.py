"""What turns one kind of call into nodes, and how such translators are listed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from viewer.models.graph.reading.call import Call
from viewer.models.graph.reading.draft import Draft

Translator = Callable[[Call, Draft], str | tuple[str, ...]]
"""Adds what a call does to a draft, and answers the names of its results."""

Translations = Mapping[str, Translator]
"""``aten.NAME.OVERLOAD`` to translator."""


def translations(listed: Mapping[Translator, str]) -> Translations:
    """A table from translators and the ATen names, without ``aten.``, that each stands for."""
    return MappingProxyType(
        {f"aten.{name}": translator for translator, names in listed.items() for name in names.split()}
    )
