"""Command-line options generated from the declared settings of a plan."""

from __future__ import annotations

import argparse
from typing import Any

from viewer.commands.option_values import FloatInRange, IntegerInRange
from viewer.settings import Setting, settings_of


def add_setting_options(parser: argparse.ArgumentParser, plan: type) -> None:
    """Add an option for every setting of a plan class, in one argument group per group of settings."""
    groups: dict[str, argparse._ArgumentGroup] = {}
    exclusive: dict[str, argparse._MutuallyExclusiveGroup] = {}
    for entry in settings_of(plan):
        if entry.group not in groups:
            groups[entry.group] = parser.add_argument_group(entry.group)
        container: argparse._ActionsContainer = groups[entry.group]
        if entry.exclusive:
            if entry.exclusive not in exclusive:
                exclusive[entry.exclusive] = container.add_mutually_exclusive_group()
            container = exclusive[entry.exclusive]
        _add_option(container, entry)


def collect_settings(arguments: argparse.Namespace, plan: type) -> dict[str, Any]:
    """Return the values of all settings by keyword, as set by the options of `add_setting_options`."""
    return {
        # A repeatable option that is not given is an empty list.
        entry.name: (getattr(arguments, entry.name) or entry.default)
        if entry.several
        else getattr(arguments, entry.name)
        for entry in settings_of(plan)
    }


def _add_option(container: argparse._ActionsContainer, setting: Setting) -> None:
    flag, text = f"--{setting.option}", setting.help.replace("%", "%%")
    if setting.kind is bool:
        action = "store_false" if setting.default else "store_true"
        container.add_argument(flag, dest=setting.name, action=action, help=text)
        return
    default_text = setting.default_text
    container.add_argument(
        flag,
        dest=setting.name,
        metavar=setting.metavar or None,
        choices=tuple(map(str, setting.choices)) or None,
        type=_make_value_parser(setting),
        action="append" if setting.several else "store",
        default=[] if setting.several else setting.default,
        help=f"{text} (default: {default_text})" if default_text else text,
    )


def _make_value_parser(setting: Setting) -> Any:
    low, high = setting.limits
    if setting.kind is int:
        return IntegerInRange(int(low or 0), None if high is None else int(high))
    return FloatInRange(low, high) if setting.kind is float else str
