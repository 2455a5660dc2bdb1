"""Errors with a one-line message for the user."""

from __future__ import annotations

import re
from collections.abc import Callable

MAX_LENGTH = 1200
"""Letters of one part of an error's line."""

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]{6,}")
"""Where in memory an object lay that a library speaks of: another place every time."""

VERBS = ("is", "has", "holds", "cannot", "lacks", "lies", "gives", "names", "needs", "refers", "does")
"""What a problem begins with that goes on from its subject as a sentence."""

_CONTROLS = dict.fromkeys((*range(32), *range(127, 160), 0x2028, 0x2029), " ")
"""Control letters and ends of lines: they would break the line, or steer a terminal."""


class ViewerError(Exception):
    """Something a person can mend: what it concerns, what is wrong with it, and what to do.

    The three parts read as one line, ``subject: problem; remedy``; the window and the command line show that
    line as it is, without a traceback.

    Parameters
    ----------
    subject : object
        What it concerns, such as a file.
    problem : str
        What is wrong with it.
    remedy : str
        What to do; empty where nobody knows.

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
        """The line as the command line shows it, where a remedy may name an option instead of an argument."""
        return str(self)

    def sentence(self, translate: Callable[[str], str] = str) -> str:
        """Return the same for a dialog: a file by its name alone, a full stop, the remedy as a sentence.

        Such as: "notes.txt" is a text file, not an image. ``translate`` is called with each part.
        """
        name = self.subject.replace("\\", "/").rstrip("/").rpartition("/")[2] or self.subject
        is_file = name != self.subject and ", line " not in name
        told = translate('"{}"').replace("{}", name) if is_file else translate(name)
        verb = self.problem.split(" ")[0] in VERBS
        problem, remedy = translate(self.problem), translate(self.remedy)
        line = f"{told} {problem}" if verb else f"{told}: {problem}"
        remedy = remedy[:1].upper() + remedy[1:]
        whole = ". ".join(part for part in (line, remedy) if part)
        return whole if whole[-1] in ".?!" else f"{whole}."


def _as_one_line(text: str) -> str:
    """Return a text as one line of sensible length: a damaged file may hold any letters."""
    text = _ADDRESS.sub("", text.translate(_CONTROLS))
    return text if len(text) <= MAX_LENGTH else f"{text[: MAX_LENGTH // 2]} … {text[-MAX_LENGTH // 2 :]}"


class ScanError(ViewerError):
    """A scan, a map or an atlas that cannot be read, written or used."""


class ModelError(ViewerError):
    """A network, its weights or its card that cannot be loaded or used."""


class MethodError(ViewerError):
    """An explanation that cannot be computed as asked for."""


class Cancelled(Exception):  # noqa: N818  stopping on request is not an error
    """A long computation was asked to stop, and did. Not an error: nothing was harmed."""
