"""Result of a benchmark with its comparison; wall time and resident memory."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class BenchmarkResult:
    """A row of a benchmark's table.

    Parameters
    ----------
    name
        What was measured.
    value
        The number; for repeated measurements, the median.
    unit
        Unit, such as "ms", "MiB" or "1/s".
    comparison
        What it is compared with, in words and numbers: a peer, a bound, or the same without some feature.
    """

    name: str
    value: float
    unit: str
    comparison: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


STATUS = Path("/proc/self/status")
CLEAR_REFS = Path("/proc/self/clear_refs")


def time_call(call: Callable[[], object]) -> float:
    """Return the seconds that one call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def count_operations(call: Callable[[], object]) -> int:
    """Return the floating-point operations of convolutions and matrix products, two per multiply-add."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    # PyTorch's counter does not know this convolution operator, and would leave it out.
    operations = {torch.ops.aten.mkldnn_convolution: _count_convolution}
    with FlopCounterMode(display=False, custom_mapping=operations) as counter:
        call()
    return int(counter.get_total_flops())


def _count_convolution(
    x: Sequence[int], weight: Sequence[int], *_options: object, out_shape: Sequence[int]
) -> int:
    """Count the operations of a convolution from the shapes of its tensors; ``x`` is not used."""
    return 2 * math.prod(weight[1:]) * math.prod(out_shape)


def resident_kib(field: str) -> int:
    """Read a field of this process's status on Linux, such as VmRSS or VmHWM, in KiB."""
    lines = STATUS.read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))
