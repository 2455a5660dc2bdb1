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
MEMORY_FACTOR = 4.0
"""Memory left for the batches, in multiples of the memory of a map of one sample."""

MIB = 2**20


def exhaust_memory(device: torch.device, progress: Progress) -> list[BenchmarkResult]:
    """Compare a map made with little memory with one made with enough; report the error with far too little.

    Memory is limited for this process only, by PyTorch's allocator. Devices other than CUDA have no such
    limit and are not tested.
    """
    import torch

    if device.type != "cuda":
        text = f"not tried: PyTorch limits the memory of CUDA devices only, and this is {device.type}"
        return [BenchmarkResult("maps with little memory", float("nan"), "", text)]

    from viewer.commands.benchmarks.device.small_networks import make_convolutional_sample
    from viewer.methods.explain import explain
    from viewer.models.model import Model

    network, x = make_convolutional_sample(SIZE)
    model = Model.from_module(network, x)
    progress.step(0, 3, "a map with enough memory")
    explain(model, x, METHOD, target=0, device=device, samples=1)
    torch.cuda.empty_cache()
    allocated = torch.cuda.memory_allocated(device)
    torch.cuda.reset_peak_memory_stats(device)
    explain(model, x, METHOD, target=0, device=device, samples=1)
    map_peak = torch.cuda.max_memory_allocated(device) - allocated
    unlimited = explain(model, x, METHOD, target=0, device=device, samples=SAMPLES)
    peak = torch.cuda.max_memory_allocated(device) - allocated
    rows = [
        BenchmarkResult(
            "memory of a map with enough", peak / MIB, "MiB", f"{map_peak / MIB:.0f} MiB for one sample"
        )
    ]
    total = torch.cuda.get_device_properties(device).total_memory
    try:
        progress.step(1, 3, "a map with little memory")
        torch.cuda.empty_cache()
        torch.cuda.set_per_process_memory_fraction(
            min(1.0, (allocated + MEMORY_FACTOR * map_peak) / total), device
        )
        limited = explain(model, x, METHOD, target=0, device=device, samples=SAMPLES)
        scale = float(np.abs(unlimited.data).max()) or 1.0
        difference = float(np.abs(limited.data - unlimited.data).max()) / scale
        notes = limited.provenance.notes if limited.provenance is not None else ()
        text = (
            "; ".join(note for note in notes if "memory ran out" in note) or "it fitted: nothing was retried"
        )
        rows.append(
            BenchmarkResult(
                "difference of a map with little memory", difference, "of the largest value", text
            )
        )
        progress.step(2, 3, "a map with far too little memory")
        torch.cuda.empty_cache()
        torch.cuda.set_per_process_memory_fraction((allocated + 0.25 * map_peak) / total, device)
        try:
            explain(model, x, METHOD, target=0, device=device, samples=SAMPLES)
            text = "FAILED: a map was made"
        except ViewerError as error:
            text = f"told: {error}"
        rows.append(BenchmarkResult("a map with far too little memory", float("nan"), "", text))
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, device)
        torch.cuda.empty_cache()
    remaining = (torch.cuda.memory_allocated(device) - allocated) / MIB
    rows.append(BenchmarkResult("memory still held afterwards", remaining, "MiB", "beyond the network"))
    return rows
