"""Make a track record: train the networks, explain the brains with every method, summarise the scores."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from viewer.checks.track_record.plan import OWN, TrackRecordPlan, order_methods
from viewer.checks.track_record.record_form import is_valid_record
from viewer.checks.track_record.records_file import RecordsFile
from viewer.checks.track_record.scoring import score_method
from viewer.checks.track_record.source_network import SourceNetwork
from viewer.checks.track_record.table import make_table
from viewer.checks.track_record.train_networks import (
    NetworkTrainer,
    TaskData,
    UserNetworkTrainer,
    simulate_task,
)
from viewer.errors import MethodError, ModelError, ViewerError
from viewer.files import expand_user
from viewer.methods.base import Method, Requirement
from viewer.methods.registry import find_method, list_methods
from viewer.models.training.known_sources import Quantity, find_task
from viewer.models.training.train_source import SourceTrainingOptions
from viewer.progress import Progress

if TYPE_CHECKING:
    from viewer.models.model import Model
    from viewer.models.model_card import Card

PATTERN_SCANS = 24
"""Number of training brains that patterns are learned from."""


def recorded_methods() -> dict[str, type[Method]]:
    """Return the methods of a track record: all but those that need a second network or many scans."""
    excluded = {Requirement.GENERATORS, Requirement.COHORT}
    return {name: method for name, method in list_methods().items() if not method.requirements & excluded}


def make_track_record(
    plan: TrackRecordPlan,
    records: RecordsFile,
    trainer: NetworkTrainer,
    methods: Sequence[str],
    progress: Progress,
) -> dict[str, Any]:
    """Compute the missing records, task by task, and return the table (`make_table`).

    Raises
    ------
    Cancelled
        Cancelled through ``progress``; finished records are kept.
    """
    for index, name in enumerate(plan.tasks):
        subtask = progress.subtask(index / len(plan.tasks), (index + 1) / len(plan.tasks))
        _record_task(plan, name, records, trainer, order_methods(list(methods)), subtask)
    progress.step(1, 1, "Done")
    return make_table(records.records, plan.as_json())


def track_record(
    model: Model,
    methods: Sequence[str] | None = None,
    *,
    tasks: Sequence[str] = ("mean",),
    networks: int = 2,
    brains: int = 3,
    seed: int = 0,
    records: str | Path | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Measure how well methods mark known sources on networks of one architecture.

    Copies of the network are fine-tuned on tasks with a known source. The methods are evaluated on these
    copies; the network's own decisions are not.

    Parameters
    ----------
    model : Model
        A network that takes one image of a scan and has one or two outputs; it is not changed.
    methods : sequence of str, optional
        Names of methods; by default all that need neither a second network nor many scans.
    tasks : sequence of str
        ``"mean"``, ``"volume"`` or ``"texture"``: whether this quantity of one ball of a simulated brain is
        above its median; ``"lesion"``: whether there is a planted lesion.
    networks : int
        Number of training runs for each task; they differ in the order of the brains.
    brains : int
        Number of brains that are explained for each network; slow methods explain one.
    seed : int
        Seed of the brains, the training runs and methods that draw at random.
    records : str or Path, optional
        File of the results so far (JSON lines), from which an interrupted run is continued; networks are
        trained again and must get the same weights, as they do on the same machine with the same number of
        threads.
    progress : Progress, optional
        Receives the progress, and can cancel.

    Returns
    -------
    dict
        Plain values: ``methods`` by name, the best by relevance mass first, each with ``all`` (mean, low and
        high of ``mass``, ``AUC``, ``pointing`` and ``agreement``; for one map, low and high are None);
        ``networks`` with how well they learned.

    Raises
    ------
    ModelError
        The network cannot be trained for these tasks, or its weights differ from those of its records.
    MethodError
        There is no such method.
    ViewerError
        There is no such task, or the records belong to other settings, are damaged or cannot be written.
    Cancelled
        ``progress`` was cancelled.

    Examples
    --------
    >>> import torch
    >>> import viewer
    >>> network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12 * 14 * 12, 2))
    >>> from viewer.models.input_spec import InputSpec
    >>> card = viewer.Card("small", classes=("a", "b"), input=InputSpec((12, 14, 12)))
    >>> model = viewer.Model.from_module(network, torch.zeros(1, 1, 12, 14, 12), card)
    >>> found = viewer.track_record(model, ["gradient"], networks=1, brains=1)
    >>> list(found["networks"])
    ['mean/own/0']
    """
    names = list(recorded_methods()) if methods is None else list(methods)
    for name in names:
        find_method(name)
    unknown = [task for task in tasks if task not in tuple(Quantity)]
    if unknown or not tasks:
        raise ViewerError(f"task {', '.join(unknown)}", "no such task", f"choose {', '.join(Quantity)}")
    plan = user_network_plan(tasks, networks, brains, seed)
    trainer = UserNetworkTrainer(model, plan)
    about = {"model": model.hash, "card": _relevant_card_entries(model.card), "plan": plan.settings()}
    records_file = RecordsFile(None if records is None else expand_user(records), about, is_valid_record)
    return make_track_record(plan, records_file, trainer, names, progress or Progress())


def user_network_plan(
    tasks: Sequence[str] = ("mean",), seeds: int = 2, scans: int = 3, seed: int = 0
) -> TrackRecordPlan:
    """Return the plan for a user's network: fewer and smaller steps than for the small networks."""
    training = SourceTrainingOptions(steps=120, batch_size=4, learning_rate=1e-3)
    return TrackRecordPlan(
        tuple(dict.fromkeys(tasks)),
        (OWN,),
        seeds,
        fitting=64,
        validation=32,
        scans=scans,
        slow_scans=1,
        seed=seed,
        training=training,
    )


def _relevant_card_entries(card: Card) -> dict[str, Any]:
    """Return the entries of a card that scores depend on: preprocessing of scans and meaning of outputs."""
    entries = card.as_json()
    return {name: entries[name] for name in ("input", "classes", "answer") if name in entries}


def _record_task(
    plan: TrackRecordPlan,
    task_name: str,
    records: RecordsFile,
    trainer: NetworkTrainer,
    methods: Sequence[str],
    progress: Progress,
) -> None:
    task = find_task(task_name)
    has_networks = all(
        f"network/{task_name}/{kind}/{seed}" in records for kind in plan.kinds for seed in range(plan.seeds)
    )
    has_maps = all(
        f"maps/{task_name}/{kind}/{method}" in records for kind in plan.kinds for method in methods
    )
    if has_networks and has_maps:
        return
    data = simulate_task(trainer.simulator, task, plan, progress.subtask(0, 0.05))
    networks: dict[str, list[SourceNetwork]] = {}
    runs = [(kind, seed) for kind in plan.kinds for seed in range(plan.seeds)]
    for index, (kind, seed) in enumerate(runs):
        bounds = 0.05 + 0.35 * index / len(runs), 0.05 + 0.35 * (index + 1) / len(runs)
        subtask = progress.subtask(*bounds).with_message(f"training {task_name}/{kind}/{seed}")
        networks.setdefault(kind, []).append(trainer.train(task, kind, seed, data, records, subtask))
    with tempfile.TemporaryDirectory() as folder:
        remaining = [
            (method, kind)
            for method in methods
            for kind in plan.kinds
            if f"maps/{task_name}/{kind}/{method}" not in records
        ]
        for index, (method, kind) in enumerate(remaining):
            subtask = progress.subtask(
                0.4 + 0.6 * index / len(remaining),
                0.4 + 0.6 * (index + 1) / len(remaining),
                f"{method}, {task_name}/{kind}",
            )
            entry = _record_method(plan, method, networks[kind], data, Path(folder), subtask)
            records.add(f"maps/{task_name}/{kind}/{method}", entry)


def _record_method(
    plan: TrackRecordPlan,
    method_name: str,
    networks: Sequence[SourceNetwork],
    data: TaskData,
    folder: Path,
    progress: Progress,
) -> dict[str, Any]:
    learned = [
        network for network in networks if network.score.has_learned(plan.least_auc, plan.least_reliance)
    ]
    if not learned:
        return {"rows": [], "agreement": [], "seconds": 0.0}
    method = find_method(method_name)
    try:
        methods = {network.name: _configure(method, network, data, folder) for network in learned}
    except (MethodError, ModelError) as error:
        return {"cannot": str(error)}
    samples = data.testing[: plan.count_scans(method_name)]
    return score_method(methods, learned, samples, method.family, plan.seed, progress)


def _configure(method: type[Method], network: SourceNetwork, data: TaskData, folder: Path) -> Method:
    """Return the method with its defaults, and with patterns of the network if it needs them."""
    parameters: Mapping[str, object] = {}
    if Requirement.PATTERNS in method.requirements:
        path = folder / f"{network.name.replace('/', '-')}.patterns.safetensors"
        if not path.exists():
            from viewer.methods.patterns.fit import fit_patterns

            scans = [network.make_inputs([sample.brain]) for sample in data.training[:PATTERN_SCANS]]
            fit_patterns(network.model, scans, path, device="cpu")
        parameters = {"patterns": str(path)}
    return method.from_parameters(parameters)
