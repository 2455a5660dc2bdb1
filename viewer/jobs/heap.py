"""Memory that glibc keeps between two tensors, instead of faulting in fresh pages for each, during a job.

By default glibc returns every large block to Linux as it is freed and takes a new one, whose pages are
zeroed one by one when they are first written. At 160³ voxels that was a third of the time of a map. See
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
"""Between jobs: the largest threshold that glibc itself adjusts to, on 64 bits."""

TRIM_THRESHOLD = 2 * MMAP_THRESHOLD
"""Between jobs: what glibc takes beside it."""

KEEP_SECONDS = 2.0
"""How long after the last job memory is kept for a next one, such as the next map of a series."""

MIN_FREE = 8 * 2**30
"""Bytes that must be free for memory to be kept: holes between blocks raise the peak by up to a half."""


class Allocator(Protocol):
    """The functions of a C library that set how it allocates."""

    def mallopt(self, parameter: int, value: int, /) -> int:
        """Set a parameter; 1 if that was possible."""

    def malloc_trim(self, pad: int, /) -> int:
        """Return free pages to the system."""


class Heap:
    """The heap of this process, of which several jobs at once may want that it keeps freed memory.

    Parameters
    ----------
    allocator
        The C library; None leaves memory to whatever library there is.
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
        self._raised = False
        self._timer: threading.Timer | None = None

    @contextmanager
    def keep_freed_memory(self) -> Iterator[None]:
        """Inside, freed memory stays with this process; it is returned after the last job that wants it.

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
            if not self._raised and free is not None and free >= self._min_free:
                allocator.mallopt(M_MMAP_THRESHOLD, NO_LIMIT)
                allocator.mallopt(M_TRIM_THRESHOLD, NO_LIMIT)
                self._raised = True

    def _end(self) -> None:
        with self._lock:
            self._jobs -= 1
            if self._jobs or not self._raised:
                return
            self._timer = threading.Timer(self._keep_seconds, self.release)
            self._timer.daemon = True
            # Python that is about to exit starts no thread; its memory goes back anyway.
            with suppress(RuntimeError):
                self._timer.start()

    def release(self) -> None:
        """Return freed memory to the system and lower the thresholds, unless a job runs."""
        with self._lock:
            if self._jobs or not self._raised or self._allocator is None:
                return
            self._allocator.mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD)
            self._allocator.mallopt(M_TRIM_THRESHOLD, TRIM_THRESHOLD)
            self._allocator.malloc_trim(0)
            self._raised = False


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
    """Inside, as a decorator too, freed memory stays with this process, and is returned afterwards.

    Of a thread, what is larger than 64 MiB is only kept if the thread takes the main arena (`use_one_arena`).
    """
    with process_heap().keep_freed_memory():
        yield


def use_one_arena() -> None:
    """Let threads that are started from now on allocate in the main arena, as the main thread does.

    Those of other threads consist of pieces of 64 MiB, beyond which memory is mapped anew for every tensor.
    To be called before any other thread runs.
    """
    allocator = glibc()
    if allocator is not None:
        allocator.mallopt(M_ARENA_MAX, 1)
