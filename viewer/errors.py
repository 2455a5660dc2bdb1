"""The errors a person is told: one clear line each."""

from __future__ import annotations


class ViewerError(Exception):
    """Something a person can mend: what it concerns, what is wrong with it, and what to do.

    The three parts read as one line, ``subject: problem; remedy``; the window and the command line
    show that line as it is, without a traceback.
    """

    def __init__(self, subject: object, problem: str, remedy: str = "") -> None:
        self.subject = str(subject)
        self.problem = problem
        self.remedy = remedy
        line = f"{self.subject}: {problem}"
        super().__init__(f"{line}; {remedy}" if remedy else line)


class ScanError(ViewerError):
    """A scan, a map or an atlas that cannot be read, written or used."""


class ModelError(ViewerError):
    """A network, its weights or its card that cannot be loaded or used."""


class MethodError(ViewerError):
    """An explanation that cannot be computed as asked for."""


class Cancelled(Exception):  # noqa: N818  stopping on request is no error
    """A long computation was asked to stop, and did. Not an error: nothing was harmed."""
