"""The reverse interpreter: its gradient is autograd's, and what it keeps, stops at and refuses."""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass

import pytest
import torch
from torch import nn

from viewer.errors import Cancelled, MethodError, ModelError
from viewer.models.graph.backward import backward
from viewer.models.graph.backward_rules import GradientRule, gradient_rules
from viewer.models.graph.capture import capture
from viewer.models.graph.operators.operator import Save
from viewer.progress import Progress


def relative_error(found, expected):
    return float((found - expected).abs().max() / expected.abs().max())


def autograd(network, x, weights):
    x = x.clone().requires_grad_()
    (gradient,) = torch.autograd.grad((network(x) * weights).sum(), x)
    return gradient


def weights_for(captured):
    with torch.no_grad():
        shape = captured.network(captured.x).shape
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(3))


@pytest.mark.sampled(4)
def test_the_gradient_is_that_of_autograd(captured):
    weights = weights_for(captured)
    found = backward(captured.graph, captured.x, lambda output: weights, gradient_rules)
    assert relative_error(found.relevance, autograd(captured.network, captured.x, weights)) < 1e-10


@pytest.mark.sampled(4)
def test_the_gradient_of_one_sample_is_the_same_alone_and_in_a_batch(captured):
    weights = weights_for(captured)
    together = backward(captured.graph, captured.x, lambda output: weights, gradient_rules).relevance
    alone = backward(captured.graph, captured.x[1:2], lambda output: weights[1:2], gradient_rules).relevance
    assert relative_error(alone, together[1:2]) < 1e-12


def test_nothing_that_was_given_is_changed(captured):
    weights = weights_for(captured)
    x, before = captured.x.clone(), weights.clone()
    constants = {name: tensor.clone() for name, tensor in captured.graph.constants.items()}
    backward(captured.graph, captured.x, lambda output: weights, gradient_rules)
    assert torch.equal(captured.x, x)
    assert torch.equal(weights, before)
    for name, tensor in captured.graph.constants.items():
        assert torch.equal(tensor, constants[name]), name


def test_the_output_is_handed_back_unchanged(captured):
    with torch.no_grad():
        expected = captured.network(captured.x)
    found = backward(captured.graph, captured.x, torch.ones_like, gradient_rules)
    assert relative_error(found.output, expected) < 1e-13


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
    found = backward(captured.graph, captured.x, lambda output: start, gradient_rules, stops=paths)
    assert list(found.relevances) == list(paths)
    for path, wanted in zip(paths, expected, strict=True):
        assert relative_error(found.relevances[path], wanted) < 1e-12
        assert relative_error(found.values[captured.graph.resolve_layer(path)], seen[path].detach()) < 1e-13


def test_the_gradient_of_one_channel_of_a_layer(toy):
    captured = toy("adnet-like")

    def channel(value):
        mask = torch.zeros_like(value)
        mask[:, 1] = 1
        return mask

    found = backward(captured.graph, captured.x, channel, gradient_rules, start="0.1")
    part = captured.network[0][:2]
    x = captured.x.clone().requires_grad_()
    (expected,) = torch.autograd.grad(part(x)[:, 1].sum(), x)
    assert relative_error(found.relevance, expected) < 1e-12


def test_a_layer_that_the_beginning_does_not_depend_on_is_refused(toy):
    captured = toy("adnet-like")
    with pytest.raises(MethodError, match=r"conv: does not depend on 0\.2"):
        backward(captured.graph, captured.x, torch.ones_like, gradient_rules, start="conv", stops=["0.2"])


def test_an_unknown_layer_is_named(toy):
    captured = toy("adnet-like")
    with pytest.raises(ModelError, match="nowhere: the network has no such layer"):
        backward(captured.graph, captured.x, torch.ones_like, gradient_rules, start="nowhere")


@dataclass(frozen=True)
class Watching:
    """Notes what is at hand of every node."""

    seen: dict
    what: Save

    def saves(self, node, wanted):
        return GradientRule().saves(node, wanted) | self.what

    def backward(self, node, relevance, saved):
        self.seen[node.name] = (saved, relevance.clone())
        return GradientRule().backward(node, relevance, saved)


def test_rules_are_given_what_they_ask_for_and_it_is_not_overwritten(captured):
    from viewer.models.graph.interpreter import compute_values

    seen = {}
    graph, x = captured.graph, captured.x
    rule = Watching(seen, Save.INPUTS | Save.OUTPUT | Save.SIGN)
    backward(graph, x, torch.ones_like, lambda node: rule)
    expected = {graph.input.name: x, **graph.constants, **compute_values(graph, x, seen)}
    for name, (saved, _) in seen.items():
        node = graph.by_name[name]
        assert torch.equal(saved.output, expected[name])
        assert torch.equal(saved.sign, expected[name] > 0)
        for source, tensor, shape in zip(node.inputs, saved.inputs, saved.shapes, strict=True):
            if source is not None and (source in expected):
                assert torch.equal(tensor, expected[source])
                assert shape == tuple(expected[source].shape)


def test_only_constants_are_held_where_nothing_is_asked_for(toy):
    captured = toy("adnet-like")
    seen = {}
    backward(captured.graph, captured.x, torch.ones_like, lambda node: Watching(seen, Save.NOTHING))
    for name, (saved, _) in seen.items():
        node = captured.graph.by_name[name]
        for source, tensor in zip(node.inputs, saved.inputs, strict=True):
            assert (tensor is None) == (source not in captured.graph.constants), name
        assert saved.output is None


@dataclass(frozen=True)
class Overwriting(GradientRule):
    """Spoils what it may overwrite, after having used it."""

    def backward(self, node, relevance, saved):
        answers = tuple(
            None if each is None else each.clone()
            for each in super().backward(node, relevance.clone(), saved)
        )
        if saved.may_overwrite:
            relevance.fill_(float("nan"))
        return answers


def test_what_a_rule_may_overwrite_is_nobody_elses(captured):
    weights = weights_for(captured)
    found = backward(captured.graph, captured.x, lambda output: weights, lambda node: Overwriting())
    assert not found.relevance.isnan().any()
    assert relative_error(found.relevance, autograd(captured.network, captured.x, weights)) < 1e-10


def test_it_can_be_cancelled_at_every_operator(toy):
    captured = toy("reused")
    checks = []
    backward(
        captured.graph,
        captured.x,
        torch.ones_like,
        gradient_rules,
        Progress(cancelled=lambda: checks.append(1) and False),
    )
    assert len(checks) >= 2 * len(captured.graph.nodes)
    for allowed in range(len(checks)):
        count = iter(range(len(checks)))
        with pytest.raises(Cancelled):
            backward(
                captured.graph,
                captured.x,
                torch.ones_like,
                gradient_rules,
                Progress(cancelled=lambda count=count, allowed=allowed: next(count) >= allowed),
            )


def test_progress_never_goes_back_and_ends_at_one(toy):
    captured = toy("densenet-like")
    steps = []
    backward(captured.graph, captured.x, torch.ones_like, gradient_rules, Progress(steps.append))
    fractions = [step.fraction for step in steps]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


def test_activations_are_not_kept_for_the_plain_gradient(toy, monkeypatch):
    """Of a network of convolutions, ReLUs and pools, no real-valued activation may outlive its last use."""
    captured = toy("eitel-like")
    from viewer.models.graph import interpreter as running

    alive: dict[str, weakref.ref] = {}
    compute = running.compute_node

    def watched(node, memory, *rest):
        saved = compute(node, memory, *rest)
        alive[node.name] = weakref.ref(memory.value(node.name).untyped_storage())
        return saved

    left = []

    def start(output):
        left.extend(name for name, storage in alive.items() if storage() is not None)
        return torch.ones_like(output)

    monkeypatch.setattr(running, "compute_node", watched)
    backward(captured.graph, captured.x, start, gradient_rules)
    assert left == [captured.graph.output]


def test_two_threads_run_backward_at_once(toy):
    captured = toy("resnet-like")
    weights = weights_for(captured)
    inputs = [captured.x * factor for factor in (0.5, 1.0, 2.0, -1.0)]
    expected = [autograd(captured.network, x, weights) for x in inputs]
    found = [None] * len(inputs)

    def work(index):
        for _ in range(3):
            answer = backward(captured.graph, inputs[index], lambda output: weights, gradient_rules)
            found[index] = answer.relevance

    threads = [threading.Thread(target=work, args=(index,)) for index in range(len(inputs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for mine, wanted in zip(found, expected, strict=True):
        assert relative_error(mine, wanted) < 1e-10


def test_an_unreached_stop_gets_zeros():
    class Cut(nn.Module):
        def __init__(self):
            super().__init__()
            self.dense = nn.Linear(3, 3)

        def forward(self, x):
            return torch.where(self.dense(x) > 0, 1.0, -1.0) + 0 * x.mean()

    x = torch.randn(2, 3)
    graph = capture(Cut().eval(), x[:1])
    found = backward(graph, x, torch.ones_like, gradient_rules, stops=["dense"])
    assert torch.equal(found.relevance, torch.zeros(2, 3))


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_the_gradient_is_the_same_on_a_gpu(captured):
    weights = weights_for(captured)
    moved = captured.graph.to("cuda")
    found = backward(moved, captured.x.cuda(), lambda output: weights.cuda(), gradient_rules).relevance
    assert relative_error(found.cpu(), autograd(captured.network, captured.x, weights)) < 1e-10
