"""A map leaves nothing behind in memory: a day's work must not fill it."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
import torch

from viewer.methods.base import Requirement
from viewer.methods.explain import explain
from viewer.methods.registry import list_methods
from viewer.models.architectures.registry import find_architecture
from viewer.models.model import Model

NOT_HERE = {Requirement.PATTERNS, Requirement.GENERATORS, Requirement.ATTENTION}
SLOW = {"lime", "kernel-shap", "meaningful-perturbation", "extremal-perturbation", "region-occlusion"}


@pytest.fixture(scope="module")
def model() -> Iterator[Model]:
    torch.manual_seed(0)
    network = find_architecture("eitel-3d", "test").build({"padding": 1}, "test")
    made = Model.from_module(network, torch.randn(1, 1, 20, 20, 20))
    explain(
        made,
        torch.randn(1, 1, 20, 20, 20),
        list_methods()["gradient"].from_parameters({}),
        target=0,
        device="cpu",
    )
    # The libraries' million objects stay, and need not be looked through at every count.
    gc.collect()
    gc.freeze()
    yield made
    gc.unfreeze()


def alive() -> int:
    """Bytes of all tensors that Python knows of and that were made here."""
    gc.collect()
    return sum(one.nbytes for one in gc.get_objects() if type(one) in (torch.Tensor, torch.nn.Parameter))


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else [])
        for name, method in list_methods().items()
        if not NOT_HERE & method.requirements
    ],
)
def test_no_tensor_stays(model: Model, name: str) -> None:
    method = list_methods()[name]
    layer = "relu5" if Requirement.LAYER in method.requirements else None
    held = []
    for _ in range(3):
        explain(
            model,
            torch.randn(1, 1, 20, 20, 20),
            method.from_parameters({}),
            target=0,
            layer=layer,
            device="cpu",
        )
        held.append(alive())
    # What the first map takes for good, such as the graph, it may keep.
    assert held[1] == held[2]
