"""Reading a command line: errors on one line, near misses suggested, coordinates below zero understood."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import NoReturn

NEGATIVE = re.compile(r"-\.?\d[\d.,eE+-]*")


class UsageError(Exception):
    """The command line itself makes no sense; told on one line, with exit status 2."""


class CommandParser(argparse.ArgumentParser):
    """argparse's, with one line an error."""

    def __init__(self, prog: str, description: str, example: str) -> None:
        super().__init__(
            prog=prog,
            description=description,
            epilog=example,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def error(self, message: str) -> NoReturn:
        """Leave with status 2 and one line."""
        line = message[:1].lower() + message[1:]
        self.exit(2, f"{self.prog}: {line}; see {self.prog} --help\n")

    def parse(self, args: Sequence[str]) -> argparse.Namespace:
        """The options' values; an option that does not exist is told with those that are near."""
        found, rest = self.parse_known_args(join_negative_values(args))
        if rest:
            wrong = rest[0].partition("=")[0]
            if not wrong.startswith("-"):
                self.error(f"{wrong!r} is one argument too many")
            near = get_close_matches(wrong, self._option_string_actions, n=1)
            self.error(f"no option {wrong}" + (f", did you mean {near[0]}?" if near else ""))
        return found


def join_negative_values(arguments: Sequence[str]) -> list[str]:
    """``--walls -30,5,12`` as ``--walls=-30,5,12``: argparse takes the value for an option otherwise."""
    found: list[str] = []
    for argument in arguments:
        previous = found[-1] if found else ""
        if NEGATIVE.fullmatch(argument) and previous.startswith("--") and "=" not in previous:
            found[-1] = f"{previous}={argument}"
        else:
            found.append(argument)
    return found
