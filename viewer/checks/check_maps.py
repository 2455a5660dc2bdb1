"""Checks of maps of one network and one scan in one call: prepared with an estimate, then run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from viewer.checks.agreement import NAME as AGREEMENT
from viewer.checks.cases import case_as_it_is, case_of_map, case_of_method
from viewer.checks.check import Check, Result
from viewer.checks.known import known_place
from viewer.checks.localisation import Localisation
from viewer.checks.run import Estimate, check_names, checks_named, estimate, run_checks
from viewer.checks.subject import Case, Subject, subject_of
from viewer.checks.summary import summarise
from viewer.errors import MethodError
from viewer.methods.method import Method, Needs
from viewer.methods.registry import find
from viewer.progress import Progress
from viewer.scans.map import Map

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model
    from viewer.scans.scan import Scan


@dataclass(frozen=True, eq=False)
class CheckResults:
    """What checks found of one or several maps.

    Parameters
    ----------
    subject
        The network, the scan and the output that is explained.
    cases
        The maps, on the network's voxels.
    results
        One for every check of every map, and one for their agreement.
    notes
        What a reader should know: of the known place, and of each map.
    estimated_seconds
        How long the checks were expected to take.
    """

    subject: Subject
    cases: tuple[Case, ...]
    results: tuple[Result, ...]
    notes: tuple[str, ...] = ()
    estimated_seconds: float = 0.0

    def __len__(self) -> int:
        return len(self.results)

    def __iter__(self) -> Iterator[Result]:
        return iter(self.results)

    @property
    def summary(self) -> dict[str, str]:
        """One sentence a map, by its name: how many checks speak for it, and which do not."""
        return {
            case.name: summarise(one for one in self.results if one.map == case.name) for case in self.cases
        }

    def as_json(self) -> dict[str, Any]:
        """Return plain values for JSON; plots and maps are left out."""
        subject = self.subject
        return {
            "scan": subject.scan.name,
            "model": subject.model.card.name,
            "target": subject.target.name,
            "seed": subject.seed,
            "estimated seconds": round(self.estimated_seconds, 1),
            "summary": self.summary,
            "results": [one.as_json() for one in self.results],
        }


@dataclass(frozen=True, eq=False)
class CheckPlan:
    """Maps that are ready to be checked, and the checks; nothing has been checked yet.

    ``agreement`` says whether the maps are compared with each other as well.
    """

    subject: Subject
    cases: tuple[Case, ...]
    checks: tuple[Check, ...]
    agreement: bool
    notes: tuple[str, ...] = ()

    @property
    def estimate(self) -> Estimate:
        """How long the checks will take, from how long the network's answer and each map took."""
        return estimate(self.cases, self.checks)

    def run(self, progress: Progress | None = None) -> CheckResults:
        """Run the checks; each `Result` is shown by ``progress.show`` as soon as it is there.

        Raises
        ------
        Cancelled
            ``progress`` said so.
        """
        seconds = self.estimate.seconds
        results = run_checks(self.cases, self.checks, self.agreement, progress)
        return CheckResults(self.subject, self.cases, results, self.notes, seconds)


def check(
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
) -> CheckResults:
    """Check whether maps of a network and a scan can be trusted.

    Parameters
    ----------
    model : Model
        The network; it is not changed.
    scan : Scan
        What the maps explain.
    maps : Map or sequence of Map
        Maps to check, on grids in the scan's space. Where a check needs it, a map is computed again as its
        provenance says.
    methods : str or Method or sequence of these
        Methods to compute further maps with, by name or with parameters set.
    kinds : str or sequence of str, optional
        The checks, names of `viewer.list_checks` or ``"agreement"``. The default is all that apply.
    target : str or int, optional
        The output that is explained, as of `viewer.explain`. The default is that of the first map that names
        one, else the largest.
    region : object
        Of a network with an output per voxel, the voxels to sum over, as of `viewer.explain`.
    layer : str, optional
        A module's path, for those of the methods that use a layer.
    mask : str or Path, optional
        A region known to matter: the file of a mask (above zero is inside) or of an atlas of labels. The
        scan ``"simulated-lesions"`` knows its own.
    label : str, optional
        The region of the atlas, by its number or its name.
    device : str or torch.device
        ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:N"`` or ``"mps"``.
    seed : int
        Of every random draw.
    progress : Progress, optional
        Told how far the checks are, shown each result, and asked whether to stop.

    Returns
    -------
    CheckResults
        A result has a verdict ("holds", "doubtful", "fails" or "open"), a number, a sentence and its limits.

    Raises
    ------
    MethodError
        There is no map, no such check, method, target or region, or the network sees the scan in parts.
    ScanError
        A map or the mask cannot be read, is empty, or lies elsewhere.
    Cancelled
        ``progress`` said so.

    Examples
    --------
    >>> import viewer
    >>> scan, model = viewer.load_scan("simulated-lesions"), viewer.load_model("demo")
    >>> checked = viewer.check(model, scan, methods="input-times-gradient", kinds=["localisation"])
    >>> [(one.check, str(one.verdict), one.numbers["pointing game"]) for one in checked]
    [('localisation', 'holds', 1.0)]
    """
    progress = progress or Progress()
    plan = plan_checks(
        model,
        scan,
        maps,
        methods,
        kinds=kinds,
        target=target,
        region=region,
        layer=layer,
        mask=mask,
        label=label,
        device=device,
        seed=seed,
        progress=progress.subtask(0, 0.1),
    )
    return plan.run(progress.subtask(0.1, 1))


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
) -> CheckPlan:
    """Prepare checks: ask the network, compute the maps, and find the known place; see `check`.

    Raises
    ------
    ViewerError
        As of `check`.
    Cancelled
        ``progress`` said so.
    """
    progress = progress or Progress()
    given = (maps,) if isinstance(maps, Map) else tuple(maps)
    chosen = [find(one)() if isinstance(one, str) else one for one in _as_sequence(methods)]
    if not given and not chosen:
        raise MethodError("check", "there is no map to check", "give maps, or methods to compute them with")
    if label is not None and mask is None:
        raise MethodError(f"label {label}", "names a region, and no atlas is given", "give the atlas as mask")
    names = check_names() if kinds is None else tuple(dict.fromkeys(_as_sequence(kinds)))
    checks_named(names)  # an unknown name is told before the network is asked
    if target is None:
        target = next((one.provenance.target for one in given if one.provenance.target), None)
    subject = subject_of(model, scan, target, region, str(device), seed, progress.subtask(0, 0.2))
    truth = known_place(subject, None if mask is None else Path(mask), label)
    if truth is None and kinds is None:
        names = tuple(name for name in names if name != Localisation.name)
    checks = checks_named(names, truth)
    again = any(one.needs_method for one in checks)
    total = len(given) + len(chosen)
    parts = iter([progress.subtask(0.2 + 0.8 * n / total, 0.2 + 0.8 * (n + 1) / total) for n in range(total)])
    cases = [
        case_of_map(subject, one, next(parts)) if again else case_as_it_is(subject, one) for one in given
    ]
    cases += [case_of_method(subject, one, _layer_for(one, layer), next(parts)) for one in chosen]
    doubts = [truth.doubt] if truth is not None and truth.doubt else []
    notes = (*doubts, *(f"{case.name}: {line}" for case in cases for line in case.notes))
    return CheckPlan(subject, tuple(cases), checks, AGREEMENT in names, notes)


def _as_sequence(value: str | Method | Sequence[Any]) -> Sequence[Any]:
    return (value,) if isinstance(value, str | Method) else value


def _layer_for(method: Method, layer: str | None) -> str | None:
    return layer if method.takes_layer or Needs.LAYER in method.needs else None
