"""Command-line parser: one-line errors, suggestions for misspelt options, negative coordinates."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import NoReturn

NEGATIVE = re.compile(r"-\.?\d[\d.,eE+-]*")


class UsageError(Exception):
    """The command line itself is invalid; reported in one line, with exit status 2."""


class CommandParser(argparse.ArgumentParser):
    """Argument parser that reports an error in one line."""

    def __init__(self, prog: str, description: str, example: str) -> None:
        super().__init__(
            prog=prog,
            description=description,
            epilog=example,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def error(self, message: str) -> NoReturn:
        """Print the error in one line and exit with status 2."""
        line = message[:1].lower() + message[1:]
        self.exit(2, f"{self.prog}: {line}; see {self.prog} --help\n")

    def parse(self, args: Sequence[str]) -> argparse.Namespace:
        """Parse the arguments; suggest similar options for an unknown one."""
        namespace, remaining = self.parse_known_args(join_negative_values(args))
        if remaining:
            unknown = remaining[0].partition("=")[0]
            if not unknown.startswith("-"):
                self.error(f"unexpected argument {unknown!r}")
            matches = get_close_matches(unknown, self._option_string_actions, n=1)
            self.error(f"no option {unknown}" + (f", did you mean {matches[0]}?" if matches else ""))
        return namespace


def join_negative_values(arguments: Sequence[str]) -> list[str]:
    """Join ``--walls -30,5,12`` to ``--walls=-30,5,12``, as argparse would take the value for an option."""
    joined: list[str] = []
    for argument in arguments:
        previous = joined[-1] if joined else ""
        if NEGATIVE.fullmatch(argument) and previous.startswith("--") and "=" not in previous:
            joined[-1] = f"{previous}={argument}"
        else:
            joined.append(argument)
    return joined
