"""Batch sizes that fit into memory, and smaller batches after memory ran out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from viewer.errors import ViewerError

if TYPE_CHECKING:
    import torch

T = TypeVar("T")

CPU_BATCH = 128 * 2**20
GROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
GROUP_USED = Path("/sys/fs/cgroup/memory.current")


def free_memory(device: torch.device) -> int | None:
    """Return the bytes available to a computation on the device; None if unknown."""
    if device.type == "cuda":
        import torch

        free, _ = torch.cuda.mem_get_info(device)
        reserved = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(free + reserved)
    return free_host_memory()


def free_host_memory() -> int | None:
    """Return the available host memory in bytes, within the cgroup limit; None if unknown."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    available = [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
    if GROUP_LIMIT.is_file() and GROUP_USED.is_file():
        limit = GROUP_LIMIT.read_text(encoding="ascii").strip()
        if limit.isdigit():
            available.append(max(int(limit) - int(GROUP_USED.read_text(encoding="ascii")), 0))
    return min(available) if available else None


def batch_size(bytes_per_sample: int, device: torch.device, max_size: int) -> int:
    """Return the number of samples per batch, from 1 to ``max_size``.

    Parameters
    ----------
    bytes_per_sample
        Peak memory of one sample in bytes.
    device
        Compute device. A batch may use half of a GPU's free memory; on a CPU, larger batches gain nothing
        once the caches are full and delay cancellation, so a small budget is enough.
    max_size
        Number of available samples, or maximum batch size.
    """
    free = free_memory(device)
    budget = CPU_BATCH if device.type == "cpu" else 2**30 if free is None else free // 2
    if free is not None:
        budget = min(budget, free // 2)
    return max(1, min(max_size, budget // max(bytes_per_sample, 1)))


def measure_saved_tensors(forward: Callable[[], T]) -> tuple[T, int]:
    """Return the result of ``forward``, and the bytes that autograd saves for the backward pass.

    ``forward`` may run a backward pass itself; none is possible afterwards.
    """
    import torch

    # A hook that returned the tensors themselves would tie each to its own history, so saved outputs would
    # never be freed.
    saved: list[torch.Tensor] = []

    def pack(tensor: torch.Tensor) -> int:
        saved.append(tensor)
        return len(saved) - 1

    try:
        with torch.autograd.graph.saved_tensors_hooks(pack, saved.__getitem__):
            output = forward()
        # Sparse tensors have no storage of their own.
        storages = (tensor.untyped_storage() for tensor in saved if tensor.layout == torch.strided)
        return output, sum({storage.data_ptr(): storage.nbytes() for storage in storages}.values())
    finally:
        saved.clear()


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error means that host or GPU memory ran out."""
    import torch

    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    words = ("out of memory", "can't allocate memory", "CUBLAS_STATUS_ALLOC_FAILED")
    return isinstance(error, RuntimeError) and any(word in str(error) for word in words)


class AdaptiveBatches:
    """Batches of at most ``size`` of ``total`` samples; ``size`` is halved whenever memory runs out.

    Afterwards, ``notes`` state whether that happened.
    """

    def __init__(self, total: int, size: int) -> None:
        self.total = total
        self.size = size
        self.notes: tuple[str, ...] = ()

    def run(self, compute_batch: Callable[[int, int], T]) -> Iterator[T]:
        """Yield the results of ``compute_batch(start, stop)``, batch by batch.

        Raises
        ------
        ViewerError
            Memory runs out even with a single sample.
        """
        start = 0
        while start < self.total:
            stop = min(start + self.size, self.total)
            output = self._attempt(compute_batch, start, stop)
            if output is None:
                continue
            yield output[0]
            start = stop

    def _attempt(self, compute_batch: Callable[[int, int], T], start: int, stop: int) -> tuple[T] | None:
        """Compute one batch; if memory runs out, reduce ``size`` for the next attempt and return None."""
        try:
            return (compute_batch(start, stop),)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            if stop - start == 1:
                raise _out_of_memory_error() from error
        _release_memory()
        self.size = max(1, (stop - start) // 2)
        self.notes = (f"memory ran out with {stop - start} inputs per batch; done in batches of {self.size}",)
        return None


def _out_of_memory_error() -> ViewerError:
    return ViewerError(
        "memory",
        "it ran out on a single scan",
        "close other programs, compute on the device cpu, or use a machine with more memory",
    )


@contextmanager
def out_of_memory_as_error() -> Iterator[None]:
    """Raise a readable error if memory runs out inside the block.

    Raises
    ------
    ViewerError
        Memory ran out; replaces PyTorch's or Python's own error.
    """
    try:
        yield
    except Exception as error:
        if is_out_of_memory(error):
            raise _out_of_memory_error() from error
        raise


def _release_memory() -> None:
    """Release memory that the allocators hold unused."""
    import gc

    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
