"""The reverse interpreter: its gradient is autograd's, and what it keeps, stops at and refuses."""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass

import pytest
import torch
from torch import nn

from viewer.errors import Cancelled, MethodError, ModelError
from viewer.models.graph.capture import capture
from viewer.models.graph.operators.operator import Keep
from viewer.models.graph.reverse import reverse
from viewer.models.graph.rules import GradientRule, RuleTable, gradient_rules
from viewer.progress import Progress


def relative(found, expected):
    return float((found - expected).abs().max() / expected.abs().max())


def autograd(network, x, weights):
    x = x.clone().requires_grad_()
    (gradient,) = torch.autograd.grad((network(x) * weights).sum(), x)
    return gradient


def weights_for(captured):
    with torch.no_grad():
        shape = captured.network(captured.x).shape
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(3))


def test_the_gradient_is_that_of_autograd(captured):
    weights = weights_for(captured)
    found = reverse(captured.graph, captured.x, lambda output: weights, gradient_rules)
    assert relative(found.relevance, autograd(captured.network, captured.x, weights)) < 1e-10


def test_the_gradient_of_one_sample_is_the_same_alone_and_in_a_batch(captured):
    weights = weights_for(captured)
    together = reverse(captured.graph, captured.x, lambda output: weights, gradient_rules).relevance
    alone = reverse(captured.graph, captured.x[1:2], lambda output: weights[1:2], gradient_rules).relevance
    assert relative(alone, together[1:2]) < 1e-12


def test_nothing_that_was_given_is_changed(captured):
    weights = weights_for(captured)
    x, before = captured.x.clone(), weights.clone()
    constants = {name: tensor.clone() for name, tensor in captured.graph.constants.items()}
    reverse(captured.graph, captured.x, lambda output: weights, gradient_rules)
    assert torch.equal(captured.x, x)
    assert torch.equal(weights, before)
    for name, tensor in captured.graph.constants.items():
        assert torch.equal(tensor, constants[name]), name


def test_the_output_is_handed_back_unchanged(captured):
    with torch.no_grad():
        expected = captured.network(captured.x)
    found = reverse(captured.graph, captured.x, torch.ones_like, gradient_rules)
    assert relative(found.output, expected) < 1e-13


def test_gradients_at_layers_and_the_values_there(toy):
    captured = toy("resnet-like")
    seen = {}
    paths = ("conv1", "shortcut.1", "stem")
    hooks = [
        captured.network.get_submodule(path).register_forward_hook(
            lambda part, taken, given, path=path: seen.update({path: given}) or given
        )
        for path in paths
    ]
    output = captured.network(captured.x.clone().requires_grad_())
    for hook in hooks:
        hook.remove()
    expected = torch.autograd.grad(output[:, 1].sum(), [seen[path] for path in paths])
    start = torch.zeros_like(output)
    start[:, 1] = 1
    found = reverse(captured.graph, captured.x, lambda output: start, gradient_rules, ends=paths)
    assert list(found.relevances) == list(paths)
    for path, wanted in zip(paths, expected, strict=True):
        assert relative(found.relevances[path], wanted) < 1e-12
        assert relative(found.values[captured.graph.place(path)], seen[path].detach()) < 1e-13


def test_the_gradient_of_one_channel_of_a_layer(toy):
    captured = toy("adnet-like")

    def channel(value):
        mask = torch.zeros_like(value)
        mask[:, 1] = 1
        return mask

    found = reverse(captured.graph, captured.x, channel, gradient_rules, begin="0.1")
    part = captured.network[0][:2]
    x = captured.x.clone().requires_grad_()
    (expected,) = torch.autograd.grad(part(x)[:, 1].sum(), x)
    assert relative(found.relevance, expected) < 1e-12


def test_a_layer_that_the_beginning_does_not_depend_on_is_refused(toy):
    captured = toy("adnet-like")
    with pytest.raises(MethodError, match=r"conv: does not depend on 0\.2"):
        reverse(captured.graph, captured.x, torch.ones_like, gradient_rules, begin="conv", ends=["0.2"])


def test_an_unknown_layer_is_named(toy):
    captured = toy("adnet-like")
    with pytest.raises(ModelError, match="nowhere: the network has no such layer"):
        reverse(captured.graph, captured.x, torch.ones_like, gradient_rules, begin="nowhere")


def test_an_operator_without_a_rule_is_named_with_its_layer(toy):
    captured = toy("adnet-like")
    words = {node.operator for node in captured.graph.nodes} - {"affine"}
    table = RuleTable("lrp", dict.fromkeys(words, GradientRule()))
    with pytest.raises(MethodError, match=r"^lrp: there is no rule for affine in 0\.0\.1; "):
        reverse(captured.graph, captured.x, torch.ones_like, table)


@dataclass(frozen=True)
class Twice(GradientRule):
    """Twice the derivative."""

    def backward(self, node, relevance, kept):
        return tuple(None if each is None else 2 * each for each in super().backward(node, relevance, kept))


def test_a_rule_for_a_layer_goes_before_that_for_its_operator(toy):
    captured = toy("adnet-like")
    operators = {node.operator: GradientRule() for node in captured.graph.nodes}
    plain = reverse(captured.graph, captured.x, torch.ones_like, RuleTable("a", operators)).relevance
    for key in ("0.1.0", "conv_1"):
        table = RuleTable("a", operators, {key: Twice()})
        found = reverse(captured.graph, captured.x, torch.ones_like, table).relevance
        assert torch.allclose(found, 2 * plain)


@dataclass(frozen=True)
class Watching:
    """Notes what is at hand of every node."""

    seen: dict
    what: Keep

    def keeps(self, node, wanted):
        return GradientRule().keeps(node, wanted) | self.what

    def backward(self, node, relevance, kept):
        self.seen[node.name] = (kept, relevance.clone())
        return GradientRule().backward(node, relevance, kept)


def test_rules_are_given_what_they_ask_for_and_it_is_not_overwritten(captured):
    from viewer.models.graph.run import values

    seen = {}
    graph, x = captured.graph, captured.x
    rule = Watching(seen, Keep.INPUTS | Keep.OUTPUT | Keep.SIGN)
    reverse(graph, x, torch.ones_like, lambda node: rule)
    expected = {graph.input.name: x, **graph.constants, **values(graph, x, seen)}
    for name, (kept, _) in seen.items():
        node = graph.by_name[name]
        assert torch.equal(kept.output, expected[name])
        assert torch.equal(kept.sign, expected[name] > 0)
        for source, tensor, shape in zip(node.inputs, kept.inputs, kept.shapes, strict=True):
            if source is not None and (source in expected):
                assert torch.equal(tensor, expected[source])
                assert shape == tuple(expected[source].shape)


def test_only_constants_are_held_where_nothing_is_asked_for(toy):
    captured = toy("adnet-like")
    seen = {}
    reverse(captured.graph, captured.x, torch.ones_like, lambda node: Watching(seen, Keep.NOTHING))
    for name, (kept, _) in seen.items():
        node = captured.graph.by_name[name]
        for source, tensor in zip(node.inputs, kept.inputs, strict=True):
            assert (tensor is None) == (source not in captured.graph.constants), name
        assert kept.output is None


@dataclass(frozen=True)
class Overwriting(GradientRule):
    """Spoils what it may overwrite, after having used it."""

    def backward(self, node, relevance, kept):
        answers = tuple(
            None if each is None else each.clone() for each in super().backward(node, relevance.clone(), kept)
        )
        if kept.owned:
            relevance.fill_(float("nan"))
        return answers


def test_what_a_rule_may_overwrite_is_nobody_elses(captured):
    weights = weights_for(captured)
    found = reverse(captured.graph, captured.x, lambda output: weights, lambda node: Overwriting())
    assert not found.relevance.isnan().any()
    assert relative(found.relevance, autograd(captured.network, captured.x, weights)) < 1e-10


def test_it_can_be_stopped_at_every_operator_of_either_way(toy):
    captured = toy("reused")
    asked = []
    reverse(
        captured.graph,
        captured.x,
        torch.ones_like,
        gradient_rules,
        Progress(cancelled=lambda: asked.append(1) and False),
    )
    assert len(asked) >= 2 * len(captured.graph.nodes)
    for allowed in range(len(asked)):
        count = iter(range(len(asked)))
        with pytest.raises(Cancelled):
            reverse(
                captured.graph,
                captured.x,
                torch.ones_like,
                gradient_rules,
                Progress(cancelled=lambda count=count, allowed=allowed: next(count) >= allowed),
            )


def test_progress_never_goes_back_and_ends_at_one(toy):
    captured = toy("densenet-like")
    steps = []
    reverse(captured.graph, captured.x, torch.ones_like, gradient_rules, Progress(steps.append))
    fractions = [step.fraction for step in steps]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


def test_activations_are_not_kept_for_the_plain_gradient(toy, monkeypatch):
    """Of a network of convolutions, ReLUs and pools, no real-valued activation may outlive its last use."""
    captured = toy("eitel-like")
    from viewer.models.graph import run as running

    alive: dict[str, weakref.ref] = {}
    compute = running.compute

    def watched(node, memory, *rest):
        kept = compute(node, memory, *rest)
        alive[node.name] = weakref.ref(memory.value(node.name).untyped_storage())
        return kept

    left = []

    def start(output):
        left.extend(name for name, storage in alive.items() if storage() is not None)
        return torch.ones_like(output)

    monkeypatch.setattr(running, "compute", watched)
    reverse(captured.graph, captured.x, start, gradient_rules)
    assert left == [captured.graph.output]


def test_two_threads_carry_back_through_one_graph_at_once(toy):
    captured = toy("resnet-like")
    weights = weights_for(captured)
    inputs = [captured.x * factor for factor in (0.5, 1.0, 2.0, -1.0)]
    expected = [autograd(captured.network, x, weights) for x in inputs]
    found = [None] * len(inputs)

    def work(index):
        for _ in range(3):
            answer = reverse(captured.graph, inputs[index], lambda output: weights, gradient_rules)
            found[index] = answer.relevance

    threads = [threading.Thread(target=work, args=(index,)) for index in range(len(inputs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for mine, wanted in zip(found, expected, strict=True):
        assert relative(mine, wanted) < 1e-10


def test_an_end_that_nothing_reaches_gets_zeros():
    class Cut(nn.Module):
        def __init__(self):
            super().__init__()
            self.dense = nn.Linear(3, 3)

        def forward(self, x):
            return torch.where(self.dense(x) > 0, 1.0, -1.0) + 0 * x.mean()

    x = torch.randn(2, 3)
    graph = capture(Cut().eval(), x[:1])
    found = reverse(graph, x, torch.ones_like, gradient_rules, ends=["dense"])
    assert torch.equal(found.relevance, torch.zeros(2, 3))


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_the_gradient_is_the_same_on_a_gpu(captured):
    weights = weights_for(captured)
    moved = captured.graph.to("cuda")
    found = reverse(moved, captured.x.cuda(), lambda output: weights.cuda(), gradient_rules).relevance
    assert relative(found.cpu(), autograd(captured.network, captured.x, weights)) < 1e-10
