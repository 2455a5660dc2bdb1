from __future__ import annotations

import os
import queue
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from viewer.errors import ScanError
from viewer.jobs.worker import Job, JobState, Worker
from viewer.progress import Progress, ProgressStep

PATIENCE = 20.0


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker()
    yield made
    assert made.close()


def until_cancelled(progress: Progress) -> None:
    """Work that never ends by itself."""
    while True:
        progress.raise_if_cancelled()
        time.sleep(0.001)


def recording_callbacks(events: list[object]) -> dict[str, Callable[..., None]]:
    """Callbacks that write down what they are told."""
    return {
        "on_done": lambda result: events.append(("done", result)),
        "on_error": lambda error: events.append(("error", error)),
        "on_cancelled": lambda: events.append("cancelled"),
    }


def test_a_result_is_delivered(worker: Worker) -> None:
    events: list[object] = []
    job = worker.submit(lambda progress: 6 * 7, title="Counting", **recording_callbacks(events))
    assert job.wait(PATIENCE)
    assert events == [("done", 42)]
    assert (job.state, job.title) == (JobState.DONE, "Counting")
    assert not worker.is_busy


def test_jobs_run_one_after_the_other_in_their_order(worker: Worker) -> None:
    running: list[int] = []
    events: list[object] = []

    def work(number: int) -> Callable[[Progress], int]:
        def function(progress: Progress) -> int:
            running.append(number)
            assert len(running) == 1
            time.sleep(0.002)
            running.remove(number)
            return number

        return function

    jobs = [worker.submit(work(number), **recording_callbacks(events)) for number in range(20)]
    assert jobs[-1].wait(PATIENCE)
    assert events == [("done", number) for number in range(20)]


def test_work_is_done_on_one_thread_that_is_not_this_one(worker: Worker) -> None:
    threads: list[int] = []
    jobs = [worker.submit(lambda progress: threads.append(threading.get_ident())) for _ in range(3)]
    assert jobs[-1].wait(PATIENCE)
    assert len(set(threads)) == 1
    assert threads[0] != threading.get_ident()


@pytest.mark.parametrize(
    "error", [ScanError("a.nii", "is empty"), ValueError("x"), MemoryError(), SystemExit(3)]
)
def test_an_error_is_delivered_and_the_next_job_runs(worker: Worker, error: BaseException) -> None:
    events: list[object] = []

    def fail(progress: Progress) -> None:
        raise error

    first = worker.submit(fail, **recording_callbacks(events))
    second = worker.submit(lambda progress: "well", **recording_callbacks(events))
    assert second.wait(PATIENCE)
    assert events == [("error", error), ("done", "well")]
    assert (first.state, second.state) == (JobState.FAILED, JobState.DONE)


def test_a_running_job_is_cancelled_at_its_next_step(worker: Worker) -> None:
    events: list[object] = []
    begun = threading.Event()

    def work(progress: Progress) -> None:
        begun.set()
        until_cancelled(progress)

    job = worker.submit(work, **recording_callbacks(events))
    assert begun.wait(PATIENCE)
    assert job.state is JobState.RUNNING
    assert worker.is_busy
    job.cancel()
    assert job.wait(PATIENCE)
    assert events == ["cancelled"]
    assert job.state is JobState.CANCELLED


def test_a_waiting_job_that_is_cancelled_never_begins(worker: Worker) -> None:
    events: list[object] = []
    first = worker.submit(until_cancelled)
    second = worker.submit(lambda progress: events.append("begun"), **recording_callbacks(events))
    third = worker.submit(lambda progress: "third", **recording_callbacks(events))
    assert second.state is JobState.WAITING
    second.cancel()
    assert events == ["cancelled"]
    first.cancel()
    assert third.wait(PATIENCE)
    assert events == ["cancelled", ("done", "third")]


def test_work_that_ends_without_noticing_counts_as_cancelled(worker: Worker) -> None:
    events: list[object] = []
    begun, go_on = threading.Event(), threading.Event()

    def work(progress: Progress) -> str:
        begun.set()
        go_on.wait(PATIENCE)
        return "too late"

    job = worker.submit(work, **recording_callbacks(events))
    assert begun.wait(PATIENCE)
    job.cancel()
    go_on.set()
    assert job.wait(PATIENCE)
    assert events == ["cancelled"]


def test_what_has_ended_cannot_be_cancelled(worker: Worker) -> None:
    events: list[object] = []
    job = worker.submit(lambda progress: 1, **recording_callbacks(events))
    assert job.wait(PATIENCE)
    job.cancel()
    job.cancel()
    assert events == [("done", 1)]
    assert job.state is JobState.DONE


def test_cleaning_up_is_done_before_the_cancellation_is_told(worker: Worker) -> None:
    events: list[object] = []
    begun = threading.Event()

    def work(progress: Progress) -> None:
        try:
            begun.set()
            until_cancelled(progress)
        finally:
            events.append("cleaned")

    job = worker.submit(work, **recording_callbacks(events))
    assert begun.wait(PATIENCE)
    job.cancel()
    assert job.wait(PATIENCE)
    assert events == ["cleaned", "cancelled"]


def test_progress_is_told_but_not_more_often_than_one_can_read(worker: Worker) -> None:
    steps: list[ProgressStep] = []

    def work(progress: Progress) -> float:
        began = time.monotonic()
        for number in range(5000):
            progress.step(number, 5000, "counting")
            time.sleep(0.0001)
        progress.step(1, 1, "ready")
        return time.monotonic() - began

    seconds: list[float] = []
    job = worker.submit(work, on_progress=steps.append, on_done=seconds.append)
    assert job.wait(PATIENCE)
    fractions = [step.fraction for step in steps]
    assert fractions == sorted(fractions)
    assert (steps[-1].fraction, steps[-1].message) == (1.0, "ready")
    assert 2 <= len(steps) <= seconds[0] * 20 + 2


def test_partial_results_are_told(worker: Worker) -> None:
    parts: list[int] = []

    def work(progress: Progress) -> None:
        for number in range(3):
            progress.report_partial(number)

    assert worker.submit(work, on_partial=parts.append).wait(PATIENCE)
    assert parts == [0, 1, 2]
    assert worker.submit(work).wait(PATIENCE)


def test_callbacks_are_delivered_as_it_is_asked_for() -> None:
    posted: queue.Queue[Callable[[], None]] = queue.Queue()
    events: list[object] = []
    worker = Worker(deliver=posted.put)
    threads: list[int] = []
    job = worker.submit(
        lambda progress: progress.step(1, 1) or "result",
        on_progress=lambda step: threads.append(threading.get_ident()),
        on_done=lambda result: events.append(result),
    )
    assert job.wait(PATIENCE)
    assert events == []
    while not posted.empty():
        posted.get()()
    assert events == ["result"]
    assert threads == [threading.get_ident()]
    assert worker.close()


@pytest.mark.parametrize("broken", ["on_progress", "on_done", "on_error", "on_cancelled"])
def test_an_exception_in_a_callback_is_told_as_uncaught_and_the_next_job_runs(
    worker: Worker, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    uncaught: list[object] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: uncaught.append(args.exc_value))
    oops = RuntimeError("oops")

    def raise_it(*_: object) -> None:
        raise oops

    def work(progress: Progress) -> None:
        progress.step(0.5)
        if broken == "on_error":
            raise ValueError
        if broken == "on_cancelled":
            until_cancelled(progress)

    job = worker.submit(work, **{broken: raise_it})
    if broken == "on_cancelled":
        job.cancel()
    assert job.wait(PATIENCE)
    following = worker.submit(lambda progress: "well")
    assert following.wait(PATIENCE)
    assert following.state is JobState.DONE
    assert uncaught == [oops]


def test_a_cancelled_job_may_be_cancelled_from_its_own_progress(worker: Worker) -> None:
    events: list[object] = []
    jobs: list[Job[None]] = []
    ready = threading.Event()

    def work(progress: Progress) -> None:
        ready.wait(PATIENCE)
        progress.step(0.5)
        until_cancelled(progress)

    jobs.append(worker.submit(work, on_progress=lambda step: jobs[0].cancel(), **recording_callbacks(events)))
    ready.set()
    assert jobs[0].wait(PATIENCE)
    assert events == ["cancelled"]


def test_closing_cancels_what_runs_and_what_waits() -> None:
    worker = Worker()
    events: list[object] = []
    begun = threading.Event()

    def work(progress: Progress) -> None:
        begun.set()
        until_cancelled(progress)

    jobs = [worker.submit(work, **recording_callbacks(events)) for _ in range(3)]
    assert begun.wait(PATIENCE)
    assert worker.close()
    assert [job.state for job in jobs] == [JobState.CANCELLED] * 3
    assert events == ["cancelled"] * 3
    assert worker.close()
    with pytest.raises(RuntimeError, match="closed"):
        worker.submit(work)


def test_closing_a_worker_that_never_worked() -> None:
    threads = threading.active_count()
    assert Worker().close()
    assert threading.active_count() == threads


def test_closing_does_not_wait_forever() -> None:
    worker = Worker()
    begun, go_on = threading.Event(), threading.Event()

    def stubborn(progress: Progress) -> None:
        begun.set()
        go_on.wait(PATIENCE)

    worker.submit(stubborn)
    assert begun.wait(PATIENCE)
    assert not worker.close(timeout=0.05)
    go_on.set()
    assert worker.close(timeout=PATIENCE)


def test_a_job_may_close_its_own_worker() -> None:
    worker = Worker()
    closed: list[bool] = []
    job = worker.submit(lambda progress: closed.append(worker.close()))
    assert job.wait(PATIENCE)
    assert closed == [False]
    assert worker.close()


def test_jobs_may_be_submitted_from_many_threads(worker: Worker) -> None:
    done: list[int] = []

    def submit() -> None:
        for _ in range(50):
            worker.submit(lambda progress: 1, on_done=done.append)

    threads = [threading.Thread(target=submit) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert worker.submit(lambda progress: None).wait(PATIENCE)
    assert len(done) == 300


def test_a_result_is_not_kept_after_it_was_delivered(worker: Worker) -> None:
    import weakref

    class Large:
        pass

    seen: list[weakref.ref[Large]] = []

    def work(progress: Progress) -> Large:
        made = Large()
        seen.append(weakref.ref(made))
        return made

    worker.submit(work, on_done=lambda result: None).wait(PATIENCE)
    worker.submit(lambda progress: None).wait(PATIENCE)
    assert seen[0]() is None


@pytest.mark.skipif(sys.platform != "linux", reason="threads have priorities of their own on Linux only")
def test_the_thread_makes_way_for_others_and_nobody_else_does(worker: Worker) -> None:
    before = os.getpriority(os.PRIO_PROCESS, 0)
    found: list[int] = []
    worker.submit(
        lambda progress: os.getpriority(os.PRIO_PROCESS, threading.get_native_id()), on_done=found.append
    ).wait(PATIENCE)
    assert found == [max(10, before)]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before


def run(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_torch_is_given_a_core_less_as_soon_as_it_is_there() -> None:
    answer = run(
        """
        import sys
        from viewer.jobs.worker import Worker
        worker = Worker(threads=3)
        assert "torch" not in sys.modules

        def work(progress):
            import torch
            progress.raise_if_cancelled()
            return torch.get_num_threads()

        worker.submit(work, on_done=print).wait()
        worker.close()
        """
    )
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "3\n", "")


def test_leaving_while_a_job_runs_is_clean() -> None:
    answer = run(
        """
        import threading
        from viewer.jobs.worker import Worker
        begun = threading.Event()

        def work(progress):
            import torch
            x = torch.ones(200, 200)
            begun.set()
            while True:
                progress.raise_if_cancelled()
                x = (x @ x).clamp(max=1.0)

        worker = Worker()
        worker.submit(work, on_cancelled=lambda: print("cancelled"))
        worker.submit(work, on_cancelled=lambda: print("cancelled"))
        begun.wait()
        """
    )
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "cancelled\ncancelled\n", "")


def test_a_worker_costs_nothing_before_its_first_job() -> None:
    answer = run(
        """
        import sys, threading
        from viewer.jobs.worker import Worker
        Worker()
        print(threading.active_count(), "torch" in sys.modules, "numpy" in sys.modules)
        """
    )
    assert answer.stdout == "1 False False\n"
