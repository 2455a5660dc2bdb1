"""One sentence over all checks of a map: how many speak for it, which do not, and how many could not tell."""

from __future__ import annotations

from collections.abc import Iterable

from viewer.checks.check import Result, Verdict
from viewer.checks.run import checks


def summarise(results: Iterable[Result], names: bool = True) -> str:
    """Return the sentence, from the verdicts alone; empty where no check was run.

    ``names`` lists the checks that do not speak for the map; without it they are counted.

    Only the checks of one map count: agreement has no verdict, and a region that a person chose is an
    experiment. A check without a verdict is in none of the numbers but the last.
    """
    known = checks()
    own = [one for one in results if one.check in known]
    judged = [one for one in own if one.verdict is not Verdict.OPEN]
    silent = len(own) - len(judged)
    if not own:
        return ""
    if not judged:
        return f"No verdict: {_none(silent)} on this map."
    held = sum(one.verdict is Verdict.HOLDS for one in judged)
    parts = [f"{held} of {_checks(len(judged))} {'speaks' if held == 1 else 'speak'} for this map"]
    against = [one.title for one in judged if one.verdict is Verdict.FAILS]
    doubtful = [one.title for one in judged if one.verdict is Verdict.DOUBTFUL]
    if against:
        parts.append(f"against it: {', '.join(against)}" if names else f"{len(against)} against it")
    if doubtful:
        parts.append(f"in doubt: {', '.join(doubtful)}" if names else f"{len(doubtful)} in doubt")
    if silent:
        parts.append(_none(silent) if names else f"{silent} without a verdict")
    return "; ".join(parts) + "."


def _checks(count: int) -> str:
    return "1 check" if count == 1 else f"{count} checks"


def _none(count: int) -> str:
    return f"{_checks(count)} could not give a verdict"
