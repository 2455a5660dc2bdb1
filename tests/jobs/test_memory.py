from __future__ import annotations

import gc
import weakref
from pathlib import Path

import pytest
import torch
from torch import nn

from viewer.errors import ViewerError
from viewer.jobs import memory
from viewer.jobs.memory import (
    AdaptiveBatches,
    batch_size,
    free_memory,
    is_out_of_memory,
    measure_saved_tensors,
    out_of_memory_as_error,
)

CPU = torch.device("cpu")
MIB = 2**20


def test_the_host_says_how_much_is_free() -> None:
    found = free_memory(CPU)
    assert found is not None
    total = int(Path("/proc/meminfo").read_text().split()[1]) * 1024
    assert MIB < found <= total


def test_a_group_s_limit_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit, used = tmp_path / "max", tmp_path / "current"
    monkeypatch.setattr(memory, "GROUP_LIMIT", limit)
    monkeypatch.setattr(memory, "GROUP_USED", used)
    limit.write_text(f"{50 * MIB}\n")
    used.write_text(f"{20 * MIB}\n")
    assert free_memory(CPU) == 30 * MIB
    used.write_text(f"{60 * MIB}\n")
    assert free_memory(CPU) == 0
    limit.write_text("max\n")
    assert (free_memory(CPU) or 0) > 30 * MIB


@pytest.mark.parametrize(
    ("left", "sample", "most", "size"),
    [
        (10_000, 1, 50, 50), (10_000, 1, 5000, 128), (10_000, 60, 50, 2), (10_000, 500, 50, 1),
        (20, 1, 50, 10), (0, 1, 50, 1), (None, 1, 5000, 128), (10_000, 0, 7, 7),
    ],
)  # fmt: skip
def test_batches_fit_the_budget(
    left: int | None, sample: int, most: int, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda device: None if left is None else left * MIB)
    assert batch_size(sample * MIB, CPU, most) == size


def test_a_gpu_is_filled_by_half(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda device: 8000 * MIB)
    assert batch_size(100 * MIB, torch.device("cuda:0"), 1000) == 40


def test_what_autograd_keeps_is_counted() -> None:
    x = torch.randn(1, 1, 20, 20, 20, requires_grad=True)
    conv = nn.Conv3d(1, 8, 3, padding=1, bias=False).requires_grad_(False)
    answer, kept = measure_saved_tensors(lambda: torch.relu(conv(x)).sum())
    activations = 8 * 20**3 * 4
    # The convolution keeps its weight (and, if it asked for a gradient, its input); relu keeps its result.
    assert activations + conv.weight.nbytes <= kept <= activations + conv.weight.nbytes + x.nbytes
    assert answer.shape == ()
    with torch.no_grad():
        assert measure_saved_tensors(lambda: torch.relu(conv(x)).sum())[1] == 0


def test_what_was_counted_is_freed() -> None:
    x = torch.randn(1, 1, 8, 8, 8, requires_grad=True)
    conv = nn.Conv3d(1, 8, 3)
    made: list[weakref.ref[torch.Tensor]] = []

    def forward() -> torch.Tensor:
        # A rectifier keeps its result, and a pool the place of every maximum.
        value = torch.relu(conv(x))
        made.append(weakref.ref(value))
        return nn.functional.max_pool3d(value, 2).sum().detach()

    measure_saved_tensors(forward)
    gc.collect()
    assert [one() for one in made] == [None]


def test_backwards_within_it_is_as_without() -> None:
    x = torch.randn(1, 1, 8, 8, 8, requires_grad=True)
    conv = nn.Conv3d(1, 8, 3)

    def backwards() -> torch.Tensor:
        return torch.autograd.grad(torch.relu(conv(x)).sum(), x)[0]

    found, kept = measure_saved_tensors(backwards)
    assert kept > 0
    torch.testing.assert_close(found, backwards(), rtol=0, atol=0)


@pytest.mark.parametrize(
    ("error", "is_it"),
    [
        (MemoryError(), True),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"), True),
        (RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"), True),
        (RuntimeError("shape '[1, 2]' is invalid"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_memory_that_runs_out_is_known_by_its_error(error: Exception, is_it: bool) -> None:
    assert is_out_of_memory(error) is is_it


def test_a_real_allocation_that_fails_is_known() -> None:
    with pytest.raises(ViewerError, match="memory: it ran out"), out_of_memory_as_error():
        torch.empty(2**55)


def test_other_errors_pass() -> None:
    with pytest.raises(RuntimeError, match="other"), out_of_memory_as_error():
        raise RuntimeError("other")


def test_pieces_cover_everything_once_and_in_order() -> None:
    pieces = AdaptiveBatches(11, 4)
    assert list(pieces.run(lambda start, stop: (start, stop))) == [(0, 4), (4, 8), (8, 11)]
    assert pieces.notes == ()
    assert list(AdaptiveBatches(0, 4).run(lambda start, stop: (start, stop))) == []


def test_pieces_are_halved_where_memory_runs_out() -> None:
    tried = []

    def work(start: int, stop: int) -> tuple[int, int]:
        tried.append((start, stop))
        if stop - start > 3:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return start, stop

    pieces = AdaptiveBatches(10, 8)
    assert list(pieces.run(work)) == [(0, 2), (2, 4), (4, 6), (6, 8), (8, 10)]
    assert tried[:3] == [(0, 8), (0, 4), (0, 2)]
    assert pieces.size == 2
    assert pieces.notes == ("memory ran out with 4 inputs per batch; done in batches of 2",)


@pytest.mark.slow
def test_a_single_piece_that_does_not_fit_is_an_error() -> None:
    def work(start: int, stop: int) -> None:
        raise MemoryError

    with pytest.raises(ViewerError, match="memory: it ran out on a single scan; close other programs"):
        list(AdaptiveBatches(4, 4).run(work))


def test_other_errors_are_not_taken_for_it() -> None:
    def work(start: int, stop: int) -> None:
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        list(AdaptiveBatches(4, 4).run(work))
