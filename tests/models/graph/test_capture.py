"""A captured network answers as the module does, and the module is as it was."""

from __future__ import annotations

import copy
import io
import sys
import threading

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from viewer.errors import ModelError
from viewer.models.graph.capture import capture, preload_torch_export
from viewer.models.graph.interpreter import compute_values, run
from viewer.models.graph.lowering.aten_call import CaptureError
from viewer.models.graph.passes import keep_output


def relative_error(found, expected):
    return float((found - expected).abs().max() / expected.abs().max())


def test_the_graph_answers_as_the_module_for_a_batch_it_was_not_captured_with(captured):
    with torch.no_grad():
        expected = captured.network(captured.x)
    assert captured.graph.input.shape[0] is None
    assert relative_error(run(captured.graph, captured.x), expected) < 1e-13
    assert relative_error(run(captured.graph, captured.x[:1]), expected[:1]) < 1e-13


def test_the_graph_answers_as_the_module_in_single_precision(captured):
    network = copy.deepcopy(captured.network).float()
    with torch.no_grad():
        expected = network(captured.x.float())
    found = run(captured.graph.to(dtype=torch.float32), captured.x.float())
    assert found.dtype == torch.float32
    assert relative_error(found, expected) < 1e-6


def test_weights_are_shared_with_the_module_and_not_copied(toy):
    captured = toy("functional-relu")
    mine = {tensor.data_ptr() for tensor in captured.network.parameters()}
    held = {tensor.data_ptr() for tensor in captured.graph.constants.values()}
    assert held == mine
    assert not any(tensor.requires_grad for tensor in captured.graph.constants.values())


class Everything(nn.Module):
    """A network with all that capturing could disturb."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2)
        self.drop, self.dense = nn.Dropout(0.5), nn.Linear(2, 2)
        self.relu = nn.ReLU(inplace=True)
        self.seen = []

    def forward(self, x):
        return self.dense(self.drop(self.relu(self.norm(self.conv(x)))).mean((2, 3)))


def everything_of(network):
    return {
        "state": {name: tensor.clone() for name, tensor in network.state_dict().items()},
        "pointers": [tensor.data_ptr() for tensor in network.state_dict().values()],
        "versions": [tensor._version for tensor in (*network.parameters(), *network.buffers())],
        "asks": [tensor.requires_grad for tensor in network.parameters()],
        "gradients": [
            None if tensor.grad is None else tensor.grad.clone() for tensor in network.parameters()
        ],
        "modes": [part.training for part in network.modules()],
        "hooks": [
            (len(part._forward_hooks), len(part._forward_pre_hooks), len(part._backward_hooks))
            for part in network.modules()
        ],
        "attributes": [sorted(vars(part)) for part in network.modules()],
        "identities": [id(tensor) for tensor in (*network.parameters(), *network.buffers())],
    }


@pytest.mark.parametrize("mode", [True, False])
def test_the_module_is_bit_identical_afterwards(mode):
    network = Everything().train(mode)
    network.drop.eval()
    network.conv.bias.requires_grad_(False)
    network(torch.randn(4, 1, 8, 8)).sum().backward()
    network.conv.register_full_backward_hook(lambda *arguments: network.seen.append(1))
    before = everything_of(network)
    random = torch.random.get_rng_state()
    graph = capture(network, torch.zeros(1, 1, 8, 8))
    run(graph, torch.randn(2, 1, 8, 8, generator=torch.Generator().manual_seed(1)))
    after = everything_of(network)
    assert torch.equal(torch.random.get_rng_state(), random)
    assert network.seen == []
    for name, tensor in before.pop("state").items():
        assert torch.equal(tensor, after["state"][name]), name
    for mine, then in zip(before.pop("gradients"), after.pop("gradients"), strict=True):
        assert (mine is None and then is None) or torch.equal(mine, then)
    after.pop("state")
    assert before == after


def test_a_module_in_training_is_captured_as_it_is_in_evaluation():
    network = Everything().train()
    x = torch.randn(3, 1, 8, 8)
    found = run(capture(network, x[:1]), x)
    assert network.training
    with torch.no_grad():
        assert relative_error(found, copy.deepcopy(network).eval()(x)) < 1e-6


def test_gradients_can_still_be_taken_of_the_module_afterwards():
    network = Everything().eval()
    capture(network, torch.zeros(1, 1, 8, 8))
    network(torch.randn(2, 1, 8, 8)).sum().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())


def test_modules_are_named_and_calls_of_a_reused_one_are_counted(toy):
    graph = toy("reused").graph
    rows = [(node.path, node.call) for node in graph.nodes if node.operator in ("conv", "relu", "max_pool")]
    assert rows == [(path, call) for call in (0, 1) for path in ("conv", "relu", "pool")]
    calls = [node.name for node in graph.nodes if node.operator == "conv"]
    assert [graph.resolve_layer("conv@0"), graph.resolve_layer("conv")] == calls
    assert "conv" not in calls
    assert graph.resolve_layer("") == graph.output


def test_a_layer_that_does_nothing_in_evaluation_is_where_its_input_is(toy):
    graph = toy("eitel-like").graph
    assert graph.resolve_layer("dropout") == graph.by_name[graph.output].inputs[0]
    assert all("dropout" not in node.operator for node in graph.nodes)


def test_every_module_path_holds_what_the_module_gave_back(toy):
    captured = toy("resnet-like")
    seen = {}
    for path, part in captured.network.named_modules():
        part.register_forward_hook(lambda part, taken, given, path=path: seen.update({path: given.clone()}))
    with torch.no_grad():
        captured.network(captured.x)
    for part in captured.network.modules():
        part._forward_hooks.clear()
    paths = {path: captured.graph.resolve_layer(path) for path in seen}
    found = compute_values(captured.graph, captured.x, paths.values())
    for path, name in paths.items():
        assert relative_error(found[name], seen[path]) < 1e-13, path


def test_sizes_that_cannot_be_free_are_an_error_in_one_line():
    import toys

    network, x = toys.toy("eitel-like")
    fixed = capture(network, x[:1])
    other = torch.zeros(1, 1, 31, 30, 30)
    with pytest.raises(ModelError, match="has the shape 1×1×31×30×30, but the network expects N×1×30×30×30"):
        run(fixed, other)


class Dictionary(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(3, 2), nn.Linear(3, 4)

    def forward(self, x):
        return {"first": self.a(x), "rest": (self.b(x), torch.tanh(self.a(x)))}


def test_outputs_of_a_dict_are_named_and_can_be_chosen():
    network = Dictionary().eval()
    x = torch.randn(5, 3)
    graph = capture(network, x[:1])
    assert list(graph.outputs) == ["first", "rest.0", "rest.1"]
    expected = network(x)
    assert torch.allclose(run(graph, x), expected["first"])
    chosen = keep_output(graph, "rest.0")
    assert torch.allclose(run(chosen, x), expected["rest"][0])
    assert len(chosen.nodes) == 1


class Branching(nn.Module):
    def forward(self, x):
        return x + 1 if x.sum() > 0 else x


class Item(nn.Module):
    def forward(self, x):
        return x * float(x.max().item())


class Random(nn.Module):
    def forward(self, x):
        return x + torch.rand_like(x)


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.memory = nn.LSTM(4, 3, proj_size=2)

    def forward(self, x):
        return self.memory(x)[0]


class AlwaysTraining(nn.BatchNorm1d):
    def forward(self, x):
        return nn.functional.batch_norm(x, self.running_mean, self.running_var, training=True)


class BatchStatistics(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = AlwaysTraining(4)

    def forward(self, x):
        return self.norm(x)


class Raises(nn.Module):
    def forward(self, x):
        raise ValueError("this network is not finished")


class Constant(nn.Module):
    def forward(self, x):
        return torch.ones(x.shape[0], 2)


class TwoInputs(nn.Module):
    def forward(self, x, y=None):
        return x if y is None else x + y


@pytest.mark.parametrize(
    ("network", "words"),
    [
        (Branching(), ["test_capture.py:", "x.sum() > 0", "depends on the values"]),
        (Item(), ["test_capture.py:", "item()", "depends on the values"]),
        (Random(), ["aten.rand_like.default", "is not a supported operator"]),
        (Recurrent(), ["aten.lstm.input", "in memory"]),
        (BatchStatistics(), ["aten.batch_norm.default", "in norm", "statistics of the batch"]),
        (Raises(), ["test_capture.py:", "this network is not finished"]),
        (Constant(), ["does not depend on its input"]),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, nn.Module) else "",
)
def test_what_cannot_be_captured_is_named_in_one_line(network, words, capsys):
    with pytest.raises(CaptureError) as caught:
        capture(network.eval(), torch.zeros(1, 4, 4))
    line = str(caught.value)
    assert "\n" not in line
    for word in words:
        assert word in line
    assert capsys.readouterr().err == ""


def test_an_optional_second_input_is_left_out():
    x = torch.randn(3, 4)
    assert torch.equal(run(capture(nn.Sequential(TwoInputs(), nn.ReLU()), x[:1]), x), x.relu())


def test_a_module_with_forward_hooks_is_refused_by_name():
    network = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    network[1].register_forward_hook(lambda part, taken, given: given * 2)
    with pytest.raises(CaptureError, match=r"^1: has forward hooks"):
        capture(network, torch.zeros(1, 2))


def test_weights_made_by_torchs_own_hooks_are_captured():
    with pytest.warns(FutureWarning):
        network = nn.Sequential(nn.utils.weight_norm(nn.Linear(3, 2)), nn.Sigmoid()).eval()
    x = torch.randn(4, 3)
    with torch.no_grad():
        assert relative_error(run(capture(network, x[:1]), x), network(x)) < 1e-6


def test_a_module_that_cannot_be_copied_is_refused_in_one_line():
    network = nn.Linear(2, 2)
    network.lock = threading.Lock()
    with pytest.raises(CaptureError, match="cannot be copied"):
        capture(network, torch.zeros(1, 2))


def test_what_other_threads_print_meanwhile_is_not_lost(monkeypatch):
    heard = io.StringIO()
    monkeypatch.setattr(sys, "stderr", heard)
    stop = threading.Event()

    def speak():
        while not stop.wait(0.001):
            print("still here", file=sys.stderr)

    speaker = threading.Thread(target=speak)
    speaker.start()
    try:
        with pytest.raises(CaptureError):
            capture(Branching(), torch.zeros(1, 4))
    finally:
        stop.set()
        speaker.join()
    assert set(heard.getvalue().splitlines()) == {"still here"}
    assert sys.stderr is heard


def test_two_threads_may_capture_at_once():
    networks = [Everything().eval() for _ in range(2)]
    x = torch.randn(2, 1, 8, 8)
    found = [None, None]

    def work(index):
        found[index] = run(capture(networks[index], x[:1]), x)

    threads = [threading.Thread(target=work, args=(index,)) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for network, answer in zip(networks, found, strict=True):
        with torch.no_grad():
            assert relative_error(answer, network(x)) < 1e-6


class Unwatched(nn.Module):
    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(4, 4)

    def forward(self, x):
        with torch.no_grad():
            y = self.dense(x)
        return x * y.detach()


@pytest.mark.parametrize("context", [torch.enable_grad, torch.no_grad, torch.inference_mode])
def test_gradients_may_be_switched_off_inside_and_outside(context):
    network = Unwatched().eval()
    x = torch.randn(3, 4)
    with context():
        graph = capture(network, x[:1])
        found = run(graph, x)
    assert [node.operator for node in graph.nodes] == ["linear", "mul"]
    assert relative_error(found, network(x).detach()) < 1e-6


def test_a_network_written_for_one_sample_runs_with_any_batch():
    class One(nn.Module):
        def __init__(self):
            super().__init__()
            self.dense = nn.Linear(12, 3)

        def forward(self, x):
            return self.dense(x.view(1, -1))

    network = One().eval()
    x = torch.randn(4, 3, 4)
    graph = capture(network, x[:1])
    with torch.no_grad():
        expected = torch.cat([network(each[None]) for each in x])
    assert relative_error(run(graph, x), expected) < 1e-6


def test_warm_up_prints_nothing(capsys):
    preload_torch_export()
    assert capsys.readouterr() == ("", "")


def test_dropout_written_as_a_function_in_training_is_refused():
    class Careless(nn.Module):
        def forward(self, x):
            return F.dropout(x, 0.5)

    with pytest.raises(CaptureError, match="drops values at random"):
        capture(Careless().eval(), torch.zeros(1, 4))
