"""Maps of every method on a device, compared with the same maps on the CPU."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from viewer.commands.benchmarks.measurement import BenchmarkResult
from viewer.errors import ViewerError
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model

Floats = npt.NDArray[np.float32]

MAX_DIFFERENT = 1e-3
"""Largest difference of two float32 maps that count as equal, relative to the largest value."""


PATTERN_METHODS = frozenset({"pattern-net", "pattern-attribution"})


def compare_with_cpu(device: torch.device, progress: Progress) -> list[BenchmarkResult]:
    """Return the largest difference of each method's map from the CPU's, relative to its largest value.

    Methods that do not apply to a convolutional network use a network with attention. Convolutions are
    computed in full float32, without TF32. On the CPU itself, each map is computed twice.
    """
    import torch

    from viewer.commands.benchmarks.device.small_networks import (
        make_attention_sample,
        make_convolutional_sample,
    )
    from viewer.methods.registry import list_methods
    from viewer.models.model import Model

    networks = [
        (Model.from_module(*network), network[1])
        for network in (make_convolutional_sample(), make_attention_sample())
    ]
    rows = []
    methods = list(list_methods())
    with TemporaryDirectory() as folder, torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        patterns = _fit_patterns(*networks[0], Path(folder))
        for index, name in enumerate(methods):
            progress.step(index, len(methods), f"comparing {name} with the CPU")
            parameters: dict[str, Any] = {"patterns": str(patterns)} if name in PATTERN_METHODS else {}
            refusal = ""
            for model, x in networks:
                try:
                    reference = _compute_map(model, x, name, parameters, "cpu")
                except ViewerError as error:
                    refusal = refusal or error.problem
                    continue
                compute_there = partial(_compute_map, model, x, name, parameters, device)
                rows.append(compare_maps(name, reference, compute_there, is_cpu_repeat=device.type == "cpu"))
                break
            else:
                rows.append(BenchmarkResult(f"{name}, difference", float("nan"), "", f"not tried: {refusal}"))
    return rows


def _fit_patterns(model: Model, x: torch.Tensor, folder: Path) -> Path:
    """Fit the patterns of a network to noise, and return the path of their file."""
    import torch

    from viewer.methods.patterns.fit import fit_patterns

    path = folder / "patterns.safetensors"
    noise = torch.rand(8, *x.shape[1:], generator=torch.Generator().manual_seed(0))
    fit_patterns(model, [noise], path, device="cpu")
    return path


def _compute_map(
    model: Model, x: torch.Tensor, method: str, parameters: Mapping[str, Any], device: str | torch.device
) -> Floats:
    from viewer.methods.explain import explain

    return explain(model, x, method, target=0, device=device, **parameters).data


def compare_maps(
    name: str, cpu_map: Floats, compute_device_map: Callable[[], Floats], *, is_cpu_repeat: bool
) -> BenchmarkResult:
    """Return a method's row, given its map on the CPU; ``is_cpu_repeat``: the other is also from the CPU."""
    title = f"{name}, difference"
    try:
        device_map = compute_device_map()
    except ViewerError as error:
        return BenchmarkResult(title, float("nan"), "", f"FAILED on the device: {error}")
    scale = float(np.abs(cpu_map).max()) or 1.0
    difference = float(np.abs(device_map - cpu_map).max()) / scale
    equal = "equal to the CPU's"
    if is_cpu_repeat:
        equal = "the same twice on the CPU; no other device is compared"
    verdict = equal if difference <= MAX_DIFFERENT else f"DIFFERS by more than {MAX_DIFFERENT:g}"
    return BenchmarkResult(title, difference, "of the largest value", verdict)
