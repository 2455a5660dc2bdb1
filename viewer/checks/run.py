"""Several checks of several maps, one after the other; what is done is handed on at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from viewer import plugins
from viewer.checks.agreement import NAME as AGREEMENT
from viewer.checks.agreement import agreement
from viewer.checks.check import Check, Result, Verdict
from viewer.checks.conservation import Conservation
from viewer.checks.contrast import Contrast
from viewer.checks.deletion import Deletion
from viewer.checks.localisation import Localisation, Truth
from viewer.checks.randomisation import Randomisation
from viewer.checks.removal import Removal
from viewer.checks.repeatability import Repeatability
from viewer.checks.stability import Stability
from viewer.checks.subject import Case
from viewer.errors import MethodError, ViewerError
from viewer.plugins import Plugins, load_plugins, read_class
from viewer.progress import Progress

CHECKS: tuple[type[Check], ...] = (
    Conservation,
    Deletion,
    Removal,
    Localisation,
    Randomisation,
    Contrast,
    Repeatability,
    Stability,
)
"""The program's own checks of one map, the quick ones first."""

LEAST = 0.05
"""Seconds that any check takes."""


def checks() -> dict[str, type[Check]]:
    """Return every check of one map by its name, in the order in which they are run, plug-ins last."""
    return {entry.name: entry for entry in (*CHECKS, *_plugins().entries)}


def check_names() -> tuple[str, ...]:
    """Return the names of all checks, that of several maps (agreement) last."""
    return (*checks(), AGREEMENT)


def plugin_problems() -> tuple[str, ...]:
    """Return a line for each check of an installed package that cannot be used."""
    return _plugins().problems


@cache
def _plugins() -> Plugins[type[Check]]:
    return load_plugins(plugins.CHECKS, {*(entry.name for entry in CHECKS), AGREEMENT}, _read)


def _read(entry: object) -> type[Check]:
    attributes = dict.fromkeys(("name", "title", "asks", "limits", "source"), str)
    return read_class(entry, Check, attributes)  # type: ignore[type-abstract]  # what derives from it


def checks_named(kinds: Sequence[str] | None = None, truth: Truth | None = None) -> tuple[Check, ...]:
    """Checks by their names, with settings as they are by custom; agreement, which is of all maps, left out.

    Raises
    ------
    MethodError
        There is no such check; the line names those there are.
    """
    known = check_names()
    wanted = known if kinds is None else kinds
    for kind in wanted:
        if kind not in known:
            raise MethodError(kind, "no such check", f"there are {', '.join(known)}")
    return tuple(
        Localisation(truth) if entry is Localisation else entry()
        for name, entry in checks().items()
        if name in wanted
    )


@dataclass(frozen=True)
class Estimate:
    """How long the checks will take: seconds for each map and check, in the order in which they are run."""

    rows: tuple[tuple[str, str, float], ...]

    @property
    def seconds(self) -> float:
        """All together."""
        return sum(seconds for _, _, seconds in self.rows)


def estimate(cases: Sequence[Case], checks: Sequence[Check]) -> Estimate:
    """What the checks cost, from how long the network's answer and each map took.

    What is computed once for all maps (the random orders of `Deletion`) counts for the first.
    """
    rows = []
    for check in checks:
        shared = 0.0
        for number, case in enumerate(cases):
            seconds = 0.0 if check.cannot(case) else check.work(case).seconds(case)
            if number == 0:
                shared = check.shared(case) * case.subject.seconds
            rows.append((check.name, case.name, max(seconds - (shared if number else 0.0), LEAST)))
    return Estimate(tuple(rows))


def run_checks(
    cases: Sequence[Case], checks: Sequence[Check], together: bool = True, progress: Progress | None = None
) -> tuple[Result, ...]:
    """Every check of every map, and their agreement where ``together`` says so.

    Each `Result` is shown by ``progress.show`` as soon as it is there, so that nothing is lost by a
    cancellation. A check that a method or the network refuses is a result, too: an open one.

    Raises
    ------
    Cancelled
        When ``progress`` says so.
    """
    progress = progress or Progress()
    plan = [(check, case) for check in checks for case in cases]
    weights = [seconds for _, _, seconds in estimate(cases, checks).rows]
    whole, done = sum(weights) + LEAST, 0.0
    results = []
    for (check, case), weight in zip(plan, weights, strict=True):
        part = progress.subtask(done / whole, (done + weight) / whole)
        try:
            result = check.run(case, part)
        except ViewerError as error:
            result = Result(
                check.name, check.title, case.name, Verdict.OPEN, "not possible", f"Not possible: {error}.",
                check.limits,
            )  # fmt: skip
        done += weight
        results.append(result)
        progress.report_partial(result)
    if together and cases:
        results.append(agreement(cases, progress.subtask(done / whole, 1)))
        progress.report_partial(results[-1])
    progress.step(1, 1)
    return tuple(results)
