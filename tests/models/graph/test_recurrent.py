"""Recurrent layers become dense layers, gates, sums and products, with the same outputs."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from viewer.models.graph.capture import capture
from viewer.models.graph.interpreter import run
from viewer.models.graph.lowering import recurrent
from viewer.models.graph.lowering.aten_call import CaptureError

SETTINGS: dict[str, dict[str, Any]] = {
    "sequence first": {},
    "both directions": {"batch_first": True, "bidirectional": True, "num_layers": 2},
    "without biases": {"bias": False, "num_layers": 2},
}


class Reader(nn.Module):
    """A recurrent layer over the last axis of (N, 4, 6); all its outputs and last states."""

    def __init__(self, kind: str, **settings: Any) -> None:
        super().__init__()
        self.layer = getattr(nn, kind)(4, 5, **settings)
        self.batch_first = bool(settings.get("batch_first"))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        outputs, states = self.layer(x.transpose(1, 2) if self.batch_first else x.permute(2, 0, 1))
        outputs = outputs if self.batch_first else outputs.transpose(0, 1)
        states = torch.cat(states if isinstance(states, tuple) else (states,))
        return torch.cat([outputs.flatten(1), states.transpose(0, 1).flatten(1)], 1)


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
@pytest.mark.sampled(4)
def test_outputs_and_states_are_torchs(kind: str, settings: dict[str, Any]) -> None:
    torch.manual_seed(1)
    network = Reader(kind, **settings).double().eval()
    graph = capture(network, torch.zeros(1, 4, 6, dtype=torch.float64))
    for count in (1, 3):
        x = torch.randn(count, 4, 6, dtype=torch.float64)
        torch.testing.assert_close(run(graph, x), network(x), rtol=0, atol=1e-14)


def test_a_relu_layer_and_states_that_are_given() -> None:
    class Given(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.RNN(4, 5, nonlinearity="relu", batch_first=True)
            self.first = nn.Linear(4, 5)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.layer(x, self.first(x[:, 0])[None])[0].flatten(1)

    torch.manual_seed(1)
    network = Given().eval()
    graph = capture(network, torch.zeros(1, 6, 4))
    x = torch.randn(2, 6, 4)
    torch.testing.assert_close(run(graph, x), network(x))


class Projected(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.LSTM(4, 5, proj_size=3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x.permute(2, 0, 1))[0].transpose(0, 1).flatten(1)


@pytest.mark.slow
def test_what_is_not_unrolled_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    x = torch.zeros(1, 4, 6)
    with pytest.raises(
        CaptureError, match=r"in layer.* has projections of its state; set its proj_size to 0"
    ):
        capture(Projected(), x)
    monkeypatch.setattr(recurrent, "MAX_STEPS", 5)
    with pytest.raises(CaptureError, match="takes 6 steps, but at most 5 are supported"):
        capture(Reader("GRU"), x)
