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
    columns: int,
    width: int,
    work: Callable[[slice], Result],
    threads: int | None = None,
    progress: Progress | None = None,
) -> Iterator[tuple[slice, Result]]:
    """Apply ``work`` to every block of ``width`` columns; yield each block and its result, in order.

    Parameters
    ----------
    columns, width
        Number of columns, and of columns per block; the last block may be narrower.
    work
        Function of the slice of columns. It runs on several threads; torch uses one thread in each.
    threads
        Number of threads; None uses torch's setting.
    progress
        Reports progress after every block, and may cancel between two blocks.
    """
    import torch

    torch_threads = torch.get_num_threads()
    workers = max(1, min(threads or torch_threads, -(-columns // width)))
    progress = progress or Progress()
    pending: deque[tuple[slice, Future[Result]]] = deque()
    pool = ThreadPoolExecutor(workers, "block", initializer=torch.set_num_threads, initargs=(1,))
    try:
        for start in range(0, columns, width):
            block = slice(start, min(start + width, columns))
            pending.append((block, pool.submit(work, block)))
            if len(pending) > 4 * workers:
                yield _next(pending, columns, progress)
        while pending:
            yield _next(pending, columns, progress)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        # Threads started later inherit the last number set by any thread.
        torch.set_num_threads(torch_threads)


def _next(
    pending: deque[tuple[slice, Future[Result]]], columns: int, progress: Progress
) -> tuple[slice, Result]:
    block, future = pending.popleft()
    result = future.result()
    progress.step(block.stop, columns)
    return block, result
