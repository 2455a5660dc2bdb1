"""Benchmark the time and memory of fitting patterns, against unfolded patches."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from viewer.commands.benchmarks.measurement import CLEAR_REFS, BenchmarkResult, resident_kib
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

    from viewer.methods.patterns.layers import NeuronLayer
    from viewer.models.graph.graph import OperatorGraph
    from viewer.models.model import Model

NETWORK = "eitel-3d"
SIZE = (96, 96, 96)
VOLUMES = 32
TIMED = 3
OURS, UNFOLDED = "ours", "unfolded"

CHILD = (
    "import sys, json; from viewer.commands.benchmarks.patterns import peak_memory; "
    "print(peak_memory(json.loads(sys.argv[1]), sys.argv[2], sys.argv[3]))"
)


def run(progress: Progress) -> list[BenchmarkResult]:
    """Measure seconds and MiB for the five-layer network on 32 volumes of 96³.

    Only the fit is timed, layer by layer, on the inputs and outputs of the layers; the forward pass that both
    sides need is timed separately. Unfolding makes a matrix of all patches of one volume and multiplies it,
    in the same float32 and with the same linear algebra routines. Memory is the peak resident set of a
    separate process, minus the resident set with the layer's input and output loaded.
    """
    return measure(progress, SIZE, TIMED, VOLUMES)


def measure(
    progress: Progress, size: Sequence[int], rounds: int, volumes: int, measure_memory: bool = True
) -> list[BenchmarkResult]:
    """Measure volumes of one size; for single layers, the median of ``rounds`` rounds is reported."""
    import torch

    from viewer.methods.patterns.fit import fit_patterns

    model, x = make_network(size)
    title = f"{NETWORK} {'×'.join(map(str, size))}"
    progress.step(0.0, 1.0, title)
    fit_patterns(model, [x], device="cpu")
    noise = torch.Generator().manual_seed(0)
    batch = torch.rand(volumes, *x.shape[1:], generator=noise)
    seconds_in_all = _median_seconds(lambda: fit_patterns(model, [batch], device="cpu"), 1)
    rows = [
        BenchmarkResult(
            f"{title}, {volumes} volumes",
            seconds_in_all,
            "s",
            f"{seconds_in_all / volumes:.2f} s a volume, forward run and all",
        )
    ]
    graph, layers = find_convolutions(model, x)
    tensors = compute_layer_tensors(graph, layers, x)
    totals = {OURS: 0.0, UNFOLDED: 0.0}
    for index, layer in enumerate(layers):
        progress.step(0.2 + 0.4 * index / len(layers), 1.0, layer.node.label)
        inputs, output = tensors[layer.key]
        times = {
            OURS: _median_seconds(
                lambda layer=layer, i=inputs, o=output: accumulate_sums(layer, i, o),  # type: ignore[misc]
                rounds,
            ),
            UNFOLDED: _median_seconds(
                lambda layer=layer, i=inputs, o=output: accumulate_unfolded_sums(layer, i, o),  # type: ignore[misc]
                rounds,
            ),
        }
        for implementation, seconds in times.items():
            totals[implementation] += seconds
        ratio = times[UNFOLDED] / times[OURS]
        rows.append(
            BenchmarkResult(
                f"{title}, {layer.node.label}", 1000 * times[OURS], "ms", f"unfolding takes {ratio:.1f} times"
            )
        )
    ratio = totals[UNFOLDED] / totals[OURS]
    rows.append(
        BenchmarkResult(f"{title}, all layers", totals[OURS], "s", f"unfolding takes {ratio:.1f} times")
    )
    if measure_memory and CLEAR_REFS.exists():
        for index, layer in enumerate(layers):
            progress.step(0.6 + 0.4 * index / len(layers), 1.0, f"{layer.node.label}, memory")
            ours, theirs = (
                _memory_in_subprocess(size, layer.key, implementation) for implementation in (OURS, UNFOLDED)
            )
            text = f"unfolding takes {theirs:.0f} MiB"
            rows.append(BenchmarkResult(f"{title}, {layer.node.label}, peak memory", ours, "MiB", text))
    progress.step(1.0, 1.0, "Done")
    return rows


def make_network(size: Sequence[int]) -> tuple[Model, torch.Tensor]:
    """Return the five-layer network with the weights of seed 0, and a volume of noise."""
    import torch

    from viewer.models.architectures.registry import find_architecture
    from viewer.models.model import Model

    with torch.random.fork_rng():
        torch.manual_seed(0)
        module = find_architecture(NETWORK, "benchmark").build({}, "benchmark")
        x = torch.rand(1, 1, *size)
    return Model.from_module(module, x), x


def find_convolutions(model: Model, x: torch.Tensor) -> tuple[OperatorGraph, tuple[NeuronLayer, ...]]:
    """Return the network's folded graph and its convolutions."""
    from viewer.methods.patterns.graph_layers import find_layers
    from viewer.models.graph.batch_norm_folding import fold_batch_norms

    graph = fold_batch_norms(model.graph(x))
    return graph, tuple(layer for layer in find_layers(graph, "bench") if layer.node.operator == "conv")


def compute_layer_tensors(
    graph: OperatorGraph, layers: Sequence[NeuronLayer], x: torch.Tensor
) -> dict[str, tuple[list[torch.Tensor], torch.Tensor]]:
    """Return the inputs and the output of each layer by its key."""
    from viewer.models.graph.interpreter import compute_values

    names = [name for layer in layers for name in (layer.node.inputs[0], layer.node.name) if name]
    tensors = {graph.input.name: x} | compute_values(
        graph, x, [name for name in names if name != graph.input.name]
    )
    return {layer.key: ([tensors[str(layer.node.inputs[0])]], tensors[layer.node.name]) for layer in layers}


def accumulate_sums(layer: NeuronLayer, inputs: Sequence[torch.Tensor], output: torch.Tensor) -> None:
    """Accumulate the sums of one layer and one volume as in the fit of patterns."""
    from viewer.methods.patterns.estimators import RunningSums
    from viewer.methods.patterns.layers import PaddingMode

    RunningSums.empty(layer, inputs, output).add(layer, inputs, output, PaddingMode.COUNT)


def accumulate_unfolded_sums(
    layer: NeuronLayer, inputs: Sequence[torch.Tensor], output: torch.Tensor
) -> tuple[torch.Tensor, ...]:
    """Return the same sums from a matrix of all patches (positions, inputs): one group, no padding."""
    import torch

    x, settings = inputs[0], layer.node.attributes
    view = x
    for axis, size in enumerate(layer.patch_shape[1:]):
        view = view.unfold(2 + axis, size, settings["stride"][axis])
    rank = len(layer.patch_shape) - 1
    patches = view.movedim(1, 1 + rank).reshape(-1, layer.weight[0, 0].numel())
    y = output.movedim(1, -1).reshape(-1, output.shape[1])
    active = (y > 0).to(y.dtype)
    return (
        active.T @ patches,
        (y * active).T @ patches,
        y.T @ patches,
        patches.sum(0, dtype=torch.float64),
        active.sum(0),
        (y * active).sum(0),
        y.sum(0),
    )


def peak_memory(size: Sequence[int], key: str, implementation: str) -> float:
    """Return the MiB by which the peak resident set during the fit of one layer exceeds that before."""
    model, x = make_network(size)
    graph, layers = find_convolutions(model, x)
    layer = next(layer for layer in layers if layer.key == key)
    inputs, output = compute_layer_tensors(graph, [layer], x)[key]
    function = accumulate_sums if implementation == OURS else accumulate_unfolded_sums
    # Libraries allocate working memory at the first call, which is not counted.
    cropped = [tensor[..., : layer.patch_shape[-1] + 4] for tensor in inputs]
    function(layer, cropped, output[..., :5])
    CLEAR_REFS.write_text("5", encoding="ascii")
    memory_before = resident_kib("VmRSS")
    function(layer, inputs, output)
    return (resident_kib("VmHWM") - memory_before) / 1024


def _memory_in_subprocess(size: Sequence[int], key: str, implementation: str) -> float:
    """Return `peak_memory` of a separate process."""
    process = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "ignore", "-c", CHILD, json.dumps(list(size)), key, implementation],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    return float(process.stdout.split()[-1]) if process.returncode == 0 else float("nan")


def _median_seconds(function: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return median(times)
