"""Behaviour with too little GPU memory: smaller batches, then an error in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from viewer.commands.benchmarks.measurement import BenchmarkResult
from viewer.errors import ViewerError
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

SIZE = 96
SAMPLES = 64
METHOD = "smoothgrad"
ROOM = 4.0
"""Memory left for the batches, in multiples of the memory of a map of one sample."""

MIB = 2**20


def exhaust_memory(device: torch.device, progress: Progress) -> list[BenchmarkResult]:
    """Compare a map made with little memory with one made with enough; report the error with far too little.

    Memory is limited for this process only, by PyTorch's allocator. Devices other than CUDA have no such
    limit and are not tested.
    """
    import torch

    if device.type != "cuda":
        said = f"not tried: PyTorch limits the memory of CUDA devices only, and this is {device.type}"
        return [BenchmarkResult("maps with little memory", float("nan"), "", said)]

    from viewer.commands.benchmarks.device.small_networks import convolutional
    from viewer.methods.explain import explain
    from viewer.models.model import Model

    network, x = convolutional(SIZE)
    model = Model.from_module(network, x)
    progress.step(0, 3, "a map with enough memory")
    explain(model, x, METHOD, target=0, device=device, samples=1)
    torch.cuda.empty_cache()
    held = torch.cuda.memory_allocated(device)
    torch.cuda.reset_peak_memory_stats(device)
    explain(model, x, METHOD, target=0, device=device, samples=1)
    single = torch.cuda.max_memory_allocated(device) - held
    enough = explain(model, x, METHOD, target=0, device=device, samples=SAMPLES)
    peak = torch.cuda.max_memory_allocated(device) - held
    rows = [
        BenchmarkResult(
            "memory of a map with enough", peak / MIB, "MiB", f"{single / MIB:.0f} MiB for one sample"
        )
    ]
    total = torch.cuda.get_device_properties(device).total_memory
    try:
        progress.step(1, 3, "a map with little memory")
        torch.cuda.empty_cache()
        torch.cuda.set_per_process_memory_fraction(min(1.0, (held + ROOM * single) / total), device)
        little = explain(model, x, METHOD, target=0, device=device, samples=SAMPLES)
        scale = float(np.abs(enough.data).max()) or 1.0
        away = float(np.abs(little.data - enough.data).max()) / scale
        notes = little.provenance.notes if little.provenance is not None else ()
        said = (
            "; ".join(note for note in notes if "memory ran out" in note) or "it fitted: nothing was retried"
        )
        rows.append(
            BenchmarkResult("difference of a map with little memory", away, "of the largest value", said)
        )
        progress.step(2, 3, "a map with far too little memory")
        torch.cuda.empty_cache()
        torch.cuda.set_per_process_memory_fraction((held + 0.25 * single) / total, device)
        try:
            explain(model, x, METHOD, target=0, device=device, samples=SAMPLES)
            said = "FAILED: a map was made"
        except ViewerError as error:
            said = f"told: {error}"
        rows.append(BenchmarkResult("a map with far too little memory", float("nan"), "", said))
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, device)
        torch.cuda.empty_cache()
    left = (torch.cuda.memory_allocated(device) - held) / MIB
    rows.append(BenchmarkResult("memory still held afterwards", left, "MiB", "beyond the network"))
    return rows
