from __future__ import annotations

import json
import subprocess
import sys
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from viewer.checks.runner import run_checks
from viewer.jobs import heap as module
from viewer.jobs.heap import (
    M_ARENA_MAX,
    M_MMAP_THRESHOLD,
    M_TRIM_THRESHOLD,
    MMAP_THRESHOLD,
    NO_LIMIT,
    TRIM_THRESHOLD,
    Heap,
    glibc,
    keep_freed_memory,
    use_one_arena,
)
from viewer.methods.channel_table import channels
from viewer.methods.explain import explain

RAISED = [(M_MMAP_THRESHOLD, NO_LIMIT), (M_TRIM_THRESHOLD, NO_LIMIT)]
RETURNED = [(M_MMAP_THRESHOLD, MMAP_THRESHOLD), (M_TRIM_THRESHOLD, TRIM_THRESHOLD), "trim"]
LINUX = pytest.mark.skipif(glibc() is None, reason="only glibc's allocator is set")


class RecordingAllocator:
    """Writes down what it is asked for."""

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.trimmed = threading.Event()

    def mallopt(self, parameter: int, value: int, /) -> int:
        self.calls.append((parameter, value))
        return 1

    def malloc_trim(self, pad: int, /) -> int:
        assert pad == 0
        self.calls.append("trim")
        self.trimmed.set()
        return 1


def test_memory_is_returned_after_the_last_of_nested_jobs() -> None:
    allocator = RecordingAllocator()
    heap = Heap(allocator, keep_seconds=0, min_free=0)
    with heap.keep_freed_memory():
        with heap.keep_freed_memory():
            heap.release()
        heap.release()
        assert allocator.calls == RAISED
    assert allocator.trimmed.wait(60)
    heap.release()
    assert allocator.calls == RAISED + RETURNED


def test_of_two_threads_the_last_returns_it() -> None:
    allocator = RecordingAllocator()
    heap = Heap(allocator, keep_seconds=0, min_free=0)
    inside, leave = threading.Event(), threading.Event()

    def other() -> None:
        with heap.keep_freed_memory():
            inside.set()
            assert leave.wait(60)

    thread = threading.Thread(target=other)
    thread.start()
    assert inside.wait(60)
    with pytest.raises(ValueError, match="a job that fails"), heap.keep_freed_memory():
        raise ValueError("a job that fails")
    assert allocator.calls == RAISED
    leave.set()
    thread.join()
    assert allocator.trimmed.wait(60)


def test_a_job_that_follows_soon_finds_the_memory_kept() -> None:
    allocator = RecordingAllocator()
    heap = Heap(allocator, keep_seconds=3600, min_free=0)
    for _ in range(3):
        with heap.keep_freed_memory():
            pass
    assert allocator.calls == RAISED
    heap.release()
    assert allocator.calls == RAISED + RETURNED
    with heap.keep_freed_memory():
        assert allocator.calls == RAISED + RETURNED + RAISED
    heap.release()


def test_where_little_memory_is_free_none_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    allocator = RecordingAllocator()
    heap = Heap(allocator, keep_seconds=0, min_free=1000)
    for free in (999, None):
        monkeypatch.setattr(module, "free_host_memory", lambda free=free: free)
        with heap.keep_freed_memory():
            pass
    assert allocator.calls == []


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    monkeypatch.setattr(module.sys, "platform", platform)
    monkeypatch.setattr(module.ctypes, "CDLL", lambda name: SimpleNamespace(malloc_trim=None))
    assert glibc() is None
    use_one_arena()
    with Heap(glibc()).keep_freed_memory():
        pass


def test_one_arena_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    allocator = RecordingAllocator()
    monkeypatch.setattr(module, "glibc", lambda: allocator)
    use_one_arena()
    assert allocator.calls == [(M_ARENA_MAX, 1)]


@pytest.mark.parametrize("function", [explain, run_checks, channels])
def test_what_computes_maps_keeps_memory(function: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    allocator = RecordingAllocator()
    heap = Heap(allocator, keep_seconds=3600, min_free=0)
    monkeypatch.setattr(module, "process_heap", lambda: heap)
    # Nothing is computed: the arguments are wrong.
    with pytest.raises((AttributeError, TypeError)):
        function(None, None)
    assert allocator.calls == RAISED
    heap.release()


def test_the_decorator_hides_no_signature() -> None:
    @keep_freed_memory()
    def add(left: int, right: int = 2) -> int:
        """Add."""
        return left + right

    assert (add(1), add.__doc__, add.__name__) == (3, "Add.", "add")


CHILD = """
import json, resource, statistics, sys, threading
from viewer.jobs import heap as module
kept, thread = sys.argv[1] == "kept", sys.argv[2] == "thread"
if kept and thread:
    module.use_one_arena()
heap = module.Heap(module.glibc() if kept else None, keep_seconds=3600, min_free=0)
module.process_heap = lambda: heap
import torch
from torch import nn
import viewer
from viewer.commands.benchmarks.measurement import resident_kib
torch.manual_seed(0)
network = nn.Sequential(
    nn.Conv3d(1, 24, 1), nn.ReLU(), nn.Conv3d(24, 2, 1), nn.AdaptiveAvgPool3d(1), nn.Flatten()
).eval()
x = torch.randn(1, 1, 96, 96, 96)
model = viewer.Model.from_module(network, x)
faults = []
def compute():
    for _ in range(16):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        viewer.explain(model, x, "gradient", target=0, device="cpu")
        faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
if thread:
    worker = threading.Thread(target=compute)
    worker.start()
    worker.join()
else:
    compute()
held = resident_kib("VmRSS")
heap.release()
print(json.dumps({"faults": statistics.median(faults[6:]), "returned": held - resident_kib("VmRSS")}))
"""


def count_faults(kept: str, where: str) -> dict[str, int]:
    ended = subprocess.run(
        [sys.executable, "-c", CHILD, kept, where], check=True, capture_output=True, text=True
    )
    found: dict[str, int] = json.loads(ended.stdout.splitlines()[-1])
    return found


@LINUX
@pytest.mark.parametrize("where", ["main", "thread"])
def test_further_maps_fault_few_pages_and_its_memory_is_returned(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "MALLOC_ARENA_MAX", "GLIBC_TUNABLES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("THP_MEM_ALLOC_ENABLE", "0")
    usual, kept = count_faults("usual", where), count_faults("kept", where)
    # Of one map, in the median: the heap grows a few times until it holds what the timing of the
    # threads needs. The 24 channels alone take 20,736 pages.
    assert usual["faults"] > 20_736
    assert kept["faults"] < usual["faults"] / 10
    assert usual["returned"] < 2**10
    assert kept["returned"] > 80 * 2**10
