"""A cohort on a real Dask cluster of two worker processes: the bytes of a local run, also where one dies."""

from __future__ import annotations

import hashlib
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from viewer.cohorts.run_cohort import cohort
from viewer.errors import ViewerError

distributed = pytest.importorskip("distributed")

METHODS = ("gradient", "lrp-epsilon")


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def kill_a_worker_after_some_maps(cluster: object, out: Path) -> threading.Thread:
    """Kill one worker's process as soon as there are maps."""

    def wait_and_kill() -> None:
        while len(list(out.rglob("*_relevance.nii.gz"))) < 10:
            time.sleep(0.01)
        worker = next(iter(cluster.workers.values()))
        os.kill(worker.process.process.pid, signal.SIGKILL)

    thread = threading.Thread(target=wait_and_kill, daemon=True)
    thread.start()
    return thread


@pytest.mark.slow
def test_a_cluster_of_which_a_worker_dies_gives_the_files_of_a_local_run(
    table: Callable[..., Path], model_file: Path, tmp_path: Path
) -> None:
    path, local, remote = table(24), tmp_path / "local", tmp_path / "cluster"
    cohort(path, model_file, METHODS, local, target="patient", workers=1)
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        dashboard_address=None,
        protocol="tcp",
        local_directory=str(tmp_path / "dask"),
    ) as cluster:
        killer = kill_a_worker_after_some_maps(cluster, remote)
        result = cohort(
            path, model_file, METHODS, remote, target="patient", scheduler=cluster.scheduler_address
        )
        killer.join(1)
    assert not killer.is_alive()
    assert result.failures == ()
    assert contents(remote) == contents(local)


def test_a_scheduler_that_is_not_there_is_told(
    table: Callable[..., Path], model_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("viewer.cohorts.dask_workers.CONNECT_TIMEOUT", "1s")
    with pytest.raises(ViewerError, match=r"tcp://127\.0\.0\.1:1: no Dask scheduler responds"):
        cohort(
            table(1),
            model_file,
            "gradient",
            tmp_path / "maps",
            target="patient",
            scheduler="tcp://127.0.0.1:1",
        )
