"""Run several checks on several maps, estimate their duration, and summarise the verdicts per map."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from viewer import plugins
from viewer.checks.adversarial_stability import AdversarialStability
from viewer.checks.base import Check, CheckResult, Verdict
from viewer.checks.class_contrast import ClassContrast
from viewer.checks.conservation import Conservation
from viewer.checks.context import Explanation
from viewer.checks.deletion_insertion import DeletionInsertion
from viewer.checks.localisation import GroundTruth, Localisation
from viewer.checks.method_agreement import NAME as AGREEMENT
from viewer.checks.method_agreement import check_agreement
from viewer.checks.parameter_randomisation import ParameterRandomisation
from viewer.checks.region_removal import RegionRemoval
from viewer.checks.repeatability import Repeatability
from viewer.checks.sensitivity_n import SensitivityN
from viewer.checks.shortcuts import Shortcuts
from viewer.errors import MethodError, ViewerError
from viewer.jobs.heap import keep_freed_memory
from viewer.number_format import format_count
from viewer.plugins import Plugins, load_plugins, read_class
from viewer.progress import Progress

CHECKS: tuple[type[Check], ...] = (
    Conservation,
    DeletionInsertion,
    RegionRemoval,
    SensitivityN,
    Shortcuts,
    Localisation,
    ParameterRandomisation,
    ClassContrast,
    Repeatability,
    AdversarialStability,
)
"""Built-in checks of one map, the quick ones first."""

MIN_SECONDS = 0.05
"""Minimum duration of a check, in seconds."""


def list_checks() -> dict[str, type[Check]]:
    """Return every check of one map by its name, in the order in which they are run, plug-ins last.

    Returns
    -------
    dict of str to type
        Each has ``title``, ``question``, ``limits`` and ``source``. Agreement, a check of several maps, is
        not included.

    Examples
    --------
    >>> import viewer
    >>> list(viewer.list_checks())[:3]
    ['conservation', 'deletion', 'removal']
    """
    return {entry.name: entry for entry in (*CHECKS, *_plugins().entries)}


def check_names() -> tuple[str, ...]:
    """Return the names of all checks; agreement, the check of several maps, is last."""
    return (*list_checks(), AGREEMENT)


def plugin_problems() -> tuple[str, ...]:
    """Return a line for each plug-in check that cannot be used."""
    return _plugins().problems


@cache
def _plugins() -> Plugins[type[Check]]:
    return load_plugins(plugins.CHECKS, {*(entry.name for entry in CHECKS), AGREEMENT}, _read_check)


def _read_check(entry: object) -> type[Check]:
    attributes = dict.fromkeys(("name", "title", "question", "limits", "source"), str)
    return read_class(entry, Check, attributes)  # type: ignore[type-abstract]  # a concrete subclass


def make_checks(kinds: Sequence[str] | None = None, truth: GroundTruth | None = None) -> tuple[Check, ...]:
    """Create checks by name, with default parameters; agreement, which compares all maps, is left out.

    Raises
    ------
    MethodError
        There is no such check; the message lists the available ones.
    """
    names = check_names()
    selected = names if kinds is None else kinds
    for kind in selected:
        if kind not in names:
            raise MethodError(kind, "no such check", f"there are {', '.join(names)}")
    return tuple(
        Localisation(truth) if entry is Localisation else entry()
        for name, entry in list_checks().items()
        if name in selected
    )


@dataclass(frozen=True)
class DurationEstimate:
    """Expected duration of the checks: seconds for each map and check, in the order in which they are run."""

    rows: tuple[tuple[str, str, float], ...]

    @property
    def seconds(self) -> float:
        """Total duration."""
        return sum(seconds for _, _, seconds in self.rows)


def estimate_duration(explanations: Sequence[Explanation], checks: Sequence[Check]) -> DurationEstimate:
    """Estimate the duration of the checks, from how long a forward pass and each map took.

    Computations shared by all maps (the random orders of `DeletionInsertion`) count for the first map.
    """
    rows = []
    for check in checks:
        shared = 0.0
        for index, explanation in enumerate(explanations):
            seconds = (
                0.0
                if check.unavailable_reason(explanation)
                else check.estimate_cost(explanation).estimate_seconds(explanation)
            )
            if index == 0:
                shared = check.shared_cost(explanation) * explanation.context.forward_pass_seconds
            rows.append(
                (check.name, explanation.name, max(seconds - (shared if index else 0.0), MIN_SECONDS))
            )
    return DurationEstimate(tuple(rows))


@keep_freed_memory()
def run_checks(
    explanations: Sequence[Explanation],
    checks: Sequence[Check],
    with_agreement: bool = True,
    progress: Progress | None = None,
) -> tuple[CheckResult, ...]:
    """Run every check on every map, and compute their agreement if ``with_agreement``.

    Each `CheckResult` is reported by ``progress.report_partial`` as soon as it is available, so that a
    cancellation loses no results. A check that the method or the network rejects gives an open result.

    Raises
    ------
    Cancelled
        When ``progress`` is cancelled.
    """
    progress = progress or Progress()
    plan = [(check, explanation) for check in checks for explanation in explanations]
    weights = [seconds for _, _, seconds in estimate_duration(explanations, checks).rows]
    total, elapsed = sum(weights) + MIN_SECONDS, 0.0
    results = []
    for (check, explanation), weight in zip(plan, weights, strict=True):
        subtask = progress.subtask(elapsed / total, (elapsed + weight) / total)
        try:
            result = check.run(explanation, subtask)
        except ViewerError as error:
            result = CheckResult(
                check.name,
                check.title,
                explanation.name,
                Verdict.OPEN,
                "not possible",
                f"Not possible: {error}.",
                check.limits,
            )
        elapsed += weight
        results.append(result)
        progress.report_partial(result)
    if with_agreement and explanations:
        results.append(check_agreement(explanations, progress.subtask(elapsed / total, 1)))
        progress.report_partial(results[-1])
    progress.step(1, 1)
    return tuple(results)


def summarise_results(results: Iterable[CheckResult], list_names: bool = True) -> str:
    """Return a summary sentence of the verdicts; empty if no check was run.

    With ``list_names``, checks that do not support the map are listed by name; otherwise they are counted.

    Only checks of one map count: agreement has no verdict, the removal of a region chosen by the user is an
    experiment, and a verdict about the network says nothing about the map. Checks without a verdict are
    counted separately.
    """
    checks = list_checks()
    checked = [result for result in results if result.check in checks]
    map_results = [result for result in checked if not checks[result.check].about_network]
    parts = _summarise_map_checks(map_results, list_names)
    parts += [
        f"{result.title} concerns the network and is not counted"
        for result in checked
        if checks[result.check].about_network and result.verdict is not Verdict.OPEN
    ]
    return f"{'; '.join(parts)}." if parts else ""


def _summarise_map_checks(results: Sequence[CheckResult], list_names: bool) -> list[str]:
    """Return the parts of the summary of checks of a map."""
    judged = [result for result in results if result.verdict is not Verdict.OPEN]
    unjudged = len(results) - len(judged)
    if not results:
        return []
    if not judged:
        return [f"No verdict: {_no_verdict_text(unjudged)} on this map"]
    supporting = sum(entry.verdict is Verdict.HOLDS for entry in judged)
    parts = [f"{supporting} of {len(judged)} checks {'supports' if supporting == 1 else 'support'} this map"]
    if len(judged) == 1:
        parts = ["1 check supports this map" if supporting else "1 check does not support this map"]
    failing = [entry.title for entry in judged if entry.verdict is Verdict.FAILS]
    doubtful = [entry.title for entry in judged if entry.verdict is Verdict.DOUBTFUL]
    if failing:
        parts.append(f"against it: {', '.join(failing)}" if list_names else f"{len(failing)} against it")
    if doubtful:
        parts.append(f"in doubt: {', '.join(doubtful)}" if list_names else f"{len(doubtful)} in doubt")
    if unjudged:
        parts.append(_no_verdict_text(unjudged) if list_names else f"{unjudged} without a verdict")
    return parts


def _no_verdict_text(count: int) -> str:
    return f"{format_count(count, 'check')} could not give a verdict"
