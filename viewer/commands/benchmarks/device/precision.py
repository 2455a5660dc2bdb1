"""Differences of maps in other memory layouts and precisions from those in float32."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

import numpy as np

from viewer.commands.benchmarks.measurement import BenchmarkResult
from viewer.errors import ViewerError
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch
    from torch import nn

METHODS = ("gradient", "lrp-epsilon")
FLOAT32, CHANNELS_LAST, BFLOAT16, TF32 = "float32", "channels-last", "bfloat16", "TF32"


def measure_precision(device: torch.device, progress: Progress) -> list[BenchmarkResult]:
    """Return the differences of channels-last, bfloat16 and TF32 maps from float32 maps, by method.

    They are relative to the largest value. bfloat16 has 8 bits of precision, TF32 11; only GPUs have TF32.
    """
    from viewer.commands.benchmarks.device.small_networks import make_convolutional_sample

    network, x = make_convolutional_sample(32)
    settings = (CHANNELS_LAST, BFLOAT16, *((TF32,) if device.type == "cuda" else ()))
    rows = []
    for index, method in enumerate(METHODS):
        progress.step(index, len(METHODS), f"{method} in other precisions")
        expected = _compute_map(network, x, method, FLOAT32, device)
        for setting in settings:
            title = f"{method} in {setting}, difference"
            try:
                values = _compute_map(network, x, method, setting, device)
            except ViewerError as error:
                rows.append(BenchmarkResult(title, float("nan"), "", f"refused: {error.problem}"))
                continue
            difference = float(np.abs(values - expected).max() / (np.abs(expected).max() or 1.0))
            rows.append(BenchmarkResult(title, difference, "of the largest value", f"from {FLOAT32}"))
    return rows


def _compute_map(
    network: nn.Module, x: torch.Tensor, method: str, setting: str, device: torch.device
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Return a map in a given layout or precision."""
    import torch

    from viewer.methods.explain import explain
    from viewer.models.model import Model

    copied = deepcopy(network)
    if setting == CHANNELS_LAST:
        copied = copied.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
        x = x.to(memory_format=torch.channels_last_3d)
    elif setting == BFLOAT16:
        copied, x = copied.bfloat16(), x.bfloat16()
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=setting == TF32):
        return explain(Model.from_module(copied, x), x, method, target=0, device=device).data
