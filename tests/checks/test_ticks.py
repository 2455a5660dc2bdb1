"""A tick needs an effect: networks of which it is known that no map deserves one, and one that earns it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from tests.checks.conftest import SHAPE, Edges, Finder
from viewer.checks.base import Verdict
from viewer.checks.class_contrast import ClassContrast
from viewer.checks.context import CheckContext, Explanation, make_context
from viewer.checks.deletion_insertion import DeletionInsertion
from viewer.checks.explanations import explain_with_method
from viewer.checks.region_removal import RegionRemoval
from viewer.methods.registry import find_method
from viewer.models.input_spec import InputSpec, IntensityScaling, IntensitySpec, Placement
from viewer.models.model import Model
from viewer.models.model_card import Card
from viewer.scans.scan import Scan

QUICK = DeletionInsertion(patch=9.0, steps=4, draws=4)


class Deaf(nn.Module):
    """Answers the same to every scan: (N, 1, ...) to (N, 2)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 0 * x.mean((1, 2, 3, 4))[:, None] + torch.tensor([[-1.0, 4.0]])


class Saturated(Finder):
    """Sees the spot, but is as sure without: its second output goes from 12 to 12.5 at most."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        seen = torch.sigmoid(super().forward(x)[:, 1:])
        return torch.cat([0 * seen, 12 + 0.5 * seen], 1)


class Three(Finder):
    """The finder's classes and a third one, for what is bright to the left."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found = super().forward(x)
        left = 1500 * torch.relu(x[:, 0, : SHAPE[0] // 2] - 0.9).mean((1, 2, 3))
        return torch.cat([0 * found[:, :1], found[:, 1:], left[:, None] - 2], 1)


@pytest.fixture
def context_for(scan: Scan) -> Callable[..., CheckContext]:
    """Ask a network about the head with a spot."""

    def ask(
        network: nn.Module, classes: tuple[str, ...] = ("plain", "spot"), target: str = "spot"
    ) -> CheckContext:
        wanted = InputSpec(SHAPE, Placement.FIELD_OF_VIEW, intensity=IntensitySpec(IntensityScaling.NONE))
        card = Card("network", "", classes=classes, input=wanted)
        model = Model.from_module(network.eval(), torch.zeros(1, 1, *SHAPE), card)
        return make_context(model, scan, "spot", device="cpu")

    return ask


def test_an_effect_on_a_network_that_listens_is_a_tick(honest: Explanation) -> None:
    found = QUICK.run(honest)
    assert found.verdict is Verdict.HOLDS
    numbers = found.numbers
    # By hand: the gap between the areas, over the range of the mean random curves.
    low, high = numbers["output with the head filled"], numbers["output of the scan"]
    assert numbers["output range in random order"] >= high - low
    for way, side in (("deletion", -1), ("insertion", 1)):
        gap = side * (numbers[way]["area"] - np.mean(numbers[way]["random areas"]))
        assert numbers[way]["effect"] == pytest.approx(gap / numbers["output range in random order"])
        assert numbers[way]["effect"] >= 0.1
    assert numbers["neutral fill"]
    assert f"{numbers['deletion']['effect']:+.0%}" in found.sentence
    assert "probability goes from" in found.sentence


def test_no_map_of_a_network_that_ignores_its_input_gets_a_tick(
    context_for: Callable[..., CheckContext],
) -> None:
    context = context_for(Deaf())
    explanation = explain_with_method(context, Edges())
    found = QUICK.run(explanation)
    assert found.verdict is Verdict.FAILS
    assert found.numbers["output range in random order"] == 0
    assert found.numbers["deletion"]["effect"] == 0
    assert RegionRemoval().run(explanation).verdict is Verdict.FAILS
    assert ClassContrast().run(explanation).verdict is Verdict.FAILS


@pytest.mark.slow
def test_a_saturated_network_gives_no_tick(
    context_for: Callable[..., CheckContext], honest: Explanation
) -> None:
    """The honest map puts the spot first, which moves the output most, and the answer not at all."""
    context = context_for(Saturated())
    found = QUICK.run(Explanation(context, "honest", honest.values))
    assert found.verdict is Verdict.DOUBTFUL
    assert found.numbers["deletion"]["effect"] > 0.1
    assert not found.numbers["neutral fill"]
    assert "the fill alone already gives the output" in found.sentence
    one = RegionRemoval().run(Explanation(context, "honest", honest.values))
    assert one.verdict is Verdict.DOUBTFUL
    assert "below 10%" in one.sentence


def test_a_small_effect_is_no_tick(honest: Explanation) -> None:
    found = DeletionInsertion(patch=9.0, steps=4, draws=4, effect=0.99).run(honest)
    assert found.verdict is Verdict.DOUBTFUL
    assert "the effect is small" in found.sentence


@pytest.mark.parametrize("method", ["gradient", "input-times-gradient", "lrp-epsilon", "grad-cam"])
def test_two_opposite_outputs_leave_nothing_to_compare(context: CheckContext, method: str) -> None:
    """The finder's logits are each other's negatives: the other class's map follows from the first."""
    found = ClassContrast().run(explain_with_method(context, find_method(method)()))
    assert found.verdict is Verdict.OPEN
    assert found.numbers["opposite outputs"] == [True]
    assert "each other's negatives" in found.sentence


def test_a_map_without_a_sign_is_not_blamed_for_opposite_outputs(context: CheckContext) -> None:
    """|gradient| of S and of -S are one: that says nothing against it."""
    found = ClassContrast().run(
        explain_with_method(context, find_method("gradient").from_parameters({"sign": "absolute"}))
    )
    assert found.numbers["Pearson"] == pytest.approx([1.0])
    assert found.verdict is Verdict.OPEN


def test_a_third_class_is_compared(context_for: Callable[..., CheckContext]) -> None:
    context = context_for(Three(), ("plain", "spot", "left"))
    found = ClassContrast().run(explain_with_method(context, find_method("input-times-gradient")()))
    assert found.verdict is Verdict.HOLDS, found.sentence
    assert not all(found.numbers["opposite outputs"])
    blind = ClassContrast().run(explain_with_method(context, Edges()))
    assert blind.verdict is Verdict.FAILS


def test_the_limits_state_the_rules() -> None:
    assert "10 %" in DeletionInsertion.limits
    assert DeletionInsertion().effect == 0.1
    assert "10 %" in RegionRemoval.limits
    assert "each other's negatives" in ClassContrast.limits


@pytest.mark.slow
def test_a_real_network_on_a_head_it_was_not_made_for_gets_no_green_tick(real_data: Path) -> None:
    """ADnet and a whole head: inserting nothing gives 99.9 %, and deletion leaves 99 % of 99.8 %."""
    from viewer.models.loading import load_model
    from viewer.scans.load import load_scan

    model = load_model(real_data / "adnet" / "AD_pretrained_weights.pt")
    context = make_context(model, load_scan(real_data / "scans" / "t1_crop.nii.gz"), device="cpu")
    explanation = explain_with_method(context, find_method("integrated-gradients")())
    found = DeletionInsertion().run(explanation)
    assert found.verdict is Verdict.DOUBTFUL
    assert not found.numbers["neutral fill"]
    assert "99.79% to 99.04%" in found.sentence
    assert ClassContrast().run(explanation).verdict is Verdict.OPEN
