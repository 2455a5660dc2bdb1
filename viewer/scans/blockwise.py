"""Blockwise processing of a matrix that is too large for memory: blocks of columns on several threads.

Every thread processes whole blocks, so a block stays in the cache of its core and threads do not wait for
each other between steps. Torch and numpy release the GIL while they compute.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from viewer.progress import Progress

Result = TypeVar("Result")


def map_blocks(
    column_count: int,
    block_width: int,
    function: Callable[[slice], Result],
    thread_count: int | None = None,
    progress: Progress | None = None,
) -> Iterator[tuple[slice, Result]]:
    """Apply ``function`` to each block of ``block_width`` columns; yield each block and its result, in order.

    Parameters
    ----------
    column_count, block_width
        Number of columns, and of columns per block; the last block may be narrower.
    function
        Function of the slice of columns. It runs on several threads; torch uses one thread in each.
    thread_count
        Number of threads; None uses torch's setting.
    progress
        Reports progress after every block, and may cancel between two blocks.
    """
    import torch

    torch_threads = torch.get_num_threads()
    workers = max(1, min(thread_count or torch_threads, -(-column_count // block_width)))
    progress = progress or Progress()
    pending: deque[tuple[slice, Future[Result]]] = deque()
    pool = ThreadPoolExecutor(workers, "block", initializer=torch.set_num_threads, initargs=(1,))
    try:
        for start in range(0, column_count, block_width):
            block = slice(start, min(start + block_width, column_count))
            pending.append((block, pool.submit(function, block)))
            if len(pending) > 4 * workers:
                yield _pop_result(pending, column_count, progress)
        while pending:
            yield _pop_result(pending, column_count, progress)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        # Threads started later inherit the last number set by any thread.
        torch.set_num_threads(torch_threads)


def _pop_result(
    pending: deque[tuple[slice, Future[Result]]], column_count: int, progress: Progress
) -> tuple[slice, Result]:
    block, future = pending.popleft()
    result = future.result()
    progress.step(block.stop, column_count)
    return block, result
