"""The network of 1995 as a module: what it computes, and on which voxels."""

from __future__ import annotations

import pytest
import torch

from viewer.models.architectures.registry import find_architecture


@pytest.mark.parametrize("activation", ["tanh", "linear"])
def test_it_is_equation_1_over_the_masks_voxels(activation):
    arguments = {"voxels": 5, "components": 3, "hidden": 2, "classes": 2, "activation": activation}
    network = find_architecture("morch", "test").build(arguments, "test").double()
    draw = torch.Generator().manual_seed(0)
    for tensor in network.state_dict().values():
        if tensor.is_floating_point():
            tensor.copy_(torch.randn(tensor.shape, generator=draw))
    network.mask.copy_(torch.tensor([1, 4, 7, 11, 23]))
    x = torch.randn(3, 1, 2, 3, 4, generator=draw, dtype=torch.float64)
    voxels = torch.stack(
        [x[:, 0, place // 12, place // 4 % 3, place % 4] for place in network.mask.tolist()], 1
    )
    sums = (
        voxels - network.mean
    ) @ network.projection.weight.T @ network.hidden.weight.T + network.hidden.bias
    hidden = torch.tanh(sums) if activation == "tanh" else sums
    expected = hidden @ network.output.weight.T + network.output.bias
    torch.testing.assert_close(network(x), expected, rtol=1e-12, atol=1e-12)


def test_voxels_outside_of_the_mask_say_nothing():
    network = find_architecture("morch", "test").build({"voxels": 2}, "test")
    network.mask.copy_(torch.tensor([0, 9]))
    x = torch.randn(1, 1, 2, 2, 3, requires_grad=True)
    network(x).sum().backward()
    assert torch.count_nonzero(x.grad) == 2
    assert x.grad.flatten()[[0, 9]].all()
