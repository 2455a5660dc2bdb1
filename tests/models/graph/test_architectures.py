"""Every registered architecture, with random weights: its graph answers as it does."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from viewer.models.architectures.registry import list_architectures
from viewer.models.graph.backward import backward
from viewer.models.graph.backward_rules import gradient_rules
from viewer.models.graph.batch_norm_folding import fold_batch_norms
from viewer.models.graph.capture import capture
from viewer.models.graph.interpreter import run
from viewer.models.graph.layers import count_parameters

INPUTS = {
    "adnet": ({}, (1, 73, 96, 96)),
    "eitel-3d": ({}, (1, 30, 34, 31)),
    "eitel-2d": ({}, (1, 40, 52)),
    "morch": ({}, (1, 10, 11, 12)),
    "taylor-age-3d": ({"shape": (76, 80, 78)}, (1, 76, 80, 78)),
    "taylor-mnist-dense": ({}, (1, 28, 28)),
    "taylor-mnist-cnn": ({}, (1, 28, 28)),
    "sfcn": ({"channels": (4, 8, 8, 16, 16, 8)}, (1, 32, 40, 36)),
    "meshnet": ({"norm": True}, (1, 12, 14, 10)),
    "resnet-10-3d": ({"stride": 2}, (1, 24, 20, 28)),
    "resnet-18-3d": ({"shortcut": "A", "stride": 2}, (1, 24, 20, 28)),
    "resnet-34-3d": ({"stride": 2}, (1, 24, 20, 28)),
    "resnet-50-3d": ({"stride": 2, "channels": 3}, (3, 24, 20, 28)),
    "densenet-121-3d": ({}, (1, 32, 40, 33)),
    "unet-3d": ({"widths": (4, 8, 8), "strides": (2, 2), "classes": 5}, (1, 16, 20, 12)),
    "nnunet-3d": (
        {
            "widths": (4, 6, 8),
            "kernels": (1, 3, 3) + (3,) * 6,
            "strides": (1, 1, 1, 1, 2, 2, 2, 2, 2),
            "encoder": "residual",
            "encoder_blocks": (1, 2, 1),
            "decoder_blocks": (1, 2),
        },
        (1, 8, 16, 12),
    ),
    "vgg-16-2d": ({"classes": 10}, (1, 64, 64)),
}
LARGE = {"resnet-18-3d", "resnet-34-3d", "resnet-50-3d", "densenet-121-3d", "vgg-16-2d"}


def relative_error(found, expected):
    return float((found - expected).abs().max() / expected.abs().max())


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] if name in LARGE else []) for name in list_architectures()],
)
@pytest.mark.sampled(4)
def test_capture_equals_module(name):
    arguments, shape = INPUTS[name]
    with torch.random.fork_rng():
        torch.manual_seed(0xA5C1)
        network = list_architectures()[name].build(arguments, name)
        for part in network.modules():
            if isinstance(part, nn.modules.batchnorm._BatchNorm):
                part.running_mean.normal_(0, 0.3)
                part.running_var.uniform_(0.5, 2.0)
        x = torch.randn(2, *shape)
    graph = capture(network, x[:1])
    with torch.no_grad():
        expected = network(x)
    assert relative_error(run(graph, x), expected) < 1e-6
    assert relative_error(run(fold_batch_norms(graph), x), expected) < 1e-5
    taken = {name for node in graph.nodes for name, _ in node.parameters}
    assert taken == {name for name, _ in network.named_parameters()}
    assert count_parameters(graph) == sum(parameter.numel() for parameter in network.parameters())
    tracked = x[:1].clone().requires_grad_()
    (gradient,) = torch.autograd.grad(network(tracked).sum(), tracked)
    found = backward(graph, x[:1], torch.ones_like, gradient_rules).relevance
    assert relative_error(found, gradient) < 1e-4
