"""Errors with a one-line message for the user."""

from __future__ import annotations

import re
from collections.abc import Callable

MAX_LENGTH = 1200
"""Maximum length of each part of an error message, in characters."""

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]{6,}")
"""Memory address of an object in the message of a library, which differs between runs."""

# fmt: off
VERBS = frozenset((
    "already", "appears", "asks", "assigns", "belongs", "cannot", "claims", "computes", "contains",
    "covers", "describes", "detects", "does", "ends", "flattens", "gives", "has", "holds", "is",
    "lacks", "lies", "lists", "looks", "mixes", "names", "needs", "outputs", "overwrites", "passes",
    "processes", "refers", "requires", "returns", "runs", "selects", "stores", "takes", "uses",
    "varies", "was", "would",
))
# fmt: on
"""First words of problems that continue the subject as a sentence."""

_CONTROLS = dict.fromkeys((*range(32), *range(127, 160), 0x2028, 0x2029), " ")
"""Control characters and line separators, which would break the line or control a terminal."""


class ViewerError(Exception):
    """An error that the user can fix: its subject, the problem, and a remedy.

    The three parts form one line, ``subject: problem; remedy``, which the window and the command line show
    without a traceback.

    Parameters
    ----------
    subject : object
        Subject of the error, such as a file.
    problem : str
        The problem.
    remedy : str
        What to do; empty if unknown.

    Examples
    --------
    >>> import viewer
    >>> try:
    ...     viewer.load_scan("missing.nii.gz")
    ... except viewer.ViewerError as error:
    ...     print(error)
    missing.nii.gz: there is no such file
    """

    def __init__(self, subject: object, problem: str, remedy: str = "") -> None:
        self.subject = _as_one_line(str(subject))
        self.problem = _as_one_line(problem)
        self.remedy = _as_one_line(remedy)
        line = f"{self.subject}: {self.problem}"
        super().__init__(f"{line}; {self.remedy}" if remedy else line)

    @property
    def command_line(self) -> str:
        """The line for the command line, in which a remedy may name an option instead of an argument."""
        return str(self)

    def sentence(self, translate: Callable[[str], str] = str) -> str:
        """Return the error as sentences for a dialog, with the name of a file instead of its path.

        Example: "notes.txt" is a text file, not an image. ``translate`` is called with each part.
        """
        name = self.subject.replace("\\", "/").rstrip("/").rpartition("/")[2] or self.subject
        is_file = name != self.subject and ", line " not in name
        name_text = translate('"{}"').replace("{}", name) if is_file else translate(name)
        starts_with_verb = self.problem.split(" ")[0] in VERBS
        problem, remedy = translate(self.problem), translate(self.remedy)
        line = f"{name_text} {problem}" if starts_with_verb else f"{name_text}: {problem}"
        remedy = remedy[:1].upper() + remedy[1:]
        text = ". ".join(part for part in (line, remedy) if part)
        return text if text[-1] in ".?!" else f"{text}."


def _as_one_line(text: str) -> str:
    """Return a text as one line of limited length, since a damaged file may contain any characters."""
    text = _ADDRESS.sub("", text.translate(_CONTROLS))
    return text if len(text) <= MAX_LENGTH else f"{text[: MAX_LENGTH // 2]} … {text[-MAX_LENGTH // 2 :]}"


class ScanError(ViewerError):
    """A scan, a map or an atlas that cannot be read, written or used."""


class ModelError(ViewerError):
    """A network, its weights or its card that cannot be loaded or used."""


class MethodError(ViewerError):
    """An explanation that cannot be computed as requested."""


class Cancelled(Exception):  # noqa: N818  stopping on request is not an error
    """Raised when a long computation stops on request; not an error."""
