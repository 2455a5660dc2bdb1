"""Maps of many scans by several networks and methods: the public function `cohort`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from viewer.cohorts.derivatives import FAILURE_COLUMNS, FAILURES_FILE, PREDICTIONS_FILE, Derivatives
from viewer.cohorts.local_processes import run_in_processes
from viewer.cohorts.map_maker import MapOutcome
from viewer.cohorts.participants import Participants, read_participants
from viewer.cohorts.plan import CohortPlan, check_plan, label_models, plan_entries
from viewer.cohorts.prediction_table import PREDICTION_COLUMNS, prediction_rows
from viewer.errors import ViewerError
from viewer.methods.base import Method
from viewer.methods.registry import find_method
from viewer.models.loading import load_model
from viewer.number_format import format_count
from viewer.progress import Progress

LOCAL = "local"


@dataclass(frozen=True)
class CohortResult:
    """Result of the computation of a cohort.

    Parameters
    ----------
    folder
        The folder of the results.
    computed, kept
        Number of maps that were computed, and of those that already existed.
    failures
        Maps that could not be computed, with the reasons.
    """

    folder: Path
    computed: int
    kept: int
    failures: tuple[MapOutcome, ...]


def cohort(
    table: str | Path,
    models: str | Path | Sequence[str | Path],
    methods: str | Method | Sequence[str | Method],
    output: str | Path,
    *,
    cards: Mapping[str, str | Path] | None = None,
    target: str | int | Mapping[str, str | int] | None = None,
    region: str | None = None,
    layer: str | None = None,
    seed: int = 0,
    prepare: str = "none",
    grid: str = "template",
    trust: bool = False,
    scheduler: str = LOCAL,
    workers: int | None = None,
    threads: int = 1,
    progress: Progress | None = None,
) -> CohortResult:
    r"""Compute the maps of every scan in a table with every network and method, and write them to a folder.

    The maps are BIDS derivatives. An existing map is kept if its sidecar names the same scan, network,
    method, parameters and software, so that the same call continues an interrupted run. Failures are listed
    in ``failures.tsv`` and do not stop the run.

    Parameters
    ----------
    table : str or Path
        A participants table with a column ``scan``, as `viewer.cohorts.participants.read_participants`
        describes.
    models : str or Path or sequence of str or Path
        Networks, as for `viewer.load_model`.
    methods : str or Method or sequence of str or Method
        Methods, as for `viewer.explain`.
    output : str or Path
        Folder of the results: a new one, or that of an earlier run with the same settings.
    cards : mapping of str to str or Path, optional
        Cards by network name or path, for networks without a card beside them.
    target : str or int or mapping, optional
        As for `viewer.explain`; a network with several classes needs one. A mapping gives the target for each
        network label, which is the letters and digits of the file name: ``{"adnet": "AD"}``.
    region : str, optional
        As for `viewer.explain`.
    layer : str, optional
        As for `viewer.explain`.
    seed : int
        Seed of random draws.
    prepare : {"none", "card"}
        As for `viewer.explain`; networks with the same requirements share the prepared scan.
    grid : {"template", "scan"}
        ``"template"``: maps on the network's grid (for registered scans, in template space); ``"scan"``: on
        the scans' own grids.
    trust : bool
        Whether networks may run their own code.
    scheduler : str
        ``"local"`` for local processes, or the address of a Dask scheduler.
    workers : int, optional
        Number of local processes; None is as many as cores and memory allow.
    threads : int
        Number of threads of each worker; it may affect the last bits of a map.
    progress : Progress, optional
        Receives the progress and can cancel.

    Returns
    -------
    CohortResult
        Number of maps, and the failures.

    Raises
    ------
    ViewerError
        The table or a network cannot be read, a method cannot explain a network, the folder contains
        something else, or the scheduler does not respond. Raised before anything is computed.
    Cancelled
        ``progress`` was cancelled; completed maps are kept.

    Examples
    --------
    >>> from pathlib import Path
    >>> import viewer
    >>> template = viewer.load_scan("mni152")
    >>> path = viewer.Map(template.data, template.grid, "scan").save("scan.nii.gz")
    >>> size = Path("participants.tsv").write_text("participant_id\tscan\nsub-01\tscan.nii.gz\n")
    >>> result = viewer.cohort("participants.tsv", "demo", "gradient", "maps", target="lesion", workers=1)
    >>> (result.computed, result.kept, result.failures)
    (1, 0, ())
    >>> [one.name for one in Path("maps/sub-01/anat").glob("*.nii.gz")]
    ['sub-01_desc-demoGradient_relevance.nii.gz']
    """
    progress = progress or Progress()
    participants = read_participants(table)
    sources = [str(model) for model in _as_list(models)]
    named_cards = [None if cards is None else cards.get(source) for source in sources]
    networks = [
        load_model(*sources_and_card, trust=trust)
        for sources_and_card in zip(sources, named_cards, strict=True)
    ]
    plan = CohortPlan(
        label_models(sources, named_cards),
        tuple(map(_as_method, _as_list(methods))),
        target,
        region,
        layer,
        seed,
        prepare,
        grid,
        trust,
    )
    check_plan(plan, networks)
    derivatives = Derivatives(Path(output).absolute())
    derivatives.write_metadata(plan, plan_entries(plan, networks, derivatives.read_plan()), participants)
    del networks  # the workers load their own
    outcomes: dict[tuple[str, str], MapOutcome] = {}
    total = len(participants.rows) * len(plan.descriptions())

    def record_outcome(outcome: MapOutcome) -> None:
        key = outcome.participant, outcome.description
        # A scan whose process died is tried again: maps computed before that already exist.
        if key not in outcomes or not outcomes[key].computed:
            outcomes[key] = outcome
        failed = sum(bool(result.error) for result in outcomes.values())
        text = f"{len(outcomes)} of {format_count(total, 'map')}" + (f", {failed} failed" if failed else "")
        progress.step(len(outcomes), total, text)

    if scheduler == LOCAL:
        run_in_processes(plan, derivatives, participants.rows, record_outcome, progress, workers, threads)
    else:
        _run_on_cluster(scheduler, plan, derivatives, participants, record_outcome, progress, threads)
    return _write_results(derivatives, participants, plan, outcomes)


def _as_list(values: object) -> list[Any]:
    return [values] if isinstance(values, str | Path | Method) else list(values)  # type: ignore[call-overload]


def _as_method(method: str | Method) -> Method:
    return method if isinstance(method, Method) else find_method(method).from_parameters({})


def _run_on_cluster(
    address: str,
    plan: CohortPlan,
    derivatives: Derivatives,
    participants: Participants,
    on_outcome: Callable[[MapOutcome], None],
    progress: Progress,
    threads: int,
) -> None:
    try:
        from viewer.cohorts.dask_workers import run_on_cluster
    except ImportError as error:
        remedy = "pip install 'saliency-viewer[cluster]'"
        raise ViewerError("distributed", "is not installed, and a Dask cluster needs it", remedy) from error
    run_on_cluster(address, plan, derivatives, participants.rows, on_outcome, progress, threads)


def _write_results(
    derivatives: Derivatives,
    participants: Participants,
    plan: CohortPlan,
    outcomes: dict[tuple[str, str], MapOutcome],
) -> CohortResult:
    """Write the tables of failures and predictions; return the numbers."""
    expected = [(row.label, name) for row in participants.rows for name in plan.descriptions()]
    ordered_outcomes = [outcomes[key] for key in expected]
    failures = tuple(outcome for outcome in ordered_outcomes if outcome.error)
    rows = [(outcome.participant, outcome.description, outcome.error) for outcome in failures]
    earlier = derivatives.read_earlier_failures(participants, plan)
    derivatives.write_table(FAILURES_FILE, FAILURE_COLUMNS, [*rows, *earlier])
    derivatives.write_table(PREDICTIONS_FILE, PREDICTION_COLUMNS, prediction_rows(derivatives, participants))
    computed = sum(outcome.computed for outcome in ordered_outcomes)
    return CohortResult(
        derivatives.folder, computed, len(ordered_outcomes) - len(failures) - computed, failures
    )
