"""Passes in blocks: order, every column once, errors, cancelling, and threads left as they were."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
import torch

from viewer.errors import Cancelled
from viewer.progress import Progress
from viewer.scans.blockwise import map_blocks


@pytest.mark.parametrize(("columns", "width"), [(10, 3), (9, 3), (1, 100), (1000, 7), (0, 5)])
def test_every_column_is_met_once_and_in_order(columns, width):
    met = [block for block, _ in map_blocks(columns, width, lambda block: None, thread_count=3)]
    counted = [number for block in met for number in range(block.start, block.stop)]
    assert counted == list(range(columns))
    assert all(block.stop - block.start <= width for block in met)


def test_results_come_in_the_order_of_the_blocks():
    def slow_first(block):
        time.sleep(0.05 if block.start == 0 else 0)
        return block.start

    assert [result for _, result in map_blocks(20, 2, slow_first, thread_count=4)] == list(range(0, 20, 2))


def test_several_threads_work_with_one_torch_thread_each():
    seen = set()
    both = threading.Barrier(2, timeout=30)

    def work(block):
        seen.add((threading.get_ident(), torch.get_num_threads()))
        both.wait()

    before = torch.get_num_threads()
    list(map_blocks(2, 1, work, thread_count=2))
    assert len(seen) == 2
    assert {count for _, count in seen} == {1}
    assert torch.get_num_threads() == before


def test_an_error_reaches_the_caller_and_stops_the_rest():
    done = []

    def work(block):
        if block.start == 4:
            raise ZeroDivisionError
        done.append(block.start)

    with pytest.raises(ZeroDivisionError):
        list(map_blocks(10_000, 1, work, thread_count=1))
    assert len(done) < 100


def test_it_stops_when_asked():
    answers = iter([False] * 3 + [True] * 10_000)
    done = []
    stopping = Progress(cancelled=lambda: next(answers))
    blocks = map_blocks(10_000, 1, lambda block: done.append(block), 2, stopping)
    with pytest.raises(Cancelled):
        list(blocks)
    assert len(done) < 100


def test_sums_are_those_of_the_whole():
    values = np.random.default_rng(0).normal(size=(5, 1001))
    total = sum(part for _, part in map_blocks(1001, 64, lambda block: values[:, block].sum()))
    assert total == pytest.approx(values.sum())
