"""Computation of a cohort by local processes; one that dies affects only its current scan."""

from __future__ import annotations

import multiprocessing
import signal
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from viewer.cohorts.derivatives import Derivatives
from viewer.cohorts.map_maker import MapMaker, MapOutcome
from viewer.cohorts.participants import Participant
from viewer.cohorts.plan import CohortPlan
from viewer.jobs.memory import free_memory
from viewer.progress import Progress
from viewer.scans.slabs import cpu_count

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

ATTEMPTS = 2
"""Number of attempts for a scan whose process dies."""

WAIT_SECONDS = 0.2


@dataclass
class _Process:
    """A process and the participant that it works on; None if it is idle."""

    process: SpawnProcess
    connection: Connection
    participant: Participant | None = None
    reported: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class _Finished:
    """Message of a process that has finished a scan, with its peak memory so far in bytes."""

    peak_memory: int


def serve(
    connection: Connection, plan: CohortPlan, derivatives: Derivatives, threads: int, cache_folder: Path
) -> None:
    """Compute the maps of received participants until None is received or the connection is closed.

    Reference scans are prepared only once by the processes that have the folder ``cache_folder``.
    """
    import resource

    import torch

    from viewer.preparation.prepared_scan_cache import prepared_scan_cache

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the process group; the parent handles it
    torch.set_num_threads(threads)
    prepared_scan_cache().use_folder(cache_folder)
    maker = MapMaker(plan, derivatives)
    try:
        for participant in iter(connection.recv, None):
            for outcome in maker.make_maps(participant):
                connection.send(outcome)
            connection.send(_Finished(1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # the parent is gone


def run_in_processes(
    plan: CohortPlan,
    derivatives: Derivatives,
    participants: Sequence[Participant],
    on_outcome: Callable[[MapOutcome], None],
    progress: Progress,
    workers: int | None = None,
    threads: int = 1,
) -> None:
    """Compute the maps of all participants in local processes.

    Parameters
    ----------
    plan, derivatives
        What to compute, and where to write it.
    participants
        Participants whose maps are computed.
    on_outcome
        Called with every outcome, as it arrives.
    progress
        Checked for cancellation several times a second.
    workers
        Number of processes. None starts with one and adds others while enough memory is free, up to the
        number of cores divided by ``threads``.
    threads
        Threads of each process.

    Raises
    ------
    Cancelled
        The processes were terminated; completed maps are kept.
    """
    context = multiprocessing.get_context("spawn")
    queue = deque(participants)
    attempts: Counter[str] = Counter()
    most_workers = workers or max(1, cpu_count() // threads)
    worker_limit = min(most_workers, len(queue)) if workers else 1
    running: list[_Process] = []
    shared = TemporaryDirectory(prefix="saliency-viewer-", ignore_cleanup_errors=True)

    def start_process() -> None:
        connection, child_connection = context.Pipe()
        process = context.Process(
            target=serve, args=(child_connection, plan, derivatives, threads, Path(shared.name)), daemon=True
        )
        process.start()
        child_connection.close()
        running.append(_Process(process, connection))

    def send_next(worker: _Process) -> None:
        worker.reported = set()
        worker.participant = queue.popleft() if queue else None
        if worker.participant is not None:
            attempts[worker.participant.label] += 1
        # A dead process is detected, and its scan given to another, where messages are read.
        with suppress(BrokenPipeError, ConnectionResetError):
            worker.connection.send(worker.participant)

    try:
        while queue or any(worker.participant is not None for worker in running):
            progress.raise_if_cancelled()
            while len(running) < worker_limit and queue:
                start_process()
                send_next(running[-1])
            ready = wait([worker.connection for worker in running], WAIT_SECONDS)
            for worker in [worker for worker in running if worker.connection in ready]:
                try:
                    message = worker.connection.recv()
                except (EOFError, ConnectionResetError):
                    running.remove(worker)
                    _handle_death(worker, plan, attempts, queue, on_outcome)
                    continue
                if isinstance(message, MapOutcome):
                    worker.reported.add(message.description)
                    on_outcome(message)
                elif isinstance(message, _Finished):
                    if workers is None:
                        worker_limit = _count_processes_that_fit(
                            message.peak_memory, len(running), most_workers
                        )
                    send_next(worker)
                    if worker.participant is None:
                        running.remove(worker)
                        worker.process.join()
    finally:
        for worker in running:
            worker.process.terminate()
        for worker in running:
            worker.process.join()
            worker.connection.close()
        shared.cleanup()


def _count_processes_that_fit(peak_memory: int, running: int, max_processes: int) -> int:
    """Return how many processes of this size fit into memory; a fifth of the free memory is left unused."""
    import torch

    free = free_memory(torch.device("cpu"))
    if free is None:
        return max_processes
    return max(running, min(max_processes, running + int(0.8 * free // max(peak_memory, 1))), 1)


def _handle_death(
    worker: _Process,
    plan: CohortPlan,
    attempts: Counter[str],
    queue: deque[Participant],
    on_outcome: Callable[[MapOutcome], None],
) -> None:
    """Queue the scan of a process that died again, or report its maps as failed."""
    worker.process.join()
    participant = worker.participant
    if participant is None:
        return
    if attempts[participant.label] < ATTEMPTS:
        queue.append(participant)
        return
    exit_code = worker.process.exitcode or 0
    ending = (
        f"was ended by {signal.Signals(-exit_code).name}"
        if exit_code < 0
        else f"ended with status {exit_code}"
    )
    for description in plan.descriptions():
        if description not in worker.reported:
            cause = f"the process that computed it {ending}, {ATTEMPTS} times"
            error = f"{participant.label}: {cause}; give it more memory, or use fewer workers"
            on_outcome(MapOutcome(participant.label, description, error))
