"""Computation of a cohort by the workers of a Dask cluster, which share storage with this process.

A worker loads the networks once, through a plugin, and computes all maps of a scan as one task. Scans and
maps are passed as paths: the input and output folders must be on storage that every worker can access.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Sequence
from pathlib import Path

from distributed import Client, Future, Worker, WorkerPlugin, get_worker

from viewer.cohorts.derivatives import Derivatives
from viewer.cohorts.map_maker import MapMaker, MapOutcome
from viewer.cohorts.participants import Participant
from viewer.cohorts.plan import CohortPlan
from viewer.errors import ViewerError
from viewer.files import is_file
from viewer.progress import Progress

PLUGIN = "saliency-viewer-cohort"
CONNECT_TIMEOUT = "10s"
WAIT_SECONDS = 0.2


class CohortPlugin(WorkerPlugin):  # type: ignore[misc]
    """Plug-in that keeps the networks in a worker's memory between tasks."""

    def __init__(self, plan: CohortPlan, derivatives: Derivatives, threads: int) -> None:
        self.map_maker = MapMaker(plan, derivatives)
        self._threads = threads

    def setup(self, worker: Worker) -> None:
        """Set the number of threads of the worker."""
        import torch

        torch.set_num_threads(self._threads)


def run_on_cluster(
    address: str,
    plan: CohortPlan,
    derivatives: Derivatives,
    participants: Sequence[Participant],
    on_outcome: Callable[[MapOutcome], None],
    progress: Progress,
    threads: int = 1,
) -> None:
    """Compute the maps of all participants on a Dask cluster.

    A scan whose worker dies is given to another, up to the scheduler's ``allowed-failures`` times.

    Parameters
    ----------
    address
        Address of the scheduler, such as ``tcp://node01:8786``, or its scheduler file.
    plan, derivatives, participants, on_outcome, progress, threads
        As for `viewer.cohorts.local_processes.run_in_processes`.

    Raises
    ------
    ViewerError
        The scheduler does not respond or has no workers, or a worker cannot access the output folder.
    Cancelled
        The tasks were cancelled; completed maps are kept.
    """
    client = _connect(address)
    try:
        _check_folder(client, derivatives)
        client.register_plugin(CohortPlugin(plan, derivatives, threads), name=PLUGIN)
        finished: queue.SimpleQueue[Future] = queue.SimpleQueue()
        futures = {
            client.submit(make_maps_on_worker, participant, pure=False): participant
            for participant in participants
        }
        try:
            for future in futures:
                future.add_done_callback(finished.put)
            for _ in futures:
                future = _wait_for_next(finished, progress)
                for outcome in _read_outcomes(future, futures[future], plan):
                    on_outcome(outcome)
        finally:
            client.cancel(list(futures))
            client.unregister_worker_plugin(PLUGIN)
    finally:
        client.close()


def make_maps_on_worker(participant: Participant) -> list[MapOutcome]:
    """Compute the maps of a participant; runs on a worker."""
    plugin: CohortPlugin = get_worker().plugins[PLUGIN]
    return list(plugin.map_maker.make_maps(participant))


def _wait_for_next(finished_futures: queue.SimpleQueue[Future], progress: Progress) -> Future:
    while True:
        progress.raise_if_cancelled()
        try:
            return finished_futures.get(timeout=WAIT_SECONDS)
        except queue.Empty:
            continue


def _connect(address: str) -> Client:
    options = {"scheduler_file": address} if is_file(Path(address)) else {"address": address}
    try:
        return Client(**options, timeout=CONNECT_TIMEOUT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ViewerError(
            address, "no Dask scheduler responds", "start one, or correct the address"
        ) from error


def _check_folder(client: Client, derivatives: Derivatives) -> None:
    """Raise ViewerError if there are no workers, or one cannot access the output folder."""
    access: dict[str, bool] = client.run(is_file, derivatives.plan_file.resolve())
    if not access:
        raise ViewerError(client.scheduler.address, "the cluster has no workers", "start some")
    without_access = [worker for worker, has_access in access.items() if not has_access]
    if without_access:
        problem = f"does not exist on the worker {without_access[0]}"
        raise ViewerError(derivatives.folder, problem, "name a folder on storage that all workers share")


def _read_outcomes(future: Future, participant: Participant, plan: CohortPlan) -> list[MapOutcome]:
    if future.status == "finished":
        return list(future.result())
    error = future.exception()
    reason = f"{participant.label}: the worker failed ({type(error).__name__}: {error})"
    return [MapOutcome(participant.label, description, reason) for description in plan.descriptions()]
