"""Passes over a matrix that is too large for memory: block of columns after block, on several threads.

Every thread takes whole blocks, so that a block stays in its core's cache for all that is done with it and
no thread waits for another between two steps. Torch and numpy release the interpreter while they compute.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from viewer.progress import Progress

Result = TypeVar("Result")


def map_blocks(
    columns: int,
    width: int,
    work: Callable[[slice], Result],
    threads: int | None = None,
    progress: Progress | None = None,
) -> Iterator[tuple[slice, Result]]:
    """``work`` done on every block of ``width`` columns; yields each block and its result, in order.

    Parameters
    ----------
    columns, width
        How many columns there are, and how many make a block; the last may be narrower.
    work
        Is given the slice of its columns. It runs on several threads at once; torch computes on one
        thread inside each.
    threads
        How many; None takes as many as torch is set to use.
    progress
        Told after every block; a request to stop is answered between two blocks.
    """
    import torch

    total = torch.get_num_threads()
    workers = max(1, min(threads or total, -(-columns // width)))
    progress = progress or Progress()
    waiting: deque[tuple[slice, Future[Result]]] = deque()
    pool = ThreadPoolExecutor(workers, "block", initializer=torch.set_num_threads, initargs=(1,))
    try:
        for begin in range(0, columns, width):
            block = slice(begin, min(begin + width, columns))
            waiting.append((block, pool.submit(work, block)))
            if len(waiting) > 4 * workers:
                yield _next(waiting, columns, progress)
        while waiting:
            yield _next(waiting, columns, progress)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        # Threads started later take over the last number that any thread was given.
        torch.set_num_threads(total)


def _next(
    waiting: deque[tuple[slice, Future[Result]]], columns: int, progress: Progress
) -> tuple[slice, Result]:
    block, future = waiting.popleft()
    result = future.result()
    progress.step(block.stop, columns)
    return block, result
