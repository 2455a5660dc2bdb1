"""Settings of an analysis, declared once as fields of a plan, for options, keywords and editors.

A plan is a frozen dataclass, whose fields may themselves be dataclasses. A field declared with `setting` is a
parameter with a keyword in Python, an option on the command line and an editor in a form, all generated from
the declaration. Nothing heavy is imported here, so that ``--help`` is fast.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from itertools import dropwhile
from pathlib import Path
from typing import Any, TypeVar

from viewer.errors import MethodError
from viewer.parameters import Parameter

Plan = TypeVar("Plan")
Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class FormRow:
    """Editor of a setting in a form.

    Parameters
    ----------
    label
        Text beside the editor; if empty, the label is made from the keyword, and the tool tip from the help.
    tooltip
        Tool tip.
    choices
        Text of every value of a combo box; empty for other editors. The value "" stands for None.
    checked_value
        Value of a ticked check box, for a setting that is not a bool.
    none_text
        Text for the value None.
    exclusive_label
        Text of this setting among mutually exclusive settings.
    limits
        Limits of the editor, if narrower than those of the setting.
    initial_value
        Initial value of the editor of an optional number.
    percent
        Whether a share is shown in percent.
    sort_key
        Sort key of the row; rows with equal keys keep the order of declaration.
    """

    label: str = ""
    tooltip: str = ""
    choices: Mapping[Any, str] = field(default_factory=dict)
    checked_value: str = ""
    none_text: str = ""
    exclusive_label: str = ""
    limits: tuple[float | None, float | None] = (None, None)
    initial_value: float | None = None
    percent: bool = False
    sort_key: int = 0


@dataclass(frozen=True)
class Setting(Parameter):
    """Parameter of a plan under its keyword, with its option and its row in a form.

    Parameters
    ----------
    path
        Names of the fields that lead to the setting in the plan.
    group
        Group of the setting, such as "the scans"; a heading in the help and in the form.
    option
        Name of the option, without dashes.
    metavar
        Name of the option's value in the help.
    unset
        Text in the help for a default that is None or empty.
    exclusive
        Name of the set of mutually exclusive settings that it belongs to.
    several
        Whether it is a tuple of values, with a repeatable option.
    stored
        Values of the field for false and true, for a switch that is not stored as a bool.
    convert
        Function that converts the given value to that of the field.
    doc
        Description for the docstring; if empty, the help is used.
    row
        Editor in a form; None if it is in no form.
    """

    path: tuple[str, ...] = ()
    group: str = ""
    option: str = ""
    metavar: str = ""
    unset: str = ""
    exclusive: str = ""
    several: bool = False
    stored: tuple[Any, Any] | None = None
    convert: Callable[[Any], Any] | None = None
    doc: str = ""
    row: FormRow | None = None

    @property
    def default_text(self) -> str:
        """The default in words; empty if it is not stated."""
        if self.kind is bool:
            return ""
        if self.unset or self.default is None or self.default == ():
            return self.unset
        return f"{self.default:g}" if isinstance(self.default, int | float) else str(self.default)

    @property
    def annotation(self) -> str:
        """The type of the keyword, as in a signature."""
        kind = {Path: "str | Path", bool: "bool", int: "int", float: "float"}.get(self.kind, "str")
        kind = f"{kind} | Sequence[{kind}]" if self.several else kind
        return kind if self.default is not None else f"{kind} | None"

    @property
    def documentation(self) -> str:
        """The entry of the keyword in a numpydoc docstring."""
        kind = {Path: "str or Path", bool: "bool", int: "int", float: "float"}.get(self.kind, "str")
        kind = f"{kind} or sequence of {kind}" if self.several else kind
        optional = ", optional" if self.default is None else ""
        description = self.doc or self.help
        text = f"{description[0].upper()}{description[1:].removesuffix('.')}."
        if self.choices:
            choices = ", ".join(f'``"{choice}"``' for choice in self.choices)
            text += f" One of {choices}."
        if self.unset:
            text += f" The default is {self.unset}."
        indented = textwrap.indent(textwrap.fill(text, 100, break_on_hyphens=False), " " * 4)
        return f"{self.name} : {kind}{optional}\n{indented}"

    def to_field_value(self, value: Any) -> Any:
        """Convert a value from an option, a keyword or an editor to that of the plan's field."""
        if self.convert is not None:
            return self.convert(value)
        if self.several:
            return (value,) if isinstance(value, str) else tuple(value)
        if self.stored is not None:
            return self.stored[bool(value)]
        if self.kind is Path and value is not None:
            return Path(value)
        return value


def setting(
    default: Any,
    help: str,  # noqa: A002  the usual name in command-line libraries
    *,
    kind: type | None = None,
    row: FormRow | None = FormRow(),
    **setting_fields: Any,
) -> Any:
    """Declare a dataclass field that is a setting; ``setting_fields`` are further fields of `Setting`.

    In ``setting_fields``, ``keyword`` is the name in Python if it differs from that of the field. ``kind`` is
    the type of the values if it cannot be inferred from the default.
    """
    return field(
        default=default, metadata={"setting": {"help": help, "kind": kind, "row": row, **setting_fields}}
    )


def section(kind: type, group: str) -> Any:
    """Declare a dataclass field that is itself a dataclass of settings, all in one group."""
    return field(default_factory=kind, metadata={"section": kind, "group": group})


def settings_of(plan: type) -> tuple[Setting, ...]:
    """Return the settings of a plan class and of the dataclasses in it, in order of declaration."""
    return tuple(_collect_settings(plan, (), ""))


def with_settings(plan: Plan, values: Mapping[str, object]) -> Plan:
    """Return the plan with some settings changed by keyword.

    Raises
    ------
    MethodError
        There is no setting with this keyword.
    ViewerError
        A value is invalid.
    """
    entries = {entry.name: entry for entry in settings_of(type(plan))}
    changes: dict[str, Any] = {}
    for name, value in values.items():
        if name not in entries:
            raise MethodError("settings", f"no setting {name!r}", f"choose {', '.join(entries)}")
        entry, group = entries[name], changes
        for step in entry.path[:-1]:
            group = group.setdefault(step, {})
        group[entry.path[-1]] = entry.to_field_value(value)
    return _replace_nested(plan, changes)


def document_settings(plan: type) -> Callable[[Function], Function]:
    """Return a decorator that documents a plan's settings in a function that takes them as ``**settings``.

    The settings are added to its signature, with their defaults, and to its docstring, for ``help()``.
    """

    def decorate(function: Function) -> Function:
        signature = inspect.signature(function)
        parameters = [
            parameter
            for parameter in signature.parameters.values()
            if parameter.kind is not parameter.VAR_KEYWORD
        ]
        entries = settings_of(plan)
        parameters += [
            inspect.Parameter(
                entry.name, inspect.Parameter.KEYWORD_ONLY, default=entry.default, annotation=entry.annotation
            )
            for entry in entries
        ]
        function.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        head, rest = inspect.cleandoc(function.__doc__ or "**settings\n").split("**settings", 1)
        # The name is followed by its own indented lines, up to the next section.
        lines = rest.split("\n")[1:]
        remaining = list(dropwhile(lambda line: line.startswith(" "), lines))
        function.__doc__ = head + "\n".join([*(entry.documentation for entry in entries), *remaining])
        return function

    return decorate


def _collect_settings(plan: type, path: tuple[str, ...], group: str) -> list[Setting]:
    settings: list[Setting] = []
    for entry in fields(plan):
        entry_path = (*path, entry.name)
        if "setting" in entry.metadata:
            settings.append(_make_setting(entry, entry_path, group))
        elif "section" in entry.metadata:
            settings += _collect_settings(entry.metadata["section"], entry_path, entry.metadata["group"])
    return settings


def _make_setting(entry: Field[Any], path: tuple[str, ...], group: str) -> Setting:
    notes = {"group": group, **entry.metadata["setting"]}
    name = notes.pop("keyword", entry.name)
    default, kind = entry.default, notes.pop("kind")
    if notes.get("stored") is not None:
        default = default == notes["stored"][1]
    is_sequence = isinstance(default, tuple) and "convert" not in notes
    if default == () and "convert" in notes:
        default = None
    return Setting(
        name,
        kind or type(default),
        default,
        path=path,
        several=is_sequence,
        option=notes.pop("option", name.replace("_", "-")),
        **notes,
    )


def _replace_nested(plan: Plan, changes: Mapping[str, Any]) -> Plan:
    values = {
        name: _replace_nested(getattr(plan, name), value) if isinstance(value, dict) else value
        for name, value in changes.items()
    }
    return replace(plan, **values)  # type: ignore[type-var]
