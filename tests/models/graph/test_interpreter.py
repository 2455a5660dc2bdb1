"""Running a graph: what is kept, what is freed, what is refused, and how it is stopped."""

from __future__ import annotations

import threading
import weakref

import pytest
import torch

from viewer.errors import Cancelled, ModelError
from viewer.models.graph import interpreter as running
from viewer.models.graph.interpreter import compute_values, run
from viewer.progress import Progress


def relative_error(found, expected):
    return float((found - expected).abs().max() / expected.abs().max())


@pytest.mark.sampled(3)
def test_the_input_is_not_changed(captured):
    before = captured.x.clone()
    run(captured.graph, captured.x)
    assert torch.equal(captured.x, before)


def test_running_twice_gives_the_same(captured):
    assert torch.equal(run(captured.graph, captured.x), run(captured.graph, captured.x))


def test_constants_are_not_changed_by_running(captured):
    before = {name: tensor.clone() for name, tensor in captured.graph.constants.items()}
    run(captured.graph, captured.x)
    for name, tensor in captured.graph.constants.items():
        assert torch.equal(tensor, before[name]), name


def test_values_of_all_nodes_are_those_of_a_run_that_overwrites_nothing(captured):
    graph, x = captured.graph, captured.x
    names = [node.name for node in graph.nodes if node.operator not in ("size", "number")]
    together = compute_values(graph, x, names)
    for name in names[:: max(1, len(names) // 8)]:
        assert torch.equal(compute_values(graph, x, [name])[name], together[name]), name


def test_a_value_in_the_middle_needs_no_more_than_what_comes_before(toy, monkeypatch):
    captured = toy("adnet-like")
    ran = []
    compute = running.compute_node
    monkeypatch.setattr(
        running, "compute_node", lambda node, *rest: ran.append(node.name) or compute(node, *rest)
    )
    compute_values(captured.graph, captured.x, ["relu"])
    assert ran == ["conv", "affine", "relu"]


def test_tensors_are_freed_when_nobody_needs_them_any_more(toy, monkeypatch):
    captured = toy("eitel-like")
    alive: list[weakref.ref] = []
    most = 0
    compute = running.compute_node

    def watched(node, memory, *rest):
        nonlocal most
        kept = compute(node, memory, *rest)
        alive.append(weakref.ref(memory.value(node.name).untyped_storage()))
        most = max(most, len({ref().data_ptr() for ref in alive if ref() is not None}))
        return kept

    monkeypatch.setattr(running, "compute_node", watched)
    run(captured.graph, captured.x)
    assert most <= 2


def test_the_output_can_be_differentiated_in_the_input(captured):
    x = captured.x.clone().requires_grad_()
    expected = captured.network(x)
    weights = torch.randn_like(expected)
    (wanted,) = torch.autograd.grad((expected * weights).sum(), x)
    (found,) = torch.autograd.grad((run(captured.graph, x) * weights).sum(), x)
    assert relative_error(found, wanted) < 1e-12


def test_progress_names_operators_and_never_goes_back(toy):
    captured = toy("resnet-like")
    steps = []
    run(captured.graph, captured.x, Progress(steps.append))
    fractions = [step.fraction for step in steps]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert len(steps) == len(captured.graph.nodes) + 1
    assert steps[0].message == "conv in stem.0"


def test_it_stops_before_any_operator(toy):
    captured = toy("reused")
    for allowed in range(len(captured.graph.nodes)):
        checks = []
        progress = Progress(
            cancelled=lambda checks=checks, allowed=allowed: checks.append(1) or len(checks) > allowed
        )
        with pytest.raises(Cancelled):
            run(captured.graph, captured.x, progress)
        assert len(checks) == allowed + 1


def test_an_input_of_another_kind_of_number_is_refused(toy):
    captured = toy("reused")
    with pytest.raises(ModelError, match=r"is torch\.float32, but the network expects torch\.float64"):
        run(captured.graph, captured.x.float())


def test_an_input_with_other_channels_is_refused(toy):
    captured = toy("reused")
    with pytest.raises(ModelError, match="3×1×8×8, but the network expects N×2×8×8"):
        run(captured.graph, captured.x[:, :1])


def test_an_unknown_layer_is_named(toy):
    with pytest.raises(ModelError, match=r"conv7: the network has no such layer"):
        run(toy("reused").graph, toy("reused").x, output="conv7")


def test_two_threads_run_one_graph_at_once(toy):
    captured = toy("densenet-like")
    inputs = [captured.x * factor for factor in (0.5, 1.0, 2.0, -1.0)]
    expected = [run(captured.graph, x) for x in inputs]
    found = [None] * len(inputs)

    def work(index):
        for _ in range(5):
            found[index] = run(captured.graph, inputs[index])

    threads = [threading.Thread(target=work, args=(index,)) for index in range(len(inputs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for mine, wanted in zip(found, expected, strict=True):
        assert torch.equal(mine, wanted)


def test_a_graph_in_another_precision_shares_its_structure(toy):
    graph = toy("adnet-like").graph
    single = graph.to(dtype=torch.float32)
    assert single.nodes is graph.nodes
    assert all(tensor.dtype != torch.float64 for tensor in single.constants.values())
    assert graph.to(dtype=torch.float64).constants["0.0.0.weight"] is graph.constants["0.0.0.weight"]


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_the_graph_answers_alike_on_a_gpu(captured):
    moved = captured.graph.to("cuda")
    found = run(moved, captured.x.cuda()).cpu()
    assert relative_error(found, run(captured.graph, captured.x)) < 1e-10
