"""Mean and standard deviation of a network's activations for one input, layer by layer.

A batch norm stores the mean m and the variance σ² of its input over the training data. The distance of its
input for one scan from these statistics measures distribution shift without any training data (Schneider et
al. 2020, arXiv 2006.16971; arXiv 2107.00191).
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

CONVOLUTIONS = frozenset(
    f"aten::{name}" for name in ("convolution", "_convolution", "conv1d", "conv2d", "conv3d")
)
LINEAR_LAYERS = frozenset({"aten::linear", "aten::addmm"})


@dataclass(frozen=True)
class ActivationStatistics:
    """Activation statistics of one forward pass.

    Parameters
    ----------
    squared_distances
        For each batch norm with stored statistics, d² = mean over channels of ((μ − m)/σ)² + ((s − σ)/σ)²,
        where μ and s are the mean and standard deviation of its input over samples and space.
    layer_statistics
        Concatenated means and standard deviations of the output channels of every convolution; in a network
        without convolutions, mean and standard deviation of the outputs of each linear layer.
    """

    squared_distances: tuple[float, ...] = ()
    layer_statistics: tuple[float, ...] = ()

    @property
    def batch_norm_distance(self) -> float | None:
        """Mean of d over the batch norms; None if there are none."""
        if not self.squared_distances:
            return None
        return sum(map(math.sqrt, self.squared_distances)) / len(self.squared_distances)


class ActivationRecorder(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Context manager that records statistics of the operators run in it; the network is not changed."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.squared_distances: list[torch.Tensor] = []
        self.convolution_statistics: list[torch.Tensor] = []
        self.linear_layer_statistics: list[torch.Tensor] = []
        self._last_output: Callable[[], torch.Tensor | None] = lambda: None
        self._last_statistics: tuple[torch.Tensor, torch.Tensor] | None = None

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Return False; otherwise PyTorch would import its compiler, which takes seconds."""
        return False

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Run the operator and record statistics of a batch norm's input or of a layer's output."""
        del types
        kwargs = kwargs or {}
        name = func._schema.name
        if "batch_norm" in name:
            names = (argument.name for argument in func._schema.arguments)
            self._record_batch_norm(dict(zip(names, args, strict=False)) | dict(kwargs))
        # Any operator may change the last output in place.
        self._last_statistics = None
        result = func(*args, **kwargs)
        if name in CONVOLUTIONS:
            self.convolution_statistics.append(torch.cat(self._channel_statistics(result)))
        elif name in LINEAR_LAYERS:
            values = result.float()
            self.linear_layer_statistics.append(torch.stack([values.mean(), values.std(correction=0)]))
        return result

    def _record_batch_norm(self, arguments: Mapping[str, Any]) -> None:
        """Record the distance of a batch norm's input from the stored statistics, if there are any."""
        running_mean, variance = arguments.get("running_mean"), arguments.get("running_var")
        x = arguments.get("input")
        if running_mean is None or variance is None or x is None or x.ndim < 3:
            return
        mean, sd = self._channel_statistics(x)
        sigma = (variance.float() + arguments.get("eps", 1e-5)).sqrt()
        distance = ((mean - running_mean.float()) / sigma) ** 2 + ((sd - sigma) / sigma) ** 2
        self.squared_distances.append(distance.mean())

    def _channel_statistics(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return `_channel_statistics`, computed only once for a convolution's output fed to a batch norm."""
        if self._last_statistics is None or self._last_output() is not x:
            self._last_output, self._last_statistics = weakref.ref(x), _channel_statistics(x)
        return self._last_statistics

    @property
    def statistics(self) -> ActivationStatistics:
        """Statistics of all operators run so far."""
        layers = self.convolution_statistics or self.linear_layer_statistics
        return ActivationStatistics(
            tuple(float(distance) for distance in self.squared_distances),
            tuple(torch.cat(layers).tolist()) if layers else (),
        )


def activation_statistics(network: torch.nn.Module, x: torch.Tensor) -> ActivationStatistics:
    """Run a network on one input (N, C, spatial...) and return the statistics of its activations.

    Statistics are taken over all samples of the batch. No hooks are registered. In an exported network, batch
    norms are no longer separate operators, so none are found.
    """
    recorder = ActivationRecorder()
    with torch.inference_mode(), recorder:
        network(x)
    return recorder.statistics


def _channel_statistics(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return mean and standard deviation of every channel of (N, C, spatial...), shape (C,) each."""
    dims = [axis for axis in range(x.ndim) if axis != 1]
    variance, mean = torch.var_mean(x.float(), dim=dims, correction=0)
    return mean, variance.sqrt()
