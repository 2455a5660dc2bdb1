"""Load methods, architectures and checks that other packages register as entry points.

A package declares an entry point of one of the groups below in its ``pyproject.toml``::

    [project.entry-points."saliency_viewer.methods"]
    my-method = "my_package:MyMethod"

The name of the entry point must be the name of the object that it points to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, NamedTuple, Protocol, TypeVar

METHODS = "saliency_viewer.methods"
ARCHITECTURES = "saliency_viewer.architectures"
CHECKS = "saliency_viewer.checks"

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Named(Protocol):
    """An object with a name."""

    @property
    def name(self) -> str:
        """Name of the object."""


Entry = TypeVar("Entry", bound=Named)
Base = TypeVar("Base")


class PluginError(Exception):
    """The object of an entry point cannot be used, for the reason in the message."""


class Plugins(NamedTuple, Generic[Entry]):
    """Loaded objects of a group, and a line for each entry point that cannot be used."""

    entries: tuple[Entry, ...]
    problems: tuple[str, ...]


def load_plugins(
    group: str, reserved_names: Collection[str], validate: Callable[[object], Entry]
) -> Plugins[Entry]:
    """Import every entry point of a group; report those that cannot be used.

    Parameters
    ----------
    group
        Group of the entry points, such as `METHODS`.
    reserved_names
        Names that the program itself uses.
    validate
        Function that checks and returns an imported object; raises `PluginError` if it cannot be used.

    Returns
    -------
    Plugins
        Objects and problems, sorted by name.
    """
    entries: dict[str, Entry] = {}
    problems = []
    for entry_point in sorted(
        entry_points(group=group), key=lambda entry_point: (entry_point.name, entry_point.value)
    ):
        try:
            entries[entry_point.name] = _load(entry_point, {*reserved_names, *entries}, validate)
        except PluginError as error:
            origin = (
                f"{entry_point.dist.name} {entry_point.dist.version}"
                if entry_point.dist is not None
                else entry_point.value
            )
            problems.append(f"{origin}, {group} {entry_point.name!r}: {error}")
    return Plugins(tuple(entries.values()), tuple(problems))


def _load(
    entry_point: EntryPoint, reserved_names: Collection[str], validate: Callable[[object], Entry]
) -> Entry:
    if not _NAME.fullmatch(entry_point.name):
        raise PluginError("is not a valid name; use lower-case letters, digits and single hyphens")
    if entry_point.name in reserved_names:
        raise PluginError("the name is taken already; choose another one")
    try:
        loaded = entry_point.load()
    except Exception as error:
        raise PluginError(
            f"cannot be imported ({_format_error(error)}); update or uninstall the package"
        ) from error
    entry = validate(loaded)
    if entry.name != entry_point.name:
        raise PluginError(f"the class calls itself {entry.name!r}; use one name for both")
    return entry


def read_class(entry: object, base: type[Base], attributes: Mapping[str, type]) -> type[Base]:
    """Return an object after checking that it is a usable subclass of ``base``.

    Parameters
    ----------
    entry
        Object of an entry point.
    base
        Abstract class that it must derive from.
    attributes
        Required class attributes, with their types.

    Raises
    ------
    PluginError
        It does not derive from ``base``, lacks a function or an attribute, or needs arguments.
    """
    if not isinstance(entry, type) or not issubclass(entry, base):
        raise PluginError(f"is not a subclass of {base.__module__}.{base.__qualname__}")
    missing = sorted(getattr(entry, "__abstractmethods__", ()))
    if missing:
        raise PluginError(f"does not implement {', '.join(missing)}")
    for name, kind in attributes.items():
        if not isinstance(getattr(entry, name, None), kind):
            raise PluginError(f"its attribute {name!r} is missing or is not of type {kind.__name__}")
    try:
        entry()
    except Exception as error:
        raise PluginError(f"cannot be created without arguments ({_format_error(error)})") from error
    return entry


def _format_error(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
