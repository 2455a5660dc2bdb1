"""Random weights: what is drawn, in which order, and that the network stays as it was."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
import torch

from viewer.checks.base import Verdict
from viewer.checks.context import CheckContext, Explanation
from viewer.checks.parameter_randomisation import (
    ParameterRandomisation,
    make_weight_groups,
    randomise_weights,
)
from viewer.methods.registry import find_method
from viewer.models.model import Model
from viewer.models.model_card import Card


def digest(module: torch.nn.Module) -> str:
    whole = hashlib.sha256()
    for name, tensor in module.state_dict().items():
        whole.update(name.encode() + tensor.detach().numpy().tobytes())
    return whole.hexdigest()


class Normed(torch.nn.Module):
    """A batch norm after a convolution, a weight that is used twice, and layers without weights."""

    def __init__(self) -> None:
        super().__init__()
        self.first = torch.nn.Conv2d(1, 3, 3, bias=False)
        self.norm = torch.nn.BatchNorm2d(3)
        self.second = torch.nn.Conv2d(3, 3, 3, padding=1)
        self.head = torch.nn.Linear(3, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.norm(self.first(x)))
        return self.head(torch.relu(self.second(torch.relu(self.second(x)))).mean((2, 3)))


@pytest.fixture
def normed() -> tuple[Model, torch.Tensor]:
    torch.manual_seed(0)
    network = Normed().eval()
    network.norm.running_var.uniform_(0.5, 2)
    x = torch.randn(1, 1, 9, 9)
    return Model.from_module(network, x), x


def test_stages_go_from_the_output_to_the_input(normed: tuple[Model, torch.Tensor]) -> None:
    model, x = normed
    found = make_weight_groups(model, x, 100)
    assert [stage.name for stage in found] == ["head", "second", "first"]
    names = [name for stage in found for name in stage.tensors]
    assert len(names) == len(set(names))
    assert len(found[2].tensors) == 3  # the weights, and the norm's scale and shift
    joined = make_weight_groups(model, x, 2)
    assert [stage.name for stage in joined] == ["head to second", "first"] or len(joined) == 2
    assert sorted(name for stage in joined for name in stage.tensors) == sorted(names)


def test_only_what_is_named_is_drawn(normed: tuple[Model, torch.Tensor]) -> None:
    model, x = normed
    before = digest(model.module())
    whole = dict(model.graph(x).constants)
    top = make_weight_groups(model, x, 100)[0]
    changed = randomise_weights(model, x, top.tensors, 3)
    for name, tensor in changed.graph(x).constants.items():
        assert torch.equal(tensor, whole[name]) == (name not in top.tensors)
    weight = next(name for name in top.tensors if whole[name].ndim > 1)
    drawn = changed.graph(x).constants[weight]
    assert drawn.shape == whole[weight].shape
    assert not torch.equal(model.logits(x), changed.logits(x))
    assert digest(model.module()) == before
    assert changed.hash != model.hash


def test_a_tensor_is_drawn_alike_alone_and_in_a_cascade(normed: tuple[Model, torch.Tensor]) -> None:
    model, x = normed
    plan = make_weight_groups(model, x, 100)
    alone = randomise_weights(model, x, plan[1].tensors, 3).graph(x).constants
    cascade = randomise_weights(model, x, plan[0].tensors + plan[1].tensors, 3).graph(x).constants
    other = randomise_weights(model, x, plan[1].tensors, 4).graph(x).constants
    for name in plan[1].tensors:
        assert torch.equal(alone[name], cascade[name])
        assert not torch.equal(alone[name], other[name])


def test_drawn_weights_keep_the_standard_deviation() -> None:
    torch.manual_seed(1)
    network = torch.nn.Sequential(torch.nn.Conv1d(40, 50, 5), torch.nn.Flatten(), torch.nn.Linear(50 * 4, 3))
    with torch.no_grad():
        network[0].weight.mul_(3).add_(7)
        network[0].bias.mul_(2).add_(-5)
    x = torch.randn(1, 40, 8)
    model = Model.from_module(network.eval(), x)
    plan = make_weight_groups(model, x, 100)
    changed = randomise_weights(model, x, plan[-1].tensors, 0).graph(x).constants
    (weight,) = (changed[name] for name in plan[-1].tensors if changed[name].ndim == 3)
    (bias,) = (changed[name] for name in plan[-1].tensors if changed[name].ndim == 1)
    assert float(weight.std()) == pytest.approx(float(network[0].weight.std()), rel=0.05)
    assert float(weight.mean()) == pytest.approx(0, abs=0.05)
    assert float(bias.mean()) == pytest.approx(float(network[0].bias.mean()), abs=0.2)


def test_a_network_without_a_graph_is_copied(normed: tuple[Model, torch.Tensor]) -> None:
    model, x = normed
    opaque = Model(
        model.module(), Card("sealed", "", classes=("a", "b")), "hash", no_graph_reason="TorchScript"
    )
    before = digest(model.module())
    plan = make_weight_groups(opaque, x, 100)
    assert [stage.name for stage in plan] == ["head", "second", "norm", "first"]
    changed = randomise_weights(opaque, x, plan[0].tensors, 0)
    assert not torch.equal(changed.logits(x), opaque.logits(x))
    assert digest(model.module()) == before
    state = changed.module().state_dict()
    for name, tensor in model.module().state_dict().items():
        assert torch.equal(state[name], tensor) == (name not in plan[0].tensors)


@pytest.mark.parametrize("name", ["gradient", "lrp-epsilon", "grad-cam", "deeplift", "fem"])
def test_methods_of_every_kind_explain_a_random_copy(context: CheckContext, name: str) -> None:
    from viewer.checks.explanations import explain_with_method

    explanation = explain_with_method(context, find_method(name)())
    found = ParameterRandomisation(stages=2, alone=False).run(explanation)
    assert found.verdict is not Verdict.OPEN
    assert len(found.maps) == 2


def test_a_map_of_the_network_passes_and_one_of_the_scan_alone_fails(
    honest: Explanation, edges: Explanation
) -> None:
    before = digest(honest.context.model.module())
    found = ParameterRandomisation().run(honest)
    assert found.numbers["layers"] == ["head", "far", "near"]
    assert len(found.maps) == 3
    assert len(found.numbers["alone"]["Spearman"]) == 3
    assert found.numbers["alone"]["Spearman"][0] == found.numbers["cascading"]["Spearman"][0]
    assert abs(found.numbers["cascading"]["Spearman"][-1]) < 0.8
    blind = ParameterRandomisation().run(edges)
    assert blind.verdict is Verdict.FAILS
    np.testing.assert_allclose(blind.numbers["cascading"]["Spearman"], 1)
    np.testing.assert_allclose(blind.numbers["cascading"]["SSIM"], 1)
    assert abs(found.numbers["cascading"]["Spearman"][-1]) < blind.numbers["cascading"]["Spearman"][-1]
    assert digest(honest.context.model.module()) == before


def test_a_map_that_cannot_be_made_again_is_not_asked(context: CheckContext) -> None:
    explanation = Explanation(
        context, "foreign", np.ones(context.shape, np.float32), unavailable_reason="it came by post"
    )
    found = ParameterRandomisation().run(explanation)
    assert found.verdict is Verdict.OPEN
    assert "it came by post" in found.sentence


def test_cost_is_estimated_before_the_run(honest: Explanation) -> None:
    assert ParameterRandomisation(stages=2).estimate_cost(honest).maps == 3
    assert ParameterRandomisation(stages=2, alone=False).estimate_cost(honest).maps == 2
    seconds = ParameterRandomisation(stages=2).estimate_cost(honest).estimate_seconds(honest)
    assert seconds == pytest.approx(3 * honest.seconds)


def test_maps_of_random_networks_find_less_than_the_honest_one(
    context: CheckContext, spot: np.ndarray
) -> None:
    from viewer.checks.explanations import explain_with_method
    from viewer.checks.localisation import GroundTruth, Localisation
    from viewer.progress import Progress

    honest = explain_with_method(context, find_method("input-times-gradient")())
    tensors = [name for stage in make_weight_groups(context.model, context.x, 9) for name in stage.tensors]
    check = Localisation(GroundTruth("spot", spot))
    own = check.run(honest)
    assert own.verdict is Verdict.HOLDS
    verdicts = []
    for seed in range(6):
        other = randomise_weights(context.model, context.x, tensors, seed)
        found = check.run(
            Explanation(context, "of a random network", honest.recompute(Progress(), model=other))
        )
        assert found.numbers["AUC"] < own.numbers["AUC"] - 0.1
        assert found.numbers["relevance mass"] < own.numbers["relevance mass"]
        verdicts.append(found.verdict)
    assert verdicts.count(Verdict.HOLDS) <= 1  # the spot is the brightest place, which is easily found
    assert verdicts.count(Verdict.FAILS) >= 2
