"""Reuse of freed memory by glibc during a job, instead of fresh pages for every tensor.

By default, glibc returns every large block to Linux when it is freed and allocates a new one, whose pages are
zeroed one by one on first write. At 160³ voxels, that took a third of the time of a map. See
`mallopt(3) <https://man7.org/linux/man-pages/man3/mallopt.3.html>`_.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Protocol

from viewer.jobs.memory import free_host_memory

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""Numbers of these parameters in glibc's malloc.h."""

NO_LIMIT = -1
MMAP_THRESHOLD = 32 * 2**20
"""Between jobs: the largest threshold to which glibc adjusts itself, on 64 bits."""

TRIM_THRESHOLD = 2 * MMAP_THRESHOLD
"""Between jobs: the trim threshold that glibc uses with it."""

KEEP_SECONDS = 2.0
"""Seconds for which memory is kept after the last job, such as for the next map of a series."""

MIN_FREE = 8 * 2**30
"""Bytes that must be free for memory to be kept: fragmentation raises the peak by up to a half."""


class Allocator(Protocol):
    """Functions of a C library that control its allocation."""

    def mallopt(self, parameter: int, value: int, /) -> int:
        """Set a parameter; return 1 on success."""

    def malloc_trim(self, pad: int, /) -> int:
        """Return free pages to the system."""


class Heap:
    """Heap of this process, which keeps freed memory while any of several concurrent jobs requests it.

    Parameters
    ----------
    allocator
        The C library; None for no control of the allocation.
    keep_seconds
        Seconds after the last job until memory is returned.
    min_free
        Bytes that must be free when the first job begins.
    """

    def __init__(
        self, allocator: Allocator | None, keep_seconds: float = KEEP_SECONDS, min_free: int = MIN_FREE
    ) -> None:
        self._allocator = allocator
        self._keep_seconds = keep_seconds
        self._min_free = min_free
        self._lock = threading.Lock()
        self._jobs = 0
        self._thresholds_raised = False
        self._timer: threading.Timer | None = None

    @contextmanager
    def keep_freed_memory(self) -> Iterator[None]:
        """Keep freed memory in this process inside the block; return it after the last such block.

        May be nested, and entered by several threads.
        """
        if self._allocator is None:
            yield
            return
        self._begin(self._allocator)
        try:
            yield
        finally:
            self._end()

    def _begin(self, allocator: Allocator) -> None:
        with self._lock:
            self._jobs += 1
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            free = free_host_memory()
            if not self._thresholds_raised and free is not None and free >= self._min_free:
                allocator.mallopt(M_MMAP_THRESHOLD, NO_LIMIT)
                allocator.mallopt(M_TRIM_THRESHOLD, NO_LIMIT)
                self._thresholds_raised = True

    def _end(self) -> None:
        with self._lock:
            self._jobs -= 1
            if self._jobs or not self._thresholds_raised:
                return
            self._timer = threading.Timer(self._keep_seconds, self.release)
            self._timer.daemon = True
            # Python starts no threads while exiting; its memory is returned anyway.
            with suppress(RuntimeError):
                self._timer.start()

    def release(self) -> None:
        """Return freed memory to the system and lower the thresholds, unless a job runs."""
        with self._lock:
            if self._jobs or not self._thresholds_raised or self._allocator is None:
                return
            self._allocator.mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD)
            self._allocator.mallopt(M_TRIM_THRESHOLD, TRIM_THRESHOLD)
            self._allocator.malloc_trim(0)
            self._thresholds_raised = False


def glibc() -> Allocator | None:
    """Return the C library if it is glibc on Linux, else None."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    names = ("gnu_get_libc_version", "mallopt", "malloc_trim")
    return library if all(hasattr(library, name) for name in names) else None


@cache
def process_heap() -> Heap:
    """Return the heap of this process."""
    return Heap(glibc())


@contextmanager
def keep_freed_memory() -> Iterator[None]:
    """Keep freed memory in this process inside the block (or decorated function); return it afterwards.

    In threads, blocks larger than 64 MiB are only kept if the thread uses the main arena (`use_one_arena`).
    """
    with process_heap().keep_freed_memory():
        yield


def use_one_arena() -> None:
    """Make threads started from now on allocate in the main arena, as the main thread does.

    Other arenas consist of pieces of 64 MiB, beyond which memory is mapped anew for every tensor. Must be
    called before any other thread runs.
    """
    allocator = glibc()
    if allocator is not None:
        allocator.mallopt(M_ARENA_MAX, 1)
