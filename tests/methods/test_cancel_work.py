"""How much is computed between two checks for cancellation, counted in values instead of seconds."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from viewer.methods.base import ExplanationRequest, Target
from viewer.methods.registry import find_method
from viewer.models.graph.operators import chunked_convolution, chunking, max_pooling
from viewer.models.model import Model
from viewer.progress import Progress

METHODS = (
    ("gradient", {}),
    ("guided-backprop", {}),
    ("lrp-0", {}),
    ("lrp-epsilon", {}),
    ("lrp-gamma", {}),
    ("lrp-alpha-beta", {}),
    ("lrp", {}),
    ("deep-taylor", {"input": "z-box"}),
    ("deep-taylor", {"input": "w-square"}),
    ("deeplift", {"rule": "reveal-cancel"}),
    ("occlusion", {"window": 6, "stride": 6}),
)
EDGE = 20
CHANNELS = 48
MAX_VALUES_PER_VOXEL = 36
"""Values computed between two checks, in channels: by all steps of a rule for one channel, never for all."""


class WorkCounter(TorchDispatchMode):
    """Counts the values that operators write between two checks, apart from those of convolutions."""

    def __init__(self) -> None:
        super().__init__()
        self.counts = [0]

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        answer = function(*args, **(kwargs or {}))
        computed = not function.is_view and not any(
            word in str(function) for word in ("convolution", "empty", "zeros", "pad")
        )
        if computed and isinstance(answer, torch.Tensor):
            self.counts[-1] += answer.numel()
        return answer

    def cancelled(self) -> bool:
        self.counts.append(0)
        return False


@pytest.mark.parametrize("norm", [False, True], ids=["plain", "batch norm"])
@pytest.mark.parametrize(
    ("method", "values"),
    METHODS,
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else value,
)
def test_little_more_than_a_channel_is_computed_between_two_checks(method, values, norm, monkeypatch):
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv3d(1, CHANNELS, 3, padding=1),
        nn.BatchNorm3d(CHANNELS) if norm else nn.Identity(),
        nn.ReLU(),
        nn.Conv3d(CHANNELS, CHANNELS, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool3d(2, 1, 1),
        nn.AdaptiveAvgPool3d(1),
        nn.Flatten(),
        nn.Linear(CHANNELS, 2),
    ).eval()
    x = torch.rand(1, 1, EDGE, EDGE, EDGE)
    model = Model.from_module(network, x)
    model.graph(x)
    monkeypatch.setattr(chunking, "CHUNK_SIZE", EDGE**3)
    monkeypatch.setattr(max_pooling, "BLOCK_VALUES", EDGE**3)
    monkeypatch.setattr(chunked_convolution, "CHUNK_OPERATIONS", EDGE**2 * CHANNELS * 27 * 4)
    counter = WorkCounter()
    request = ExplanationRequest(
        model,
        x,
        Target(0, "0"),
        progress=Progress(cancelled=counter.cancelled),
    )
    chosen = find_method(method).from_parameters(values)
    with counter:
        chosen.explain(request)
    assert max(counter.counts) <= MAX_VALUES_PER_VOXEL * EDGE**3
