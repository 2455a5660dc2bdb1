"""Slab-wise processing of a volume on several threads; the result is independent of their number."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

SLAB = 16
"""Number of planes per slab: new pages of memory cost more than the arithmetic."""


def for_each_slab(length: int, function: Callable[[slice], None]) -> None:
    """Call ``function`` for every slab of `SLAB` planes, on several threads if there are several slabs.

    Parameters
    ----------
    length
        Number of planes.
    function
        Function of the slice of planes. It must release the GIL, as SciPy does, and write only to its slab.
    """
    slabs = [slice(start, min(start + SLAB, length)) for start in range(0, length, SLAB)]
    threads = min(thread_count(), len(slabs))
    if threads <= 1:
        for slab in slabs:
            function(slab)
        return
    with ThreadPoolExecutor(threads, "slab") as pool:
        for _ in pool.map(function, slabs):
            pass


def thread_count() -> int:
    """Return PyTorch's number of threads (``--threads``), or the number of cores if it is not loaded."""
    torch = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "get_num_threads"):
        return cpu_count()
    return int(torch.get_num_threads())


def cpu_count() -> int:
    """Return the number of processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
