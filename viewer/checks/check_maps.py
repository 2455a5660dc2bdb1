"""Check maps of one network and one scan: `check` prepares the checks with a cost estimate, then runs
them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from viewer.checks.base import Check, CheckResult
from viewer.checks.context import CheckContext, Explanation, make_context
from viewer.checks.explanations import explain_with_method, explanation_from_map, resampled_explanation
from viewer.checks.localisation import Localisation, find_ground_truth
from viewer.checks.method_agreement import NAME as AGREEMENT
from viewer.checks.runner import (
    DurationEstimate,
    check_names,
    estimate_duration,
    make_checks,
    run_checks,
    summarise_results,
)
from viewer.errors import MethodError
from viewer.methods.base import Method, Requirement
from viewer.methods.registry import find_method
from viewer.models.apply_preparation import describe_preparation, preparation_notes
from viewer.progress import Progress
from viewer.scans.map import Map

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model
    from viewer.preparation.prepared import Prepared
    from viewer.scans.scan import Scan


Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class CheckResults:
    """Results of the checks of one or several maps.

    Parameters
    ----------
    context
        The network, the scan and the output that is explained.
    explanations
        The maps, on the network's grid.
    results
        One result for every check of every map, and one for the agreement of the maps.
    notes
        Notes for the reader, about the ground truth and each map.
    estimated_seconds
        Estimated duration of the checks.
    """

    context: CheckContext
    explanations: tuple[Explanation, ...]
    results: tuple[CheckResult, ...]
    notes: tuple[str, ...] = ()
    estimated_seconds: float = 0.0

    def __len__(self) -> int:
        return len(self.results)

    def __iter__(self) -> Iterator[CheckResult]:
        return iter(self.results)

    def __repr__(self) -> str:
        text = "; ".join(f"{name}: {sentence}" for name, sentence in self.summary.items())
        return f"<CheckResults: {text}>"

    @property
    def summary(self) -> dict[str, str]:
        """One sentence per map, by the map's name: how many checks support it, and which do not."""
        return {
            explanation.name: summarise_results(
                result for result in self.results if result.map == explanation.name
            )
            for explanation in self.explanations
        }

    def as_json(self) -> dict[str, Any]:
        """Return plain values for JSON; plots and maps are left out."""
        context = self.context
        return {
            "scan": context.scan.name,
            "model": context.model.card.name,
            "target": context.target.name,
            "seed": context.seed,
            "fit": context.fit.as_json(),
            "estimated seconds": round(self.estimated_seconds, 1),
            "summary": self.summary,
            "results": [result.as_json() for result in self.results],
            **(
                {"preparation": preparation}
                if (preparation := describe_preparation(context.network_scan))
                else {}
            ),
        }


@dataclass(frozen=True, eq=False)
class CheckPlan:
    """Maps ready to be checked, and the checks to run.

    ``with_agreement``: whether the maps are also compared with each other.
    """

    context: CheckContext
    explanations: tuple[Explanation, ...]
    checks: tuple[Check, ...]
    with_agreement: bool
    notes: tuple[str, ...] = ()

    @property
    def duration_estimate(self) -> DurationEstimate:
        """Expected duration of the checks, from how long a forward pass and each map took."""
        return estimate_duration(self.explanations, self.checks)

    def run(self, progress: Progress | None = None) -> CheckResults:
        """Run the checks; each `CheckResult` is reported through ``progress`` as soon as it is available.

        Raises
        ------
        Cancelled
            ``progress`` was cancelled.
        """
        seconds = self.duration_estimate.seconds
        results = run_checks(self.explanations, self.checks, self.with_agreement, progress)
        return CheckResults(self.context, self.explanations, results, self.notes, seconds)


def plan_checks(
    model: Model,
    scan: Scan,
    maps: Map | Sequence[Map] = (),
    methods: str | Method | Sequence[str | Method] = (),
    *,
    kinds: str | Sequence[str] | None = None,
    target: str | int | None = None,
    region: object = None,
    layer: str | None = None,
    mask: str | Path | None = None,
    label: str | None = None,
    device: str | torch.device = "auto",
    seed: int = 0,
    progress: Progress | None = None,
    prepare: str | Prepared = "none",
) -> CheckPlan:
    """Prepare checks: run the network, compute the maps, and find the ground truth; see `check`.

    Raises
    ------
    ViewerError
        As in `check`.
    Cancelled
        ``progress`` was cancelled.
    """
    progress = progress or Progress()
    given_maps = (maps,) if isinstance(maps, Map) else tuple(maps)
    chosen_methods = [
        find_method(item)() if isinstance(item, str) else item for item in _as_sequence(methods)
    ]
    if not given_maps and not chosen_methods:
        raise MethodError("check", "there is no map to check", "give maps, or methods to compute them with")
    if label is not None and mask is None:
        raise MethodError(f"label {label}", "names a region, but no atlas is given", "give the atlas as mask")
    names = check_names() if kinds is None else tuple(dict.fromkeys(_as_sequence(kinds)))
    make_checks(names)  # report an unknown name before running the network
    if target is None:
        target = next((item.provenance.target for item in given_maps if item.provenance.target), None)
    context = make_context(model, scan, target, region, str(device), seed, progress.subtask(0, 0.2), prepare)
    truth = find_ground_truth(context, None if mask is None else Path(mask), label)
    if truth is None and kinds is None:
        names = tuple(name for name in names if name != Localisation.name)
    checks = make_checks(names, truth)
    recomputes = any(item.needs_method for item in checks)
    total = len(given_maps) + len(chosen_methods)
    subtasks = iter(
        [
            progress.subtask(0.2 + 0.8 * index / total, 0.2 + 0.8 * (index + 1) / total)
            for index in range(total)
        ]
    )
    explanations = [
        explanation_from_map(context, item, next(subtasks))
        if recomputes
        else resampled_explanation(context, item)
        for item in given_maps
    ]
    explanations += [
        explain_with_method(context, item, _layer_for(item, layer), next(subtasks)) for item in chosen_methods
    ]
    doubts = [truth.caveat] if truth is not None and truth.caveat else []
    notes = (
        *preparation_notes(context.network_scan),
        *([context.fixed_covariates_note] if context.fixed_covariates_note else []),
        *doubts,
        *(f"{explanation.name}: {line}" for explanation in explanations for line in explanation.notes),
    )
    return CheckPlan(context, tuple(explanations), checks, AGREEMENT in names, notes)


def _takes_parameters_of(
    source: Callable[Parameters, object],
) -> Callable[[Callable[..., Result]], Callable[Parameters, Result]]:
    """Return a decorator that declares a function's parameters to be those of another one."""

    def decorate(function: Callable[..., Result]) -> Callable[Parameters, Result]:
        signature = inspect.signature(function)
        function.__signature__ = inspect.signature(source).replace(  # type: ignore[attr-defined]
            return_annotation=signature.return_annotation
        )
        return function

    return decorate


@_takes_parameters_of(plan_checks)
def check(  # noqa: D417  the parameters are those of plan_checks
    *inputs: Any, progress: Progress | None = None, **options: Any
) -> CheckResults:
    """Check whether maps of a network and a scan can be trusted.

    Parameters
    ----------
    model : Model
        The network; it is not modified.
    scan : Scan
        The scan that the maps explain.
    maps : Map or sequence of Map
        Maps to check, on grids in the scan's space. If a check requires it, a map is recomputed from its
        provenance.
    methods : str or Method or sequence of these
        Methods to compute further maps with, by name or with parameters set.
    kinds : str or sequence of str, optional
        Names of the checks, from `viewer.list_checks`, or ``"agreement"``. The default is all that apply.
    target : str or int, optional
        The output that is explained, as in `viewer.explain`. The default is that of the first map that names
        one, otherwise the largest.
    region : object
        For a network with an output per voxel, the voxels to sum over, as in `viewer.explain`.
    layer : str, optional
        Path of a module, for methods that use a layer.
    mask : str or Path, optional
        Ground truth, a region known to matter: a mask file (above zero is inside) or a label atlas. The
        scan ``"simulated-lesions"`` has its own.
    label : str, optional
        The region of the atlas, by its number or its name.
    device : str or torch.device
        ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:N"`` or ``"mps"``.
    seed : int
        Seed of all random draws.
    progress : Progress, optional
        Receives the progress and each result, and can cancel the checks.
    prepare : str or Prepared
        As for `viewer.explain`; the network is checked on the prepared scan, to which the results refer.

    Returns
    -------
    CheckResults
        A result has a verdict ("holds", "doubtful", "fails" or "open"), a number, a sentence and its limits.

    Raises
    ------
    MethodError
        There is no map, no such check, method, target or region, or the network processes the scan in parts.
    ScanError
        A map or the mask cannot be read, is empty, or does not overlap the scan; or the scan cannot be
        prepared.
    ValueError
        ``prepare`` is not a valid choice.
    Cancelled
        ``progress`` was cancelled.

    Examples
    --------
    >>> import viewer
    >>> scan, model = viewer.load_scan("simulated-lesions"), viewer.load_model("demo")
    >>> checked = viewer.check(model, scan, methods="input-times-gradient", kinds=["localisation"])
    >>> [(one.check, str(one.verdict), one.numbers["pointing game"]) for one in checked]
    [('localisation', 'holds', 1.0)]
    """
    progress = progress or Progress()
    plan = plan_checks(*inputs, progress=progress.subtask(0, 0.1), **options)
    return plan.run(progress.subtask(0.1, 1))


def _as_sequence(value: str | Method | Sequence[Any]) -> Sequence[Any]:
    return (value,) if isinstance(value, str | Method) else value


def _layer_for(method: Method, layer: str | None) -> str | None:
    return layer if method.accepts_layer or Requirement.LAYER in method.requirements else None
